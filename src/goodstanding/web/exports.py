"""Exactly what a list shows, as CSV, as a workbook, or as Parquet."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from goodstanding.core.audit import write_audit
from goodstanding.core.money import Money
from goodstanding.core.time import utc_now
from goodstanding.web.errors import NotAFormat
from goodstanding.web.types import Column, Estimate, Signal

MIDNIGHT = time()
INSTANT_WIDTH = 19
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def export_rows(
    request: HttpRequest, *, columns: Sequence[Column], rows: Sequence[Any], name: str
) -> HttpResponse:
    """The rows in the format that the address asks for (`format=csv|xlsx|parquet`).

    Money becomes an amount and a currency, an estimate its value, n and interval; instants stay
    in UTC. Writes a line of the audit trail. Raises NotAFormat.
    """
    asked = format_asked(request)
    _, content_type, write = FORMATS[asked]
    cells = [[_parts(column.key, column.of(row)) for column in columns] for row in rows]
    headings = _headings(columns, cells)
    response = HttpResponse(write(headings, _flat(cells, headings)), content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{asked}"'
    write_audit(
        actor=request.user.get_username(),
        action="export_rows",
        object_kind="list",
        object_id=name,
        at=utc_now(),
        detail={"format": asked, "rows": len(rows), "query": request.GET.urlencode()},
    )
    return response


def format_asked(request: HttpRequest) -> str:
    """The format that the address asks for; raises NotAFormat, before any row is read."""
    asked = request.GET.get("format", "")
    if asked not in FORMATS:
        raise NotAFormat(field="format", asked=asked, formats=", ".join(FORMATS))
    return asked


def _headings(columns: Sequence[Column], cells: Sequence[Sequence[dict[str, Any]]]) -> list[str]:
    headings: list[str] = []
    for place, column in enumerate(columns):
        names = max((row[place] for row in cells), key=len, default={column.key: None})
        headings += list(names)
    return headings


def _flat(
    cells: Sequence[Sequence[dict[str, Any]]], headings: Sequence[str]
) -> Iterator[list[Any]]:
    for row in cells:
        values = {name: value for cell in row for name, value in cell.items()}
        yield [values.get(heading) for heading in headings]


def _parts(key: str, value: Any) -> dict[str, Any]:
    match value:
        case Money():
            return {key: value.as_decimal(), f"{key}_currency": value.currency}
        case Estimate():
            return {
                key: value.value, f"{key}_n": value.n, f"{key}_low": value.low,
                f"{key}_high": value.high, f"{key}_provisional": value.provisional,
            }  # fmt: skip
        case Signal():
            return {key: value.word}
        case timedelta():
            return {key: value.total_seconds()}
        case None | bool() | int() | float() | Decimal() | date() | str():
            return {key: value}
        case _:
            return {key: _text(value)}


def _text(value: Any) -> str:
    """A document as JSON, which a machine reads again; anything else as it says itself."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _write_csv(headings: Sequence[str], rows: Iterator[list[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([_plain(value) for value in row])
    return text.getvalue().encode()


def _plain(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is quoted (OWASP, CSV injection)."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def _write_workbook(headings: Sequence[str], rows: Iterator[list[Any]]) -> bytes:
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "nan_inf_to_errors": True}) as book:
        sheet = book.add_worksheet("rows")
        bold = book.add_format({"bold": True})
        instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, headings, bold)
        sheet.freeze_panes(1, 0)
        instants: set[int] = set()
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(number, place, value.replace(tzinfo=None), instant)
                    instants.add(place)
                elif isinstance(value, date):
                    sheet.write_datetime(number, place, datetime.combine(value, MIDNIGHT), day)
                elif isinstance(value, str):
                    sheet.write_string(number, place, value)
                else:
                    sheet.write(number, place, value)
        sheet.autofit()
        for place in instants:
            sheet.set_column(place, place, INSTANT_WIDTH)
    return file.getvalue()


def _write_parquet(headings: Sequence[str], rows: Iterator[list[Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: list[list[Any]] = [[] for _ in headings]
    for row in rows:
        for place, value in enumerate(row):
            columns[place].append(str(value) if isinstance(value, UUID) else value)
    columns = [_of_one_type(column) for column in columns]
    table = pa.table(dict(zip(headings, columns, strict=True)))  # pyright: ignore[reportUnknownVariableType]
    file = io.BytesIO()
    pq.write_table(table, file)  # pyright: ignore[reportUnknownArgumentType]
    return file.getvalue()


def _of_one_type(values: list[Any]) -> list[Any]:
    """As Parquet needs a column: whole numbers beside decimals become such, other mixtures text."""
    present: list[object] = [value for value in values if value is not None]
    kinds = set(map(type, present))
    if len(kinds) < 2:
        return values
    one = Decimal if kinds == {int, Decimal} else str
    return [None if value is None else one(value) for value in values]


Writer = Callable[[Sequence[str], Iterator[list[Any]]], bytes]
FORMATS: dict[str, tuple[str, str, Writer]] = {
    "csv": ("CSV", "text/csv; charset=utf-8", _write_csv),
    "xlsx": (
        "Excel workbook",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _write_workbook,
    ),
    "parquet": ("Parquet", "application/vnd.apache.parquet", _write_parquet),
}
