"""A policy over a table on Spark: in a process of its own, so that it can be stopped and leaves.

What Spark would read otherwise than Polars and DuckDB do, and what it has no function for, is put
right before: frames, models' scores, texts outside of NFC and unusual types go through a file.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
import polars as pl

from goodstanding.language.spark_absent import require_spark
from goodstanding.language.types import Kind
from goodstanding.policies.engine.batch import Batch
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.polars_target import in_nfc
from goodstanding.policies.engine.spark_child import SparkWork
from goodstanding.policies.engine.spark_target import PLACE, SparkTarget

RELATION = "gs_source"
PART_BYTES = 8 * 2**20
MEMORY_MB = 2048
STAGED_ROWS = 500_000
LOOK_EVERY_SECONDS = 0.2
_PLAIN = (
    pl.Boolean, pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.Float32,
    pl.Float64, pl.String, pl.Date, pl.Decimal,
)  # fmt: skip


class SparkFailed(RuntimeError):
    """Spark ended without an answer; the message is the last that it said."""


@dataclass(frozen=True)
class SparkSource:
    """What Spark reads: a table as files or a frame, and scores of models in files beside it.

    `answer` is the empty table that comes out, as Polars lays it out.
    """

    frame: pl.LazyFrame
    schema: Mapping[str, pl.DataType]
    files: list[str] | None
    scores: str | None
    answer: pl.DataFrame


def spark_parts(
    plan: Plan, batch: Batch, source: SparkSource, *, chunk_rows: int
) -> Iterator[pl.DataFrame]:
    """The answer in batches, in the order of the source; empty ones while Spark is at work.

    Whoever takes the batches can so stop between any two. Raises SparkAbsent, SparkFailed.
    """
    require_spark()
    with tempfile.TemporaryDirectory(prefix="goodstanding-spark-") as name:
        scratch = Path(name)
        files = source.files
        if files is None or _needs_staging(plan, batch, source):
            files = _staged(plan, batch, source, scratch / "source")
        types = {column: _type_word(of) for column, of in source.schema.items()}
        work = SparkWork(
            statement=SparkTarget(plan, batch, types).query(RELATION),
            relation=RELATION,
            files=files,
            folder=str(scratch / "answer"),
            scratch=name,
            part_bytes=PART_BYTES,
            memory_mb=MEMORY_MB,
        )
        yield source.answer
        for part in _Run(work).parts():
            if part is None:
                yield source.answer
            else:
                yield from _as_polars(part, source.answer).iter_slices(chunk_rows)


def _type_word(of: pl.DataType) -> str:
    return "DATE" if isinstance(of, pl.Date) else ""


def _read(plan: Plan, batch: Batch) -> list[str]:
    """The columns of the source that the statement reads."""
    moment = batch.as_of if plan.parameters and isinstance(batch.as_of, str) else None
    names = [*batch.keep, *batch.columns.values(), *([moment] if moment else [])]
    return list(dict.fromkeys(names))


def _texts(plan: Plan, batch: Batch) -> list[str]:
    """The columns whose texts the boundary would bring to NFC."""
    if batch.is_normalised:
        return []
    inputs = {item.name: item.type for item in plan.inputs}
    return [column for name, column in batch.columns.items() if inputs[name].kind is Kind.TEXT]


def _needs_staging(plan: Plan, batch: Batch, source: SparkSource) -> bool:
    if source.scores is not None:
        return True
    if any(not _is_plain(source.schema[name]) for name in _read(plan, batch)):
        return True
    texts = [pl.col(name).cast(pl.String) for name in _texts(plan, batch)]
    if not texts:
        return False
    changed = pl.any_horizontal(text.ne_missing(in_nfc(text)).any() for text in texts)
    return bool(source.frame.select(changed).collect(engine="streaming").item())


def _is_plain(of: pl.DataType) -> bool:
    """Whether Spark reads a Parquet column of the type as the same values."""
    return isinstance(of, _PLAIN) or (isinstance(of, pl.Datetime) and of.time_unit == "us")


def _staged(plan: Plan, batch: Batch, source: SparkSource, folder: Path) -> list[str]:
    """What the statement reads as Parquet files, in order: texts in NFC, scores as columns."""
    texts = set(_texts(plan, batch))
    columns = [_plain_column(name, source.schema[name], texts) for name in _read(plan, batch)]
    frame = source.frame.select(pl.lit(value=True).alias("gs_staged"), *columns)
    if source.scores is not None:
        frame = pl.concat([frame, pl.scan_parquet(source.scores)], how="horizontal")
    folder.mkdir()
    files: list[str] = []
    for number, part in enumerate(
        frame.collect_batches(chunk_size=STAGED_ROWS, maintain_order=True, engine="streaming")
    ):
        files.append(str(folder / f"{number:06}.parquet"))
        part.write_parquet(files[-1], row_group_size=STAGED_ROWS // 4)
    if not files:
        files.append(str(folder / "none.parquet"))
        frame.head(0).collect().write_parquet(files[-1])
    return files


def _plain_column(name: str, of: pl.DataType, texts: set[str]) -> pl.Expr:
    column = pl.col(name)
    match of:
        case pl.Null():
            return column.cast(pl.Boolean)
        case pl.String() | pl.Categorical() | pl.Enum():
            text = column.cast(pl.String)
            return in_nfc(text) if name in texts else text
        case pl.Datetime():
            return column.dt.cast_time_unit("us")
        case pl.UInt64():
            return column.cast(pl.Decimal(20, 0))
        case _:
            return column


def _as_polars(part: pl.DataFrame, answer: pl.DataFrame) -> pl.DataFrame:
    """A part of Spark's as the table that Polars gives."""
    return part.select(
        _like(pl.col(name), part.schema[name], of) for name, of in answer.schema.items()
    )


