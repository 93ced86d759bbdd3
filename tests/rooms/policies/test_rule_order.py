"""Conjunctions, whose parts are asked in an order of our own, mean what three-valued AND means."""

from itertools import product

import pytest

from goodstanding.policies.engine import read_policy

TEXT = """\
policy: order_of_parts
version: "1"
title: The order of parts
desk: credit
owner: Credit risk
purpose: Ask conjunctions of every length.
legal_entities: [GS-UK]
time_zone: UTC
currency: GBP
inputs:
  sure: {{type: BOOLEAN, label: sure, required: true}}
{inputs}
rules:
  - id: R
    label: All parts
    when: {when}
    effect: refer
    reason: R
    on_missing: {on_missing}
outcomes: {{refer: {{queue: triage}}}}
fallback: {{outcome: refer, reason: R, queue: triage}}
reasons:
  R: {{text: All parts hold}}
"""
HOLDS = {None: None, 1: False, 9: True}


def the_policy(count: int, *, on_missing: str):
    names = [f"n{at}" for at in range(count)]
    inputs = "\n".join(f"  {name}: {{type: INTEGER, label: {name}}}" for name in names)
    when = " AND ".join([*(f"{name} > 5" for name in names), "sure"])
    return read_policy(TEXT.format(inputs=inputs, when=when, on_missing=on_missing))


def conjunction(parts: list[bool | None]) -> str:
    if False in parts:
        return "FALSE"
    return "UNKNOWN" if None in parts else "TRUE"


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_every_mix_of_true_false_and_missing_is_kleenes(count: int) -> None:
    policy = the_policy(count, on_missing="refer")
    for values in product(HOLDS, repeat=count):
        for sure in (True, False):
            record = {f"n{at}": value for at, value in enumerate(values)} | {"sure": sure}
            expected = conjunction([sure, *(HOLDS[value] for value in values)])
            assert policy.evaluate(record).rule("R").truth == expected, record


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_default_is_put_in_only_where_the_rule_is_open(count: int) -> None:
    policy = the_policy(count, on_missing="{default: {n0: 9}}")
    for values in product(HOLDS, repeat=count):
        record = {f"n{at}": value for at, value in enumerate(values)} | {"sure": True}
        given = [HOLDS[value] for value in values]
        is_open = conjunction(given) == "UNKNOWN"
        put_in = [True, *given[1:]] if is_open and given[0] is None else given
        found = policy.evaluate(record).rule("R")
        assert found.truth == conjunction(put_in), record


def test_a_very_long_conjunction_compiles() -> None:
    policy = the_policy(120, on_missing="refer")
    everything = {f"n{at}": 9 for at in range(120)} | {"sure": True}

    assert policy.evaluate(everything).rule("R").truth == "TRUE"
    assert policy.evaluate(everything | {"n7": None}).rule("R").truth == "UNKNOWN"
    assert policy.evaluate(everything | {"n7": None, "n119": 1}).rule("R").truth == "FALSE"
