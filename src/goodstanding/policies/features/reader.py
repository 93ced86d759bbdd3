"""From the text of a feature to its definition. The manual is docs/features.md."""

import hashlib
import re
from datetime import timedelta
from decimal import Decimal

from goodstanding.core.errors import Refusal
from goodstanding.core.money import minor_places
from goodstanding.language.errors import ExpressionRefused
from goodstanding.language.expression import Expression
from goodstanding.language.types import BOOLEAN, Kind, Type, parse_type
from goodstanding.policies.engine.document import Scalar, Table, read_document
from goodstanding.policies.engine.mistakes import MistakeLog, PolicyRefused, nearest, sentence
from goodstanding.policies.engine.scope import Scope
from goodstanding.policies.engine.section import NAME, Section
from goodstanding.policies.features.definition import (
    AMOUNT,
    ESTIMATE_SCALE,
    OF_THE_FACT,
    QUANTILE_PARTS,
    RATE_MAX_AGE,
    VALUE_DIGITS,
    EntityKey,
    FeatureDefinition,
    Measure,
    OtherCurrencies,
    names_of,
)

ATTRIBUTE_KINDS = {Kind.BOOLEAN, Kind.INTEGER, Kind.DECIMAL, Kind.TEXT, Kind.DATE}
NO_CURRENCY = (
    "An amount is money of one currency, and the feature declares none.",
    "Write `currency: EUR`; `other_currencies` says what facts in another do.",
)
LONGEST = timedelta(days=36_500)
_DURATION = re.compile(r"([0-9]{1,5})([dhm])", re.ASCII)
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class FeatureRefused(PolicyRefused):
    """{source} is not a feature that can be read: {summary}"""

    code = "feature_refused"
    mend = "Correct the text; docs/features.md says what a feature holds."


def read_feature(text: str, *, source: str, desk: str = "") -> FeatureDefinition:
    """The feature that a text defines; raises FeatureRefused with every mistake at its line."""
    try:
        return _read(text, source=source, desk=desk)
    except PolicyRefused as refused:
        raise FeatureRefused(source=source, mistakes=refused.mistakes) from refused


def _read(text: str, *, source: str, desk: str) -> FeatureDefinition:
    log = MistakeLog()
    root = Section(read_document(text, source=source), path="", log=log)
    currency = _currency(root)
    attributes = _attributes(root)
    scope = Scope(
        log=log, types=names_of(currency, attributes), constants={}, lists={}, withheld={},
        absent={AMOUNT: NO_CURRENCY},
    )  # fmt: skip
    measure, value, quantile = _measure(root, scope)
    others = _other_currencies(root, currency)
    found = FeatureDefinition(
        name=root.name("feature"),
        version=_version(root),
        title=root.text("title", required=True),
        description=root.text("description"),
        owner=root.text("owner", required=True),
        desk=desk,
        entity=root.choice("entity", EntityKey) or EntityKey.PARTY,
        kinds=_kinds(root),
        attributes=attributes,
        filter=_expression(root, "filter", scope, expect=BOOLEAN),
        measure=measure,
        value=value,
        quantile=quantile,
        window=_duration(root, "window", required=True) or timedelta(days=1),
        unit=root.text("unit", required=True),
        currency=currency,
        other_currencies=others,
        rate_max_age=_rate_max_age(root, others),
        max_age=_duration(root, "max_age"),
        text=text,
        text_hash=hashlib.sha256(text.encode()).hexdigest(),
    )
    root.finish()
    _check_clock(found, root)
    log.refuse(source=source)
    return found


def _version(root: Section) -> str:
    found = root.text("version", required=True)
    if found and re.fullmatch(r"[A-Za-z0-9._-]{1,20}", found, re.ASCII) is None:
        root.fault("version", f"{found!r} is no version.", 'Write a short label, such as "1".')
    return found


def _currency(root: Section) -> str:
    code = root.text("currency")
    if not code:
        return ""
    try:
        minor_places(currency=code)
    except Refusal:
        root.fault("currency", f"{code!r} is no currency.", "Write a code of ISO 4217: EUR.")
        return ""
    return code


def _other_currencies(root: Section, currency: str) -> OtherCurrencies:
    if root.has("other_currencies") and not currency:
        root.fault("other_currencies", "No currency is declared.", "Write `currency: EUR` too.")
    default = OtherCurrencies.UNKNOWN
    return root.choice("other_currencies", OtherCurrencies, default=default) or default


def _rate_max_age(root: Section, others: OtherCurrencies) -> timedelta:
    if root.has("rate_max_age") and others is not OtherCurrencies.CONVERTED:
        root.fault(
            "rate_max_age",
            "Only amounts that are converted have a rate.",
            "Write `other_currencies: converted`, or leave it out.",
        )
    return _duration(root, "rate_max_age") or RATE_MAX_AGE


def _kinds(root: Section) -> tuple[str, ...]:
    """One kind, or a list of them."""
    entry = root.table.entries.get("source")
    single = entry is None or isinstance(entry.node, Scalar)
    names = (root.text("source", required=True),) if single else root.texts("source")
    for name in names:
        if name and NAME.fullmatch(name) is None:
            root.fault(
                "source", f"{name!r} is no kind of facts.", "Write one such as order_placed."
            )
    if not single and not names:
        root.fault("source", "The list of kinds is empty.", "Name the kinds of facts to read.")
    if len(set(names)) < len(names):
        root.fault("source", "A kind stands twice.", "Name each kind once.")
    return tuple(sorted(names))


