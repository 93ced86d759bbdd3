"""Random typed expressions over random rows give the same cells on every engine."""

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from goodstanding.language import ExpressionRefused, Kind, explain, parse_expression
from goodstanding.language.runners import DuckdbRunner, Job, PolarsRunner, PythonRunner, Runner
from tests.parity.draws import INPUTS, LISTS, expressions, random_rows

RUNNERS: list[Runner] = [DuckdbRunner(), PolarsRunner()]
TYPES = {name: of for name, (of, _) in LISTS.items()}
MEMBERS = {name: members for name, (_, members) in LISTS.items()}
# A draw may ask for more digits than there are, mix a DOUBLE, or be NULL in every branch.
UNTYPABLE = {"decimal_precision", "double_mixed", "double_equality", "untyped_null"}


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_engines_agree_row_by_row(data: st.DataObject, seed: int):
    kind = data.draw(st.sampled_from(list(Kind)))
    text = data.draw(expressions(kind, 3))
    job = job_of(text, seed, rows=24)

    wanted = list(map(repr, PythonRunner().run(job)))

    for runner in RUNNERS:
        assert list(map(repr, runner.run(job))) == wanted, f"{runner.name}: {text}"
    reference = [explain(job.expression, row, lists=MEMBERS).value for row in job.rows]
    assert list(map(repr, reference)) == wanted, f"reference: {text}"


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_canonical_text_reads_back_as_the_same_tree(data: st.DataObject):
    kind = data.draw(st.sampled_from(list(Kind)))
    expression = job_of(data.draw(expressions(kind, 4)), 0, rows=0).expression

    again = parse_expression(expression.to_text(), types=INPUTS, lists=TYPES)

    assert again.tree == expression.tree
    assert again.sha256 == expression.sha256


def job_of(text: str, seed: int, *, rows: int) -> Job:
    try:
        expression = parse_expression(text, types=INPUTS, lists=TYPES)
    except ExpressionRefused as refused:
        if refused.code not in UNTYPABLE:
            raise
        reject()
    return Job(expression, random_rows(seed, rows), MEMBERS)
