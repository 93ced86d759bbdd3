-- Currencies other than a feature's own among the facts in its window, as was known then.
-- grain: currency   params: kinds, legal_entity, party_id, entity, event, start, as_of, currency
select distinct fact.currency
from ledger_fact as fact
where
    fact.legal_entity_id = :legal_entity
    and fact.kind = any(:kinds)
    and (fact.party_id = :party_id or fact.subject = :entity)
    and fact.subject is distinct from :event
    and fact.effective_at >= :start
    and fact.effective_at < :as_of
    and fact.recorded_at <= :as_of
    and not fact.retracted
    and fact.currency <> :currency
    and not exists (
        select 1
        from ledger_fact as later
        where
            later.subject = fact.subject
            and later.kind = fact.kind
            and later.legal_entity_id = fact.legal_entity_id
            and later.version_no > fact.version_no
            and later.recorded_at <= :as_of
    )
order by fact.currency
