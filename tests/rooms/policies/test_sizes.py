"""Large policies decide; one that would explode is refused when it is read, with the reason."""

import random

import polars as pl
import pytest

from bench import forms
from bench.hundred import records, rulebook
from goodstanding.language.types import Kind
from goodstanding.policies.engine import Policy, PolicyRefused, read_policy
from goodstanding.policies.engine.backtest import History, backtest
from goodstanding.policies.engine.checks import check_policy
from goodstanding.policies.engine.regions import boxes_of, covers
from tests.rooms.policies.texts import TRADE_UK

LARGE = 2_000
COLUMNS = {
    Kind.INTEGER: pl.Int64(), Kind.BOOLEAN: pl.Boolean(), Kind.TEXT: pl.String(),
    Kind.DATE: pl.Date(), Kind.DOUBLE: pl.Float64(),
}  # fmt: skip


def with_derived(derived: dict[str, str], *, when: str, on_missing: str = "refer") -> str:
    lines = "".join(f"  {name}: {text}\n" for name, text in derived.items())
    text = TRADE_UK.replace("\nrules:", f"\nderived:\n{lines}\nrules:")
    text = text.replace("when: dpd_max > 30", f"when: {when}")
    return text.replace("on_missing: refer\n  - id: R2", f"on_missing: {on_missing}\n  - id: R2")


def doubling(levels: int) -> dict[str, str]:
    """Each value reads the one below it twice."""
    above = {f"d{at}": f"d{at - 1} AND d{at - 1}" for at in range(1, levels)}
    return {"d0": "vat_ok OR FALSE", **above}


def crossing(levels: int) -> dict[str, str]:
    """Two values a level, each reading both below."""
    found = {"a0": "vat_ok", "b0": "NOT vat_ok"}
    for at in range(1, levels):
        found[f"a{at}"] = f"a{at - 1} AND b{at - 1}"
        found[f"b{at}"] = f"a{at - 1} OR b{at - 1}"
    return found


DEFAULT = "{default: {vat_ok: true}}"
EXPLODING = [
    (with_derived(doubling(40), when="d39", on_missing=DEFAULT), "operations when its default"),
    (with_derived(crossing(30), when="a29", on_missing=DEFAULT), "operations when its default"),
    (with_derived({"d0": "vat_ok", **{f"d{n}": f"NOT d{n - 1}" for n in range(1, 90)}}, when="d89"),
     "stands on 90 derived values"),
    (with_derived({"u": "utilisation * utilisation", "v": "u * u", "w": "v * v", "x": "w * w"},
                  when="x > 1"), "38 digits are the most"),
    (TRADE_UK.replace("dpd_max > 30", "(" * 400 + "vat_ok" + ")" * 400), "more than 24 deep"),
    (TRADE_UK.replace("dpd_max > 30", " OR ".join(["vat_ok"] * 3_000)), "at most 8192 are read"),
    (TRADE_UK + "#" * (4 * 1024 * 1024), "longer than 4 MB"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), EXPLODING, ids=[told for _, told in EXPLODING])
def test_a_policy_that_would_explode_is_refused_and_says_why(text: str, told: str) -> None:
    with pytest.raises(PolicyRefused, match=told):
        read_policy(text)


def test_values_that_share_what_they_read_are_walked_once() -> None:
    policy = read_policy(with_derived(crossing(60), when="a59"))

    evaluation = policy.evaluate({"amount": "1.00"})

    assert evaluation.outcome == "refer"
    assert [item.name for item in evaluation.rule("R1").missing] == ["a59"]


@pytest.fixture(scope="module")
def large() -> Policy:
    return read_policy(forms.policy_text(rulebook(LARGE)))


@pytest.mark.slow
def test_two_thousand_rules_decide_and_backtest_alike(large: Policy) -> None:
    rows = [dict(record) for record in records(60)]
    schema = {
        item.name: COLUMNS.get(item.type.kind, pl.Decimal(item.type.precision, item.type.scale))
        for item in large.plan.inputs
    }
    table = pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)

    result = backtest(large, History(source=table))

    fired = [large.compiled.decide(*large.compiled.read(row).cells).true for row in rows]
    assert len(large.plan.rules) == LARGE
    assert [rule.true for rule in result.rules] == [
        sum(mask >> at & 1 for mask in fired) for at in range(LARGE)
    ]


@pytest.mark.slow
def test_two_thousand_rules_are_checked_against_each_other(large: Policy) -> None:
    findings = check_policy(large)

    assert {"implied", "same_condition"} & {found.code for found in findings}


def narrow_and_wide(count: int) -> str:
    """Rules over three inputs, many of which lie within another or are the same."""
    draw = random.Random(7)
    written: list[str] = []
    for at in range(count):
        parts = [f"dpd_max > {draw.randrange(4)}", f"tenure_months < {draw.randrange(1, 4)}"]
        parts += ["vat_ok", f"tenure_months = {draw.randrange(3)}"]
        chosen = draw.sample(parts, draw.randrange(1, 4))
        when = draw.choice([" AND ", " OR "]).join(chosen)
        effect = draw.choice(["refer", "decline", "note"])
        reason = "" if effect == "note" else ", reason: VAT"
        written.append(
            f"  - {{id: N{at}, label: Drawn, when: {when}, effect: {effect}{reason},"
            " on_missing: ignore}\n"
        )
    return TRADE_UK.replace("rules:\n", "rules:\n" + "".join(written), 1)


def test_findings_about_pairs_are_those_of_every_pair_compared() -> None:
    policy = read_policy(narrow_and_wide(60))
    rules = policy.plan.rules
    boxes = [boxes_of(rule.condition.tree, policy.plan) or () for rule in rules]

    def within(inner: int, outer: int) -> bool:
        return bool(boxes[inner] and boxes[outer]) and all(
            any(covers(outer=wide, inner=box) for wide in boxes[outer]) for box in boxes[inner]
        )

    def hides(inner: int, outer: int) -> bool:
        vote, other = rules[inner].vote, rules[outer].vote
        if inner == outer or vote is None or other is None or other.rank < vote.rank:
            return False
        return within(inner, outer) and (other is not vote or not within(outer, inner))

    places = range(len(rules))
    alike = {at for at in places for first in range(at) if within(at, first) and within(first, at)}
    hidden = {at for at in places if any(hides(at, other) for other in places)}

    found: dict[str, set[int]] = {}
    ids = {f"rules.{rule.declaration.id}": at for at, rule in enumerate(rules)}
    for each in check_policy(policy):
        found.setdefault(each.code, set()).add(ids.get(each.path, -1))
    assert found.get("same_condition", set()) | found.get("contradiction", set()) == alike
    assert found.get("implied", set()) | found.get("shadowed", set()) == hidden
    assert alike
    assert hidden
