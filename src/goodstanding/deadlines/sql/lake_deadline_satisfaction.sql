-- When deadlines were met, in time or not, for the lake.
-- grain: satisfaction_id   params: from_xid, below_xid
select
    satisfaction.id as satisfaction_id,
    satisfaction.deadline_id,
    satisfaction.satisfied_at,
    satisfaction.recorded_at,
    (satisfaction.xid::text)::bigint as xid
from deadlines_satisfaction as satisfaction
where
    (satisfaction.xid::text)::bigint >= :from_xid
    and (satisfaction.xid::text)::bigint < :below_xid
