"""What we did about a business: decisions, what came true of them, measures, cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.cases.queries import cases_of_party, enforcements_of
from goodstanding.cases.types import CaseRow, EnforcementView, Measure
from goodstanding.decisions.queries import DecisionFilter, DecisionList, decisions_matching
from goodstanding.outcomes.queries import labels_of
from goodstanding.outcomes.types import Label
from goodstanding.web.cells import words
from goodstanding.web.moment import moment_of
from goodstanding.web.pages.cases.showing import case_url, time_signal
from goodstanding.web.pages.decisions.words import outcome_signal
from goodstanding.web.types import Signal

SHOWN_DECISIONS = 10
STANDINGS = {
    Measure.TERMINATED: Signal("act", "Terminated"),
    Measure.PENDING_TERMINATION: Signal("act", "Termination announced"),
    Measure.SUSPENDED: Signal("act", "Suspended"),
    Measure.PAYOUT_HOLD: Signal("watch", "Payouts held"),
    Measure.CATEGORY_RESTRICTION: Signal("watch", "Category restricted"),
    Measure.LISTING_RESTRICTION: Signal("watch", "Listings restricted"),
    Measure.WARNING: Signal("watch", "Warned"),
}


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """A decision about the business, with what came true of it as known."""

    url: str
    policy: str
    outcome: Signal
    as_of: datetime
    came_true: Signal


@dataclass(frozen=True, slots=True)
class ShownMeasure:
    """A measure against the business: what, since when, whether it stands."""

    measure: str
    clause: str
    starts_at: datetime
    state: Signal
    statement: str


@dataclass(frozen=True, slots=True)
class ShownWork:
    """A case about the business."""

    label: str
    url: str
    queue: str
    opened_at: datetime
    state: Signal


@dataclass(frozen=True, slots=True)
class Doings:
    """All of it; `more_url` lists every decision where there are more than those shown."""

    decisions: Sequence[ShownDecision]
    decision_count: int
    more_url: str
    measures: Sequence[ShownMeasure]
    cases: Sequence[ShownWork]
    standing: Signal | None


def doings_of(request: HttpRequest, party_id: UUID) -> Doings:
    """What this person may see of what we did, at the moment from which they look."""
    moment = moment_of(request)
    decisions: list[ShownDecision] = []
    count = 0
    if request.user.has_perm("decisions.see_decisions"):
        found = decisions_matching(DecisionFilter(known_at=moment.known_at))
        decisions, count = _decisions(found.filter(party_id=party_id), moment.known_at)
    measures: list[EnforcementView] = []
    cases: list[CaseRow] = []
    if request.user.has_perm("cases.see_cases"):
        measures = enforcements_of(party_id=party_id, at=moment.as_of)
        cases = cases_of_party(party_id=party_id, at=moment.as_of)
    return Doings(
        decisions=decisions,
        decision_count=count,
        more_url=f"{reverse('decisions')}?q={party_id}",
        measures=[_measure(measure, moment.as_of) for measure in measures],
        cases=[_case(row) for row in cases],
        standing=_standing(measures, moment.as_of),
    )


def _decisions(found: Any, known_at: datetime) -> tuple[list[ShownDecision], int]:
    listed = DecisionList(found, known_at)
    rows = listed.rows(start=0, stop=SHOWN_DECISIONS, sort="-as_of")
    labels: dict[UUID, list[Label]] = {}
    for label in labels_of(decision_ids=[row.id for row in rows], known_at=known_at):
        labels.setdefault(label.decision_id, []).append(label)
    shown = [
        ShownDecision(
            url=reverse("decision", args=[row.id]),
            policy=words(row.policy),
            outcome=outcome_signal(row.outcome),
            as_of=row.as_of,
            came_true=_came_true(labels.get(row.id, [])),
        )
        for row in rows
    ]
    return shown, listed.count()


def _came_true(labels: Sequence[Label]) -> Signal:
    """Bad where any definition says so; what is not mature is not known, never good."""
    known = [label for label in labels if label.value is not None]
    if not known:
        return Signal("neutral", "Not known yet")
    bad = next((label for label in known if label.value), None)
    label = bad or known[0]
    verdict = "bad" if bad else "good"
    return Signal("act" if bad else "good", f"{words(label.definition)}: {verdict}")


def _measure(measure: EnforcementView, at: datetime) -> ShownMeasure:
    state = Signal("act", "Stands")
    if measure.reinstated:
        state = Signal("good", f"Lifted: {measure.reinstated.lower()}")
    elif measure.starts_at > at:
        state = Signal("watch", "Announced")
    return ShownMeasure(
        measure=words(measure.measure.value),
        clause=measure.clause,
        starts_at=measure.starts_at,
        state=state,
        statement=measure.statement,
    )


def _case(row: CaseRow) -> ShownWork:
    state = time_signal(row.deadline)
    if not row.is_open:
        state = Signal("neutral", words(row.outcome) if row.outcome else "Closed")
    return ShownWork(row.label, case_url(row.id), row.queue_title, row.opened_at, state)


def _standing(measures: Sequence[EnforcementView], at: datetime) -> Signal | None:
    """The worst measure that stands; None where none does."""
    standing = {
        measure.measure
        for measure in measures
        if not measure.reinstated
        and measure.starts_at <= at
        and (measure.ends_at is None or measure.ends_at > at)
    }
    return next((signal for measure, signal in STANDINGS.items() if measure in standing), None)
