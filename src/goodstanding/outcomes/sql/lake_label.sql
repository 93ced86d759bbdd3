-- Labels for the lake.
-- grain: label   params: from_xid, below_xid
select
    label.id as label_id,
    label.decision_id,
    label.definition,
    label.version,
    label.value,
    label.event_at,
    label.mature_at,
    label.observed_at,
    label.recorded_at,
    (label.xid::text)::bigint as xid
from outcomes_label as label
where
    (label.xid::text)::bigint >= :from_xid
    and (label.xid::text)::bigint < :below_xid
