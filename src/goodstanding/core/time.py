"""The clock, for the edges of the house only: views, endpoints, commands and the worker."""

from datetime import UTC, datetime

from goodstanding.core.errors import Refusal


class InstantWithoutZone(Refusal):
    """The instant {value} has no time zone, so nobody can say when it was."""

    code = "instant_without_zone"
    mend = "Give the instant in UTC, for example 2026-11-22T14:05:00Z."


def utc_now() -> datetime:
    """The present instant in UTC. Logic never calls it; it is handed `as_of` or `at`."""
    return datetime.now(UTC)


def require_utc(instant: datetime, *, field: str) -> datetime:
    """The same instant in UTC.

    Raises InstantWithoutZone if it has no zone, naming the field.
    """
    if instant.tzinfo is None:
        raise InstantWithoutZone(field=field, value=instant.isoformat())
    return instant.astimezone(UTC)
