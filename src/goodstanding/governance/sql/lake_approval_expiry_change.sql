-- Approvals that end earlier than they said, for the lake.
-- grain: expiry_change_id   params: from_xid, below_xid
select
    expiry_change.id as expiry_change_id,
    expiry_change.approval_id,
    expiry_change.expires_at,
    expiry_change.changed_at,
    expiry_change.recorded_at,
    (expiry_change.xid::text)::bigint as xid
from governance_approval_expiry_change as expiry_change
where
    (expiry_change.xid::text)::bigint >= :from_xid
    and (expiry_change.xid::text)::bigint < :below_xid
