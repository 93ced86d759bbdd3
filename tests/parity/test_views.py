"""A policy exported as a plain view answers as the policy does: DuckDB, PostgreSQL, Spark."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql

import goodstanding
from goodstanding.core.postgres import EmbeddedServer
from goodstanding.credit.history import sba_history
from goodstanding.language.runners import SparkRunner
from goodstanding.language.types import Kind, Type
from goodstanding.policies.engine import Policy, load_policy, read_policy
from goodstanding.policies.engine.batch import Masks, whole_mask
from goodstanding.policies.engine.definition import InputDeclaration, TestDeclaration
from goodstanding.policies.engine.values import read_text, value_of
from goodstanding.policies.engine.view_target import (
    EngineOfViewUnknown,
    InputNotAbsent,
    policy_view,
)
from tests.parity.draws import random_rows
from tests.parity.policy_draws import policies
from tests.parity.test_policies import FIRST, QUICK, _loaded, _table
from tests.rooms.policies.texts import TRADE_UK

Row = tuple[object, ...]
CREDIT = Path(goodstanding.__file__).parent / "credit"
SELLERS = Path(goodstanding.__file__).parent / "sellers"
REGISTRATIONS = 600
POOLS: dict[Kind, list[Any]] = {
    Kind.BOOLEAN: [True, False],
    Kind.INTEGER: [-1, 0, 1, 2, 3, 5, 10, 100, 100_001],
    Kind.TEXT: ["", "GB", "FR", "Zürich"],
    Kind.DECIMAL: [Decimal(0), Decimal(1), Decimal(50)],
    Kind.DATE: [date(1972, 1, 1), date(2000, 2, 29), date(2017, 11, 30), date(2100, 1, 1)],
}
TYPES = {
    Kind.BOOLEAN: pl.Boolean(), Kind.INTEGER: pl.Int64(), Kind.TEXT: pl.String(),
    Kind.DATE: pl.Date(),
}  # fmt: skip
EVERY = 23


def wanted(policy: Policy, table: Any, *, as_of: str | None) -> list[Row]:
    """What the policy says of each row, laid out as the view does."""
    masks = Masks(policy.plan)
    found: list[Row] = []
    for line in policy.evaluate_table(table, as_of=as_of).table.iter_rows(named=True):
        true, unknown = (
            whole_mask(line[f"{kind}_{word}"] for word in range(masks.words))
            for kind in ("true", "unknown")
        )
        truths = [
            None if unknown >> at & 1 else bool(true >> at & 1)
            for at in range(len(policy.plan.rules))
        ]
        terms = [plain(line[term.name]) for term in policy.plan.terms]
        if line["skipped"] is not None:
            found.append((line["outcome"], line["skipped"]))
        else:
            found.append((line["outcome"], None, *truths, line["points"], line["band"], *terms))
    return found


def seen(policy: Policy, rows: list[dict[str, Any]]) -> list[Row]:
    """The rows of a view in the same form."""
    rules = [f"rule_{rule.declaration.id.lower()}" for rule in policy.plan.rules]
    terms = [f"term_{term.name}" for term in policy.plan.terms]
    return [
        (row["outcome"], row["skipped"])
        if row["skipped"] is not None
        else (
            row["outcome"],
            None,
            *(row[name] for name in rules),
            row["points"],
            row["band"],
            *(plain(row[name]) for name in terms),
        )
        for row in rows
    ]


def plain(value: Any) -> Any:
    """A value however an engine hands it over."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return value.normalize() if isinstance(value, Decimal) else value


