-- Approvals for the lake.
-- grain: approval_id   params: from_xid, below_xid
select
    approval.id as approval_id,
    approval.version_id,
    approval.use_case_id,
    approval.valid_from,
    approval.expires_at,
    approval.is_demonstration,
    approval.approved_at,
    approval.recorded_at,
    (approval.xid::text)::bigint as xid
from governance_approval as approval
where
    (approval.xid::text)::bigint >= :from_xid
    and (approval.xid::text)::bigint < :below_xid
