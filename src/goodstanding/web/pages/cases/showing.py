"""Cases as pages show them: names, signals, columns, times in the words of people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse, reverse_lazy

from goodstanding.cases.types import CaseRow, Ground
from goodstanding.core.time import utc_now
from goodstanding.deadlines.types import Deadline, DeadlineState
from goodstanding.parties.queries import parties_as_of
from goodstanding.web.cells import instant_text, words
from goodstanding.web.listing import ListShape
from goodstanding.web.moment import moment_of
from goodstanding.web.pages.cases.errors import ActsInThePast
from goodstanding.web.types import BulkAction, Column, Empty, Signal

NOBODY = UUID(int=0)
AT_RISK = timedelta(hours=4)
GROUNDS = {
    Ground.ILLEGAL: "Against the law",
    Ground.INCOMPATIBLE: "Against our terms",
}
ENDED = {
    DeadlineState.MET: Signal("good", "Met"),
    DeadlineState.MISSED: Signal("act", "Missed"),
    DeadlineState.CANCELLED: Signal("neutral", "Cancelled"),
    DeadlineState.SUPERSEDED: Signal("neutral", "Superseded"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCase:
    """A case with the name of its business, as a list and its exports show it."""

    row: CaseRow
    business: str

    @property
    def number(self) -> int:
        """For sorting."""
        return self.row.number

    @property
    def opened_at(self) -> datetime:
        """When it was opened."""
        return self.row.opened_at

    @property
    def left(self) -> timedelta | None:
        """Business time left; negative once overdue."""
        return self.row.deadline.open_left if self.row.deadline else None

    @property
    def due_at(self) -> datetime | None:
        """When its most pressing deadline is due."""
        return self.row.deadline.due_at if self.row.deadline else None

    @property
    def holder(self) -> str | None:
        """Who has it; None sorts last."""
        return self.row.holder_name or None

    @property
    def queue(self) -> str:
        """The queue's title."""
        return self.row.queue_title


def acting_at(request: HttpRequest) -> datetime:
    """The present, for a write. Raises ActsInThePast while the person looks from the past."""
    moment = moment_of(request)
    if moment.is_past:
        raise ActsInThePast(moment=instant_text(moment.as_of))
    return utc_now()


def shown_cases(rows: Sequence[CaseRow], *, request: HttpRequest) -> list[ShownCase]:
    """Rows with the names of their businesses, as of the moment of the request."""
    moment = moment_of(request)
    wanted = {row.party_id for row in rows if row.party_id is not None}
    found = parties_as_of(party_ids=sorted(wanted), as_of=moment.as_of, known_at=moment.known_at)
    names = {party_id: party.name for party_id, party in found.items()}
    return [
        ShownCase(row=row, business=names.get(row.party_id or NOBODY, row.reference))
        for row in rows
    ]


def open_time_text(left: timedelta) -> str:
    """Business time in hours and minutes; a day of it would be read as a date's."""
    minutes = abs(round(left.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours:,} h" + (f" {rest} min" if rest else "")


def time_signal(deadline: Deadline | None) -> Signal:
    """How much business time is left, as a signal."""
    if deadline is None:
        return Signal("neutral", "No deadline")
    left = deadline.open_left
    if left is None:
        return ENDED[deadline.state]
    if deadline.state is DeadlineState.OVERDUE:
        return Signal("act", f"Overdue by {open_time_text(left)}")
    if deadline.state is DeadlineState.PAUSED:
        return Signal("past", f"Paused with {open_time_text(left)} left")
    return Signal("watch" if left <= AT_RISK else "neutral", f"{open_time_text(left)} left")


def case_url(case_id: UUID | str) -> str:
    """A case's page."""
    return reverse("case", args=[case_id])


def count_of_cases(cases: int) -> str:
    """So many cases, in words."""
    return "1 case" if cases == 1 else f"{cases:,} cases"


def _outcome(shown: ShownCase) -> Signal | None:
    row = shown.row
    if not row.outcome:
        return None
    word = words(row.outcome)
    if row.overrides_policy:
        return Signal("watch", f"{word}, overrides {words(row.policy_outcome).lower()}")
    return Signal("neutral", word)


def _time(shown: ShownCase) -> Signal:
    return time_signal(shown.row.deadline)


COLUMNS = (
    Column("number", "Case", kind="code", value=lambda shown: shown.row.label, sortable=True),
    Column("business", "Business", sortable=True),
    Column("queue", "Queue", sortable=True),
    Column("time", "Business time", kind="signal", value=_time),
    Column("left", "Left", kind="duration", unit="h", template="cases/cell_left.html"),
    Column("due_at", "Due", kind="instant", sortable=True),
    Column("holder", "With", sortable=True, template="cases/cell_holder.html"),
    Column("opened_at", "Opened", kind="instant", sortable=True),
    Column("outcome", "Decision", kind="signal", value=_outcome),
)
# What a list says once: the time left stands in the exports as a number, on the page as a signal,
# and what waits has no decision yet.
CLOSED_ON_PAGE = tuple(column for column in COLUMNS if column.key != "left")
OPEN_ON_PAGE = tuple(column for column in CLOSED_ON_PAGE if column.key != "outcome")
EMPTY = Empty(
    "No case waits here",
    "Cases arrive when a policy refers a decision, or when a seller appeals.",
    icon="cases",
)


def case_list(request: HttpRequest, *, name: str = "cases", empty: Empty = EMPTY) -> ListShape:
    """The list of cases for this person; reassignment only for those who may."""
    may_reassign = request.user.has_perm("cases.reassign_case")
    is_past = moment_of(request).is_past
    action = BulkAction("Reassign", reverse_lazy("case_reassignment"))
    on_page = CLOSED_ON_PAGE if request.GET.get("state") == "closed" else OPEN_ON_PAGE
    return ListShape(
        name=name,
        caption="Cases",
        columns=COLUMNS if "format" in request.GET else on_page,
        row_url=lambda shown: case_url(shown.row.id),
        row_id=lambda shown: shown.row.id,
        bulk=(action,) if may_reassign and not is_past else (),
        empty=empty,
    )
