-- What each arm of a policy's traffic decided in a span.
-- grain: arm   params: policy, since, known_at
select
    decision.arm,
    count(distinct coalesce(decision.party_id::text, decision.entity)) as units,
    count(*) as decisions,
    count(*) filter (where decision.outcome = 'approve') as approved,
    count(*) filter (where decision.outcome = 'refer') as referred,
    count(*) filter (where decision.outcome = 'decline') as declined,
    count(*) filter (where decision.gate_state <> 'current') as fallbacks
from decisions_decision as decision
where
    decision.policy = :policy
    and decision.origin = 'live'
    and decision.recorded_at >= :since
    and decision.recorded_at <= :known_at
group by decision.arm
order by decision.arm asc
