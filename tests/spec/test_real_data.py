"""The counts of the field guide on 150,000 real records."""

import duckdb
import pytest

from goodstanding.language import BOOLEAN, INTEGER, compile_python, emit_duckdb, parse_expression
from tests.shared import shared_data

TYPES = dict.fromkeys(("income", "dlq90", "deps"), INTEGER)
COUNTS = [
    ("income >= 5000 AND dlq90 = 0", (64_533, 57_349, 28_118)),
    ("NOT (deps IN (0,1))", (32_858, 113_218, 3_924)),
    ("income > 4000 OR deps = 0", (128_007, 13_708, 8_285)),
]


@pytest.fixture(scope="module")
def records():
    path = shared_data("consumer_credit/give_me_some_credit_150000.parquet")
    connection = duckdb.connect()
    return connection.sql(
        'select cast("MonthlyIncome" as bigint) as income,'
        ' cast("NumberOfTimes90DaysLate" as bigint) as dlq90,'
        f" cast(\"NumberOfDependents\" as bigint) as deps from read_parquet('{path}')"
    )


@pytest.mark.parametrize(("text", "counts"), COUNTS)
def test_duckdb_counts_true_false_and_unknown(records, text, counts):
    sql = emit_duckdb(parse_expression(text, types=TYPES, expect=BOOLEAN))

    found = records.aggregate(
        f"count(*) filter (where {sql}), count(*) filter (where not {sql}),"
        f" count(*) filter (where {sql} is null)"
    ).fetchall()

    assert found == [counts]


@pytest.mark.parametrize(("text", "counts"), COUNTS)
def test_python_counts_true_false_and_unknown(records, text, counts):
    expression = parse_expression(text, types=TYPES, expect=BOOLEAN)
    decide = compile_python(expression)
    columns = ", ".join(expression.inputs)

    found = [decide(*row) for row in records.project(columns).fetchall()]

    assert (found.count(True), found.count(False), found.count(None)) == counts
