-- Versions in the inventory as they stood at an instant; state and standing are derived from it.
-- grain: version   params: as_of, version_id (or null)
with last_tier as (
    select distinct on (assessment.entry_id)
        assessment.entry_id,
        assessment.tier
    from governance_tier_assessment as assessment
    where assessment.assessed_at <= :as_of
    order by
        assessment.entry_id asc,
        assessment.assessed_at desc,
        assessment.id desc
),

last_run as (
    select distinct on (run.version_id)
        run.version_id,
        run.ran_at,
        opinion.grade
    from governance_validation_run as run
    left outer join governance_opinion as opinion
        on
            run.id = opinion.run_id
            and opinion.given_at <= :as_of
    where run.ran_at <= :as_of
    order by
        run.version_id asc,
        run.ran_at desc,
        run.id desc
),

waiting_request as (
    select
        request.version_id,
        min(request.requested_at) as waiting_since
    from governance_approval_request as request
    where
        request.requested_at <= :as_of
        and not exists (
            select 1
            from governance_approval as approval
            where
                approval.request_id = request.id
                and approval.approved_at <= :as_of
        )
        and not exists (
            select 1
            from governance_approval_return as approval_return
            where
                approval_return.request_id = request.id
                and approval_return.returned_at <= :as_of
        )
    group by request.version_id
),

last_approval as (
    select distinct on (approval.version_id)
        approval.version_id,
        approval.approved_at,
        approval.is_demonstration,
        least(approval.expires_at, (
            select min(expiry_change.expires_at)
            from governance_approval_expiry_change as expiry_change
            where
                expiry_change.approval_id = approval.id
                and expiry_change.changed_at <= :as_of
        )) as ends_at
    from governance_approval as approval
    where approval.approved_at <= :as_of
    order by
        approval.version_id asc,
        approval.approved_at desc,
        approval.id desc
),

last_change as (
    select
        change.version_id,
        max(change.made_at) filter (where change.is_material) as material_at,
        bool_or(change.kind = 'retired') as is_retired
    from governance_change as change
    where change.made_at <= :as_of
    group by change.version_id
),

last_state as (
    select distinct on (finding_state.finding_id)
        finding_state.finding_id,
        finding_state.state,
        acceptance.expires_at as accepted_until
    from governance_finding_state as finding_state
    left outer join governance_risk_acceptance as acceptance
        on finding_state.acceptance_id = acceptance.id
    where finding_state.at <= :as_of
    order by
        finding_state.finding_id asc,
        finding_state.number desc
),

findings_of_version as (
    select
        finding.version_id,
        count(*) as open_findings,
        count(*) filter (where finding.effect = 'block') as blocking_findings
    from governance_finding as finding
    inner join last_state on finding.id = last_state.finding_id
    where
        last_state.state <> 'validated_closed'
        and not (last_state.state = 'risk_accepted' and last_state.accepted_until > :as_of)
    group by finding.version_id
)

select
    version.id as version_id,
    entry.id as entry_id,
    entry.kind,
    entry.name,
    entry.title,
    entry.vendor,
    version.label,
    version.content_hash,
    version.registered_at,
    version.commit_author,
    use_case.code as use_case,
    use_case.title as use_case_title,
    use_case.legal_entity_id as legal_entity,
    owner.display_name as owner,
    developer.display_name as developer,
    last_tier.tier,
    last_run.ran_at as validated_at,
    last_run.grade as opinion,
    waiting_request.waiting_since,
    last_approval.approved_at,
    last_approval.ends_at,
    coalesce(last_approval.is_demonstration, false) as is_demonstration,
    coalesce(last_change.material_at > last_approval.approved_at, false) as is_change_pending,
    coalesce(last_change.is_retired, false) as is_retired,
    coalesce(findings_of_version.open_findings, 0) as open_findings,
    coalesce(findings_of_version.blocking_findings, 0) as blocking_findings
from governance_version as version
inner join governance_inventory_entry as entry on version.entry_id = entry.id
inner join governance_use_case as use_case on entry.use_case_id = use_case.id
inner join accounts_user as owner on entry.owner_id = owner.id
inner join accounts_user as developer on version.developer_id = developer.id
left outer join last_tier on entry.id = last_tier.entry_id
left outer join last_run on version.id = last_run.version_id
left outer join waiting_request on version.id = waiting_request.version_id
left outer join last_approval on version.id = last_approval.version_id
left outer join last_change on version.id = last_change.version_id
left outer join findings_of_version on version.id = findings_of_version.version_id
where
    version.registered_at <= :as_of
    and (:version_id::uuid is null or version.id = :version_id)
order by
    entry.kind desc,
    entry.name asc,
    version.registered_at desc
