"""Rows of a history as records, so that a case that a batch counted can be looked at."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from goodstanding.policies.engine.backtest import History
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.table import frame_of

ROW = "gs_at"


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a history: its number from 0, the record, and the moment of its decision."""

    at: int
    key: str
    record: dict[str, Any]
    as_of: datetime | None


def numbered(history: History) -> pl.LazyFrame:
    """The rows of a history, each with its number from 0 in the column `gs_at`."""
    return frame_of(history.source).with_row_index(ROW)


def cases_of(plan: Plan, history: History, rows: Collection[int]) -> Iterator[Case]:
    """The rows of these numbers as the policy reads them, in the order of the history."""
    frame = numbered(history)
    columns = {item.name: history.columns.get(item.name, item.name) for item in plan.inputs}
    known = set(frame.collect_schema().names())
    there = {name: column for name, column in columns.items() if column in known}
    moment = history.as_of if isinstance(history.as_of, str) else None
    wanted = dict.fromkeys((ROW, *there.values(), *filter(None, (moment, history.key))))
    zone = ZoneInfo(plan.definition.time_zone)
    chosen = pl.Series("chosen", sorted(rows), dtype=pl.UInt32)
    found = frame.filter(pl.col(ROW).is_in(chosen.implode())).select(*wanted).collect()
    for row in found.iter_rows(named=True):
        yield Case(
            at=row[ROW],
            key=str(row[history.key]) if history.key else str(row[ROW] + 1),
            record={name: row[column] for name, column in there.items()},
            as_of=_instant(row[moment] if moment else history.as_of, zone),
        )


def _instant(found: object, zone: ZoneInfo) -> datetime | None:
    """A moment with its zone; a day counts at noon of the policy's time zone."""
    match found:
        case datetime():
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        case date():
            return datetime.combine(found, time(12), tzinfo=zone)
        case _:
            return None
