-- title: Decisions under an approval in force
-- question: Did anything decide without an approval?
-- version: 1
-- owner: Model risk manager
-- unit: ratio
-- measure: proportion
-- grain: decision by day of recording and policy
-- direction: up
-- watch: 0.99
-- act: 0.9
-- maturity: final when recorded
-- source: field guide, model risk, section 7
-- reads: decision
-- pair: approval_days_left
select
    'decision' as object_kind,
    decision.decision_id::varchar as object_id,
    decision.recorded_at::date as period,
    decision.policy as segment,
    case when decision.gate_state = 'current' then 1 else 0 end as numerator,
    1 as denominator,
    true as mature
from decision
where
    decision.origin = 'live'
    and decision.as_of <= :as_of
    and decision.recorded_at <= :known_at
