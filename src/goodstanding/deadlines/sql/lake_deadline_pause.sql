-- Since when clocks stood still, for the lake.
-- grain: pause_id   params: from_xid, below_xid
select
    pause.id as pause_id,
    pause.deadline_id,
    pause.starts_at,
    pause.recorded_at,
    (pause.xid::text)::bigint as xid
from deadlines_pause as pause
where
    (pause.xid::text)::bigint >= :from_xid
    and (pause.xid::text)::bigint < :below_xid
