-- title: Appeals that changed the enforcement
-- question: Of the decided appeals, how many lifted the enforcement?
-- version: 1
-- owner: Seller risk manager
-- unit: ratio
-- measure: proportion
-- grain: appeal by month lodged
-- direction: down
-- watch: 0.3
-- act: 0.5
-- maturity: an undecided appeal is unknown; this is no error rate, since the wronged appeal more
-- source: field guide, seller operations, section 5 (overturn rate is not error rate)
-- reads: appeal, case_decision, reinstatement
-- pair: sla_attainment
with decided as (
    select distinct case_decision.case_id
    from case_decision
    where
        case_decision.at <= :as_of
        and case_decision.recorded_at <= :known_at
)

select
    'case' as object_kind,
    appeal.case_id::varchar as object_id,
    date_trunc('month', appeal.lodged_at)::date as period,
    'all' as segment,
    case when reinstatement.case_id is null then 0 else 1 end as numerator,
    1 as denominator,
    decided.case_id is not null as mature
from appeal
left join decided on appeal.case_id = decided.case_id
left join reinstatement
    on
        appeal.case_id = reinstatement.case_id
        and reinstatement.effective_at <= :as_of
        and reinstatement.recorded_at <= :known_at
where
    appeal.lodged_at <= :as_of
    and appeal.recorded_at <= :known_at
