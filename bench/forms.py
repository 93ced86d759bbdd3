"""One rulebook in the languages of everybody who decides by it.

Our own text; SQL as an analyst writes it; zen's expressions, JSONLogic and Python for the peers.
Peers have no three-valued logic, so each comparison with a field that may be missing is written
with its check; they get days as whole numbers and money as floats, which is in their favour.
"""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from bench.hundred import (
    Absent,
    Both,
    Characteristic,
    Compare,
    Condition,
    Derived,
    Either,
    Field,
    Flag,
    OneOf,
    Rulebook,
)

_TYPES = {
    "money": "DECIMAL(14,2)",
    "count": "INTEGER",
    "rate": "DECIMAL(7,4)",
    "index": "DOUBLE",
    "flag": "BOOLEAN",
    "text": "TEXT",
    "day": "DATE",
}
LIMITS = ((560, "1000000.00"), (500, "250000.00"))
TERM_DAYS = ((560, "60"), (500, "30"))
PRICES = ((560, "150"), (500, "240"))
LAST_LIMIT, LAST_TERM, LAST_PRICE = "50000.00", "14", "390"


def policy_text(book: Rulebook) -> str:
    """The rulebook as a policy file."""
    return "\n".join(
        (
            "policy: hundred",
            'version: "1"',
            "title: A hundred expressions",
            "desk: credit",
            "owner: Benchmarks",
            "purpose: Measure how fast a policy of usual size decides.",
            "legal_entities: [GS-UK]",
            "time_zone: Europe/London",
            "currency: GBP",
            "inputs:",
            *(_input(item) for item in book.fields),
            "derived:",
            *(f"  {item.name}: {{value: {_derived(item)}}}" for item in book.derived),
            "scorecards:",
            "  card:",
            f"    base: {book.base}",
            "    scale: {pdo: 20, score: 600, odds: 50}",
            "    characteristics:",
            *(_characteristic(item) for item in book.characteristics),
            "rules:",
            *(_rule(item.id, item.when, item.effect, item.points) for item in book.rules),
            "score:",
            "  from: points",
            "  on_missing: refer",
            "  bands:",
            f"    - {{name: few, below: {book.refer_from}, outcome: approve}}",
            f"    - {{name: some, below: {book.decline_from}, outcome: refer}}",
            "    - {name: many, outcome: decline}",
            "terms:",
            _term("limit", [(f"card >= {at}", value) for at, value in LIMITS], LAST_LIMIT),
            _term("term_days", [(f"card >= {at}", value) for at, value in TERM_DAYS], LAST_TERM),
            _term("price_bp", [(f"card >= {at}", value) for at, value in PRICES], LAST_PRICE),
            "outcomes:",
            "  refer: {queue: trade_credit}",
            "fallback: {outcome: refer, reason: POINTS}",
            "reasons:",
            "  POINTS: {text: The points of the application}",
            "  RULE: {text: A rule of the policy}",
            "",
        )
    )


def _input(field: Field) -> str:
    required = ", required: true" if field.is_required else ""
    return f'  {field.name}: {{type: "{_TYPES[field.kind]}"{required}}}'


def _derived(item: Derived) -> str:
    match item.how:
        case "ratio":
            return f'"safe_div({item.left}, {item.right})"'
        case "total":
            return f'"{item.left} + coalesce({item.right}, 0.00)"'
        case "difference":
            return f"{item.left} - {item.right}"
        case "days":
            return f'"date_diff_days({item.left}, {item.right})"'


def _characteristic(item: Characteristic) -> str:
    bands = [
        f"{{below: {bound}, points: {points}}}"
        for bound, points in zip(item.bounds, item.points, strict=False)
    ]
    bands.append(f"{{points: {item.points[-1]}}}")
    return (
        f"      - {{id: {item.id}, input: {item.name}, reason: POINTS, rank: 1,"
        f" bands: [{', '.join(bands)}], missing: {{points: {item.missing}}}}}"
    )


def _rule(id_: str, when: Condition, effect: str, points: int) -> str:
    reason = "" if effect == "note" else ", reason: RULE"
    return (
        f'  - {{id: {id_}, label: {id_}, when: "{sql_condition(when)}", effect: {effect},'
        f" points: {points}, on_missing: ignore{reason}}}"
    )


def _term(name: str, rows: list[tuple[str, str]], last: str) -> str:
    parts = [f'{{when: "{when}", value: "{value}"}}' for when, value in rows]
    parts.append(f'{{value: "{last}"}}')
    return f"  {name}: {{label: {name}, given_on: [approve, refer], table: [{', '.join(parts)}]}}"


