"""A whole policy on Spark gives the table that DuckDB gives, in the same order."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from msgspec import to_builtins

import goodstanding
from bench import forms
from bench.history import hundred_history
from bench.hundred import rulebook
from goodstanding.credit.history import sba_history
from goodstanding.language import spark_absent
from goodstanding.language.spark_absent import SparkAbsent
from goodstanding.policies.engine import Policy, load_policy, read_policy
from goodstanding.policies.engine import spark_run as spark
from goodstanding.policies.engine.backtest import Cancelled, History, backtest
from goodstanding.policies.engine.batch import Batch
from goodstanding.policies.engine.spark_run import SparkFailed
from goodstanding.policies.engine.table import evaluate_batches
from tests.rooms.policies.texts import TRADE_UK

UNDERWRITING = Path(goodstanding.__file__).parent / "credit" / "policies" / "sba_underwriting.yaml"
RECORDS = 20_000
OPENED = datetime(2025, 5, 20, 23, 30, tzinfo=UTC).replace(tzinfo=None)
# What enters Spark otherwise than the other engines: texts, DOUBLE, instants, days.
MORE = TRADE_UK.replace(
    "\n\nrules:",
    """
  name: {type: TEXT, label: trading name, max_length: 5}
  share: {type: DOUBLE, label: share}
  opened: {type: TIMESTAMP, label: opening of the account}

rules:
  - {id: R5, label: Named, when: "name = 'Café'", effect: refer, reason: VAT, on_missing: ignore}
  - {id: R6, label: Share, when: "share < 0.5", effect: refer, reason: VAT, on_missing: ignore}
  - id: R7
    label: Young account
    when: opened > as_of OR as_of_date > DATE '2025-07-01'
    effect: refer
    reason: VAT
    on_missing: refer
