-- Everything the gate needs of all governed versions, seen by one statement.
-- grain: one row   params: as_of (infinity for everything there is)
-- columns: version, versions (json array, one element a version)
with stated_use_case as (
    select distinct on (revision.use_case_id)
        revision.use_case_id,
        revision.fallback
    from governance_use_case_revision as revision
    where revision.stated_at <= :as_of::timestamptz
    order by
        revision.use_case_id asc,
        revision.number desc
),

last_seen as (
    select
        observation.version_id,
        max(observation.observed_at) as observed_at
    from governance_monitoring_observation as observation
    where observation.observed_at <= :as_of::timestamptz
    group by observation.version_id
),

last_observation as (
    select distinct on (observation.version_id, observation.measure)
        observation.id,
        observation.version_id,
        observation.light,
        observation.observed_at
    from governance_monitoring_observation as observation
    where observation.observed_at <= :as_of::timestamptz
    order by
        observation.version_id asc,
        observation.measure asc,
        observation.observed_at desc,
        observation.id desc
),

unanswered_red as (
    select
        last_observation.version_id,
        min(last_observation.observed_at) as red_since
    from last_observation
    where
        last_observation.light = 'RED'
        and not exists (
            select 1
            from governance_finding as finding
            where
                finding.observation_id = last_observation.id
                and finding.opened_at <= :as_of::timestamptz
        )
    group by last_observation.version_id
),

permit as (
    select
        approval.version_id,
        approval.valid_from,
        jsonb_build_object(
            'permit_id', approval.id,
            'use_case_id', approval.use_case_id,
            'valid_from', approval.valid_from,
            'expires_at', least(approval.expires_at, (
                select min(expiry_change.expires_at)
                from governance_approval_expiry_change as expiry_change
                where
                    expiry_change.approval_id = approval.id
                    and expiry_change.changed_at <= :as_of::timestamptz
            )),
            'fallback', request.fallback,
            'allowed', request.allowed,
            'max_exposure_minor', request.max_exposure_minor,
            'currency', request.currency,
            'is_exception', false,
            'revoked_why', revocation.reason,
            'fresh_until', greatest(approval.valid_from, last_seen.observed_at)
            + request.monitoring_every_days * interval '1 day'
        ) as body
    from governance_approval as approval
    inner join governance_approval_request as request on approval.request_id = request.id
    left outer join governance_approval_revocation as revocation
        on
            approval.id = revocation.approval_id
            and revocation.revoked_at <= :as_of::timestamptz
    left outer join last_seen on approval.version_id = last_seen.version_id
    where approval.approved_at <= :as_of::timestamptz
    union all
    select
        use_exception.version_id,
        use_exception.granted_at as valid_from,
        jsonb_build_object(
            'permit_id', use_exception.id,
            'use_case_id', use_exception.use_case_id,
            'valid_from', use_exception.granted_at,
            'expires_at', use_exception.expires_at,
            'fallback', use_exception.fallback,
            'allowed', use_exception.allowed,
            'max_exposure_minor', use_exception.max_exposure_minor,
            'currency', use_exception.currency,
            'is_exception', true,
            'revoked_why', exception_end.reason,
            'fresh_until', null
        ) as body
    from governance_use_exception as use_exception
    left outer join governance_exception_end as exception_end
        on
            use_exception.id = exception_end.exception_id
            and exception_end.ended_at <= :as_of::timestamptz
    where
        use_exception.kind = 'before_validation'
        and use_exception.granted_at <= :as_of::timestamptz
),

permits_of_version as (
    select
        permit.version_id,
        jsonb_agg(permit.body order by permit.valid_from desc) as permits
    from permit
    group by permit.version_id
),

last_state as (
    select distinct on (finding_state.finding_id)
        finding_state.finding_id,
        finding_state.state,
        acceptance.expires_at as accepted_until
    from governance_finding_state as finding_state
    left outer join governance_risk_acceptance as acceptance
        on finding_state.acceptance_id = acceptance.id
    where finding_state.at <= :as_of::timestamptz
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
        and use_exception.granted_at <= :as_of::timestamptz
        and not exists (
            select 1
            from governance_exception_end as exception_end
            where
                exception_end.exception_id = use_exception.id
                and exception_end.ended_at <= :as_of::timestamptz
        )
    group by use_exception.finding_id
),

findings_of_version as (
    select
        finding.version_id,
        jsonb_agg(jsonb_build_object(
            'finding_id', finding.id,
            'number', finding.number,
            'severity', finding.severity,
            'effect', finding.effect,
            'segment', finding.segment,
            'due_on', finding.due_on,
            'cap_minor', finding.cap_minor,
            'currency', finding.currency,
            'quiet_until',
            greatest(last_state.accepted_until, excepted_finding.excepted_until)
        ) order by finding.number asc) as findings
    from governance_finding as finding
    left outer join last_state on finding.id = last_state.finding_id
    left outer join excepted_finding on finding.id = excepted_finding.finding_id
    where
        last_state.state is distinct from 'validated_closed'
        and finding.opened_at <= :as_of::timestamptz
    group by finding.version_id
),

governed_version as (
    select
        jsonb_build_object(
            'content_hash', version.content_hash,
            'words', entry.kind || ' ' || entry.name || ' ' || version.label,
            'use_case_id', entry.use_case_id,
            'fallback', coalesce(stated_use_case.fallback, 'refer'),
            'permits', coalesce(permits_of_version.permits, '[]'),
            'findings', coalesce(findings_of_version.findings, '[]'),
            'unanswered_red_since', unanswered_red.red_since
        ) as body
    from governance_version as version
    inner join governance_inventory_entry as entry on version.entry_id = entry.id
    left outer join stated_use_case on entry.use_case_id = stated_use_case.use_case_id
    left outer join permits_of_version on version.id = permits_of_version.version_id
    left outer join findings_of_version on version.id = findings_of_version.version_id
    left outer join unanswered_red on version.id = unanswered_red.version_id
    where version.registered_at <= :as_of::timestamptz
)

select
    (select coalesce(max(gate.version), 0) from governance_gate as gate) as version,
    (select coalesce(jsonb_agg(governed_version.body), '[]') from governed_version) as versions
