"""Metrics: overview, one metric, the rows under a number, the lake."""
