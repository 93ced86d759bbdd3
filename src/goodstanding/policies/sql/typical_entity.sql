-- Whom the newest fact of these kinds is about: a typical one to measure a lookup with.
-- grain: at most one row   params: kinds, legal_entity, as_of
select
    fact.party_id,
    fact.subject
from ledger_fact as fact
where
    fact.legal_entity_id = :legal_entity
    and fact.kind = any(:kinds)
    and fact.effective_at < :as_of
    and fact.party_id is not null
order by fact.effective_at desc
limit 1
