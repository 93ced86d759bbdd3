"""Decision tables as DMN 1.3: valid by the standard's schema, and of the same answers.

The evaluator of FEEL's unary tests below knows nothing of the policy; it reads the XML alone.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from lxml import etree

from goodstanding.language.boundary import python_value
from goodstanding.policies.engine import read_policy
from goodstanding.policies.engine.dmn import NAMESPACE, NoTables, NotInDmn, policy_dmn
from goodstanding.policies.engine.evaluation import Value, as_text
from tests.parity.draws import INPUTS, random_rows
from tests.parity.policy_draws import HEAD, TAIL
from tests.parity.table_draws import DrawnTable, tables
from tests.rooms.policies.texts import TRADE_UK, table_policy

NS = {"dmn": NAMESPACE}
_VALUE = re.compile(
    r'\s*(?:date\("(?P<day>[^"]*)"\)|"(?P<text>(?:[^"\\]|\\.)*)"'
    r"|(?P<number>-?[0-9.]+?)(?=\.\.|[^0-9.]|$)|(?P<word>true|false|null))"
)
PRICES = """\
  price:
    label: price of credit
    hit: unique
    on_missing: refer
    outputs: {rate: "DECIMAL(5,4)", days: INTEGER}
    rows: |
      row   | amount   | country            | since         || rate   | days | effect | reason
      SMALL | [0, 600) | -                  | -             || 0.0250 | 30   | -      | -
      HOME  | >= 600   | 'GB', 'it''s "A"'  | >= 2026-01-01 || 0.0190 | 60   | note   | -
      AWAY  | >= 600   | not ('GB')         | -             || 0.0310 | age  | refer  | R
"""


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    folder = files("SpiffWorkflow.dmn.parser") / "schema" / "DMN13.xsd"
    return etree.XMLSchema(etree.parse(str(folder)))


def test_the_export_says_the_table_in_the_words_of_the_standard(schema: etree.XMLSchema):
    text = policy_dmn(read_policy(table_policy(PRICES)))

    schema.assertValid(etree.fromstring(text.encode()))
    root = ET.fromstring(text)
    table = root.find("dmn:decision/dmn:decisionTable", NS)
    assert table is not None
    assert table.get("hitPolicy") == "UNIQUE"
    shown = [
        [cell.text for cell in rule.iterfind("*/dmn:text", NS)]
        for rule in table.iterfind("dmn:rule", NS)
    ]
    label = "of price of credit"
    assert shown == [
        ["[0.00..600.00)", "-", "-", "0.0250", "30", "null", "null", "null",
         "SMALL", f"Row SMALL {label}"],
        [">= 600.00", '"GB", "it\'s \\"A\\""', '>= date("2026-01-01")', "0.0190", "60",
         '"note"', "null", "0", "HOME", f"Row HOME {label}"],
        [">= 600.00", 'not("GB")', "-", "0.0310", "age", '"refer"', '"R"', "0",
         "AWAY", f"Row AWAY {label}"],
    ]  # fmt: skip
    types = [item.get("typeRef") for item in root.iterfind("dmn:inputData/dmn:variable", NS)]
    assert types == ["number", "string", "date", "number"]


def test_what_feel_would_not_compute_alike_is_refused():
    text = PRICES.replace("| age  |", "| int_div(age, 2) |")

    with pytest.raises(NotInDmn, match="Row AWAY of the table price gives `int_div"):
        policy_dmn(read_policy(table_policy(text)))


def test_a_policy_without_tables_has_no_dmn():
    with pytest.raises(NoTables, match="trade_uk has no decision tables"):
        policy_dmn(read_policy(TRADE_UK))


SILENT = """\
  drawn_table:
    hit: first
    on_missing: refer
    outputs: {amount: INTEGER}
    rows: |
      row | i || amount | effect | reason | points
      R0 | - || - | - | - | 0
      R1 | - || 0 | decline | R | 0
