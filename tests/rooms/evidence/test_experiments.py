"""Experiments: the order of their steps, what each refuses, and simulated ones with known truth."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from goodstanding.core.errors import NotFound
from goodstanding.core.models import AuditEntry
from goodstanding.decisions.arms import bucket
from goodstanding.decisions.errors import TrialRunning, TrialSharesWrong
from goodstanding.decisions.models import Decision, Explored
from goodstanding.decisions.operations import replay_sample
from goodstanding.decisions.types import Unit
from goodstanding.evidence.experiments import operations, queries
from goodstanding.evidence.experiments.errors import (
    ArmNotReady,
    ControlNotChampion,
    PlanFixed,
    PlanIncomplete,
    RegistrarWroteIt,
    StepTooEarly,
    TrafficShared,
    WhyMissing,
)
from goodstanding.evidence.experiments.planning import document_hash, plan_hash
from goodstanding.evidence.experiments.reading import verdict_of
from goodstanding.evidence.experiments.types import (
    ExperimentState,
    Metric,
    MetricKind,
    Recommendation,
)
from goodstanding.outcomes import definitions
from goodstanding.outcomes.definitions import read_label_file
from goodstanding.outcomes.errors import UnknownLabel
from goodstanding.parties.operations import link_parties, register_party
from goodstanding.parties.queries import connected_groups
from goodstanding.parties.types import LinkKind
from goodstanding.policies import operations as policies
from goodstanding.validation.errors import InputShape
from tests.instants import NOON
from tests.rooms.evidence.experimenting import (
    DAY,
    HORIZON_DAYS,
    LABEL,
    LABEL_FILE,
    Floor,
    come_true,
    decide_some,
    lay_floor,
    rail,
)
from tests.rooms.evidence.texts import LINE_UK
from tests.rooms.parties.conftest import a_company
from tests.rooms.policies.conftest import desk

__all__ = ["desk"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def floor(desk, monkeypatch) -> Floor:
    known = {LABEL: read_label_file(LABEL_FILE, path="test", desk="credit")}
    monkeypatch.setattr(definitions, "label_definitions", lambda: known)
    return lay_floor(desk)


def test_the_steps_stand_in_order_and_each_is_signed(floor: Floor) -> None:
    plan = floor.plan()
    floor.run(plan)

    view = queries.experiment_named(name=plan.name)
    assert view.plan == plan
    assert view.plan_hash == plan_hash(plan)
    assert view.state is ExperimentState.RUNNING
    assert (view.author, view.registration.who, view.start.who) == ("Ada", "Anna", "Max")
    assert view.days_left(at=NOON + 10 * DAY) == 20
    actions = AuditEntry.objects.filter(object_id=str(view.experiment_id)).order_by("at", "id")
    assert [entry.action for entry in actions] == [
        "propose_experiment", "register_experiment", "start_experiment",
    ]  # fmt: skip


def test_its_author_cannot_register_it(floor: Floor) -> None:
    operations.propose_experiment(plan=floor.plan(), by=floor.desk.author, at=NOON)

    with pytest.raises(RegistrarWroteIt, match="Ada"):
        operations.register_experiment(
            name="exp-cut-01", reason="Mine", by=floor.desk.author, at=NOON
        )


def test_a_plan_does_not_change(floor: Floor) -> None:
    floor.run(floor.plan())

    with pytest.raises(PlanFixed):
        operations.propose_experiment(
            plan=floor.plan(enrol_days=90), by=floor.desk.author, at=NOON + DAY
        )


def test_no_step_comes_early_or_twice(floor: Floor) -> None:
    author, manager = floor.desk.author, floor.desk.manager
    operations.propose_experiment(plan=floor.plan(), by=author, at=NOON)

    step = {"name": "exp-cut-01", "at": NOON}
    with pytest.raises(StepTooEarly, match="proposed"):
        operations.start_experiment(**step, by=manager)
    with pytest.raises(StepTooEarly):
        operations.halt_experiment(**step, reason="x", by=manager)
    with pytest.raises(StepTooEarly):
        operations.end_experiment(**step, reason="x", by=manager)
    with pytest.raises(WhyMissing):
        operations.register_experiment(**step, reason=" ", by=manager)
    operations.register_experiment(**step, reason="Fine", by=manager)
    with pytest.raises(StepTooEarly, match="registered"):
        operations.register_experiment(**step, reason="Fine", by=manager)
    with pytest.raises(NotFound):
        queries.experiment_named(name="no-such")


def wrong_plans(floor: Floor):
    rate = Metric(kind=MetricKind.BAD_RATE, label=LABEL)
    return [
        ({"name": "Exp 1"}, PlanIncomplete, "small letters"),
        ({"question": " "}, PlanIncomplete, "question"),
        ({"enrol_days": 0}, PlanIncomplete, "lets nobody in"),
        ({"guard_rails": (rail(MetricKind.APPROVAL_RATE, "0"),)}, PlanIncomplete, "above 0"),
        ({"arms": (floor.arm("a", 5_000), floor.arm("a", 5_000))}, PlanIncomplete, "of its own"),
        ({"arms": (floor.arm("a", 5_000), floor.arm("b", 4_000))}, TrialSharesWrong, "90 %"),
        ({"metric": rate}, PlanIncomplete, "known after 41 days"),
        (
            {"metric": Metric(kind=MetricKind.APPROVAL_RATE, label=LABEL)},
            PlanIncomplete,
            "no label",
        ),
        ({"metric": Metric(kind=MetricKind.BAD_RATE, label="x")}, UnknownLabel, "x"),
        ({"metric": Metric(kind=MetricKind.EXPLORED_BAD_RATE, label=LABEL)}, PlanIncomplete, "cut"),
        ({"minimum_effect": Decimal(0)}, InputShape, "differ"),
    ]


def test_plans_that_do_not_hold_are_refused(floor: Floor) -> None:
    for changes, refusal, words in wrong_plans(floor):
        with pytest.raises(refusal, match=words):
            operations.propose_experiment(plan=floor.plan(**changes), by=floor.desk.author, at=NOON)
    assert queries.experiments() == ()


def test_only_versions_that_may_decide_share_decisions(floor: Floor) -> None:
    draft = floor.desk.publish(LINE_UK.replace('version: "1"', 'version: "9"'))
    drafted = Floor(floor.desk, floor.champion, draft)
    for number, plan in enumerate((drafted.plan(name="exp-draft"), floor.plan())):
        operations.propose_experiment(plan=plan, by=floor.desk.author, at=NOON)
        operations.register_experiment(
            name=plan.name, reason="Read", by=floor.desk.approver, at=NOON
        )
        if number == 0:
            with pytest.raises(ArmNotReady, match="9 is draft"):
                operations.start_experiment(name=plan.name, by=floor.desk.manager, at=NOON)

    share = {"text_hash": floor.challenger.text_hash, "reason": "Ramp", "by": floor.desk.manager}
    policies.share_version(**share, share=500, at=NOON)
    with pytest.raises(TrafficShared):
        operations.start_experiment(name="exp-cut-01", by=floor.desk.manager, at=NOON)
    policies.activate_version(**share, at=NOON)
    with pytest.raises(ControlNotChampion):
        operations.start_experiment(name="exp-cut-01", by=floor.desk.manager, at=NOON)


def test_two_experiments_on_one_policy_cannot_be_told_apart(floor: Floor) -> None:
    floor.run(floor.plan())

    with pytest.raises(TrialRunning):
        floor.run(floor.plan(name="exp-cut-02"))


def test_arms_are_stable_and_the_better_one_ships_at_the_horizon(floor: Floor) -> None:
    """Half lie below the old cut, a tenth below the new one too."""
    floor.run(floor.plan(guard_rails=(rail(MetricKind.REFERRAL_RATE, "0.05"),)))
    decide_some(range(600), at=NOON)
    decide_some(range(200), at=NOON + 10 * DAY, seed=9)

    sides: dict[str, set[str]] = {}
    for entity, arm in Decision.objects.values_list("entity", "arm"):
        sides.setdefault(entity, set()).add(arm)
    assert all(len(arms) == 1 for arms in sides.values())

    view = queries.experiment_named(name="exp-cut-01")
    early = queries.read_experiment(view=view, at=NOON + 15 * DAY)
    assert [arm.units for arm in early.arms] == list(early.split.counts)
    assert sum(arm.decided for arm in early.arms) == 800
    assert early.split.p > 0.01
    (primary,) = early.primary
    assert primary.look.low < 0.4 < primary.look.high
    assert primary.is_better
    assert len(early.curve) == 24
    assert verdict_of(view, early).recommendation is Recommendation.NO_ANSWER

    verdict = operations.end_experiment(
        name="exp-cut-01", reason="Horizon reached", by=floor.desk.manager, at=NOON + 31 * DAY
    )

    assert (verdict.recommendation, verdict.arm) == (Recommendation.SHIP, "lower-cut")
    ended = queries.experiment_named(name="exp-cut-01")
    assert ended.state is ExperimentState.ENDED
    assert ended.memo["recommendation"]["code"] == "ship"
    assert ended.memo["steps"]["ended"]["who"] == "Max"
    assert ended.memo_hash == document_hash(ended.memo)
    decide_some([9000], at=NOON + 32 * DAY)
    assert Decision.objects.get(entity="buyer:B9000").arm == "champion"
    assert replay_sample(
        most=50, policy="line_uk", recorded_from=None, by="ana@example.com", at=NOON
    ).differing == 0  # fmt: skip


def test_too_few_cases_at_the_horizon_answer_nothing(floor: Floor) -> None:
    """Both versions answer alike above both cuts, so nothing is ever sure."""
    floor.run(floor.plan(minimum_effect=Decimal("0.1")))
    decide_some(range(60), at=NOON + DAY, below=0.0)

    verdict = operations.end_experiment(
        name="exp-cut-01", reason="Horizon reached", by=floor.desk.manager, at=NOON + 31 * DAY
    )

    assert verdict.recommendation is Recommendation.NO_ANSWER
    assert verdict.why.startswith("60 of 3,1")


def test_harm_halts_at_any_time_and_keeps_the_control(floor: Floor) -> None:
    plan = floor.plan(
        metric=Metric(kind=MetricKind.BAD_RATE, label=LABEL),
        horizon_days=HORIZON_DAYS,
        base_rate=Decimal("0.05"),
        minimum_effect=Decimal("-0.2"),
        guard_rails=(rail(MetricKind.BAD_RATE, "0.05", LABEL),),
    )
    floor.run(plan)
    decide_some(range(700), at=NOON + DAY, below=0.0)
    come_true(bad_rate={"exp-cut-01/control": 0.05, "exp-cut-01/lower-cut": 0.40}, at=NOON)

    young = queries.experiment_named(name=plan.name)
    waiting = queries.read_experiment(view=young, at=NOON + 30 * DAY)
    assert operations.watch_harm(at=NOON + 30 * DAY) == 0
    assert [arm.counted for arm in waiting.arms] == [0, 0]
    assert sum(arm.waiting for arm in waiting.arms) == 700

    assert operations.watch_harm(at=NOON + 50 * DAY) == 1
    assert operations.watch_harm(at=NOON + 50 * DAY) == 0

    view = queries.experiment_named(name=plan.name)
    assert (view.state, view.halt.rule, view.halt.who) == (
        ExperimentState.HALTED, "harm", "by rule",
    )  # fmt: skip
    assert "bad rate" in view.halt.why
    verdict = operations.end_experiment(
        name=plan.name, reason="Halted", by=floor.desk.manager, at=NOON + 60 * DAY
    )
    assert verdict.recommendation is Recommendation.KEEP_CONTROL
    assert "guard-rail" in verdict.why


def test_an_equal_arm_is_not_harmed_by_looking_often(floor: Floor) -> None:
    floor.run(floor.plan(guard_rails=(rail(MetricKind.APPROVAL_RATE, "0.02"),)))
    for day in range(1, 7):
        decide_some(range(day * 1000, day * 1000 + 40), at=NOON + day * DAY, below=0.0)
        assert operations.watch_harm(at=NOON + day * DAY) == 0


def test_a_broken_split_halts_and_answers_nothing(floor: Floor) -> None:
    floor.run(floor.plan())
    decide_some(range(600), at=NOON + DAY)
    # somebody filters the control's traffic away: new businesses only reach the other arm
    others = [n for n in range(2000, 3200) if bucket(salt="exp-cut-01", unit=f"buyer:B{n}") < 5_000]
    decide_some(others, at=NOON + 2 * DAY)

    assert operations.watch_harm(at=NOON + 3 * DAY) == 1

    assert queries.experiment_named(name="exp-cut-01").halt.rule == "split_broken"
    verdict = operations.end_experiment(
        name="exp-cut-01", reason="Broken", by=floor.desk.manager, at=NOON + 31 * DAY
    )
    assert verdict.recommendation is Recommendation.NO_ANSWER


def test_a_spent_budget_halts_by_itself_without_overshoot(floor: Floor) -> None:
    floor.run(floor.exploring(budget=1_000_000))
    for minute in range(1, 60):
        at = NOON + timedelta(minutes=minute)
        decide_some(range(minute * 1000, minute * 1000 + 60), at=at, below=1.0)
        if operations.watch_budgets(at=at + timedelta(seconds=1)):
            break

    view = queries.experiment_named(name="exp-below-01")
    spent = sum(Explored.objects.values_list("limit_minor", flat=True))
    assert (view.state, view.halt.rule) == (ExperimentState.HALTED, "budget_used_up")
    assert spent == 1_000_000
    reading = queries.read_experiment(view=view, at=NOON + 6 * DAY)
    assert reading.arms[1].spent_share == pytest.approx(1.0)
    decide_some(range(90_000, 90_100), at=NOON + 7 * DAY, below=1.0)
    assert not Decision.objects.filter(arm="champion", outcome="approve").exists()


def test_exploring_says_whether_the_cut_may_be_lowered(floor: Floor) -> None:
    floor.run(floor.exploring(budget=10**9))
    decide_some(range(3000), at=NOON + DAY, below=1.0)
    rates = {"exp-below-01/control": 0.05, "exp-below-01/explore": 0.10}
    come_true(bad_rate=rates, at=NOON)

    view = queries.experiment_named(name="exp-below-01")
    at = NOON + timedelta(days=60)
    reading = queries.read_experiment(view=view, at=at)

    (explored,) = reading.explored
    assert reading.threshold == pytest.approx(0.35)
    assert explored.look.low < 0.10 < explored.look.high < 0.35
    verdict = operations.end_experiment(
        name="exp-below-01", reason="Enough is known", by=floor.desk.manager, at=at
    )
    assert verdict.recommendation is Recommendation.LOWER_CUT


def test_another_champion_halts_it(floor: Floor) -> None:
    floor.run(floor.plan())
    policies.activate_version(
        text_hash=floor.challenger.text_hash, reason="Now", by=floor.desk.manager, at=NOON
    )

    assert operations.watch_budgets(at=NOON + DAY) == 1
    assert queries.experiment_named(name="exp-cut-01").halt.rule == "versions_changed"


def test_connected_businesses_share_an_arm(floor: Floor) -> None:
    parties = [
        register_party(
            party=a_company(identifiers=(("buyer", f"B{number}"),)),
            legal_entity="GS-UK", source="test", by="ana@example.com", at=NOON,
        )
        for number in range(8)
    ]  # fmt: skip
    for one, other in pairwise(parties[:6]):
        link_parties(
            left=one, right=other, kind=LinkKind.SAME_AS, key="owner", by="ana@example.com", at=NOON
        )
    assert set(connected_groups()) == set(parties[:6])
    floor.run(floor.plan(unit=Unit.CONNECTED_GROUP))

    decide_some(range(8), at=NOON + DAY)

    together = Decision.objects.filter(entity__in=[f"buyer:B{number}" for number in range(6)])
    assert len(set(together.values_list("bucket", flat=True))) == 1
    view = queries.experiment_named(name="exp-cut-01")
    reading = queries.read_experiment(view=view, at=NOON + 2 * DAY)
    assert sum(arm.units for arm in reading.arms) == 3
    assert operations.watch_harm(at=NOON + 2 * DAY) == 0
