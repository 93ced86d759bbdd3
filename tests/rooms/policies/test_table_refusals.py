"""What a decision table may not say, and the words in which it is told so."""

import pytest

from goodstanding.policies.engine import PolicyRefused, read_policy
from tests.rooms.policies.texts import table_policy

U, INT = "unique", "INTEGER"
HEAD = "  t:\n    hit: {hit}\n    on_missing: ignore\n    outputs: {{out: {type}}}\n    rows: |\n"


def refusal(tables: str) -> list[str]:
    with pytest.raises(PolicyRefused) as caught:
        read_policy(table_policy(tables))
    return [f"{item.message} {item.mend}" for item in caught.value.mistakes]


def cell(column: str, written: str) -> list[str]:
    head = HEAD.format(hit="first", type="INTEGER")
    return refusal(f"{head}      row | {column} || out\n      A | {written} || 1\n")


@pytest.mark.parametrize(
    ("column", "written", "told"),
    [
        ("amount", "[600, 0)", "This interval holds nothing. Write the lower end first."),
        ("amount", "[0, 600", "The cell ends too early."),
        ("amount", "[0 600)", "A , is wanted here, not '600'."),
        ("amount", "[0, 600 > 5", "An interval ends with ] or )."),
        ("amount", ">= 'GB'", "'GB' is no DECIMAL(14,2). Write digits, or the name of a constant."),
        ("amount", "12.345", "'12.345' is not a number of at most 12 digits before and 2 after"),
        ("amount", "1, 2 3", "'3' is not expected here."),
        ("amount", "amount + 1", "'amount + 1' is no test of a cell."),
        ("amount", ">= tip", "There is no constant 'tip'. Did you mean 'top'?"),
        ("amount", "<> 5", "A cell has no `<>`. Write `not (value)`."),
        ("amount", "not 5", "A ( is wanted here, not '5'."),
        ("country", "GB", "'GB' is no test of a cell. Put a text in single quotes: 'GB'."),
        ("country", "gb", "There is no constant 'gb'. Put a text in single quotes: 'GB'."),
        (
            "country",
            "['A', 'B']",
            "TEXT has no order to test. Name the values: 'GB', 'DE' or true.",
        ),
        ("country", "5", "5 is no TEXT. Put a text in single quotes: 'GB'."),
        ("country", "top", "The constant top does not fit TEXT: it is INTEGER."),
        ("vat_ok", "1", "1 is no BOOLEAN. Write true or false."),
        ("vat_ok", ">= true", "BOOLEAN has no order to test."),
        ("since", "2026-02-30", "Write a day as 2026-11-22."),
        ("share", "0.5", "Equality of DOUBLE depends on the last bit, which engines do not share."),
        ("age", "", "A cell is empty. Write `-` for nothing."),
        ("colour", "-", "The policy has no"),
    ],
)
def test_a_cell_says_what_is_wrong_with_it(column: str, written: str, told: str):
    found = cell(column, written)

    if column == "colour":
        assert "colour" in found[0]
    else:
        assert any(told in line for line in found), found


def test_a_bad_cell_is_named_by_line_and_column():
    text = table_policy(
        HEAD.format(hit="first", type="INTEGER")
        + "      row | amount   | age    || out\n      A   | [0, 600) | >= big || 1\n"
    )

    with pytest.raises(PolicyRefused) as caught:
        read_policy(text)

    place = caught.value.mistakes[0].place
    assert text.splitlines()[place.line - 1][place.column - 1 :].startswith("big")


