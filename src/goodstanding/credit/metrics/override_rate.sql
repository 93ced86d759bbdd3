-- title: Override rate
-- question: How often did a person decide otherwise than the policy said?
-- version: 2
-- owner: Credit risk manager
-- unit: ratio
-- measure: proportion
-- grain: case decision by month and side
-- direction: down
-- watch: 0.3
-- act: 0.5
-- maturity: a case decision is final when it is recorded
-- source: field guide, credit portfolio, section 5 (override)
-- reads: case, case_decision
-- pair: referral_rate
select
    'case' as object_kind,
    case_decision.case_id::varchar as object_id,
    date_trunc('month', case_decision.at)::date as period,
    case
        when case_decision.policy_outcome = 'decline' then 'low side: the policy declined'
        else 'high side: the policy approved'
    end as segment,
    case when case_decision.overrides_policy then 1 else 0 end as numerator,
    1 as denominator,
    true as mature
from case_decision
inner join "case" on case_decision.case_id = "case".case_id
where
    "case".desk = 'credit'
    and case_decision.policy_outcome in ('approve', 'decline')
    and case_decision.at <= :as_of
    and case_decision.recorded_at <= :known_at
