"""Open time as UTC intervals with running totals: B(t, u) and its inverse by two bisections.

Instants are integers here, microseconds since 1970 in UTC, so that sums are exact.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from goodstanding.core.time import InstantWithoutZone
from goodstanding.deadlines.errors import CalendarHorizonExceeded, ClockInvalid

DAY_MINUTES = 24 * 60
MINUTE = 60 * 1_000_000
DAY = DAY_MINUTES * MINUTE
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# No zone changes its offset twice within six hours, so a sample so often misses no change.
SAMPLE = timedelta(hours=6)


class Offset(NamedTuple):
    """From this second on (since 1970, UTC) local time is UTC plus so many seconds."""

    from_second: int
    seconds: int


class Span(NamedTuple):
    """[start, end) in microseconds."""

    start: int
    end: int


class Measure(Protocol):
    """How much of a clock's time has passed, and when so much will have."""

    def position(self, instant: int) -> int:
        """Clock time up to the instant."""
        ...

    def reach(self, position: int) -> int:
        """The earliest instant at which that much clock time has passed."""
        ...

    def spans(self, start: int, end: int) -> Iterator[Span]:
        """The parts of [start, end) in which the clock runs."""
        ...


class Elapsed:
    """The clock that always runs."""

    def position(self, instant: int) -> int:
        """The instant itself."""
        return instant

    def reach(self, position: int) -> int:
        """The position itself."""
        return position

    def spans(self, start: int, end: int) -> Iterator[Span]:
        """The whole stretch."""
        if start < end:
            yield Span(start, end)


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Open intervals of one calendar version, merged where they touch."""

    calendar_name: str
    horizon: Span
    offsets: tuple[Offset, ...]
    starts: list[int]
    ends: list[int]
    totals: list[int] = field(repr=False)
    closes_by_day: dict[date, int] = field(repr=False)

    @classmethod
    def build(
        cls,
        *,
        calendar_name: str,
        first_day: date,
        last_day: date,
        offsets: tuple[Offset, ...],
        intervals_on: Callable[[date], Sequence[tuple[int, int]]],
    ) -> "Timeline":
        """Lay local intervals of every date on the UTC axis.

        Within a stretch of one offset, local and UTC time run in parallel, so that an interval
        is cut at a change of offset: skipped wall time yields nothing, repeated yields two.
        """
        starts: list[int] = []
        ends: list[int] = []
        closes: dict[date, int] = {}
        for day, span in _open_spans(first_day, last_day, offsets, intervals_on):
            closes[day] = max(span.end, closes.get(day, span.end))
            if ends and ends[-1] == span.start:
                ends[-1] = span.end
            else:
                starts.append(span.start)
                ends.append(span.end)
        totals: list[int] = []
        total = 0
        for start, end in zip(starts, ends, strict=True):
            total += end - start
            totals.append(total)
        horizon = Span(day_end(offsets, first_day - timedelta(days=1)), day_end(offsets, last_day))
        return cls(
            calendar_name=calendar_name,
            horizon=horizon,
            offsets=offsets,
            starts=starts,
            ends=ends,
            totals=totals,
            closes_by_day=closes,
        )

    def position(self, instant: int) -> int:
        """Open time from the horizon's start to the instant. Raises CalendarHorizonExceeded."""
        self.check(instant)
        index = bisect_right(self.starts, instant) - 1
        if index < 0:
            return 0
        return self.totals[index] - max(0, self.ends[index] - instant)

    def reach(self, position: int) -> int:
        """The earliest instant with that much open time: closing time, never the next opening."""
        index = bisect_left(self.totals, position)
        if index == len(self.totals):
            raise self._beyond("the instant at which the target is reached")
        return self.ends[index] - (self.totals[index] - position)

    def spans(self, start: int, end: int) -> Iterator[Span]:
        """Open parts of [start, end), in order."""
        self.check(start)
        self.check(end)
        index = max(0, bisect_right(self.starts, start) - 1)
        while index < len(self.starts) and self.starts[index] < end:
            part = Span(max(start, self.starts[index]), min(end, self.ends[index]))
            if part.start < part.end:
                yield part
            index += 1

    def next_open(self, instant: int) -> int:
        """The instant itself if open, otherwise the next opening."""
        self.check(instant)
        index = bisect_right(self.starts, instant) - 1
        if index >= 0 and instant < self.ends[index]:
            return instant
        if index + 1 == len(self.starts):
            raise self._beyond("the next opening")
        return self.starts[index + 1]

    def check(self, instant: int) -> None:
        """Raises CalendarHorizonExceeded when the version knows nothing of the instant."""
        if not self.horizon.start <= instant <= self.horizon.end:
            raise self._beyond(f"{to_datetime(instant):%Y-%m-%d}")

    def _beyond(self, wanted: str) -> CalendarHorizonExceeded:
        known = " to ".join(f"{to_datetime(edge):%Y-%m-%d}" for edge in self.horizon)
        return CalendarHorizonExceeded(name=self.calendar_name, known=known, wanted=wanted)


