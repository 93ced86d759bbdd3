"""Decision tables: which row applies, what comes of it, and what it leaves in the trace."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings

from goodstanding.language.boundary import python_value
from goodstanding.policies.engine import MissingKind, Policy, read_policy
from goodstanding.policies.engine.checks import check_policy
from tests.parity.draws import INPUTS, random_rows
from tests.parity.policy_draws import HEAD, TAIL
from tests.parity.table_draws import DrawnTable, tables
from tests.rooms.policies.texts import table_policy

PRICES = """\
  price_of_credit:
    label: price of credit
    hit: unique
    on_missing: refer
    outputs:
      rate: {type: "DECIMAL(5,4)", label: rate a month}
      days: INTEGER
    rows: |
      row   | amount     | country     || rate   | days | label
      SMALL | [0, 600)   | -           || 0.0250 | 30   | Small orders
      HOME  | >= 600     | 'GB'        || 0.0190 | 60   | Large orders at home
      AWAY  | >= 600     | not ('GB')  || 0.0310 | 30   | Large orders abroad
"""


@pytest.fixture(scope="module")
def prices() -> Policy:
    return read_policy(
        table_policy(PRICES, terms="terms:\n  price: {value: rate}\n  credit_days: {value: days}\n")
    )


@pytest.mark.parametrize(
    ("amount", "country", "row", "rate", "days"),
    [
        ("0", "FR", "SMALL", "0.0250", 30),
        ("599.99", None, "SMALL", "0.0250", 30),
        ("600", "GB", "HOME", "0.0190", 60),
        ("600", "FR", "AWAY", "0.0310", 30),
    ],
)
def test_a_price_comes_of_the_row_that_matches(
    prices: Policy, amount: str, country: str | None, row: str, rate: str, days: int
):
    found = prices.evaluate({"amount": amount, "country": country, "age": 5})

    assert found.derived["price_of_credit_row"] == row
    terms = {term.name: term.value for term in found.terms}
    assert terms == {"price": Decimal(rate), "credit_days": days}


def test_a_missing_value_that_leaves_the_row_open_goes_to_a_person(prices: Policy):
    found = prices.evaluate({"amount": "600", "country": None, "age": 5})

    assert found.derived["price_of_credit_row"] is None
    assert (found.outcome, found.reasons[0].code) == ("refer", "MISSING_COUNTRY")
    assert found.rule("price_of_credit.no-row").by_missing


def test_a_row_for_a_missing_value_makes_the_table_certain():
    text = """\
  start:
    hit: first
    outputs: {level: TEXT}
    rows: |
      row   | age           || level      | effect | reason | points
      YOUNG | < 12          || 'enhanced' | refer  | R      | 5
      BLANK | missing       || 'asked'    | note   | -      | 2
      REST  | -             || 'standard' | -      | -      | -
"""
    policy = read_policy(table_policy(text))

    blank, young = (policy.evaluate({"amount": 1, "age": age}) for age in (None, 11))

    assert (blank.derived["level"], blank.outcome, blank.points) == ("asked", "approve", 2)
    assert (young.derived["level"], young.outcome, young.points) == ("enhanced", "refer", 5)
    assert young.rule("start.YOUNG").text == "(age < 12) IS TRUE"
    assert young.reasons[0].rule_id == "start.YOUNG"


def test_first_waits_for_an_earlier_row_that_a_missing_value_leaves_open():
    text = """\
  start:
    hit: first
    on_missing: ignore
    outputs: {level: TEXT}
    rows: |
      row  | age  | country || level
      A    | < 12 | -       || 'a'
      B    | -    | 'GB'    || 'b'
      C    | -    | -       || 'c'
"""
    found = read_policy(table_policy(text)).evaluate({"amount": 1, "country": "GB"})

    assert (found.derived["start_row"], found.derived["level"]) == (None, None)
    assert found.warnings == ()


def test_an_output_that_a_row_leaves_open_is_not_applicable():
    text = """\
  start:
    hit: unique
    on_missing: ignore
    outputs: {level: TEXT}
    rows: |
      row  | age   || level
      A    | < 12  || 'a'
      B    | >= 12 || -
