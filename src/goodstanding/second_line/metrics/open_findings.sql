-- title: Open findings
-- question: What did validation find that is not closed?
-- version: 2
-- owner: Model risk manager
-- unit: count
-- measure: count
-- grain: finding open at the close of each of the last 28 days, by severity
-- direction: down
-- maturity: a state, read at the end of each day; today at as_of
-- source: field guide, model risk, section 6
-- reads: finding, finding_state
-- with: moment
-- pair: findings_overdue
with last_step as (
    select
        finding_state.finding_id,
        finding_state.state,
        finding_state.at,
        coalesce(
            lead(finding_state.at) over (
                partition by finding_state.finding_id
                order by finding_state.number asc
            ),
            timestamptz '9999-12-31 00:00:00Z'
        ) as until
    from finding_state
    where
        finding_state.at <= :as_of
        and finding_state.recorded_at <= :known_at
)

select
    'finding' as object_kind,
    finding.finding_id::varchar as object_id,
    moment.day as period,
    finding.severity as segment,
    1 as numerator,
    1 as denominator,
    true as mature
from moment
inner join finding on moment.read_at >= finding.opened_at
left join last_step
    on
        finding.finding_id = last_step.finding_id
        and moment.read_at >= last_step.at
        and moment.read_at < last_step.until
where
    finding.opened_at <= :as_of
    and finding.recorded_at <= :known_at
    and coalesce(last_step.state, 'open') <> 'validated_closed'
