"""Shapes of the team room."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A colleague as work is handed out: who, whose report, and what they may take.

    work_limit_minutes is None where no limit is set; skills are those certified at the instant.
    """

    id: UUID
    display_name: str
    manager_id: UUID | None
    skills: frozenset[str]
    is_absent: bool
    work_limit_minutes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationView:
    """A certification in force: its skill, its term, and how long it still holds."""

    id: UUID
    person_id: UUID
    person_name: str
    skill: str
    from_at: datetime
    valid_until: datetime
    left: timedelta
