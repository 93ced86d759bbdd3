"""The example of the manual, and the shipped policy that has a table: checked, tested, exported."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from goodstanding.cli.main import app
from tests.flows.installation import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "trade_terms.yaml"


@pytest.mark.parametrize("policy", [str(EXAMPLE), "sellers/registration"])
def test_a_policy_with_tables_can_be_published_and_passes_its_tests(policy: str):
    checked = CliRunner().invoke(app, ["policy", "check", policy, "--json"])
    tested = CliRunner().invoke(app, ["policy", "test", policy, "--json"])

    assert (checked.exit_code, tested.exit_code) == (0, 0)
    assert json.loads(checked.stdout)["ok"]
    assert json.loads(tested.stdout)["rules_never_true"] == []


def test_the_example_is_exported_as_dmn_and_json(tmp_path: Path):
    file = tmp_path / "trade_terms.dmn"

    exported = CliRunner().invoke(
        app, ["policy", "export", str(EXAMPLE), "--as", "dmn", "--out", str(file)]
    )
    document = CliRunner().invoke(app, ["policy", "export", str(EXAMPLE), "--as", "json"])

    assert (exported.exit_code, document.exit_code) == (0, 0)
    assert 'hitPolicy="FIRST"' in file.read_text("utf-8")
    table = json.loads(document.stdout)["tables"]["price"]
    assert table["hit"] == "unique"
    assert [row["row"] for row in table["rows"]] == ["SMALL", "HOME", "AWAY"]


def test_a_table_with_a_gap_is_refused_with_the_record_that_falls_through(tmp_path: Path):
    file = tmp_path / "gap.yaml"
    file.write_text(EXAMPLE.read_text("utf-8").replace("[0, large)", "[0, 500)"), "utf-8")

    found = CliRunner().invoke(app, ["policy", "check", str(file)])

    assert found.exit_code == 1
    assert "No row of price covers a record such as amount = 500.00" in found.output
