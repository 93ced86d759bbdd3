-- title: Replays that differ
-- question: Do live decisions come out the same when they are derived again from their records?
-- version: 1
-- owner: Model risk manager
-- unit: ratio
-- measure: proportion
-- grain: replay of a day's sample of a policy, by day of the decisions and policy
-- direction: down
-- watch: 0.000001
-- act: 0.001
-- maturity: final when recorded
-- source: field guide, decisions, section 10
-- reads: replay_run
-- pair: decisions_under_approval
select
    'replay_run' as object_kind,
    replay_run.replay_run_id::varchar as object_id,
    replay_run.day as period,
    replay_run.policy as segment,
    replay_run.differing as numerator,
    replay_run.replayed as denominator,
    true as mature
from replay_run
where
    replay_run.replayed > 0
    and replay_run.replayed_at <= :as_of
    and replay_run.recorded_at <= :known_at
