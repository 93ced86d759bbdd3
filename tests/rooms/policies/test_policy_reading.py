"""`goodstanding policy explain|diff|export|backtest`, on files."""

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from goodstanding.cli.main import main
from goodstanding.cli.policy import app
from tests.rooms.policies.texts import TRADE_UK, TRADE_UK_TESTS

RUN = CliRunner()
LARGE = (
    '{"requested_amount": "5000000.01", "guaranteed_share": "0.7500", "employees": 60,'
    ' "new_business": false, "rural": false, "franchise": false, "sector": "62", "state": "PA",'
    ' "connected_exposure": "0.00"}'
)
RECORD = '{"amount": "100.00", "dpd_max": 45, "vat_ok": true}'


@pytest.fixture
def old(tmp_path: Path) -> str:
    path = tmp_path / "old.yaml"
    path.write_text(TRADE_UK + TRADE_UK_TESTS)
    return str(path)


@pytest.fixture
def new(tmp_path: Path) -> str:
    path = tmp_path / "new.yaml"
    text = TRADE_UK.replace('version: "7"', 'version: "8"').replace("dpd_max > 30", "dpd_max > 20")
    path.write_text(text + TRADE_UK_TESTS)
    return str(path)


@pytest.fixture
def orders(tmp_path: Path) -> str:
    """Four orders; those more than 20 days late went bad."""
    path = tmp_path / "orders.parquet"
    pl.DataFrame(
        {
            "order": ["a", "b", "c", "d"],
            "amount": ["100.00", "200.00", "300.00", "400.00"],
            "dpd_max": [0, 25, 31, None],
            "vat_ok": [True, True, True, True],
            "tenure_months": [12, 12, 12, 12],
            "bad": [0, 1, 1, None],
            "lost": ["0.00", "150.00", "200.00", None],
        }
    ).with_columns(pl.col("amount", "lost").cast(pl.Decimal(14, 2))).write_parquet(path)
    return str(path)


def test_a_policy_is_said_in_words(old: str) -> None:
    said = RUN.invoke(app, ["explain", old], env={"COLUMNS": "200"}).stdout

    assert "Days past due is above 30" in said
    assert "VAT number check: refer at worst (R2)" in said


def test_an_answer_is_said_with_the_rule_that_voted(old: str) -> None:
    as_text = RUN.invoke(app, ["explain", old, RECORD], env={"COLUMNS": "200"})
    as_json = json.loads(RUN.invoke(app, ["explain", old, RECORD, "--json"]).stdout)

    assert "R1 asks for decline: Days past due is above 30; it is true" in as_text.stdout
    assert as_json["outcome"] == "decline"
    assert as_json["explanation"]["rules"][0]["in_words"] == "Days past due is above 30"


def test_points_lost_and_the_distance_to_each_line_are_said() -> None:
    record = Path("docs/examples/loan.json").read_text()

    found = json.loads(
        RUN.invoke(app, ["explain", "credit/sba_underwriting", record, "--json"]).stdout
    )

    why = found["explanation"]
    assert [line["line"] for line in why["lines"]] == ["556", "572"]
    assert why["points_lost"][0] == {
        "characteristic": "requested amount", "points": 37, "lost": "35", "reason": "AMOUNT",
    }  # fmt: skip


def test_the_smallest_change_is_said() -> None:
    asked = ["explain", "credit/sba_underwriting", LARGE, "--counterfactual"]

    as_text = RUN.invoke(app, asked)
    as_json = json.loads(RUN.invoke(app, [*asked, "--json"]).stdout)["counterfactual"]

    assert "requested amount: 5000000.00 instead of 5000000.01" in as_text.stdout
    assert as_json["nearest"]["outcome"] == "refer"
    assert as_json["approval"]["outcome"] == "approve"
    assert as_json["nearest"]["changes"][0]["direction"] == "decrease"
    alone = RUN.invoke(app, ["explain", "credit/sba_underwriting", "--counterfactual"])
    assert (alone.exit_code, "give a record to change" in alone.stderr) == (2, True)


def test_a_difference_that_decides_exits_1(old: str, new: str) -> None:
    as_text = RUN.invoke(app, ["diff", old, new])
    as_json = RUN.invoke(app, ["diff", old, new, "--text", "--json"])

    assert (as_text.exit_code, as_json.exit_code) == (1, 1)
    assert "* Rule R1: the condition changes from `dpd_max > 30` to `dpd_max > 20`." in (
        as_text.stdout
    )
    found = json.loads(as_json.stdout)
    assert not found["decides_alike"]
    assert "+    when: dpd_max > 20" in found["text"]


def test_two_texts_that_decide_alike_exit_0(old: str, tmp_path: Path) -> None:
    same = tmp_path / "same.yaml"
    same.write_text("# a remark\n" + Path(old).read_text())

    result = RUN.invoke(app, ["diff", old, str(same)])

    assert result.exit_code == 0
    assert "0 changes: every case is decided alike" in result.stdout


