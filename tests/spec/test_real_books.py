"""Two policies replayed over each real book: known answers, swap sets, one answer on all engines.

The data may not be shipped and stands beside the project; where it is absent the tests skip.
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

import goodstanding
from goodstanding.policies.engine import Policy
from goodstanding.policies.engine.backtest import History, backtest
from goodstanding.policies.engine.backtest_figures import BacktestResult, Evidence, Tally
from goodstanding.policies.engine.batch import Engine
from goodstanding.scoring.training.recipe import load_recipe
from goodstanding.scoring.training.source import read_source
from tests.shared import shared_data

BOOKS = Path(__file__).parent / "books"
DESK = Path(goodstanding.__file__).parent / "credit"
ENGINES: tuple[Engine, ...] = ("polars", "duckdb")
PYTHON_ROWS = 400


def loaded(name: str) -> Policy:
    return Policy.load(BOOKS / f"{name}.yaml")


def replayed(policy: Policy, against: Policy, history: History) -> BacktestResult:
    """The backtest, the same on both engines, and row by row in Python on a sample."""
    found = [backtest(policy, history, against=against, engine=engine) for engine in ENGINES]
    one, other = [[(group.name, exact(group.tally)) for group in each.outcomes] for each in found]
    assert one == other
    assert found[0].rules == found[1].rules
    assert swaps(found[0]) == swaps(found[1])
    assert isinstance(history.source, pl.DataFrame)
    rows = history.source.gather_every(max(1, history.source.height // PYTHON_ROWS))
    for each in (policy, against):
        tables = [each.evaluate_table(rows, engine=engine) for engine in ENGINES]
        assert tables[0].table.equals(tables[1].table)
        names = [item.name for item in each.plan.inputs if item.name in rows.columns]
        alone = [each.evaluate(record) for record in rows.select(names).iter_rows(named=True)]
        outcomes = tables[0].table.get_column("outcome").cast(pl.String).to_list()
        assert outcomes == [one.outcome.value for one in alone]
        truths = [tuple(rule.truth.value for rule in one.rules) for one in alone]
        assert tables[0].rules().rows() == truths
    return found[0]


def exact(tally: Tally) -> tuple[object, ...]:
    """What is counted exactly; sums of squares depend on their order in the last bit."""
    return tally.n, tally.amount, tally.labelled, tally.bads, tally.loss


def truths(result: BacktestResult) -> dict[str, tuple[int, int, int]]:
    return {rule.id: (rule.true, rule.false, rule.unknown) for rule in result.rules}


def swaps(result: BacktestResult) -> Mapping[str, tuple[int, int]]:
    """Cases and bads: approved before and not after, the other way round, and in both."""
    compared = result.comparison
    assert compared is not None
    parts = {"out": compared.swap_out, "in": compared.swap_in, "kept": compared.kept_in}
    return {name: (tally.n, tally.bads) for name, tally in parts.items()}


@pytest.fixture(scope="module")
def lending_club() -> pl.DataFrame:
    folder = shared_data("lending_club_2007_2011")
    whole = pl.col("inq_last_6mths", "pub_rec", "open_acc").cast(pl.Int64)
    return (
        pl.read_parquet(folder / "lending_club_2007_2011.parquet")
        .with_columns(whole)
        .select(
            pl.col("loan_id"),
            pl.col("loan_amnt").cast(pl.Int64),
            pl.col("loan_status"),
            pl.col("inq_last_6mths").alias("inquiries"),
            pl.col("pub_rec").alias("public_records"),
            pl.col("open_acc").alias("open_accounts"),
            pl.col("annual_inc").cast(pl.Decimal(12, 2)).alias("income"),
            pl.col("revol_util").cast(pl.Decimal(9, 4)).alias("utilisation"),
            pl.col("loan_status").str.ends_with("Charged Off").cast(pl.Int64).alias("bad"),
            (pl.col("funded_amnt") - pl.col("total_rec_prncp") - pl.col("recoveries"))
            .clip(lower_bound=0)
            .cast(pl.Decimal(14, 2))
            .alias("lost"),
        )
    )


def test_the_lenders_own_mark_finds_27_7_against_14_3_percent(lending_club: pl.DataFrame):
    history = History(
        lending_club, key="loan_id", label="bad", amount="loan_amnt", loss="lost",
        currency="USD", everybody_was_approved=True,
    )  # fmt: skip

    found = replayed(loaded("lending_club_challenger"), loaded("lending_club"), history)
    marked = backtest(loaded("lending_club"), history)

    outside, inside = marked.outcome("decline"), marked.outcome("approve")
    assert (outside.n, outside.bads) == (2_749, 761)
    assert (inside.n, inside.bads) == (39_786, 5_670)
    assert round(100 * outside.bads / outside.n, 1) == 27.7
    assert round(100 * inside.bads / inside.n, 1) == 14.3
    assert marked.evidence is Evidence.OBSERVED
    assert truths(found)["INQUIRIES"] == (2_433, 40_073, 29)
    inquiries = found.rules[0].bad_rate
    assert inquiries.low < 657 / 2_433 < inquiries.high
    assert swaps(found) == _swaps_by_hand(lending_club)


def _swaps_by_hand(book: pl.DataFrame) -> Mapping[str, tuple[int, int]]:
    """The same swap set, written once more without our language."""
    before = ~pl.col("loan_status").str.starts_with("Does not meet the credit policy")
    share = pl.col("loan_amnt") / pl.col("income").cast(pl.Float64)
    poor = ((pl.col("public_records") > 0) & (share > 0.25005)).fill_null(
        pl.col("public_records").is_null() | ((pl.col("public_records") > 0) & share.is_null())
    )
    after = (
        (pl.col("inquiries") <= 3).fill_null(value=False)
        & ~poor
        & ~(pl.col("utilisation") > pl.lit("0.9").cast(pl.Decimal(9, 4))).fill_null(value=False)
        & ~(pl.col("open_accounts") < 3).fill_null(value=False)
    )
    return {
        name: book.filter(which).select(pl.len(), pl.col("bad").sum()).row(0)
        for name, which in {
            "out": before & ~after,
            "in": ~before & after,
            "kept": before & after,
        }.items()
    }


def test_the_guides_counts_on_150_000_borrowers():
    path = shared_data("consumer_credit/give_me_some_credit_150000.parquet")
    book = pl.read_parquet(path).select(
        pl.col("MonthlyIncome").cast(pl.Int64).alias("income"),
        pl.col("NumberOfTimes90DaysLate").alias("dlq90"),
        pl.col("NumberOfDependents").cast(pl.Int64).alias("deps"),
        pl.col("NumberOfOpenCreditLinesAndLoans").alias("lines"),
        pl.col("RevolvingUtilizationOfUnsecuredLines").alias("utilisation"),
        pl.col("SeriousDlqin2yrs").alias("bad"),
    )
    history = History(book, label="bad")

    champion = replayed(
        loaded("give_me_some_credit"), loaded("give_me_some_credit_challenger"), history
    )
    challenger = backtest(
        loaded("give_me_some_credit_challenger"), history, against=loaded("give_me_some_credit")
    )

    assert truths(champion) | {"LATE": ()} == {
        "SOUND": (64_533, 57_349, 28_118),
        "FAMILY": (32_858, 113_218, 3_924),
        "EASY": (128_007, 13_708, 8_285),
        "LATE": (),
    }
    assert challenger.evidence is Evidence.SELECTED
    before = pl.col("dlq90") == 0
    once = (pl.col("dlq90") == 1) & (pl.col("income") >= 5000).fill_null(value=False)
    after = ((pl.col("dlq90") == 0) | once) & (pl.col("utilisation") < 0.95)
    for name, which in {"out": before & ~after, "in": ~before & after}.items():
        by_hand = book.filter(which).select(pl.len(), pl.col("bad").sum()).row(0)
        assert swaps(challenger)[name] == by_hand


def test_a_higher_line_over_the_sba_book_refers_and_approves_nobody_new():
    _, source = load_recipe(DESK / "models" / "sba_gbm.recipe.yaml")
    book = read_source(source=source, folder=shared_data("sba_loans")).gather_every(4)
    policy = Policy.load(DESK / "policies" / "sba_underwriting.yaml")
    stricter = policy.with_constants({"approve_from": "582"})
    history = History(
        book, key="key", label="bad", amount="requested_amount", currency="USD",
        everybody_was_approved=True,
    )  # fmt: skip

    found = replayed(stricter, policy, history)

    moved = swaps(found)
    score = policy.evaluate_table(book).table
    approved = (score["outcome"].cast(pl.String) == "approve") & (score["score"] < 582)
    assert moved["out"] == (approved.sum(), book.filter(approved)["bad"].sum())
    assert moved["out"][0] > 100
    assert moved["in"] == (0, 0)
    assert found.evidence is Evidence.OBSERVED
    assert {move.after for move in found.comparison.moves if move.before != move.after} == {"refer"}
