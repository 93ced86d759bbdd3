"""A policy of 100 expressions over 60 fields, of the shape of a real one, and records for it.

8 derived values, 74 rules, 15 characteristics of a scorecard and 3 terms; 37 of the fields may be
missing, and a record fires five or six rules. It is drawn once from a fixed seed as small trees,
which `bench.forms` writes as our text, as SQL and in the languages of the peers, so that all of
them decide by the same rules.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeAlias

Kind = Literal["money", "count", "rate", "index", "flag", "text", "day"]
SEED = 20_261_122
FIRST_DAY = date(2015, 1, 1)
WORDS = ("AA", "BB", "CC", "DD", "EE", "FF", "GG", "HH", "JJ", "KK")
MISSING_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Field:
    """An input; numbers are spread evenly from 0 to `high`, days from FIRST_DAY on."""

    name: str
    kind: Kind
    is_required: bool
    high: int


@dataclass(frozen=True, slots=True)
class Compare:
    """A name against a constant; `op` is one of < > <= >=."""

    name: str
    op: str
    value: Decimal | float | int | date


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text field among some words, or among none of them."""

    name: str
    words: tuple[str, ...]
    is_among: bool = True


@dataclass(frozen=True, slots=True)
class Flag:
    """A BOOLEAN field that is `value`."""

    name: str
    value: bool


@dataclass(frozen=True, slots=True)
class Absent:
    """A field without a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Both:
    """All parts hold."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """Some part holds."""

    parts: "tuple[Condition, ...]"


Condition: TypeAlias = Compare | OneOf | Flag | Absent | Both | Either


@dataclass(frozen=True, slots=True)
class Derived:
    """`left` over, minus or plus `right`, or the days from left to right."""

    name: str
    how: Literal["ratio", "difference", "total", "days"]
    left: str
    right: str
    high: float


@dataclass(frozen=True, slots=True)
class Rule:
    """What fires, and what it then asks for."""

    id: str
    when: Condition
    effect: Literal["decline", "refer", "note"]
    points: int


@dataclass(frozen=True, slots=True)
class Characteristic:
    """Points by bands of a field: below each bound, above the last, and where it is missing."""

    id: str
    name: str
    bounds: tuple[Decimal | float | int, ...]
    points: tuple[int, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The whole policy: the first rules read the card, the rules' points decide with the votes.

    `refer_from` and `decline_from` are the points of the rules from which they vote.
    """

    fields: tuple[Field, ...]
    derived: tuple[Derived, ...]
    rules: tuple[Rule, ...]
    base: int
    characteristics: tuple[Characteristic, ...]
    refer_from: int
    decline_from: int

    def field(self, name: str) -> Field | Derived:
        """The field or derived value of a name."""
        return next(item for item in (*self.fields, *self.derived) if item.name == name)


_NAMES: dict[Kind, tuple[str, str]] = {  # required, then optional
    "money": (
        "requested balance overdue credit_line",
        """exposure turnover turnover_prior returned largest_invoice average_invoice disputed
        paid cash debt net_worth tax_owed""",
    ),
    "count": (
        "months_trading invoices invoices_open invoices_late days_late_max disputes orders",
        """employees days_late_average cancelled returns directors directors_changed judgments
        defaults_in_group enquiries""",
    ),
    "rate": ("", "paid_on_time margin liquidity leverage concentration growth"),
    "index": ("", "payment_index sector_index"),
    "flag": (
        "vat_confirmed bank_confirmed address_confirmed is_public has_guarantor in_group",
        "exports seasonal audited prepaid_before",
    ),
    "text": ("sector region legal_form size_class", "agency_grade channel"),
    "day": ("registered_on first_order_on", "last_paid_on accounts_on"),
}
_HIGH: dict[Kind, int] = {
    "money": 1_000_000,
    "count": 1_000,
    "rate": 1,
    "index": 1,
    "flag": 1,
    "text": len(WORDS),
    "day": 3_650,
}
_DERIVED = (
    Derived("utilisation", "ratio", "balance", "credit_line", 2.0),
    Derived("overdue_share", "ratio", "overdue", "balance", 2.0),
    Derived("amount_per_head", "ratio", "requested", "employees", 4_000.0),
    Derived("open_share", "ratio", "invoices_open", "invoices", 2.0),
    Derived("exposure_after", "total", "requested", "exposure", 2_000_000.0),
    Derived("net_turnover", "difference", "turnover", "returned", 1_000_000.0),
    Derived("growth_seen", "difference", "turnover", "turnover_prior", 1_000_000.0),
    Derived("days_known", "days", "registered_on", "first_order_on", 3_650.0),
)


@cache
def rulebook(rules: int = 74) -> Rulebook:
    """The policy; the same at every call. More rules than 74 make the large one."""
    draw = random.Random(SEED)
    fields = tuple(_fields())
    names = _Draws(draw, fields)
    return Rulebook(
        fields=fields,
        derived=_DERIVED,
        rules=tuple(_rule(names, at) for at in range(rules)),
        base=300,
        characteristics=tuple(_characteristic(names, at) for at in range(15)),
        refer_from=70,
        decline_from=110,
    )


