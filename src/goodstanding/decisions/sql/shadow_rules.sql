-- In how many decisions each rule said otherwise in shadow, the most frequent first.
-- grain: change of a rule, as `id TRUE>FALSE`   params: policy_hash, known_at
select
    changed.rule_change,
    count(*) as decisions
from decisions_shadow as shadow
cross join unnest(shadow.rule_changes) as changed (rule_change)
where
    shadow.policy_hash = :policy_hash
    and shadow.recorded_at <= :known_at
group by changed.rule_change
order by
    count(*) desc,
    changed.rule_change asc
