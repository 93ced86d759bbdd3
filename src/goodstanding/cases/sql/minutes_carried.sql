-- Standard minutes of the open cases that each person has.
-- grain: person   unit: minutes   params: at
with held_case as (
    select distinct on (assignment.case_id)
        assignment.case_id,
        assignment.person_id
    from cases_assignment as assignment
    where assignment.at <= :at
    order by
        assignment.case_id asc,
        assignment.number desc
)

select
    held_case.person_id,
    sum(opened.standard_minutes)::int as minutes
from held_case
inner join cases_case as opened on held_case.case_id = opened.id
where
    held_case.person_id is not null
    and not exists (
        select 1
        from cases_case_closure as closure
        where
            closure.case_id = opened.id
            and closure.at <= :at
            and closure.cycle = 1 + (
                select count(*)
                from cases_reopening as reopening
                where
                    reopening.case_id = opened.id
                    and reopening.at <= :at
            )
    )
group by held_case.person_id