def _like(column: pl.Expr, found: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    if isinstance(wanted, pl.Datetime) and isinstance(found, pl.Datetime):
        utc = column if found.time_zone else column.dt.replace_time_zone("UTC")
        zoned = utc.dt.convert_time_zone(wanted.time_zone or "UTC")
        column = zoned if wanted.time_zone else zoned.dt.replace_time_zone(None)
    return column.cast(wanted)


class _Run:
    """One process of Spark's, from its start to its end."""

    def __init__(self, work: SparkWork) -> None:
        self._work, self._said = work, Path(work.scratch) / "said.txt"
        self._heights = [_height(file) for file in work.files]
        self._numbers = {file: number for number, file in enumerate(work.files)}
        self._waiting: dict[tuple[int, int], Path] = {}
        self._seen: set[Path] = set()

    def parts(self) -> Iterator[pl.DataFrame | None]:
        """The parts in the order of the source, None now and then while the next is not ready."""
        command = [sys.executable, "-m", "goodstanding.policies.engine.spark_child"]
        with (
            self._said.open("wb") as errors,
            subprocess.Popen(  # noqa: S603 - our own module
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,  # so that Java can be ended with it
            ) as child,
        ):
            try:
                assert child.stdin is not None  # noqa: S101 - it was piped
                child.stdin.write(msgspec.json.encode(self._work) + b"\n")
                child.stdin.flush()
                for number, height in enumerate(self._heights):
                    yield from self._of_file(number, height, child)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)

    def _of_file(
        self, number: int, height: int, child: "subprocess.Popen[bytes]"
    ) -> Iterator[pl.DataFrame | None]:
        row = 0
        while row < height:
            is_over = child.poll() is not None
            self._look()
            ready = self._waiting.pop((number, row), None)
            if ready is not None:
                part = pl.read_parquet(ready)
                ready.unlink()
                row += part.height
                yield part
            elif is_over:
                raise SparkFailed(_last_words(self._said))
            else:
                yield None
                time.sleep(LOOK_EVERY_SECONDS)

    def _look(self) -> None:
        """Note the parts that have come, by the place of their first row."""
        for path in Path(self._work.folder).glob("part-*.parquet"):
            if path in self._seen:
                continue
            self._seen.add(path)
            first = pl.read_parquet(path, columns=list(PLACE), n_rows=1)
            if first.height:
                address, index = first.row(0)
                file = unquote(urlsplit(str(address)).path)
                self._waiting[self._numbers[file], int(index)] = path


def _height(file: str) -> int:
    return int(pl.scan_parquet(file, glob=False).select(pl.len()).collect().item())


def _last_words(said: Path) -> str:
    lines = [line for line in said.read_text("utf-8", "replace").splitlines() if line.strip()]
    return " ".join(lines[-3:])[:1000] or "Spark said nothing"
