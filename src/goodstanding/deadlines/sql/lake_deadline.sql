-- Deadlines for the lake.
-- grain: deadline_id   params: from_xid, below_xid
select
    deadline.id as deadline_id,
    deadline.subject_kind,
    deadline.subject_id,
    deadline.kind,
    deadline.legal,
    deadline.clock_kind,
    deadline.started_at,
    deadline.due_at,
    deadline.recorded_at,
    (deadline.xid::text)::bigint as xid
from deadlines_deadline as deadline
where
    (deadline.xid::text)::bigint >= :from_xid
    and (deadline.xid::text)::bigint < :below_xid
