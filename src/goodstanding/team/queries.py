"""Read the team as it stood at an instant.

people_of_queue(queue_code=, at=) -> list[Person], by name then id
person_at(person_id=, at=) -> Person · people_at(person_ids=, at=) -> list[Person]
queues_of(person_id=, at=) -> frozenset[str]
certifications_in_force(at=) -> list[CertificationView], soonest to run out first
conflicted_people(party_id=, at=) -> frozenset[UUID]
manager_of(person_id=) -> UUID | None
roster_minutes(person_ids=, since=, until=) -> dict[UUID, int], absences taken out
may_read_figures_of(reader=, person_id=, at=) raises NotAboutYou, and logs the read
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from goodstanding.core.audit import write_audit
from goodstanding.core.errors import NotFound
from goodstanding.team import models
from goodstanding.team.errors import NotAboutYou
from goodstanding.team.types import CertificationView, Person


def people_of_queue(*, queue_code: str, at: datetime) -> list[Person]:
    """Everybody who takes work from a queue, by name, then by id."""
    members = memberships_at(at=at).filter(queue_code=queue_code).values_list("person", flat=True)
    return _people(list(members), at=at)


def person_at(*, person_id: UUID, at: datetime) -> Person:
    """One person. Raises NotFound."""
    found = _people([person_id], at=at)
    if not found:
        raise NotFound(what="person", key=person_id)
    return found[0]


def people_at(*, person_ids: Iterable[UUID], at: datetime) -> list[Person]:
    """Several people, by name, then by id; those who left the house are left out."""
    return _people(list(person_ids), at=at)


def queues_of(*, person_id: UUID, at: datetime) -> frozenset[str]:
    """The queues a person takes work from."""
    rows = memberships_at(at=at).filter(person_id=person_id)
    return frozenset(rows.values_list("queue_code", flat=True))


def memberships_at(*, at: datetime) -> "QuerySet[models.Membership]":
    """Memberships that hold at an instant."""
    return models.Membership.objects.filter(from_at__lte=at).filter(_not_ended(at))


def certifications_in_force(*, at: datetime) -> list[CertificationView]:
    """Every certification that holds, the soonest to run out first."""
    rows = _certifications(at).select_related("person").order_by("valid_until", "id")
    return [
        CertificationView(
            id=row.id,
            person_id=row.person_id,
            person_name=row.person.display_name,
            skill=row.skill,
            from_at=row.from_at,
            valid_until=row.valid_until,
            left=row.valid_until - at,
        )
        for row in rows
    ]


def conflicted_people(*, party_id: UUID, at: datetime) -> frozenset[UUID]:
    """Who declared an interest in a party."""
    rows = models.Conflict.objects.filter(party_id=party_id, from_at__lte=at).filter(_not_ended(at))
    return frozenset(rows.values_list("person_id", flat=True))


def manager_of(*, person_id: UUID) -> UUID | None:
    """Who manages a person now."""
    return _users().filter(id=person_id).values_list("manager_id", flat=True).get()


def roster_minutes(
    *, person_ids: Iterable[UUID], since: datetime, until: datetime
) -> dict[UUID, int]:
    """Rostered minutes of each person in [since, until), less their absences."""
    people = list(person_ids)
    shifts = _spans(models.Shift, people, since, until)
    absences = _spans(models.Absence, people, since, until)
    found = dict.fromkeys(people, 0)
    for person_id in people:
        away = _union(absences.get(person_id, []))
        worked = sum(
            (
                (end - start) - _overlap(start, end, away)
                for start, end in shifts.get(person_id, [])
            ),
            timedelta(),
        )
        found[person_id] = worked // timedelta(minutes=1)
    return found


def may_read_figures_of(*, reader: Any, person_id: UUID, at: datetime) -> None:
    """Let the person and their manager through, and log the read. Raises NotAboutYou."""
    person = _users().get(id=person_id)
    if reader.id not in {person.id, person.manager_id}:
        raise NotAboutYou(reader=str(reader), person=str(person))
    write_audit(
        actor=reader.email,
        action="read_figures",
        object_kind="person",
        object_id=person_id,
        at=at,
    )


def _people(person_ids: list[UUID], *, at: datetime) -> list[Person]:
    users = _users().filter(id__in=person_ids, is_active=True)
    skills: dict[UUID, set[str]] = {}
    for person_id, skill in _certifications(at).values_list("person_id", "skill"):
        skills.setdefault(person_id, set()).add(skill)
    absent = set(
        models.Absence.objects.filter(from_at__lte=at, until_at__gt=at).values_list(
            "person_id", flat=True
        )
    )
    limits = dict(
        models.WorkLimit.objects.filter(person_id__in=person_ids, from_at__lte=at)
        .order_by("person_id", "-from_at", "-id")
        .distinct("person_id")
        .values_list("person_id", "minutes")
    )
    return [
        Person(
            id=user.id,
            display_name=user.display_name,
            manager_id=user.manager_id,
            skills=frozenset(skills.get(user.id, ())),
            is_absent=user.id in absent,
            work_limit_minutes=limits.get(user.id),
        )
        for user in users.order_by("display_name", "id")
    ]


def _users() -> Any:
    """People; their table is no door of accounts, Django's own name for it is."""
    return get_user_model().objects


def _certifications(at: datetime) -> "QuerySet[models.Certification]":
    in_term = models.Certification.objects.filter(from_at__lte=at, valid_until__gt=at)
    return in_term.filter(_not_ended(at))


def _not_ended(at: datetime) -> Q:
    return Q(end=None) | Q(end__ends_at__gt=at)


def _spans(
    model: type[models.Shift] | type[models.Absence],
    people: list[UUID],
    since: datetime,
    until: datetime,
) -> dict[UUID, list[tuple[datetime, datetime]]]:
    rows = model.objects.filter(person_id__in=people, from_at__lt=until, until_at__gt=since)
    found: dict[UUID, list[tuple[datetime, datetime]]] = {}
    for person_id, start, end in rows.values_list("person_id", "from_at", "until_at"):
        found.setdefault(person_id, []).append((max(start, since), min(end, until)))
    return found


def _union(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _overlap(start: datetime, end: datetime, spans: list[tuple[datetime, datetime]]) -> timedelta:
    parts = (min(end, high) - max(start, low) for low, high in spans)
    return sum((part for part in parts if part > timedelta()), timedelta())
