"""Policies: what would we decide, on what text, by whose approval."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.decisions.queries import decisions_by_policy
from goodstanding.evidence.queries import last_backtests
from goodstanding.evidence.types import BacktestSummary
from goodstanding.governance.queries import inventory_at
from goodstanding.governance.types import InventoryRow
from goodstanding.policies.engine.embedded_tests import TestReport, run_tests
from goodstanding.policies.queries import compiled, version_summaries
from goodstanding.policies.types import VersionSummary
from goodstanding.web.listing import ListShape, ListSource, filter_chips, list_rows, render_list
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.decisions.words import DESKS
from goodstanding.web.pages.models.words import state_signal
from goodstanding.web.pages.policies.shown import champion_of
from goodstanding.web.types import Column, Empty, Signal

WINDOW = timedelta(days=30)
KEPT_REPORTS = 256


@dataclass(frozen=True, slots=True)
class ListedPolicy:
    """A policy's line in the list; `version` is the one that decides, else the newest."""

    name: str
    title: str
    desk: str
    in_force: str
    version: VersionSummary
    standing: InventoryRow | None
    decisions: int
    report: TestReport
    backtested_at: datetime | None

    @property
    def approval(self) -> Signal:
        """What governance says of the version."""
        if self.standing is None:
            return Signal("act", "Not in the inventory")
        return state_signal(self.standing)

    @property
    def tests(self) -> Signal:
        """How many of the policy's own tests pass."""
        return tests_signal(self.report)

    @property
    def days_left(self) -> int | None:
        """Days of approval left."""
        return self.standing.days_left if self.standing else None


POLICIES = ListShape(
    name="policies",
    caption="Policies",
    columns=(
        Column("title", "Policy", sortable=True),
        Column("desk", "Desk", value=lambda row: DESKS.get(row.desk, row.desk)),
        Column("in_force", "Decides", kind="code"),
        Column("approval", "Approval", kind="signal"),
        Column("days_left", "Approval left", kind="number", unit="days", sortable=True),
        Column(
            "decisions", "Decisions", kind="number", unit="30 days", sortable=True,
            link=lambda row: f"{reverse('decisions')}?policy={row.name}",
        ),
        Column("tests", "Own tests", kind="signal"),
        Column("backtested_at", "Last backtest", kind="instant", sortable=True),
    ),
    row_url=lambda row: reverse("policy", args=[row.name]),
    row_id=lambda row: row.name,
    sort="title",
    empty=Empty(
        "No policy is published",
        "Begin one by New policy, or write a file and publish it by `goodstanding policy publish`.",
        icon="policies",
    ),
)  # fmt: skip


@page(verb="policies.see_policies")
@require_GET
def policies(request: HttpRequest) -> HttpResponse:
    """Every policy with a published version, by title."""
    rows = listed_policies(request)
    desk = request.GET.get("desk", "")
    chips = [
        filter_chips(
            request, parameter="desk", label="Desk", everything="Every desk",
            choices=[
                (key, words, sum(row.desk == key for row in rows))
                for key, words in DESKS.items()
                if any(row.desk == key for row in rows)
            ],
        )
    ]  # fmt: skip
    wanted = [row for row in rows if desk in {"", row.desk}]
    listing = list_rows(request, shape=POLICIES, source=ListSource(wanted), chips=chips)
    return render_list(
        request, "policies/policies.html", listing=listing, state=_state_of(rows), place="policies",
        changes_words="Change requests" if request.user.has_perm("evidence.see_changes") else "",
        changes_url=reverse("changes"),
        begin_words="New policy" if request.user.has_perm("policies.publish_version") else "",
        begin_url=reverse("new_policy"),
    )  # fmt: skip


def listed_policies(request: HttpRequest) -> list[ListedPolicy]:
    """The policies as they stand at the moment of the request."""
    moment = moment_of(request)
    by_name: dict[str, list[VersionSummary]] = {}
    for version in version_summaries(at=moment.as_of):
        by_name.setdefault(version.name, []).append(version)
    if not by_name:
        return []
    counts = decisions_by_policy(since=moment.as_of - WINDOW, known_at=moment.known_at)
    standings = {row.content_hash: row for row in inventory_at(as_of=moment.as_of)}
    backtested = last_backtests()
    return [
        _listed(versions, standings, sum(counts.get(name, {}).values()), backtested.get(name))
        for name, versions in by_name.items()
    ]


def _listed(
    versions: list[VersionSummary],
    standings: dict[str, InventoryRow],
    decisions: int,
    backtested: BacktestSummary | None,
) -> ListedPolicy:
    champion = champion_of(versions)
    version = champion or versions[0]
    return ListedPolicy(
        name=version.name,
        title=version.title,
        desk=version.desk,
        in_force=champion.label if champion else "",
        version=version,
        standing=standings.get(version.text_hash),
        decisions=decisions,
        report=tests_of(version.text_hash),
        backtested_at=backtested.ended_at if backtested else None,
    )


@lru_cache(maxsize=KEPT_REPORTS)
def tests_of(text_hash: str) -> TestReport:
    """The report of a published version's own tests; its text never changes, nor do they."""
    return run_tests(compiled(text_hash))


def tests_signal(report: TestReport) -> Signal:
    """How many tests pass, in a word."""
    count, failed = len(report.results), len(report.failed)
    if not count:
        return Signal("watch", "No tests")
    return Signal("act" if failed else "good", f"{count - failed} of {count} pass")


def _state_of(rows: list[ListedPolicy]) -> str:
    if not rows:
        return ""
    deciding = sum(bool(row.in_force and row.standing and row.standing.may_decide) for row in rows)
    return f"{deciding} of {len(rows)} decide with an approval in force"
