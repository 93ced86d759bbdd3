-- In how many decisions each part of the answer differed in shadow.
-- grain: part   params: policy_hash, known_at
select
    differing.part,
    count(*) as decisions
from decisions_shadow as shadow
cross join unnest(shadow.differs_in) as differing (part)
where
    shadow.policy_hash = :policy_hash
    and shadow.recorded_at <= :known_at
group by differing.part
