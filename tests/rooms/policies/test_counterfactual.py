"""The smallest change that would have altered the outcome: true, smallest, and honest."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from goodstanding.language.types import Kind
from goodstanding.policies.engine import InputRequired, Outcome, Policy, PolicyRefused, read_policy
from goodstanding.policies.engine.counterfactual import find_counterfactual
from goodstanding.policies.engine.counterfactual_answer import (
    CounterfactualAnswer,
    counterfactual_document,
)
from goodstanding.policies.engine.critical_values import critical_cells
from goodstanding.policies.engine.values import value_of
from tests.parity.draws import random_rows
from tests.parity.policy_draws import policies

AS_OF = datetime(2026, 11, 18, 12, tzinfo=UTC)
TEXT = """
policy: guarantors
version: "1"
title: Guarantors
desk: credit
owner: Credit risk
purpose: Decide whether a person may stand as a guarantor.
legal_entities: [GS-UK]
time_zone: Europe/London
inputs:
  amount: {type: "DECIMAL(12,2)", label: amount, required: true, min: 1, actionable: decrease}
  months: {type: INTEGER, label: months of trading, min: 0, actionable: increase}
  arrears: {type: INTEGER, label: arrears in days, min: 0}
  account: {type: TEXT, label: kind of account, values: [business, private], actionable: any}
  screening: {type: TEXT, label: screening, values: [clear, confirmed_hit]}
  opened_on: {type: DATE, label: account opened on, actionable: decrease}
  income: {type: "DECIMAL(12,2)", label: income, personal: true}
derived:
  per_month: "div_round(amount, nullif(months, 0), 2)"
scorecards:
  card:
    base: 100
    scale: {score: 600, odds: 50, pdo: 20}
    characteristics:
      - {id: A, input: months, reason: TIME, missing: {points: 0},
         bands: [{below: 12, points: 5}, {below: 36, points: 20}, {points: 40}]}
      - {id: B, input: arrears, reason: ARREARS, missing: {points: 0},
         bands: [{below: 1, points: 30}, {below: 31, points: 10}, {points: 0}]}
rules:
  - {id: SCREEN, label: Confirmed sanctions hit, when: "screening = 'confirmed_hit'",
     effect: decline, reason: SCREEN, on_missing: refer}
  - {id: BIG, label: Large amount, when: amount > 5000.00, effect: refer, reason: BIG}
  - {id: THIN, label: Much for its age, when: per_month > 400.00, effect: refer, reason: BIG,
     on_missing: ignore}
  - {id: PRIVATE, label: Private account, when: "account = 'private' AND amount > 1000.00",
     effect: refer, reason: ACCOUNT, on_missing: refer}
  - {id: YOUNG, label: Young account, when: "date_diff_days(opened_on, as_of_date) < 90",
     effect: refer, reason: ACCOUNT, on_missing: ignore}
score:
  from: card
  label: points
  on_missing: refer
  bands:
    - {name: low, below: 120, outcome: decline}
    - {name: middle, below: 150, outcome: refer}
    - {name: high, outcome: approve}
outcomes: {refer: {queue: credit_review}}
fallback: {outcome: refer, reason: SCREEN}
reasons:
  SCREEN: {text: Screening}
  BIG: {text: The amount}
  ACCOUNT: {text: The account}
  TIME: {text: The time in trade}
  ARREARS: {text: Arrears}
