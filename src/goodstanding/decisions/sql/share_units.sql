-- The businesses of a policy's live decisions in a span, by their bucket under the policy's salt.
-- grain: bucket   params: policy, salt, since, known_at
with decided_unit as (
    select distinct coalesce(decision.party_id::text, decision.entity) as unit
    from decisions_decision as decision
    where
        decision.policy = :policy
        and decision.origin = 'live'
        and decision.recorded_at >= :since
        and decision.recorded_at <= :known_at
),

placed_unit as (
    select
        (
            'x00000000'
            || left(
                encode(sha256(convert_to(:salt || ':' || decided_unit.unit, 'UTF8')), 'hex'),
                8
            )
        )::bit(64)::bigint % 10000 as bucket
    from decided_unit
)

select
    placed_unit.bucket,
    count(*) as units
from placed_unit
group by placed_unit.bucket
