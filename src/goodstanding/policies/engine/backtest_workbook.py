"""The result of a backtest as a workbook: a sheet for each section of its page, native numbers.

Counts, shares, amounts and days are numbers of the spreadsheet, never texts, so that they can be
added up and sorted; no cell is a formula. The last sheet says where all of it comes from.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from goodstanding.policies.engine.backtest_figures import (
    BacktestResult,
    Evidence,
    Group,
    Move,
    RuleCount,
    Tally,
)
from goodstanding.policies.engine.dated_lists import skipped_words

Format = Literal["text", "count", "share", "amount", "number"]
Cell = str | int | float | Decimal | date | datetime | None
EVIDENCE_WORDS = {
    Evidence.OBSERVED: (
        "Evidence class A: nobody was declined then, so every outcome was seen, also of those"
        " whom the version would decline."
    ),
    Evidence.SELECTED: (
        "Only what was approved then has an outcome; what a version would newly approve is not"
        " known from this history."
    ),
    Evidence.NONE: "This history has no outcomes: counts and money only.",
}
LISTS_WORDS = {
    True: "each case read the version in force on its own day",
    False: "every case read the version that the policy pins",
}
INTERVALS = "95 %: Jeffreys for rates, Fay and Feuer (1997) for sums of losses"
WIDEST = 60
MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet: heading, format, and its cell of a row."""

    heading: str
    format: Format
    of: Callable[[Any], Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A section: its rows in columns."""

    title: str
    columns: Sequence[SheetColumn]
    rows: Sequence[Any]


def write_workbook(result: BacktestResult, *, provenance: Mapping[str, Cell]) -> bytes:
    """The workbook; `provenance` is what the caller knows of the run, one line each."""
    import xlsxwriter

    file = io.BytesIO()
    book: Any = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False})
    with book:
        formats = _formats(book, result.currency)
        for sheet in sheets(result, provenance):
            _write(book.add_worksheet(sheet.title), sheet, formats)
        _draw_bands(book, result)
    return file.getvalue()


def sheets(result: BacktestResult, provenance: Mapping[str, Cell]) -> list[Sheet]:
    """The sections that have rows, in the order of the page."""
    compared = result.comparison
    found = [
        Sheet("Eligible and skipped", _ELIGIBLE, list(eligible(result))),
        Sheet("Outcomes", _groups("Outcome", result), result.outcomes),
        Sheet("Bands", _groups("Band", result), result.bands),
        Sheet("Moves", _moves(result), compared.moves if compared else ()),
        Sheet("What was moved", _CONSTANTS, compared.constants if compared else ()),
        Sheet("Rules", _rules(result), result.rules),
        Sheet("Lists", _LISTS, result.lists),
        Sheet("Provenance", _LINES, list(_provenance(result, provenance).items())),
    ]
    return [sheet for sheet in found if sheet.rows]


def eligible(result: BacktestResult) -> Iterable[tuple[str, int, float]]:
    """Cases of the history by whether they could be decided and why not, with their share."""
    rows = max(1, result.rows)
    yield "Cases of the history", result.rows, result.rows / rows
    yield "Eligible: decided", result.decided, result.decided / rows
    for name, count in result.skipped.items():
        yield f"Skipped: {skipped_words(name)}", count, count / rows


def _provenance(result: BacktestResult, given: Mapping[str, Cell]) -> dict[str, Cell]:
    compared = result.comparison
    found: dict[str, Cell] = {
        "Policy": result.policy,
        "Version": result.version,
        "Tree hash": result.tree_hash,
    }
    if compared is not None:
        found |= {
            "Compared with version": compared.version,
            "Its tree hash": compared.tree_hash,
        }
    if result.lists:
        found["Lists"] = LISTS_WORDS[result.has_lists_of_the_day]
    found |= {"First day": result.first, "Last day": result.last, "Engine": result.engine}
    return found | {
        "Evidence": EVIDENCE_WORDS[result.evidence],
        "Intervals": INTERVALS,
        "Currency": result.currency,
        **given,
    }


_ELIGIBLE = (
    SheetColumn("Cases", "text", lambda row: row[0]),
    SheetColumn("Number", "count", lambda row: row[1]),
    SheetColumn("Share", "share", lambda row: row[2]),
)
_LISTS = (
    SheetColumn("List", "text", lambda row: row.label),
    SheetColumn("Kept as", "text", lambda row: row.kept),
    SheetColumn("Version", "text", lambda row: row.version),
    SheetColumn("In force from", "text", lambda row: row.start),
    SheetColumn("Until", "text", lambda row: row.end),
    SheetColumn("Cases that read it", "count", lambda row: row.cases),
)
_CONSTANTS = (
    SheetColumn("Constant", "text", lambda row: row.label),
    SheetColumn("Name", "text", lambda row: row.name),
    SheetColumn("As it stands", "text", lambda row: row.before),
    SheetColumn("As asked", "text", lambda row: row.after),
)
_LINES = (
    SheetColumn("What", "text", lambda row: row[0]),
    SheetColumn("Value", "text", lambda row: row[1]),
)


def _groups(word: str, result: BacktestResult) -> list[SheetColumn]:
    name = SheetColumn(word, "text", lambda row: row.name)
    return [name, *_tally(result, _tally_of)]


def _moves(result: BacktestResult) -> list[SheetColumn]:
    names = [
        SheetColumn("As it stands", "text", lambda row: row.before),
        SheetColumn("As asked", "text", lambda row: row.after),
    ]
    return [*names, *_tally(result, _tally_of)]


def _tally_of(row: Group | Move) -> Tally:
    return row.tally


def _tally(result: BacktestResult, of: Callable[[Any], Tally]) -> Iterable[SheetColumn]:
    decided = max(1, result.decided)
    yield SheetColumn("Cases", "count", lambda row: of(row).n)
    yield SheetColumn("Share of the decided", "share", lambda row: of(row).n / decided)
    yield SheetColumn("Amount", "amount", lambda row: of(row).amount)
    if result.has_labels:
        yield SheetColumn("Outcome known", "count", lambda row: of(row).labelled)
        yield SheetColumn("Bad", "count", lambda row: of(row).bads)
        yield from _rate(lambda row: of(row).bad_rate)
        yield SheetColumn("Bad, by the model", "number", lambda row: of(row).expected)
    if result.has_losses:
        yield SheetColumn("Written off", "amount", lambda row: of(row).loss)
        yield SheetColumn("Written off, low", "amount", lambda row: of(row).loss_ends[0])
        yield SheetColumn("Written off, high", "amount", lambda row: of(row).loss_ends[1])


def _rules(result: BacktestResult) -> list[SheetColumn]:
    decided = max(1, result.decided)
    columns = [
        SheetColumn("Rule", "text", lambda row: row.id),
        SheetColumn("In words", "text", lambda row: row.label),
        SheetColumn("True", "count", lambda row: row.true),
        SheetColumn("Share true", "share", lambda row: row.true / decided),
        SheetColumn("False", "count", lambda row: row.false),
        SheetColumn("Unknown", "count", lambda row: row.unknown),
        SheetColumn("Amount where true", "amount", lambda row: row.amount),
    ]
    if result.has_labels:
        columns += [
            SheetColumn("Outcome known where true", "count", lambda row: row.labelled),
            SheetColumn("Bad where true", "count", lambda row: row.bads),
            *_rate(_rule_rate),
        ]
    return columns


def _rule_rate(row: RuleCount) -> Any:
    return row.bad_rate


def _rate(of: Callable[[Any], Any]) -> Iterable[SheetColumn]:
    yield SheetColumn("Bad rate", "share", lambda row: of(row).value)
    yield SheetColumn("Bad rate, low", "share", lambda row: of(row).low)
    yield SheetColumn("Bad rate, high", "share", lambda row: of(row).high)


def _formats(book: Any, currency: str) -> dict[str, Any]:
    amount = f'#,##0.00 "{currency}"' if currency.isalpha() else "#,##0.00"
    return {
        "heading": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "count": book.add_format({"num_format": "#,##0"}),
        "share": book.add_format({"num_format": "0.0%"}),
        "amount": book.add_format({"num_format": amount}),
        "number": book.add_format({"num_format": "#,##0.0"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        "instant": book.add_format({"num_format": 'yyyy-mm-dd hh:mm:ss "UTC"', "align": "left"}),
    }


def _write(page: Any, sheet: Sheet, formats: Mapping[str, Any]) -> None:
    page.write_row(0, 0, [column.heading for column in sheet.columns], formats["heading"])
    page.freeze_panes(1, 0)
    for number, row in enumerate(sheet.rows, start=1):
        for place, column in enumerate(sheet.columns):
            _write_cell(page, number, place, column.of(row), formats, column.format)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, _width(column, sheet.rows))


def _write_cell(
    page: Any, row: int, place: int, value: Cell, formats: Mapping[str, Any], chosen: Format
) -> None:
    match value:
        case None:
            page.write_blank(row, place, None)
        case datetime():
            page.write_datetime(row, place, value.replace(tzinfo=None), formats["instant"])
        case date():
            page.write_datetime(row, place, datetime.combine(value, MIDNIGHT), formats["day"])
        case str():
            page.write_string(row, place, value, formats["text"])
        case _:
            page.write_number(row, place, value, formats[chosen])


def _width(column: SheetColumn, rows: Sequence[Any]) -> int:
    if column.format != "text":
        return 18
    texts = [str(column.of(row) or "") for row in rows]
    return min(WIDEST, max(map(len, [column.heading, *texts])) + 2)


def _draw_bands(book: Any, result: BacktestResult) -> None:
    """The bad rate by band as a chart of the spreadsheet, below its rows."""
    page = book.get_worksheet_by_name("Bands")
    if page is None or not result.has_labels:
        return
    headings = [column.heading for column in _groups("Band", result)]
    rate, last = headings.index("Bad rate"), len(result.bands)
    chart = book.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": "Bad rate",
            "categories": ["Bands", 1, 0, last, 0],
            "values": ["Bands", 1, rate, last, rate],
            "data_labels": {"value": True},
        }
    )
    chart.set_title({"name": "Bad rate by band of the score"})
    chart.set_y_axis({"num_format": "0%", "name": "Bad rate, % of cases"})
    chart.set_legend({"none": True})
    page.insert_chart(last + 2, 0, chart)
