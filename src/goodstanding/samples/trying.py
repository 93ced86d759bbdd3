"""What the demonstration tries on decisions: an experiment that ended, one proposed, a shadow.

The loans are real and their lenders approved all of them. The arms are simulated: both of the
ended experiment run the version that decides, so the truth is known, and it is "no difference".
That is an A/A test, which shows the split and the intervals honest before a real question is asked.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from goodstanding.decisions.operations import catch_up_shadow
from goodstanding.decisions.types import Unit
from goodstanding.evidence.experiments import operations as experiments
from goodstanding.evidence.experiments.types import (
    ExperimentPlan,
    GuardRail,
    Metric,
    MetricKind,
    PlannedArm,
)
from goodstanding.policies.operations import shadow_version
from goodstanding.policies.queries import version_labelled
from goodstanding.samples.deciding import POLICY, decide_again, loans_before_the_newest
from goodstanding.samples.people import sample_person

ENDED, PROPOSED = "exp-split-check", "exp-cut-582"
DECIDING, CANDIDATE = "1", "1.1"
GOVERNED_BEFORE = timedelta(days=14)
PLANNED_BEFORE = timedelta(days=12)
READING = timedelta(hours=2)
ENROL_DAYS = 10
HALF = 5_000
Say = Callable[[int, int], None]


def run_experiments(*, anchor: datetime, at: datetime, say: Say) -> dict[str, Any]:
    """Run the A/A test over ten days that end before the anchor; propose the next at `at`."""
    author, registrar = sample_person("dev@demo.example"), sample_person("olga@demo.example")
    manager = sample_person("carla@demo.example")
    planned = anchor - PLANNED_BEFORE
    started = planned + 2 * READING
    experiments.propose_experiment(plan=_split_check(), by=author, at=planned)
    experiments.register_experiment(
        name=ENDED,
        reason="Demonstration: both arms run version 1, so the right answer is known beforehand",
        by=registrar,
        at=planned + READING,
    )
    experiments.start_experiment(name=ENDED, by=manager, at=started)
    loans, decided = loans_before_the_newest(at=at), 0
    for day in range(ENROL_DAYS):
        asked = started + timedelta(days=day, hours=1)
        found = decide_again(loans[day::ENROL_DAYS], name=ENDED, at=asked)
        decided += found.decided
        say(day + 1, ENROL_DAYS)
    verdict = experiments.end_experiment(
        name=ENDED,
        reason="Demonstration: the horizon is reached. The split holds; real questions may follow",
        by=manager,
        at=started + timedelta(days=ENROL_DAYS, hours=1),
    )
    experiments.propose_experiment(plan=_cut_off(), by=author, at=at)
    return {"decided": decided, "recommendation": verdict.recommendation.value}


def shadow_candidate(*, since: datetime, at: datetime) -> dict[str, Any]:
    """Put the version of the signed change request in shadow, and meet the live loans with it."""
    manager = sample_person("carla@demo.example")
    candidate = version_labelled(name=POLICY, label=CANDIDATE)
    shadow_version(
        text_hash=candidate.text_hash,
        reason="Demonstration: see on live loans who would be referred that is approved now",
        by=manager,
        at=at,
    )
    met = max(catch_up_shadow(name=POLICY, since=since, by=manager.email, at=at), default=0)
    return {"met": met}


def _split_check() -> ExperimentPlan:
    return ExperimentPlan(
        name=ENDED,
        policy=POLICY,
        question=(
            "Does the split itself change anything? Demonstration: real loans asked for again,"
            " simulated arms"
        ),
        unit=Unit.PARTY,
        arms=(
            _arm("control", DECIDING),
            _arm("same-again", DECIDING, treatment="simulated: nothing else is done"),
        ),
        metric=Metric(kind=MetricKind.REFERRAL_RATE),
        horizon_days=0,
        enrol_days=ENROL_DAYS,
        base_rate=Decimal("0.20"),
        minimum_effect=Decimal("-0.5"),
        guard_rails=(_rail(MetricKind.APPROVAL_RATE, "0.20"),),
    )


def _cut_off() -> ExperimentPlan:
    """What the change request cannot say: whether the higher line avoids charge-offs, live."""
    return ExperimentPlan(
        name=PROPOSED,
        policy=POLICY,
        question=(
            "Are fewer of the approved charged off when loans are approved from 582 points?"
            " Demonstration: proposed only"
        ),
        unit=Unit.CONNECTED_GROUP,
        arms=(_arm("control", DECIDING), _arm("from-582", CANDIDATE)),
        metric=Metric(kind=MetricKind.BAD_RATE, label="charged_off_36m"),
        horizon_days=1_150,
        enrol_days=365,
        base_rate=Decimal("0.15"),
        minimum_effect=Decimal("-0.2"),
        guard_rails=(_rail(MetricKind.REFERRAL_RATE, "0.10"),),
    )


def _arm(name: str, label: str, *, treatment: str = "") -> PlannedArm:
    return PlannedArm(
        name=name,
        text_hash=version_labelled(name=POLICY, label=label).text_hash,
        share_basis_points=HALF,
        treatment=treatment,
    )


def _rail(kind: MetricKind, harm: str) -> GuardRail:
    return GuardRail(metric=Metric(kind=kind), harm=Decimal(harm))