def _attributes(root: Section) -> dict[str, Type]:
    outer = root.section("attributes")
    found: dict[str, Type] = {}
    for name in outer.names() if outer else ():
        scalar = outer.scalar(name) if outer else None
        if outer is None or scalar is None:
            continue
        if name in OF_THE_FACT or name == AMOUNT:
            outer.fault(name, f"{name} is a part of the fact itself.", "Read it without declaring.")
            continue
        try:
            type_ = parse_type(scalar.text)
        except ExpressionRefused as refused:
            outer.fault(name, sentence(refused.problem, code=scalar.text), refused.remedy)
            continue
        if type_.kind not in ATTRIBUTE_KINDS or type_.precision > VALUE_DIGITS:
            outer.fault(
                name,
                f"An attribute cannot be read as {type_}.",
                "Use BOOLEAN, INTEGER, DECIMAL up to 18 digits, TEXT or DATE.",
            )
            continue
        found[name] = type_
    return found


def _measure(root: Section, scope: Scope) -> tuple[Measure, Expression | None, int]:
    """`count`, or one key that is the measure with the expression that it measures."""
    entry = root.table.entries.get("measure")
    if entry is None or isinstance(entry.node, Scalar):
        measure = root.choice("measure", Measure) or Measure.COUNT
        if measure is not Measure.COUNT:
            root.fault(
                "measure", f"{measure} of what?", f"Write `measure: {{{measure}: expression}}`."
            )
        return Measure.COUNT, None, QUANTILE_PARTS // 2
    section = root.section("measure")
    if section is None or not isinstance(entry.node, Table):
        return Measure.COUNT, None, QUANTILE_PARTS // 2
    known = [item for item in Measure if section.has(item)]
    if len(known) != 1:
        words = ", ".join(Measure)
        hint = next(
            (nearest(key, [item.value for item in Measure]) for key in section.table.entries), ""
        )
        mend = " ".join(filter(None, [hint, f"Write one of: {words}."]))
        root.fault("measure", "A feature has one measure.", mend)
        return Measure.COUNT, None, QUANTILE_PARTS // 2
    measure = known[0]
    expect = BOOLEAN if measure is Measure.RATIO else None
    value = _expression(section, measure, scope, expect=expect)
    quantile = _quantile(section, measure)
    section.finish()
    if value is not None:
        _check_value(section, measure, value)
    return measure, value, quantile


def _quantile(section: Section, measure: Measure) -> int:
    if measure is not Measure.QUANTILE:
        return QUANTILE_PARTS // 2
    part = section.decimal("at", required=True)
    parts = Decimal(0) if part is None else part * QUANTILE_PARTS
    if part is not None and (parts != int(parts) or not 0 <= parts <= QUANTILE_PARTS):
        section.fault("at", f"{part} is no quantile.", "Write 0 to 1 with four decimals: 0.95.")
    return int(parts)


def _check_value(section: Section, measure: Measure, value: Expression) -> None:
    type_ = value.type
    if measure.is_of_numbers and not type_.is_exact_number:
        section.fault(
            measure, f"{measure} measures numbers, and this is {type_}.", "Give INTEGER or DECIMAL."
        )
    if type_.kind in {Kind.DOUBLE, Kind.TIMESTAMP}:
        section.fault(
            measure, f"{type_} cannot be measured.", "Bring it to DECIMAL with to_decimal."
        )
    if type_.precision > VALUE_DIGITS:
        section.fault(
            measure,
            f"{type_} has more than {VALUE_DIGITS} digits.",
            f"Narrow it: to_decimal(x, {VALUE_DIGITS}, {min(type_.scale, ESTIMATE_SCALE)}).",
        )
    if measure.is_estimate and type_.scale > ESTIMATE_SCALE:
        section.fault(
            measure,
            f"{measure} has {ESTIMATE_SCALE} decimals, {type_} has more.",
            "Round it first.",
        )


def _expression(
    section: Section, key: str, scope: Scope, *, expect: Type | None
) -> Expression | None:
    written = section.scalar(key)
    if written is None:
        return None
    return scope.parse(written, path=section.path_of(key), expect=expect)


def _check_clock(found: FeatureDefinition, root: Section) -> None:
    """The window is the only clock of a feature."""
    if any(expression.parameters for expression in found.expressions):
        root.fault(
            "filter",
            "A feature reads no as_of: its window says which facts count.",
            "Leave as_of out.",
        )


def _duration(section: Section, key: str, *, required: bool = False) -> timedelta | None:
    found = section.scalar(key, required=required)
    if found is None:
        return None
    match = _DURATION.fullmatch(found.text)
    length = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else timedelta(0)
    if not timedelta(0) < length <= LONGEST:
        section.fault(
            key, f"{found.text!r} is no length of time.", "Write 30d (720 hours), 12h or 15m."
        )
        return None
    return length


__all__ = ["FeatureRefused", "read_feature"]
