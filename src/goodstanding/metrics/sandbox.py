"""Runs a person's own query on the lake: one SELECT, a time limit, a row limit, nothing else."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import duckdb

from goodstanding.metrics.errors import QueryRefused, QueryTookTooLong
from goodstanding.metrics.types import QueryResult

LONGEST_QUERY = 20_000
READING_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
TEXT_RUNNERS = {"query", "json_execute_serialized_sql", "write_log"}
ONLY_SELECT = "Write one SELECT; the lake is read-only."


def run_query(
    lake: duckdb.DuckDBPyConnection, *, text: str, seconds: float = 10, limit: int = 1000
) -> QueryResult:
    """Run one SELECT; raises QueryRefused with DuckDB's own words, or QueryTookTooLong."""
    statement = _only_select(lake, text)
    try:
        with _stopped_after(lake, seconds):
            answer = lake.execute(statement)
            rows = answer.fetchmany(limit + 1)
    except duckdb.InterruptException as surprise:
        raise QueryTookTooLong(seconds=seconds) from surprise
    except duckdb.Error as surprise:
        raise QueryRefused(field="query", reason=str(surprise)) from surprise
    columns = tuple((column[0], str(column[1])) for column in answer.description or ())
    return QueryResult(columns, tuple(rows[:limit]), cut=len(rows) > limit)


def _only_select(lake: duckdb.DuckDBPyConnection, text: str) -> duckdb.Statement:
    if len(text) > LONGEST_QUERY:
        reason = f"it has {len(text):,} characters, {LONGEST_QUERY:,} are allowed"
        raise QueryRefused(field="query", reason=reason)
    try:
        statements = lake.extract_statements(text)
    except duckdb.Error as surprise:
        raise QueryRefused(field="query", reason=str(surprise)) from surprise
    if len(statements) != 1:
        reason = f"it holds {len(statements)} statements"
        raise QueryRefused(field="query", mend=ONLY_SELECT, reason=reason)
    tree = _syntax_tree(lake, statements[0])
    runners = sorted(_named(tree, "function_name") & TEXT_RUNNERS)
    if runners:
        reason = f"it calls {runners[0]}, which does what no reader of the query can see"
        raise QueryRefused(field="query", mend=ONLY_SELECT, reason=reason)
    kinds = {kind for kind in _named(tree, "type") if kind.endswith("_NODE")}
    foreign = sorted(kinds - READING_NODES)
    if foreign:
        written = foreign[0].removesuffix("_NODE").removesuffix("_QUERY").lower()
        reason = f"it would {written}, and only reading is allowed"
        raise QueryRefused(field="query", mend=ONLY_SELECT, reason=reason)
    return statements[0]


def _syntax_tree(lake: duckdb.DuckDBPyConnection, statement: duckdb.Statement) -> Any:
    """DuckDB's own tree of the query.

    The statement's type is no guard: DuckDB calls `with x as (copy ... to ...) select` a SELECT,
    and it writes the file.
    """
    found = lake.execute("select json_serialize_sql(?)", [statement.query]).fetchall()
    tree: dict[str, Any] = json.loads(found[0][0])
    if tree["error"]:
        reason = f"it is not a plain SELECT ({tree['error_message']})"
        raise QueryRefused(field="query", mend=ONLY_SELECT, reason=reason)
    return tree


def _named(tree: Any, key: str) -> set[str]:
    """The texts that stand under the key anywhere in the tree."""
    if isinstance(tree, list):
        return set[str]().union(*(_named(item, key) for item in cast("list[Any]", tree)))
    if not isinstance(tree, dict):
        return set()
    node = cast("dict[str, Any]", tree)
    below = set[str]().union(*(_named(item, key) for item in node.values()))
    found = node.get(key)
    return below | {found} if isinstance(found, str) else below


@contextmanager
def _stopped_after(lake: duckdb.DuckDBPyConnection, seconds: float) -> Generator[None]:
    timer = threading.Timer(seconds, lake.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
