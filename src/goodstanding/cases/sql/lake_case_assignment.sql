-- Who a case went to, for the lake; people by id.
-- grain: assignment_id   params: from_xid, below_xid
select
    assignment.id as assignment_id,
    assignment.case_id,
    assignment.number,
    assignment.how,
    assignment.person_id,
    assignment.at,
    assignment.recorded_at,
    (assignment.xid::text)::bigint as xid
from cases_assignment as assignment
where
    (assignment.xid::text)::bigint >= :from_xid
    and (assignment.xid::text)::bigint < :below_xid
