-- title: Shadow disagreement
-- question: How often would a version in shadow have answered otherwise?
-- version: 1
-- owner: Credit risk manager
-- unit: ratio
-- measure: proportion
-- grain: live decision met in shadow, by day of the decision, policy and version
-- direction: neither
-- maturity: final when recorded
-- source: field guide, decisions, section 8
-- reads: shadow
-- pair: approval_rate
select
    'decision' as object_kind,
    shadow.decision_id::varchar as object_id,
    shadow.decided_at::date as period,
    shadow.policy || ' ' || shadow.label as segment,
    case when shadow.outcome <> shadow.decided_outcome then 1 else 0 end as numerator,
    1 as denominator,
    true as mature
from shadow
where
    shadow.desk = 'credit'
    and shadow.state = 'evaluated'
    and shadow.decided_at <= :as_of
    and shadow.recorded_at <= :known_at
