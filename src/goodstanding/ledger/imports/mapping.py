"""The mapping file: which column of a source means what. The desk owns it; it is data."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime, time
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml
from msgspec import UNSET, UnsetType

from goodstanding.core.errors import Refusal
from goodstanding.core.money import minor_places
from goodstanding.ledger.errors import MappingRefused, UnknownColumn
from goodstanding.parties.types import Desk, PartyKind, PersonalField

ColumnType = Literal["text", "integer", "decimal", "money", "date", "instant", "boolean"]


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a mapping: unknown fields are refused by name."""


class DateFormat(Shape, frozen=True):
    """How a date is written, in strptime's letters.

    `pivot` is for two-digit years: `69` reads 69..99 as 1969..1999 and 00..68 as 2000..2068.
    """

    pattern: str
    pivot: int | None = None


class Column(Shape, frozen=True):
    """What a source column holds.

    `missing` lists texts that mean "not given"; `values` translates texts, and what it does not
    list becomes `otherwise`, where that is given, or is `unlisted`: quarantined, missing, or kept.
    `pad_to` restores leading zeros.
    """

    type: ColumnType = "text"
    formats: tuple[str, ...] = ()
    currency: str | None = None
    required: bool = False
    personal: bool = False
    missing: tuple[str, ...] = ()
    values: dict[str, str] = {}
    otherwise: str | None = None
    unlisted: Literal["quarantine", "missing", "keep"] = "quarantine"
    pad_to: int = 0


class Test(Shape, frozen=True, rename={"is_": "is"}):
    """A test of one column, before dates are shifted; all that is given must hold."""

    is_: str | None = None
    one_of: tuple[str, ...] | None = None
    present: bool | None = None
    before: date | None = None
    not_before: date | None = None


class LabelRule(Shape, frozen=True):
    """A label, when all tests hold. The first rule that holds gives the label; none quarantines."""

    label: str
    because: str
    when: dict[str, Test] = {}


class Value(Shape, frozen=True):
    """A value that is not simply a column's.

    A constant, a label, a template of columns, or the first letters of a column's text.
    """

    constant: str | int | bool | None = None
    label: str | None = None
    template: str | None = None
    column: str | None = None
    first: int | None = None


Source = str | Value
BY_LEGAL_FORM = "by_legal_form"


class FixedDate(Shape, frozen=True):
    """A date that holds for the whole file, as the source would say it; it is shifted too."""

    date: date


class PartyPart(Shape, frozen=True):
    """The business that a row describes. The first identifier is the one it is known by.

    `kind` is a kind of party, or `by_legal_form`: a Company where the name carries a legal form,
    otherwise a LegalEntity, whose kind is not known yet.
    """

    identifiers: dict[str, str]
    kind: str
    effective_at: str | FixedDate
    recorded_at: str | FixedDate | None = None
    legal_name: Source | None = None
    trading_name: Source | None = None
    street: Source | None = None
    city: Source | None = None
    region: Source | None = None
    postcode: Source | None = None
    country: Source | None = None
    personal: dict[PersonalField, str] = {}


class Reference(Shape, frozen=True):
    """A business that must be known already, by an identifier."""

    scheme: str
    column: str


class FactPart(Shape, frozen=True):
    """A fact that a row states, when its tests hold.

    `effective_at` and `recorded_at` are columns, or a date that holds for the whole file. A day
    stands for its `time_of_day` in the mapping's zone ("16:00"), else for its first moment. A
    mapping that gives none has the hash that it had before there was one.
    """

    kind: str
    subject: str
    effective_at: str | FixedDate
    recorded_at: str | FixedDate | None = None
    amount: str | None = None
    attributes: dict[str, Source] = {}
    when: dict[str, Test] = {}
    time_of_day: str | UnsetType = UNSET

    @property
    def from_time(self) -> time:
        """The time for which a day stands."""
        return time.min if self.time_of_day is UNSET else time.fromisoformat(self.time_of_day)


class Shift(Shape, frozen=True):
    """The columns whose newest date is moved to the day of loading; all dates move with it."""

    newest_of: tuple[str, ...]


