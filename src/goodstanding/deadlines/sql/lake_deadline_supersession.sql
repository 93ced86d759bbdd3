-- Deadlines replaced by a new one, for the lake.
-- grain: supersession_id   params: from_xid, below_xid
select
    supersession.id as supersession_id,
    supersession.superseded_id,
    supersession.successor_id,
    supersession.superseded_at,
    supersession.recorded_at,
    (supersession.xid::text)::bigint as xid
from deadlines_supersession as supersession
where
    (supersession.xid::text)::bigint >= :from_xid
    and (supersession.xid::text)::bigint < :below_xid
