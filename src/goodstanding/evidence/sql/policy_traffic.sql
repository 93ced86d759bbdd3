-- Live decisions of a policy in a window.
-- grain: one row   params: policy, since, until
select count(*) as decided
from decisions_decision as decision
where
    decision.policy = :policy
    and decision.origin = 'live'
    and decision.recorded_at > :since
    and decision.recorded_at <= :until