class Mapping(Shape, frozen=True):
    """A whole mapping."""

    mapping: str
    title: str
    desk: Desk
    owner: str
    legal_entity: str
    source: str
    provenance: str
    columns: dict[str, ColumnType | Column]
    simulated: bool = False
    timezone: str = "UTC"
    formats: dict[str, DateFormat] = {}
    unused: tuple[str, ...] = ()
    labels: dict[str, tuple[LabelRule, ...]] = {}
    party: PartyPart | None = None
    refers_to: Reference | None = None
    facts: tuple[FactPart, ...] = ()
    shift: Shift | None = None

    def column(self, name: str) -> Column:
        """The column's description."""
        described = self.columns[name]
        return Column(type=described) if isinstance(described, str) else described

    @property
    def hash(self) -> str:
        """The digest of what the mapping says; comments and layout do not change it."""
        canonical = json.dumps(msgspec.to_builtins(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


class _OnceLoader(yaml.SafeLoader):
    """Refuses a key that stands twice, where YAML would let the last one win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as PyYAML calls it
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for name in names:
            if names.count(name) > 1:
                line = node.start_mark.line + 1
                problem = f"has {name!r} twice in the part that begins in line {line}."
                raise MappingRefused(field=str(name), problem=problem)
        return super().construct_mapping(node, deep)


def load_mapping(path: Path) -> Mapping:
    """The mapping in a file, checked within itself.

    Raises MappingRefused or UnknownColumn, naming the place and the mend.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as surprise:
        raise MappingRefused(field=str(path), problem=f"cannot be read: {surprise.strerror}.")  # noqa: B904
    except UnicodeDecodeError as surprise:
        problem = f"is not UTF-8: byte {surprise.start + 1} is no letter in it."
        raise MappingRefused(field=str(path), problem=problem) from surprise
    return parse_mapping(text)


def parse_mapping(text: str) -> Mapping:
    """The mapping in a text, checked within itself."""
    try:
        mapping = msgspec.convert(yaml.load(text, _OnceLoader), Mapping)  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError as surprise:
        raise MappingRefused(problem=f"is not YAML: {surprise}") from surprise
    except msgspec.ValidationError as surprise:
        problem, _, place = str(surprise).partition(" - at ")
        where = place.replace("`", "").replace("$.", "")
        raise MappingRefused(field=where, problem=f"is wrong: {problem}.") from surprise
    _check(mapping)
    return mapping


def check_against_file(mapping: Mapping, *, columns: list[str]) -> None:
    """Raise UnknownColumn if a file lacks a column of the mapping or has one nobody mentions."""
    for name in mapping.columns:
        if name not in columns:
            close = get_close_matches(name, columns, n=1)
            mend = f"Did the mapping mean {close[0]!r}?" if close else None
            raise UnknownColumn(field=f"columns.{name}", name=name, where="the file", mend=mend)
    for name in columns:
        if name not in mapping.columns and name not in mapping.unused:
            raise UnknownColumn(
                field=name, name=name, where="the mapping",
                mend="Describe it under `columns`, or list it under `unused`.",
            )  # fmt: skip


@cache
def template_columns(template: str) -> tuple[str, ...]:
    """The columns named in a template such as `loan:{LoanNr_ChkDgt}`; raises MappingRefused."""
    try:
        return tuple(name for _, name, _, _ in Formatter().parse(template) if name is not None)
    except ValueError as surprise:
        problem = f"has the template {template!r}, whose braces do not close."
        raise MappingRefused(problem=problem) from surprise


def _check(mapping: Mapping) -> None:
    if mapping.party is None and mapping.refers_to is None and not mapping.facts:
        raise MappingRefused(field="facts", problem="has neither party nor facts to load.")
    if mapping.party is not None and mapping.refers_to is not None:
        raise MappingRefused(field="refers_to", problem="stands beside `party`; give only one.")
    if mapping.party is not None and mapping.party.kind not in {*PartyKind, BY_LEGAL_FORM}:
        known = ", ".join((*PartyKind, BY_LEGAL_FORM))
        raise MappingRefused(field="party.kind", problem=f"gives no kind of party ({known}).")
    if mapping.party is not None and not mapping.party.identifiers:
        raise MappingRefused(field="party.identifiers", problem="names none; one is needed.")
    try:
        ZoneInfo(mapping.timezone)
    except (ZoneInfoNotFoundError, ValueError) as surprise:
        raise MappingRefused(field="timezone", problem="is no IANA time zone.") from surprise
    for name, known in mapping.formats.items():
        _check_format(known, f"formats.{name}")
    for name in mapping.columns:
        _check_column(mapping, name)
    _check_names(mapping)
    for part in mapping.facts:
        _check_fact(mapping, part)
    if mapping.party is not None:
        _check_dates(mapping, "party", mapping.party.effective_at, mapping.party.recorded_at)


def _check_names(mapping: Mapping) -> None:
    for place, name in _named_columns(mapping):
        if name not in mapping.columns:
            close = get_close_matches(name, mapping.columns, n=1)
            mend = f"Did it mean {close[0]!r}?" if close else None
            raise UnknownColumn(field=place, name=name, where="`columns` of the mapping", mend=mend)
    for place, label in _named_labels(mapping):
        if label not in mapping.labels:
            raise MappingRefused(field=place, problem=f"names no label of `labels`: {label}.")


def _check_column(mapping: Mapping, name: str) -> None:
    column, place = mapping.column(name), f"columns.{name}"
    if column.type == "money":
        if column.currency is None:
            raise MappingRefused(field=f"{place}.currency", problem="is missing for money.")
        try:
            minor_places(currency=column.currency)
        except Refusal as refusal:
            raise MappingRefused(field=f"{place}.currency", problem=refusal.message) from refusal
    for known in column.formats:
        if known not in mapping.formats:
            raise MappingRefused(field=f"{place}.formats", problem=f"names {known!r}, not there.")
    if column.formats and column.type not in {"date", "instant"}:
        raise MappingRefused(field=f"{place}.formats", problem="is for dates and instants only.")


def _check_format(known: DateFormat, place: str) -> None:
    """A pattern that cannot say a day would put every row into quarantine."""
    day = datetime(1999, 12, 31)  # noqa: DTZ001 - only the day is compared
    try:
        came = datetime.strptime(day.strftime(known.pattern), known.pattern)  # noqa: DTZ007 - as above
    except ValueError:
        came = None
    if came is None or came.date() != day.date():
        problem = 'names no whole day; write year, month and day, such as "%d-%b-%y".'
        raise MappingRefused(field=f"{place}.pattern", problem=problem)
    if known.pivot is not None and not 0 <= known.pivot <= 99:
        raise MappingRefused(field=f"{place}.pivot", problem="is no year of two digits (0 to 99).")


def _check_fact(mapping: Mapping, part: FactPart) -> None:
    place = f"facts.{part.kind}"
    if part.amount is not None and mapping.column(part.amount).type != "money":
        raise MappingRefused(field=f"{place}.amount", problem="is not a money column.")
    _check_dates(mapping, place, part.effective_at, part.recorded_at)
    _check_time(part, place)
    for attribute, source in part.attributes.items():
        is_money = isinstance(source, str) and mapping.column(source).type == "money"
        if is_money and not attribute.endswith("_minor"):
            raise MappingRefused(
                field=f"{place}.attributes.{attribute}",
                problem="holds money, so its name must end in `_minor`.",
            )


def _check_dates(mapping: Mapping, place: str, *sources: str | FixedDate | None) -> None:
    for source in sources:
        if isinstance(source, str) and mapping.column(source).type not in {"date", "instant"}:
            raise MappingRefused(field=place, problem=f"is dated by {source!r}, no date.")


def _check_time(part: FactPart, place: str) -> None:
    try:
        has_zone = part.from_time.tzinfo is not None
    except ValueError:
        has_zone = True
    if has_zone:
        problem = 'is no time of day; write one such as "16:00".'
        raise MappingRefused(field=f"{place}.time_of_day", problem=problem)


def _named_columns(mapping: Mapping) -> Iterator[tuple[str, str]]:
    """Every place of the mapping that names a column, with the name."""
    if mapping.shift:
        yield from (("shift.newest_of", name) for name in mapping.shift.newest_of)
    if mapping.refers_to:
        yield "refers_to.column", mapping.refers_to.column
    for label, rules in mapping.labels.items():
        yield from ((f"labels.{label}", name) for rule in rules for name in rule.when)
    if mapping.party:
        party = mapping.party
        yield from (("party.identifiers", name) for name in party.identifiers.values())
        yield from (("party.personal", name) for name in party.personal.values())
        yield from _columns_of("party.effective_at", party.effective_at)
        yield from _columns_of("party.recorded_at", party.recorded_at)
        for field in PARTY_FIELDS:
            yield from _columns_of(f"party.{field}", getattr(party, field))
    for part in mapping.facts:
        place = f"facts.{part.kind}"
        yield from ((f"{place}.subject", name) for name in template_columns(part.subject))
        yield from ((f"{place}.when", name) for name in part.when)
        for source in (part.effective_at, part.recorded_at, part.amount, *part.attributes.values()):
            yield from _columns_of(place, source)


PARTY_FIELDS = (
    "legal_name", "trading_name", "street", "city", "region", "postcode", "country",
)  # fmt: skip


def _columns_of(place: str, source: Any) -> Iterator[tuple[str, str]]:
    if isinstance(source, str):
        yield place, source
    elif isinstance(source, Value) and source.template is not None:
        yield from ((place, name) for name in template_columns(source.template))
    elif isinstance(source, Value) and source.column is not None:
        yield place, source.column


def _named_labels(mapping: Mapping) -> Iterator[tuple[str, str]]:
    sources = [
        (f"facts.{part.kind}.attributes.{name}", source)
        for part in mapping.facts
        for name, source in part.attributes.items()
    ]
    if mapping.party:
        sources += [(f"party.{field}", getattr(mapping.party, field)) for field in PARTY_FIELDS]
    for place, source in sources:
        if isinstance(source, Value) and source.label is not None:
            yield place, source.label
