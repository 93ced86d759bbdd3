"""Renders docs/language.md from the tables: `python -m tests.spec.manual` writes it."""

from collections.abc import Mapping
from pathlib import Path

from goodstanding.language import BOOLEAN, ExpressionRefused, parse_expression, parse_type
from tests.spec.contents import CHAPTERS, REFUSED_TABLES
from tests.spec.tables import Given, Refusals, Table

PAGE = Path(__file__).parents[2] / "docs" / "language.md"

INTRODUCTION = """\
# The policy language

<!-- Rendered from tests/spec by `python -m tests.spec.manual`; a test fails when it is stale. -->

A policy says everything by **expressions**: one scalar formula over the typed inputs of one
record, in a closed part of SQL. The same text means the same on every engine: live in Python, in
batch on Polars and DuckDB, in PostgreSQL and on Spark. Every row of this manual is run on all of
them. Nothing an author writes is ever executed as code.

    dpd_max > 30 AND NOT in_list(seller_id, 'watched')
    safe_div(disputed, revenue) >= 0.10
    CASE WHEN tenure_months < 12 THEN 10 WHEN tenure_months < 36 THEN 25 ELSE 40 END

## Types

| type | values | written in a policy |
|---|---|---|
| BOOLEAN | true, false | `TRUE`, `FALSE` |
| INTEGER | whole numbers of 64 bits | `31`, `-5` |
| DECIMAL(p,s) | exact, p digits (at most 38), s of them after the point | `0.80`, `1000.00` |
| DOUBLE | binary floating point; for scores and ratios | a number beside a DOUBLE |
| TEXT | Unicode text in NFC | `'GB'`, `'it''s'` |
| DATE | days of the years 1 to 9999 | `DATE '2024-02-29'` |
| TIMESTAMP | instants in UTC, to the microsecond | an input, or `as_of` |

Any value may be NULL: unknown. Two steps happen by themselves: an INTEGER beside a DECIMAL
becomes one, and a number written beside a DOUBLE becomes the nearest DOUBLE. Everything else is
said with a function.

## What may be written

| | |
|---|---|
| compare | `=` `<>` `<` `<=` `>` `>=`, `IN (...)`, `BETWEEN ... AND ...`, `LIKE 'pattern'` |
| combine | `AND` `OR` `NOT` |
| ask | `IS [NOT] NULL`, `IS [NOT] TRUE`, `IS [NOT] FALSE`, `IS [NOT] DISTINCT FROM` |
| choose | `CASE WHEN ... THEN ... ELSE ... END`, `CASE x WHEN ...`, `coalesce`, `nullif` |
| calculate | `+` `-` `*`, `abs(x)` |
| divide | `safe_div(a,b)`, `div_round(a,b,s)`, `int_div(a,b)`, `mod(a,b)` |
| round | `round_half_up(x,s)`, `floor(x)`, `ceil(x)`, `trunc(x)` |
| least and greatest | `min_of(a,b,...)`, `max_of(a,b,...)` |
| convert | `to_int(x)`, `to_decimal(x,p,s)`, `to_double(x)`, `to_date(x)` |
| dates | `date_diff_days(a,b)`, `date_diff_months(a,b)`, `add_days(d,n)`, `add_months(d,n)` |
| text | `a || b`, `length(x)`, `substr(x,start,count)`, `starts_with(x,y)`, `contains(x,y)`, \
`lower_ascii(x)`, `upper_ascii(x)`, `trim_spaces(x)` |
| lists | `in_list(x,'name')` |
| clock | `as_of` (TIMESTAMP), `as_of_date` (DATE in the policy's time zone) |

An expression is at most 8 KB long and nested at most 24 deep. It never fails on a record: what
cannot be calculated (overflow, a division by 0, a text that is no number) is NULL, and the
record says so.
"""


def render() -> str:
    """The whole manual."""
    parts = [INTRODUCTION]
    for chapter, tables in CHAPTERS:
        parts.append(f"## {chapter}\n")
        parts.extend(render_table(table) for table in tables)
    parts.append("## What is refused, and what to write instead\n")
    parts.extend(render_refusals(table) for table in REFUSED_TABLES)
    return "\n".join(parts)


def render_table(table: Table) -> str:
    types = ", ".join(f"`{name}` {of}" for name, of in table.types.items())
    rows = "\n".join(
        f"| {code(text)} | {render_given(given)} | {render_value(out)} |"
        for text, given, out in table.rows
    )
    return (
        f"### {table.title}\n\n{table.text}\n\nInputs: {types}."
        f"\n\n| expression | inputs | result |\n|---|---|---|\n{rows}\n"
    )


def render_given(given: Mapping[str, Given]) -> str:
    return ", ".join(f"{name} = {render_value(value)}" for name, value in given.items())


def render_value(value: str | bool | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return code(value) if value else "''"


def render_refusals(table: Refusals) -> str:
    rows = "\n".join(render_refusal(table, text) for text, _ in table.rows)
    head = "| written | why not | mend |\n|---|---|---|"
    return f"### {table.title}\n\n{table.text}\n\n{head}\n{rows}\n"


def render_refusal(table: Refusals, text: str) -> str:
    types = {name: parse_type(of) for name, of in table.types.items()}
    try:
        parse_expression(text, types=types, expect=BOOLEAN)
    except ExpressionRefused as refused:
        return f"| {code(text)} | {plain(refused.problem)} | {plain(refused.remedy)} |"
    raise AssertionError(f"{text} is accepted")


def code(text: str) -> str:
    """A text as code in a cell of a table, shortened, its odd characters spelt out."""
    short = text if len(text) <= 72 else f"{text[:60]} ... ({len(text)} characters)"
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in short)
    fence = "``" if "`" in shown else "`"
    pad = " " if shown.startswith((" ", "`")) or shown.endswith((" ", "`")) else ""
    return f"{fence}{pad}{shown}{pad}{fence}".replace("|", "\\|")


def plain(text: str) -> str:
    """A sentence in a cell of a table."""
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
    return shown.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