def sql_condition(item: Condition) -> str:
    """A condition in SQL, which is also our text."""
    match item:
        case Compare():
            return f"{item.name} {item.op} {_sql_constant(item.value)}"
        case OneOf():
            words = ", ".join(f"'{word}'" for word in item.words)
            return f"{item.name} {'IN' if item.is_among else 'NOT IN'} ({words})"
        case Flag():
            return item.name if item.value else f"NOT {item.name}"
        case Absent():
            return f"{item.name} IS NULL"
        case Both():
            return " AND ".join(_in_brackets(part) for part in item.parts)
        case Either():
            return " OR ".join(_in_brackets(part) for part in item.parts)


def _in_brackets(part: Condition) -> str:
    text = sql_condition(part)
    return f"({text})" if isinstance(part, Both | Either) else text


def _sql_constant(value: Decimal | float | int | date) -> str:
    return f"DATE '{value}'" if isinstance(value, date) else str(value)


def sql_policy(book: Rulebook, relation: str, *, is_full: bool) -> str:
    """The policy as one statement, as an analyst writes it by hand, step by step.

    One row for a record: outcome, points and terms; with `is_full` also the masks of the rules.
    """
    columns = ", ".join(f"{_sql_derived(item)} AS {item.name}" for item in book.derived)
    card = " + ".join((str(book.base), *(_sql_points(item) for item in book.characteristics)))
    truths = ", ".join(f"{sql_condition(rule.when)} AS {rule.id}" for rule in book.rules)
    points = " + ".join(
        f"CASE WHEN {rule.id} THEN {rule.points} ELSE 0 END" for rule in book.rules if rule.points
    )
    votes = {
        effect: " OR ".join(rule.id for rule in book.rules if rule.effect == effect)
        for effect in ("decline", "refer")
    }
    outcome = (
        f"CASE WHEN points >= {book.decline_from} OR {votes['decline']} THEN 'decline'"
        f" WHEN points >= {book.refer_from} OR {votes['refer']} THEN 'refer' ELSE 'approve' END"
    )
    masks = "".join(f", {mask}" for mask in _sql_masks(book)) if is_full else ""
    terms = ", ".join(
        (
            _sql_term("limit_granted", LIMITS, LAST_LIMIT),
            _sql_term("term_days", TERM_DAYS, LAST_TERM),
            _sql_term("price_bp", PRICES, LAST_PRICE),
        )
    )
    return (
        f"WITH known AS (SELECT *, {columns} FROM {relation}),"
        f" scored AS (SELECT *, {card} AS card FROM known),"
        f" judged AS (SELECT card, {truths} FROM scored),"
        f" counted AS (SELECT *, {points} AS points FROM judged),"
        f" decided AS (SELECT *, {outcome} AS outcome FROM counted)"
        f" SELECT outcome, points AS score{masks}, {terms} FROM decided"
    )


def _sql_derived(item: Derived) -> str:
    match item.how:
        case "ratio":
            left, right = (f"CAST({name} AS DOUBLE)" for name in (item.left, item.right))
            return f"CASE WHEN {item.right} <> 0 THEN {left} / {right} END"
        case "total":
            return f"{item.left} + coalesce({item.right}, 0)"
        case "difference":
            return f"{item.left} - {item.right}"
        case "days":
            return f"{item.right} - {item.left}"


def _sql_points(item: Characteristic) -> str:
    branches = "".join(
        f" WHEN {item.name} < {bound} THEN {points}"
        for bound, points in zip(item.bounds, item.points, strict=False)
    )
    return f"CASE WHEN {item.name} IS NULL THEN {item.missing}{branches} ELSE {item.points[-1]} END"


def _sql_masks(book: Rulebook) -> Iterable[str]:
    """The rules that are TRUE and those that are UNKNOWN, as bits of two words each."""
    for kind, holds in (("true", "{}"), ("unknown", "{} IS NULL")):
        for word in range(2):
            rules = book.rules[word * 62 : word * 62 + 62]
            bits = " + ".join(
                f"CASE WHEN {holds.format(rule.id)} THEN {1 << at} ELSE 0 END"
                for at, rule in enumerate(rules)
            )
            yield f"CAST({bits} AS BIGINT) AS {kind}_{word}"


def _sql_term(name: str, rows: Iterable[tuple[int, str]], last: str) -> str:
    branches = "".join(f" WHEN card >= {at} THEN {value}" for at, value in rows)
    return f"CASE WHEN outcome <> 'decline' THEN CASE{branches} ELSE {last} END END AS {name}"


def peer_value(value: Any) -> Any:
    """A record's value as peers get it."""
    match value:
        case Decimal():
            return float(value)
        case date():
            return value.toordinal()
        case _:
            return value


class Nulls:
    """Which names may be without a value."""

    def __init__(self, book: Rulebook) -> None:
        """Look them up once."""
        required = {item.name for item in book.fields if item.is_required}
        never = {"days_known", "exposure_after"}
        names = {item.name for item in (*book.fields, *book.derived)}
        self.names = frozenset(names - required - never)

    def may_be(self, item: Condition) -> bool:
        """Whether a comparison needs its check."""
        return isinstance(item, Compare | OneOf | Flag) and item.name in self.names


