-- Change requests with how far they came, latest first.
-- grain: change_id   params: as_of, policy (null for all), change_id (null for all)
with latest_run as (
    select distinct on (run.change_id)
        run.change_id,
        run.id as run_id,
        run_end.state,
        run_end.message
    from evidence_change_run as run
    left outer join evidence_change_run_end as run_end
        on
            run.id = run_end.run_id
            and run_end.ended_at <= :as_of
    where run.requested_at <= :as_of
    order by
        run.change_id asc,
        run.requested_at desc,
        run.id desc
),

latest_evidence as (
    select distinct on (run.change_id)
        run.change_id,
        run.id as evidence_id,
        run_end.ended_at
    from evidence_change_run as run
    inner join evidence_change_run_end as run_end on run.id = run_end.run_id
    where
        run_end.state = 'finished'
        and run_end.ended_at <= :as_of
    order by
        run.change_id asc,
        run_end.ended_at desc,
        run.id desc
),

signature as (
    select
        sign_off.change_id,
        count(*) as signed,
        max(sign_off.signed_at) as signed_at
    from evidence_sign_off as sign_off
    where sign_off.signed_at <= :as_of
    group by sign_off.change_id
)

select
    change.id as change_id,
    change.policy_name as policy,
    version.title,
    version.desk,
    version.label,
    version.text_hash,
    version.author_id,
    author.display_name as author,
    against.label as against_label,
    against.text_hash as against_hash,
    change.why,
    change.dataset,
    change.window,
    change.sign_off,
    change.is_demonstration,
    change.requested_by_id,
    requester.display_name as requested_by,
    change.requested_at,
    latest_run.run_id as latest_run_id,
    latest_run.state as latest_run_state,
    latest_evidence.evidence_id,
    latest_evidence.ended_at as evidence_at,
    coalesce(latest_run.message, '') as message,
    coalesce(signature.signed, 0) as signed,
    coalesce(
        change_return.returned_at, withdrawal.withdrawn_at, signature.signed_at,
        latest_evidence.ended_at, change.requested_at
    ) as moved_at,
    case
        when change_return.id is not null then 'returned'
        when withdrawal.id is not null then 'withdrawn'
        when coalesce(signature.signed, 0) = jsonb_array_length(change.sign_off) then 'approved'
        when latest_evidence.evidence_id is not null then 'waiting'
        when latest_run.state = 'failed' then 'failed'
        else 'computing'
    end as state
from evidence_change_request as change
inner join policies_version as version on change.version_id = version.id
inner join policies_version as against on change.against_id = against.id
inner join accounts_user as author on version.author_id = author.id
inner join accounts_user as requester on change.requested_by_id = requester.id
left outer join latest_run on change.id = latest_run.change_id
left outer join latest_evidence on change.id = latest_evidence.change_id
left outer join signature on change.id = signature.change_id
left outer join evidence_change_return as change_return
    on
        change.id = change_return.change_id
        and change_return.returned_at <= :as_of
left outer join evidence_change_withdrawal as withdrawal
    on
        change.id = withdrawal.change_id
        and withdrawal.withdrawn_at <= :as_of
where
    change.requested_at <= :as_of
    and (change.policy_name = :policy or cast(:policy as text) is null)
    and (change.id = :change_id or cast(:change_id as uuid) is null)
order by
    change.requested_at desc,
    change.id desc
