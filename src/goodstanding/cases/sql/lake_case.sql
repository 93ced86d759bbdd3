-- Cases for the lake: what was opened, never what was typed.
-- grain: case_id   params: from_xid, below_xid
select
    opened_case.id as case_id,
    opened_case.number,
    opened_case.kind,
    opened_case.queue_id,
    opened_case.desk,
    opened_case.legal_entity_id as legal_entity,
    opened_case.party_id,
    opened_case.decision_id,
    opened_case.enforcement_id,
    opened_case.policy,
    opened_case.policy_outcome,
    opened_case.standard_minutes,
    opened_case.opened_at,
    opened_case.source,
    opened_case.recorded_at,
    (opened_case.xid::text)::bigint as xid
from cases_case as opened_case
where
    (opened_case.xid::text)::bigint >= :from_xid
    and (opened_case.xid::text)::bigint < :below_xid
