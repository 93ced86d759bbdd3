-- Every version, known by then, of the facts of a party that were corrected or retracted.
-- grain: fact_id   unit: minor   params: party_id, known_at
with changed_fact as (
    select distinct
        later.kind,
        later.subject,
        later.legal_entity_id
    from ledger_fact as later
    where
        later.party_id = :party_id
        and later.version_no > 1
        and later.recorded_at <= :known_at
)

select
    fact.kind,
    fact.subject,
    fact.legal_entity_id as legal_entity,
    fact.id as fact_id,
    fact.version_no,
    fact.retracted,
    fact.effective_at,
    fact.recorded_at,
    fact.amount_minor,
    fact.currency,
    fact.attributes,
    fact.source
from changed_fact
inner join ledger_fact as fact
    on
        changed_fact.kind = fact.kind
        and changed_fact.subject = fact.subject
        and changed_fact.legal_entity_id = fact.legal_entity_id
where fact.recorded_at <= :known_at
order by
    fact.recorded_at desc,
    fact.version_no desc,
    fact.kind asc
