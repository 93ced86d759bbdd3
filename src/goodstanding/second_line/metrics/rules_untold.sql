-- title: Decisions with a rule that could not be told
-- question: How often did a missing input leave a rule unknown?
-- version: 1
-- owner: Model risk manager
-- unit: ratio
-- measure: proportion
-- grain: decision by month of recording and policy
-- direction: down
-- watch: 0.2
-- act: 0.4
-- maturity: final when recorded
-- source: field guide, decisions, section 3 (missing data); model risk, section 5 (rules)
-- reads: decision
-- pair: decisions_under_approval
select
    'decision' as object_kind,
    decision.decision_id::varchar as object_id,
    date_trunc('month', decision.recorded_at)::date as period,
    decision.policy as segment,
    case when contains(decision.rule_states, 'U') then 1 else 0 end as numerator,
    1 as denominator,
    true as mature
from decision
where
    decision.rule_states <> ''
    and decision.as_of <= :as_of
    and decision.recorded_at <= :known_at
