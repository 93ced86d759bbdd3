-- title: Referral rate
-- question: How many decisions went to a person?
-- version: 2
-- owner: Credit risk manager
-- unit: ratio
-- measure: proportion
-- grain: decision by year of as_of
-- direction: down
-- watch: 0.35
-- act: 0.5
-- maturity: final when recorded, the last of a chain counts
-- source: field guide, credit portfolio, section 5 (decision operations)
-- reads: decision
-- pair: approval_rate
-- simulated: simulated policy
select
    'decision' as object_kind,
    decision.decision_id::varchar as object_id,
    date_trunc('year', decision.as_of)::date as period,
    decision.policy as segment,
    case when decision.outcome = 'refer' then 1 else 0 end as numerator,
    1 as denominator,
    true as mature
from decision
left join decision as later
    on
        decision.decision_id = later.supersedes_id
        and later.recorded_at <= :known_at
where
    decision.policy = 'sba_underwriting'
    and decision.as_of <= :as_of
    and decision.recorded_at <= :known_at
    and later.decision_id is null
