-- The number that moves whenever anything moves that the gate reads.
-- grain: one row
select coalesce(max(gate.version), 0) as version
from governance_gate as gate
