-- How many live decisions each policy made in a span of recording.
-- grain: policy   params: since, until, policy (or null for all)
select
    decision.policy,
    count(*) as decisions
from decisions_decision as decision
where
    decision.origin = 'live'
    and decision.recorded_at >= :since
    and decision.recorded_at < :until
    and (cast(:policy as text) is null or decision.policy = :policy)
group by decision.policy
order by decision.policy asc
