"""Make the extracts of real data that ship, from the originals kept beside the project.

Each extract is a plain selection or join; nothing is invented here. `PROVENANCE.md` beside each
file says where it comes from and under which licence. `goodstanding samples extract` runs this.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

ORDERS_FILE = "orders_sample.parquet"
ITEMS_FILE = "order_items_sample.parquet"
REVIEWS_FILE = "order_reviews_dated_sample.parquet"
INCIDENTS_FILE = "servicenow_incidents/incident_event_log_141712.parquet"
GROUP = "24"


@dataclass(frozen=True, slots=True)
class Extract:
    """A shipped file: where it lies under `samples/data`, and what makes its bytes or its rows."""

    path: str
    build: Callable[[Path], bytes | pl.DataFrame]

    def write(self, *, originals: Path, folder: Path) -> Path:
        """Make the file anew from the originals."""
        target = folder / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        made = self.build(originals)
        if isinstance(made, bytes):
            target.write_bytes(made)
        else:
            made.write_parquet(target, compression="zstd", compression_level=19, statistics=False)
        return target


def sba_loans(originals: Path) -> bytes:
    """The SBA file as it stands, every row and column."""
    return (originals / "sba_loans" / "sba_national_22k_full.csv.gz").read_bytes()


def olist_sellers(originals: Path) -> bytes:
    """The table of sellers as it stands, compressed anew so that the bytes are always the same."""
    plain = gzip.decompress((originals / "olist" / "sellers_3095.csv.gz").read_bytes())
    return gzip.compress(plain, compresslevel=9, mtime=0)


def olist_seller_orders(originals: Path) -> pl.DataFrame:
    """One row per order and seller: what was sold, when it was promised, delivered and reviewed.

    Joins orders, items, payments, reviews, customers, products and the translation of categories.
    The last review of an order counts for each of its sellers; the main category is that of the
    dearest item, ties by product id.
    """
    folder = originals / "olist"
    orders = pl.read_parquet(folder / ORDERS_FILE)
    return (
        _sold(folder)
        .join(orders, on="order_id")
        .join(_customers(folder), on="customer_id", how="left")
        .join(_payments(folder), on="order_id", how="left")
        .join(_last_reviews(folder), on="order_id", how="left")
        .drop("customer_id")
        .sort("order_purchase_timestamp", "order_id", "seller_id")
    )


def incidents(originals: Path) -> pl.DataFrame:
    """One row per incident whose last event is with group 24, as that event states it.

    The last event of an incident is the one with the highest `sys_mod_count`.
    """
    return _incident_events(originals).group_by("number").last().sort("number")


def incident_events(originals: Path) -> pl.DataFrame:
    """Every event of those incidents, in the order of `sys_mod_count`."""
    kept = [
        "number", "sys_mod_count", "sys_updated_at", "incident_state", "reassignment_count",
        "reopen_count", "made_sla", "assignment_group", "assigned_to", "priority",
    ]  # fmt: skip
    return _incident_events(originals).select(kept)


EXTRACTS = (
    Extract("sba_loans/sba_national_22k_full.csv.gz", sba_loans),
    Extract("olist/sellers.csv.gz", olist_sellers),
    Extract("olist/seller_orders.parquet", olist_seller_orders),
    Extract("servicenow/incidents.parquet", incidents),
    Extract("servicenow/incident_events.parquet", incident_events),
)


def _sold(folder: Path) -> pl.DataFrame:
    """Per order and seller: number and value of items in reais, exact, and their category."""
    translation = pl.read_csv(folder / "category_translation.csv.gz")
    products = (
        pl.read_parquet(folder / "products.parquet")
        .join(translation, on="product_category_name", how="left")
        .select(
            "product_id",
            pl.coalesce("product_category_name_english", "product_category_name").alias("category"),
        )
    )
    items = pl.read_parquet(folder / ITEMS_FILE).join(products, on="product_id", how="left")
    return (
        items.sort("price", "product_id", descending=[True, False])
        .group_by("order_id", "seller_id", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int32).alias("items"),
            _exact(pl.col("price").sum()).alias("goods_value"),
            _exact(pl.col("freight_value").sum()).alias("freight_value"),
            pl.col("category").first(),
        )
    )


def _exact(amount: pl.Expr) -> pl.Expr:
    """A sum of doubles that stand for cents, back in exact cents."""
    return amount.round(2).cast(pl.Decimal(12, 2))


def _customers(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "customers_sample.parquet").select(
        "customer_id", "customer_state"
    )


def _payments(folder: Path) -> pl.DataFrame:
    payments = pl.read_parquet(folder / "order_payments_sample.parquet")
    return (
        payments.sort("payment_sequential")
        .group_by("order_id", maintain_order=True)
        .agg(pl.col("payment_type").first(), pl.col("payment_installments").max())
    )


def _last_reviews(folder: Path) -> pl.DataFrame:
    reviews = pl.read_parquet(folder / REVIEWS_FILE)
    return (
        reviews.sort("review_answer_timestamp", "review_id")
        .group_by("order_id", maintain_order=True)
        .agg(
            pl.col("review_score").last(),
            pl.col("review_comment_message").is_not_null().last().alias("review_has_comment"),
            pl.col("review_answer_timestamp").last(),
        )
    )


def _incident_events(originals: Path) -> pl.DataFrame:
    events = pl.read_parquet(originals / INCIDENTS_FILE).sort("number", "sys_mod_count")
    last = events.group_by("number").last()
    ours = last.filter(pl.col("assignment_group") == GROUP).select("number")
    return events.join(ours, on="number").sort("number", "sys_mod_count").select(INCIDENT_COLUMNS)


INCIDENT_COLUMNS = [
    "number", "incident_state", "active", "reassignment_count", "reopen_count", "sys_mod_count",
    "made_sla", "opened_by", "opened_at", "sys_updated_at", "contact_type", "location", "category",
    "subcategory", "impact", "urgency", "priority", "assignment_group", "assigned_to",
    "closed_code", "resolved_by", "resolved_at", "closed_at",
]  # fmt: skip
