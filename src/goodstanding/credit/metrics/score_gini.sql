-- title: Gini of the score
-- question: Does the score still tell the bad from the good?
-- version: 2
-- owner: Model risk manager
-- unit: index
-- measure: gini
-- grain: decision by year of as_of
-- direction: up
-- watch: 0.35
-- act: 0.25
-- maturity: as charge_off_rate; unknown under 30 bads or 30 goods
-- source: field guide, credit portfolio, section 5 (score); DeLong 1988
-- reads: decision, label
-- with: known_label
-- pair: charge_off_rate
-- simulated: re-decided: lenders approved every row
select
    'decision' as object_kind,
    decision.decision_id::varchar as object_id,
    date_trunc('year', decision.as_of)::date as period,
    'all' as segment,
    -decision.score::double as numerator,
    case when known_label.value then 1 else 0 end as denominator,
    known_label.value is not null
    and decision.as_of + interval '36 months' + interval '30 days' <= :known_at as mature
from decision
left join known_label
    on
        decision.decision_id = known_label.decision_id
        and known_label.definition = 'charged_off_36m'
where
    decision.policy = 'sba_underwriting'
    and decision.score is not null
    and decision.as_of <= :as_of
    and decision.recorded_at <= :known_at
    and decision.supersedes_id is null
