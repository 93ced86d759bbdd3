"""Gaps, overlaps, hidden and contradictory rows of decision tables, each with its example."""

import pytest

from goodstanding.policies.engine import Policy, read_policy
from goodstanding.policies.engine.checks import check_policy
from goodstanding.policies.engine.difference import compare_policies
from tests.rooms.policies.texts import table_policy


def policy_of(hit: str, lines: str, *, outputs: str = "{out: INTEGER}") -> Policy:
    block = "".join(f"      {line}\n" for line in lines.strip().splitlines())
    held = f"    outputs: {outputs}\n" if outputs else ""
    return read_policy(
        table_policy(f"  t:\n    hit: {hit}\n    on_missing: ignore\n{held}    rows: |\n{block}")
    )


def findings(hit: str, lines: str, *, outputs: str = "{out: INTEGER}") -> list[str]:
    """Severity, code and message of what the table's check finds."""
    return [
        f"{item.severity} {item.code}: {item.message}"
        for item in check_policy(policy_of(hit, lines, outputs=outputs))
        if item.path.startswith("tables.")
    ]


def test_a_gap_is_shown_by_a_record_that_no_row_covers():
    found = findings("unique", """
row | amount      | form
    """.strip() + """ || out
A   | [0, 600)    | -                     || 1
B   | > 600       | 'company'             || 2
C   | >= 600      | not ('company')       || 3
""")  # fmt: skip

    assert found == [
        "error table_gap: No row of t covers a record such as amount = 600.00, form = 'company'."
    ]


@pytest.mark.parametrize(
    ("column", "cells", "example"),
    [
        ("age", [">= 1"], "age = 0"),
        ("amount", ["<= 9.99"], "amount = 10.00"),
        ("since", ["< 2026-01-01", "> 2026-01-01"], "since = 2026-01-01"),
        ("share", ["< 0.5", "> 0.5"], "share = 0.5"),
        ("vat_ok", ["true"], "vat_ok = false"),
        ("country", ["'GB'"], "country = any other text"),
        ("form", ["'company'", "'sole_trader'"], "form = 'partnership'"),
        ("age", ["missing", "[0, 6)"], "age = 6"),
        ("age", ["[0, 6)", "not (missing, 7)", "7"], "age = missing"),
    ],
)
def test_the_example_of_a_gap_is_a_value_of_the_column(column: str, cells: list[str], example: str):
    rows = "\n".join(f"R{at} | {cell} || {at}" for at, cell in enumerate(cells))

    found = findings("first", f"row | {column} || out\n{rows}")

    assert f"error table_gap: No row of t covers a record such as {example}." in found


def test_a_gap_of_a_table_that_owes_no_value_is_only_a_note():
    found = findings("first", "row | age || effect | reason\nA | < 6 || refer | R", outputs="")

    assert found == ["note table_gap: No row of t covers a record such as age = 6."]


def test_a_table_without_a_gap_has_no_finding():
    found = findings("unique", """
row | amount   | vat_ok || out
A   | < 600    | -      || 1
B   | >= 600   | true   || 2
C   | >= 600   | false  || 3
""")  # fmt: skip

    assert found == []


def test_rows_that_overlap_are_an_error_under_unique_and_a_note_under_first():
    lines = "row | amount || out\nA | <= 600 || 1\nB | >= 600 || 2"

    assert findings("unique", lines) == [
        "error rows_overlap: Rows A and B both match a record such as amount = 600.00."
    ]
    assert findings("first", lines) == [
        "note rows_overlap: Rows A and B both match a record such as amount = 600.00, where A wins."
    ]


def test_rows_of_one_priority_may_not_overlap():
    lines = "row | amount || out | priority\nA | <= 600 || 1 | 1\nB | >= 600 || 2 | {at}"

    assert findings("priority", lines.format(at=1))[0].startswith("error rows_overlap")
    assert findings("priority", lines.format(at=0)) == [
        "note rows_overlap: Rows B and A both match a record such as amount = 600.00, where B wins."
    ]


def test_a_row_that_two_earlier_ones_cover_together_is_never_reached():
    found = findings("first", """
row | age     || out
A   | < 6     || 1
B   | >= 6    || 2
C   | [3, 9]  || 3
""")  # fmt: skip

    assert found == [
        "error row_masked: Row C is never reached: the rows before it cover all that it matches."
    ]


def test_a_row_outside_of_the_declared_bounds_matches_nothing():
    found = findings("first", "row | amount || out\nA | < 0 || 1\nB | - || 2")

    assert found == [
        "error row_never_true: No record matches row A: the declared bounds of amount exclude it."
    ]


def test_rows_with_the_same_tests_contradict_or_repeat_each_other():
    lines = "row | age || out\nA | < 6 || 1\nB | [0, 6) || {out}\nC | >= 6 || 3"

    assert findings("first", lines.format(out=2)) == [
        "error rows_contradict: Row B has the tests of row A and another answer."
    ]
    assert findings("first", lines.format(out=1)) == [
        "error row_repeated: Row B has the tests of row A and its answer."
    ]


def test_a_grid_too_large_to_look_at_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("goodstanding.policies.engine.table_regions.STEPS_MAX", 1)
    lines = "row | age | vat_ok || out\nA | < 6 | true || 1\nB | >= 6 | false || 2"

    found = findings("unique", lines)

    assert found[0].startswith("warning table_not_checked")


def test_a_finding_stands_at_the_line_of_its_row():
    policy = policy_of("first", "row | age || out\nA | - || 1\nB | >= 6 || 2")

    (finding,) = [item for item in check_policy(policy) if item.code == "row_masked"]

    assert policy.text.splitlines()[finding.place.line - 1].strip() == "B | >= 6 || 2"
    assert finding.path == "tables.t.B"


def test_the_difference_of_two_tables_is_told_row_by_row():
    before = policy_of("first", "row | age || out\nA | < 6 || 1\nB | - || 2")
    after = policy_of("unique", "row | age || out\nA | < 9 || 1\nC | - || 2")

    assert [change.words for change in compare_policies(before, after)] == [
        "Table t: the hit policy changes from first to unique.",
        "The row t.B is gone.",
        "Row t.A: age changes from < 6 to < 9.",
        "The row t.C is new.",
    ]
