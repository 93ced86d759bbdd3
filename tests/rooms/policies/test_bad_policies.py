"""A corpus of policies that cannot be: what each command says of it, in words and in JSON."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import goodstanding
from goodstanding.cli.main import main
from goodstanding.cli.policy import app

RUN = CliRunner()
PLACE = re.compile(r"^\S+policy\.yaml:\d+:\d+: ", re.MULTILINE)
CREDIT = Path(goodstanding.__file__).parent / "credit"
TEXT = (CREDIT / "policies" / "sba_underwriting.yaml").read_text("utf-8")
PER_EMPLOYEE = "div_round(requested_amount, nullif(employees, 0), 2)"
AFTER = "requested_amount + coalesce(connected_exposure, 0.00)"
EXPLODING = "derived:\n  x0: requested_amount * requested_amount\n" + "".join(
    f"  x{at}: x{at - 1} + x{at - 1}\n" for at in range(1, 60)
)
DOUBLING = "derived:\n  t0: state || state\n" + "".join(
    f"  t{at}: t{at - 1} || t{at - 1}\n" for at in range(1, 40)
)
NESTED = "(" * 40 + "requested_amount" + ")" * 40
LONG = " OR ".join(["requested_amount > programme_cap"] * 400)
RULE = "when: requested_amount > programme_cap"

# name, what is changed in the shipped text, and the whole of what `check` says
CORPUS = {
    "circle": (
        [(PER_EMPLOYEE, "exposure_after + 1.00"), (AFTER, "amount_per_employee * 2")],
        [("Values go in a circle: exposure_after -> amount_per_employee ->"
         " exposure_after. (derived.amount_per_employee.value) Break it: let one of them read"
         " inputs alone.")],
    ),
    "of_itself": (
        [(AFTER, "exposure_after + 1.00")],
        [("Values go in a circle: exposure_after -> exposure_after."
         " (derived.exposure_after.value) Break it: let one of them read inputs alone.")],
    ),
    "wrong_order": (
        [(PER_EMPLOYEE, "div_round(exposure_after, nullif(employees, 0), 2)")],
        [("The record has no exposure_after. (derived.amount_per_employee.value)"
         " exposure_after is derived further down: move it above this value.")],
    ),
    "explosion": (
        [("derived:\n", EXPLODING)],
        [("The result needs DECIMAL(39,4); 38 digits are the most that engines"
         " hold. (derived.x11) Narrow an operand first with to_decimal(x, p, s) or"
         " round_half_up(x, s).")],
    ),
    "texts_that_double": (
        [("derived:\n", DOUBLING)],
        [("t8 joins 512 texts, those within what it reads counted; 256 are the most."
         " (derived.t8) Join fewer texts with ||.")],
    ),
    "too_deep": (
        [(RULE, f"when: {NESTED} > programme_cap")],
        [("Brackets, calls and operators are nested more than 24 deep."
         " (rules[1].when) Name the inner part as a derived value and use that.")],
    ),
    "too_long": ([(RULE, f"when: {LONG}")], ["(rules[1].when)"]),
    "missing_feature": (
        [(RULE, "when: requsted_amount > programme_cap")],
        [("The record has no requsted_amount. (rules[1].when) Did you mean"
         " 'requested_amount'?")],
    ),
    "feature_not_declared": (
        [("source: caller", "source: ledger")],
        ["There is no feature connected_exposure@1. (features.connected_exposure) Known:"],
    ),
    "protected": (
        [("    label: rural location\n", "    label: rural location\n    protected: true\n")],
        ["rural may not be used here: it is a protected attribute"],
    ),
    "clock": ([(RULE, "when: now() > as_of")], ["reading the clock or drawing at random"]),
    "division": ([(RULE, "when: requested_amount / 2 > programme_cap")], ["/"]),
    "unknown_reason": ([("reason: ABOVE_CAP", "reason: ABOVE")], ["ABOVE"]),
    "no_reason_text": ([("  ABOVE_CAP:\n    text:", "  ABOVE_CAP:\n    txt:")], ["txt"]),
    "no_such_model": ([("2955cdbfcddd", "2955cdbfcdde")], ["2955cdbfcdde... is at hand"]),
    "approves_without_approval": (
        [("  outcome: refer\n  reason: NO_APPROVAL", "  outcome: approve\n  reason: NO_APPROVAL")],
        ["A policy without an approval in force never approves"],
    ),
    "not_yaml": ([("rules:\n", "rules: [\n")], ["This is not YAML"]),
}  # fmt: skip


@pytest.fixture
def written(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    changes, _ = CORPUS[request.param]
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    shutil.copytree(CREDIT / "models", tmp_path / "models")
    path = tmp_path / "policy.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("written", "says"), [(name, says) for name, (_, says) in CORPUS.items()], indirect=["written"],
    ids=list(CORPUS),
)  # fmt: skip
def test_check_says_what_is_wrong_and_how_to_mend_it(written: Path, says: list[str]) -> None:
    in_words = RUN.invoke(app, ["check", str(written)])
    in_json = RUN.invoke(app, ["check", str(written), "--json"])

    assert in_words.exit_code == in_json.exit_code == 2
    said = PLACE.sub("", in_words.stderr)
    for line in says:
        assert line in said
    if says[0].endswith((".", "?")):  # the whole of it, and nothing that follows from it
        assert said.splitlines() == [*says, "1 mistake: not a policy yet"]
    mistakes = json.loads(in_json.stdout)["mistakes"]
    assert mistakes
    for mistake in mistakes:
        assert mistake["line"] >= 1
        assert mistake["message"]
        assert mistake["mend"]


@pytest.mark.parametrize(
    "asked",
    [["test"], ["evaluate", "{}"], ["explain"], ["diff", "credit/sba_underwriting"],
     ["backtest", "nowhere.parquet"], ["export", "--as", "json"],
     ["publish", "--by", "dev@demo.example"]],
    ids=lambda asked: asked[0],
)  # fmt: skip
@pytest.mark.parametrize("written", ["missing_feature"], indirect=True)
def test_every_command_refuses_what_is_no_policy(written: Path, asked: list[str]) -> None:
    command, *rest = asked
    found = RUN.invoke(app, [command, str(written), *rest, "--json"])

    assert found.exit_code == 2
    assert json.loads(found.stdout)["mistakes"][0]["code"] == "unknown_name"


def test_failing_tests_are_named_with_their_line_and_exit_1(tmp_path: Path) -> None:
    shutil.copytree(CREDIT / "models", tmp_path / "models")
    path = tmp_path / "policy.yaml"
    path.write_text(TEXT.replace("score: 634, terms", "score: 700, terms"), "utf-8")

    in_words = RUN.invoke(app, ["test", str(path)], env={"COLUMNS": "200"})
    in_json = RUN.invoke(app, ["test", str(path), "--json"])

    assert in_words.exit_code == in_json.exit_code == 1
    assert "score: expected 700, found 634" in in_words.stdout
    assert "16 of 17 tests passed" in in_words.stdout
    found = json.loads(in_json.stdout)
    assert found["ok"] is False
    [failed] = [test for test in found["tests"] if not test["passed"]]
    assert failed["differences"] == [{"what": "score", "expected": "700", "found": "634"}]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["evaluate", "credit/sba_underwriting", '{"requested_amount": "abc"}'],
         ("refused: The policy needs the input requested_amount (DECIMAL(14,2)), and 'abc' is not a"
         " number of at most 12 digits before and 2 after the point.")),
        (["evaluate", "credit/sba_underwriting", '{"requested_amout": 1}'],
         "Did you mean 'requested_amount'?"),
        (["evaluate", "credit/sba_underwriting", "[1]"],
         'it is not an object. Write it as {"amount": "120.00", "employees": 12}.'),
        (["explain", "credit/sba_underwriting", "{}", "--as-of", "yesterday"],
         "'yesterday' is no instant with a zone."),
        (["check", "credit/nothing"], "Name a file, or one of: credit/sba_underwriting"),
        (["backtest", "credit/sba_underwriting", "nowhere.parquet"],
         "There is no table at nowhere.parquet."),
        (["export", "credit/sba_underwriting", "--as", "sql", "--engine", "oracle"],
         "There is no engine oracle for a view."),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)  # fmt: skip
def test_a_refusal_is_one_line_that_says_what_and_how(
    asked: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["policy", *asked])

    said = capsys.readouterr().err
    assert left.value.code == 2
    assert says in said
    assert said.splitlines()[-1].startswith("refused: ")
    assert len([line for line in said.splitlines() if "cases decided" not in line]) == 1
