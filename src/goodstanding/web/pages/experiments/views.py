"""Experiments: the list, one of them, its memo."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.core.audit import write_audit
from goodstanding.core.errors import NotFound
from goodstanding.core.time import utc_now
from goodstanding.evidence.experiments import queries
from goodstanding.evidence.experiments.types import (
    ArmReading,
    Comparison,
    ExperimentState,
    ExperimentView,
    PlannedArm,
    Reading,
)
from goodstanding.policies.queries import compiled, version_summaries
from goodstanding.web.cells import percent_text
from goodstanding.web.listing import (
    ListShape,
    ListSource,
    filter_chips,
    list_rows,
    render_list,
)
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.experiments.words import (
    STATES,
    difference_words,
    events_of,
    harm_words,
    memo_signals,
    memo_signatures,
    rail_signal,
    rate_words,
    split_signal,
    state_words,
    verdict_signal,
)
from goodstanding.web.pages.policies.shown import context_of, shown_policy
from goodstanding.web.pages.policies.words import estimate_of, simulated_words
from goodstanding.web.types import Column, Empty, Estimate, Signal

EMPTY = Empty(
    "No experiment yet",
    "An experiment lets a version decide for a share of businesses, or approves a few below the"
    " cut, to learn what no history can say. Plan one from a policy's page.",
    icon="policies",
)
SHAPE = ListShape(
    name="experiments",
    caption="Experiments",
    columns=(
        Column("name", "Experiment", kind="code", value=lambda view: view.plan.name),
        Column("state", "State", kind="signal", value=lambda view: STATES[view.state]),
        Column("question", "Question", value=lambda view: view.plan.question),
        Column("policy", "Policy", kind="code", value=lambda view: view.plan.policy),
        Column("metric", "Metric", value=lambda view: view.plan.metric.kind.words),
        Column("author", "Planned by"),
        Column("proposed_at", "Proposed", kind="instant"),
    ),
    row_url=lambda view: reverse("experiment", args=[view.plan.name]),
    row_id=lambda view: view.experiment_id,
    empty=EMPTY,
)


@dataclass(frozen=True, slots=True)
class ShownArm:
    """An arm with what it has shown."""

    planned: PlannedArm
    reading: ArmReading
    version: str
    rate: Estimate
    is_control: bool

    @property
    def share(self) -> float:
        """Its share of units, a fraction."""
        return self.planned.share_basis_points / 10_000


@dataclass(frozen=True, slots=True)
class ShownComparison:
    """A comparison in words."""

    comparison: Comparison
    words: str
    signal: Signal


@page(verb="evidence.see_experiments")
@require_GET
def experiments(request: HttpRequest) -> HttpResponse:
    """Every experiment, the newest first."""
    as_of = moment_of(request).as_of
    rows = [view for view in queries.experiments() if view.proposed_at <= as_of]
    names = sorted({view.plan.policy for view in rows})
    chips = [
        filter_chips(
            request, parameter="policy", label="Policy", everything="Every policy",
            choices=[(n, n, sum(view.plan.policy == n for view in rows)) for n in names],
        )
    ]  # fmt: skip
    wanted = [view for view in rows if request.GET.get("policy", "") in {"", view.plan.policy}]
    listing = list_rows(request, shape=SHAPE, source=ListSource(wanted), chips=chips)
    policies = sorted({each.name for each in version_summaries(at=as_of)})
    running = sum(view.state is ExperimentState.RUNNING for view in rows)
    return render_list(
        request, "experiments/experiments.html", listing=listing, policies=policies,
        state=f"{running} running, {len(rows)} in all",
    )  # fmt: skip


@page(verb="evidence.see_experiments")
@require_GET
def policy_experiments(request: HttpRequest, name: str) -> HttpResponse:
    """The experiments of one policy."""
    shown = shown_policy(request, name=name, tab="policy_experiments")
    as_of = moment_of(request).as_of
    rows = [view for view in queries.experiments(policy=name) if view.proposed_at <= as_of]
    listing = list_rows(request, shape=SHAPE, source=ListSource(rows))
    return render_list(
        request, "experiments/policy_experiments.html", listing=listing, **context_of(shown)
    )


@page(verb="evidence.see_experiments")
@require_GET
def experiment(request: HttpRequest, name: str) -> HttpResponse:
    """One experiment: what was planned, what it shows, what may be done."""
    view = queries.experiment_named(name=name)
    at = moment_of(request).as_of
    reading = queries.read_experiment(view=view, at=at)
    return render(request, "experiments/experiment.html", _context(view, reading, at=at))


@page(verb="evidence.see_experiments")
@require_GET
def experiment_memo(request: HttpRequest, name: str) -> HttpResponse:
    """The decision memo, to read, print or take along as JSON."""
    view = queries.experiment_named(name=name)
    if view.memo is None:
        raise NotFound(what="memo yet of experiment", key=name, mend="End it first.")
    if request.GET.get("format") == "json":
        write_audit(
            actor=person_of(request).email, action="export_memo", object_kind="experiment",
            object_id=view.experiment_id, at=utc_now(), detail={"format": "json"},
        )  # fmt: skip
        response = JsonResponse({"memo": view.memo, "sha256": view.memo_hash})
        response["Content-Disposition"] = f'attachment; filename="{name}-memo.json"'
        return response
    return render(
        request, "experiments/memo.html",
        {
            "view": view, "memo": view.memo, "arms": _memo_arms(view),
            "signed": list(memo_signatures(view.memo["steps"])),
            "planned": [(arm, arm.share_basis_points / 10_000) for arm in view.plan.arms],
            "found": list(memo_signals(view.memo["figures"])), "simulated": _simulated(view),
        },
    )  # fmt: skip


def _context(view: ExperimentView, reading: Reading, *, at: Any) -> dict[str, Any]:
    verdict = queries.verdict_of(view, reading)
    return {
        "view": view,
        "plan": view.plan,
        "reading": reading,
        "signal": STATES[view.state],
        "state": state_words(view, at=at),
        "arms": shown_arms(view, reading, at=at),
        "primary": _shown((*reading.primary, *reading.explored), reading),
        "rails": [
            ShownComparison(
                each,
                f"{difference_words(each)}; {harm_words(float(each.harm or 0))}",
                rail_signal(each),
            )
            for each in reading.guard_rails
        ],
        "split": split_signal(reading),
        "verdict": verdict,
        "verdict_signal": verdict_signal(verdict),
        "charts": _charts(view, reading),
        "events": events_of(view),
        "simulated": _simulated(view),
        "facts": _facts(view),
        "days_left": view.days_left(at=at),
        "is_proposed": view.state is ExperimentState.PROPOSED,
        "is_registered": view.state is ExperimentState.REGISTERED,
        "is_running": view.state is ExperimentState.RUNNING,
        "can_end": view.state in {ExperimentState.RUNNING, ExperimentState.HALTED},
        "is_ended": view.state is ExperimentState.ENDED,
    }


def shown_arms(view: ExperimentView, reading: Reading, *, at: Any) -> Sequence[ShownArm]:
    """The arms with their versions' labels."""
    labels = {each.text_hash: each.label for each in version_summaries(at=at)}
    return [
        ShownArm(
            planned=planned,
            reading=found,
            version=labels.get(planned.text_hash, planned.text_hash[:12]),
            rate=estimate_of(found.rate),
            is_control=planned is view.plan.control,
        )
        for planned, found in zip(view.plan.arms, reading.arms, strict=True)
    ]