def test_an_exported_view_runs_where_the_table_is(old: str, orders: str) -> None:
    view = RUN.invoke(
        app,
        ["export", old, "--as", "sql", "--relation", "orders", "--keep", "order", "--absent",
         "utilisation"],
    ).stdout  # fmt: skip

    with duckdb.connect() as connection:
        connection.execute(f"create table orders as select * from '{orders}'")
        connection.execute(view)
        found = connection.execute(
            'select "order", outcome from trade_uk order by "order"'
        ).fetchall()

    assert found == [("a", "approve"), ("b", "approve"), ("c", "decline"), ("d", "refer")]


def test_a_policy_leaves_as_a_json_file(old: str, tmp_path: Path) -> None:
    out = tmp_path / "policy.json"

    told = RUN.invoke(app, ["export", old, "--as", "json", "--out", str(out), "--json"])

    document = json.loads(out.read_text())
    assert json.loads(told.stdout)["file"] == str(out)
    assert document["rules"][0]["in_words"] == "Days past due is above 30"
    assert document["if_missing"]["vat_ok"]["outcome"] == "refer"
    assert document["text"] == Path(old).read_text()


def test_a_backtest_over_a_table_of_ones_own(old: str, new: str, orders: str, tmp_path: Path):
    flips = tmp_path / "flips.parquet"
    columns = [f"--column={role}" for role in ("key=order", "label=bad", "amount=amount")]

    result = RUN.invoke(
        app,
        ["backtest", new, orders, "--against", old, "--json", "--flips", str(flips), *columns,
         "--column=loss=lost", "--column=currency=GBP"],
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["result"]
    assert found["decided"] == 4
    (flip,) = pl.read_parquet(flips).rows(named=True)
    assert (flip["order"], flip["before"], flip["after"]) == ("b", "approve", "decline")


def test_a_backtest_in_words(old: str, new: str, orders: str) -> None:
    result = RUN.invoke(
        app,
        ["backtest", new, orders, "--against", old, "--column=label=bad", "--column=loss=lost",
         "--engine", "duckdb"],
        env={"COLUMNS": "200"},
    )  # fmt: skip

    assert "1 no longer approved, 1 of them bad: 150 of write-offs avoided" in result.stdout
    assert "approve -> decline: 1" in result.stdout


def test_a_moved_constant_is_compared_with_the_text_as_it_stands(tmp_path: Path) -> None:
    from goodstanding.credit.history import sba_history

    book = tmp_path / "book.parquet"
    sba_history().head(400).write_parquet(book)

    result = RUN.invoke(
        app,
        ["backtest", "credit/sba_underwriting", str(book), "--set", "approve_from=600", "--json",
         "--column=label=bad"],
    )  # fmt: skip

    comparison = json.loads(result.stdout)["result"]["comparison"]
    assert comparison["constants"] == [
        {
            "name": "approve_from",
            "label": "points from which a request is approved",
            "before": "572",
            "after": "600",
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["backtest", "{old}"], "A backtest needs its cases"),
        (
            ["backtest", "{old}", "x.parquet", "--history", "sba_loans:2005"],
            "both are named",
        ),
        (["backtest", "{old}", "{orders}", "--set", "cap"], "is no name with a value"),
        (["backtest", "{old}", "{orders}", "--set", "cap=1"], "has no constant cap"),
        (["backtest", "{old}", "{orders}", "--engine", "oracle"], "no batch engine oracle"),
        (["backtest", "{old}", "{orders}", "--out", "found.pdf"], ".xlsx, .json, .parquet"),
        (["backtest", "{old}", "{orders}", "--out", "nowhere/found.xlsx"], "no folder"),
        (["backtest", "{old}", "{orders}", "--column=colour=red"], "cannot be the colour"),
        (["backtest", "{old}", "nowhere.parquet"], "There is no table at nowhere.parquet"),
        (["export", "{old}", "--as", "sql", "--engine", "oracle"], "no engine oracle"),
        (["export", "{old}", "--as", "sql", "--absent", "amount"], "it is required"),
        (["explain", "{old}", "[]"], "is not a JSON object"),
    ],
)
def test_what_cannot_be_done_is_refused_with_exit_2(
    old: str, orders: str, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [text.format(old=old, orders=orders) for text in arguments]

    with pytest.raises(SystemExit) as ended:
        main(["policy", *given])

    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_a_backtest_leaves_as_the_files_that_were_asked_for(
    new: str, orders: str, tmp_path: Path
) -> None:
    names = [str(tmp_path / f"found.{ending}") for ending in ("xlsx", "json", "parquet")]
    asked = [word for name in names for word in ("--out", name)]

    done = RUN.invoke(
        app, ["backtest", new, orders, "--column", "key=order", "--column", "label=bad", *asked]
    )

    assert done.exit_code == 0, done.output
    book, document, records = map(Path, names)
    assert book.read_bytes().startswith(b"PK")
    assert json.loads(document.read_text())["provenance"]["History"] == orders
    assert pl.read_parquet(records).columns[:3] == ["order", "bad", "outcome"]
