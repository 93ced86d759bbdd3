"""Random typed expressions over random rows give the same cells on every engine."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from goodstanding.core.postgres import EmbeddedServer
from goodstanding.language import ExpressionRefused, Kind, explain, parse_expression
from goodstanding.language.runners import (
    DuckdbRunner,
    Job,
    PolarsRunner,
    PythonRunner,
    Runner,
    SparkRunner,
    run_all,
)
from tests.engines import postgres_runner
from tests.parity.draws import INPUTS, LISTS, expressions, random_rows

TYPES = {name: of for name, (of, _) in LISTS.items()}
MEMBERS = {name: members for name, (_, members) in LISTS.items()}
# A draw may ask for more digits than there are, mix a DOUBLE, or be NULL in every branch.
UNTYPABLE = {"decimal_precision", "double_mixed", "double_equality", "untyped_null"}
PATIENT = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def runners(postgres: EmbeddedServer) -> Iterator[list[Runner]]:
    with postgres_runner(postgres) as runner:
        yield [DuckdbRunner(), PolarsRunner(), runner]


@settings(PATIENT, max_examples=200)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_engines_agree_row_by_row(runners: list[Runner], data: st.DataObject, seed: int):
    job = draw_job(data, depth=3, seed=seed)

    wanted = list(map(repr, PythonRunner().run(job)))

    for runner in runners:
        found = list(map(repr, runner.run(job)))
        assert found == wanted, f"{runner.name}: {job.expression.to_text()}"
    reference = [explain(job.expression, row, lists=MEMBERS).value for row in job.rows]
    assert list(map(repr, reference)) == wanted, f"reference: {job.expression.to_text()}"


@pytest.mark.slow
@settings(PATIENT, max_examples=30)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_spark_agrees_row_by_row(data: st.DataObject, seed: int):
    pytest.importorskip("pyspark", reason="Spark is an extra")
    jobs = [draw_job(data, depth=2, seed=seed) for _ in range(10)]

    found = run_all(SparkRunner(), jobs)

    for job, cells in zip(jobs, found, strict=True):
        wanted = PythonRunner().run(job)
        assert list(map(repr, cells)) == list(map(repr, wanted)), job.expression.to_text()


@pytest.mark.parametrize(
    "text", ["-(-0)", "-(-0.00)", "-(-(-0))", "1 - (-(-0))", "-(-5)", "-(-(-5))"]
)
def test_a_number_negated_again_and_again_reads_back_as_the_same_tree(text: str):
    expression = parse_expression(text, types={})

    assert parse_expression(expression.to_text(), types={}).tree == expression.tree


@settings(PATIENT, max_examples=100)
@given(data=st.data())
def test_the_canonical_text_reads_back_as_the_same_tree(data: st.DataObject):
    kind = data.draw(st.sampled_from(list(Kind)))
    expression = job_of(data.draw(expressions(kind, 4)), 0, rows=0).expression

    again = parse_expression(expression.to_text(), types=INPUTS, lists=TYPES)

    assert again.tree == expression.tree
    assert again.sha256 == expression.sha256


@pytest.mark.parametrize(
    "text",
    [
        "safe_div(i, 9223372036854775807)",
        "safe_div(i, -9223372036854775807)",
        "x < 9223372036854775807",
        "safe_div(x, 12345678901234567890.0)",
        "safe_div(x, 9999999999999999999999999999999999999.0)",
    ],
)
def test_a_number_that_a_double_rounds_out_of_reach_reads_back(text: str) -> None:
    expression = parse_expression(text, types=INPUTS)

    assert parse_expression(expression.to_text(), types=INPUTS).tree == expression.tree


def draw_job(data: st.DataObject, *, depth: int, seed: int) -> Job:
    kind = data.draw(st.sampled_from(list(Kind)))
    return job_of(data.draw(expressions(kind, depth)), seed, rows=24)


def job_of(text: str, seed: int, *, rows: int) -> Job:
    try:
        expression = parse_expression(text, types=INPUTS, lists=TYPES)
    except ExpressionRefused as refused:
        if refused.code not in UNTYPABLE:
            raise
        reject()
    return Job(expression, random_rows(seed, rows), MEMBERS)
