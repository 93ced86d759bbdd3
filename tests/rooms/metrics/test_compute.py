"""A metric's number and its rows come from one query; its interval from a published formula."""

from dataclasses import replace
from datetime import UTC, date, datetime

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.metrics.catalogue import catalogue, read_metric
from goodstanding.metrics.compute import (
    MetricQueryWrong,
    compute_metric,
    metric_rows,
    signal_of,
)
from goodstanding.metrics.errors import MetricFileRefused
from goodstanding.metrics.measures import Group, chance_of, estimate
from goodstanding.metrics.tables import lake_tables
from goodstanding.metrics.types import Measure, MetricDefinition, Point, Signal

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
HEADER = """-- title: Bad rate
-- question: How many went bad?
-- version: 1
-- owner: Credit risk manager
-- unit: ratio
-- measure: {measure}
-- grain: loan
-- direction: {direction}
-- watch: 0.1
-- act: 0.2
-- maturity: as marked
-- source: test
-- reads: loan
{extra}
"""
ROWS = """select 'loan' as object_kind, id::varchar as object_id, day as period, 'all' as segment,
    numerator, denominator, mature from loan where recorded_at <= :known_at"""


def _metric(
    measure: str = "proportion", *, direction: str = "down", extra: str = "-- pair: other"
) -> MetricDefinition:
    header = HEADER.format(measure=measure, direction=direction, extra=extra)
    return read_metric(header + ROWS, name="bad_rate", desk="credit")


@pytest.fixture
def lake() -> duckdb.DuckDBPyConnection:
    """Sixty loans: three bad, ten not mature, one recorded too late to be known."""
    connection = duckdb.connect()
    connection.execute(
        "create table loan as select range as id, date '2026-01-01' as day,"
        " (range < 3)::integer as numerator, 1 as denominator, range < 60 as mature,"
        " timestamptz '2026-01-02 00:00:00Z' as recorded_at from range(70)"
    )
    connection.execute(
        "insert into loan values (99, '2026-01-01', 1, 1, true, '2027-01-01 00:00:00Z')"
    )
    return connection


