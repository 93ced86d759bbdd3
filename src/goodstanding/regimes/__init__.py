"""Which law?  Regimes, thresholds and reason texts as dated rows."""
