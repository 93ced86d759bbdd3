"""Conditions in words: the sentence says what the text says."""

import pytest

from goodstanding.policies.engine import read_policy
from goodstanding.policies.engine.words import rules_in_words

TEXT = """
policy: orders
version: "1"
title: Orders
desk: credit
owner: Credit
purpose: Decide orders.
legal_entities: [GS-UK]
time_zone: Europe/London
inputs:
  amount: {{type: "DECIMAL(14,2)", label: order amount, required: true}}
  age: {{type: INTEGER, label: months of age}}
  country: {{type: TEXT, label: country}}
  known: {{type: BOOLEAN, label: known buyer}}
  founded: {{type: DATE, label: day of foundation}}
constants:
  cap: {{type: "DECIMAL(14,2)", value: "25000.00", label: cap}}
lists:
  near: {{label: Countries nearby, version: "1", approved_by: credit, values: [GB, IE]}}
rules:
  - {{id: R1, label: Rule, when: "{when}", effect: refer, reason: R, on_missing: refer}}
outcomes: {{approve: {{label: Yes}}, refer: {{label: Look, queue: q}}, decline: {{label: No}}}}
fallback: {{outcome: refer, reason: R, queue: q}}
reasons: {{R: {{text: "Because of {{amount}}"}}}}
"""


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("amount > cap", "Order amount is above 25,000.00"),
        ("25000.00 <= amount", "Order amount is at least 25,000.00"),
        ("NOT amount > cap", "Order amount is at most 25,000.00"),
        ("known", "“known buyer” is so"),
        ("NOT known", "“known buyer” is not so"),
        ("country = 'GB'", "Country is “GB”"),
        ("country IN ('GB','IE')", "Country is “GB” or “IE”"),
        ("NOT (country IN ('GB','IE'))", "Country is neither “GB” nor “IE”"),
        ("in_list(country,'near')", "Country is on the list “Countries nearby”"),
        ("NOT in_list(country,'near')", "Country is not on the list “Countries nearby”"),
        ("age BETWEEN 3 AND 6", "Months of age is from 3 to 6"),
        ("age IS NULL", "Months of age is missing"),
        ("NOT age IS NULL", "Months of age is stated"),
        (
            "amount > 1.00 AND (age < 3 OR known)",
            "Order amount is above 1.00 and (months of age is below 3 or “known buyer” is so)",
        ),
        (
            "NOT (age < 3 AND known)",
            "It is not so that (months of age is below 3 and “known buyer” is so)",
        ),
        ("age + 1 > 4", "Months of age plus 1 is above 4"),
        ("min_of(age, 9) > 4", "The least of months of age and 9 is above 4"),
        (
            "date_diff_months(founded, as_of_date) < 6",
            "Months from day of foundation to the day of the decision is below 6",
        ),
        ("country LIKE 'G%'", "Country reads like “G…”"),
        (
            "CASE WHEN known THEN 1 ELSE 2 END > 1",
            "1 where “known buyer” is so; otherwise 2 is above 1",
        ),
    ],
)
def test_a_condition_is_said_as_it_decides(when: str, said: str) -> None:
    (rule,) = rules_in_words(read_policy(TEXT.format(when=when)).plan)

    assert rule.sentence == said
    assert rule.condition == when


def test_a_fact_of_a_reason_is_said_by_its_label() -> None:
    (rule,) = rules_in_words(read_policy(TEXT.format(when="amount > cap")).plan)

    assert rule.reason == "Because of [order amount]"
