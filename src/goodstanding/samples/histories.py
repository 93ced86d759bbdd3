"""The invented registrations as a history: what the checks said then, and what is true."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from goodstanding.core.time import utc_now
from goodstanding.evidence.datasets import (
    Dataset,
    DatasetUnavailable,
    Segment,
    Window,
    register_dataset,
)

DECIMALS = {"expected_monthly_sales": pl.Decimal(14, 2), "link_bits": pl.Decimal(8, 4)}
WHOLE = ("accounts_on_payout_account", "registrations_on_device_30d")
TRUE_OR_FALSE = ("address_confirmed", "phone_confirmed", "self_certified", "link_identifier")
TEXTS = (
    "country", "legal_form", "registration_number", "vat_number", "identity_document",
    "owner_screening", "email_domain", "bank_country", "bank_holder", "category",
    "linked_standing",
)  # fmt: skip
SCHEMA: dict[str, Any] = (
    {"key": pl.String, "on": pl.Date, "bad": pl.Int8, "founded_on": pl.Date}
    | DECIMALS
    | dict.fromkeys(WHOLE, pl.Int64)
    | dict.fromkeys(TRUE_OR_FALSE, pl.Boolean)
    | dict.fromkeys(TEXTS, pl.String)
)


def registration_history() -> pl.DataFrame:
    """Every invented registration with the inputs of the policy, and 1 where the seller is guilty.

    Raises DatasetUnavailable where the samples are not loaded.
    """
    from goodstanding.samples.registering import answered_registrations

    rows = list(_rows(answered_registrations(at=utc_now())))
    if not rows:
        raise DatasetUnavailable(
            name="registrations", why="no registration with an answer is here",
            mend="Load the samples: `goodstanding samples load`.",
        )  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("on", "key")


def _rows(found: Iterator[tuple[str, date, Mapping[str, Any], bool]]) -> Iterator[dict[str, Any]]:
    for key, on, inputs, is_guilty in found:
        row = {name: inputs.get(name) for name in SCHEMA}
        founded = inputs.get("founded_on")
        row |= {"key": key, "on": on, "bad": int(is_guilty)}
        yield row | {"founded_on": date.fromisoformat(founded) if founded else None}


def register_histories() -> None:
    """Declare the history of the samples."""
    register_dataset(
        Dataset(
            name="registrations",
            title="Registrations of sellers",
            policy="registration",
            version="1",
            words=(
                "Invented registrations on the demonstration's marketplace. An answer key says"
                " what is true of each, whatever was decided, so every outcome is known; the"
                " policy never sees it."
            ),
            make=registration_history,
            is_live=True,
            windows=(Window("all", "All registrations", date(2000, 1, 1), date(2099, 12, 31)),),
            as_of="on",
            key="key",
            label="bad",
            label_words="a seller who had to leave and came back, or a false identity",
            amount="expected_monthly_sales",
            currency="EUR",
            everybody_was_approved=True,
            scheme="seller_registration",
            segments=(
                Segment("country", "Country"),
                Segment("legal_form", "Legal form"),
                Segment("category", "Category"),
            ),
        )
    )
