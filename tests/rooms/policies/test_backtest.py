"""What a policy would have decided over history, and what moving a cut-off changes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from scipy import stats

from goodstanding.policies.engine import read_policy
from goodstanding.policies.engine.backtest import (
    Cancelled,
    CellOfHistory,
    ColumnOfHistory,
    History,
    backtest,
)
from goodstanding.policies.engine.backtest_figures import (
    BacktestResult,
    Evidence,
    Tally,
    loss_interval,
)
from goodstanding.policies.engine.batch import ColumnMissing, ColumnOfWrongType, ValueUnknown
from goodstanding.policies.engine.table import SourceAbsent
from tests.rooms.policies.texts import CARD, TRADE_UK

ROWS = pl.DataFrame(
    {
        "key": ["a", "b", "c", "d", "e", "f"],
        "day": [date(2025, 1, at) for at in range(1, 7)],
        "dpd_max": [0, 45, None, 31, 0, 0],
        "vat_ok": [True, True, True, True, False, True],
        "utilisation": [Decimal("0.10"), None, None, Decimal("0.99"), None, Decimal("0.10")],
        "amount": [Decimal("100.00"), Decimal("200.00"), Decimal("300.00"), Decimal("2000.00"),
                   Decimal("500.00"), None],
        "tenure_months": [24, 24, 24, 24, None, 24],
        "bad": [0, 1, 0, 1, None, 0],
        "lost": [Decimal(0), Decimal("150.00"), Decimal(0), Decimal("900.00"), None, Decimal(0)],
    },
    schema_overrides={"utilisation": pl.Decimal(5, 2), "amount": pl.Decimal(14, 2)},
)  # fmt: skip
HISTORY = History(
    source=ROWS,
    as_of="day",
    key="key",
    label="bad",
    amount="amount",
    loss="lost",
    currency="GBP",
    everybody_was_approved=True,
)


@pytest.fixture(scope="module")
def policy():
    return read_policy(TRADE_UK)


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_outcomes_rules_money_and_labels_are_counted(policy, engine):
    result = backtest(policy, HISTORY, engine=engine)

    assert (result.rows, result.decided, result.skipped) == (6, 5, {"amount": 1})
    assert {group.name: group.tally.n for group in result.outcomes} == {
        "approve": 1,
        "refer": 2,
        "decline": 2,
    }
    declined = result.outcome("decline")
    assert (declined.amount, declined.labelled, declined.bads) == (Decimal("2200.00"), 2, 2)
    assert declined.loss == Decimal("1050.00")
    rules = {rule.id: (rule.true, rule.false, rule.unknown) for rule in result.rules}
    assert rules == {"R1": (2, 2, 1), "R2": (1, 4, 0), "R3": (1, 4, 0), "R4": (1, 4, 0)}
    assert (result.first, result.last) == (date(2025, 1, 1), date(2025, 1, 6))
    assert result.evidence is Evidence.OBSERVED


def test_a_label_that_is_not_known_yet_is_neither_good_nor_bad(policy):
    referred = backtest(policy, HISTORY).outcome("refer")

    assert (referred.n, referred.labelled, referred.bads) == (2, 1, 0)


def test_moving_a_constant_flips_cases_and_keeps_them():
    card = read_policy(CARD.replace("REFERENCE", "max"))
    rows = pl.DataFrame(
        {"tenure_months": [12, 40, None], "dpd_max_12m": [0, 0, 90], "bad": [1, 0, 1]}
    )
    history = History(source=rows, label="bad", everybody_was_approved=True)
    flips: list[pl.DataFrame] = []

    result = backtest(
        card.with_constants({"cut_off": "600"}), history, against=card, keep_flips=flips.append
    )

    comparison = result.comparison
    assert comparison is not None
    moves = {(move.before, move.after): move.tally.n for move in comparison.moves}
    assert moves == {("refer", "refer"): 1, ("approve", "refer"): 1, ("decline", "decline"): 1}
    assert pl.concat(flips).height == comparison.flips
    (change,) = comparison.constants
    assert (change.name, change.before, change.after) == ("cut_off", "560", "600")


def test_a_result_survives_its_journey_as_json(policy):
    result = backtest(policy, HISTORY, against=policy)

    assert BacktestResult.from_json(result.to_json()) == result


def test_without_labels_nothing_is_said_about_losses(policy):
    result = backtest(policy, History(source=ROWS.drop("bad", "lost"), amount="amount"))

    assert result.evidence is Evidence.NONE
    assert result.outcome("approve").bad_rate.value is None


def test_an_empty_history_has_a_result(policy):
    result = backtest(policy, History(source=ROWS.head(0), as_of="day", label="bad"))

    assert (result.rows, result.outcomes, result.approval_rate) == (0, (), None)


def test_it_stops_when_asked_to(policy):
    with pytest.raises(Cancelled):
        backtest(policy, HISTORY, is_cancelled=lambda: True)


@pytest.mark.parametrize(
    ("rows", "refusal"),
    [
        (ROWS.drop("amount"), ColumnMissing),
        (ROWS.with_columns(pl.col("amount").cast(pl.Float64)), ColumnOfWrongType),
        (ROWS.with_columns(pl.col("amount").cast(pl.Decimal(14, 4))), ColumnOfWrongType),
        (ROWS.with_columns(pl.col("vat_ok").cast(pl.Int8)), ColumnOfWrongType),
    ],
)
def test_a_table_of_other_columns_or_types_is_refused(policy, rows, refusal):
    with pytest.raises(refusal):
        policy.evaluate_table(rows)


def test_what_is_not_there_is_named(policy, tmp_path):
    with pytest.raises(SourceAbsent):
        policy.evaluate_table(tmp_path / "none.parquet")
    with pytest.raises(ValueUnknown):
        policy.evaluate_table(ROWS, values=["score"])
    with pytest.raises(ColumnOfHistory):
        backtest(policy, History(source=ROWS, label="default"))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"bad": pl.lit("bad")}, "named as the label and holds 'bad'; a label is 1 for bad"),
        ({"bad": pl.lit(7)}, "holds 7; a label is"),
        ({"bad": pl.lit(0.5)}, "holds 0.5; a label is"),
        ({"lost": pl.lit("44")}, "named as the loss and holds String; a loss is a number"),
        ({"amount": pl.lit(Decimal("1.00")), "lost": pl.lit(date(2025, 1, 1))}, "holds Date"),
    ],
)
def test_a_column_that_cannot_be_what_it_is_named_as_is_refused(policy, changed, says):
    with pytest.raises(CellOfHistory, match=says):
        backtest(policy, replace(HISTORY, source=ROWS.with_columns(**changed)))


def test_labels_may_be_booleans_or_decimals(policy):
    wanted = backtest(policy, HISTORY)

    for of in (pl.Boolean(), pl.Decimal(3, 1), pl.Float64()):
        rows = ROWS.with_columns(pl.col("bad").cast(of))
        assert backtest(policy, replace(HISTORY, source=rows)).outcomes == wanted.outcomes


def test_a_value_outside_of_the_boundary_is_missing_in_batch_as_well(policy):
    rows = ROWS.with_columns(pl.lit(2**63, dtype=pl.UInt64).alias("dpd_max"))

    for engine in ("polars", "duckdb"):
        table = policy.evaluate_table(rows, engine=engine).table
        assert [mask & 1 for mask in table["unknown_0"].to_list()[:5]] == [1] * 5


@pytest.mark.parametrize("count", [1, 5, 60])
def test_the_interval_of_equal_losses_is_that_of_their_count(count):
    low, high = loss_interval(total=100.0 * count, squares=1e4 * count, largest=100.0)

    assert low == pytest.approx(100 * stats.chi2.ppf(0.025, 2 * count) / 2)
    assert high == pytest.approx(100 * stats.chi2.ppf(0.975, 2 * (count + 1)) / 2)


def test_no_loss_has_no_interval():
    assert Tally().loss_ends == (0.0, 0.0)
