"""From the document to the definition: the format of a policy, section by section.

The manual of the format is docs/policies.md; the examples there are loaded by a test.
"""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from goodstanding.core.money import is_currency
from goodstanding.language.types import TEXT, Kind, Type
from goodstanding.policies.engine.definition import (
    SIGN_OFF,
    SIGNERS,
    Actionable,
    Constant,
    DerivedDeclaration,
    FallbackDeclaration,
    InputDeclaration,
    ListDeclaration,
    OutcomeDeclaration,
    PolicyDefinition,
    ReasonDeclaration,
)
from goodstanding.policies.engine.document import Scalar, Sequence, Table, read_document
from goodstanding.policies.engine.evaluation import OUTCOMES, Outcome, Value
from goodstanding.policies.engine.mistakes import MistakeLog, sentence
from goodstanding.policies.engine.reader_rules import read_rules, read_score, read_terms
from goodstanding.policies.engine.reader_scores import read_models, read_scorecards
from goodstanding.policies.engine.reader_tables import read_tables
from goodstanding.policies.engine.reader_tests import read_tests
from goodstanding.policies.engine.section import Section, read_type
from goodstanding.policies.engine.values import NotOfType, read_text, value_of

_DURATION = re.compile(r"([0-9]{1,5})([dhm])", re.ASCII)
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
LEDGER, CALLER = "ledger", "caller"
_REGIONS = re.compile(r"[a-z]{2}(-[A-Z]{2})?", re.ASCII)


def read_definition(text: str, *, source: str) -> PolicyDefinition:
    """The policy that a text defines.

    Raises PolicyRefused with every mistake of form; expressions are typed later.
    """
    log = MistakeLog()
    root = Section(read_document(text, source=source), path="", log=log)
    inputs = (*_inputs(root), *_features(root))
    definition = PolicyDefinition(
        name=root.name("policy"),
        version=root.text("version", required=True),
        title=root.text("title", required=True),
        desk=root.name("desk"),
        owner=root.text("owner", required=True),
        purpose=root.text("purpose", required=True),
        legal_entities=root.texts("legal_entities", required=True),
        time_zone=_time_zone(root),
        language=_language(root),
        currency=_currency(root, "currency"),
        inputs=inputs,
        constants=tuple(_constants(root)),
        derived=tuple(_derived(root)),
        lists=tuple(_lists(root)),
        scorecards=read_scorecards(root, types={item.name: str(item.type) for item in inputs}),
        models=read_models(root),
        tables=read_tables(root),
        rules=read_rules(root),
        score=read_score(root),
        terms=read_terms(root),
        outcomes=_outcomes(root),
        fallback=_fallback(root),
        reasons=_reasons(root),
        tests=read_tests(root),
        sign_off=_sign_off(root),
    )
    root.finish()
    log.refuse(source=source)
    return definition


def _time_zone(root: Section) -> str:
    name = root.text("time_zone", required=True, default="UTC")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        root.fault("time_zone", f"{name!r} is no time zone.", "Write one such as Europe/London.")
        return "UTC"
    return name


def _sign_off(root: Section) -> tuple[str, ...]:
    """Who signs a change, in order; the approver alone where nobody is named."""
    roles = root.texts("sign_off")
    for role in roles:
        if role not in SIGNERS or roles.count(role) > 1:
            root.fault(
                "sign_off",
                f"{role!r} cannot sign a change" + (" twice." if role in SIGNERS else "."),
                f"Name some of {', '.join(SIGNERS)}, each once, in the order of signing.",
            )
            return SIGN_OFF
    return roles or SIGN_OFF


def _language(root: Section) -> str:
    code = root.text("language", default="en")
    if _REGIONS.fullmatch(code) is None:
        root.fault("language", f"{code!r} is no language code.", "Write one such as en or de.")
    return code


def _currency(section: Section, key: str) -> str:
    code = section.text(key)
    if code and not is_currency(code):
        section.fault(key, f"{code!r} is no currency.", "Write a code of ISO 4217, such as EUR.")
    return code


def _inputs(root: Section) -> list[InputDeclaration]:
    return [_input(name, section) for name, section in root.sections("inputs")]


def _features(root: Section) -> list[InputDeclaration]:
    return [_input(name, section, is_feature=True) for name, section in root.sections("features")]


