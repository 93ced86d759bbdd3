-- Cases as they stood at an instant, one row a case, newest first.
-- grain: case   params: at, case_id, state, queue, desk, holder_id, free, party_id, kind, reference
-- A null parameter does not filter; state is open or closed; free asks for cases that nobody has.
with reopened_cycle as (
    select
        reopening.case_id,
        count(*)::int as reopenings
    from cases_reopening as reopening
    where reopening.at <= :at
    group by reopening.case_id
),

held_case as (
    select distinct on (assignment.case_id)
        assignment.case_id,
        assignment.person_id
    from cases_assignment as assignment
    where assignment.at <= :at
    order by
        assignment.case_id asc,
        assignment.number desc
),

reassigned_case as (
    select
        assignment.case_id,
        count(*)::int as reassignments
    from cases_assignment as assignment
    where
        assignment.how = 'reassignment'
        and assignment.at <= :at
    group by assignment.case_id
),

waiting_case as (
    select
        request.case_id,
        count(*)::int as requests
    from cases_information_request as request
    left outer join cases_information_answer as answer
        on
            request.id = answer.request_id
            and answer.at <= :at
    where
        request.at <= :at
        and answer.id is null
    group by request.case_id
),

last_decision as (
    select distinct on (decision.case_id)
        decision.case_id,
        decision.outcome,
        decision.overrides_policy
    from cases_case_decision as decision
    where decision.at <= :at
    order by
        decision.case_id asc,
        decision.cycle desc
)

select
    opened.id,
    opened.number,
    opened.reference,
    opened.kind,
    queue.code as queue_code,
    terms.title as queue_title,
    opened.desk,
    opened.legal_entity_id as legal_entity,
    opened.party_id,
    opened.decision_id,
    opened.policy,
    opened.policy_outcome,
    opened.opened_at,
    opened.standard_minutes,
    held_case.person_id as holder_id,
    coalesce(holder.display_name, '') as holder_name,
    coalesce(reassigned_case.reassignments, 0) as reassignments,
    coalesce(reopened_cycle.reopenings, 0) as reopenings,
    coalesce(last_decision.outcome, '') as outcome,
    coalesce(last_decision.overrides_policy, false) as overrides_policy,
    closure.at as closed_at,
    coalesce(waiting_case.requests, 0) > 0 as waits,
    opened.source
from cases_case as opened
inner join cases_queue as queue on opened.queue_id = queue.id
inner join cases_queue_terms as terms on opened.terms_id = terms.id
left outer join held_case on opened.id = held_case.case_id
left outer join accounts_user as holder on held_case.person_id = holder.id
left outer join reopened_cycle on opened.id = reopened_cycle.case_id
left outer join waiting_case on opened.id = waiting_case.case_id
left outer join reassigned_case on opened.id = reassigned_case.case_id
left outer join last_decision on opened.id = last_decision.case_id
left outer join cases_case_closure as closure
    on
        opened.id = closure.case_id
        and closure.at <= :at
        and closure.cycle = 1 + coalesce(reopened_cycle.reopenings, 0)
where
    opened.opened_at <= :at
    and (:case_id::uuid is null or opened.id = :case_id::uuid)
    and (:queue::text is null or queue.code = :queue::text)
    and (:desk::text is null or opened.desk = :desk::text)
    and (:kind::text is null or opened.kind = :kind::text)
    and (:party_id::uuid is null or opened.party_id = :party_id::uuid)
    and (:reference::text is null or opened.reference = :reference::text)
    and (:state::text is null or (closure.id is null) = (:state::text = 'open'))
    and (:holder_id::uuid is null or held_case.person_id = :holder_id::uuid)
    and (not :free::boolean or held_case.person_id is null)
order by
    opened.opened_at desc,
    opened.number desc
