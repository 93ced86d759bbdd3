with movement as (
    select
        "case".case_id,
        "case".opened_at as at,
        1 as change
    from "case"
    where "case".recorded_at <= :known_at
    union all
    select
        case_closure.case_id,
        case_closure.at,
        -1 as change
    from case_closure
    where case_closure.recorded_at <= :known_at
    union all
    select
        case_reopening.case_id,
        case_reopening.at,
        1 as change
    from case_reopening
    where case_reopening.recorded_at <= :known_at
)

select
    'case' as object_kind,
    "case".case_id::varchar as object_id,
    moment.day as period,
    "case".kind as segment,
    1 as numerator,
    1 as denominator,
    true as mature
from moment
inner join movement on moment.read_at >= movement.at
inner join "case" on movement.case_id = "case".case_id
where
    "case".desk = :desk
    and movement.at <= :as_of
group by
    "case".case_id,
    "case".kind,
    moment.day
having sum(movement.change) > 0