def _input(name: str, section: Section, *, is_feature: bool = False) -> InputDeclaration:
    before = len(section.log.mistakes)
    type_ = read_type(section)
    is_typed = len(section.log.mistakes) == before  # what follows from a wrong type is not told
    declared = InputDeclaration(
        name=name,
        type=type_,
        label=section.text("label", default=name.replace("_", " ")),
        description=section.text("description"),
        is_required=section.boolean("required"),
        is_personal=section.boolean("personal"),
        is_protected=section.boolean("protected"),
        proxy_for=section.text("proxy_for"),
        max_age=_duration(section, "max_age"),
        low=_value(section, "min", type_),
        high=_value(section, "max", type_),
        max_length=section.integer("max_length") or None,
        values=section.texts("values"),
        feature=section.text("definition", required=True) if is_feature else "",
        actionable=section.choice("actionable", Actionable, default=Actionable.NO) or Actionable.NO,
        sent_by_caller=is_feature and _is_sent(section),
        place=section.place,
    )
    if is_typed:
        _check_input(declared, section)
        _check_actionable(declared, section)
    section.finish()
    return declared


def _is_sent(section: Section) -> bool:
    """Whether the caller sends a feature; else it is read from the ledger."""
    found = section.text("source", default=LEDGER)
    if found not in {LEDGER, CALLER}:
        section.fault(
            "source", f"{found!r} is no source of a feature.", f"Write {LEDGER} or {CALLER}."
        )
    return found == CALLER


def _check_input(declared: InputDeclaration, section: Section) -> None:
    bounded = declared.low is not None or declared.high is not None
    if bounded and declared.type.kind in {Kind.TEXT, Kind.BOOLEAN}:
        section.fault("min", f"{declared.type} has no order to bound.", "Leave min and max out.")
    if declared.type.kind is not Kind.TEXT and (declared.values or declared.max_length):
        section.fault("values", "Only a TEXT has values and max_length.", "Use min and max.")
    if declared.low is not None and declared.high is not None and declared.low > declared.high:  # pyright: ignore[reportOperatorIssue]
        section.fault("max", "max is below min.", "Exchange them.")


def _check_actionable(declared: InputDeclaration, section: Section) -> None:
    """A counterfactual offers what a person can change, and never who the person is."""
    if declared.actionable is Actionable.NO:
        return
    if declared.is_personal or declared.withheld_because:
        why = declared.withheld_because or "it is a personal value"
        section.fault(
            "actionable", f"Nobody is told to change {declared.name}: {why}.", "Leave it out."
        )
    elif declared.actionable is not Actionable.ANY and declared.type.kind in {
        Kind.TEXT,
        Kind.BOOLEAN,
    }:
        section.fault(
            "actionable", f"{declared.type} has no order to move in.", "Write any, or no."
        )


def _duration(section: Section, key: str) -> timedelta | None:
    found = section.scalar(key)
    if found is None:
        return None
    match = _DURATION.fullmatch(found.text)
    if match is None:
        section.fault(key, f"{found.text!r} is no age.", "Write 30d, 12h or 15m.")
        return None
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _value(section: Section, key: str, type_: Type) -> Value | None:
    found = section.scalar(key)
    return None if found is None else _value_of_scalar(section, key, found, type_)


def _value_of_scalar(section: Section, key: str, found: Scalar, type_: Type) -> Value | None:
    try:
        return value_of(read_text(found.text, type_), type_)
    except NotOfType as problem:
        section.fault(key, f"{sentence(str(problem))}.", f"Write it as {type_}.", place=found.place)
        return None


def _constants(root: Section) -> list[Constant]:
    found: list[Constant] = []
    for name, section in root.sections("constants"):
        type_ = read_type(section)
        scalar = section.scalar("value", required=True)
        value = _value_of_scalar(section, "value", scalar, type_) if scalar else None
        label = section.text("label")
        section.finish()
        if value is not None:
            found.append(
                Constant(name=name, type=type_, value=value, label=label, place=section.place)
            )
    return found


