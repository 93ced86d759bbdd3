-- title: SLA attainment
-- question: Of the SLAs due each month, how many were met in time?
-- version: 1
-- owner: Seller risk manager
-- unit: ratio
-- measure: proportion
-- grain: deadline by month due
-- direction: up
-- watch: 0.9
-- act: 0.8
-- maturity: a deadline counts once it is due; overdue and open is a miss
-- source: field guide, seller operations, section 5 (SLA attainment, Wilson)
-- reads: deadline, deadline_satisfaction, deadline_cancellation, deadline_supersession
-- pair: time_to_decision
select
    deadline.subject_kind as object_kind,
    deadline.subject_id::varchar as object_id,
    date_trunc('month', deadline.due_at)::date as period,
    case when deadline.legal then 'legal deadlines' else 'SLAs' end as segment,
    case
        when deadline_satisfaction.satisfied_at <= deadline.due_at then 1
        else 0
    end as numerator,
    1 as denominator,
    true as mature
from deadline
left join deadline_satisfaction
    on
        deadline.deadline_id = deadline_satisfaction.deadline_id
        and deadline_satisfaction.recorded_at <= :known_at
        and deadline_satisfaction.satisfied_at <= :as_of
left join deadline_cancellation
    on
        deadline.deadline_id = deadline_cancellation.deadline_id
        and deadline.due_at >= deadline_cancellation.cancelled_at
        and deadline_cancellation.recorded_at <= :known_at
left join deadline_supersession
    on
        deadline.deadline_id = deadline_supersession.superseded_id
        and deadline.due_at >= deadline_supersession.superseded_at
        and deadline_supersession.recorded_at <= :known_at
where
    deadline.due_at <= :as_of
    and deadline.recorded_at <= :known_at
    and deadline_cancellation.deadline_id is null
    and deadline_supersession.superseded_id is null
