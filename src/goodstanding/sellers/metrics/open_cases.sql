-- title: Open cases
-- question: How much work waits, and where?
-- version: 1
-- owner: Seller risk manager
-- unit: count
-- measure: count
-- grain: case open at as_of, by day and kind
-- direction: down
-- maturity: a state, read at as_of
-- source: field guide, seller operations, section 5 (backlog)
-- reads: case, case_closure
-- pair: time_to_decision
select
    'case' as object_kind,
    "case".case_id::varchar as object_id,
    (:as_of)::date as period,
    "case".kind as segment,
    1 as numerator,
    1 as denominator,
    true as mature
from "case"
left join case_closure
    on
        "case".case_id = case_closure.case_id
        and case_closure.at <= :as_of
        and case_closure.recorded_at <= :known_at
where
    "case".opened_at <= :as_of
    and "case".recorded_at <= :known_at
    and case_closure.case_id is null
