"""What can be seen in a policy without data: one test a finding."""

from datetime import date

import pytest

from goodstanding.policies.engine import PolicyRefused, read_policy
from goodstanding.policies.engine.checks import check_policy

HEAD = """\
policy: seen
version: "1"
title: Seen
desk: credit
owner: Credit risk
purpose: Static findings.
legal_entities: [GS-UK]
time_zone: Europe/London

inputs:
  amount: {type: "DECIMAL(14,2)", label: amount, required: true, min: 0, max: 1000}
  months: {type: INTEGER, label: months, required: true, min: 0}
  country: {type: TEXT, label: country, required: true}
  gender: {type: TEXT, label: gender, protected: true}
  first_name: {type: TEXT, label: first name, proxy_for: gender}
constants:
  large: {type: INTEGER, value: 600}
lists:
  countries: {version: "2026-11", expires_on: 2026-11-27, values: [GB, DE]}
"""
TAIL = """\
outcomes: {refer: {queue: q}}
fallback: {outcome: refer, reason: R}
reasons: {R: {text: A reason}}
tests:
  - {name: any, inputs: {amount: 1, months: 1, country: GB}, expect: {outcome: approve}}
"""
USES = "months >= 0 AND in_list(country, 'countries') AND amount > large"


def codes(*rules: str, on: date | None = None) -> list[tuple[str, str, str]]:
    """Severity, code and path of every finding but what no test reaches."""
    lines = "".join(
        f'  - {{id: R{at}, label: Rule, when: "{when}", effect: {effect}, reason: R,'
        " on_missing: ignore}\n"
        for at, (effect, _, when) in enumerate((rule.partition(" ") for rule in rules), start=1)
    )
    found = check_policy(read_policy(f"{HEAD}rules:\n{lines}{TAIL}"), on=on)
    told = [
        item
        for item in found
        if item.code not in {"untested", "needless_on_missing", "ignored_knock_out"}
    ]
    return [(item.severity.value, item.code, item.path) for item in told]


def test_nothing_is_found_where_nothing_is_wrong():
    assert codes(f"refer {USES}") == []


@pytest.mark.parametrize(
    ("rules", "finding"),
    [
        (["refer 1 < 2"], ("error", "constant_rule", "rules.R2")),
        (["refer amount < 0"], ("error", "never_true", "rules.R2")),
        (["refer months > 5 AND months < 3"], ("error", "never_true", "rules.R2")),
        (["refer amount >= 0"], ("warning", "always_true", "rules.R2")),
        (["decline amount > 5", "refer amount > 9"], ("warning", "shadowed", "rules.R3")),
        (["refer amount > 5", "refer amount > 9"], ("note", "implied", "rules.R3")),
        (["refer amount > 5", "decline amount > 5"], ("error", "contradiction", "rules.R3")),
        (["refer amount > 5", "decline NOT (amount <= 5)"], ("error", "contradiction", "rules.R3")),
        (["refer amount > 5", "refer 5 < amount"], ("warning", "same_condition", "rules.R3")),
        (["refer amount > 5", "note amount > 5"], ("warning", "same_condition", "rules.R3")),
    ],
)
def test_a_rule_that_cannot_be_meant_is_found(rules: list[str], finding: tuple[str, str, str]):
    found = codes(f"refer {USES}", *rules)

    assert finding in found


def test_a_stricter_rule_within_a_laxer_one_is_no_finding():
    assert codes(f"refer {USES}", "decline amount > 9", "refer amount > 5") == []


def test_inputs_constants_and_lists_that_nothing_reads_are_told():
    assert codes("refer amount > 5") == [
        ("note", "unused", "months"),
        ("note", "unused", "country"),
        ("note", "unused", "large"),
        ("note", "unused", "countries"),
    ]


def test_a_failing_test_is_told_with_what_came_instead():
    rule = '  - {id: R1, label: Rule, when: "amount > 0", effect: refer, reason: R}\n'
    policy = read_policy(f"{HEAD}rules:\n{rule}{TAIL}")

    (found,) = [item for item in check_policy(policy) if item.code == "failing_test"]

    assert (found.severity.value, found.place.column) == ("warning", 1)
    assert found.message == "The test 'any' fails: outcome is refer, not approve."


def test_an_expired_list_keeps_the_policy_from_being_published():
    assert codes(f"refer {USES}", on=date(2026, 11, 27)) == []
    assert codes(f"refer {USES}", on=date(2026, 11, 28)) == [
        ("error", "expired_list", "lists.countries")
    ]


@pytest.mark.parametrize("name", ["gender", "first_name"])
def test_a_protected_attribute_or_its_proxy_decides_nothing(name: str):
    with pytest.raises(PolicyRefused) as caught:
        codes(f"refer {name} = 'f'")

    assert caught.value.mistakes[0].code == "withheld_name"
