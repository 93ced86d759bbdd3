-- title: Approved after referral
-- question: Of the referrals that people decided, how many did they approve?
-- version: 1
-- owner: Credit risk manager
-- unit: ratio
-- measure: proportion
-- grain: case decision by month
-- direction: neither
-- maturity: a case decision is final when it is recorded; open referrals are not in it
-- source: field guide, credit portfolio, section 5 (decision operations; auto and manual apart)
-- reads: case, case_decision
-- pair: referral_time_to_decision
select
    'case' as object_kind,
    case_decision.case_id::varchar as object_id,
    date_trunc('month', case_decision.at)::date as period,
    "case".policy as segment,
    case when case_decision.outcome = 'approve' then 1 else 0 end as numerator,
    1 as denominator,
    true as mature
from case_decision
inner join "case" on case_decision.case_id = "case".case_id
where
    "case".desk = 'credit'
    and "case".policy_outcome = 'refer'
    and case_decision.outcome in ('approve', 'decline')
    and case_decision.at <= :as_of
    and case_decision.recorded_at <= :known_at
