-- When clocks ran again, and the due time from then on, for the lake.
-- grain: pause_end_id   params: from_xid, below_xid
select
    pause_end.id as pause_end_id,
    pause_end.pause_id,
    pause_end.ends_at,
    pause_end.due_at,
    pause_end.recorded_at,
    (pause_end.xid::text)::bigint as xid
from deadlines_pause_end as pause_end
where
    (pause_end.xid::text)::bigint >= :from_xid
    and (pause_end.xid::text)::bigint < :below_xid
