"""What was explored below the cut reaches the lake once, with the chance that it had."""

from pathlib import Path

import pytest

from goodstanding.decisions.models import Explored
from goodstanding.metrics import lake as lakes
from goodstanding.metrics.export import LakeTable, export_table
from goodstanding.outcomes import definitions
from goodstanding.outcomes.definitions import read_label_file
from tests.instants import NOON
from tests.rooms.evidence.experimenting import (
    DAY,
    LABEL,
    LABEL_FILE,
    Floor,
    decide_some,
    lay_floor,
)
from tests.rooms.policies.conftest import stand_desk

EXPLORED = LakeTable("explored", "decisions")


@pytest.fixture
def floor(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Floor:
    known = {LABEL: read_label_file(LABEL_FILE, path="test", desk="credit")}
    monkeypatch.setattr(definitions, "label_definitions", lambda: known)
    return lay_floor(stand_desk())


def test_each_explored_decision_is_exported_once(floor: Floor, tmp_path: Path) -> None:
    floor.run(floor.exploring(budget=10**9))
    decide_some(range(400), at=NOON + DAY, below=1.0)
    first = export_table(EXPLORED, folder=tmp_path)
    decide_some(range(1000, 1400), at=NOON + 2 * DAY, below=1.0)
    second = export_table(EXPLORED, folder=tmp_path)

    explored = set(Explored.objects.values_list("decision_id", flat=True))
    assert first.rows > 0
    assert second.rows > 0
    assert first.rows + second.rows == len(explored)
    with lakes.open_lake(tmp_path) as lake:
        rows = lake.execute(
            "select decision_id, arm, chance, limit_minor, currency, policy from explored"
        ).fetchall()
    assert {row[0] for row in rows} == explored
    assert {(row[1], float(row[2]), *row[3:]) for row in rows} == {
        ("exp-below-01/explore", 0.05, 50_000, "GBP", "line_uk")
    }
