-- When closed cases needed work again, for the lake.
-- grain: reopening_id   params: from_xid, below_xid
select
    reopening.id as reopening_id,
    reopening.case_id,
    reopening.cycle,
    reopening.at,
    reopening.recorded_at,
    (reopening.xid::text)::bigint as xid
from cases_reopening as reopening
where
    (reopening.xid::text)::bigint >= :from_xid
    and (reopening.xid::text)::bigint < :below_xid
