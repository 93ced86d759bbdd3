-- Reinstatements for the lake, by kind R1 to R5.
-- grain: reinstatement_id   params: from_xid, below_xid
select
    reinstatement.id as reinstatement_id,
    reinstatement.enforcement_id,
    reinstatement.case_id,
    reinstatement.kind,
    reinstatement.in_part,
    reinstatement.effective_at,
    reinstatement.recorded_at,
    (reinstatement.xid::text)::bigint as xid
from cases_reinstatement as reinstatement
where
    (reinstatement.xid::text)::bigint >= :from_xid
    and (reinstatement.xid::text)::bigint < :below_xid
