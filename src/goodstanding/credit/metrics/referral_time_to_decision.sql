-- title: Time to decide a referral
-- question: How long does half of the referrals wait for a person, open ones counted?
-- version: 1
-- owner: Credit risk manager
-- unit: hours
-- measure: median
-- grain: case by month opened and kind
-- direction: down
-- watch: 48
-- act: 96
-- maturity: open cases are censored at as_of, never left out
-- source: field guide, seller operations, section 5 (Kaplan-Meier, log-log interval)
-- reads: case, case_decision
-- pair: referral_approval_rate
with first_decision as (
    select
        case_decision.case_id,
        min(case_decision.at) as decided_at
    from case_decision
    where
        case_decision.at <= :as_of
        and case_decision.recorded_at <= :known_at
    group by case_decision.case_id
)

select
    'case' as object_kind,
    "case".case_id::varchar as object_id,
    date_trunc('month', "case".opened_at)::date as period,
    "case".kind as segment,
    date_diff('second', "case".opened_at, coalesce(first_decision.decided_at, :as_of))
    / 3600.0 as numerator,
    case when first_decision.decided_at is null then 0 else 1 end as denominator,
    true as mature
from "case"
left join first_decision on "case".case_id = first_decision.case_id
where
    "case".desk = 'credit'
    and "case".opened_at <= :as_of
    and "case".recorded_at <= :known_at
