"""Instants that tests share."""

from datetime import UTC, datetime

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
