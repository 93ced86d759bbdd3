"""Every row of the tables holds on every engine; every refusal gives its reason."""

import json

import pytest

from goodstanding.core.conform import CaseResult
from goodstanding.language import BOOLEAN, ExpressionRefused, parse_expression, parse_type
from goodstanding.language.conform import AREA, run_cases
from tests.spec.guide import CASES, REFUSED
from tests.spec.tables import Refusals, Table

ROWS = [(table, row) for table in REFUSED for row in table.rows]


def case_lines(table: Table) -> list[tuple[int, str]]:
    lists = {name: {"type": of, "values": held} for name, (of, held) in table.lists.items()}
    return [
        (
            number,
            json.dumps(
                {
                    "id": f"{table.title} {number}: {text}",
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


def differing(results: list[CaseResult]) -> list[str]:
    return [
        f"{result.case_id}: wanted {result.wanted}, came {result.came}"
        for result in results
        if not result.passed
    ]


@pytest.mark.parametrize("engine", AREA.usual)
@pytest.mark.parametrize("table", CASES, ids=lambda table: table.title)
def test_the_table_holds(table: Table, engine: str):
    results = run_cases(case_lines(table), [engine])

    assert len(results) == len(table.rows)
    assert differing(results) == []


@pytest.mark.parametrize(("table", "row"), ROWS, ids=lambda part: str(part)[:40])
def test_the_expression_is_refused_for_its_reason(table: Refusals, row: tuple[str, str]):
    text, code = row
    types = {name: parse_type(of) for name, of in table.types.items()}

    with pytest.raises(ExpressionRefused) as refused:
        parse_expression(text, types=types, expect=BOOLEAN)

    assert refused.value.code == code
    assert refused.value.remedy
    assert refused.value.line >= 1
    assert refused.value.column >= 1
