-- Findings for the lake.
-- grain: finding_id   params: from_xid, below_xid
select
    finding.id as finding_id,
    finding.number,
    finding.version_id,
    finding.severity,
    finding.effect,
    finding.due_on,
    finding.opened_at,
    finding.recorded_at,
    (finding.xid::text)::bigint as xid
from governance_finding as finding
where
    (finding.xid::text)::bigint >= :from_xid
    and (finding.xid::text)::bigint < :below_xid
