"""Judging a candidate without an experiment: on logged decisions and on tables; plans as files."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from goodstanding.evidence.experiments import queries
from goodstanding.evidence.experiments.errors import LoggedNothing, PlanUnreadable
from goodstanding.evidence.experiments.types import MetricKind
from goodstanding.outcomes import definitions
from goodstanding.outcomes.definitions import read_label_file
from goodstanding.validation.errors import NoOverlap
from goodstanding.validation.off_policy import Quadrant
from tests.instants import NOON
from tests.rooms.evidence.experimenting import (
    DAY,
    LABEL,
    LABEL_FILE,
    Floor,
    come_true,
    decide_some,
    lay_floor,
)
from tests.rooms.evidence.texts import LINE_UK
from tests.rooms.policies.conftest import desk

__all__ = ["desk"]
EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "experiment.yaml"


@pytest.fixture
def floor(desk, monkeypatch) -> Floor:
    known = {LABEL: read_label_file(LABEL_FILE, path="test", desk="credit")}
    monkeypatch.setattr(definitions, "label_definitions", lambda: known)
    return lay_floor(desk)


def judged(floor: Floor, *, text_hash: str, until=NOON + 10 * DAY):
    return queries.evaluate_logged(
        text_hash=text_hash, label=LABEL, since=NOON - DAY, until=until,
        known_at=NOON + timedelta(days=90),
    )  # fmt: skip


@pytest.mark.django_db
def test_without_exploration_there_is_no_point_estimate(floor: Floor) -> None:
    decide_some(range(200), at=NOON + DAY)
    come_true(bad_rate={"champion": 0.1}, at=NOON)

    found = judged(floor, text_hash=floor.challenger.text_hash).evaluation
    unchanged = judged(floor, text_hash=floor.champion.text_hash).evaluation

    with pytest.raises(NoOverlap):
        found.point("IPS")
    assert found.bounds is not None
    assert found.bounds[1] - found.bounds[0] > 0.3
    assert unchanged.point("IPS").value == pytest.approx(0.1, abs=0.08)


@pytest.mark.django_db
def test_the_explored_speak_for_those_below_the_cut(floor: Floor) -> None:
    floor.run(floor.exploring(budget=10**9))
    decide_some(range(2500), at=NOON + DAY)
    come_true(bad_rate={"exp-below-01/control": 0.05, "exp-below-01/explore": 0.2}, at=NOON)

    found = judged(floor, text_hash=floor.challenger.text_hash)

    assert found.skipped == 0
    evaluation = found.evaluation
    quadrants = {each.quadrant: each for each in evaluation.quadrants}
    assert quadrants[Quadrant.SWAP_IN].weak_share == 0
    assert evaluation.point("stratified").low < evaluation.point("IPS").value
    # half lie above the cut at about 5 %, two fifths below it at 20 %
    assert evaluation.point("SNIPS").value == pytest.approx(0.117, abs=0.06)
    assert evaluation.explored.n > 20


@pytest.mark.django_db
def test_two_versions_side_by_side_have_overlap_where_one_of_them_approves(floor: Floor) -> None:
    """Half lie above both cuts at 5 % bad, two fifths between them at 20 %, a tenth below both."""
    floor.run(floor.plan())
    decide_some(range(2000), at=NOON + DAY)
    come_true(bad_rate={"exp-cut-01/control": 0.05, "exp-cut-01/lower-cut": 0.11}, at=NOON)

    lower = judged(floor, text_hash=floor.challenger.text_hash).evaluation
    same = judged(floor, text_hash=floor.champion.text_hash).evaluation
    lowest = floor.desk.publish(
        LINE_UK.replace('version: "1"', 'version: "9"').replace("value: 500", "value: 300")
    )
    below_both = judged(floor, text_hash=lowest.text_hash).evaluation

    swapped_in = {each.quadrant: each for each in lower.quadrants}[Quadrant.SWAP_IN]
    assert swapped_in.n == pytest.approx(800, abs=80)
    assert swapped_in.weak_share == 0
    assert lower.overlap.never == 0
    assert lower.point("IPS").low < lower.point("SNIPS").value < lower.point("IPS").high
    assert same.point("SNIPS").value == pytest.approx(0.08, abs=0.03)
    with pytest.raises(NoOverlap, match="no chance of approval"):
        below_both.point("IPS")
    assert below_both.estimates == ()
    assert below_both.bounds[0] < lower.point("SNIPS").value < below_both.bounds[1]


@pytest.mark.django_db
def test_nothing_logged_is_refused(floor: Floor) -> None:
    with pytest.raises(LoggedNothing, match="there is none"):
        judged(floor, text_hash=floor.champion.text_hash)


def test_a_table_of_logged_cases_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "logged.parquet"
    table = pl.DataFrame(
        {
            "approved": [1, 1, 1, 0],
            "propensity": [1.0, 1.0, 0.5, 0.5],
            "outcome": [0, 1, 1, None],
            "candidate_approves": [True, True, True, True],
            "champion_approves": [True, True, False, False],
            "group": ["a", "b", "c", "d"],
        }
    )
    table.write_parquet(path)

    found = queries.evaluate_file(path)

    assert found.point("IPS").value == pytest.approx(3 / 4)
    document = queries.evaluation_document(found)
    assert document["refusal"] is None
    assert [each["method"] for each in document["estimates"]] == ["IPS", "SNIPS", "stratified"]
    table.drop("propensity").write_csv(tmp_path / "short.csv")
    with pytest.raises(LoggedNothing, match="propensity is missing"):
        queries.evaluate_file(tmp_path / "short.csv")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(LoggedNothing, match="cannot be read"):
        queries.evaluate_file(tmp_path / "broken.parquet")
    heading = "approved,propensity,outcome,candidate_approves,champion_approves"
    whole, chances = ["0,0,,1,0"] * 150, ["1,0.5,0,1,1"] * 150
    (tmp_path / "mixed.csv").write_text("\n".join([heading, *whole, *chances]))
    assert queries.evaluate_file(tmp_path / "mixed.csv").refusal is not None
    with pytest.raises(LoggedNothing, match="no such file"):
        queries.evaluate_file(tmp_path / "none.parquet")


def test_a_plan_is_read_from_its_file() -> None:
    text = EXAMPLE.read_text("utf-8")

    plan = queries.read_plan(text, path="x.yaml", hash_of=lambda policy, label: policy + label)

    assert plan.control.text_hash == "sba_underwriting1"
    assert [arm.share_basis_points for arm in plan.arms] == [5_000, 5_000]
    assert plan.metric.kind is MetricKind.REFERRAL_RATE
    assert plan.guard_rails[0].metric.kind is MetricKind.APPROVAL_RATE
    with pytest.raises(PlanUnreadable, match="metrik"):
        queries.read_plan(text.replace("metric:", "metrik:"), path="x.yaml", hash_of=lambda *_: "a")
