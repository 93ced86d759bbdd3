-- A number that moves whenever a version changes its status, and when an emergency runs out.
-- The end of an emergency writes no row: the database's clock is read, for this number alone.
-- grain: one row
select
    coalesce(max(running_number.version), 0) + (
        select count(*)
        from policies_emergency_use as emergency
        where emergency.expires_at <= clock_timestamp()
    ) as version
from policies_number as running_number
