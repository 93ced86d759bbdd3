-- Decisions explored below the cut for the lake: the money at risk, and the chance that each had.
-- grain: decision_id   unit: minor   params: from_xid, below_xid
select
    explored.decision_id,
    decision.legal_entity,
    decision.desk,
    decision.policy,
    decision.policy_hash,
    decision.entity,
    decision.as_of,
    explored.trial_id,
    trial.experiment_id,
    explored.arm,
    (decision.record::jsonb -> 'exploration' ->> 'chance')::numeric(18, 6) as chance,
    explored.limit_minor,
    explored.currency,
    explored.recorded_at,
    (explored.xid::text)::bigint as xid
from decisions_explored as explored
inner join decisions_decision as decision on explored.decision_id = decision.id
inner join decisions_trial as trial on explored.trial_id = trial.id
where
    (explored.xid::text)::bigint >= :from_xid
    and (explored.xid::text)::bigint < :below_xid