def to_instant(at: datetime) -> int:
    """Microseconds since 1970. Raises InstantWithoutZone."""
    if at.tzinfo is None:
        raise InstantWithoutZone(value=at.isoformat())
    return (at - EPOCH) // MICROSECOND


def to_datetime(instant: int) -> datetime:
    """The instant as a UTC datetime."""
    return EPOCH + instant * MICROSECOND


def zone_offsets(*, zone: ZoneInfo, first_day: date, last_day: date) -> tuple[Offset, ...]:
    """Every offset of the zone from two days before the first day to two days after the last."""
    at = datetime(first_day.year, first_day.month, first_day.day, tzinfo=UTC) - timedelta(days=2)
    end = datetime(last_day.year, last_day.month, last_day.day, tzinfo=UTC) + timedelta(days=3)
    current = _offset_seconds(zone, at)
    offsets = [Offset(int(at.timestamp()), current)]
    while at < end:
        ahead = at + SAMPLE
        if _offset_seconds(zone, ahead) != current:
            change = _find_change(zone, at, ahead)
            current = _offset_seconds(zone, ahead)
            offsets.append(Offset(change, current))
        at = ahead
    return tuple(offsets)


def local_wall(offsets: Sequence[Offset], instant: int) -> datetime:
    """The local wall time of an instant, without a zone."""
    second = instant // 1_000_000
    index = bisect_right(offsets, second, key=lambda offset: offset.from_second) - 1
    wall = to_datetime(instant) + timedelta(seconds=offsets[max(index, 0)].seconds)
    return wall.replace(tzinfo=None)


def day_end(offsets: Sequence[Offset], day: date) -> int:
    """The first instant after every instant of the local date: its 24:00."""
    midnight = (day - EPOCH.date()).days * DAY + DAY
    ends = [
        min(span.end, midnight - shift)
        for span, shift in _stretches(offsets)
        if span.start < midnight - shift
    ]
    return max(ends)


def instant_at(offsets: Sequence[Offset], wall: datetime) -> int:
    """The instant of a local wall time: the first if it is repeated, the jump if it is skipped."""
    naive = (wall.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
    for span, shift in _stretches(offsets):
        if naive - shift < span.end:
            return max(naive - shift, span.start)
    raise ClockInvalid(why=f"no offset is known for {wall.isoformat()}")


def _open_spans(
    first_day: date,
    last_day: date,
    offsets: Sequence[Offset],
    intervals_on: Callable[[date], Sequence[tuple[int, int]]],
) -> Iterator[tuple[date, Span]]:
    for stretch, shift in _stretches(offsets):
        day = max(first_day, _wall_date(stretch.start + shift))
        while day <= last_day:
            midnight = (day - EPOCH.date()).days * DAY - shift
            if midnight >= stretch.end:
                break
            for start, end in intervals_on(day):
                opens = max(stretch.start, midnight + start * MINUTE)
                closes = min(stretch.end, midnight + end * MINUTE)
                if opens < closes:
                    yield day, Span(opens, closes)
            day += timedelta(days=1)


def _stretches(offsets: Sequence[Offset]) -> Iterator[tuple[Span, int]]:
    """Each stretch of one offset, with the offset in microseconds; the last has no end."""
    for index, offset in enumerate(offsets):
        last = index + 1 == len(offsets)
        end = 2**62 if last else offsets[index + 1].from_second * 1_000_000
        yield Span(offset.from_second * 1_000_000, end), offset.seconds * 1_000_000


def _wall_date(instant: int) -> date:
    return EPOCH.date() + timedelta(days=instant // DAY)


def _offset_seconds(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _find_change(zone: ZoneInfo, before: datetime, after: datetime) -> int:
    """The second at which the offset leaves its value at `before`; bisection."""
    held = _offset_seconds(zone, before)
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        same = _offset_seconds(zone, datetime.fromtimestamp(middle, tz=UTC)) == held
        low, high = (middle, high) if same else (low, middle)
    return high
