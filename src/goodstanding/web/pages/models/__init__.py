"""Models and approvals: what may decide, on what evidence, and who says so."""
