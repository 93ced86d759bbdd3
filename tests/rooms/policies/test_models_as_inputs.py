"""A model is a named input: rounded before a cut-off, explained in log-odds, told by codes."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import goodstanding
from goodstanding.policies.engine import Outcome, Policy, read_policy
from goodstanding.policies.engine.batch import Engine
from goodstanding.scoring.artifact import load_artifact
from goodstanding.scoring.types import Model
from tests.rooms.policies.texts import CARD

MODELS = Path(goodstanding.__file__).parent / "credit" / "models"
ENGINES: tuple[Engine, ...] = ("polars", "duckdb")
REASONS = {
    "requested_amount": "AMOUNT", "employees": "SIZE", "new_business": "AGE", "rural": "LOCATION",
    "franchise": "FRANCHISE", "sector": "SECTOR", "state": "LOCATION",
}  # fmt: skip
TEXT = """
policy: trees_decide
version: "1"
title: The trees decide
desk: credit
owner: Credit risk
purpose: Let a model vote by itself.
legal_entities: [GS-US]
time_zone: America/New_York
inputs:
  requested_amount: {{type: "DECIMAL(14,2)", required: true}}
  employees: {{type: INTEGER}}
  new_business: {{type: BOOLEAN}}
  rural: {{type: BOOLEAN}}
  franchise: {{type: BOOLEAN}}
  sector: {{type: TEXT}}
  state: {{type: TEXT}}
constants:
  line: {{type: "DECIMAL(9,6)", value: "0.100000"}}
models:
  pd: {{artefact: {sha256}, reasons: {{{reasons}}}}}
rules:
  - {{id: HUGE, label: Huge, when: requested_amount > 99999999.00, effect: note}}
score:
  from: pd
  on_missing: refer
  bands:
    - {{name: fine, below: line, outcome: approve}}
    - {{name: risky, outcome: decline}}
outcomes: {{refer: {{queue: credit_review}}}}
fallback: {{outcome: refer, reason: AMOUNT}}
reasons:
{texts}
"""


@pytest.fixture(scope="module")
def trees() -> Model:
    return load_artifact(MODELS / "sba_gbm.model.json")


@pytest.fixture(scope="module")
def policy(trees: Model) -> Policy:
    reasons = ", ".join(f"{feature}: {code}" for feature, code in REASONS.items())
    texts = "\n".join(f"  {code}: {{text: {code.lower()}}}" for code in set(REASONS.values()))
    text = TEXT.format(sha256=trees.sha256, reasons=reasons, texts=texts)
    return read_policy(text, artefacts={trees.sha256: trees})


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    count = 120
    amounts = [Decimal(4_000 + at * at * 37).quantize(Decimal("0.01")) for at in range(count)]
    return pl.DataFrame(
        {
            "requested_amount": pl.Series(amounts).cast(pl.Decimal(14, 2)),
            "employees": [at % 23 for at in range(count)],
            "new_business": [at % 3 == 0 for at in range(count)],
            "rural": [at % 4 == 0 for at in range(count)],
            "franchise": [at % 5 == 0 for at in range(count)],
            "sector": [["33", "42", "44", "62", "72", "99"][at % 6] for at in range(count)],
            "state": [["CA", "OH", "FL", "PA", "NV"][at % 5] for at in range(count)],
        }
    )


def records(rows: pl.DataFrame) -> list[dict[str, Any]]:
    return list(rows.iter_rows(named=True))


def test_a_score_on_the_line_votes_alike_live_and_in_batch(policy: Policy, rows: pl.DataFrame):
    for record in records(rows)[::12]:
        score = policy.evaluate(record).score
        assert isinstance(score, Decimal)
        assert score == score.quantize(Decimal("0.000001"))
        on_the_line = policy.with_constants({"line": str(score)})
        just_above = policy.with_constants({"line": str(score + Decimal("0.000001"))})
        for asked, wanted in ((on_the_line, Outcome.DECLINE), (just_above, Outcome.APPROVE)):
            assert asked.evaluate(record).outcome is wanted
            for engine in ENGINES:
                table = asked.evaluate_table(pl.DataFrame([record], rows.schema), engine=engine)
                assert table.table.item(0, "outcome") == wanted.value


def test_baseline_and_parts_add_up_to_the_margin(policy: Policy, rows: pl.DataFrame):
    for record in records(rows):
        [model] = policy.evaluate(record, attributions=True).models
        parts = model.attributions
        assert parts is not None
        total = parts.baseline + sum(part.log_odds for part in parts.contributions)
        assert total == pytest.approx(parts.margin, abs=1e-6)
        assert [part.feature for part in parts.contributions] == list(REASONS)


def test_features_that_share_a_code_are_told_once_by_what_they_add_together(
    policy: Policy, rows: pl.DataFrame
):
    told, shared = 0, 0
    for record in records(rows):
        evaluation = policy.with_constants({"line": "0.000001"}).evaluate(record)
        parts = evaluation.models[0].attributions
        assert parts is not None
        added = _by_code({part.feature: part.log_odds for part in parts.contributions})
        worse = sorted((code for code in added if added[code] > 0), key=lambda code: -added[code])
        codes = [reason.code for reason in evaluation.reasons]
        assert codes == worse[:4]
        told += len(codes)
        lone = {part.feature: part.log_odds for part in parts.contributions}
        shared += lone["rural"] * lone["state"] < 0  # one for and one against: only the sum counts
    assert told > len(rows)
    assert shared > 0


def _by_code(parts: Mapping[str, float]) -> dict[str, float]:
    added: dict[str, float] = defaultdict(float)
    for feature, log_odds in parts.items():
        added[REASONS[feature]] += log_odds
    return added


def test_a_gap_that_training_never_saw_gives_no_score_and_says_why(policy: Policy):
    evaluation = policy.evaluate({"requested_amount": "9000.00", "state": "OH"})

    [model] = evaluation.models
    assert model.score is None
    assert "employees" in model.why_not
    assert evaluation.outcome is Outcome.REFER
    assert [reason.code for reason in evaluation.reasons] == ["MISSING_PD"]


def test_the_cells_of_a_card_are_those_of_its_score_however_many_digits_a_value_has() -> None:
    wide = CARD.replace("REFERENCE", "max").replace(
        'utilisation: {type: "DECIMAL(5,2)"', 'utilisation: {type: "DECIMAL(38,37)"'
    )
    just_below = "0." + "2" + "9" * 36

    found = read_policy(wide).evaluate({"utilisation": just_below})

    (card,) = found.scorecards
    by_feature = {cell.feature: cell.points for cell in card.cells}
    assert by_feature["utilisation"] == 45
    assert card.points == 430 + sum(by_feature.values()) == found.derived.get("card", card.points)
    assert found.score == card.points
