"""A whole policy gives the same answer record by record, in Polars and in DuckDB."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

import goodstanding
from goodstanding.language.boundary import python_value
from goodstanding.language.runners import rows_table
from goodstanding.language.types import DOUBLE, Cell
from goodstanding.policies.engine import (
    InputRequired,
    Policy,
    PolicyRefused,
    load_policy,
    read_policy,
)
from goodstanding.policies.engine.batch import Engine, Masks, whole_mask
from goodstanding.policies.engine.values import value_of
from goodstanding.scoring.training.recipe import load_recipe
from goodstanding.scoring.training.source import read_source
from tests.parity.draws import INPUTS, random_rows
from tests.parity.policy_draws import NAMES, policies
from tests.shared import shared_data

ENGINES: tuple[Engine, ...] = ("polars", "duckdb")
UNTYPABLE = {"decimal_precision", "double_mixed", "double_equality", "untyped_null"}
UNTYPABLE |= {"on_missing", "default_unread"}
WORDS = ("approve", "refer", "decline")
FIRST = datetime(1972, 1, 1, tzinfo=UTC)
Row = dict[str, Any]


DRAWN = [Phase.explicit, Phase.reuse, Phase.generate]  # a whole policy takes hours to shrink


QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck), phases=DRAWN)


@settings(QUICK, max_examples=20)
@given(text=policies(), seed=st.integers(0, 2**32))
def test_a_drawn_policy_answers_alike_on_every_engine(text: str, seed: int):
    _check_alike(text, seed)


@pytest.mark.slow
@settings(QUICK, max_examples=150)
@given(text=policies(), seed=st.integers(0, 2**32))
def test_hundreds_of_drawn_policies_answer_alike_on_every_engine(text: str, seed: int):
    _check_alike(text, seed)


def _check_alike(text: str, seed: int) -> None:
    policy = _loaded(text)
    rows = random_rows(seed, 24)
    moments = [FIRST + timedelta(minutes=(seed + 7_919 * at) % 34_000_000) for at in range(24)]
    table = _table(rows, moments)

    wanted = [
        _answer(policy, {name: python_value(INPUTS[name], row[name]) for name in NAMES}, moment)
        for row, moment in zip(rows, moments, strict=True)
    ]

    for engine in ENGINES:
        found = policy.evaluate_table(table, engine=engine, as_of="moment").table
        assert _rows(policy, found) == wanted, engine


def _loaded(text: str) -> Policy:
    try:
        return read_policy(text)
    except PolicyRefused as refused:
        unexpected = [item for item in refused.mistakes if item.code not in UNTYPABLE]
        assert not unexpected, [item.as_line(source="drawn") for item in unexpected]
        reject()


def _table(rows: list[dict[str, Cell | None]], moments: list[datetime]) -> pa.Table:
    inputs = {name: of for name, of in INPUTS.items() if name in NAMES}
    moment = pa.array(moments, pa.timestamp("us", "UTC"))
    return rows_table(inputs, rows).append_column("moment", moment)


def _answer(policy: Policy, record: Mapping[str, object], as_of: datetime) -> Row:
    """What the live engine says, laid out as a row of a batch."""
    compiled = policy.compiled
    try:
        reading = compiled.read(record, as_of=as_of)
    except InputRequired as refused:
        return {"skipped": refused.field, "outcome": None}
    decided = compiled.decide(*reading.cells)
    evaluation = compiled.expand(reading, decided)
    row: Row = {
        "skipped": None,
        "outcome": WORDS[decided.outcome],
        "true": decided.true,
        "unknown": decided.unknown,
        "points": decided.points,
        "band": decided.band,
        "score": _score(policy, evaluation.score),
    }
    masks = Masks(policy.plan).kinds
    row |= {kind: getattr(decided, kind) for kind in ("defaulted", "cancelled") if kind in masks}
    for term, cell in zip(policy.plan.terms, decided.terms, strict=True):
        given = evaluation.outcome in term.declaration.given_on
        row[term.name] = repr(value_of(cell, term.expression.type)) if given else "None"
    return row


def _score(policy: Policy, score: object) -> object:
    """A DOUBLE stands as Decimal in an evaluation and as itself in a table."""
    is_double = policy.plan.score is not None and policy.plan.score.type == DOUBLE
    return float(str(score)) if is_double and score is not None else score


def _rows(policy: Policy, table: pl.DataFrame) -> list[Row]:
    masks = Masks(policy.plan)
    found: list[Row] = []
    for line in table.iter_rows(named=True):
        if line["skipped"] is not None:
            found.append({"skipped": line["skipped"], "outcome": line["outcome"]})
            continue
        row = {name: line[name] for name in ("skipped", "outcome", "points", "band")}
        score = line.get("score")
        row["score"] = score
        for kind in masks.kinds:
            row[kind] = whole_mask(line[f"{kind}_{word}"] for word in range(masks.words))
        for term in policy.plan.terms:
            row[term.name] = repr(line[term.name])
        found.append(row)
    return found


@pytest.fixture(scope="module")
def sba_rows() -> pl.DataFrame:
    folder = shared_data("sba_loans")
    recipe = Path(goodstanding.__file__).parent / "credit" / "models" / "sba_gbm.recipe.yaml"
    _, source = load_recipe(recipe)
    return read_source(source=source, folder=folder).drop("final_status", "bank")


def test_the_underwriting_policy_re_decides_every_sba_loan_alike(sba_rows: pl.DataFrame):
    policy = load_policy(
        Path(goodstanding.__file__).parent / "credit" / "policies" / "sba_underwriting.yaml"
    )
    names = [item.name for item in policy.plan.inputs if item.name in sba_rows.columns]

    tables = [policy.evaluate_table(sba_rows, engine=engine).table for engine in ENGINES]

    assert tables[0].equals(tables[1])
    sample = sba_rows.with_row_index().gather_every(23)
    for index, *values in sample.select("index", *names).iter_rows():
        wanted = _answer(policy, dict(zip(names, values, strict=True)), FIRST)
        assert _rows(policy, tables[0][index]) == [wanted]
