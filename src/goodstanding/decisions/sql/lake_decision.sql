-- Decisions for the lake: typed columns and the state of each rule; the record stays behind.
-- grain: decision_id   unit: minor   params: from_xid, below_xid
select
    decision.id as decision_id,
    decision.legal_entity,
    decision.origin,
    decision.actor,
    decision.desk,
    decision.policy,
    decision.policy_hash,
    decision.entity,
    decision.party_id,
    decision.as_of,
    decision.outcome,
    decision.amount_minor,
    decision.limit_minor,
    decision.currency,
    decision.score::numeric(18, 6) as score,
    decision.gate_state,
    decision.approval_id,
    decision.arm,
    decision.bucket,
    decision.rule_states,
    array_to_string(decision.reason_codes, ',') as reason_codes,
    decision.supersedes_id,
    decision.recorded_at,
    (decision.xid::text)::bigint as xid
from decisions_decision as decision
where
    (decision.xid::text)::bigint >= :from_xid
    and (decision.xid::text)::bigint < :below_xid