""",
    1,
)


@pytest.fixture
def with_spark() -> None:
    pytest.importorskip("pyspark", reason="Spark is an extra")
    try:
        spark_absent.require_spark()
    except SparkAbsent as refusal:
        pytest.skip(str(refusal))


def orders(count: int) -> pl.DataFrame:
    """Texts, days and instants in a zone to keep; edges and gaps to decide."""
    return pl.DataFrame(
        {
            "key": [f"o{at}" for at in range(count)],
            "day": [date(2025, 1, 1) + timedelta(days=at % 400) for at in range(count)],
            "seen": [datetime(2025, 7, 1, at % 24, tzinfo=UTC) for at in range(count)],
            "dpd_max": [(None, 0, 30, 31)[at % 4] for at in range(count)],
            "vat_ok": [(None, True, False)[at % 3] for at in range(count)],
            "utilisation": [
                (None, Decimal("0.94"), Decimal("0.95"))[at % 3] for at in range(count)
            ],
            "amount": [(Decimal("1000.00"), Decimal("1000.01"))[at % 2] for at in range(count)],
            "tenure_months": [(None, 5, 6)[at % 7 % 3] for at in range(count)],
            "bad": [at % 5 == 0 for at in range(count)],
            "name": [(None, "Café", "Cafés & more", "Bar")[at % 4] for at in range(count)],
            "share": [(0.25, -0.0, math.nan, math.inf, None)[at % 5] for at in range(count)],
            "opened": [OPENED + timedelta(hours=at % 900) for at in range(count)],
        },
        schema_overrides={
            "amount": pl.Decimal(14, 2),
            "utilisation": pl.Decimal(5, 2),
            "seen": pl.Datetime("us", "UTC"),
        },
    )


def alike(policy: Policy, source: Any, **arguments: Any) -> bool:
    tables = [
        policy.evaluate_table(source, engine=engine, **arguments).table
        for engine in ("duckdb", "spark")
    ]
    return (
        tables[0].height > 0
        and tables[0].schema == tables[1].schema
        and tables[0].equals(tables[1])
    )


@pytest.mark.slow
def test_a_wide_policy_answers_alike_with_masks_and_points(with_spark: None, tmp_path: Path):
    policy = read_policy(forms.policy_text(rulebook()))

    assert alike(policy, hundred_history(RECORDS, folder=tmp_path))


@pytest.mark.slow
def test_files_are_answered_in_their_order_with_the_columns_to_keep(
    with_spark: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(spark, "PART_BYTES", 2**14)  # parts of several files come out of order
    rows = orders(6_000)
    for number, start in enumerate((0, 100, 4_000)):
        end = (100, 4_000, 6_000)[number]
        rows[start:end].write_parquet(tmp_path / f"{number}.parquet", row_group_size=1_000)

    assert alike(read_policy(MORE), tmp_path, keep=("key", "day", "bad"), as_of="seen")


@pytest.mark.slow
def test_a_backtest_on_spark_finds_what_duckdb_finds(with_spark: None):
    policy = load_policy(UNDERWRITING)
    moved = policy.with_constants({"approve_from": "582"})
    history = History(
        source=sba_history().gather_every(7).lazy(), as_of="approved_on", key="key", label="bad",
        amount="requested_amount", loss="written_off", currency="USD",
    )  # fmt: skip

    flips: dict[str, list[pl.DataFrame]] = {"duckdb": [], "spark": []}
    results = {
        engine: backtest(moved, history, against=policy, engine=engine, keep_flips=kept.append)
        for engine, kept in flips.items()
    }

    assert results["spark"].engine == "spark"
    assert _exact(to_builtins(results["spark"])) == _exact(to_builtins(results["duckdb"]))
    assert pl.concat(flips["spark"]).equals(pl.concat(flips["duckdb"]))


def _exact(value: Any) -> Any:
    """A result without its engine; sums of chances to twelve digits, as batches differ in size."""
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items() if key != "engine"}
    return [_exact(item) for item in value] if isinstance(value, list | tuple) else value


@pytest.mark.slow
def test_a_backtest_on_spark_stops_before_its_first_part(with_spark: None):
    history = History(source=orders(100), key="key")

    with pytest.raises(Cancelled):
        backtest(read_policy(TRADE_UK), history, engine="spark", is_cancelled=lambda: True)


def test_spark_without_its_extra_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spark_absent, "find_spec", lambda _: None)

    with pytest.raises(SparkAbsent, match="PySpark is not installed"):
        read_policy(TRADE_UK).evaluate_table(orders(3), engine="spark")


def test_spark_without_java_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(spark_absent, "find_spec", lambda _: object())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    with pytest.raises(SparkAbsent, match="no Java"):
        spark_absent.require_spark()


def test_a_spark_that_ends_without_an_answer_says_its_last_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spark, "require_spark", lambda: None)
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    monkeypatch.setenv("SPARK_HOME", "/nowhere")

    with pytest.raises(SparkFailed):
        list(_batches(read_policy(TRADE_UK)))


def test_texts_outside_of_the_normal_form_are_put_into_it_before(tmp_path: Path):
    policy, rows = read_policy(MORE), orders(8).with_columns(name=pl.lit("Cafe\u0301"))
    batch = Batch(as_of="seen", keep=("key",), columns={"name": "name", "amount": "amount"})
    source = spark.SparkSource(rows.lazy(), dict(rows.schema), ["x"], None, rows.clear())

    (file,) = spark._staged(policy.plan, batch, source, tmp_path / "staged")

    assert spark._needs_staging(policy.plan, batch, source)
    assert pl.read_parquet(file)["name"].to_list() == ["Caf\u00e9"] * 8
    composed = rows.with_columns(name=pl.lit("Caf\u00e9"))
    assert not spark._needs_staging(policy.plan, batch, replace(source, frame=composed.lazy()))


def _batches(policy: Policy) -> Iterator[pl.DataFrame]:
    return evaluate_batches(policy.plan, orders(3), Batch(), engine="spark")
