-- Appeals for the lake.
-- grain: appeal_id   params: from_xid, below_xid
select
    appeal.id as appeal_id,
    appeal.enforcement_id,
    appeal.case_id,
    appeal.number,
    appeal.lodged_at,
    appeal.has_new_evidence,
    appeal.recorded_at,
    (appeal.xid::text)::bigint as xid
from cases_appeal as appeal
where
    (appeal.xid::text)::bigint >= :from_xid
    and (appeal.xid::text)::bigint < :below_xid