def _shown(found: Sequence[Comparison], reading: Reading) -> list[ShownComparison]:
    explores = reading.threshold is not None
    shown: list[ShownComparison] = []
    for each in found:
        if explores:
            shown.append(ShownComparison(each, rate_words(each), Signal("neutral", "Explored")))
            continue
        word = "No difference shown" if each.look else "Too few events"
        signal = Signal("neutral", word)
        if each.is_better:
            signal = Signal("good", "Better")
        elif each.is_worse:
            signal = Signal("act", "Worse")
        shown.append(ShownComparison(each, difference_words(each), signal))
    return shown


def _charts(view: ExperimentView, reading: Reading) -> Sequence[Any]:
    if not reading.curve:
        return []
    from goodstanding.web.pages.experiments.pictures import curve_pictures

    return curve_pictures(view, reading)


def _facts(view: ExperimentView) -> list[tuple[str, str]]:
    plan = view.plan
    sign = "+" if plan.minimum_effect > 0 else ""
    effect = f"{sign}{_whole(plan.minimum_effect)}"
    return [
        ("Unit", plan.unit.words),
        ("Primary metric", plan.metric.kind.words),
        *([("Label", plan.metric.label.replace("_", " "))] if plan.metric.label else []),
        ("Horizon", f"{_days(plan.horizon_days)} a case"),
        ("Lets units in for", _days(plan.enrol_days)),
        ("Smallest effect", f"{effect} of {percent_text(float(plan.base_rate))}"),
        *_sizes(view),
        ("False alarms", f"{_whole(plan.alpha)}, power {_whole(plan.power)}"),
        ("Plan", view.plan_hash[:12]),
    ]


def _sizes(view: ExperimentView) -> list[tuple[str, str]]:
    """How many cases and events the planned effect needs; the explored stand alone."""
    plan = view.plan
    if not plan.explores:
        return [
            ("Cases needed", f"{view.control_n:,} and {view.treatment_n:,}"),
            ("Events expected", f"{view.control_bads:,.0f} in the control"),
        ]
    events = view.treatment_n * float(plan.base_rate * (1 + plan.minimum_effect))
    return [
        ("Cases needed", f"{view.treatment_n:,} explored"),
        ("The money holds", f"{queries.most_explored(plan):,} at the full limit"),
        ("Events expected", f"{events:,.0f} among the explored"),
    ]


def _whole(share: Decimal) -> str:
    return percent_text(float(share), places=0)


def _days(count: int) -> str:
    return f"{count:,} {'day' if count == 1 else 'days'}"


def _simulated(view: ExperimentView) -> str:
    definition = compiled(view.plan.control.text_hash).definition
    return simulated_words(desk=definition.desk, legal_entities=definition.legal_entities)


def _memo_arms(view: ExperimentView) -> list[dict[str, Any]]:
    assert view.memo is not None  # noqa: S101 - the caller has looked
    money = {arm.name: (arm.limit_minor, arm.budget_minor) for arm in view.plan.arms}
    return [
        arm
        | {
            "limit_minor": money[arm["name"]][0],
            "budget_minor": money[arm["name"]][1],
            "estimate": Estimate(
                arm["rate"]["value"], arm["counted"], arm["rate"]["low"], arm["rate"]["high"]
            ),
        }
        for arm in view.memo["figures"]["arms"]
    ]