"""
    policy = read_policy(table_policy(text, rule="level = 'a'"))
    found = policy.evaluate({"amount": 1, "age": 12})

    assert found.rule("OPEN").missing[0].kind is MissingKind.NOT_APPLICABLE
    assert found.warnings == ()


def test_constants_and_expressions_stand_in_cells_and_can_be_moved():
    text = """\
  start:
    hit: first
    inputs: {half: amount * 0.5}
    outputs: {limit: "DECIMAL(14,2)"}
    rows: |
      row  | half   || limit
      BIG  | >= top || min_of(amount, 900.00)
      REST | -      || amount
"""
    policy = read_policy(table_policy(text))
    moved = policy.with_constants({"top": "20"})

    rows = [item.evaluate({"amount": 1000}).derived["start_row"] for item in (policy, moved)]
    assert rows == ["BIG", "BIG"]
    assert policy.evaluate({"amount": 50}).derived["start_row"] == "REST"
    assert moved.evaluate({"amount": 50}).derived["start_row"] == "BIG"
    assert policy.evaluate({"amount": 1000}).derived["limit"] == Decimal("900.00")
    assert policy.evaluate({"amount": 1000}).derived["start_half"] == Decimal(500)


def test_spacing_of_a_table_is_no_difference():
    policy = read_policy(table_policy(PRICES))
    spaced = read_policy(table_policy(PRICES.replace("[0, 600)  ", "[0,600)")))

    assert policy.text_hash != spaced.text_hash
    assert policy.tree_hash == spaced.tree_hash


def test_a_table_of_two_hundred_rows_answers_alike_on_every_engine():
    rows = "".join(f"      N{at} | {at} || {at * 3}\n" for at in range(200))
    text = (
        "  steps:\n    hit: unique\n    on_missing: ignore\n    outputs: {step: INTEGER}\n"
        "    rows: |\n      row | age || step\n" + rows
    )
    policy = read_policy(
        table_policy(text, terms="terms:\n  step: {value: step, on_missing: ignore}\n")
    )
    frame = pl.DataFrame({"amount": [1] * 201, "age": range(201)})

    live = [policy.evaluate({"amount": 1, "age": age}).terms[0].value for age in range(201)]
    assert live == [at * 3 for at in range(200)] + [None]
    for engine in ("polars", "duckdb"):
        assert policy.evaluate_table(frame, engine=engine).table["step"].to_list() == live


@settings(max_examples=30, deadline=None)
@given(table=tables())
def test_a_drawn_table_answers_as_told_plainly(table: DrawnTable):
    policy = read_policy(_holding(table))

    for row in random_rows(len(table.text), 12):
        record = {name: python_value(INPUTS[name], row[name]) for name in table.names}
        found = policy.evaluate(record)

        assert found.derived["drawn_table_row"] == table.row(row), (table.text, record)
        if table.hit != "collect":
            assert found.derived["amount"] == table.amount(row), (table.text, record)


@settings(max_examples=30, deadline=None)
@given(table=tables())
def test_what_the_checks_say_of_a_drawn_table_is_so(table: DrawnTable):
    """Without a reported gap no record falls through, and none reaches a row said to be hidden."""
    policy = read_policy(_holding(table))
    findings = check_policy(policy)
    gaps = [item for item in findings if item.code == "table_gap"]
    hidden = {
        item.path.rsplit(".", 1)[1]
        for item in findings
        if item.code in {"row_masked", "row_never_true"}
    }
    overlaps = {item.path for item in findings if item.code == "rows_overlap"}

    for row in random_rows(len(table.text) + 7, 12):
        known = {name: row[name] for name in table.names}
        asks = [any("missing" in line[at].text for line in table.rows) for at in range(len(known))]
        if any(
            value is None for value, asked in zip(known.values(), asks, strict=True) if not asked
        ):
            continue
        matched = [at for at, match in enumerate(table.matches(row)) if match]
        if not table.hit.startswith("collect"):
            assert matched or gaps, (table.text, known)
            assert table.row(row) not in hidden, (table.text, known)
        if table.hit == "unique" and len(matched) > 1:
            told = {item.code for item in findings}
            assert overlaps or told & {"rows_contradict", "row_repeated"}, (table.text, known)


def _holding(table: DrawnTable) -> str:
    inputs = "".join(f'  {name}: {{type: "{INPUTS[name]}"}}\n' for name in table.names)
    return f"{HEAD}\ninputs:\n{inputs}\ntables:\n{table.text}\nrules: []\n{TAIL}"
