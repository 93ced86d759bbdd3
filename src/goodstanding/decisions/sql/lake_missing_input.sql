-- Inputs that a decision did not have, by kind, for the lake: names and kinds, never a value.
-- grain: decision_id, input   params: from_xid, below_xid
select
    decision.id as decision_id,
    decision.legal_entity,
    decision.desk,
    decision.policy,
    given.key as input,
    given.value ->> 'missing' as kind,
    coalesce(given.value ->> 'source', '') as source,
    decision.recorded_at,
    (decision.xid::text)::bigint as xid
from decisions_decision as decision
inner join jsonb_each((decision.record::jsonb) -> 'inputs') as given on given.value ? 'missing'
where
    (decision.xid::text)::bigint >= :from_xid
    and (decision.xid::text)::bigint < :below_xid