def _derived(root: Section) -> list[DerivedDeclaration]:
    outer = root.section("derived")
    found: list[DerivedDeclaration] = []
    for name in outer.names() if outer else ():
        if outer is None:
            break
        node, label, path = outer.node(name), name.replace("_", " "), outer.path_of(name)
        if isinstance(node, Table):
            section = Section(node, path=path, log=root.log)
            node, label = (
                section.scalar("value", required=True),
                section.text("label", default=label),
            )
            path = section.path_of("value")
            section.finish()
        if isinstance(node, Scalar):
            found.append(
                DerivedDeclaration(
                    name=name, written=node, label=label, path=path, place=node.place
                )
            )
        elif isinstance(node, Sequence):
            outer.fault(name, "A derived value is an expression.", "Write `name: expression`.")
    return found


def _lists(root: Section) -> list[ListDeclaration]:
    found: list[ListDeclaration] = []
    for name, section in root.sections("lists"):
        found.append(_kept_list(name, section) if section.has("kept") else _list(name, section))
        section.finish()
    return found


def _list(name: str, section: Section) -> ListDeclaration:
    type_ = read_type(section) if section.has("type") else TEXT
    section.scalar("type")
    scalars = section.scalars("values", required=True)
    values = [_value_of_scalar(section, "values", item, type_) for item in scalars]
    return ListDeclaration(
        name=name,
        type=type_,
        version=section.text("version", required=True),
        values=tuple(value for value in values if value is not None),
        label=section.text("label"),
        approved_by=section.text("approved_by"),
        expires_on=section.day("expires_on"),
        place=section.place,
    )


def _kept_list(name: str, section: Section) -> ListDeclaration:
    """A list that is kept outside of the text, under the version that is pinned here."""
    kept = section.name("kept")
    for key in ("values", "type", "approved_by", "expires_on"):
        if section.node(key) is not None:
            section.fault(key, f"A kept list has its {key} where it is kept.", "Leave it out here.")
    return ListDeclaration(
        name=name,
        type=TEXT,
        version=section.text("version", required=True),
        values=(),
        kept=kept,
        label=section.text("label"),
        place=section.place,
    )


def _outcomes(root: Section) -> dict[Outcome, OutcomeDeclaration]:
    found = {item: OutcomeDeclaration(outcome=item, label=item.capitalize()) for item in OUTCOMES}
    outer = root.section("outcomes", required=True)
    for outcome in OUTCOMES:
        section = outer.section(outcome.value) if outer else None
        if section is None:
            continue
        is_referral = outcome is Outcome.REFER
        found[outcome] = OutcomeDeclaration(
            outcome=outcome,
            label=section.text("label", default=outcome.capitalize()),
            queue=section.name("queue") if is_referral else "",
        )
        section.finish()
    if outer is not None:
        outer.finish()
        if not outer.has("refer"):
            outer.fault("refer", "No queue takes the referrals.", "Write `refer: {queue: name}`.")
    return found


def _fallback(root: Section) -> FallbackDeclaration:
    section = root.section("fallback", required=True)
    if section is None:
        return FallbackDeclaration(outcome=Outcome.REFER, reason="")
    outcome = section.choice("outcome", Outcome) or Outcome.REFER
    if outcome is Outcome.APPROVE:
        section.fault(
            "outcome",
            "A policy without an approval in force never approves.",
            "Write refer or decline.",
        )
    found = FallbackDeclaration(
        outcome=outcome,
        reason=section.text("reason", required=True),
        queue=section.name("queue", required=False),
    )
    section.finish()
    return found


def _reasons(root: Section) -> dict[str, ReasonDeclaration]:
    outer = root.section("reasons")
    found: dict[str, ReasonDeclaration] = {}
    for code in outer.table if outer else ():
        section = outer.section(code) if outer else None
        if section is None:
            continue
        if re.fullmatch(r"[A-Z][A-Z0-9_]{0,62}", code) is None:
            section.log.add(
                section.place,
                section.path,
                f"{code!r} is no reason code.",
                "Use capitals: DPD_MAX.",
            )
        regimes: dict[str, dict[str, str]] = {}
        for regime, words in section.sections("regimes"):
            regimes[regime] = {key: words.text(key) for key in words.table}
        found[code] = ReasonDeclaration(
            code=code, texts=_texts(section), regimes=regimes, place=section.place
        )
        section.finish()
    return found


def _texts(section: Section) -> dict[str, str]:
    node = section.node("text")
    if isinstance(node, Table):
        words = Section(node, path=section.path_of("text"), log=section.log)
        return {key: words.text(key, required=True) for key in node}
    return {"en": section.text("text", required=True)}
