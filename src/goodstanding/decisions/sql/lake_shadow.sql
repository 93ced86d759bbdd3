-- What versions in shadow said of live decisions, for the lake; the records stay behind.
-- grain: decision_id, policy_hash   unit: minor   params: from_xid, below_xid
select
    shadow.decision_id,
    shadow.legal_entity,
    decision.desk,
    shadow.policy,
    shadow.policy_hash,
    shadow.label,
    shadow.decided_hash,
    shadow.decided_at,
    shadow.decided_outcome,
    shadow.state,
    shadow.outcome,
    array_to_string(shadow.differs_in, ',') as differs_in,
    array_to_string(shadow.rule_changes, ',') as rule_changes,
    shadow.rule_states,
    array_to_string(shadow.reason_codes, ',') as reason_codes,
    shadow.points,
    shadow.score::numeric(18, 6) as score,
    shadow.limit_minor,
    shadow.currency,
    shadow.recorded_at,
    (shadow.xid::text)::bigint as xid
from decisions_shadow as shadow
inner join decisions_decision as decision on shadow.decision_id = decision.id
where
    (shadow.xid::text)::bigint >= :from_xid
    and (shadow.xid::text)::bigint < :below_xid