@pytest.mark.parametrize(
    ("hit", "type_", "lines", "told"),
    [
        ("best", INT, "row | age || out\nA | - || 1", "'best' is not known here. Use one of"),
        (U, INT, "row | age || out\nA | - || 'x'", "The output out is INTEGER, and 'x'"),
        (U, INT, "row | age || out\nA | - || 1.5", "The output out is INTEGER, and 1.5"),
        (U, INT, "row | age || out\nA | - || agee", "Did you mean 'age'?"),
        (U, INT, "row | age || oun\nA | - || 1", "The table has no output 'oun'. Did"),
        (U, INT, "row | age || label\nA | - || 1", "No column gives the output 'out'."),
        (U, INT, "id | age || out\nA | - || 1", "The first column holds the id of each"),
        (U, INT, "row | age | age || out\nA | - | - || 1", "The column 'age' stands twice"),
        (U, INT, "row | Age || out\nA | - || 1", "'Age' is no name."),
        (U, INT, "row | age || out\nA | - || 1\nA | 5 || 2", "The row 'A' stands twice"),
        (U, INT, "row | age || out\n1 | - || 1", "'1' is no id of a row."),
        (U, INT, "row | age || out\nA | - | - || 1", "This row has 3 and 1 cells, the"),
        (U, INT, "row | age | out\nA | - | 1", "A line has one `||` between what is"),
        (U, INT, "row | age || out", "A table has 1 to 200 rows below its heads"),
        (U, INT, "row || out\nA || 1", "A table tests 1 to 24 columns"),
        (U, INT, "row | age || out | effect\nA | - || 1 | stop", "'stop' is no effect"),
        (U, INT, "row | age || out | effect\nA | - || 1 | refer", "gives no reason."),
        (U, INT, "row | age || out | points\nA | - || 1 | x", "'x' is no whole number."),
        ("priority", INT, "row | age || out\nA | - || 1", "Rows have a priority exactly under"),
        ("collect", INT, "row | age || out\nA | - || 1", "an output holds one value."),
        ("collect sum", "TEXT", "row | age || out\nA | - || 'x'", "TEXT has no sum."),
        ("collect max", INT, "row | age || out\nA | - || age", "Under `collect max` a value is"),
    ],
)  # fmt: skip
def test_a_table_says_what_is_wrong_with_it(hit: str, type_: str, lines: str, told: str):
    block = "".join(f"      {line}\n" for line in lines.splitlines())

    found = refusal(HEAD.format(hit=hit, type=type_) + block)

    assert any(told in line for line in found), found


def test_a_table_that_is_too_large_is_refused():
    block = "".join(f"      N{at} | {at} || {at}\n" for at in range(201))

    found = refusal(HEAD.format(hit="unique", type="INTEGER") + "      row | age || out\n" + block)

    assert found[0] == (
        "A table has 1 to 200 rows below its heads; this one has 201."
        " Split it into tables of fewer columns, or keep a list."
    )


BLOCK = "  {name}:\n    hit: {hit}\n{more}    rows: |\n      {head}\n      {row}\n"
MISSING = "    on_missing: ignore\n"


def block(head: str, row: str, *, hit: str = "first", more: str = "", name: str = "t") -> str:
    return BLOCK.format(name=name, hit=hit, more=more, head=head, row=row)


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ("  t: {hit: unique, outputs: {out: TEXT}, rows: nothing}\n", "a block of lines."),
        ("  t: {hit: unique, outputs: {out: TEXTS}, rows: nothing}\n", "'TEXTS' is no type"),
        ("  t: {hit: unique, wording: 5, rows: nothing}\n", "'wording' is not a key"),
        (
            "  t: {hit: unique, on_missing: {default: {age: 0}}, rows: x}\n",
            "A table has no default",
        ),
        (block("row | age || label", "A | - || x"), "Nothing comes of the table."),
        (
            block("row | age || label", "A | - || x", hit="collect sum"),
            "Nothing is gathered.",
        ),
        (
            block("row | age || out", "A | 5 || 1", more="    outputs: {out: INTEGER}\n"),
            "Table t is unknown where a value of age",
        ),
        (
            block(
                "row | age || out",
                "A | - || 1",
                more="    inputs: {gone: age}\n    outputs: {out: INTEGER}\n",
            ),
            "No column is headed 'gone'.",
        ),
        (
            block("row | form || age", "A | - || 1", more="    outputs: {age: INTEGER}\n"),
            "The name 'age' stands twice",
        ),
        (
            block("row | b || a", "A | < 5 || 1", more="    outputs: {a: INTEGER}\n" + MISSING)
            + block(
                "row | a || b",
                "A | < 5 || 1",
                more="    outputs: {b: INTEGER}\n" + MISSING,
                name="s",
            ),
            "Values go in a circle:",
        ),
        (
            block("row | age || effect | reason", "A | 5 || refer | GONE", more=MISSING),
            "There is no reason 'GONE'",
        ),
    ],
)
def test_a_section_that_is_no_table_is_refused(tables: str, told: str):
    found = refusal(tables)

    assert any(told in line for line in found), found


def test_a_table_may_not_test_a_protected_attribute():
    text = table_policy(
        HEAD.format(hit="first", type="INTEGER")
        + "      row | country || out\n      A | 'GB' || 1\n"
    ).replace("label: country}", "label: country, protected: true}")

    with pytest.raises(PolicyRefused) as caught:
        read_policy(text)

    assert caught.value.mistakes[0].code == "withheld_name"
