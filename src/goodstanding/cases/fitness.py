"""Who may take a case: hard constraints, in the order in which they are said.  Pure.

why_not(person=, work=) -> Skip | None
choose(people=, work=, load_minutes=) -> Routed
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from goodstanding.cases.types import Routed, Skip
from goodstanding.team.types import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A case as routing sees it.

    barred maps a person to why they may not see it: they decided what is under review, or
    manage who did. handled_before are people who had a case of the same business.
    """

    case_id: UUID
    skill: str
    standard_minutes: int
    barred: Mapping[UUID, str]
    conflicted: frozenset[UUID]
    handled_before: frozenset[UUID]


def why_not(*, person: Person, work: Work) -> Skip | None:
    """Why a person may not take the case at all; None if they may."""
    if person.id in work.barred:
        return _skip(person, "reviews_own_decision", work.barred[person.id])
    if person.id in work.conflicted:
        return _skip(person, "conflict_of_interest", "declared an interest in the business")
    if work.skill and work.skill not in person.skills:
        return _skip(person, "not_certified", f"holds no certification for {work.skill}")
    return None


def choose(*, people: Sequence[Person], work: Work, load_minutes: Mapping[UUID, int]) -> Routed:
    """The person a case goes to, and everybody passed over with the reason.

    Among those who may: somebody who knows the business, then who carries the fewest standard
    minutes, then by id, so that the same state always gives the same answer.
    """
    skips: list[Skip] = []
    able: list[Person] = []
    for person in people:
        skip = why_not(person=person, work=work) or _not_now(person, work, load_minutes)
        if skip is None:
            able.append(person)
        else:
            skips.append(skip)
    able.sort(
        key=lambda person: (
            person.id not in work.handled_before,
            load_minutes.get(person.id, 0),
            person.id,
        )
    )
    chosen = able[0].id if able else None
    return Routed(case_id=work.case_id, person_id=chosen, skips=tuple(skips))


def _not_now(person: Person, work: Work, load_minutes: Mapping[UUID, int]) -> Skip | None:
    if person.is_absent:
        return _skip(person, "absent", "is away")
    limit = person.work_limit_minutes
    carried = load_minutes.get(person.id, 0)
    if limit is not None and carried + work.standard_minutes > limit:
        why = f"carries {carried} of {limit} minutes, and this is {work.standard_minutes} more"
        return _skip(person, "work_limit", why)
    return None


def _skip(person: Person, code: str, why: str) -> Skip:
    return Skip(person_id=person.id, person_name=person.display_name, code=code, why=why)
