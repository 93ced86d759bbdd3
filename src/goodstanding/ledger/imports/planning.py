"""What a row asks for: a party, facts, or quarantine. Pure: nothing is read or written here."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from goodstanding.core.errors import Refusal
from goodstanding.core.money import Money
from goodstanding.ledger.errors import (
    FactRecordedInFuture,
    LabelMissing,
    RowBroken,
    ValueMissing,
)
from goodstanding.ledger.imports.mapping import (
    BY_LEGAL_FORM,
    PARTY_FIELDS,
    FactPart,
    FixedDate,
    Mapping,
    PartyPart,
    Value,
    template_columns,
)
from goodstanding.ledger.imports.parsing import (
    Row,
    Typed,
    as_instant,
    column_parsers,
    holds,
    label_of,
)
from goodstanding.ledger.imports.reading import RawRow
from goodstanding.ledger.types import NewFact
from goodstanding.parties.operations import Origin, check_party
from goodstanding.parties.queries import split_legal_form
from goodstanding.parties.types import NewParty, PartyDetails, PartyKind


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What a good row asks for. `refers_to` is scheme and value of a party that must be known."""

    line: int
    digest: bytes
    raw: dict[str, str | None]
    party: NewParty | None
    refers_to: tuple[str, str] | None
    facts: tuple[NewFact, ...]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be loaded, with the refusal that says why."""

    line: int
    digest: bytes
    raw: dict[str, str | None]
    refusal: Refusal


class Planner:
    """Plans rows under one mapping, one shift and one instant of loading."""

    def __init__(self, *, mapping: Mapping, shift_days: int, origin: Origin) -> None:
        """Prepare the parsers once for all rows."""
        self.mapping = mapping
        self.shift_days = shift_days
        self.origin = origin
        self.zone = ZoneInfo(mapping.timezone)
        self.parsers = column_parsers(mapping)
        self.salt = f"{mapping.hash}:{shift_days}:".encode()
        self.personal = {name for name in mapping.columns if mapping.column(name).personal}

    def plan(self, raw: RawRow) -> RowPlan | BadRow:
        """The row's plan, or why it goes to quarantine."""
        digest = self.digest(raw)
        try:
            if raw.broken:
                raise RowBroken(field="", line=raw.line, problem=raw.broken)
            row: Row = {name: read(raw.values[name]) for name, read in self.parsers.items()}
            labels = {name: self._label(name, row) for name in self.mapping.labels}
            party = self.mapping.party and self._party(self.mapping.party, row, labels)
            return RowPlan(
                raw.line, digest, raw.values, party, self._reference(row),
                tuple(
                    self._fact(part, row, labels)
                    for part in self.mapping.facts
                    if holds(part.when, row)
                ),
            )  # fmt: skip
        except Refusal as refusal:
            return BadRow(raw.line, digest, raw.values, refusal)

    def digest(self, raw: RawRow) -> bytes:
        """The digest by which a row is known again: mapping, shift, every value (blank as none)."""
        said = {name: value or None for name, value in raw.values.items()}
        canonical = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(self.salt + canonical.encode("utf-8", "replace")).digest()

    def instants_of(self, raw: RawRow, columns: tuple[str, ...]) -> list[datetime]:
        """The unshifted instants in these columns that can be read."""
        found: list[datetime] = []
        for name in columns:
            try:
                value = self.parsers[name](raw.values.get(name))
            except Refusal:
                continue  # the row will be quarantined when it is loaded, with this reason
            if isinstance(value, date):
                found.append(as_instant(value, shift_days=0, zone=self.zone).astimezone(UTC))
        return found

    def _label(self, name: str, row: Row) -> str:
        label = label_of(self.mapping.labels[name], row)
        if label is None:
            raise LabelMissing(field=name, label=name)
        return label

    def _reference(self, row: Row) -> tuple[str, str] | None:
        reference = self.mapping.refers_to
        if reference is None:
            return None
        value = row[reference.column]
        if value is None:
            raise ValueMissing(field=reference.column, name=reference.column)
        return reference.scheme, str(value)

    def _party(self, part: PartyPart, row: Row, labels: dict[str, str]) -> NewParty:
        fields: dict[str, Any] = {
            name: _text_or_none(_value(getattr(part, name), row, labels)) for name in PARTY_FIELDS
        }
        personal = {
            field: str(row[column])
            for field, column in part.personal.items()
            if row[column] is not None
        }
        party = NewParty(
            kind=_kind(part.kind, fields["legal_name"] or fields["trading_name"]),
            desk=self.mapping.desk,
            details=PartyDetails(**fields, personal=personal),
            identifiers=tuple(
                (scheme, str(row[column]))
                for scheme, column in part.identifiers.items()
                if row[column] is not None
            ),
            effective_at=self._instant(part.effective_at, row),
            recorded_at=None if part.recorded_at is None else self._instant(part.recorded_at, row),
        )
        if not party.identifiers:
            column = next(iter(part.identifiers.values()))
            raise ValueMissing(field=column, name=column)
        return check_party(party, origin=self.origin)

    def _fact(self, part: FactPart, row: Row, labels: dict[str, str]) -> NewFact:
        amount = row[part.amount] if part.amount is not None else None
        subject = _filled(part.subject, row)
        recorded_at = (
            None
            if part.recorded_at is None
            else self._instant(part.recorded_at, row, time_of_day=part.from_time)
        )
        if recorded_at is not None and recorded_at > self.origin.at:
            raise FactRecordedInFuture(
                field=str(part.recorded_at), kind=part.kind, subject=subject,
                recorded_at=recorded_at,
            )  # fmt: skip
        return NewFact(
            kind=part.kind,
            subject=subject,
            effective_at=self._instant(part.effective_at, row, time_of_day=part.from_time),
            recorded_at=recorded_at,
            amount_minor=amount.amount_minor if isinstance(amount, Money) else None,
            currency=amount.currency if isinstance(amount, Money) else None,
            attributes={
                name: self._as_json(value)
                for name, source in part.attributes.items()
                if (value := _value(source, row, labels)) is not None
            },
        )

    def _instant(
        self, source: str | FixedDate, row: Row, *, time_of_day: time = time.min
    ) -> datetime:
        value = row[source] if isinstance(source, str) else source.date
        if not isinstance(value, date):
            raise ValueMissing(field=str(source), name=source)
        if not isinstance(value, datetime):
            value = datetime.combine(value, time_of_day)
        return as_instant(value, shift_days=self.shift_days, zone=self.zone).astimezone(UTC)

    def _as_json(self, value: Typed) -> Any:
        """A typed value in attributes: money in minor units, decimals as text, dates shifted."""
        if isinstance(value, Money):
            return value.amount_minor
        if isinstance(value, Decimal):
            return format(value, "f")
        if isinstance(value, datetime):
            return as_instant(value, shift_days=self.shift_days, zone=self.zone).isoformat()
        if isinstance(value, date):
            return as_instant(value, shift_days=self.shift_days, zone=self.zone).date().isoformat()
        return value


def _value(source: str | Value | None, row: Row, labels: dict[str, str]) -> Typed:
    if source is None:
        return None
    if isinstance(source, str):
        return row[source]
    if source.label is not None:
        return labels[source.label]
    if source.template is not None:
        return _filled(source.template, row)
    if source.column is not None:
        value = row[source.column]
        return value if source.first is None or value is None else str(value)[: source.first]
    return source.constant


def _filled(template: str, row: Row) -> str:
    return template.format_map({name: _given(name, row) for name in template_columns(template)})


def _given(name: str, row: Row) -> Typed:
    if row[name] is None:
        raise ValueMissing(field=name, name=name)
    return row[name]


def _text_or_none(value: Typed) -> str | None:
    return None if value is None else str(value)


def _kind(kind: str, name: str | None) -> PartyKind:
    if kind != BY_LEGAL_FORM:
        return PartyKind(kind)
    _bare, form = split_legal_form(name or "")
    return PartyKind.COMPANY if form else PartyKind.LEGAL_ENTITY
