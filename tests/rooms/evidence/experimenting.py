"""An experiment on live decisions whose truth is known, for tests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from goodstanding.decisions.models import Decision
from goodstanding.decisions.operations import decide_many, read_in_force
from goodstanding.decisions.types import DecisionRequest, Entity, InForce, Origin, Unit
from goodstanding.evidence.experiments import operations
from goodstanding.evidence.experiments.types import (
    ExperimentPlan,
    GuardRail,
    Metric,
    MetricKind,
    PlannedArm,
)
from goodstanding.governance.types import Fallback, GovernedState
from goodstanding.outcomes.models import Label
from goodstanding.policies import operations as policies
from goodstanding.policies.models import PolicyVersion
from tests.instants import NOON
from tests.rooms.decisions.in_force import approval_of
from tests.rooms.decisions.rows import KEYS
from tests.rooms.evidence.texts import LINE_UK, LINE_UK_2
from tests.rooms.policies.conftest import Desk, enter_policy

LABEL = "unpaid_1m"
HORIZON_DAYS = 41
LABEL_FILE = f"""
name: {LABEL}
version: 1
title: Unpaid within a month
policies: [line_uk]
event_kinds: [invoice_unpaid]
horizon_months: 1
reporting_lag_days: 10
source: invented for tests
"""
FAR_BELOW, BELOW, ABOVE = 5, 15, 30
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Floor:
    """The policy with a champion and an approved challenger that lowers the cut."""

    desk: Desk
    champion: PolicyVersion
    challenger: PolicyVersion

    def plan(self, **changes) -> ExperimentPlan:
        """A plan of two equal arms on the approval rate."""
        given = {
            "name": "exp-cut-01",
            "policy": "line_uk",
            "question": "Does the lower cut approve more?",
            "unit": Unit.PARTY,
            "arms": (self.arm("control", 5_000), self.arm("lower-cut", 5_000, new=True)),
            "metric": Metric(kind=MetricKind.APPROVAL_RATE),
            "horizon_days": 0,
            "enrol_days": 30,
            "base_rate": Decimal("0.5"),
            "minimum_effect": Decimal("0.2"),
        }
        return ExperimentPlan(**(given | changes))

    def exploring(self, **changes) -> ExperimentPlan:
        """A plan that explores 5 % below the cut, with a budget for forty limits of 500."""
        explore = replace(
            self.arm("explore", 500), limit_minor=50_000, budget_minor=changes.pop("budget", 10**7)
        )
        given = {
            "name": "exp-below-01",
            "question": "Would fewer than one in three below the cut go bad?",
            "arms": (self.arm("control", 9_500), explore),
            "metric": Metric(kind=MetricKind.EXPLORED_BAD_RATE, label=LABEL),
            "horizon_days": HORIZON_DAYS,
            "base_rate": Decimal("0.35"),
            "minimum_effect": Decimal("-0.5"),
        }
        return self.plan(**(given | changes))

    def arm(self, name: str, share: int, *, new: bool = False) -> PlannedArm:
        version = self.challenger if new else self.champion
        return PlannedArm(name=name, text_hash=version.text_hash, share_basis_points=share)

    def run(self, plan: ExperimentPlan, *, at: datetime = NOON) -> None:
        """Propose, register and start."""
        operations.propose_experiment(plan=plan, by=self.desk.author, at=at)
        operations.register_experiment(
            name=plan.name, reason="Read and sound", by=self.desk.approver, at=at
        )
        operations.start_experiment(name=plan.name, by=self.desk.manager, at=at)


def rail(kind: MetricKind, harm: str, label: str = "") -> GuardRail:
    return GuardRail(metric=Metric(kind=kind, label=label), harm=Decimal(harm))


def lay_floor(desk: Desk) -> Floor:
    """Publish both versions; the first decides, the second is approved."""
    enter_policy(desk, "line_uk")
    versions = [desk.publish(text) for text in (LINE_UK, LINE_UK_2)]
    for version in versions:
        step = {"text_hash": version.text_hash, "reason": "For the test", "at": NOON}
        policies.propose_version(**step, by=desk.author)
        policies.approve_version(**step, by=desk.approver)
    policies.activate_version(
        text_hash=versions[0].text_hash, reason="First", by=desk.manager, at=NOON
    )
    return Floor(desk, *versions)


def approved_in_force(*, at: datetime) -> InForce:
    """What decides, with an approval of every version."""
    in_force = read_in_force(at=at)
    permit = replace(approval_of(expires_at=at + 400 * DAY), valid_from=at - DAY)
    governed = {
        content_hash: GovernedState(
            content_hash=content_hash, words="policy line_uk", use_case_id=permit.use_case_id,
            fallback=Fallback.REFER, permits=(permit,), findings=(),
        )
        for standing in in_force.standings.values()
        for content_hash in standing.versions
    }  # fmt: skip
    return replace(in_force, gate=replace(in_force.gate, versions=governed))


def asked(number: int, *, paid: int, at: datetime) -> DecisionRequest:
    return DecisionRequest(
        policy="line_uk",
        entity=Entity("buyer", f"B{number}"),
        as_of=at,
        inputs={"amount": "2000.00", "paid_on_time": paid, "insolvent": False},
        idempotency_key=KEYS.next(),
    )


def decide_some(numbers: Sequence[int], *, at: datetime, below: float = 0.5, seed: int = 1) -> None:
    """Live decisions on businesses, so many of them below the cut, every fifth of those far."""
    random = Random(seed)

    def paid() -> int:
        if random.random() >= below:
            return ABOVE
        return FAR_BELOW if random.random() < 0.2 else BELOW

    requests = [asked(number, paid=paid(), at=at) for number in numbers]
    for totals in decide_many(
        requests=requests, legal_entity="GS-UK", by="ana@example.com", at=at, origin=Origin.LIVE,
        in_force=approved_in_force(at=at),
    ):  # fmt: skip
        assert not totals.refused


def come_true(*, bad_rate: dict[str, float], seed: int = 2, at: datetime) -> None:
    """Label every approved decision, bad by chance at the rate of its arm."""
    random = Random(seed)
    rows = []
    for row in Decision.objects.filter(outcome="approve").order_by("id"):
        mature_at = row.as_of + HORIZON_DAYS * DAY
        bad = random.random() < bad_rate[row.arm]
        rows.append(
            Label(
                decision=row, definition=LABEL, version=1, value=bad, mature_at=mature_at,
                event_at=row.as_of + 20 * DAY if bad else None,
                observed_at=row.as_of + 21 * DAY if bad else mature_at,
            )
        )  # fmt: skip
    Label.objects.bulk_create(rows)
