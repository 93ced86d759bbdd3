-- Replays of samples of live decisions for the lake.
-- grain: replay_run_id   params: from_xid, below_xid
select
    replay_run.id as replay_run_id,
    replay_run.run_id,
    replay_run.day,
    replay_run.policy,
    replay_run.seed,
    replay_run.population,
    replay_run.sampled,
    replay_run.replayed,
    replay_run.differing,
    replay_run.erased,
    replay_run.missing,
    replay_run.duration_ms,
    replay_run.replayed_by,
    replay_run.replayed_at,
    replay_run.recorded_at,
    (replay_run.xid::text)::bigint as xid
from decisions_replay_run as replay_run
where
    (replay_run.xid::text)::bigint >= :from_xid
    and (replay_run.xid::text)::bigint < :below_xid