"""
SOUND: dict[str, Any] = {
    "amount": Decimal("4000.00"), "months": 40, "arrears": 0, "account": "business",
    "screening": "clear", "opened_on": "2020-01-01", "income": Decimal("3000.00"),
}  # fmt: skip


@pytest.fixture(scope="module")
def guarantors() -> Policy:
    return read_policy(TEXT)


def asked(policy: Policy, **changed: Any) -> CounterfactualAnswer:
    return find_counterfactual(policy, SOUND | changed, as_of=AS_OF)


def moved(answer: CounterfactualAnswer) -> dict[str, str]:
    assert answer.nearest is not None
    return {change.name: str(change.after) for change in answer.nearest.changes}


@pytest.mark.parametrize(
    ("changed", "moves", "outcome"),
    [
        ({"amount": Decimal("5000.01")}, {"amount": "5000.00"}, "approve"),
        ({"account": "private"}, {"amount": "1000.00"}, "approve"),
        ({"account": "private", "amount": Decimal("5200.00")}, {"amount": "1000.00"}, "approve"),
        ({"account": "private", "amount": Decimal("1001.00")}, {"amount": "1000.00"}, "approve"),
        ({"months": 9}, {"months": "12"}, "approve"),
        ({"opened_on": "2026-11-01"}, {"opened_on": "2026-08-20"}, "approve"),
        ({"months": 8, "arrears": 40}, {"months": "12"}, "refer"),
    ],
)
def test_the_smallest_change_is_found(
    guarantors: Policy, changed: Mapping[str, Any], moves: dict[str, str], outcome: str
):
    answer = asked(guarantors, **changed)

    assert answer.nearest is not None
    assert moved(answer) == moves
    assert answer.nearest.outcome.value == outcome
    assert answer.is_complete


def test_two_inputs_are_moved_where_one_is_not_enough(guarantors: Policy):
    answer = asked(guarantors, amount=Decimal("6000.00"), months=9)

    assert moved(answer) == {"amount": "4800.05", "months": "12"}  # 400.004 a month, rounded
    assert answer.nearest is not None
    assert [change.direction for change in answer.nearest.changes] == ["decrease", "increase"]
    assert answer.nearest.distance == pytest.approx(1199.95 / 10800.05 + 3 / 21)


def test_three_inputs_are_moved_where_two_are_not_enough(guarantors: Policy):
    answer = asked(guarantors, amount=Decimal("6000.00"), months=9, opened_on="2026-11-01")

    # Step by step, and so not the least distance of all, which would be 4,800.05 in 12 months.
    assert moved(answer) == {"amount": "5000.00", "months": "13", "opened_on": "2026-08-20"}


def test_what_the_applicant_cannot_change_is_said(guarantors: Policy):
    answer = asked(guarantors, screening="confirmed_hit", amount=Decimal("9000.00"))

    assert answer.nearest is None
    assert answer.fixed == ("Confirmed sanctions hit",)
    assert answer.why_not == "Confirmed sanctions hit: the applicant cannot change this."


def test_an_approval_needs_no_change(guarantors: Policy):
    assert asked(guarantors).why_not == "The outcome is the best that the policy gives."


def test_a_decline_names_the_way_to_approval_as_well(guarantors: Policy):
    answer = asked(guarantors, months=8, arrears=10)

    assert answer.nearest is not None
    assert answer.nearest.outcome is Outcome.REFER
    assert answer.approval is not None
    assert [str(change.after) for change in answer.approval.changes] == ["36"]


def test_where_nothing_helps_it_says_so(guarantors: Policy):
    answer = asked(guarantors, arrears=40, months=40)

    assert answer.nearest is None
    assert answer.why_not == (
        "No change of at most 3 of amount, months of trading, kind of account, account opened on"
        " within their bounds alters the outcome."
    )


def test_a_missing_value_is_stated(guarantors: Policy):
    answer = asked(guarantors, months=None)

    assert answer.nearest is not None
    [change] = answer.nearest.changes
    assert (change.name, change.direction, change.after) == ("months", "state", 12)
    assert change.missing is not None


def test_the_answer_is_the_same_every_time(guarantors: Policy):
    first, again = (asked(guarantors, amount=Decimal("6000.00"), months=9) for _ in range(2))

    assert counterfactual_document(first) == counterfactual_document(again)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("income: {type: \"DECIMAL(12,2)\", label: income, personal: true, actionable: any}",
         "Nobody is told to change income: it is a personal value."),
        ("income: {type: INTEGER, protected: true, actionable: increase}",
         "Nobody is told to change income: it is a protected attribute."),
        ("income: {type: TEXT, actionable: increase}", "TEXT has no order to move in."),
        ("income: {type: TEXT, actionable: sideways}", "'sideways' is not known here."),
    ],
)  # fmt: skip
def test_who_somebody_is_cannot_be_offered(written: str, said: str):
    old = 'income: {type: "DECIMAL(12,2)", label: income, personal: true}'

    with pytest.raises(PolicyRefused) as refused:
        read_policy(TEXT.replace(old, written))

    assert said in str(refused.value)


def test_what_is_actionable_leaves_the_meaning_as_it_was():
    without = read_policy(TEXT.replace(", actionable: decrease", ""))

    assert without.tree_hash == read_policy(TEXT).tree_hash


def _actionable(text: str) -> str:
    """A drawn policy whose inputs may all be moved."""
    head, tail = text.split("\nlists:", 1)
    return head.replace("}\n", ", actionable: any}\n") + "\nlists:" + tail


@settings(
    max_examples=30, deadline=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip
@given(text=policies(), seed=st.integers(0, 2**32))
def test_on_drawn_policies_it_is_true_and_no_single_smaller_change_is(text: str, seed: int):
    try:
        policy = read_policy(_actionable(text))
    except PolicyRefused:
        reject()
    [cells] = random_rows(seed, 1)
    record = {
        item.name: value_of(cells[item.name], item.type)
        for item in policy.plan.inputs
        if cells[item.name] is not None
    }
    try:
        before = policy.evaluate(record, as_of=AS_OF).outcome
    except InputRequired:
        reject()
    answer = find_counterfactual(policy, record, as_of=AS_OF)
    for found in (answer.nearest, answer.approval):
        if found is not None:
            after = policy.evaluate({**record, **found.record}, as_of=AS_OF).outcome
            assert after is found.outcome
            assert after.rank < before.rank
    if before is not Outcome.APPROVE:
        _check_singles(policy, record, before, answer)


def _check_singles(
    policy: Policy, record: Mapping[str, Any], before: Outcome, answer: CounterfactualAnswer
) -> None:
    """No critical value of one input does with less what the answer says."""
    found = answer.nearest
    lacking = policy.compiled.read(record, as_of=AS_OF).missing  # an invalid value is none, too
    for item in policy.plan.inputs:
        if item.label not in answer.offered:
            continue
        for cell in critical_cells(policy.plan, item):
            value = value_of(cell, item.type)
            outcome = policy.evaluate({**record, item.name: value}, as_of=AS_OF).outcome
            if outcome.rank < before.rank:
                assert found is not None, (item.name, value, answer)
                assert len(found.changes) == 1
                if item.name not in lacking and item.type.kind in {Kind.INTEGER, Kind.DECIMAL}:
                    apart = abs(value - record[item.name])
                    sizes = abs(value) + abs(record[item.name])
                    if record[item.name] and sizes:
                        assert float(apart / sizes) >= found.distance - 1e-12
