-- Versions of facts for the lake, retractions included: the reader picks by as_of and known_at.
-- grain: fact_id   unit: minor   params: from_xid, below_xid
select
    fact.id as fact_id,
    fact.kind,
    fact.party_id,
    fact.subject,
    fact.version_no::integer as version_no,
    fact.retracted,
    fact.effective_at,
    fact.recorded_at,
    fact.amount_minor::bigint as amount_minor,
    fact.currency,
    fact.attributes::text as attributes,
    fact.source,
    fact.simulated,
    fact.import_id,
    fact.legal_entity_id as legal_entity,
    (fact.xid::text)::bigint as xid
from ledger_fact as fact
where
    (fact.xid::text)::bigint >= :from_xid
    and (fact.xid::text)::bigint < :below_xid
