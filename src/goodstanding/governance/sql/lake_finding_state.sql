-- Steps in the life of findings, for the lake.
-- grain: step_id   params: from_xid, below_xid
select
    step.id as step_id,
    step.finding_id,
    step.number,
    step.state,
    step.at,
    step.recorded_at,
    (step.xid::text)::bigint as xid
from governance_finding_state as step
where
    (step.xid::text)::bigint >= :from_xid
    and (step.xid::text)::bigint < :below_xid
