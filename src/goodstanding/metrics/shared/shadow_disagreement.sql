select
    'decision' as object_kind,
    shadow.decision_id::varchar as object_id,
    shadow.decided_at::date as period,
    shadow.policy || ' ' || shadow.label as segment,
    case when shadow.outcome <> shadow.decided_outcome then 1 else 0 end as numerator,
    1 as denominator,
    true as mature
from shadow
where
    shadow.desk = :desk
    and shadow.state = 'evaluated'
    and shadow.decided_at <= :as_of
    and shadow.recorded_at <= :known_at
