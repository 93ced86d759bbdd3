"""What a version in shadow would have said of live decisions, beside what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.decisions.queries import (
    RuleChange,
    ShadowComparison,
    ShadowFilter,
    shadow_comparison,
    shadow_decisions,
    stints_of,
)
from goodstanding.policies.errors import VersionUnknown
from goodstanding.policies.types import ShadowStint
from goodstanding.validation.intervals import jeffreys_interval
from goodstanding.web.listing import ListShape, filter_chips, list_rows, render_list
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.decisions.words import outcome_signal
from goodstanding.web.pages.policies.matrix import matrix_of_counts
from goodstanding.web.pages.policies.share import running_share
from goodstanding.web.pages.policies.shown import ShownPolicy, context_of, shown_policy
from goodstanding.web.pages.policies.words import estimate_of
from goodstanding.web.types import Chip, ChipGroup, Column, Empty, Estimate, Signal

STATES = {
    "evaluated": Signal("good", "Answered"),
    "refused": Signal("watch", "Would refuse"),
    "inputs_erased": Signal("past", "Inputs erased"),
}
PARTS = {
    "outcome": "outcome",
    "rules": "rules",
    "reasons": "reasons",
    "points": "points",
    "score": "score",
    "band": "band of the score",
    "terms": "terms",
}


def said_in_shadow(row: Any) -> Signal:
    """The outcome in shadow, or why there is none."""
    return outcome_signal(row.met.outcome) if row.met.outcome else STATES[row.met.state]


SHADOWS = ListShape(
    name="shadow_decisions",
    caption="Decisions that the version met in shadow",
    columns=(
        Column("entity", "Business", template="policies/shadow_business.html"),
        Column(
            "decided_at",
            "Decided",
            kind="instant",
            sortable=True,
            value=attrgetter("met.decided_at"),
        ),
        Column("business", "Name", only_in_exports=True),
        Column(
            "decided_outcome",
            "Was said",
            kind="signal",
            sortable=True,
            value=lambda row: outcome_signal(row.met.decided_outcome),
        ),
        Column("outcome", "In shadow", kind="signal", sortable=True, value=said_in_shadow),
        Column(
            "differs_in", "Differs in", value=lambda row: ", ".join(row.met.differs_in) or "nothing"
        ),
        Column(
            "rule_changes",
            "Rules",
            value=lambda row: ", ".join(row.met.rule_changes) or row.met.refusal,
        ),
        Column(
            "points",
            "Points",
            kind="number",
            sortable=True,
            only_in_exports=True,
            value=attrgetter("met.points"),
        ),
        Column(
            "score", "Score", kind="number", only_in_exports=True, value=attrgetter("met.score")
        ),
        Column(
            "reason_codes",
            "Reasons",
            value=lambda row: ", ".join(row.met.reason_codes),
            only_in_exports=True,
        ),
        Column("state", "State", only_in_exports=True, value=attrgetter("met.state")),
        Column(
            "decision_id",
            "Decision",
            kind="code",
            only_in_exports=True,
            value=attrgetter("met.decision_id"),
        ),
        Column(
            "record_hash",
            "Record",
            kind="code",
            only_in_exports=True,
            value=attrgetter("met.record_hash"),
        ),
        Column(
            "duration_us",
            "Took",
            kind="number",
            unit="µs",
            only_in_exports=True,
            value=attrgetter("met.duration_us"),
        ),
        Column(
            "evaluated_at",
            "Evaluated",
            kind="instant",
            only_in_exports=True,
            value=attrgetter("met.evaluated_at"),
        ),
    ),
    row_url=lambda row: f"{reverse('decision', args=[row.id])}#shadow",
    row_id=lambda row: row.met.id,
    sort="-decided_at",
    empty=Empty(
        "No decision here",
        "Live decisions appear seconds after they are answered; take a filter away to see more.",
        icon="decisions",
    ),
)


@dataclass(frozen=True, slots=True)
class ShownShadow:
    """The comparison as the page shows it."""

    comparison: ShadowComparison
    rate: Estimate
    parts: Sequence[tuple[str, int]]
    rules: Sequence[tuple[RuleChange, str, str]]

    @property
    def stint(self) -> ShadowStint:
        """The version's time in shadow."""
        return self.comparison.stint

    @property
    def unanswered(self) -> int:
        """Decisions without an outcome in shadow."""
        return self.comparison.refused + self.comparison.erased


