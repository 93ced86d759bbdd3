-- title: Stability of the score (PSI)
-- question: Do applicants still look like those of the first period?
-- version: 1
-- owner: Model risk manager
-- unit: index
-- measure: psi
-- grain: decision by year of as_of, score in bands of 20 points
-- direction: down
-- watch: 0.1
-- act: 0.25
-- maturity: a score is final when it is recorded
-- source: field guide, credit portfolio, section 5 (PSI); 0.1 and 0.25 ask only beyond chance
-- reads: decision
-- pair: score_gini
-- simulated: re-decided: lenders approved every row
select
    'decision' as object_kind,
    decision.decision_id::varchar as object_id,
    date_trunc('year', decision.as_of)::date as period,
    'all' as segment,
    floor(decision.score::double / 20) * 20 as numerator,
    1 as denominator,
    true as mature
from decision
where
    decision.policy = 'sba_underwriting'
    and decision.score is not null
    and decision.as_of <= :as_of
    and decision.recorded_at <= :known_at
    and decision.supersedes_id is null
