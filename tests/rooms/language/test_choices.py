"""Bands are asked by halves where they are a ladder, and never answer otherwise than in turn."""

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.language import INTEGER, decimal, parse_expression
from goodstanding.language.python_choices import is_ladder
from goodstanding.language.python_engine import compile_python
from goodstanding.language.tree import Case

HOLDS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
STEPS = st.lists(st.tuples(st.sampled_from(sorted(HOLDS)), st.integers(-4, 4)), min_size=1)


def is_ladder_of(text: str) -> bool:
    tree = parse_expression(text, types={"a": INTEGER, "b": INTEGER, "m": decimal(18, 2)}).tree
    assert isinstance(tree, Case)
    return is_ladder(tree, len(tree.branches))


@given(STEPS, st.integers(0, 6), st.none() | st.integers(-5, 5), st.booleans())
def test_the_first_step_that_holds_is_taken(steps, missing_at, value, may_be_missing) -> None:
    whens = [f"WHEN a {sign} {limit} THEN {at}" for at, (sign, limit) in enumerate(steps)]
    if may_be_missing:
        whens.insert(missing_at, "WHEN a IS NOT NULL THEN 100")
    evaluate = compile_python(
        parse_expression(f"CASE {' '.join(whens)} ELSE 200 END", types={"a": INTEGER})
    )

    known = [] if value is None else [when for when in whens if _holds(when, value)]
    wanted = int(known[0].rpartition(" ")[2]) if known else 200
    assert evaluate(value) == wanted


def _holds(when: str, value: int) -> bool:
    _, _, sign, limit, *_ = when.split(" ")
    return sign == "IS" or HOLDS[sign](value, int(limit))


def test_a_ladder_has_one_value_and_limits_that_go_one_way() -> None:
    assert is_ladder_of("CASE WHEN a < 1 THEN 1 WHEN a <= 2 THEN 2 WHEN a < 3 THEN 3 ELSE 4 END")
    assert is_ladder_of("CASE WHEN m >= 9.50 THEN 1 WHEN m > 2.25 THEN 2 ELSE 4 END")


@pytest.mark.parametrize(
    "text",
    [
        "CASE WHEN a < 2 THEN 1 WHEN a < 1 THEN 2 ELSE 3 END",
        "CASE WHEN a < 2 THEN 1 WHEN a <= 2 THEN 2 ELSE 3 END",
        "CASE WHEN a < 1 THEN 1 WHEN b < 2 THEN 2 ELSE 3 END",
        "CASE WHEN a < 1 THEN 1 WHEN a > 2 THEN 2 ELSE 3 END",
        "CASE WHEN a < 1 THEN 1 WHEN a = 2 THEN 2 ELSE 3 END",
        "CASE WHEN a < 1 THEN 1 WHEN a < b THEN 2 ELSE 3 END",
        "CASE a > 1 WHEN a > 3 THEN 1 WHEN a > 2 THEN 2 ELSE 3 END",
    ],
)
def test_what_is_no_ladder_is_asked_in_turn(text: str) -> None:
    assert not is_ladder_of(text)
