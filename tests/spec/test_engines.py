"""Every row of the tables holds on every engine; every refusal gives its reason."""

import json

import pytest

from goodstanding.core.conform import CaseResult
from goodstanding.core.postgres import EmbeddedServer
from goodstanding.language import BOOLEAN, ExpressionRefused, parse_expression, parse_type
from goodstanding.language.conform import AREA, run_cases
from tests.engines import postgres_runner
from tests.spec.contents import REFUSED_TABLES, VALUE_TABLES
from tests.spec.tables import Refusals, Table

ROWS = [(table, text, code) for table in REFUSED_TABLES for text, code in table.rows]


# For whoever tries every place of every run these take years; no page needs to show them.
ENDLESS = Table(
    "Patterns of many runs",
    "However often a pattern nearly fits, to seek it takes no longer than its runs times the text.",
    {"t": "TEXT"},
    [
        (f"t LIKE '{'%a' * 12}%b'", {"t": "a" * 500}, False),
        (f"t LIKE '{'%a_' * 12}%b'", {"t": "a" * 500}, False),
        (f"t LIKE '{'%' * 24}a'", {"t": "b" * 500}, False),
        (f"t LIKE '{'%a' * 12}%'", {"t": "a" * 500}, True),
    ],
)
TABLES = (*VALUE_TABLES, ENDLESS)


def repr_of(part: object) -> str:
    """A short name of a part of a row."""
    return ascii(part)[:60] if isinstance(part, str) else getattr(part, "title", "")


def case_lines(table: Table) -> list[tuple[int, str]]:
    """The rows as lines of a file of cases."""
    lists = {name: {"type": of, "values": held} for name, (of, held) in table.lists.items()}
    return [
        (
            number,
            json.dumps(
                {
                    "id": f"{table.title} {number}: {text} {dict(given)}",
                    "expr": text,
                    "types": dict(table.types),
                    "in": dict(given),
                    "out": out,
                    "lists": lists,
                }
            ),
        )
        for number, (text, given, out) in enumerate(table.rows, start=1)
    ]


def every_line() -> list[tuple[int, str]]:
    """The rows of all tables, numbered through."""
    lines = [text for table in TABLES for _, text in case_lines(table)]
    return list(enumerate(lines, start=1))


def differing(results: list[CaseResult]) -> list[str]:
    return [
        f"{result.case_id}: wanted {result.wanted}, came {result.came}"
        for result in results
        if not result.passed
    ]


@pytest.mark.parametrize("engine", AREA.usual)
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_the_table_holds(table: Table, engine: str):
    results = run_cases(case_lines(table), [engine])

    assert len(results) == len(table.rows)
    assert differing(results) == []


def test_every_table_holds_on_postgres(postgres: EmbeddedServer):
    with postgres_runner(postgres):
        results = run_cases(every_line(), ["postgres"])

    assert len(results) == sum(len(table.rows) for table in TABLES)
    assert differing(results) == []


@pytest.mark.slow
def test_every_table_holds_on_spark():
    pytest.importorskip("pyspark", reason="Spark is an extra")

    results = run_cases(every_line(), ["spark"])

    assert len(results) == sum(len(table.rows) for table in TABLES)
    assert differing(results) == []


@pytest.mark.parametrize(("table", "text", "code"), ROWS, ids=repr_of)
def test_the_expression_is_refused_for_its_reason(table: Refusals, text: str, code: str):
    types = {name: parse_type(of) for name, of in table.types.items()}

    with pytest.raises(ExpressionRefused) as refused:
        parse_expression(text, types=types, expect=BOOLEAN)

    assert refused.value.code == code
    assert refused.value.remedy
    assert refused.value.line >= 1
    assert refused.value.column >= 1


def test_no_table_has_two_rows_with_one_title():
    titles = [table.title for table in (*VALUE_TABLES, *REFUSED_TABLES)]

    assert len(titles) == len(set(titles))
