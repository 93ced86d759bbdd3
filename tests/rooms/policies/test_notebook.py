"""The Python interface in a notebook: no database, no Django, Arrow and Polars in and out."""

import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

import goodstanding
from goodstanding.core.errors import Refusal
from goodstanding.policies.engine import MissingKind, Outcome, Policy, PolicyRefused
from goodstanding.policies.engine.batch import ColumnMissing, ColumnOfWrongType
from goodstanding.policies.engine.table import SourceAbsent, SourceUnreadable
from goodstanding.policies.engine.table_answer import RowAbsent, RowSkipped

SHIPPED = Path(goodstanding.__file__).parent / "credit" / "policies" / "sba_underwriting.yaml"
MODELS = SHIPPED.parents[1] / "models"
FRESH = """
import sys
import goodstanding
assert "polars" not in sys.modules and "goodstanding.policies" not in sys.modules
from goodstanding import Policy
policy = Policy.load(sys.argv[1])
answer = policy.evaluate({"requested_amount": "5000000.01"})
assert answer.outcome.value == "decline", answer.outcome
assert not {name for name in sys.modules if name.split(".")[0] in {"django", "psycopg"}}
"""


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.load(str(SHIPPED))


@pytest.fixture(scope="module")
def loans() -> pl.DataFrame:
    amounts = ["30000.00", "120000.00", "900000.00", "5000000.01", None]
    return pl.DataFrame(
        {
            "loan": [1, 2, 3, 4, 5],
            "requested_amount": pl.Series(amounts).cast(pl.Decimal(14, 2)),
            "guaranteed_share": pl.Series(["0.7500"] * 5).cast(pl.Decimal(5, 4)),
            "employees": [3, 12, 12, 60, 1],
            "new_business": [False, False, None, False, True],
            "rural": [False] * 5,
            "franchise": [False] * 5,
            "sector": ["44", "33", "33", "62", "33"],
            "state": ["CA", "OH", "XX", "PA", "OH"],
            "connected_exposure": pl.Series(["0.00"] * 5).cast(pl.Decimal(16, 2)),
        }
    )


