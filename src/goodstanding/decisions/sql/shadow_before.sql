-- Live decisions of a policy, recorded since an instant, that a version did not meet in shadow.
-- grain: decision   params: policy, policy_hash, since, most
select
    decision.id,
    decision.legal_entity,
    decision.policy_hash as decided_hash,
    decision.recorded_at,
    decision.record,
    decision.personal_value_id
from decisions_decision as decision
where
    decision.policy = :policy
    and decision.origin = 'live'
    and decision.recorded_at >= :since
    and not exists (
        select 1 as is_met
        from decisions_shadow as shadow
        where
            shadow.decision_id = decision.id
            and shadow.policy_hash = :policy_hash
    )
order by decision.id asc
fetch first :most rows only
