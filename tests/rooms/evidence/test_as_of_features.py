"""A history with the features of its entities, as of each row; a policy that reads them."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from goodstanding.credit.history import CREDIT_POLICY, sba_facts
from goodstanding.evidence.datasets import dataset_named, history_of, kept_table
from goodstanding.policies.engine import read_policy

FIVE_YEARS = timedelta(hours=1825 * 24)
FEATURE = """features:
  other_loans_5y: {type: INTEGER, label: other loans in five years, definition: other_loans_5y@1}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("datasets")


@pytest.fixture(scope="module")
def rows(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(kept_table(dataset_named("sba_loans"), folder=folder))


def test_other_loans_of_a_business_are_counted_as_of_each_loan(rows: pl.DataFrame) -> None:
    found = rows.filter(pl.col("other_loans_5y") > 0).sort("other_loans_5y", descending=True)

    assert found.height > 50
    facts = sba_facts().filter(pl.col("kind") == "loan_approved")
    for row in found.head(5).iter_rows(named=True):
        at = row["approved_on"]
        mine = [
            fact
            for fact in facts.filter(pl.col("party_id") == row["business"]).iter_rows(named=True)
            if at - FIVE_YEARS <= fact["effective_at"].date() < at
            and fact["subject"] != row["loan"]
        ]
        assert row["other_loans_5y"] == len(mine)
        total = sum(fact["amount_minor"] for fact in mine)
        assert row["other_loans_amount_5y"] == Decimal(total) / 100


def test_a_source_that_does_not_reach_back_gives_no_value(rows: pl.DataFrame) -> None:
    first = sba_facts()["effective_at"].min()
    early = rows.filter(pl.col("approved_on") < pl.lit(first).dt.date() + pl.duration(days=1824))

    assert early.height > 0
    assert early["other_loans_5y"].null_count() == early.height
    assert (
        rows.filter(pl.col("approved_on") >= date(2004, 1, 1))["other_loans_5y"].null_count() == 0
    )


def test_a_policy_that_reads_a_feature_is_tested_on_the_history(folder: Path) -> None:
    text = CREDIT_POLICY.read_text("utf-8").replace("features:\n", FEATURE, 1)
    policy = read_policy(text, artefacts=CREDIT_POLICY.parents[1] / "models")
    history = history_of(dataset_named("sba_loans"), window="2005_2006", folder=folder)

    decided = policy.evaluate_table(
        history.source, as_of=history.as_of, keep=("other_loans_5y",), trace="outcome"
    )

    assert decided.table["other_loans_5y"].null_count() == 0
    assert decided.table["other_loans_5y"].sum() > 0