def test_a_fresh_interpreter_needs_neither_django_nor_a_database(tmp_path: Path):
    ran = subprocess.run(
        [sys.executable, "-c", FRESH, str(SHIPPED)],
        cwd=tmp_path, env={"PATH": "/usr/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stderr


def test_a_policy_is_loaded_by_the_name_of_its_file(policy: Policy):
    assert goodstanding.Policy is Policy
    assert policy.text_hash == Policy.load(SHIPPED).text_hash
    with pytest.raises(AttributeError, match="has no attribute 'Polisy'"):
        _ = goodstanding.Polisy


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_every_kind_of_table_gives_the_same_answer(
    policy: Policy, loans: pl.DataFrame, tmp_path: Path, engine: Any
):
    loans.write_parquet(tmp_path / "loans.parquet")
    arrow = loans.to_arrow()
    batches = pa.RecordBatchReader.from_batches(arrow.schema, arrow.to_batches())
    sources: list[Any] = [
        loans, loans.lazy(), arrow, batches,
        tmp_path / "loans.parquet", str(tmp_path / "loans.parquet"), str(tmp_path / "*.parquet"),
    ]  # fmt: skip

    answers = [policy.evaluate_table(source, engine=engine, keep=["loan"]) for source in sources]

    first = answers[0].table
    assert first.get_column("outcome").cast(pl.String).to_list() == [
        "refer", "approve", "decline", "decline", None,
    ]  # fmt: skip
    for answer in answers:
        assert answer.table.equals(first)
        assert answer.to_arrow().num_rows == 5
        assert answer.explain(3).outcome is Outcome.DECLINE


def test_rules_and_reasons_are_expanded_when_they_are_read(policy: Policy, loans: pl.DataFrame):
    answer = policy.evaluate_table(loans)

    rules = answer.rules()
    for row, record in enumerate(loans.drop("loan").iter_rows(named=True)):
        if row == 4:
            assert rules.row(row) == (None,) * len(policy.plan.rules)
            continue
        alone = policy.evaluate(record)
        assert rules.row(row) == tuple(rule.truth.value for rule in alone.rules)
        assert answer.explain(row) == alone
        told = answer.reasons([row]).select("rank", "code", "text").rows()
        assert told == [(item.rank, item.code, item.text) for item in alone.reasons]
    assert answer.reasons().get_column("row").unique().sort().to_list() == [0, 2, 3]


def test_the_moment_may_stand_in_a_column():
    shipped = Path(goodstanding.__file__).parent / "sellers" / "policies" / "registration.yaml"
    registration = Policy.load(shipped)
    moments = [datetime(2026, 11, 18, 12, tzinfo=UTC), datetime(2028, 11, 18, 12, tzinfo=UTC)]
    table = pl.DataFrame(
        {"country": ["DE", "DE"], "founded_on": [date(2026, 8, 1)] * 2, "at": moments}
    )

    answer = registration.evaluate_table(table, as_of="at")

    assert answer.explain(0).derived["months_since_foundation"] == 3
    assert answer.explain(1).derived["months_since_foundation"] == 27


def test_what_a_table_lacks_is_named(policy: Policy, loans: pl.DataFrame, tmp_path: Path):
    with pytest.raises(ColumnMissing, match="no column requested_amount for the required input"):
        policy.evaluate_table(loans.drop("requested_amount"))
    with pytest.raises(ColumnOfWrongType, match="The column employees is String"):
        policy.evaluate_table(loans.with_columns(pl.col("employees").cast(pl.String)))
    with pytest.raises(ColumnOfWrongType, match="The column requested_amount is Float64"):
        policy.evaluate_table(loans.with_columns(pl.col("requested_amount").cast(pl.Float64)))
    with pytest.raises(SourceAbsent, match=r"no table at .*nowhere.parquet"):
        policy.evaluate_table(tmp_path / "nowhere.parquet")
    (tmp_path / "loans.csv").write_text("requested_amount\n1.00\n")
    with pytest.raises(SourceUnreadable, match=r"loans.csv is no table that a policy reads"):
        policy.evaluate_table(tmp_path / "loans.csv")
    with pytest.raises(SourceUnreadable, match="A list is no table"):
        policy.evaluate_table([{"requested_amount": Decimal(1)}])  # pyright: ignore[reportArgumentType]


def test_a_row_that_cannot_be_explained_says_why(policy: Policy, loans: pl.DataFrame):
    answer = policy.evaluate_table(loans)

    with pytest.raises(RowSkipped, match="it lacks requested_amount"):
        answer.explain(4)
    with pytest.raises(RowAbsent, match="has 5 rows, and no row 5"):
        answer.explain(5)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"engine": "oracle"}, "There is no batch engine oracle. (field: engine) Use polars,"),
        ({"keep": ["nope"]}, "The table has no column nope to keep. (field: keep) Its columns"),
        ({"keep": ["score"]}, "The answer has a column score of its own, so the table's"),
        ({"columns": {"nope": "loan"}}, "`columns` names the input nope, and the policy has none"),
    ],
)
def test_what_is_asked_of_a_table_and_not_there_is_told(
    policy: Policy, loans: pl.DataFrame, asked: dict[str, Any], says: str
) -> None:
    with pytest.raises(Refusal) as refused:
        policy.evaluate_table(loans.with_columns(score=1), **asked)

    assert str(refused.value).startswith(says)


def test_a_text_is_never_taken_for_the_name_of_a_file(tmp_path: Path) -> None:
    told = "A policy is a mapping of sections"
    with pytest.raises(PolicyRefused, match=told):
        Policy.read(str(SHIPPED))
    with pytest.raises(PolicyRefused, match="It cannot be read: Is a directory"):
        Policy.load(tmp_path)
    read = Policy.read(SHIPPED.read_text(), artefacts=MODELS)
    assert read.tree_hash == Policy.load(SHIPPED).tree_hash


def test_a_value_may_say_why_it_is_not_there(policy: Policy) -> None:
    def state(value: object) -> MissingKind | None:
        answer = policy.evaluate({"requested_amount": 1, "state": value})
        return next(item.missing for item in answer.inputs if item.name == "state")

    assert state({"missing": "source_error"}) is MissingKind.SOURCE_ERROR
    assert state({"value": "OH", "source": "bureau"}) is None
    with pytest.raises(Refusal, match="knows the kinds absent, null") as refused:
        state({"missing": "zzz"})
    assert refused.value.field == "inputs.state.missing"
    with pytest.raises(Refusal, match="observed_at as an instant with its zone"):
        state({"value": "OH", "observed_at": "0001-01-01T00:00:00+14:00"})
    with pytest.raises(Refusal, match="an object is empty"):
        state({})


@pytest.mark.parametrize("record", [None, "amount", 7, [("amount", 1)], []])
def test_a_record_that_is_no_mapping_is_told(policy: Policy, record: Any) -> None:
    with pytest.raises(Refusal, match="A record maps inputs to values"):
        policy.evaluate(record)
