with counted_decision as (
    select
        decision.decision_id,
        decision.policy,
        date_trunc('month', decision.recorded_at)::date as period
    from decision
    where
        decision.desk = :desk
        and decision.as_of <= :as_of
        and decision.recorded_at <= :known_at
        and decision.recorded_at > :as_of - interval '365 days'
),

gap as (
    select
        missing_input.decision_id,
        counted_decision.policy,
        missing_input.input || ': ' || missing_input.kind as segment
    from missing_input
    inner join counted_decision on missing_input.decision_id = counted_decision.decision_id
),

known_gap as (
    select distinct
        gap.policy,
        gap.segment
    from gap
)

select
    'decision' as object_kind,
    counted_decision.decision_id::varchar as object_id,
    counted_decision.period,
    known_gap.segment,
    case when gap.decision_id is null then 0 else 1 end as numerator,
    1 as denominator,
    true as mature
from counted_decision
inner join known_gap on counted_decision.policy = known_gap.policy
left outer join gap
    on
        counted_decision.decision_id = gap.decision_id
        and known_gap.segment = gap.segment
