-- When cases needed no more work, for the lake.
-- grain: closure_id   params: from_xid, below_xid
select
    closure.id as closure_id,
    closure.case_id,
    closure.cycle,
    closure.why,
    closure.at,
    closure.recorded_at,
    (closure.xid::text)::bigint as xid
from cases_case_closure as closure
where
    (closure.xid::text)::bigint >= :from_xid
    and (closure.xid::text)::bigint < :below_xid
