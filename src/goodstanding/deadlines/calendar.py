"""Working calendars: when a desk is open, frozen into content-addressed versions.

An instant is open if and only if its local wall time lies in an open interval [a, b) of its
local date. Daylight saving needs no other rule: wall time that is skipped does not exist, wall
time that is repeated counts twice. A version carries its holidays and its zone's offsets with
it, so that a deadline explained years later does not depend on the libraries of that day.

    load_calendar_definition(name=...) -> CalendarDefinition     from calendars/*.yaml
    freeze_calendar(definition=..., first_year=..., last_year=...) -> Calendar
    Calendar.version, .content(), Calendar.from_content(...)
    Calendar.intervals_on(day), .closed_because(day), .open_time, .notice_time
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from importlib import resources
from itertools import pairwise
from typing import Any, Self, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from goodstanding.deadlines.errors import CalendarInvalid
from goodstanding.deadlines.timeline import DAY_MINUTES, Offset, Timeline, zone_offsets

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Interval = tuple[int, int]
"""Local minutes since midnight, [start, end), 0 <= start < end <= 1440."""

Hours = tuple[Interval, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A date with hours of its own, whatever its weekday or holiday; no hours: closed."""

    on: date
    name: str
    hours: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDefinition:
    """What a person writes: hours of the week, a subdivision's holidays, special days.

    country is ISO 3166-1 alpha-2, subdivision its ISO 3166-2 part; without a country there are
    no holidays. quiet_hours is local time in which no notice is sent.
    """

    name: str
    title: str
    zone: str
    week: tuple[Hours, ...]
    country: str | None = None
    subdivision: str | None = None
    special_days: tuple[SpecialDay, ...] = ()
    quiet_hours: Hours = ()


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """One frozen version of a calendar: pure data, addressed by the digest of its content."""

    name: str
    title: str
    zone: str
    subdivision: str
    first_day: date
    last_day: date
    week: tuple[Hours, ...]
    holidays: tuple[tuple[date, str], ...]
    special_days: tuple[SpecialDay, ...]
    quiet_hours: Hours
    offsets: tuple[Offset, ...]

    @cached_property
    def version(self) -> str:
        """SHA-256 of the canonical content, in hex."""
        text = json.dumps(self.content(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def content(self) -> dict[str, Any]:
        """The whole version as JSON values; `from_content` reads it back."""
        return {
            "name": self.name,
            "title": self.title,
            "zone": self.zone,
            "subdivision": self.subdivision,
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "week": [_hours_text(hours) for hours in self.week],
            "holidays": [[day.isoformat(), name] for day, name in self.holidays],
            "special_days": [
                [special.on.isoformat(), special.name, _hours_text(special.hours)]
                for special in self.special_days
            ],
            "quiet_hours": _hours_text(self.quiet_hours),
            "offsets": [[offset.from_second, offset.seconds] for offset in self.offsets],
        }

    @classmethod
    def from_content(cls, content: dict[str, Any]) -> Self:
        """The version that `content` wrote."""
        return cls(
            name=content["name"],
            title=content["title"],
            zone=content["zone"],
            subdivision=content["subdivision"],
            first_day=date.fromisoformat(content["first_day"]),
            last_day=date.fromisoformat(content["last_day"]),
            week=tuple(_read_hours(hours, where="week") for hours in content["week"]),
            holidays=tuple((date.fromisoformat(day), name) for day, name in content["holidays"]),
            special_days=tuple(
                SpecialDay(
                    on=date.fromisoformat(day), name=name, hours=_read_hours(hours, where=day)
                )
                for day, name, hours in content["special_days"]
            ),
            quiet_hours=_read_hours(content["quiet_hours"], where="quiet_hours"),
            offsets=tuple(Offset(at, seconds) for at, seconds in content["offsets"]),
        )

    def intervals_on(self, day: date) -> Hours:
        """Local open intervals of a date; empty when it is closed."""
        special = self._special_by_day.get(day)
        if special is not None:
            return special.hours
        if day in self._holiday_names:
            return ()
        return self.week[day.weekday()]

    def is_open_day(self, day: date) -> bool:
        """Whether the date has any open interval."""
        return bool(self.intervals_on(day))

    def closed_because(self, day: date) -> str | None:
        """Why a date has no hours: its special day, its holiday or its weekday; None if open."""
        if self.is_open_day(day):
            return None
        special = self._special_by_day.get(day)
        if special is not None:
            return special.name
        return self._holiday_names.get(day, WEEKDAYS[day.weekday()].capitalize())

    @cached_property
    def open_time(self) -> Timeline:
        """Every open interval of the version, in UTC."""
        return self._timeline(self.intervals_on)

    @cached_property
    def notice_time(self) -> Timeline:
        """When a notice may be sent: open dates, outside quiet hours."""
        allowed = _complement(self.quiet_hours)
        return self._timeline(lambda day: allowed if self.is_open_day(day) else ())

    @cached_property
    def tzinfo(self) -> ZoneInfo:
        """The zone, for showing local time."""
        return ZoneInfo(self.zone)

    def _timeline(self, intervals_on: Callable[[date], Hours]) -> Timeline:
        return Timeline.build(
            calendar_name=self.name,
            first_day=self.first_day,
            last_day=self.last_day,
            offsets=self.offsets,
            intervals_on=intervals_on,
        )

    @cached_property
    def _holiday_names(self) -> dict[date, str]:
        return dict(self.holidays)

    @cached_property
    def _special_by_day(self) -> dict[date, SpecialDay]:
        return {special.on: special for special in self.special_days}


def freeze_calendar(*, definition: CalendarDefinition, first_year: int, last_year: int) -> Calendar:
    """Freeze a definition with its holidays and zone offsets from 1 Jan to 31 Dec, both years in.

    Raises CalendarInvalid for a zone, country or subdivision that does not exist, or years that
    run backwards. Holidays: the `holidays` library, public category, observed days included.
    """
    if last_year < first_year:
        raise CalendarInvalid(
            name=definition.name, why=f"last_year {last_year} precedes {first_year}"
        )
    if len(definition.week) != len(WEEKDAYS):
        raise CalendarInvalid(name=definition.name, why="a week has seven days")
    first_day, last_day = date(first_year, 1, 1), date(last_year, 12, 31)
    try:
        zone = ZoneInfo(definition.zone)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise CalendarInvalid(
            name=definition.name, why=f"there is no IANA zone {definition.zone!r}"
        ) from unknown
    return Calendar(
        name=definition.name,
        title=definition.title,
        zone=definition.zone,
        subdivision="-".join(filter(None, (definition.country, definition.subdivision))),
        first_day=first_day,
        last_day=last_day,
        week=definition.week,
        holidays=_public_holidays(definition, range(first_year, last_year + 1)),
        special_days=tuple(sorted(definition.special_days, key=lambda special: special.on)),
        quiet_hours=definition.quiet_hours,
        offsets=zone_offsets(zone=zone, first_day=first_day, last_day=last_day),
    )


def load_calendar_definition(*, name: str) -> CalendarDefinition:
    """The definition that ships with the product under this name. Raises CalendarInvalid."""
    file = resources.files("goodstanding.deadlines") / "calendars" / f"{name}.yaml"
    if not file.is_file():
        known = ", ".join(shipped_calendar_names())
        raise CalendarInvalid(name=name, why=f"it does not ship; there are {known}")
    return read_calendar_definition(name=name, text=file.read_text(encoding="utf-8"))


def shipped_calendar_names() -> tuple[str, ...]:
    """Names of the definitions in the package, sorted."""
    folder = resources.files("goodstanding.deadlines") / "calendars"
    return tuple(sorted(file.name[:-5] for file in folder.iterdir() if file.name.endswith(".yaml")))


def read_calendar_definition(*, name: str, text: str) -> CalendarDefinition:
    """Read a definition from YAML. Raises CalendarInvalid naming the field to mend.

    Hours are lists of "HH:MM-HH:MM" by weekday; one that runs over midnight ("22:00-06:00")
    gives its morning to the next weekday.
    """
    raw: object = yaml.safe_load(text)
    if not isinstance(raw, dict):
        raise CalendarInvalid(name=name, why="the file must hold a mapping")
    fields = cast("dict[str, Any]", raw)
    allowed = {"title", "zone", "country", "subdivision", "week", "special_days", "quiet_hours"}
    if unknown := sorted(set(fields) - allowed):
        raise CalendarInvalid(
            name=name, why=f"unknown field {unknown[0]!r}; allowed are {', '.join(sorted(allowed))}"
        )
    if missing := sorted({"title", "zone", "week"} - set(fields)):
        raise CalendarInvalid(name=name, why=f"field {missing[0]!r} is missing")
    return CalendarDefinition(
        name=name,
        title=str(fields["title"]),
        zone=str(fields["zone"]),
        country=fields.get("country"),
        subdivision=fields.get("subdivision"),
        week=read_week(fields["week"], where=name),
        special_days=_read_special_days(fields.get("special_days") or {}, where=name),
        quiet_hours=_wrap_midnight(fields.get("quiet_hours") or [], where=f"{name}.quiet_hours"),
    )


def read_week(week: dict[str, list[str]], *, where: str) -> tuple[Hours, ...]:
    """Seven days of hours, Monday first, from weekday names to lists of "HH:MM-HH:MM"."""
    if unknown := sorted(set(week) - set(WEEKDAYS)):
        raise CalendarInvalid(name=where, why=f"there is no weekday {unknown[0]!r}")
    by_day: list[list[Interval]] = [[] for _ in WEEKDAYS]
    for index, weekday in enumerate(WEEKDAYS):
        for text in week.get(weekday) or []:
            start, end = _read_interval(text, where=f"{where}.{weekday}")
            if start < end:
                by_day[index].append((start, end))
                continue
            by_day[index].append((start, DAY_MINUTES))
            if end:
                by_day[(index + 1) % 7].append((0, end))
    return tuple(
        _checked(intervals, where=f"{where}.{weekday}")
        for weekday, intervals in zip(WEEKDAYS, by_day, strict=True)
    )


def _read_special_days(days: dict[Any, Any], *, where: str) -> tuple[SpecialDay, ...]:
    specials: list[SpecialDay] = []
    for key, entry in days.items():
        on = key if isinstance(key, date) else date.fromisoformat(str(key))
        if not isinstance(entry, dict) or "name" not in entry:
            raise CalendarInvalid(
                name=where, why=f"the special day {on} needs a name, and hours if open"
            )
        fields = cast("dict[str, Any]", entry)
        hours = _read_hours(fields.get("hours") or [], where=f"{where}.{on}")
        specials.append(SpecialDay(on=on, name=str(fields["name"]), hours=hours))
    return tuple(specials)


def _public_holidays(definition: CalendarDefinition, years: range) -> tuple[tuple[date, str], ...]:
    if definition.country is None:
        return ()
    import holidays

    try:
        found = holidays.country_holidays(
            definition.country, subdiv=definition.subdivision, years=years, language="en_US"
        )
    except NotImplementedError as unknown:
        raise CalendarInvalid(name=definition.name, why=str(unknown)) from unknown
    return tuple(sorted(found.items()))


def _read_hours(texts: list[str], *, where: str) -> Hours:
    intervals = [_read_interval(text, where=where) for text in texts]
    return _checked(intervals, where=where)


def _wrap_midnight(texts: list[str], *, where: str) -> Hours:
    """Hours that hold on every date, so that an interval over midnight is two."""
    intervals: list[Interval] = []
    for text in texts:
        start, end = _read_interval(text, where=where)
        if start < end:
            intervals.append((start, end))
        else:
            intervals += [(start, DAY_MINUTES), *([(0, end)] if end else [])]
    return _checked(intervals, where=where)


def _read_interval(text: str, *, where: str) -> Interval:
    start, _, end = str(text).partition("-")
    try:
        return _read_minute(start), _read_minute(end)
    except ValueError as unreadable:
        raise CalendarInvalid(name=where, why=f"{text!r} is not HH:MM-HH:MM") from unreadable


def _read_minute(text: str) -> int:
    if text.strip() == "24:00":
        return DAY_MINUTES
    time = datetime.strptime(text.strip(), "%H:%M")  # noqa: DTZ007 - a wall time has no zone
    return time.hour * 60 + time.minute


def _checked(intervals: list[Interval], *, where: str) -> Hours:
    ordered = sorted(intervals)
    for start, end in ordered:
        if not 0 <= start < end <= DAY_MINUTES:
            raise CalendarInvalid(
                name=where, why=f"{_interval_text((start, end))} ends before it starts"
            )
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            raise CalendarInvalid(name=where, why=f"intervals overlap at {_minute_text(start)}")
    return tuple(ordered)


def _complement(hours: Hours) -> Hours:
    edges = [0, *(edge for interval in hours for edge in interval), DAY_MINUTES]
    return tuple(
        (start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end
    )


def _hours_text(hours: Hours) -> list[str]:
    return [_interval_text(interval) for interval in hours]


def _interval_text(interval: Interval) -> str:
    return "-".join(_minute_text(minute) for minute in interval)


def _minute_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
