"""Rows of a file as text, each with its line. Bad rows are handed on as such, never dropped.

CSV is read by the standard library's reader, since a quarantine needs the line and the text of the
row that is wrong; Parquet by Arrow, in batches.
"""

import csv
import gzip
import hashlib
import io
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow.parquet as pq
from pyarrow import ArrowInvalid  # pyright: ignore[reportUnknownVariableType]

from goodstanding.ledger.errors import FileUnreadable

BROKEN_PARQUET = (cast("type[Exception]", ArrowInvalid),)
BEGINNINGS = {
    b"PK\x03\x04": "it is a spreadsheet or a zip; save it as csv",
    b"\xff\xfe": "it is UTF-16; save it as UTF-8",
    b"\xfe\xff": "it is UTF-16; save it as UTF-8",
}
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "upright strokes"}
BLOCK = 1 << 20
BATCH = 4096


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it came: its line in the file (a Parquet row counts from 1), column to text.

    `broken` says why the row could not be split into its columns, where that is so.
    """

    line: int
    values: dict[str, str | None]
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to import: its columns, its digest, and about how many rows it has."""

    path: Path
    columns: list[str]
    file_hash: str
    row_estimate: int

    def rows(self) -> Iterator[RawRow]:
        """The rows from the beginning."""
        return _parquet_rows(self.path) if _is_parquet(self.path) else _csv_rows(self.path)


def open_source(path: Path) -> SourceFile:
    """Look at a csv, csv.gz or parquet file; raises FileUnreadable."""
    try:
        if _is_parquet(path):
            columns, count = _parquet_head(path)
        else:
            columns, count = _csv_head(path)
        return SourceFile(path, columns, _digest(path), count)
    except (OSError, EOFError, csv.Error, zlib.error, *BROKEN_PARQUET) as surprise:
        problem = str(getattr(surprise, "strerror", None) or surprise).rstrip(".")
        raise FileUnreadable(field="file", path=path, problem=problem) from surprise


def _is_parquet(path: Path) -> bool:
    return path.suffix == ".parquet"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _open_bytes(path: Path) -> Any:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _csv_head(path: Path) -> tuple[list[str], int]:
    with _open_bytes(path) as file:
        _check_beginning(file.read(4))
        file.seek(0)
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b""))
    with _open_text(path) as text:
        header = next(csv.reader(text), None)
    if not header:
        raise EOFError("it has no header")
    repeated = {name for name in header if header.count(name) > 1}
    if repeated:
        raise EOFError(f"its header names {min(repeated)!r} twice")
    for letter, name in OTHER_SEPARATORS.items():
        if len(header) == 1 and letter in header[0]:
            raise EOFError(f"its fields are separated by {name}; separate them by commas")
    return header, max(0, lines - 1)


def _check_beginning(first: bytes) -> None:
    for mark, problem in BEGINNINGS.items():
        if first.startswith(mark):
            raise EOFError(problem)


def _open_text(path: Path) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        _open_bytes(path), encoding="utf-8-sig", errors="surrogateescape", newline=""
    )


def _csv_rows(path: Path) -> Iterator[RawRow]:
    csv.field_size_limit(sys.maxsize)
    with _open_text(path) as text:
        reader = csv.reader(text)
        header = next(reader)
        line = reader.line_num + 1
        for fields in reader:
            if fields:
                yield _csv_row(header, fields, line=line, last=reader.line_num)
            line = reader.line_num + 1


def _csv_row(header: list[str], fields: list[str], *, line: int, last: int) -> RawRow:
    broken = None
    if len(fields) != len(header):
        broken = f"has {len(fields)} fields where the header has {len(header)}"
        if last > line:
            broken += f", and goes on to line {last}: a quotation mark may be left open"
    elif any("\x00" in field for field in fields):
        broken = "holds a NUL character"
    elif any(not field.isascii() and _has_surrogate(field) for field in fields):
        broken = "is not UTF-8"
    values: dict[str, str | None] = dict(zip(header, map(_printable, fields), strict=False))
    if len(fields) > len(header):
        values["(further fields)"] = ",".join(map(_printable, fields[len(header) :]))
    return RawRow(line, values, broken)


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _printable(text: str) -> str:
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _parquet_head(path: Path) -> tuple[list[str], int]:
    parquet: Any = pq.ParquetFile(path)
    return list(parquet.schema_arrow.names), int(parquet.metadata.num_rows)


def _parquet_rows(path: Path) -> Iterator[RawRow]:
    parquet: Any = pq.ParquetFile(path)
    line = 0
    for batch in parquet.iter_batches(batch_size=BATCH):
        rows: list[dict[str, Any]] = batch.to_pylist()
        for row in rows:
            line += 1
            yield RawRow(line, {name: _as_text(value) for name, value in row.items()})


def _as_text(value: Any) -> str | None:
    """A typed value as the text a mapping reads."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
