-- Live decisions of a policy that the policy itself made, with what came true of them.
-- grain: decision
-- params: policy, since, until, known_at, label, version, horizon_months, lag_days, most
select
    decision.record,
    decision.outcome,
    decision.as_of,
    last_label.value as is_bad,
    decision.as_of + make_interval(months => :horizon_months, days => :lag_days)
    <= :known_at as is_matured
from decisions_decision as decision
left join lateral (
    select label.value
    from outcomes_label as label
    where
        label.decision_id = decision.id
        and label.definition = :label
        and label.version = :version
        and label.observed_at <= :known_at
    order by label.observed_at desc
    limit 1
) as last_label on true
where
    decision.policy = :policy
    and decision.origin = 'live'
    and decision.gate_state = 'current'
    and decision.supersedes_id is null
    and decision.as_of >= :since
    and decision.as_of < :until
order by decision.id desc
limit :most