def test_a_proportion_has_wilsons_interval_and_says_what_is_not_known(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    (point,) = compute_metric(_metric(), lake, as_of=NOON, known_at=NOON).points

    assert point.value == pytest.approx(3 / 60)
    assert (point.low, point.high) == (
        pytest.approx(0.017, abs=5e-4),
        pytest.approx(0.137, abs=5e-4),
    )
    assert (point.n, point.immature, point.provisional) == (60, 10, True)


def test_the_rows_under_a_number_add_up_to_it(lake: duckdb.DuckDBPyConnection) -> None:
    metric = _metric()
    (point,) = compute_metric(metric, lake, as_of=NOON, known_at=NOON).points

    total, rows = metric_rows(
        metric, lake, as_of=NOON, known_at=NOON, period=date(2026, 1, 1), segment="all"
    )
    known = [row for row in rows if row.mature]

    assert total == len(rows) == 70
    assert len(known) == point.n
    assert sum(row.numerator or 0 for row in known) / len(known) == point.value


def test_rows_come_page_by_page(lake: duckdb.DuckDBPyConnection) -> None:
    total, rows = metric_rows(_metric(), lake, as_of=NOON, known_at=NOON, limit=20, offset=60)

    assert (total, len(rows)) == (70, 10)


@pytest.mark.parametrize(
    ("measure", "numerator", "denominator", "expected"),
    [
        ("ratio", [10, 20, 30], [100, 100, 100], 0.2),
        ("count", [1, 1, 1], [1, 1, 1], 3.0),
        ("least", [40, 12.5, 90], [1, 1, 1], 12.5),
        ("median", [1, 2, 3, 4, 5], [1, 1, 1, 0, 0], 3.0),
        ("calibration", [1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5], 1.0),
        (
            "incidence",
            [12, 20, 20, 35, 40, 50, 60, 75, 90, 90],
            [1, 0, 2, 1, 0, 1, 2, 0, 0, 0],
            0.35143,
        ),
    ],
)
def test_each_measure_on_a_known_answer(
    measure: str, numerator: list[float], denominator: list[float], expected: float
) -> None:
    metric = _metric(measure, extra="-- horizon_days: 90")
    group = Group(np.array(numerator, float), np.array(denominator, float), np.array([]))

    value, low, high = estimate(metric, group)

    assert value == pytest.approx(expected, abs=5e-6)
    assert low is None or low <= expected
    assert high is None or high >= expected


def test_the_stability_index_of_the_guide() -> None:
    first = np.repeat([1.0, 2.0, 3.0, 4.0], [25, 25, 25, 25])
    now = np.repeat([1.0, 2.0, 3.0, 4.0], [10, 20, 30, 40])

    value, _, _ = estimate(_metric("psi"), Group(now, np.ones_like(now), first))

    assert value == pytest.approx(0.2282174, abs=1e-7)


def test_gini_is_unknown_under_thirty_bads() -> None:
    scores, bad = np.arange(100.0), (np.arange(100) < 29).astype(float)

    assert estimate(_metric("gini"), Group(scores, bad, scores)) == (None, None, None)


def test_nothing_mature_has_no_value() -> None:
    empty = np.array([])

    for measure in Measure:
        assert estimate(_metric(measure.value), Group(empty, empty, empty))[0] is None


@pytest.mark.parametrize(
    ("direction", "value", "signal"),
    [
        ("down", 0.05, Signal.GOOD),
        ("down", 0.1, Signal.WATCH),
        ("down", 0.25, Signal.ACT),
        ("up", 0.05, Signal.ACT),
        ("down", None, Signal.NONE),
    ],
)
def test_thresholds_ask_for_attention(direction: str, value: float | None, signal: Signal) -> None:
    assert signal_of(_metric(direction=direction), _point(value)) is signal


def test_few_rows_ask_for_nothing() -> None:
    assert signal_of(_metric(), _point(0.9, n=9)) is Signal.NONE
    assert signal_of(_metric("count"), _point(0.9, n=1)) is Signal.ACT


def test_a_shift_that_chance_explains_asks_for_nothing() -> None:
    """Ten bins of 100 rows: .1437501 passes 0.10, but chance alone passes .3383796."""
    first = np.repeat(np.arange(10.0), 10)
    now = np.repeat(np.arange(10.0), [4, 16, 8, 12, 7, 13, 10, 10, 6, 14])
    group = Group(now, np.ones_like(now), first)

    value, _, _ = estimate(_metric("psi"), group)
    chance = chance_of(_metric("psi"), group)

    assert (value, chance) == (pytest.approx(0.1437501), pytest.approx(0.3383796))
    assert signal_of(_metric("psi"), _point(value, chance=chance)) is Signal.GOOD
    assert signal_of(_metric("psi"), _point(value)) is Signal.WATCH


def test_rows_of_one_business_are_drawn_together() -> None:
    duration, cause = np.repeat([10.0, 90.0], 20), np.repeat([1.0, 0.0], 20)
    metric = _metric("incidence", extra="-- horizon_days: 90")
    alone = Group(duration, cause, duration)
    together = Group(duration, cause, duration, np.repeat(["a", "b", "c", "d"], 10))

    _, low, high = estimate(metric, alone)
    _, lower, higher = estimate(metric, together)

    assert low is not None
    assert high is not None
    assert lower is not None
    assert higher is not None
    assert lower < low < 0.5 < high < higher


def test_no_event_is_no_proof_of_none() -> None:
    days, none = np.repeat(90.0, 20), np.zeros(20)

    value, low, high = estimate(
        _metric("incidence", extra="-- horizon_days: 90"), Group(days, none, days)
    )

    assert (value, low) == (0.0, 0.0)
    assert high == pytest.approx(0.1611, abs=1e-4)


def test_what_still_goes_on_makes_a_median_provisional(lake: duckdb.DuckDBPyConnection) -> None:
    lake.execute("update loan set denominator = 0, mature = true where id >= 65")

    (point,) = compute_metric(_metric("median"), lake, as_of=NOON, known_at=NOON).points

    assert (point.n, point.immature, point.provisional) == (65, 10, True)


@pytest.mark.parametrize("column", ["period", "segment", "numerator", "mature"])
def test_a_row_that_counts_and_says_nothing_is_refused(
    column: str, lake: duckdb.DuckDBPyConnection
) -> None:
    whole = _metric()
    broken = replace(whole, sql=f"select * replace (null as {column}) from ({whole.sql})")

    with pytest.raises(MetricQueryWrong, match=column):
        compute_metric(broken, lake, as_of=NOON, known_at=NOON)


def _point(value: float | None, *, n: int = 100, chance: float | None = None) -> Point:
    return Point(date(2026, 1, 1), "all", value, None, None, n, 0, chance)


AMOUNTS = st.integers(-(10**6), 10**6).map(float)
LOANS = st.lists(
    st.tuples(
        st.dates(date(2026, 1, 1), date(2026, 1, 3)),
        st.sampled_from(["new", "known", "it's"]),
        AMOUNTS,
        st.integers(1, 1000).map(float),
        st.booleans(),
    ),
    min_size=1,
    max_size=30,
)
FROM_ROWS = {
    "ratio": lambda pairs: sum(top for top, _ in pairs) / sum(below for _, below in pairs),
    "calibration": lambda pairs: sum(top for top, _ in pairs) / sum(below for _, below in pairs),
    "proportion": lambda pairs: sum(top for top, _ in pairs) / len(pairs),
    "count": lambda pairs: sum(top for top, _ in pairs),
    "least": lambda pairs: min(top for top, _ in pairs),
}


@pytest.mark.parametrize("measure", FROM_ROWS)
@settings(max_examples=20)
@given(loans=LOANS)
def test_the_rows_under_any_number_reproduce_it(
    measure: str, loans: list[tuple[date, str, float, float, bool]]
) -> None:
    """Whoever adds up what the page shows gets what the page says, for every additive measure."""
    metric = _metric(measure)
    with duckdb.connect() as lake:
        lake.execute(
            "create table loan (id int, day date, segment text, numerator double,"
            " denominator double, mature boolean)"
        )
        for number, (day, segment, top, below, mature) in enumerate(loans):
            pair = (float(top > 0), 1.0) if measure == "proportion" else (abs(top), below)
            lake.execute(
                "insert into loan values (?, ?, ?, ?, ?, ?)", [number, day, segment, *pair, mature]
            )
        metric = replace(
            metric,
            sql="select 'loan' as object_kind, id::varchar as object_id, day as period, segment,"
            " numerator, denominator, mature from loan",
        )
        result = compute_metric(metric, lake, as_of=NOON, known_at=NOON)
        seen = 0
        for point in result.points:
            total, rows = metric_rows(
                metric, lake, as_of=NOON, known_at=NOON,
                period=point.period, segment=point.segment,
            )  # fmt: skip
            seen += total
            pairs = [(row.numerator, row.denominator) for row in rows if row.mature]
            assert (point.n, point.immature) == (len(pairs), total - len(pairs))
            expected = FROM_ROWS[measure](pairs) if pairs else None
            assert point.value == (None if expected is None else pytest.approx(expected))
    assert seen == len(loans)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("-- owner: Credit risk manager\n", "", "lacks owner"),
        ("-- unit: ratio", "-- unit: percent", "'percent' is not a valid Unit"),
        ("-- grain: loan", "-- grain: loan\n-- colour: red", "unknown 'colour'"),
        ("-- grain: loan", "-- grain: loan\n-- rows: open_cases", "and not both"),
        (
            "-- grain: loan",
            "-- grain: loan\n-- with: nobody",
            "no shared relation is called 'nobody'",
        ),
        (ROWS, "", "it needs a query"),
    ],
)
def test_a_wrong_file_is_refused_with_its_reason(old: str, new: str, words: str) -> None:
    text = HEADER.format(measure="ratio", direction="up", extra="") + ROWS

    with pytest.raises(MetricFileRefused, match=words):
        read_metric(text.replace(old, new), name="x", desk="credit")


