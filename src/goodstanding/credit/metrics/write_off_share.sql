-- title: Written-off share of the amount
-- question: How much of what was lent each year was written off within 36 months?
-- version: 1
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
-- pair: charge_off_rate
-- simulated: re-decided: lenders approved every row
with known_label as (
    select
        label.decision_id,
        arg_max(label.value, label.observed_at) as value
    from label
    where
        label.definition = 'charged_off_36m'
        and label.observed_at <= :known_at
    group by label.decision_id
),

charge_off as (
    select
        fact.subject,
        arg_max(fact.amount_minor, fact.version_no) as amount_minor
    from fact
    where
        fact.kind = 'loan_charged_off'
        and fact.recorded_at <= :known_at
    group by fact.subject
)

select
    'decision' as object_kind,
    decision.decision_id::varchar as object_id,
    date_trunc('year', decision.as_of)::date as period,
    'policy says ' || decision.outcome as segment,
    case when known_label.value then coalesce(charge_off.amount_minor, 0) else 0 end as numerator,
    decision.amount_minor as denominator,
    known_label.value is not null as mature
from decision
left join known_label on decision.decision_id = known_label.decision_id
left join charge_off on decision.entity = charge_off.subject
where
    decision.policy = 'sba_underwriting'
    and decision.amount_minor > 0
    and decision.as_of <= :as_of
    and decision.recorded_at <= :known_at