def in_duckdb(policy: Policy, table: Any) -> list[dict[str, Any]]:
    """The view over the table, with its columns in the declared types."""
    view = policy_view(
        policy.plan, engine="duckdb", name="decided", relation="given", keep=("row",)
    )
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("arrived", table)
        connection.execute("create table given as select * from arrived")
        for item in policy.plan.inputs:
            if item.type.kind is Kind.TIMESTAMP:
                connection.execute(f'alter table given alter "{item.name}" type timestamp')
        connection.execute("alter table given alter as_of type timestamp")
        connection.execute(view)
        found = connection.execute("select * from decided order by row")
        names = [str(column[0]) for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def in_postgres(
    policy: Policy, table: pl.DataFrame, server: EmbeddedServer
) -> list[dict[str, Any]]:
    """The view in a schema of its own, which goes with the transaction."""
    view = policy_view(
        policy.plan, engine="postgres", name="tried.decided", relation="tried.given", keep=("row",)
    )
    types = dict.fromkeys(table.columns, "text") | {
        line.split(": ")[0].removeprefix("--").split()[0]: line.split(": ")[0].split()[-1]
        for line in view.splitlines()
        if line.startswith("-- ") and ": " in line and not line.startswith("-- Reads")
    }
    types |= {"row": "bigint"}
    columns = ", ".join(f'"{name}" {types[name]}' for name in table.columns)
    with psycopg.connect(server.owner_url, row_factory=psycopg.rows.dict_row) as connection:
        connection.execute("set timezone to 'UTC'")
        connection.execute("create schema tried")
        connection.execute(sql.SQL("create table tried.given ({})").format(sql.SQL(columns)))
        names = sql.SQL(", ").join(map(sql.Identifier, table.columns))
        places = sql.SQL(", ").join(sql.Placeholder() for _ in table.columns)
        with connection.cursor() as cursor:
            cursor.executemany(
                sql.SQL("insert into tried.given ({}) values ({})").format(names, places),
                table.rows(),
            )
        connection.execute(view.encode())
        found = connection.execute("select * from tried.decided order by row").fetchall()
        connection.rollback()
        return found


def in_spark(policy: Policy, table: pl.DataFrame) -> list[dict[str, Any]]:
    """The view over a temporary view of the session."""
    pytest.importorskip("pyspark", reason="Spark is an extra")
    session = SparkRunner()._session
    session.createDataFrame(table.to_arrow()).createOrReplaceTempView("given")
    view = policy_view(policy.plan, engine="spark", name="decided", relation="given", keep=("row",))
    session.sql(view.replace("create or replace view", "create or replace temporary view"))
    found = session.sql("select * from decided order by row").collect()
    return [row.asDict() for row in found]


@pytest.fixture(scope="module")
def underwriting() -> Policy:
    return load_policy(CREDIT / "policies" / "sba_underwriting.yaml")


@pytest.fixture(scope="module")
def loans(underwriting: Policy) -> pl.DataFrame:
    """Every 23rd loan of the sample, with the score of the model that no SQL can run."""
    inputs = [item.name for item in underwriting.plan.inputs if item.name != "connected_exposure"]
    rows = sba_history().gather_every(EVERY).with_row_index("row").select("row", *inputs)
    scored = underwriting.evaluate_table(rows, values=("pd_trees",)).table
    exposure = pl.lit(None, dtype=pl.Decimal(16, 2)).alias("connected_exposure")
    return rows.with_columns(pl.col("row").cast(pl.Int64), scored["pd_trees"], exposure)


@pytest.fixture(scope="module")
def orders() -> pl.DataFrame:
    """Edges and gaps of a small policy."""
    rows = random_orders()
    return pl.DataFrame(
        rows,
        schema={
            "row": pl.Int64,
            "dpd_max": pl.Int64,
            "vat_ok": pl.Boolean,
            "utilisation": pl.Decimal(5, 2),
            "amount": pl.Decimal(14, 2),
            "tenure_months": pl.Int64,
        },
        orient="row",
    )


@pytest.fixture(scope="module")
def registration() -> Policy:
    return load_policy(SELLERS / "policies" / "registration.yaml")


@pytest.fixture(scope="module")
def registrations(registration: Policy) -> pl.DataFrame:
    """What the policy's own tests, lists and bounds name, and what they do not, mixed at random."""
    draw, plan = random.Random(20), registration.plan
    listed = sorted(str(cell) for cells in plan.lists.values() for cell in cells)
    columns: dict[str, pl.Series] = {}
    for item in plan.inputs:
        pool = [*POOLS[item.type.kind], *_in_tests(plan.definition.tests, item)]
        if item.type.kind is Kind.TEXT:
            pool += [*item.values, *listed]
        values = [draw.choice([*pool, None, None]) for _ in range(REGISTRATIONS)]
        columns[item.name] = pl.Series(item.name, values, dtype=_dtype(item.type))
    moments = [FIRST + timedelta(hours=draw.randrange(400_000)) for _ in range(REGISTRATIONS)]
    moment = pl.Series("as_of", moments).dt.replace_time_zone(None).cast(pl.Datetime("us"))
    return pl.DataFrame({"row": range(REGISTRATIONS), "as_of": moment, **columns})


def _dtype(of: Type) -> pl.DataType:
    return pl.Decimal(of.precision, of.scale) if of.kind is Kind.DECIMAL else TYPES[of.kind]


def _in_tests(tests: Sequence[TestDeclaration], item: InputDeclaration) -> list[Any]:
    """The values that the policy's own tests give an input."""
    given = [test.inputs.get(item.name) for test in tests]
    return [value_of(read_text(each.text, item.type), item.type) for each in given if each]


def random_orders() -> list[Row]:
    values = (
        (None, 0, 30, 31),
        (None, True, False),
        (None, Decimal("0.94"), Decimal("0.95")),
        (None, Decimal("1000.00"), Decimal("1000.01")),
        (None, 5, 6),
    )
    found: list[Row] = [()]
    for choices in values:
        found = [(*row, choice) for row in found for choice in choices]
    return [(at, *row) for at, row in enumerate(found)]


def test_the_view_in_duckdb_answers_as_the_policy(underwriting: Policy, loans: pl.DataFrame):
    table = loans.with_columns(pl.lit(FIRST).alias("as_of")).to_arrow()

    assert seen(underwriting, in_duckdb(underwriting, table)) == wanted(
        underwriting, loans, as_of=None
    )


def test_the_view_in_postgresql_answers_as_the_policy(
    underwriting: Policy, loans: pl.DataFrame, postgres: EmbeddedServer
):
    assert seen(underwriting, in_postgres(underwriting, loans, postgres)) == wanted(
        underwriting, loans, as_of=None
    )


def test_every_gap_of_a_policy_is_answered_alike_in_postgresql(
    orders: pl.DataFrame, postgres: EmbeddedServer
):
    policy = read_policy(TRADE_UK)

    assert seen(policy, in_postgres(policy, orders, postgres)) == wanted(policy, orders, as_of=None)


def test_the_registration_policy_answers_alike_in_duckdb_and_postgresql(
    registration: Policy, registrations: pl.DataFrame, postgres: EmbeddedServer
):
    said = wanted(registration, registrations, as_of="as_of")

    assert {row[0] for row in said} == {"approve", "refer", "decline", None}
    assert seen(registration, in_duckdb(registration, registrations.to_arrow())) == said
    assert seen(registration, in_postgres(registration, registrations, postgres)) == said


@pytest.mark.slow
def test_the_views_in_spark_answer_as_the_policies(
    underwriting: Policy,
    loans: pl.DataFrame,
    orders: pl.DataFrame,
    registration: Policy,
    registrations: pl.DataFrame,
):
    trade, given = (
        read_policy(TRADE_UK),
        registrations.with_columns(pl.col("as_of").dt.replace_time_zone("UTC")),
    )

    for policy, rows, as_of in (
        (underwriting, loans, None),
        (trade, orders, None),
        (registration, given, "as_of"),
    ):
        assert seen(policy, in_spark(policy, rows)) == wanted(policy, rows, as_of=as_of)


@settings(QUICK, max_examples=12)
@given(text=policies(), seed=st.integers(0, 2**32))
def test_a_drawn_policy_answers_alike_as_a_view(text: str, seed: int):
    policy = _loaded(text)
    moments = [FIRST + timedelta(minutes=(seed + 7_919 * at) % 34_000_000) for at in range(16)]
    table = _table(random_rows(seed, 16), moments).rename_columns({"moment": "as_of"})
    numbered = table.append_column("row", [list(range(16))])

    found = seen(policy, in_duckdb(policy, numbered))

    assert found == wanted(policy, table, as_of="as_of")


def test_a_label_cannot_leave_the_remarks():
    text = TRADE_UK.replace("title: ", 'title: "x\\n; drop table given; --" #', 1)
    view = policy_view(read_policy(text).plan, engine="duckdb", name="a", relation="b")

    assert "\n; drop" not in view
    assert all(line.startswith("--") for line in view.split("create or replace")[0].splitlines())


@pytest.mark.parametrize("name", ['a"; drop table given; --', "a`; drop"])
@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_a_name_cannot_leave_its_quotes(name: str, engine: str):
    view = policy_view(read_policy(TRADE_UK).plan, engine=engine, name=name, relation="given")

    quote = "`" if engine == "spark" else '"'
    assert f"view {quote}{name.replace(quote, quote * 2)}{quote} as" in view


def test_what_no_view_can_be_made_of_is_refused():
    plan = read_policy(TRADE_UK).plan
    given: dict[str, Any] = {"name": "a", "relation": "b"}

    with pytest.raises(EngineOfViewUnknown):
        policy_view(plan, engine="oracle", **given)
    with pytest.raises(InputNotAbsent, match="no such input"):
        policy_view(plan, engine="duckdb", absent=("colour",), **given)


def test_an_input_without_a_column_is_missing_everywhere(orders: pl.DataFrame):
    policy = read_policy(TRADE_UK)
    view = policy_view(
        policy.plan, engine="duckdb", name="decided", relation="given", absent=("vat_ok",)
    )

    with duckdb.connect() as connection:
        connection.register("arrived", orders.drop("vat_ok").to_arrow())
        connection.execute("create table given as select * from arrived")
        connection.execute(view)
        rows = connection.execute("select count(*) from decided where rule_r2 is null").fetchall()

    assert rows == [(orders.height,)]
