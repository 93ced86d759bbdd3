-- title: Charge-off rate, 36 months
-- question: How many of each year's loans were charged off within 36 months?
-- version: 2
-- owner: Credit risk manager
-- unit: ratio
-- measure: proportion
-- grain: decision by year of as_of and outcome of the policy
-- direction: down
-- watch: 0.2
-- act: 0.3
-- maturity: 36 months after as_of and 30 days of reporting lag; before that unknown, bad or good
-- source: field guide, credit portfolio, sections 3.9 and 5 (bad rate H)
-- reads: decision, label
-- with: known_label
-- pair: approval_rate
-- simulated: re-decided: lenders approved every row
select
    'decision' as object_kind,
    decision.decision_id::varchar as object_id,
    date_trunc('year', decision.as_of)::date as period,
    'policy says ' || decision.outcome as segment,
    case when known_label.value then 1 else 0 end as numerator,
    1 as denominator,
    known_label.value is not null
    and decision.as_of + interval '36 months' + interval '30 days' <= :known_at as mature
from decision
left join known_label
    on
        decision.decision_id = known_label.decision_id
        and known_label.definition = 'charged_off_36m'
where
    decision.policy = 'sba_underwriting'
    and decision.as_of <= :as_of
    and decision.recorded_at <= :known_at
    and decision.supersedes_id is null
