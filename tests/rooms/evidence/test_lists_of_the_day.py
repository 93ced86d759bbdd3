"""A backtest reads the list that was in force at each case, as the live path did then."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from goodstanding.decisions.deciding import decide_one
from goodstanding.evidence import operations, queries
from goodstanding.evidence.datasets import Dataset, Window, register_dataset
from goodstanding.evidence.types import BacktestRequest, ListsRead
from goodstanding.language import spark_absent as spark
from goodstanding.policies import operations as policies
from goodstanding.policies.engine import read_policy
from goodstanding.policies.engine.backtest import History, backtest
from goodstanding.policies.engine.backtest_lists import ListsNeedDays
from goodstanding.policies.engine.dated_lists import ListPeriod, in_force
from goodstanding.policies.queries import kept_list, list_histories, withdrawn_lists
from tests.instants import NOON
from tests.rooms.decisions.in_force import approval_of, in_force_of
from tests.rooms.decisions.requests import a_question, a_request
from tests.rooms.evidence.test_backtests import history
from tests.rooms.policies.conftest import desk
from tests.rooms.policies.test_lists import KEPT

__all__ = ["desk", "history"]
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
TODAY = NOON.replace(hour=0, minute=0, second=0, microsecond=0)
TEN, NINE = timedelta(hours=10), timedelta(hours=9)
# version, values, first day, last day, approved, withdrawn
VERSIONS = (
    ("2026-09", ["A"], -40, -20, -41 * DAY, None),
    ("2026-10", ["A", "B"], -15, None, -12 * DAY + TEN, None),
    ("2026-11", ["B"], -5, None, -6 * DAY, NINE - DAY),
)
MOMENTS = (
    (-41 * DAY, None),  # before its first day
    (-40 * DAY, "2026-09"),
    (-19 * DAY - TICK, "2026-09"),  # the last day is one of its days
    (-19 * DAY, None),
    (-12 * DAY + TEN - TICK, None),  # begun, and nobody had approved it
    (-12 * DAY + TEN, "2026-10"),
    (-5 * DAY - TICK, "2026-10"),
    (-5 * DAY, "2026-11"),  # the later one of two
    (NINE - DAY - TICK, "2026-11"),
    (NINE - DAY, "2026-10"),  # withdrawn: the one before holds again
)
BANKS = ("A", "B", "C", None)
GIVEN = {"amount": "5.00", "dpd_max": 0, "vat_ok": True, "utilisation": "0.10"}


@pytest.fixture
def listed(desk):
    for version, values, first, last, approved, withdrawn in VERSIONS:
        begins = (TODAY + first * DAY).date()
        ends = None if last is None else (TODAY + last * DAY).date()
        named = {"name": "sanctioned_banks", "version": version, "reason": "Council list"}
        policies.add_list_version(
            **named, values=values, valid_from=begins, expires_on=ends, by=desk.author,
            at=TODAY + approved,
        )  # fmt: skip
        policies.approve_list_version(**named, by=desk.approver, at=TODAY + approved)
        if withdrawn is not None:
            policies.withdraw_list_version(**named, by=desk.manager, at=TODAY + withdrawn)
    return desk


def cases() -> pl.DataFrame:
    moments = [TODAY + moment for moment, _ in MOMENTS for _ in BANKS]
    return pl.DataFrame(
        {
            "key": [str(at) for at in range(len(moments))],
            "decided_at": moments,
            "bank": list(BANKS) * len(MOMENTS),
            "amount": [Decimal("5.00")] * len(moments),
            "dpd_max": [0] * len(moments),
            "vat_ok": [True] * len(moments),
            "tenure_months": [24] * len(moments),
            "utilisation": [Decimal("0.10")] * len(moments),
        },
        schema_overrides={"amount": pl.Decimal(14, 2), "utilisation": pl.Decimal(5, 2)},
    )


def live(moment: datetime, version: str | None, bank: str | None) -> str | None:
    """What the live path says then of a policy that pins the version; None: the gate answered."""
    text = KEPT.replace("2026-11", version or "2026-09")
    permit = replace(approval_of(expires_at=NOON + 60 * DAY), valid_from=TODAY - 100 * DAY)
    deciding = replace(
        in_force_of(text, permit=permit, lists=kept_list),
        withdrawn_lists=withdrawn_lists(at=moment),
    )
    inputs = GIVEN | {"bank": bank}
    decided = decide_one(
        question=a_question(a_request(as_of=moment, **inputs), at=moment), in_force=deciding
    )
    return decided.row.outcome if decided.row.gate_state == "current" else None


def backtested(engine: str, source: pl.DataFrame, **changes) -> tuple[pl.DataFrame, object]:
    kept: list[pl.DataFrame] = []
    given = {"as_of": "decided_at", "key": "key", "lists": list_histories(at=NOON)}
    found = backtest(
        read_policy(KEPT, lists=kept_list), History(source=source, **(given | changes)),
        engine=engine, keep_records=kept.append,
    )  # fmt: skip
    return pl.concat(kept), found


@pytest.mark.parametrize(
    "engine", ["polars", "duckdb", pytest.param("spark", marks=pytest.mark.slow)]
)
def test_each_case_is_answered_as_the_live_path_answered_then(listed, engine: str):
    if engine == "spark":
        pytest.importorskip("pyspark", reason="Spark is an extra")
        spark.require_spark()
    wanted = [live(TODAY + moment, version, bank) for moment, version in MOMENTS for bank in BANKS]

    records, result = backtested(engine, cases())

    assert records["outcome"].to_list() == wanted
    assert {"approve", "decline", None} == set(wanted)
    assert records["key"].to_list() == cases()["key"].to_list()
    assert result.skipped == {"list:sanctioned_banks": 12}
    assert [(use.version, use.cases) for use in result.lists] == [
        ("2026-09", 8), ("2026-10", 8), ("2026-11", 8), ("2026-10", 4),
    ]  # fmt: skip
    assert result.has_lists_of_the_day


def test_a_day_stands_for_its_first_instant(listed):
    table = cases().with_columns(pl.col("decided_at").dt.date())
    wanted = [
        live(datetime.combine((TODAY + moment).date(), NOON.min.time(), UTC), version, bank)
        for moment, version in (
            (-41 * DAY, None), (-40 * DAY, "2026-09"), (-20 * DAY, "2026-09"), (-19 * DAY, None),
            (-12 * DAY, None), (-12 * DAY, None), (-6 * DAY, "2026-10"), (-5 * DAY, "2026-11"),
            (-1 * DAY, "2026-11"), (-1 * DAY, "2026-11"),
        )
        for bank in BANKS
    ]  # fmt: skip

    for engine in ("polars", "duckdb"):
        records, _ = backtested(engine, table)
        assert records["outcome"].to_list() == wanted


def test_a_case_without_its_moment_is_skipped_and_one_moment_may_stand_for_all(listed):
    nowhere = cases().with_columns(pl.lit(None).cast(pl.Datetime("us", "UTC")).alias("decided_at"))

    assert backtested("polars", nowhere)[1].decided == 0
    records, result = backtested("duckdb", cases(), as_of=TODAY - 4 * DAY)
    assert records["outcome"].to_list() == ["approve", "decline", "approve", "approve"] * 10
    assert [(use.version, use.cases) for use in result.lists] == [("2026-11", 40)]


def test_without_days_lists_of_the_day_are_refused(listed):
    with pytest.raises(ListsNeedDays, match="does not say when that is"):
        backtested("polars", cases(), as_of=None)


def test_a_list_that_was_never_in_force_skips_every_case(listed):
    records, result = backtested("polars", cases(), lists={})

    assert (result.decided, result.lists) == (0, ())
    assert records["outcome"].null_count() == records.height


def test_what_is_asked_for_is_kept_and_a_pinned_list_is_read_for_every_case(listed, history):
    version = listed.publish(KEPT)
    table = cases()
    register_dataset(
        replace(
            history, make=lambda: table, as_of="decided_at", label=None, amount=None, loss=None,
            windows=(Window("all", "All", date(2020, 1, 1), date(2030, 1, 1)),), version="2",
        )
    )  # fmt: skip
    assert isinstance(history, Dataset)

    def run(lists: ListsRead):
        request = BacktestRequest(
            text_hash=version.text_hash, dataset="orders", window="all", constants={}, lists=lists
        )
        run_id = operations.keep_request(request=request, by=listed.author, at=NOON)
        operations.run_backtest(run_id=run_id, clock=lambda: NOON)
        view = queries.backtest_view(run_id=run_id)
        assert view.result is not None, view.summary.message
        return view

    dated, pinned = run(ListsRead.OF_THE_DAY), run(ListsRead.PINNED)

    assert (dated.summary.lists, pinned.summary.lists) == (ListsRead.OF_THE_DAY, ListsRead.PINNED)
    assert (dated.result.decided, pinned.result.decided) == (28, 40)
    assert [(use.version, use.cases, use.start) for use in pinned.result.lists] == [
        ("2026-11", 40, None)
    ]
    assert not pinned.result.has_lists_of_the_day


def test_of_versions_that_overlap_the_last_named_is_in_force():
    def period(version, start, end):
        ends = None if end is None else TODAY + end * DAY
        return ListPeriod(version, (version,), TODAY + start * DAY, ends)

    found = in_force([period("a", 0, None), period("b", 2, 4), period("c", 3, 5)])

    assert [(each.version, each.start, each.end) for each in found] == [
        ("a", TODAY, TODAY + 2 * DAY),
        ("b", TODAY + 2 * DAY, TODAY + 3 * DAY),
        ("c", TODAY + 3 * DAY, TODAY + 5 * DAY),
        ("a", TODAY + 5 * DAY, None),
    ]
