-- How long a version's evaluations in shadow took.
-- grain: version   unit: microseconds   params: policy_hash, known_at
select
    percentile_cont(0.5) within group (order by shadow.duration_us asc) as median_us,
    percentile_cont(0.95) within group (order by shadow.duration_us asc) as p95_us,
    percentile_cont(0.99) within group (order by shadow.duration_us asc) as p99_us
from decisions_shadow as shadow
where
    shadow.policy_hash = :policy_hash
    and shadow.recorded_at <= :known_at
