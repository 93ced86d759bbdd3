-- Enforcements for the lake.
-- grain: enforcement_id   params: from_xid, below_xid
select
    enforcement.id as enforcement_id,
    enforcement.party_id,
    enforcement.legal_entity_id as legal_entity,
    enforcement.measure,
    enforcement.scope,
    enforcement.severity,
    enforcement.ground,
    enforcement.clause,
    enforcement.regime,
    enforcement.automated_decision,
    enforcement.decided_by_id,
    enforcement.decided_at,
    enforcement.starts_at,
    enforcement.ends_at,
    enforcement.source,
    enforcement.recorded_at,
    (enforcement.xid::text)::bigint as xid
from cases_enforcement as enforcement
where
    (enforcement.xid::text)::bigint >= :from_xid
    and (enforcement.xid::text)::bigint < :below_xid
