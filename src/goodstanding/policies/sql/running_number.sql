-- The number that moves whenever a version of any policy changes its status.
-- grain: one row
select coalesce(max(running_number.version), 0) as version
from policies_number as running_number
