"""The readable pages of a policy: its rules, and what they read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.core.time import utc_now
from goodstanding.decisions.queries import RuleTruths, are_many_decisions, rule_truths
from goodstanding.evidence.queries import backtest_view, backtests
from goodstanding.evidence.types import BacktestState, BacktestView
from goodstanding.governance.queries import pinned_models
from goodstanding.policies.engine.if_null import missing_report
from goodstanding.policies.engine.words import (
    BandInWords,
    bands_in_words,
    score_words,
    term_rows,
)
from goodstanding.policies.queries import findings_of
from goodstanding.validation.intervals import jeffreys_interval
from goodstanding.web.listing import changed_url
from goodstanding.web.moment import Moment, moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.decisions.words import DESKS, outcome_signal
from goodstanding.web.pages.policies.cards import ShownCard, shown_cards
from goodstanding.web.pages.policies.decision_tables import shown_tables
from goodstanding.web.pages.policies.if_null import lost_inputs
from goodstanding.web.pages.policies.inputs import (
    feature_words,
    flags_of,
    lookup_of,
    range_words,
    value_words,
)
from goodstanding.web.pages.policies.replays import newest_replay
from goodstanding.web.pages.policies.rules_list import Firing, rules_context
from goodstanding.web.pages.policies.shown import ShownPolicy, context_of, shown_policy
from goodstanding.web.pages.policies.views import WINDOW, tests_of, tests_signal
from goodstanding.web.pages.policies.ways_back import way_back
from goodstanding.web.pages.policies.words import FINDINGS_SHOWN, SEVERITIES
from goodstanding.web.types import Signal

COUNTED_AT_ONCE = 100_000
COUNTED = "counted"


@page(verb="policies.see_policies")
@require_GET
def policy(request: HttpRequest, name: str) -> HttpResponse:
    """The rules in words, and how often each fired."""
    shown = shown_policy(request, name=name, tab="policy")
    moment = moment_of(request)
    source = FiringSource.of(shown, moment, asked=request.GET.get("fired", ""))
    plan = shown.policy.plan
    findings = findings_of(text_hash=shown.version.text_hash, on=moment.as_of.date())
    return render(
        request,
        "policies/policy.html",
        context_of(
            shown,
            **rules_context(request, plan, source.firings),
            source=source,
            counted_url=changed_url(request.path, dict(request.GET.items()), fired=COUNTED),
            facts=facts_of(shown),
            tests=tests_signal(tests_of(shown.version.text_hash)),
            bands=[(band, _vote(band)) for band in bands_in_words(plan)],
            score_words=score_words(plan),
            terms=[(term.declaration, term_rows(plan, term.declaration)) for term in plan.terms],
            outcomes=list(shown.policy.definition.outcomes.values()),
            fallback=shown.policy.definition.fallback,
            findings=[(each, SEVERITIES[each.severity]) for each in findings[:FINDINGS_SHOWN]],
            all_findings=len(findings),
            more_findings=max(0, len(findings) - FINDINGS_SHOWN),
            missing=lost_inputs(shown, missing_report(shown.policy)),
            way_back=way_back(request, name=name),
            replayed=newest_replay(name, known_at=moment.known_at),
        ),
    )


def _vote(band: BandInWords) -> Signal:
    return outcome_signal(band.outcome.value) if band.outcome else Signal("neutral", "No vote")


@page(verb="policies.see_policies")
@require_GET
def policy_inputs(request: HttpRequest, name: str) -> HttpResponse:
    """What the policy reads and what it makes of it: inputs, features, lists, points, models."""
    shown = shown_policy(request, name=name, tab="policy_inputs")
    plan, definition = shown.policy.plan, shown.policy.definition
    pinned = pinned_models(version_id=shown.standing.version_id) if shown.standing else []
    addresses = {each.content_hash: reverse("version", args=[each.version_id]) for each in pinned}
    return render(
        request,
        "policies/inputs.html",
        context_of(
            shown,
            inputs=[
                (item, flags_of(item), range_words(item), feature_words(item))
                for item in plan.inputs
            ],
            lookup=lookup_of(shown.policy, at=utc_now()),
            derived=[item for item in plan.computed if not item.is_card and not item.table],
            tables=shown_tables(plan),
            constants=[(item, value_words(item.value)) for item in definition.constants],
            lists=definition.lists,
            cards=[(card, addresses.get(card.sha256, "")) for card in _cards(shown)],
            models=[
                (item, [plan.label_of(name) for name in item.reads],
                 addresses.get(item.model.sha256, ""))
                for item in plan.models
            ],
        ),
    )  # fmt: skip


def _cards(shown: ShownPolicy) -> Sequence[ShownCard]:
    return shown_cards(shown.policy.plan)


def facts_of(shown: ShownPolicy) -> list[tuple[str, Any]]:
    """The summary beside the rules."""
    definition, version = shown.policy.definition, shown.version
    return [
        ("Desk", DESKS.get(definition.desk, definition.desk)),
        ("Owner", definition.owner),
        ("Companies", ", ".join(definition.legal_entities)),
        ("Currency", definition.currency or None),
        ("Days counted in", definition.time_zone),
        ("Author", version.author),
    ]


@dataclass(frozen=True, slots=True)
class FiringSource:
    """Where the firings come from, in words, and the firings by the rule's place."""

    words: str
    kind: str
    firings: Mapping[int, Firing]
    has_rates: bool = False
    url: str = ""
    other: str = ""

    @classmethod
    def of(cls, shown: ShownPolicy, moment: Moment, *, asked: str) -> "FiringSource":
        """Decisions of the last 30 days, or the newest backtest of this version.

        Where the decisions are many the page comes first, and asks again with `COUNTED`.
        """
        newest = newest_backtest(shown, moment)
        if asked == "" and _takes_long(moment):
            return cls("not counted yet", "waiting", {})
        in_decisions = _from_decisions(shown, moment)
        if newest is None:
            return in_decisions
        if asked == "decisions" or (in_decisions.firings and asked != "backtest"):
            return FiringSource(
                in_decisions.words, "decisions", in_decisions.firings,
                url=in_decisions.url, other="backtest",
            )  # fmt: skip
        return _from_backtest(newest)


