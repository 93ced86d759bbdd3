-- title: SLA attainment
-- question: Of the SLAs due each month, how many were met in time?
-- version: 2
-- owner: Seller risk manager
-- unit: ratio
-- measure: proportion
-- grain: deadline by month due
-- direction: up
-- watch: 0.9
-- act: 0.8
-- maturity: counts once due; overdue and open is a miss; paused ones wait, cancelled ones leave
-- source: field guide, seller operations, section 5 (SLA attainment, Wilson)
-- reads: deadline, deadline_satisfaction, deadline_cancellation, deadline_supersession,
--   deadline_pause, deadline_pause_end, case
-- pair: time_to_decision
with pause as (
    select
        deadline_pause.deadline_id,
        deadline_pause.starts_at,
        deadline_pause_end.ends_at,
        deadline_pause_end.due_at
    from deadline_pause
    left join deadline_pause_end
        on
            deadline_pause.pause_id = deadline_pause_end.pause_id
            and deadline_pause_end.ends_at <= :as_of
            and deadline_pause_end.recorded_at <= :known_at
    where
        deadline_pause.starts_at <= :as_of
        and deadline_pause.recorded_at <= :known_at
),

paused_deadline as (
    select
        pause.deadline_id,
        max(pause.due_at) as due_at,
        min(case when pause.ends_at is null then pause.starts_at end) as stands_since
    from pause
    group by pause.deadline_id
),

due_deadline as (
    select
        deadline.deadline_id,
        deadline.subject_kind,
        deadline.subject_id,
        deadline.legal,
        paused_deadline.stands_since,
        coalesce(paused_deadline.due_at, deadline.due_at) as due_at
    from deadline
    left join paused_deadline on deadline.deadline_id = paused_deadline.deadline_id
    where deadline.recorded_at <= :known_at
)

select
    due_deadline.subject_kind as object_kind,
    due_deadline.subject_id::varchar as object_id,
    date_trunc('month', due_deadline.due_at)::date as period,
    case when due_deadline.legal then 'legal deadlines' else 'SLAs' end as segment,
    case
        when deadline_satisfaction.satisfied_at <= due_deadline.due_at then 1
        else 0
    end as numerator,
    1 as denominator,
    true as mature
from due_deadline
left join "case"
    on
        due_deadline.subject_kind = 'case'
        and due_deadline.subject_id = "case".case_id
left join deadline_satisfaction
    on
        due_deadline.deadline_id = deadline_satisfaction.deadline_id
        and deadline_satisfaction.recorded_at <= :known_at
        and deadline_satisfaction.satisfied_at <= :as_of
left join deadline_cancellation
    on
        due_deadline.deadline_id = deadline_cancellation.deadline_id
        and due_deadline.due_at >= deadline_cancellation.cancelled_at
        and deadline_cancellation.recorded_at <= :known_at
left join deadline_supersession
    on
        due_deadline.deadline_id = deadline_supersession.superseded_id
        and due_deadline.due_at >= deadline_supersession.superseded_at
        and deadline_supersession.recorded_at <= :known_at
where
    due_deadline.due_at <= :as_of
    and (due_deadline.stands_since is null or due_deadline.due_at <= due_deadline.stands_since)
    and coalesce("case".desk, 'sellers') = 'sellers'
    and deadline_cancellation.deadline_id is null
    and deadline_supersession.superseded_id is null