"""


def test_a_row_that_gives_nothing_answers_before_those_behind_it():
    inputs = "  i: {type: INTEGER}\n"
    policy = read_policy(f"{HEAD}\ninputs:\n{inputs}\ntables:\n{SILENT}\nrules: []\n{TAIL}")
    rules = list(ET.fromstring(policy_dmn(policy)).iterfind(".//dmn:rule", NS))

    assert policy.evaluate({"i": 1}).derived["amount"] is None
    assert [rule.findtext("dmn:outputEntry/dmn:text", "", NS) for rule in rules] == ["null", "0"]


@settings(max_examples=25, deadline=None)
@given(table=tables())
def test_a_drawn_table_answers_alike_from_its_xml(schema: etree.XMLSchema, table: DrawnTable):
    inputs = "".join(f'  {name}: {{type: "{INPUTS[name]}"}}\n' for name in table.names)
    policy = read_policy(f"{HEAD}\ninputs:\n{inputs}\ntables:\n{table.text}\nrules: []\n{TAIL}")
    text = policy_dmn(policy)
    root = ET.fromstring(text)

    schema.assertValid(etree.fromstring(text.encode()))
    for row in random_rows(len(table.text), 12):
        if any(row[name] is None for name in table.names):
            continue
        record = {name: python_value(INPUTS[name], row[name]) for name in table.names}
        found = policy.evaluate(record)
        for decision in root.iterfind("dmn:decision", NS):
            held = decision.find("dmn:decisionTable", NS)
            assert held is not None
            facts = {name: _fact(value) for name, value in record.items()}
            given_ = [rule for rule in held.iterfind("dmn:rule", NS) if _matches(held, rule, facts)]
            if table.hit == "collect":
                continue
            if table.hit.startswith("collect"):
                if decision.get("name") == "drawn_table_amount":
                    assert _gathered(table.hit, given_) == found.derived["amount"], table.text
                continue
            if table.hit == "unique" and table.matches(row).count(True) > 1:
                continue  # refused when it is published
            first = given_[0] if given_ else None
            amount = None if first is None else first.find("dmn:outputEntry/dmn:text", NS)
            told = amount.text if amount is not None else "null"
            expected = found.derived["amount"]
            assert told == ("null" if expected is None else str(expected)), (table.text, record)


def _fact(value: Value | None) -> object:
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else as_text(value)


def _gathered(hit: str, rules: "list[ET.Element]") -> int | None:
    amounts = [int(rule.findtext("dmn:outputEntry/dmn:text", "", NS)) for rule in rules]
    if hit == "collect sum":
        return sum(amounts)
    pick = min if hit == "collect min" else max
    return pick(amounts) if amounts else None


def _matches(table: ET.Element, rule: ET.Element, facts: Mapping[str, object]) -> bool:
    names = [
        item.text or "" for item in table.iterfind("dmn:input/dmn:inputExpression/dmn:text", NS)
    ]
    tests = [item.text or "" for item in rule.iterfind("dmn:inputEntry/dmn:text", NS)]
    return all(_holds(test, facts[name]) for name, test in zip(names, tests, strict=True))


def _holds(test: str, value: object) -> bool:
    if test == "-":
        return True
    if test.startswith("not("):
        return not _holds(test[4:-1], value)
    at, found = 0, False
    while at < len(test):
        held, at = _one(test, at, value)
        found = found or held
        at += len(test[at:]) - len(test[at:].lstrip(", "))
    return found


def _one(test: str, at: int, value: object) -> tuple[bool, int]:
    sign = re.compile(r"(<=|>=|<|>)").match(test, at)
    if sign:
        end, at = _value(test, sign.end(), value)
        pairs = {"<": value < end, "<=": value <= end, ">": value > end, ">=": value >= end}  # pyright: ignore[reportOperatorIssue]
        return pairs[sign[1]], at
    if test[at] in "[(":
        low, after = _value(test, at + 1, value)
        high, last = _value(test, after + 2, value)
        above = value >= low if test[at] == "[" else value > low  # pyright: ignore[reportOperatorIssue]
        below = value <= high if test[last] == "]" else value < high  # pyright: ignore[reportOperatorIssue]
        return above and below, last + 1
    same, at = _value(test, at, value)
    return same == value, at


def _value(test: str, at: int, like: object) -> tuple[object, int]:
    match = _VALUE.match(test, at)
    assert match is not None, test[at:]
    if match["day"] is not None:
        return match["day"], match.end()
    if match["text"] is not None:
        return re.sub(
            r"\\(.)", lambda it: {"n": "\n"}.get(it[1], it[1]), match["text"]
        ), match.end()
    if match["word"] is not None:
        return {"true": True, "false": False, "null": None}[match["word"]], match.end()
    return type(like)(match["number"]), match.end()  # pyright: ignore[reportCallIssue]
