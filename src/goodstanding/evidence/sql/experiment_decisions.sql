-- Decisions of an experiment's arms with what came true of them, as known at :known_at.
-- A case counts once its horizon has passed, however early a bad end was known: bads come early,
-- good ends late, and counting early bads alone would make every arm look worse than it is.
-- grain: decision   params: arms, trial_id, label, version, horizon_days, known_at
with decided as (
    select
        decision.id,
        decision.arm,
        decision.party_id,
        decision.entity,
        decision.outcome,
        decision.as_of,
        decision.as_of + make_interval(days => :horizon_days) as horizon_at
    from decisions_decision as decision
    where
        decision.arm like '%/%'
        and decision.arm = any(:arms)
        and decision.supersedes_id is null
        and decision.as_of <= :known_at
),

last_label as (
    select distinct on (label.decision_id)
        label.decision_id,
        label.value,
        label.observed_at
    from outcomes_label as label
    inner join decided on label.decision_id = decided.id
    where
        label.definition = :label
        and label.version = :version
        and label.observed_at <= :known_at
    order by
        label.decision_id asc,
        label.observed_at desc
)

select
    decided.arm,
    coalesce(trial_unit.unit, decided.party_id::text, decided.entity) as unit,
    decided.outcome,
    explored.id is not null as is_explored,
    last_label.value as is_bad,
    extract(epoch from decided.as_of)::double precision as decided_epoch,
    extract(
        epoch from greatest(decided.horizon_at, last_label.observed_at)
    )::double precision as counted_epoch,
    extract(epoch from decided.horizon_at)::double precision as horizon_epoch
from decided
left join last_label on decided.id = last_label.decision_id
left join decisions_explored as explored on decided.id = explored.decision_id
left join decisions_trial_unit as trial_unit
    on
        decided.party_id = trial_unit.party_id
        and trial_unit.trial_id = :trial_id
order by
    decided.as_of asc,
    decided.id asc
