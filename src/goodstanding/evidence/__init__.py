"""What justifies a change?  Backtests with labels, validation runs, change requests."""