def zen_policy(book: Rulebook) -> dict[str, str]:
    """Keys and expressions of one expression node; later ones read earlier ones through `$`."""
    derived = {item.name: _zen_derived(item) for item in book.derived}

    def read(name: str) -> str:
        return f"$.{name}" if name in derived or name == "card" else name

    nulls = Nulls(book)
    rules = {
        rule.id: _written(rule.when, nulls, read, _ZEN) + " ? true : false" for rule in book.rules
    }
    points = {item.id: _zen_points(item) for item in book.characteristics}
    card = " + ".join((str(book.base), *(f"$.{item.id}" for item in book.characteristics)))
    score = " + ".join(f"($.{rule.id} ? {rule.points} : 0)" for rule in book.rules if rule.points)
    votes = {
        effect: " or ".join(f"$.{rule.id}" for rule in book.rules if rule.effect == effect)
        for effect in ("decline", "refer")
    }
    outcome = (
        f"$.score >= {book.decline_from} or {votes['decline']} ? 'decline' :"
        f" ($.score >= {book.refer_from} or {votes['refer']} ? 'refer' : 'approve')"
    )
    terms = {
        name: f"$.outcome == 'decline' ? null : {_chain('$.card', rows, last)}"
        for name, rows, last in (
            ("limit", LIMITS, LAST_LIMIT),
            ("term_days", TERM_DAYS, LAST_TERM),
            ("price_bp", PRICES, LAST_PRICE),
        )
    }
    return {
        **derived,
        **points,
        "card": card,
        **rules,
        "score": score,
        "outcome": outcome,
        **terms,
    }


def _chain(name: str, rows: Iterable[tuple[int, str]], last: str) -> str:
    """Nested choices: from 560 on this, from 500 on that, else the last."""
    text = last
    for at, value in reversed(list(rows)):
        text = f"({name} >= {at} ? {value} : {text})"
    return text


def _zen_derived(item: Derived) -> str:
    match item.how:
        case "ratio":
            known = f"{item.left} != null and {item.right} != null and {item.right} != 0"
            return f"{known} ? {item.left} / {item.right} : null"
        case "total":
            return f"{item.left} + ({item.right} != null ? {item.right} : 0)"
        case "difference":
            known = f"{item.left} != null and {item.right} != null"
            return f"{known} ? {item.left} - {item.right} : null"
        case "days":
            return f"{item.right} - {item.left}"


def _zen_points(item: Characteristic) -> str:
    text = str(item.points[-1])
    for bound, points in reversed(list(zip(item.bounds, item.points, strict=False))):
        text = f"({item.name} < {bound} ? {points} : {text})"
    return f"{item.name} == null ? {item.missing} : {text}"


_ZEN = {
    "and": " and ",
    "or": " or ",
    "known": "{} != null",
    "absent": "{} == null",
    "in": "{} in {}",
    "not in": "{} not in {}",
    "true": "{} == true",
    "false": "{} == false",
}
_PYTHON = {
    **_ZEN,
    "known": "{} is not None",
    "absent": "{} is None",
    "true": "{} is True",
    "false": "{} is False",
}


def _written(
    item: Condition, nulls: Nulls, read: Callable[[str], str], words: dict[str, str]
) -> str:
    match item:
        case Both() | Either():
            joint = words["and" if isinstance(item, Both) else "or"]
            parts = [_written(part, nulls, read, words) for part in item.parts]
            return "(" + joint.join(parts) + ")"
        case Absent():
            return words["absent"].format(read(item.name))
        case Compare():
            value = item.value.toordinal() if isinstance(item.value, date) else item.value
            text = f"{read(item.name)} {item.op} {value}"
        case OneOf():
            listed = "[" + ", ".join(f"'{word}'" for word in item.words) + "]"
            text = words["in" if item.is_among else "not in"].format(read(item.name), listed)
        case Flag():
            text = words["true" if item.value else "false"].format(read(item.name))
    if nulls.may_be(item):
        return f"({words['known'].format(read(item.name))}{words['and']}{text})"
    return text


def ezrules_rules(book: Rulebook) -> list[dict[str, Any]]:
    """The rules as ezrules takes them: a Python body a rule that returns an outcome or nothing.

    It has no derived values and no card, so that rules that read one get it as a field.
    """
    nulls = Nulls(book)
    return [
        {
            "rid": rule.id,
            "r_id": at,  # 0 would be no id
            "description": rule.id,
            "logic": f"if {_written(rule.when, nulls, '${}'.format, _PYTHON)}:"
            f"\n    return !{rule.effect.upper()}\nreturn None",
        }
        for at, rule in enumerate(book.rules, start=1)
    ]
