-- Approvals taken back, for the lake.
-- grain: revocation_id   params: from_xid, below_xid
select
    revocation.id as revocation_id,
    revocation.approval_id,
    revocation.revoked_at,
    revocation.recorded_at,
    (revocation.xid::text)::bigint as xid
from governance_approval_revocation as revocation
where
    (revocation.xid::text)::bigint >= :from_xid
    and (revocation.xid::text)::bigint < :below_xid
