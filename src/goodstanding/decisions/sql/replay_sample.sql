-- A random sample of a policy's live decisions of a span; the seed draws the same one again.
-- grain: decision   params: since, until, policy, seed, most
select
    decision.id,
    decision.policy_hash,
    decision.record,
    decision.record_hash,
    decision.personal_value_id
from decisions_decision as decision
where
    decision.origin = 'live'
    and decision.recorded_at >= :since
    and decision.recorded_at < :until
    and decision.policy = :policy
order by
    md5(cast(:seed as text) || decision.id::text) asc,
    decision.id asc
fetch first :most rows only
