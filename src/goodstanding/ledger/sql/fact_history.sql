-- All versions of one fact, retractions included, oldest first.
-- grain: fact_id   unit: minor   params: kind, subject, legal_entity
select
    fact.id as fact_id,
    fact.version_no,
    fact.retracted,
    fact.effective_at,
    fact.recorded_at,
    fact.amount_minor,
    fact.currency,
    fact.attributes,
    fact.source
from ledger_fact as fact
where
    fact.subject = :subject
    and fact.kind = :kind
    and fact.legal_entity_id = :legal_entity
order by fact.version_no asc
