"""What no test and no past case reaches; a record that would; what the loss of an input does."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from goodstanding.cli.policy import app
from goodstanding.policies.engine import Policy, read_policy
from goodstanding.policies.engine.backtest import Cancelled, History
from goodstanding.policies.engine.coverage import coverage
from goodstanding.policies.engine.embedded_tests import run_tests
from goodstanding.policies.engine.if_null import InputNeverMissing, cases_moved, missing_report
from goodstanding.policies.engine.parts import PartKey, PartKind, key_named
from goodstanding.policies.engine.witness import find_witness
from goodstanding.policies.engine.written_tests import with_test, witnessed
from tests.rooms.policies.texts import CARD, TRADE_UK, TRADE_UK_TESTS

RUN = CliRunner()
TERMS = """
terms:
  limit:
    currency: GBP
    table:
      - {when: amount > 1000.00, value: "500.00"}
      - {value: "1000.00"}
"""
TEXT = TRADE_UK.replace("\noutcomes:", f"{TERMS}\noutcomes:") + TRADE_UK_TESTS


@pytest.fixture(scope="module")
def trade_uk() -> Policy:
    return read_policy(TEXT)


@pytest.fixture(scope="module")
def orders() -> History:
    """Five orders: only the last has no days past due, only the first has no tenure."""
    frame = pl.DataFrame(
        {
            "order": ["a", "b", "c", "d", "e"],
            "amount": ["100.00", "5000.00", "300.00", "400.00", "500.00"],
            "dpd_max": [0, 0, 31, 10, None],
            "vat_ok": [True, True, True, False, True],
            "utilisation": ["0.10", "0.99", "0.10", "0.10", "0.10"],
            "tenure_months": [None, 12, 12, 12, 12],
        }
    )
    exact = frame.with_columns(
        pl.col("amount").cast(pl.Decimal(14, 2)), pl.col("utilisation").cast(pl.Decimal(5, 2))
    )
    return History(source=exact, key="order", amount="amount")


def keys(items: Any) -> set[str]:
    return {str(item.part.key) for item in items}


def test_coverage_names_what_no_test_reaches(trade_uk: Policy) -> None:
    found = coverage(trade_uk)

    assert found.tests == 2
    assert found.rows is None
    assert keys(found.untested) == {
        "rule:R2", "rule:R3", "missing:R1", "missing:R3",
        "row:limit[1]", "reason:VAT", "reason:LIMIT_USED", "reason:NEW_BUYER",
    }  # fmt: skip
    covered = found.of(PartKey(PartKind.MISSING, "R4"))
    assert covered is not None
    assert covered.tests == ("a late payer",)


def test_coverage_counts_the_cases_of_a_history(trade_uk: Policy, orders: History) -> None:
    found = coverage(trade_uk, history=orders)

    counts = {str(item.part.key): item.cases for item in found.parts}
    assert found.rows == 5
    assert counts["rule:R1"] == counts["rule:R2"] == counts["rule:R3"] == 1
    assert counts["rule:R4"] == counts["missing:R4"] == 1
    assert counts["missing:R1"] == 1
    assert counts["reason:LATE_PAYER"] == counts["reason:NEW_BUYER"] == 1
    assert keys(found.unseen) == {"missing:R2", "missing:R3", "row:limit[1]", "row:limit[2]"}
    late = found.of(PartKey(PartKind.RULE, "R1"))
    assert late is not None
    assert late.first_case == 2


def test_the_fallbacks_own_reason_is_no_part(trade_uk: Policy) -> None:
    assert coverage(trade_uk).of(PartKey(PartKind.REASON, "NO_APPROVAL")) is None


def test_bands_and_the_missing_score_are_parts() -> None:
    policy = read_policy(CARD.replace("REFERENCE", "max"))

    bands = {item.part.key.name for item in coverage(policy).parts if item.kind is PartKind.BAND}

    assert bands == {"low", "middle", "high"}


@pytest.mark.parametrize("text", [TEXT, CARD.replace("REFERENCE", "max")])
def test_a_test_written_for_every_part_passes_and_covers_it(text: str) -> None:
    policy = read_policy(text)
    for item in coverage(policy).untested:
        witness = find_witness(policy, item.part.key)
        assert witness is not None, item.part.key
        taken = [test.name for test in read_policy(text).definition.tests]
        text = with_test(text, witnessed(item.part, witness, taken=taken))

    written = read_policy(text)

    assert run_tests(written).passed
    assert coverage(written).untested == ()


def test_nothing_is_made_up_where_no_record_can_be(trade_uk: Policy) -> None:
    never = read_policy(TEXT.replace("dpd_max > 30", "dpd_max > 30 AND dpd_max < 20"))

    assert find_witness(never, PartKey(PartKind.RULE, "R1")) is None
    assert key_named("R1") is None


def test_the_loss_of_each_input_is_counted_over_the_history(
    trade_uk: Policy, orders: History
) -> None:
    report = missing_report(trade_uk, history=orders)

    found = {item.text.name: item for item in report.inputs}
    assert report.rows == 5
    assert [item.text.name for item in report.inputs] == [
        "dpd_max", "utilisation", "vat_ok", "tenure_months",
    ]  # fmt: skip
    assert found["tenure_months"].missing_now == found["dpd_max"].missing_now == 1
    assert found["utilisation"].flips == (("decline", "approve", 1),)  # R3 passes it over
    assert found["tenure_months"].flips == ()  # R4 takes 0 months, and refers no other order


def test_a_lost_input_moves_cases_down_to_the_record(trade_uk: Policy, orders: History) -> None:
    item = missing_report(trade_uk, history=orders).of("dpd_max")

    moved = cases_moved(trade_uk, history=orders, name="dpd_max")

    assert item.flips == (("decline", "refer", 1),)
    assert moved.select("order", "before", "after").rows() == [("c", "decline", "refer")]
    with pytest.raises(InputNeverMissing):
        cases_moved(trade_uk, history=orders, name="amount")


def test_the_report_equals_records_decided_one_by_one(trade_uk: Policy, orders: History) -> None:
    rows = pl.DataFrame(orders.source).to_dicts()  # pyright: ignore[reportArgumentType]
    report = missing_report(trade_uk, history=orders)

    for item in report.inputs:
        expected: dict[tuple[str, str], int] = {}
        for row in rows:
            record = {name: value for name, value in row.items() if name != "order"}
            before = trade_uk.evaluate(record).outcome.value
            after = trade_uk.evaluate({**record, item.text.name: None}).outcome.value
            expected[before, after] = expected.get((before, after), 0) + 1
        assert item.moves == expected, item.text.name


def test_without_a_history_the_text_alone_speaks_and_work_can_be_stopped(
    trade_uk: Policy, orders: History
) -> None:
    report = missing_report(trade_uk)

    assert report.rows is None
    assert [item.text.outcome.value for item in report.inputs][:2] == ["refer", "refer"]
    with pytest.raises(Cancelled):
        missing_report(trade_uk, history=orders, is_cancelled=lambda: True)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "policy.yaml"
    path.write_text(TEXT)
    return str(path)


def test_the_commands_print_json_and_exit_by_what_is_required(file: str) -> None:
    plain = RUN.invoke(app, ["coverage", file, "--json"])
    required = RUN.invoke(app, ["coverage", file, "--require", "tests", "--json"])
    missing = RUN.invoke(app, ["missing", file, "--json"])
    words = RUN.invoke(app, ["coverage", file], env={"COLUMNS": "200"})

    assert (plain.exit_code, required.exit_code, missing.exit_code) == (0, 1, 0)
    document = json.loads(required.stdout)
    assert document["ok"] is False
    assert "rule:R2" in document["untested"]
    assert json.loads(missing.stdout)["inputs"][0]["changed"] is None
    assert "2 tests reach" in words.stdout


def test_a_history_that_is_required_must_be_named(file: str) -> None:
    from goodstanding.cli.policy_backtest import NoHistoryNamed

    answer = RUN.invoke(app, ["coverage", file, "--require", "history"])

    assert isinstance(answer.exception, NoHistoryNamed)


def test_values_of_a_written_test_survive_yaml() -> None:
    text = TEXT.replace("amount: 100.00, dpd_max: 0", "amount: 100.10, dpd_max: 0")
    policy = read_policy(text)
    part = next(item.part for item in coverage(policy).parts if str(item.part.key) == "rule:R2")
    known = [({"amount": Decimal("100.10"), "vat_ok": False}, None)]
    witness = find_witness(policy, part.key, known=known)
    assert witness is not None

    written = read_policy(with_test(text, witnessed(part, witness, taken=())))

    inputs = written.definition.tests[-1].inputs
    assert {name: value and value.text for name, value in inputs.items()} == {
        "amount": "100.10",
        "vat_ok": "false",
    }
