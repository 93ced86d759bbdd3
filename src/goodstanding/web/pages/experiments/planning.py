"""Plan an experiment: the form, and what it would need before anybody starts it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goodstanding.core.errors import Refusal
from goodstanding.core.money import minor_places
from goodstanding.core.time import utc_now
from goodstanding.decisions.types import Unit
from goodstanding.evidence.experiments import operations, queries
from goodstanding.evidence.experiments.types import (
    ExperimentPlan,
    GuardRail,
    Metric,
    MetricKind,
    PlannedArm,
)
from goodstanding.outcomes.definitions import label_definitions
from goodstanding.policies.queries import version_summaries
from goodstanding.policies.types import Status, VersionSummary
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.policies.shown import context_of, shown_policy

PERCENT = Decimal(100)
ARM_FIELDS = {"arms": "share", "guard_rails": "harm"}
EXPLORING = ("limit", "budget", "lowest_score")
HUNDREDTHS = {"step": "0.01", "inputmode": "decimal"}


@dataclass(frozen=True, slots=True)
class SizeRow:
    """What one effect would need."""

    effect: float
    control_n: int
    treatment_n: int
    events: float
    days: float | None
    is_planned: bool


@dataclass(frozen=True, slots=True)
class ExploredMoney:
    """How many cases the budget holds, and how many the planned effect needs."""

    held: int
    needed: int

    @property
    def is_enough(self) -> bool:
        """Whether the money can bring an answer about the planned effect."""
        return self.held >= self.needed


def _percent(label: str, help_text: str, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, help_text=help_text, decimal_places=2,
        widget=forms.NumberInput(attrs=HUNDREDTHS), **options,
    )  # fmt: skip


class PlanForm(forms.Form):
    """A plan of two arms; more arms are planned in a file."""

    name = forms.SlugField(
        label="Name", help_text="Small letters, digits, hyphens: exp-cut-2026-11."
    )
    question = forms.CharField(
        label="Question", help_text="What shall be known at the end that nobody knows now?"
    )
    version = forms.ChoiceField(
        label="Treatment", help_text="The version that decides in the treatment's share."
    )
    share = _percent("Share of the treatment", "Percent of units; the control has the rest.")
    unit = forms.ChoiceField(
        label="Unit",
        choices=[(unit.value, unit.words.capitalize()) for unit in Unit],
        help_text="What stays on one side. Groups where one business's terms reach another.",
    )
    metric = forms.ChoiceField(
        label="Primary metric", help_text="The one that decides at the horizon."
    )
    horizon_days = forms.IntegerField(
        label="Horizon", min_value=0, help_text="Days after a decision when its case counts."
    )
    enrol_days = forms.IntegerField(
        label="Let units in for", min_value=1, help_text="Days from the start."
    )
    base_rate = _percent(
        "Rate expected in the control",
        "Percent. When exploring: the bad rate at which a lower cut breaks even.",
        min_value=Decimal("0.01"),
        max_value=Decimal("99.99"),
    )
    minimum_effect = _percent(
        "Smallest effect worth knowing", "Percent of that rate: -20 for a fifth fewer."
    )
    guard = forms.ChoiceField(label="Guard-rail", required=False)
    harm = _percent(
        "Harm bound", "Percentage points worse than the control at which it halts.", required=False
    )
    limit = forms.DecimalField(
        label="Explore below the cut with a limit of",
        required=False,
        min_value=Decimal(1),
        help_text="Whole units of the policy's currency; leave empty to compare versions.",
    )
    budget = forms.DecimalField(
        label="Money at risk in all",
        required=False,
        min_value=Decimal(1),
        help_text="It halts by itself when so much has been granted below the cut.",
    )
    lowest_score = forms.DecimalField(
        label="Not below the score", required=False, help_text="Empty: down to the lowest."
    )

    def __init__(
        self, *args: Any, policy: str, versions: Sequence[VersionSummary], **kwargs: Any
    ) -> None:
        """Offer the policy's versions and the labels that speak about it."""
        super().__init__(*args, **kwargs)
        self.policy = policy
        self._fill("version", [(v.text_hash, f"Version {v.label}: {v.title}") for v in versions])
        metrics = metric_choices(policy)
        self._fill("metric", metrics)
        comparing = [each for each in metrics if not each[0].startswith("explored")]
        self._fill("guard", [("", "None"), *comparing])

    def _fill(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    @property
    def comparing_fields(self) -> list[Any]:
        """The fields that every plan has."""
        return [self[name] for name in self.fields if name not in EXPLORING]

    @property
    def exploring_fields(self) -> list[Any]:
        """The fields of exploration."""
        return [self[name] for name in EXPLORING]

    def plan(self, *, control: str, currency: str) -> ExperimentPlan:
        """The plan that was typed."""
        typed = self.cleaned_data
        share = int(typed["share"] * 100)
        scale = minor_places(currency=currency) if currency else 2
        explores = typed["limit"] is not None
        rails = ()
        if typed["guard"] and typed["harm"] is not None:
            rails = (GuardRail(metric=metric_of(typed["guard"]), harm=typed["harm"] / PERCENT),)
        return ExperimentPlan(
            name=typed["name"],
            policy=self.policy,
            question=typed["question"],
            unit=Unit(typed["unit"]),
            arms=(
                PlannedArm(name="control", text_hash=control, share_basis_points=10_000 - share),
                PlannedArm(
                    name="explore" if explores else "treatment",
                    text_hash=typed["version"],
                    share_basis_points=share,
                    limit_minor=_minor(typed["limit"], scale),
                    budget_minor=_minor(typed["budget"], scale),
                ),
            ),
            metric=metric_of(typed["metric"]),
            horizon_days=typed["horizon_days"],
            enrol_days=typed["enrol_days"],
            base_rate=typed["base_rate"] / PERCENT,
            minimum_effect=typed["minimum_effect"] / PERCENT,
            guard_rails=rails,
            lowest_score=typed["lowest_score"],
        )


def _minor(value: Decimal | None, places: int) -> int | None:
    return None if value is None else int(value.scaleb(places))


def metric_choices(policy: str) -> list[tuple[str, str]]:
    """Every metric that this policy's decisions can have, with the labels that speak about them."""
    labels = [each for each in label_definitions().values() if policy in each.policies]
    found: list[tuple[str, str]] = []
    for kind in MetricKind:
        if not kind.needs_label:
            found.append((kind.value, kind.words.capitalize()))
        found += [
            (f"{kind.value}:{label.name}", f"{kind.words.capitalize()}: {label.title}")
            for label in labels
            if kind.needs_label
        ]
    return found


def metric_of(text: str) -> Metric:
    """The metric behind a choice."""
    kind, _, label = text.partition(":")
    return Metric(kind=MetricKind(kind), label=label)


@page(verb="evidence.propose_experiment")
@require_http_methods(["GET", "POST"])
def new_experiment(request: HttpRequest, policy: str) -> HttpResponse:
    """Type a plan, see what it needs, and propose it."""
    shown = shown_policy(request, name=policy, tab="policy_versions")
    versions = version_summaries(at=moment_of(request).as_of, name=policy)
    control = next((each for each in versions if each.status is Status.CHAMPION), None)
    form = PlanForm(request.POST or None, policy=policy, versions=versions)
    sizes: list[SizeRow] = []
    money: ExploredMoney | None = None
    if control is not None and request.method == "POST" and form.is_valid():
        currency = shown.policy.definition.currency
        try:
            plan = form.plan(control=control.text_hash, currency=currency)
            queries.check_plan(plan)
            sizes = size_rows(plan, cases_a_day=queries.cases_a_day(policy=policy, at=utc_now()))
            money = explored_money(plan, sizes)
            if "preview" not in request.POST:
                operations.propose_experiment(plan=plan, by=person_of(request), at=utc_now())
                return redirect("experiment", plan.name)
        except Refusal as refusal:
            named = ARM_FIELDS.get(refusal.field or "", refusal.field)
            form.add_error(
                named if named in form.fields else None,
                f"{refusal.message} {refusal.advice}".strip(),
            )
    context = context_of(
        shown, form=form, sizes=sizes, control=control, back=reverse("experiments"), money=money
    )
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "experiments/new_experiment.html", context, status=status)


def size_rows(plan: ExperimentPlan, *, cases_a_day: float) -> list[SizeRow]:
    """What several effects would need, the planned one among them."""
    return [
        SizeRow(
            effect=size.effect,
            control_n=size.control_n,
            treatment_n=size.treatment_n,
            events=size.treatment_bads if plan.explores else size.control_bads,
            days=days,
            is_planned=abs(size.effect - float(plan.minimum_effect)) < 1e-9,
        )
        for size, days in queries.power_table(plan, cases_a_day=cases_a_day)
    ]


def explored_money(plan: ExperimentPlan, sizes: Sequence[SizeRow]) -> ExploredMoney | None:
    """What the money of an exploring plan holds against what it needs; None of other plans."""
    planned = next((row for row in sizes if row.is_planned), None)
    if not plan.explores or planned is None:
        return None
    return ExploredMoney(held=queries.most_explored(plan), needed=planned.treatment_n)
