-- title: Time to close a finding
-- question: How long does half of the findings stay open, open ones counted?
-- version: 1
-- owner: Model risk manager
-- unit: days
-- measure: median
-- grain: finding by quarter opened and severity
-- direction: down
-- maturity: open findings are censored at as_of, never left out
-- source: field guide, model risk, section 6; Kaplan-Meier as in seller operations, section 5
-- reads: finding, finding_state
-- pair: findings_overdue
with closed_finding as (
    select
        finding_state.finding_id,
        min(finding_state.at) as closed_at
    from finding_state
    where
        finding_state.state = 'validated_closed'
        and finding_state.at <= :as_of
        and finding_state.recorded_at <= :known_at
    group by finding_state.finding_id
)

select
    'finding' as object_kind,
    finding.finding_id::varchar as object_id,
    date_trunc('quarter', finding.opened_at)::date as period,
    finding.severity as segment,
    date_diff('second', finding.opened_at, coalesce(closed_finding.closed_at, :as_of))
    / 86400.0 as numerator,
    case when closed_finding.closed_at is null then 0 else 1 end as denominator,
    true as mature
from finding
left join closed_finding on finding.finding_id = closed_finding.finding_id
where
    finding.opened_at <= :as_of
    and finding.recorded_at <= :known_at
