"""Random whole policies over the inputs of `draws`: every section, every missing-data policy."""

from hypothesis import strategies as st

from goodstanding.language.types import PARAMETERS, Kind
from tests.parity.draws import INPUTS, LISTS, expressions
from tests.parity.table_draws import tables

NAMES = [name for name in INPUTS if name not in PARAMETERS]
HEAD = """\
policy: drawn
version: "1"
title: Drawn
desk: credit
owner: nobody
purpose: Parity.
legal_entities: [GS-UK]
time_zone: Europe/London
"""
TAIL = """\
outcomes: {refer: {queue: q}}
fallback: {outcome: refer, reason: R}
reasons: {R: {text: A reason}}
"""
_BOUNDS = {"i": "min: -50, max: 1000", "money": "max: 99.99", "t": "max_length: 3", "x": "min: 0"}
_DEFAULTS = {
    "BOOLEAN": "true",
    "INTEGER": "7",
    "DOUBLE": "2.5",
    "TEXT": "abc",
    "DATE": "2024-02-29",
    "TIMESTAMP": "2024-02-29T12:00:00Z",
}
_DERIVABLE = [Kind.BOOLEAN, Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE, Kind.TEXT, Kind.DATE]
_TABLE_TERM = """\
  table_amount: {value: amount, given_on: [approve, refer, decline], on_missing: ignore}
"""
_CARD = """\
scorecards:
  card:
    base: 100
    scale: {pdo: 20, score: 600, odds: 50}
    characteristics:
      - {id: A, input: i, reason: R, missing: {points: 3}, special: [{values: [7], points: 9}],
         bands: [{below: 0, points: 1}, {below: 31, points: 20}, {points: -5}]}
      - {id: B, input: money, reason: R, missing: {points: 0},
         bands: [{below: -0.01, points: 4}, {below: 1.005, points: 8}, {points: 2}]}
      - {id: C, input: x, reason: R, missing: {points: 1}, special: [{values: [0], points: 6}],
         bands: [{below: 0.3, points: 5}, {points: 10}]}
      - {id: D, input: t, reason: R, missing: {points: 2}, other: {points: 1},
         groups: [{values: [a, "it's"], points: 7}]}
      - {id: E, input: p, reason: R, missing: {points: 0},
         groups: [{values: ["TRUE"], points: 3}, {values: ["FALSE"], points: 2}]}
"""


@st.composite
def policies(draw: st.DrawFn) -> str:
    """The text of a policy; it may be refused where a drawn expression cannot be typed."""
    derived = [
        (f"derived_{at}", draw(expressions(draw(st.sampled_from(_DERIVABLE)), 2)))
        for at in range(draw(st.integers(0, 3)))
    ]
    has_card = draw(st.booleans())
    drawn = draw(st.none() | tables())
    gives = drawn is not None and drawn.hit != "collect"
    parts = [
        HEAD,
        "inputs:\n" + "".join(_input(draw, name) for name in NAMES),
        "lists:\n" + "".join(map(_list, LISTS)),
        "derived:\n" + "".join(f"  {name}: {_quoted(text)}\n" for name, text in derived),
        _CARD if has_card else "",
        "tables:\n" + (drawn.text if drawn else ""),
        "rules:\n" + _rules(draw, [name for name, _ in derived], has_card=has_card),
        _score(draw, has_card=has_card),
        "terms:\n" + _terms(draw) + (_TABLE_TERM if gives else ""),
        TAIL,
    ]
    return "\n".join(part for part in parts if not part.endswith(":\n"))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _input(draw: st.DrawFn, name: str) -> str:
    extra = ""
    if name in {"j", "d", "q"} and draw(st.booleans()):
        extra = ", required: true"
    elif name in _BOUNDS and draw(st.booleans()):
        extra = f", {_BOUNDS[name]}"
    return f'  {name}: {{type: "{INPUTS[name]}"{extra}}}\n'


def _list(name: str) -> str:
    of, members = LISTS[name]
    texts = {"numbers": "[0, 1, -7, -9223372036854775808]", "nothing": "[]"}
    texts["amounts"] = "[0.00, 1.00, -0.01, 9999999999999999.99]"
    texts["days"] = '["0001-01-01", "2024-02-29", "9999-12-31"]'
    texts["texts"] = (
        "[" + ", ".join(_quoted(str(member)) for member in sorted(members, key=str)) + "]"
    )
    return f'  {name}: {{type: "{of}", version: a, values: {texts[name]}}}\n'


