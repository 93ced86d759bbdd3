"""If an input goes missing tomorrow: what the text says, and what it does to past cases."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.core.errors import NotFound
from goodstanding.evidence.queries import cases_without, missing_over
from goodstanding.policies.engine.if_null import IfNull, MissingReport, missing_report
from goodstanding.web.listing import ListSource, filter_chips, list_rows, render_list
from goodstanding.web.page import page
from goodstanding.web.pages.decisions.words import outcome_signal
from goodstanding.web.pages.policies.flips import FLIPS, flipped_rows, moves_of, narrowed
from goodstanding.web.pages.policies.periods import (
    Period,
    period_asked,
    period_chips,
    usual_period,
)
from goodstanding.web.pages.policies.shown import ShownPolicy, context_of, shown_policy
from goodstanding.web.pages.policies.words import DONE
from goodstanding.web.types import Empty, Signal

_LABELS = {"before": "With it", "after": "Without it"}
RULES_SHOWN = 20
CASES = replace(
    FLIPS,
    name="missing_cases",
    caption="Cases that would be answered otherwise without the input",
    columns=tuple(
        replace(column, label=_LABELS.get(column.key, column.label))
        for column in FLIPS.columns
        if column.key != "score"
    ),
    empty=Empty("No case changes", "Without this input every case is answered as it is with it."),
)


@dataclass(frozen=True, slots=True)
class MovedCases:
    """Cases that go from one outcome to another, with the address of their list."""

    n: int
    before: str
    after: str
    url: str


@dataclass(frozen=True, slots=True)
class LostInput:
    """An input's row: what hangs on it, and what its loss would do."""

    found: IfNull
    strictest: Signal
    moves: Sequence[MovedCases] = ()
    url: str = ""

    @property
    def first_rules(self) -> Sequence[tuple[str, str]]:
        """The first rules that no longer know."""
        return self.found.text.rules[:RULES_SHOWN]

    @property
    def more_rules(self) -> int:
        """How many further ones there are."""
        return max(0, len(self.found.text.rules) - RULES_SHOWN)


@page(verb="policies.see_policies")
@require_GET
def policy_missing(request: HttpRequest, name: str) -> HttpResponse:
    """Each optional input, worst first, counted over the cases of a history where there is one."""
    shown = shown_policy(request, name=name, tab="policy")
    period = period_asked(request, name) or usual_period(name)
    report = _report(shown, period)
    context = context_of(
        shown,
        period=period,
        report=report,
        rows=lost_inputs(shown, report, period),
        groups=[period_chips(request, name, period)] if period else [],
    )
    return render(request, "policies/if_null.html", context)


@page(verb="policies.see_policies")
@require_GET
def policy_missing_cases(request: HttpRequest, name: str, input_name: str) -> HttpResponse:
    """The cases that the loss of one input would answer otherwise, down to one."""
    shown = shown_policy(request, name=name, tab="policy")
    period = period_asked(request, name) or usual_period(name)
    if period is None:
        raise NotFound(what="history of policy", key=name, mend="A desk declares one.")
    frame = cases_without(
        text_hash=shown.version.text_hash, dataset=period.dataset.name,
        window=period.window.name, name=input_name,
    )  # fmt: skip
    rows = flipped_rows(frame, period.dataset)
    chips = [
        filter_chips(
            request, parameter="after", label="Without it", everything="Every outcome",
            choices=[(outcome, DONE[outcome], count) for outcome, count in moves_of(rows)],
        )
    ]  # fmt: skip
    source = ListSource(narrowed(rows, dict(request.GET.items())))
    listing = list_rows(request, shape=CASES, source=source, chips=chips)
    return render_list(
        request, "policies/if_null_cases.html", listing=listing, period=period,
        back=_address("policy_missing", shown, period), changed=len(rows),
        **context_of(shown, label=shown.policy.plan.label_of(input_name)),
    )  # fmt: skip


def _report(shown: ShownPolicy, period: Period | None) -> MissingReport:
    if period is None:
        return missing_report(shown.policy)
    return missing_over(
        text_hash=shown.version.text_hash, dataset=period.dataset.name, window=period.window.name
    )


def lost_inputs(
    shown: ShownPolicy, report: MissingReport, period: Period | None = None
) -> list[LostInput]:
    """The rows of a report; with a period each number leads to its cases."""
    found: list[LostInput] = []
    for item in report.inputs:
        url = _address("policy_missing_cases", shown, period, item.text.name) if period else ""
        moves = [
            MovedCases(n, before, after, f"{url}&{urlencode({'before': before, 'after': after})}")
            for before, after, n in item.flips
        ]
        found.append(LostInput(item, outcome_signal(item.text.outcome.value), moves, url))
    return found


def _address(name: str, shown: ShownPolicy, period: Period | None, *more: str) -> str:
    """A page of this version over these cases."""
    asked = {"period": period.name} if period else {}
    if shown.query:
        asked["version"] = shown.version.label
    return f"{reverse(name, args=[shown.name, *more])}?{urlencode(asked)}"
