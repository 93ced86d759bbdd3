-- Everything that happened to a case by an instant, oldest first.
-- grain: happening   params: case_id, at
with happening as (
    select
        assignment.at,
        assignment.by_id,
        assignment.id,
        assignment.how as kind,
        coalesce(person.display_name, '') as subject,
        assignment.reason as text
    from cases_assignment as assignment
    left outer join accounts_user as person on assignment.person_id = person.id
    where assignment.case_id = :case_id

    union all

    select
        note.at,
        note.by_id,
        note.id,
        'note' as kind,
        '' as subject,
        note.text
    from cases_note as note
    where note.case_id = :case_id

    union all

    select
        item.at,
        item.by_id,
        item.id,
        'evidence' as kind,
        item.title as subject,
        '' as text
    from cases_evidence_item as item
    where item.case_id = :case_id

    union all

    select
        step.at,
        step.by_id,
        step.id,
        case when step.skipped then 'step_skipped' else 'step_done' end as kind,
        step.step as subject,
        step.because as text
    from cases_step_record as step
    where step.case_id = :case_id

    union all

    select
        request.at,
        request.by_id,
        request.id,
        'request' as kind,
        '' as subject,
        request.question as text
    from cases_information_request as request
    where request.case_id = :case_id

    union all

    select
        answer.at,
        answer.by_id,
        answer.id,
        'answer' as kind,
        '' as subject,
        answer.summary as text
    from cases_information_answer as answer
    where answer.case_id = :case_id

    union all

    select
        escalation.at,
        escalation.by_id,
        escalation.id,
        'escalation' as kind,
        person.display_name as subject,
        escalation.question as text
    from cases_escalation as escalation
    inner join accounts_user as person on escalation.to_person_id = person.id
    where escalation.case_id = :case_id

    union all

    select
        answer.at,
        answer.by_id,
        answer.id,
        'escalation_answer' as kind,
        case when answer.changes_outcome then 'changes' else 'keeps' end as subject,
        answer.answer as text
    from cases_escalation_answer as answer
    where answer.case_id = :case_id

    union all

    select
        skip.at,
        skip.by_id,
        skip.id,
        'routing_skip' as kind,
        person.display_name as subject,
        skip.why as text
    from cases_routing_skip as skip
    inner join accounts_user as person on skip.person_id = person.id
    where skip.case_id = :case_id

    union all

    select
        decision.at,
        decision.by_id,
        decision.id,
        'decision' as kind,
        decision.outcome as subject,
        concat_ws(
            chr(31), array_to_string(decision.reason_codes, ','), decision.statement
        ) as text
    from cases_case_decision as decision
    where decision.case_id = :case_id

    union all

    select
        closure.at,
        closure.by_id,
        closure.id,
        'closure' as kind,
        closure.why as subject,
        closure.reason as text
    from cases_case_closure as closure
    where closure.case_id = :case_id

    union all

    select
        reopening.at,
        reopening.by_id,
        reopening.id,
        'reopening' as kind,
        '' as subject,
        reopening.reason as text
    from cases_reopening as reopening
    where reopening.case_id = :case_id
)

select
    happening.id,
    happening.at,
    coalesce(actor.display_name, '') as who,
    happening.kind,
    happening.subject,
    happening.text
from happening
left outer join accounts_user as actor on happening.by_id = actor.id
where happening.at <= :at
order by
    happening.at asc,
    happening.id asc
