"""From a file to typed rows with a label, windows, counts and a fingerprint."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from goodstanding.scoring.training.errors import SourceUnreadable
from goodstanding.scoring.training.recipe import ColumnRule, DataSource, LabelRule, Window

TYPES = {
    "money": "DECIMAL(14,2)",
    "integer": "INTEGER",
    "text": "TEXT",
    "truth": "BOOLEAN",
    "share": "DECIMAL(5,4)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Labelled rows of one window: `key`, the mapped columns, and `bad` as 0 or 1."""

    rows: pl.DataFrame
    unknown: int
    first_approval: dt.date
    last_approval: dt.date
    labels_known_on: dt.date

    @property
    def bads(self) -> int:
        """Rows with the bad outcome."""
        return int(self.rows["bad"].sum())


def read_source(*, source: DataSource, folder: Path) -> pl.DataFrame:
    """All rows of the file as typed columns: `key`, the mapped ones, and `bad` (NULL: unknown).

    Raises SourceUnreadable where the file or a column is not there, a key stands twice, or a
    date, amount or number cannot be read as declared.
    """
    path = folder / source.file
    if not path.is_file():
        raise SourceUnreadable(file=source.file, why="it is not in the data folder")
    raw = pl.read_csv(path, infer_schema=False)
    needed = {source.key, *(rule.source for rule in source.columns.values())}
    absent = sorted(needed - set(raw.columns))
    if absent:
        raise SourceUnreadable(file=source.file, why=f"it has no column {', '.join(absent)}")
    if raw[source.key].n_unique() < raw.height:
        raise SourceUnreadable(file=source.file, why=f"{source.key} stands twice")
    try:
        typed = raw.select(
            pl.col(source.key).alias("key"),
            *(_column(rule).alias(name) for name, rule in source.columns.items()),
        )
    except pl.exceptions.PolarsError as error:
        raise SourceUnreadable(file=source.file, why=str(error)) from error
    return typed.with_columns(_label(source.label).alias("bad")).sort("key")


def _column(rule: ColumnRule) -> pl.Expr:
    text = pl.col(rule.source)
    stated = pl.when(~text.is_in(rule.missing)).then(text).otherwise(None)
    given = stated if rule.missing else text
    if rule.kind == "money":
        return given.cast(pl.Decimal(14, 2))
    if rule.kind == "integer":
        return given.cast(pl.Int64)
    if rule.kind == "date":
        return given.str.strptime(pl.Date, rule.format, strict=True)
    if rule.kind == "text":
        return given.str.slice(0, rule.first) if rule.first else given
    return _share(rule) if rule.kind == "share" else _truth(rule, given)


def _truth(rule: ColumnRule, given: pl.Expr) -> pl.Expr:
    otherwise = pl.lit(rule.otherwise, dtype=pl.Boolean)
    named = pl.when(given.is_in(rule.true)).then(pl.lit(value=True))
    named = named.when(given.is_in(rule.false)).then(pl.lit(value=False))
    return named.when(given.is_null()).then(None).otherwise(otherwise)


def _share(rule: ColumnRule) -> pl.Expr:
    """Whole ten-thousandths, half away from zero, so that no float decides the last place."""
    part = pl.col(rule.source).cast(pl.Decimal(14, 2)).to_physical().cast(pl.Int64)
    whole = pl.col(rule.of).cast(pl.Decimal(14, 2)).to_physical().cast(pl.Int64)
    rounded = (part * 20_000 + whole) // (whole * 2)
    exact = pl.when(whole > 0).then(rounded).otherwise(None).cast(pl.Decimal(15, 0))
    return (exact * pl.lit("0.0001").cast(pl.Decimal(15, 4))).cast(pl.Decimal(5, 4))


def _label(rule: LabelRule) -> pl.Expr:
    event, until = pl.col(rule.event_on), pl.col(rule.start_on).dt.offset_by(f"{rule.months}mo")
    happened = pl.when(event.is_not_null()).then((event <= until).cast(pl.Int8))
    settled = pl.col(rule.status).is_in(rule.good_status)
    return happened.when(settled).then(pl.lit(0, dtype=pl.Int8)).otherwise(None)


def sample_of(*, rows: pl.DataFrame, window: Window, label: LabelRule) -> Sample:
    """The labelled rows approved in the window, and when the last of their labels was known.

    A good label is known when its months are over, so the last one is known that long after the
    last approval. Raises SourceUnreadable where the window holds no rows of both outcomes.
    """
    approved = rows[label.start_on]
    inside = rows.filter((approved >= window.since) & (approved <= window.until))
    labelled = inside.filter(pl.col("bad").is_not_null())
    if labelled["bad"].n_unique() < 2:
        raise SourceUnreadable(
            file=f"{window.since} to {window.until}", why="it holds no rows of both outcomes"
        )
    spans = labelled.select(
        first=pl.col(label.start_on).min(),
        last=pl.col(label.start_on).max(),
        known=pl.col(label.start_on).dt.offset_by(f"{label.months}mo").max(),
    ).row(0)
    return Sample(
        rows=labelled,
        unknown=inside.height - labelled.height,
        first_approval=spans[0],
        last_approval=spans[1],
        labels_known_on=spans[2],
    )


def fingerprint(rows: pl.DataFrame) -> str:
    """Sha256 of typed rows sorted by key: the same however the file was packed or ordered."""
    names = ["key", *sorted(name for name in rows.columns if name != "key")]
    ordered = rows.select(names).sort("key")
    digest = hashlib.sha256("|".join(f"{name}:{ordered.schema[name]}" for name in names).encode())
    lines = ordered.select(
        pl.concat_str(
            [pl.col(name).cast(pl.String).fill_null("\0") for name in names], separator="|"
        )
    ).to_series()
    for line in lines:
        digest.update(b"\n" + line.encode())
    return digest.hexdigest()


def label_counts(
    *, rows: pl.DataFrame, source: DataSource
) -> list[dict[str, str | int | bool | None]]:
    """How many rows of each kind became good, bad or unknown: status by event by label."""
    rule = source.label
    kinds = rows.group_by(
        pl.col(rule.status).alias("status"),
        pl.col(rule.event_on).is_not_null().alias("has_event_date"),
        pl.col("bad"),
    ).agg(pl.len().alias("rows"))
    return kinds.sort("status", "has_event_date", "bad", nulls_last=True).to_dicts()
