-- title: Days of approval left
-- question: Which approvals run out, and when?
-- version: 1
-- owner: Model risk manager
-- unit: days
-- measure: ratio
-- grain: approval in force at as_of, by day
-- direction: up
-- watch: 60
-- act: 14
-- maturity: a state, read at as_of
-- source: field guide, model risk, section 7
-- reads: approval
-- pair: open_findings
select
    'approval' as object_kind,
    approval.approval_id::varchar as object_id,
    (:as_of)::date as period,
    case when approval.is_demonstration then 'demonstration' else 'approved' end as segment,
    date_diff('day', :as_of, approval.expires_at) as numerator,
    1 as denominator,
    true as mature
from approval
where
    approval.valid_from <= :as_of
    and approval.expires_at > :as_of
    and approval.recorded_at <= :known_at
