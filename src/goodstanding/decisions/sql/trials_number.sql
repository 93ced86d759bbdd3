-- A text that moves whenever a trial starts, ends, learns who belongs together, or spends.
-- grain: one row
with running as (
    select trial.id
    from decisions_trial as trial
    left join decisions_trial_end as trial_end on trial.id = trial_end.trial_id
    where trial_end.id is null
)

select
    (select count(*) from decisions_trial) as trials,
    (select count(*) from decisions_trial_end) as ends,
    (
        select count(*)
        from decisions_trial_unit as unit
        inner join running on unit.trial_id = running.id
    ) as units,
    (
        select count(*)
        from decisions_explored as explored
        inner join running on explored.trial_id = running.id
    ) as explored