def _rules(draw: st.DrawFn, derived: list[str], *, has_card: bool) -> str:
    count = draw(st.integers(1, 6))
    lines: list[str] = []
    for at in range(count):
        when = draw(expressions(Kind.BOOLEAN, 3))
        if derived and draw(st.booleans()):
            word = draw(st.sampled_from(["AND", "OR"]))
            when = f"{when} {word} ({draw(st.sampled_from(derived))} IS NOT NULL)"
        if has_card and draw(st.booleans()):
            when = f"({when}) OR card < 110 OR card_pd > 0.5"
        effect = draw(st.sampled_from(["decline", "refer", "refer", "note", "cancel"]))
        cancels = f"R{draw(st.integers(0, count - 1))}"
        lines.append(_rule(at, when, effect, cancels, _on_missing(draw, when, effect), draw))
    targets = {f"R{at}" for at, line in enumerate(lines) if "effect: cancel" not in line}
    kept = [
        line
        for line in lines
        if "cancels" not in line or line.split("cancels: [")[1][:2] in targets
    ]
    return "".join(kept) or _rule(0, "p", "refer", "", "refer", draw)


def _on_missing(draw: st.DrawFn, when: str, effect: str) -> str:
    choices = ["refer", "decline", "ignore", "default"] if effect != "cancel" else ["ignore"]
    choice = draw(st.sampled_from(choices))
    if choice != "default":
        return choice
    words = set(_words(when))
    named = [name for name in NAMES if name in words]
    chosen = draw(st.lists(st.sampled_from(named), unique=True, max_size=3)) if named else []
    values = ", ".join(f"{name}: {_default(name)}" for name in chosen)
    return f"{{default: {{{values}}}}}"


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() or letter == "_" else " " for letter in text).split()


def _default(name: str) -> str:
    of = INPUTS[name]
    if of.kind is Kind.DECIMAL:
        return "0." + "1".ljust(of.scale, "0") if of.scale else "1"
    return _DEFAULTS[of.kind.value]


def _rule(at: int, when: str, effect: str, cancels: str, on_missing: str, draw: st.DrawFn) -> str:
    extra = ""
    if effect == "cancel":
        extra = f", cancels: [{cancels}], approved_by: a, expires_on: 2099-01-01"
    elif effect != "note":
        extra = ", reason: R"
    return (
        f"  - {{id: R{at}, label: Rule, when: {_quoted(when)}, effect: {effect}{extra},\n"
        f"     on_missing: {on_missing}, points: {draw(st.integers(-3, 30))}}}\n"
    )


def _score(draw: st.DrawFn, *, has_card: bool) -> str:
    sources = ["points", "i", "money", "x", *(["card", "card_pd"] if has_card else [])]
    source = draw(st.sampled_from(["", *sources]))
    if not source:
        return ""
    outcomes = draw(
        st.lists(st.sampled_from(["approve", "refer", "decline"]), min_size=3, max_size=3)
    )
    bounds = ("0.01", "0.5") if source == "card_pd" else ("1", "20")
    missing = draw(st.sampled_from(["refer", "decline", "ignore"]))
    return (
        f"score:\n  from: {source}\n  on_missing: {missing}\n  bands:\n"
        f"    - {{name: a, below: {bounds[0]}, outcome: {outcomes[0]}}}\n"
        f"    - {{name: b, below: {bounds[1]}, outcome: {outcomes[1]}}}\n"
        f"    - {{name: c, outcome: {outcomes[2]}}}\n"
    )


def _terms(draw: st.DrawFn) -> str:
    lines: list[str] = []
    for at in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(_DERIVABLE))
        given = draw(st.sampled_from(["[approve]", "[approve, refer]", "[decline]"]))
        missing = draw(st.sampled_from(["refer", "decline", "ignore"]))
        value = draw(expressions(kind, 2))
        lines.append(
            f"  term_{at}:\n    value: {_quoted(value)}\n"
            f"    given_on: {given}\n    on_missing: {missing}\n"
        )
    return "".join(lines)
