-- title: Days of approval left
-- question: Which approval runs out first, and when?
-- version: 2
-- owner: Model risk manager
-- unit: days
-- measure: least
-- grain: approval in force at as_of, by day
-- direction: up
-- watch: 60
-- act: 14
-- maturity: a state, read at as_of; the approval that ends first decides
-- source: field guide, model risk, section 7
-- reads: approval, approval_revocation, approval_expiry_change
-- pair: open_findings
with earlier_end as (
    select
        approval_expiry_change.approval_id,
        min(approval_expiry_change.expires_at) as expires_at
    from approval_expiry_change
    where
        approval_expiry_change.changed_at <= :as_of
        and approval_expiry_change.recorded_at <= :known_at
    group by approval_expiry_change.approval_id
),

current_approval as (
    select
        approval.approval_id,
        approval.is_demonstration,
        least(approval.expires_at, coalesce(earlier_end.expires_at, approval.expires_at))
            as expires_at
    from approval
    left join earlier_end on approval.approval_id = earlier_end.approval_id
    left join approval_revocation
        on
            approval.approval_id = approval_revocation.approval_id
            and approval_revocation.revoked_at <= :as_of
            and approval_revocation.recorded_at <= :known_at
    where
        approval.valid_from <= :as_of
        and approval.recorded_at <= :known_at
        and approval_revocation.approval_id is null
)

select
    'approval' as object_kind,
    current_approval.approval_id::varchar as object_id,
    (:as_of)::date as period,
    case when current_approval.is_demonstration then 'demonstration' else 'approved' end as segment,
    date_diff('second', :as_of, current_approval.expires_at) / 86400.0 as numerator,
    1 as denominator,
    true as mature
from current_approval
where current_approval.expires_at > :as_of
