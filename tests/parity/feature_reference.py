"""Features, as naively as the contract reads: a loop over facts, exact fractions, no SQL."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import floor, isqrt
from typing import Any
from uuid import UUID

from goodstanding.core.money import minor_places
from goodstanding.language import Cell, Expression, Kind, compile_python, python_value
from goodstanding.policies.features import EntityKey, FeatureDefinition, Measure, OtherCurrencies

Answer = tuple[object, str | None]
MOST = 10**18


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of a fact, as the ledger keeps it."""

    kind: str = "invoice_paid"
    subject: str = "e1"
    party_id: UUID | None = None
    version_no: int = 1
    retracted: bool = False
    effective_at: datetime
    recorded_at: datetime
    amount_minor: int | None = None
    currency: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    legal_entity: str = "GS-UK"
    converted: int | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A decision that asks for features."""

    party_id: UUID | None
    entity: str | None
    event: str | None
    as_of: datetime
    legal_entity: str = "GS-UK"


def answer(definition: FeatureDefinition, asked: Asked, ledger: Sequence[Version]) -> Answer:
    """The value, or None with its kind of missing value."""
    key = asked.party_id if definition.entity is EntityKey.PARTY else asked.entity
    if key is None:
        return None, "not_applicable"
    source = [
        one
        for one in ledger
        if one.legal_entity == asked.legal_entity
        and one.kind in definition.kinds
        and one.recorded_at <= asked.as_of
    ]
    start = asked.as_of - definition.window
    for kind in definition.kinds:
        if not any(one.kind == kind and one.effective_at <= start for one in source):
            return None, "no_history"
    if definition.max_age is not None:
        for kind in definition.kinds:
            moments = [
                one.effective_at
                for one in source
                if one.kind == kind and one.effective_at < asked.as_of
            ]
            if max(moments) < asked.as_of - definition.max_age:
                return None, "stale"
    rates = [
        one
        for one in _latest(ledger, asked)
        if one.kind == "exchange_rate" and not one.retracted and _rate(one) > 0
    ]
    counted = []
    for one in _latest(source, asked):
        mine = one.party_id if definition.entity is EntityKey.PARTY else one.subject
        is_event = definition.entity is EntityKey.PARTY and one.subject == asked.event
        is_inside = start <= one.effective_at < asked.as_of
        if mine == key and is_inside and not one.retracted and not is_event:
            counted.append(replace(one, converted=_converted(definition, one, rates)))
    return _measured(definition, counted)


def _latest(ledger: Sequence[Version], asked: Asked) -> list[Version]:
    found: dict[tuple[str, str], Version] = {}
    for one in sorted(ledger, key=lambda one: one.version_no):
        if one.legal_entity == asked.legal_entity and one.recorded_at <= asked.as_of:
            found[one.kind, one.subject] = one
    return list(found.values())


def _rate(one: Version) -> Fraction:
    return Fraction(_decimal(one.attributes.get("rate"), 18, 10) or 0, 10**10)


def _converted(definition: FeatureDefinition, one: Version, rates: list[Version]) -> int | None:
    """The amount in the declared currency, where it is in another and there is a rate."""
    own, other = definition.currency, one.currency
    if one.amount_minor is None or other is None or not own or abs(one.amount_minor) >= MOST:
        return None
    oldest = one.effective_at - definition.rate_max_age
    for pair, is_direct in ((f"{other}/{own}", True), (f"{own}/{other}", False)):
        near = [
            rate
            for rate in sorted(rates, key=lambda rate: rate.subject, reverse=True)
            if rate.subject.split(" ")[0] == pair
            and oldest <= rate.effective_at <= one.effective_at
        ]
        if near:
            ordered = sorted(near, key=lambda rate: (rate.effective_at, rate.recorded_at))
            exact = Fraction(one.amount_minor, 10 ** minor_places(currency=other))
            exact = exact * _rate(ordered[-1]) if is_direct else exact / _rate(ordered[-1])
            exact *= 10 ** minor_places(currency=own)
            size = floor(abs(exact) + Fraction(1, 2))
            return None if size >= MOST else size * (-1 if exact < 0 else 1)
    return None


def _measured(definition: FeatureDefinition, facts: list[Version]) -> Answer:
    kept: list[Version] = []
    for one in facts:
        truth = True if definition.filter is None else _cell(definition, definition.filter, one)
        foreign = bool(definition.currency) and one.currency not in {None, definition.currency}
        if definition.other_currencies is OtherCurrencies.CONVERTED:
            if foreign and one.converted is None and truth is not False:
                return None, "invalid"
        elif foreign and truth is not False:
            if definition.other_currencies is OtherCurrencies.UNKNOWN:
                return None, "invalid"
            continue
        if truth is True:
            kept.append(one)
    if definition.value is None:
        return len(kept), None
    kept.sort(key=lambda one: (one.effective_at, one.recorded_at, one.subject, one.kind))
    cells = [_cell(definition, definition.value, one) for one in kept]
    return _of_cells(definition, [cell for cell in cells if cell is not None])


def _of_cells(definition: FeatureDefinition, cells: list[Any]) -> Answer:
    measure, scale = definition.measure, definition.scale
    if measure is Measure.COUNT:
        return len(cells), None
    if measure is Measure.COUNT_DISTINCT:
        return len(set(cells)), None
    if measure is Measure.SUM:
        total = sum(cells)
        return (None, "overflow") if abs(total) >= MOST else (_number(definition, total), None)
    if not cells:
        return None, "not_applicable"
    if measure in {Measure.MIN, Measure.MAX, Measure.LAST}:
        chosen = {Measure.MIN: min, Measure.MAX: max, Measure.LAST: lambda found: found[-1]}
        assert definition.value is not None
        return python_value(definition.value.type, chosen[measure](cells)), None
    if measure is Measure.STDDEV:
        return _deviation(cells, scale)
    if measure is Measure.RATIO:
        exact = Fraction(sum(cells), len(cells))
    elif measure is Measure.AVG:
        exact = Fraction(sum(cells), len(cells) * 10**scale)
    else:
        exact = _quantile(sorted(cells), Fraction(definition.quantile, 10_000)) / 10**scale
    if abs(exact) >= 10**12:
        return None, "overflow"
    return _rounded(exact), None


def _quantile(cells: list[int], part: Fraction) -> Fraction:
    place = (len(cells) - 1) * part
    low = floor(place)
    high = min(low + 1, len(cells) - 1)
    return cells[low] + (place - low) * (cells[high] - cells[low])


def _deviation(cells: list[int], scale: int) -> Answer:
    if max(map(abs, cells)) > 10**12:
        return None, "overflow"
    number = len(cells)
    variance = Fraction(number * sum(x * x for x in cells) - sum(cells) ** 2, number**2)
    scaled = variance * 10 ** (2 * (6 - scale))
    # The nearest whole root, half away from zero: floor(sqrt(4 v) + 1) / 2, in whole numbers.
    doubled = isqrt(floor(4 * scaled))
    units = (doubled + 1) // 2
    if units >= 10**15:
        return None, "overflow"
    return Decimal(units).scaleb(-6), None


def _rounded(exact: Fraction) -> Decimal:
    size = floor(abs(exact) * 10**6 + Fraction(1, 2))
    return Decimal(-size if exact < 0 else size).scaleb(-6)


def _number(definition: FeatureDefinition, units: int) -> object:
    return (
        Decimal(units).scaleb(-definition.scale) if definition.type.kind is Kind.DECIMAL else units
    )


def _cell(definition: FeatureDefinition, expression: Expression, one: Version) -> Any:
    return _compiled(expression)(*(_read(definition, name, one) for name in expression.inputs))


@cache
def _compiled(expression: Expression) -> Callable[..., Any]:
    return compile_python(expression)


def _read(definition: FeatureDefinition, name: str, one: Version) -> Cell | None:
    if name in {"kind", "subject", "currency"}:
        return getattr(one, name)
    if name == "effective_on":
        return one.effective_at.date().toordinal()
    if name == "amount":
        if definition.conversion is not None and one.currency != definition.currency:
            return one.converted
        return one.amount_minor if one.currency == definition.currency else None
    value, type_ = one.attributes.get(name), definition.attributes[name]
    if type_.kind is Kind.BOOLEAN:
        return value if isinstance(value, bool) else None
    if type_.kind is Kind.TEXT:
        return value if isinstance(value, str) else None
    if type_.kind is Kind.INTEGER:
        return value if type(value) is int and abs(value) < 2**63 else None
    if type_.kind is Kind.DECIMAL:
        return _decimal(value, type_.precision, type_.scale)
    try:
        return date.fromisoformat(value).toordinal() if isinstance(value, str) else None
    except ValueError:
        return None


def _decimal(value: object, precision: int, scale: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", value):
        return None
    exact = Fraction(value) * 10**scale
    units = floor(abs(exact) + Fraction(1, 2)) * (-1 if exact < 0 else 1)
    return units if abs(units) < 10**precision else None
