"""What ships is what the originals say, and what may ship."""

import gzip
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from goodstanding.samples.extracts import EXTRACTS, Extract
from tests.shared import shared_data

DATA = Path(str(files("goodstanding.samples") / "data"))


@pytest.mark.parametrize("extract", EXTRACTS, ids=lambda extract: extract.path)
def test_an_extract_equals_its_rebuild(extract: Extract) -> None:
    originals = shared_data("olist").parent

    made = extract.build(originals)

    shipped = DATA / extract.path
    if isinstance(made, bytes):
        assert gzip.decompress(shipped.read_bytes()) == gzip.decompress(made)
    else:
        assert pl.read_parquet(shipped).equals(made)


def test_every_set_ships_with_its_provenance_and_licence() -> None:
    for folder in {(DATA / extract.path).parent for extract in EXTRACTS}:
        provenance = (folder / "PROVENANCE.md").read_text()
        assert "Licence" in provenance
        assert len((folder / "LICENCE.txt").read_text()) > 300


def test_nothing_else_ships_and_all_of_it_is_small() -> None:
    allowed = {extract.path for extract in EXTRACTS}
    shipped = {
        str(path.relative_to(DATA)): path.stat().st_size
        for path in DATA.rglob("*")
        if path.is_file() and path.suffix not in {".md", ".txt"}
    }

    assert set(shipped) == allowed
    assert sum(shipped.values()) < 8_000_000


def test_the_incidents_are_those_of_the_stated_rule() -> None:
    incidents = pl.read_parquet(DATA / "servicenow" / "incidents.parquet")
    resolved = incidents.group_by("resolved_by").len().sort("len", descending=True)

    assert incidents.height == 1060
    assert (incidents["made_sla"] == "true").sum() == 687
    assert (incidents["reassignment_count"] > 0).sum() == 572
    assert (incidents["reopen_count"] > 0).sum() == 14
    assert resolved["len"].head(6).sum() == 1049


def test_the_orders_keep_the_known_rates() -> None:
    orders = pl.read_parquet(DATA / "olist" / "seller_orders.parquet")
    delivered = orders.filter(pl.col("order_status") == "delivered").unique("order_id")
    late = delivered["order_delivered_customer_date"] > delivered["order_estimated_delivery_date"]
    known_late = late.mean()

    assert orders.height == 28_986
    assert orders["order_id"].n_unique() == 28_614
    assert isinstance(known_late, float)
    assert round(known_late, 3) == 0.080
