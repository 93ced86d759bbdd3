-- Findings with the state that holds at an instant; an acceptance that ended has reopened.
-- grain: finding   params: at, finding_id (or null), version_id (or null)
with last_state as (
    select distinct on (finding_state.finding_id)
        finding_state.finding_id,
        finding_state.number,
        finding_state.state,
        finding_state.at,
        acceptance.expires_at as accepted_until
    from governance_finding_state as finding_state
    left outer join governance_risk_acceptance as acceptance
        on finding_state.acceptance_id = acceptance.id
    where finding_state.at <= :at
    order by
        finding_state.finding_id asc,
        finding_state.number desc
),

excepted_finding as (
    select
        use_exception.finding_id,
        max(use_exception.expires_at) as excepted_until
    from governance_use_exception as use_exception
    where
        use_exception.kind = 'open_finding'
        and not exists (
            select 1
            from governance_exception_end as exception_end
            where exception_end.exception_id = use_exception.id
        )
    group by use_exception.finding_id
)

select
    finding.id as finding_id,
    finding.number,
    finding.title,
    finding.severity,
    finding.effect,
    finding.segment,
    finding.cap_minor,
    finding.currency,
    finding.due_on,
    finding.tier,
    finding.opened_at,
    finding.version_id,
    finding.responsible_id,
    finding.opened_by_id,
    finding.test_result_id,
    version.label,
    version.content_hash,
    entry.kind,
    entry.name,
    responsible.display_name as responsible,
    opener.display_name as opened_by,
    last_state.at as state_since,
    last_state.number as state_number,
    last_state.accepted_until,
    excepted_finding.excepted_until,
    case
        when last_state.state = 'risk_accepted' and last_state.accepted_until <= :at then 'open'
        else last_state.state
    end as state
from governance_finding as finding
inner join last_state on finding.id = last_state.finding_id
inner join governance_version as version on finding.version_id = version.id
inner join governance_inventory_entry as entry on version.entry_id = entry.id
inner join accounts_user as responsible on finding.responsible_id = responsible.id
inner join accounts_user as opener on finding.opened_by_id = opener.id
left outer join excepted_finding on finding.id = excepted_finding.finding_id
where
    finding.opened_at <= :at
    and (:finding_id::uuid is null or finding.id = :finding_id)
    and (:version_id::uuid is null or finding.version_id = :version_id)
order by
    finding.severity asc,
    finding.due_on asc,
    finding.number asc
