-- Deadlines that no longer count, for the lake.
-- grain: cancellation_id   params: from_xid, below_xid
select
    cancellation.id as cancellation_id,
    cancellation.deadline_id,
    cancellation.cancelled_at,
    cancellation.recorded_at,
    (cancellation.xid::text)::bigint as xid
from deadlines_cancellation as cancellation
where
    (cancellation.xid::text)::bigint >= :from_xid
    and (cancellation.xid::text)::bigint < :below_xid