def test_a_query_that_several_desks_share_is_named_and_reads_its_desk() -> None:
    text = HEADER.format(measure="count", direction="up", extra="").strip()

    shared = read_metric(f"{text}\n-- rows: open_cases\n", name="x", desk="credit")
    assert '"case".desk = :desk' in shared.sql
    with pytest.raises(MetricFileRefused, match="no shared query is called 'nobody'"):
        read_metric(f"{text}\n-- rows: nobody\n", name="x", desk="credit")


def test_a_relation_stands_before_the_query_and_before_its_own() -> None:
    header = (
        HEADER.format(measure="count", direction="up", extra="").strip() + "\n-- with: moment\n"
    )

    alone = read_metric(f"{header}select moment.day from moment", name="x", desk="credit")
    beside = read_metric(f"{header}with a as (select 1)\nselect 2", name="x", desk="credit")

    assert alone.sql.startswith("with moment as (\nselect")
    assert alone.sql.endswith(")\n\nselect moment.day from moment")
    assert beside.sql.endswith("),\n\na as (select 1)\nselect 2")
    assert alone.sha256 != beside.sha256


@pytest.mark.django_db
def test_every_shipped_metric_computes_on_an_empty_lake(tmp_path: object) -> None:
    from pathlib import Path

    from goodstanding.metrics.lake import open_lake
    from goodstanding.metrics.operations import expected_tables

    known = {table.name for table in lake_tables()}
    assert len(catalogue()) >= 15
    with open_lake(Path(str(tmp_path)), expected=expected_tables()) as empty:
        for metric in catalogue().values():
            assert known.issuperset(metric.reads), metric.name
            assert compute_metric(metric, empty, as_of=NOON, known_at=NOON).points == ()