@page(verb="policies.see_policies")
@require_GET
def policy_shadow(request: HttpRequest, name: str) -> HttpResponse:
    """A version in shadow against what decided: counted, and down to each decision."""
    shown = shown_policy(request, name=name, tab="policy_shadow")
    stints = [stint for stint in stints_of(name=name) if stint.since <= moment_of(request).as_of]
    share = running_share(request, name=name)
    if not stints:
        context = context_of(shown, share=share, empty=_empty(shown))
        return render(request, "policies/shadow.html", context)
    stint = _asked(stints, request.GET.get("version", ""))
    known_at = moment_of(request).known_at
    comparison = shadow_comparison(stint=stint, known_at=known_at)
    found = shadow_decisions(stint=stint, known_at=known_at, wanted=_wanted(request))
    chips = _chips(request, comparison)
    listing = list_rows(request, shape=SHADOWS, source=found, chips=chips)
    url = f"{request.path}?{urlencode({'version': stint.label})}"
    return render_list(
        request,
        "policies/shadow.html",
        listing=listing,
        **context_of(
            shown,
            share=share,
            shadow=_shown(shown, comparison, url),
            versions=_versions(stints, stint, request.path),
            matrix=matrix_of_counts(comparison.moves, url=url),
            moves_note=(
                "rows what was said, columns what the version would have said;"
                " a moved number opens its decisions"
            ),
            narrowed=_narrowed(request),
            whole_url=f"{url}#list",
        ),
    )


def _asked(stints: Sequence[ShadowStint], label: str) -> ShadowStint:
    """The newest stint, of the version asked for; raises VersionUnknown."""
    found = next((each for each in stints if label in {"", each.label}), None)
    if found is None:
        raise VersionUnknown(field="version", text_hash=label)
    return found


def _wanted(request: HttpRequest) -> ShadowFilter:
    asked = request.GET
    return ShadowFilter(
        was=asked.get("before", ""),
        now=asked.get("after", ""),
        rule=asked.get("rule", ""),
        state=asked.get("state", ""),
        only_differing=asked.get("only") == "differing",
    )


def _narrowed(request: HttpRequest) -> str:
    """What the list is narrowed to by the matrix or the rules, in words."""
    wanted = _wanted(request)
    words = [f"rule {wanted.rule} says otherwise"] if wanted.rule else []
    if wanted.was or wanted.now:
        sides = (wanted.was or "anything", wanted.now or "anything")
        words.append("was said {}, in shadow {}".format(*sides))
    return " and ".join(words)


def _shown(shown: ShownPolicy, comparison: ShadowComparison, url: str) -> ShownShadow:
    labels = {rule.declaration.id: rule.declaration.label for rule in shown.policy.plan.rules}
    interval = jeffreys_interval(events=comparison.differing, n=comparison.evaluated)
    return ShownShadow(
        comparison,
        estimate_of(interval),
        [
            (words, comparison.parts[part])
            for part, words in PARTS.items()
            if part in comparison.parts
        ],
        [
            (
                change,
                labels.get(change.rule_id, ""),
                f"{url}&{urlencode({'rule': change.rule_id})}#list",
            )
            for change in comparison.rules
        ],
    )


def _versions(stints: Sequence[ShadowStint], current: ShadowStint, path: str) -> list[ChipGroup]:
    labels = list(dict.fromkeys(stint.label for stint in stints))
    if len(labels) < 2:
        return []
    chips = [
        Chip(f"Version {label}", f"{path}?{urlencode({'version': label})}", label == current.label)
        for label in labels
    ]
    return [ChipGroup("In shadow now or before", chips)]


def _chips(request: HttpRequest, comparison: ShadowComparison) -> list[ChipGroup]:
    groups = [
        filter_chips(
            request, parameter="only", label="Show", everything="Every decision met",
            choices=[("differing", "Only what differs", None)],
        )
    ]  # fmt: skip
    counts = {
        "evaluated": comparison.evaluated,
        "refused": comparison.refused,
        "inputs_erased": comparison.erased,
    }
    if comparison.refused or comparison.erased:
        choices = [(key, STATES[key].word, count) for key, count in counts.items() if count]
        groups.append(
            filter_chips(
                request, parameter="state", label="State", everything="Every state", choices=choices
            )
        )
    return groups


def _empty(shown: ShownPolicy) -> Empty:
    return Empty(
        "No version has been in shadow",
        "A version in shadow answers live decisions after the caller has the real answer, and"
        " decides nothing. Every answer is kept and compared here.",
        "See the versions",
        reverse("policy_versions", args=[shown.name]),
        icon="policies",
    )
