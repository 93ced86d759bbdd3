-- Backtests with how far they came and how they ended, latest first.
-- grain: run_id   params: policy (null for all), run_id (null for all)
with latest_progress as (
    select distinct on (progress.run_id)
        progress.run_id,
        progress.rows_done,
        progress.rows_total
    from evidence_backtest_progress as progress
    order by
        progress.run_id asc,
        progress.rows_done desc,
        progress.reached_at desc
)

select
    run.id as run_id,
    run.policy_name as policy,
    version.label,
    version.text_hash,
    run.dataset,
    run.window,
    run.constants,
    run.engine,
    run.lists,
    requester.display_name as requested_by,
    run.requested_at,
    run_end.ended_at,
    run_end.seconds,
    coalesce(against.label, '') as against_label,
    case
        when run_end.state is not null then run_end.state
        when latest_progress.run_id is not null then 'running'
        else 'waiting'
    end as state,
    coalesce(latest_progress.rows_done, 0) as rows_done,
    coalesce(latest_progress.rows_total, 0) as rows_total,
    coalesce(run_end.message, '') as message
from evidence_backtest_run as run
inner join policies_version as version on run.version_id = version.id
inner join accounts_user as requester on run.requested_by_id = requester.id
left outer join policies_version as against on run.against_id = against.id
left outer join evidence_backtest_end as run_end on run.id = run_end.run_id
left outer join latest_progress on run.id = latest_progress.run_id
where
    (run.policy_name = :policy or cast(:policy as text) is null)
    and (run.id = :run_id or cast(:run_id as uuid) is null)
order by
    run.requested_at desc,
    run.id desc
