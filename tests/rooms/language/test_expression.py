"""What a policy asks of an expression: names, hash, place of a refusal, warnings, source."""

import subprocess
import sys

import pytest

from goodstanding.language import (
    BOOLEAN,
    INTEGER,
    TEXT,
    ExpressionRefused,
    PythonEmitter,
    compile_function,
    decimal,
    explain,
    parse_expression,
)

TYPES = {"a": INTEGER, "b": INTEGER, "t": TEXT, "m": decimal(18, 2), "p": BOOLEAN}


def test_the_tree_hash_ignores_spacing_comments_brackets_and_letter_case():
    first = parse_expression("a > 1 AND p", types=TYPES)
    second = parse_expression("((a>1)) and /* why */ (p)", types=TYPES)

    assert first == second
    assert first.sha256 == second.sha256
    assert first.to_text() == second.to_text()


def test_the_tree_hash_sees_a_constant_a_name_and_a_type():
    texts = ["a > 1", "a > 2", "b > 1", "m > 1"]

    assert len({parse_expression(text, types=TYPES).sha256 for text in texts}) == len(texts)


def test_names_parameters_lists_and_functions_are_told():
    expression = parse_expression(
        "in_list(t, 'l') AND add_days(as_of_date, a) > as_of_date AND a > 0",
        types=TYPES,
        lists={"l": TEXT},
    )

    assert expression.names == ("t", "a")
    assert expression.parameters == ("as_of_date",)
    assert expression.lists == ("l",)
    assert {"in_list", "add_days", "and", ">"} <= expression.functions


def test_a_refusal_points_at_line_and_column_of_the_file():
    with pytest.raises(ExpressionRefused) as refused:
        parse_expression("p AND\nmissing > 1", types=TYPES, at=(12, 5))

    assert (refused.value.line, refused.value.column) == (13, 5)
    assert refused.value.code == "unknown_name"


def test_a_withheld_input_is_refused_with_its_reason():
    with pytest.raises(ExpressionRefused, match="protected attribute"):
        parse_expression("a > 1", types=TYPES, withheld={"a": "a protected attribute"})


def test_a_parameter_cannot_be_an_input_of_another_type():
    with pytest.raises(ExpressionRefused) as refused:
        parse_expression("as_of = 'x'", types={"as_of": TEXT})

    assert refused.value.code == "parameter_type"


def test_a_deep_stack_does_not_change_what_is_accepted():
    text = "(" * 24 + "p" + ")" * 24

    def descend(levels: int) -> object:
        return descend(levels - 1) if levels else parse_expression(text, types=TYPES).tree

    assert descend(150) == parse_expression("p", types=TYPES).tree


@pytest.mark.parametrize(
    ("text", "cells", "code"),
    [
        ("a + 1", {"a": 2**63 - 1}, "overflow"),
        ("safe_div(1, a)", {"a": 0}, "division_by_zero"),
        ("to_int(t)", {"t": "x"}, "bad_text"),
        ("to_int(m)", {"m": 250}, "not_whole"),
        ("add_days(as_of_date, a)", {"as_of_date": 1, "a": -1}, "out_of_range"),
    ],
)
def test_a_lost_value_is_explained(text, cells, code):
    explanation = explain(parse_expression(text, types=TYPES), cells)

    assert explanation.value is None
    assert [warning.code for warning in explanation.warnings] == [code]


def test_a_missing_input_is_named_and_is_no_warning():
    explanation = explain(parse_expression("a + b > 1", types=TYPES), {"a": 1, "b": None})

    assert explanation.missing == ("b",)
    assert explanation.warnings == ()


def test_a_branch_that_is_not_taken_warns_of_nothing():
    text = "CASE WHEN a = 0 THEN 0 ELSE int_div(1, a) END"

    assert explain(parse_expression(text, types=TYPES), {"a": 0}).warnings == ()


def test_many_expressions_make_one_function():
    emitter = PythonEmitter(naming={"a": "a", "p": "p"}, never_null={"a"})
    high = emitter.is_true(parse_expression("a > 5 OR p", types=TYPES))
    low = emitter.is_false(parse_expression("a > 5 OR p", types=TYPES))
    source = f"def decide(a, p):\n    return {high}, {low}\n"

    decide = compile_function(source, name="decide", constants=emitter.constants)

    assert decide(9, None) == (True, False)
    assert decide(1, None) == (False, False)
    assert decide(1, False) == (False, True)


def test_importing_the_room_loads_no_engine():
    heavy = ["sqlglot", "duckdb", "polars", "pyspark", "pyarrow", "django", "psycopg"]
    code = f"import sys, goodstanding.language; print([m for m in {heavy} if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
