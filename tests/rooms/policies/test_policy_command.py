"""`goodstanding policy check|test|evaluate`."""

import json

import pytest
from typer.testing import CliRunner

from goodstanding.cli.change import app as changes
from goodstanding.cli.policy import app
from goodstanding.cli.policy_results import EndingUnknown, FolderMissing
from tests.rooms.policies.texts import TRADE_UK

RUN = CliRunner()
RECORD = '{"amount": "100.00", "dpd_max": 45, "vat_ok": true}'


@pytest.fixture
def trade_uk(tmp_path):
    path = tmp_path / "trade_uk.yaml"
    path.write_text(TRADE_UK + TESTS)
    return str(path)


TESTS = """
tests:
  - name: a late payer
    inputs: {amount: 100.00, dpd_max: 31}
    expect: {outcome: decline, reasons: [LATE_PAYER], rules: {R2: UNKNOWN}}
  - name: a good payer
    inputs: {amount: 100.00, dpd_max: 0, vat_ok: true, utilisation: 0.10, tenure_months: 6}
    expect: {outcome: approve}
"""


def test_check_says_what_no_test_reaches(trade_uk):
    result = RUN.invoke(app, ["check", trade_uk, "--json"])

    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert found["ok"]
    assert {item["code"] for item in found["findings"]} == {"untested", "ignored_knock_out"}


def test_check_of_a_broken_text_lists_every_mistake_and_exits_2(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text(TRADE_UK.replace("dpd_max > 30", "dpd_mx > 30"))

    as_json = RUN.invoke(app, ["check", str(path), "--json"])
    as_text = RUN.invoke(app, ["check", str(path)])

    assert (as_json.exit_code, as_text.exit_code) == (2, 2)
    assert json.loads(as_json.stdout)["mistakes"][0]["line"] == 21
    assert f"{path}:21:11: " in as_text.stderr


def test_check_of_a_policy_without_tests_fails(tmp_path):
    path = tmp_path / "untested.yaml"
    path.write_text(TRADE_UK)

    assert RUN.invoke(app, ["check", str(path)]).exit_code == 1


def test_test_passes_and_fails(trade_uk, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(TRADE_UK + TESTS.replace("outcome: approve", "outcome: refer"))

    assert RUN.invoke(app, ["test", trade_uk]).exit_code == 0
    failed = RUN.invoke(app, ["test", str(wrong), "--json"])

    assert failed.exit_code == 1
    differences = [item["differences"] for item in json.loads(failed.stdout)["tests"]]
    assert differences[1] == [{"what": "outcome", "expected": "refer", "found": "approve"}]


def test_evaluate_prints_the_trace(trade_uk):
    result = RUN.invoke(app, ["evaluate", trade_uk, RECORD, "--json"])

    found = json.loads(result.stdout)
    assert found["outcome"] == "decline"
    assert [item["truth"] for item in found["rules"]] == ["TRUE", "FALSE", "FALSE", "TRUE"]
    assert found["rules"][3]["defaults"] == {"tenure_months": 0}


def test_evaluate_reads_lines(trade_uk):
    result = RUN.invoke(app, ["evaluate", trade_uk, "-"], input=f"{RECORD}\n\n{RECORD}\n")

    assert [json.loads(line)["outcome"] for line in result.stdout.splitlines()] == ["decline"] * 2


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ("{", "record_unreadable"),
        ("[1]", "record_unreadable"),
        ('{"amount": 1, "dpd": 2}', "input_unknown"),
        ("{}", "input_required"),
        ('{"amount": "a lot"}', "input_required"),
    ],
)
def test_a_record_that_cannot_be_read_is_refused(trade_uk, record, code):
    result = RUN.invoke(app, ["evaluate", trade_uk, record])

    assert result.exception.code == code


def test_a_record_says_why_a_value_is_missing_as_the_api_does(trade_uk):
    record = '{"amount": "100.00", "dpd_max": {"missing": "source_error"}}'
    wrong = '{"amount": "100.00", "dpd_max": {"missing": "lost"}}'

    result = RUN.invoke(app, ["evaluate", trade_uk, record, "--json"])
    refused = RUN.invoke(app, ["evaluate", trade_uk, wrong])

    assert json.loads(result.stdout)["inputs"]["dpd_max"]["missing"] == "source_error"
    assert "knows the kinds absent" in str(refused.exception)


def test_a_file_that_cannot_be_written_is_refused_before_any_work(trade_uk, tmp_path):
    nowhere = str(tmp_path / "none" / "x.json")
    change = "01a22843-bf48-752e-a23b-3ccd109582be"
    asked = [
        (app, ["export", trade_uk, "--as", "json", "--out", nowhere], FolderMissing),
        (app, ["export", trade_uk, "--as", "json", "--out", str(tmp_path)], FolderMissing),
        (app, ["backtest", trade_uk, "none.parquet", "--flips", "x.csv"], EndingUnknown),
        (changes, ["export", change, "--out", "x.pdf"], EndingUnknown),
        (changes, ["export", change, "--out", nowhere], FolderMissing),
    ]

    refused = [(RUN.invoke(command, words).exception, refusal) for command, words, refusal in asked]

    for found, refusal in refused:
        assert isinstance(found, refusal), found
