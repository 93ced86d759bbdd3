"""The loans of the sample as a history to test policies on. Real, with the dates of the file."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from goodstanding.evidence.datasets import (
    Dataset,
    DatasetUnavailable,
    Segment,
    Window,
    register_dataset,
)
from goodstanding.scoring.training.errors import SourceUnreadable
from goodstanding.scoring.training.recipe import load_recipe
from goodstanding.scoring.training.source import read_source

PACKAGE = Path(__file__).resolve().parents[1]
SAMPLES = PACKAGE / "samples" / "data" / "sba_loans"
CREDIT_POLICY = PACKAGE / "credit" / "policies" / "sba_underwriting.yaml"
RECIPE = PACKAGE / "credit" / "models" / "sba_scorecard.recipe.yaml"


def sba_history(folder: Path = SAMPLES) -> pl.DataFrame:
    """Every loan with the inputs of the policy, its label and what was charged off.

    `bad` as the models were trained on it: charged off within 36 months of the approval, NULL
    where nobody knows. `written_off` is the charged-off principal of the bad loans in US dollars.
    `business` is its name, city and state, by which loans are of one business; `loan` the loan.
    Raises DatasetUnavailable where the file is not there.
    """
    rows = _loans(folder)
    charged = pl.when(pl.col("bad") == 1).then(pl.col("loss"))
    settled = charged.when(pl.col("bad") == 0).then(pl.lit(0).cast(pl.Decimal(14, 2)))
    return (
        rows.with_columns(settled.alias("written_off"))
        .drop("loss", "bank", "final_status", "term_months", "charged_off_on")
        .sort("approved_on", "key")
    )


def sba_facts(folder: Path = SAMPLES) -> pl.DataFrame:
    """What the file says of each loan and when it was known: approval and charge-off.

    Each is known from the day on which it happened, as the import has it. Raises
    DatasetUnavailable where the file is not there.
    """
    loans = _loans(folder)
    approved = _facts(loans, "loan_approved", on="approved_on", amount="requested_amount")
    charged = loans.filter(pl.col("charged_off_on").is_not_null())
    return pl.concat(
        [approved, _facts(charged, "loan_charged_off", on="charged_off_on", amount="loss")]
    )


def _loans(folder: Path) -> pl.DataFrame:
    """The rows of the file as the models read them, with the business, the loan and the loss."""
    _, source = load_recipe(RECIPE)
    try:
        rows = read_source(source=source, folder=folder)
    except SourceUnreadable as refused:
        raise DatasetUnavailable(
            name="sba_loans",
            why=refused.message,
            mend="Put the sample file into {folder}.",
            folder=folder,
        ) from refused
    place = pl.concat_str("Name", "City", "State", separator="|", ignore_nulls=True)
    others = pl.read_csv(folder / source.file, infer_schema=False).select(
        pl.col(source.key).alias("key"),
        pl.col("ChgOffPrinGr").cast(pl.Decimal(14, 2)).alias("loss"),
        place.str.to_uppercase().alias("business"),
        pl.format("sba_loan:{}", pl.col(source.key)).alias("loan"),
    )
    return rows.join(others, on="key", how="left")


def _facts(loans: pl.DataFrame, kind: str, *, on: str, amount: str) -> pl.DataFrame:
    moment = pl.col(on).cast(pl.Datetime("us"))
    return loans.select(
        pl.lit(kind).alias("kind"),
        pl.col("business").alias("party_id"),
        pl.col("loan").alias("subject"),
        pl.lit(1, dtype=pl.Int32).alias("version_no"),
        pl.lit(value=False).alias("retracted"),
        moment.alias("effective_at"),
        moment.alias("recorded_at"),
        (pl.col(amount).cast(pl.Decimal(18, 2)) * 100).cast(pl.Int64).alias("amount_minor"),
        pl.lit("USD").alias("currency"),
        pl.lit("{}").alias("attributes"),
    )


def register_histories() -> None:
    """Declare the desk's histories."""
    register_dataset(
        Dataset(
            name="sba_loans",
            title="Small-business loans, United States",
            policy="sba_underwriting",
            version="2",
            words=(
                "Real loans guaranteed by the US Small Business Administration, with the dates of"
                " the file. Every one was approved by a lender, so a decision here is a"
                " re-decision, nobody was declined, and every outcome was seen. Loans under one"
                " name, city and state are taken for loans of one business."
            ),
            make=sba_history,
            windows=(
                Window(
                    "2005_2006", "Approvals of 2005 and 2006", date(2005, 1, 1), date(2006, 12, 31)
                ),
                Window(
                    "2004",
                    "Approvals of 2004, on which the models learned",
                    date(2004, 1, 1),
                    date(2004, 12, 31),
                ),
                Window("1997", "Approvals of 1997", date(1997, 1, 1), date(1997, 12, 31)),
            ),
            as_of="approved_on",
            key="key",
            label="bad",
            label_words="charged off within 36 months of the approval",
            amount="requested_amount",
            loss="written_off",
            currency="USD",
            everybody_was_approved=True,
            scheme="sba_loan",
            segments=(
                Segment("state", "State"),
                Segment("sector", "Sector (NAICS)"),
                Segment("employees", "Employees", (5, 20, 100)),
            ),
            lgd=Decimal("0.89"),
            lgd_words=(
                "principal charged off over the amount asked for, on the 669 bad loans of 2004"
            ),
            make_facts=sba_facts,
            features=("other_loans_5y@1", "other_loans_amount_5y@1", "charged_off_5y@1"),
            entity="business",
            event="loan",
        )
    )
