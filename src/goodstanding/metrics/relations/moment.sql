-- The close of each of the last 28 days, and of today the instant asked about.
-- grain: day
select
    moment_day.day::date as day,
    least(moment_day.day + interval '1 day', :as_of) as read_at
from
    (
        select
            unnest(
                generate_series(
                    date_trunc('day', :as_of) - interval '27 days',
                    date_trunc('day', :as_of),
                    interval '1 day'
                )
            ) as day
    ) as moment_day
