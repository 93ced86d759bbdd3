"""Who may decide?  Use cases, inventory, findings, approvals, the gate."""
