-- What people decided, for the lake.
-- grain: case_decision_id   params: from_xid, below_xid
select
    case_decision.id as case_decision_id,
    case_decision.case_id,
    case_decision.cycle,
    case_decision.outcome,
    array_to_string(case_decision.reason_codes, ',') as reason_codes,
    case_decision.policy_outcome,
    case_decision.overrides_policy,
    case_decision.by_id as decided_by,
    case_decision.at,
    case_decision.recorded_at,
    (case_decision.xid::text)::bigint as xid
from cases_case_decision as case_decision
where
    (case_decision.xid::text)::bigint >= :from_xid
    and (case_decision.xid::text)::bigint < :below_xid
