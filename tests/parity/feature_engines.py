"""A ledger and questions laid out for each engine, and what the engine answers."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import duckdb
import psycopg
import pyarrow as pa

from goodstanding.core.postgres import EmbeddedServer
from goodstanding.policies.features import FeatureDefinition, as_of_join, point_lookup
from tests.parity.feature_reference import Answer, Asked, Version, answer

Answers = list[list[Answer]]
FACT_TABLE = """
create temporary table fact_tried (
    kind text, party_id uuid, subject text, version_no integer, retracted boolean,
    effective_at timestamptz, recorded_at timestamptz, amount_minor bigint, currency text,
    attributes jsonb, legal_entity_id text
)
"""
ASKED = """
select place, party_id, entity, event, legal_entity, instant
from unnest(%s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
    as given (place, party_id, entity, event, legal_entity, instant)
"""
FACT_SCHEMA = pa.schema(
    [
        ("kind", pa.string()), ("party_id", pa.string()), ("subject", pa.string()),
        ("version_no", pa.int32()), ("retracted", pa.bool_()),
        ("effective_at", pa.timestamp("us", "UTC")), ("recorded_at", pa.timestamp("us", "UTC")),
        ("amount_minor", pa.int64()), ("currency", pa.string()), ("attributes", pa.string()),
        ("legal_entity", pa.string()),
    ]
)  # fmt: skip
ASKED_SCHEMA = pa.schema(
    [
        ("place", pa.int64()), ("party_id", pa.string()), ("entity", pa.string()),
        ("event", pa.string()), ("legal_entity", pa.string()),
        ("as_of", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip


def in_python(
    definitions: Sequence[FeatureDefinition], asked: Sequence[Asked], ledger: Sequence[Version]
) -> Answers:
    """The naive reference."""
    return [[answer(item, one, ledger) for item in definitions] for one in asked]


@contextmanager
def postgres_answers(
    server: EmbeddedServer,
) -> Iterator[Callable[[Sequence[FeatureDefinition], Sequence[Asked], Sequence[Version]], Answers]]:
    """PostgreSQL's point lookup over a table that is laid out as the ledger's."""
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute("set timezone to 'UTC'")
        connection.execute(FACT_TABLE)

        def ask(
            definitions: Sequence[FeatureDefinition],
            asked: Sequence[Asked],
            ledger: Sequence[Version],
        ) -> Answers:
            connection.execute("truncate fact_tried")
            with connection.cursor() as cursor:
                cursor.executemany(
                    "insert into fact_tried values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
                    [(*row[:9], row[9], row[10]) for row in fact_rows(ledger)],
                )
            lookup = point_lookup(definitions, ledger="fact_tried")
            columns = ", ".join(lookup.columns).replace("%", "%%")
            joins = lookup.joins.replace("%", "%%")
            query = (
                f"with asked as ({ASKED}) select place, {columns} from asked {joins} order by place"
            )
            rows = list(zip(*asked_rows(asked), strict=True)) or [()] * 6
            found = connection.execute(query.encode(), [list(column) for column in rows])
            return pairs(found.fetchall())

        yield ask


def in_duckdb(
    definitions: Sequence[FeatureDefinition], asked: Sequence[Asked], ledger: Sequence[Version]
) -> Answers:
    """The set-wise join in DuckDB."""
    query = as_of_join(definitions, engine="duckdb", facts="facts", asked="asked", events=True)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("facts", fact_table(ledger))
        connection.register("asked", asked_table(asked))
        return pairs(connection.execute(f"{query} order by place").fetchall())


def in_spark(
    definitions: Sequence[FeatureDefinition], asked: Sequence[Asked], ledger: Sequence[Version]
) -> Answers:
    """The set-wise join in Spark."""
    from goodstanding.language.runners import SparkRunner

    session = SparkRunner()._session
    session.createDataFrame(fact_table(ledger)).createOrReplaceTempView("facts")
    session.createDataFrame(asked_table(asked)).createOrReplaceTempView("asked")
    query = as_of_join(definitions, engine="spark", facts="facts", asked="asked", events=True)
    return pairs(tuple(row) for row in session.sql(f"{query} order by place").collect())


def fact_rows(ledger: Iterable[Version]) -> list[tuple[Any, ...]]:
    return [
        (
            one.kind, one.party_id, one.subject, one.version_no, one.retracted, one.effective_at,
            one.recorded_at, one.amount_minor, one.currency, json.dumps(one.attributes),
            one.legal_entity,
        )
        for one in ledger
    ]  # fmt: skip


def asked_rows(asked: Iterable[Asked]) -> list[tuple[Any, ...]]:
    return [
        (place, one.party_id, one.entity, one.event, one.legal_entity, one.as_of)
        for place, one in enumerate(asked)
    ]


def fact_table(ledger: Iterable[Version]) -> pa.Table:
    return _table(fact_rows(ledger), FACT_SCHEMA)


def asked_table(asked: Iterable[Asked]) -> pa.Table:
    return _table(asked_rows(asked), ASKED_SCHEMA)


def pairs(rows: Iterable[tuple[Any, ...]]) -> Answers:
    """Values with their kinds of missing value, without the place."""
    return [list(zip(row[1::2], row[2::2], strict=True)) for row in rows]


def _table(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    plain = [
        [
            str(value) if name == "party_id" and value else value
            for name, value in zip(schema.names, row, strict=True)
        ]
        for row in rows
    ]
    columns = list(zip(*plain, strict=True)) or [()] * len(schema)
    return pa.table(
        [
            pa.array(list(column), type=kind.type)
            for column, kind in zip(columns, schema, strict=True)
        ],
        schema=schema,
    )


def at(text: str) -> datetime:
    """An instant of the guide, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
