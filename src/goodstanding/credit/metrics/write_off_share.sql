-- title: Written-off share of the amount
-- question: How much of what was lent each year was written off within 36 months?
-- version: 2
-- owner: Credit risk manager
-- unit: ratio
-- measure: ratio
-- grain: decision by year of as_of and outcome of the policy
-- direction: down
-- watch: 0.15
-- act: 0.25
-- maturity: as charge_off_rate
-- source: field guide, credit portfolio, section 5 (gross charge-off, fixed denominator)
-- reads: decision, label, fact
-- with: known_label, known_fact
-- pair: charge_off_rate
-- simulated: re-decided: lenders approved every row
select
    'decision' as object_kind,
    decision.decision_id::varchar as object_id,
    date_trunc('year', decision.as_of)::date as period,
    'policy says ' || decision.outcome as segment,
    case when known_label.value then coalesce(charge_off.amount_minor, 0) else 0 end as numerator,
    decision.amount_minor as denominator,
    known_label.value is not null
    and decision.as_of + interval '36 months' + interval '30 days' <= :known_at as mature
from decision
left join known_label
    on
        decision.decision_id = known_label.decision_id
        and known_label.definition = 'charged_off_36m'
left join known_fact as charge_off
    on
        decision.entity = charge_off.subject
        and decision.legal_entity = charge_off.legal_entity
        and charge_off.kind = 'loan_charged_off'
where
    decision.policy = 'sba_underwriting'
    and decision.amount_minor > 0
    and decision.as_of <= :as_of
    and decision.recorded_at <= :known_at
    and decision.supersedes_id is null