def newest_backtest(shown: ShownPolicy, moment: Moment) -> BacktestView | None:
    """The newest finished backtest of the version as published, with nothing changed."""
    for summary in backtests(policy=shown.name):
        is_same = summary.text_hash == shown.version.text_hash and not summary.constants
        is_there = summary.state is BacktestState.FINISHED and _by(summary.ended_at, moment)
        if is_same and is_there:
            return backtest_view(run_id=summary.run_id)
    return None


def _takes_long(moment: Moment) -> bool:
    """Whether the decisions of 30 days are too many to count before the page is shown."""
    return are_many_decisions(
        since=moment.as_of - WINDOW, known_at=moment.known_at, more_than=COUNTED_AT_ONCE
    )


def _by(ended_at: datetime | None, moment: Moment) -> bool:
    return ended_at is not None and ended_at <= moment.as_of


def _from_decisions(shown: ShownPolicy, moment: Moment) -> FiringSource:
    truths = rule_truths(
        policy_hash=shown.version.text_hash,
        since=moment.as_of - WINDOW,
        known_at=moment.known_at,
    )
    return FiringSource(
        words=_decided_words(truths),
        kind="decisions",
        firings={
            place: Firing(each.true, each.unknown, each.decided) for place, each in truths.items()
        },
        url=f"{reverse('decisions')}?policy={shown.name}",
    )


def _decided_words(truths: Mapping[int, RuleTruths]) -> str:
    decided = max((each.decided for each in truths.values()), default=0)
    noun = "decision" if decided == 1 else "decisions"
    return f"{decided:,} {noun} of the last 30 days" if decided else "no decision in 30 days"


def _from_backtest(view: BacktestView) -> FiringSource:
    result = view.result
    if result is None:
        return FiringSource("no backtest", "backtest", {})
    return FiringSource(
        words=f"{result.decided:,} cases of the newest backtest",
        kind="backtest",
        firings={
            place: Firing(
                rule.true, rule.unknown, result.decided,
                partial(jeffreys_interval, events=rule.bads, n=rule.labelled)
                if result.has_labels else None,
            )
            for place, rule in enumerate(result.rules)
        },
        has_rates=result.has_labels,
        other="decisions",
    )  # fmt: skip
