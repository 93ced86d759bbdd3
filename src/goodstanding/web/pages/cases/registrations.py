"""What cases add to homes, search, commands and the audit trail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.accounts.queries import roles_of
from goodstanding.accounts.types import Role
from goodstanding.cases.queries import CaseFilters, case_id_of_number, case_row, case_rows
from goodstanding.cases.types import CaseRow
from goodstanding.core.errors import NotFound
from goodstanding.web.home import register_card
from goodstanding.web.moment import moment_of
from goodstanding.web.objects import register_object
from goodstanding.web.page import person_of
from goodstanding.web.pages.cases.showing import (
    ShownCase,
    case_url,
    open_time_text,
    shown_cases,
    time_signal,
)
from goodstanding.web.pages.cases.views import risk_of
from goodstanding.web.search import HITS_PER_GROUP, Hit, register_command, register_search
from goodstanding.web.types import Signal

SHOWN_ON_HOME = 5
DESK_OF_LEADER = {Role.CREDIT_RISK_MANAGER: "credit", Role.SELLER_RISK_MANAGER: "sellers"}


@dataclass(frozen=True, slots=True)
class NextCases:
    """The card of a person's own work: the most pressing of theirs, and how many wait free."""

    lines: list[tuple[ShownCase, str, Signal]]
    mine: int
    free: int
    mine_url: str
    free_url: str


@dataclass(frozen=True, slots=True)
class AtRisk:
    """The card of a leader: how many cases are open and at risk, the first ones, and when."""

    lines: list[tuple[ShownCase, str, Signal]]
    open: int
    at_risk: int
    overdue: int
    first: str
    url: str
    open_url: str


def next_cases(request: HttpRequest) -> NextCases | None:
    """The person's own cases; left out where there is nothing to do."""
    at, person = moment_of(request).as_of, person_of(request)
    mine = case_rows(at=at, filters=CaseFilters(holder_id=person.id))
    free = case_rows(at=at, filters=CaseFilters(free=True))
    if not mine and not free:
        return None
    rows = (mine or free)[:SHOWN_ON_HOME]
    address = reverse("cases")
    return NextCases(
        lines=_lines(request, rows),
        mine=len(mine),
        free=len(free),
        mine_url=f"{address}?holder=me",
        free_url=f"{address}?holder=free",
    )


def at_risk(request: HttpRequest) -> AtRisk:
    """What is open and at risk at the desks that this person leads."""
    at, roles = moment_of(request).as_of, roles_of(person_of(request))
    desks = [desk for role, desk in DESK_OF_LEADER.items() if role in roles]
    rows = [row for desk in desks for row in case_rows(at=at, filters=CaseFilters(desk=desk))]
    risky = [row for row in rows if risk_of(row) in {"at_risk", "overdue"}]
    left = [row.deadline.open_left for row in rows if row.deadline and row.deadline.open_left]
    coming = [time for time in left if time > timedelta()]
    desk = f"desk={desks[0]}" if len(desks) == 1 else ""
    address = reverse("cases")
    return AtRisk(
        lines=_lines(request, (risky or rows)[:SHOWN_ON_HOME]),
        open=len(rows),
        at_risk=len(risky),
        overdue=len(left) - len(coming),
        first=open_time_text(min(coming)) if coming else "",
        url=f"{address}?risk=at_risk&{desk}",
        open_url=f"{address}?{desk}",
    )


def find_cases(request: HttpRequest, text: str) -> Iterator[Hit]:
    """A case by its number, with or without C-, or by the reference of its source."""
    at = moment_of(request).as_of
    number = text.upper().removeprefix("C-")
    rows = case_rows(at=at, filters=CaseFilters(state=None, reference=text))
    if number.isdecimal():
        try:
            rows.insert(0, case_row(case_id=case_id_of_number(number=int(number)), at=at))
        except NotFound:
            rows = list(rows)
    for shown in shown_cases(rows[:HITS_PER_GROUP], request=request):
        detail = f"{shown.business} · {shown.row.queue_title}"
        yield Hit(shown.row.label, case_url(shown.row.id), detail)


def case_page_of(case_id: str) -> str:
    """Where a case's page is."""
    return case_url(UUID(case_id))


def _lines(request: HttpRequest, rows: Sequence[CaseRow]) -> list[tuple[ShownCase, str, Signal]]:
    return [
        (shown, case_url(shown.row.id), time_signal(shown.row.deadline))
        for shown in shown_cases(rows, request=request)
    ]


register_search(words="Cases", verb="cases.see_cases", find=find_cases)
register_object(kind="case", url=case_page_of)
register_command(words="Next case", url_name="next_case")
register_card(role=Role.SPECIALIST, order=10, template="cases/card_next.html", query=next_cases)
for _role in DESK_OF_LEADER:
    register_card(role=_role, order=10, template="cases/card_at_risk.html", query=at_risk)