def _fields() -> Iterator[Field]:
    for kind, (required, optional) in _NAMES.items():
        for name in required.split():
            yield Field(name, kind, is_required=True, high=_HIGH[kind])
        for name in optional.split():
            yield Field(name, kind, is_required=False, high=_HIGH[kind])


class _Draws:
    """Draws conditions of a wanted hit rate."""

    def __init__(self, draw: random.Random, fields: tuple[Field, ...]) -> None:
        self.draw = draw
        self.fields = fields
        self.numbers = [item for item in fields if item.kind in {"money", "count", "rate"}]

    def atom(self, share: float) -> Condition:
        """One comparison that holds for about this share of the records."""
        if self.draw.random() < 0.15:
            return self._of_derived(share)
        field = self.draw.choice(self.fields)
        while field.kind in {"flag", "text"} and share < 0.1:  # they cannot be as rare as that
            field = self.draw.choice(self.fields)
        if field.kind == "flag":
            return Flag(field.name, value=self.draw.random() < 0.5)
        if field.kind == "text":
            count = max(1, round(share * len(WORDS)))
            return OneOf(field.name, tuple(sorted(self.draw.sample(WORDS, count))))
        is_low = self.draw.random() < 0.5
        at = share if is_low else 1 - share
        return Compare(field.name, "<" if is_low else ">=", _at(field, at))

    def _of_derived(self, share: float) -> Condition:
        item = self.draw.choice(_DERIVED)
        if item.how == "ratio":
            return Compare(item.name, ">", round(item.high * (1 - share), 3))
        if item.how == "days":
            return Compare(item.name, "<", int(item.high * (2 * share - 1) * 0.7))
        return Compare(item.name, "<", Decimal(f"{item.high * share * 0.8:.2f}"))

    def condition(self, at: int, share: float) -> Condition:
        """A condition of one to four atoms, by the number of the rule."""
        half, third = share**0.5, share ** (1 / 3)
        match at % 6:
            case 0:
                return self.atom(share)
            case 1:
                return Both((self.atom(half), self.atom(half)))
            case 2:
                return Both((self.atom(third), self.atom(third), self.atom(third)))
            case 3:
                return Either((self.atom(share / 2), self.atom(share / 2)))
            case 4:
                optional = [item for item in self.fields if not item.is_required]
                gone = Absent(self.draw.choice(optional).name)
                return Both((Either((gone, self.atom(half))), self.atom(half)))
            case _:
                words = tuple(sorted(self.draw.sample(WORDS, 4)))
                elsewhere = OneOf(self.draw.choice(["sector", "region"]), words, is_among=False)
                either = Either((self.atom(half), self.atom(half / 2)))
                return Both((elsewhere, either, self.atom(half)))


def _at(field: Field, share: float) -> Decimal | float | int | date:
    """The value below which this share of a field lies."""
    match field.kind:
        case "money":
            return Decimal(f"{field.high * share:.2f}")
        case "rate":
            return Decimal(f"{field.high * share:.4f}")
        case "index":
            return round(field.high * share, 4)
        case "day":
            return FIRST_DAY + timedelta(days=int(field.high * share))
        case _:
            return int(field.high * share)


def _rule(names: _Draws, at: int) -> Rule:
    if at in {0, 6}:
        cut = Compare("card", "<", 425 if at == 0 else 445)
        return Rule(f"K{at}", cut, "decline" if at == 0 else "refer", 0)
    if at < 6:
        return Rule(f"K{at}", names.condition(at, 0.005), "decline", 0)
    if at < 18:
        return Rule(f"R{at}", names.condition(at, 0.01), "refer", 0)
    return Rule(f"N{at}", names.condition(at, 0.06), "note", names.draw.randint(1, 20))


def _characteristic(names: _Draws, at: int) -> Characteristic:
    field = names.numbers[(at * 7) % len(names.numbers)]
    bounds = tuple(_at(field, share) for share in (0.1, 0.3, 0.6, 0.85))
    points = tuple(names.draw.randint(0, 25) for _ in range(5))
    return Characteristic(f"c{at}", field.name, bounds, points, names.draw.randint(0, 15))  # type: ignore[arg-type]


def records(count: int, *, seed: int = SEED) -> list[dict[str, Any]]:
    """Records as Python has them: Decimal for money and rates, date for days."""
    draw = random.Random(seed)
    fields = rulebook().fields
    return [{item.name: _value(draw, item) for item in fields} for _ in range(count)]


def _value(draw: random.Random, field: Field) -> Any:
    if not field.is_required and draw.random() < MISSING_SHARE:
        return None
    made: dict[Kind, Callable[[], Any]] = {
        "money": lambda: Decimal(draw.randrange(field.high * 100)).scaleb(-2),
        "rate": lambda: Decimal(draw.randrange(10_000)).scaleb(-4),
        "index": draw.random,
        "flag": lambda: draw.random() < 0.5,
        "text": lambda: draw.choice(WORDS),
        "day": lambda: FIRST_DAY + timedelta(days=draw.randrange(field.high)),
        "count": lambda: draw.randrange(field.high),
    }
    return made[field.kind]()
