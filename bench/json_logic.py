"""The rulebook as JSONLogic: the rules alone, and the whole policy in steps.

JSONLogic has no names for its own results. Whoever decides a whole policy by it evaluates in
steps and hands the results of one step to the next.
"""

from collections.abc import Iterable
from typing import Any

from bench.forms import (
    LAST_LIMIT,
    LAST_PRICE,
    LAST_TERM,
    LIMITS,
    PRICES,
    TERM_DAYS,
    Nulls,
    peer_value,
)
from bench.hundred import (
    Absent,
    Both,
    Characteristic,
    Compare,
    Condition,
    Derived,
    Either,
    Flag,
    OneOf,
    Rulebook,
)


def rules_logic(book: Rulebook) -> list[Any]:
    """The rules as one array of true and false; derived values and the card come as fields."""
    nulls = Nulls(book)
    return [_logic(rule.when, nulls) for rule in book.rules]


def policy_logic(book: Rulebook) -> dict[str, Any]:
    """The whole policy from its fields: `values` named `names`, `rules`, `score`, `answer`.

    `values` and `rules` are arrays; `score` reads the rules as `rules`, and `answer` gives
    outcome, limit, days and price from `rules`, `score` and `card`.
    """
    nulls = Nulls(book)
    score = [{"if": [_rule(at), rule.points, 0]} for at, rule in enumerate(book.rules)]
    return {
        "names": [*(item.name for item in book.derived), "card"],
        "values": [*(_derived(item, nulls) for item in book.derived), _card(book, nulls)],
        "rules": rules_logic(book),
        "score": {"+": score},
        "answer": [
            _outcome(book),
            *(
                _rows("card", rows, last)
                for rows, last in (
                    (LIMITS, LAST_LIMIT),
                    (TERM_DAYS, LAST_TERM),
                    (PRICES, LAST_PRICE),
                )
            ),
        ],
    }


def _var(name: str) -> dict[str, str]:
    return {"var": name}


def _rule(at: int) -> dict[str, str]:
    return _var(f"rules.{at}")


def _known(names: Iterable[str], nulls: Nulls) -> list[Any]:
    return [{"!==": [_var(name), None]} for name in names if name in nulls.names]


def _derived(item: Derived, nulls: Nulls) -> Any:
    left, right = _var(item.left), _var(item.right)
    known = _known((item.left, item.right), nulls)
    match item.how:
        case "ratio":
            known.append({"!==": [right, 0]})
            value: Any = {"/": [left, right]}
        case "total":
            return {"+": [left, {"if": [known[0], right, 0]} if known else right]}
        case "difference":
            value = {"-": [left, right]}
        case "days":
            value = {"-": [right, left]}
    return {"if": [{"and": known}, value, None]} if known else value


def _card(book: Rulebook, nulls: Nulls) -> Any:
    return {"+": [book.base, *(_points(item, nulls) for item in book.characteristics)]}


def _points(item: Characteristic, nulls: Nulls) -> Any:
    branches: list[Any] = []
    if item.name in nulls.names:
        branches += [{"===": [_var(item.name), None]}, item.missing]
    for bound, points in zip(item.bounds, item.points, strict=False):
        branches += [{"<": [_var(item.name), peer_value(bound)]}, points]
    return {"if": [*branches, item.points[-1]]}


def _outcome(book: Rulebook) -> Any:
    def votes(effect: str, score_from: int) -> Any:
        voting = [_rule(at) for at, rule in enumerate(book.rules) if rule.effect == effect]
        return {"or": [{">=": [_var("score"), score_from]}, *voting]}

    decline, refer = votes("decline", book.decline_from), votes("refer", book.refer_from)
    return {"if": [decline, "decline", refer, "refer", "approve"]}


def _rows(name: str, rows: Iterable[tuple[int, str]], last: str) -> Any:
    branches: list[Any] = []
    for at, value in rows:
        branches += [{">=": [_var(name), at]}, float(value)]
    return {"if": [*branches, float(last)]}


def _logic(item: Condition, nulls: Nulls) -> Any:
    match item:
        case Both():
            return {"and": [_logic(part, nulls) for part in item.parts]}
        case Either():
            return {"or": [_logic(part, nulls) for part in item.parts]}
        case Absent():
            return {"===": [_var(item.name), None]}
        case Compare():
            test: Any = {item.op: [_var(item.name), peer_value(item.value)]}
        case OneOf():
            among = {"in": [_var(item.name), list(item.words)]}
            test = among if item.is_among else {"!": [among]}
        case Flag():
            test = {"===": [_var(item.name), item.value]}
    if nulls.may_be(item):
        return {"and": [{"!==": [_var(item.name), None]}, test]}
    return test
