-- How often each rule of a policy text was TRUE, FALSE or UNKNOWN among its decisions.
-- grain: place of the rule in the policy, from 1
-- params: policy_hash, since (recorded from), known_at (recorded until)
with counted_decision as (
    select
        decision.rule_states,
        count(*) as decisions
    from decisions_decision as decision
    where
        decision.policy_hash = :policy_hash
        and decision.recorded_at >= :since
        and decision.recorded_at <= :known_at
    group by decision.rule_states
)

select
    rule_state.place,
    sum(counted_decision.decisions) as decided,
    coalesce(
        sum(counted_decision.decisions) filter (where rule_state.letter = 'T'), 0
    ) as true_count,
    coalesce(
        sum(counted_decision.decisions) filter (where rule_state.letter = 'U'), 0
    ) as unknown_count
from counted_decision
cross join
    regexp_split_to_table(counted_decision.rule_states, '')
    with ordinality as rule_state (letter, place)
group by rule_state.place
order by rule_state.place asc
