-- title: Open findings
-- question: What did validation find that is not closed?
-- version: 1
-- owner: Model risk manager
-- unit: count
-- measure: count
-- grain: finding open at as_of, by day and severity
-- direction: down
-- maturity: a state, read at as_of
-- source: field guide, model risk, section 6
-- reads: finding, finding_state
with last_state as (
    select
        finding_state.finding_id,
        arg_max(finding_state.state, finding_state.number) as state
    from finding_state
    where
        finding_state.at <= :as_of
        and finding_state.recorded_at <= :known_at
    group by finding_state.finding_id
)

select
    'finding' as object_kind,
    finding.finding_id::varchar as object_id,
    (:as_of)::date as period,
    finding.severity
    || case when finding.due_on < (:as_of)::date then ', overdue' else '' end as segment,
    1 as numerator,
    1 as denominator,
    true as mature
from finding
left join last_state on finding.finding_id = last_state.finding_id
where
    finding.opened_at <= :as_of
    and finding.recorded_at <= :known_at
    and coalesce(last_state.state, 'open') <> 'validated_closed'
