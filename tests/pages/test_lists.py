"""Lists: sorted, cut into pages, filtered by links, exported as shown."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from django.test import Client, RequestFactory, override_settings

from goodstanding.accounts.operations import add_person
from goodstanding.accounts.types import Role
from goodstanding.core.audit import audit_entries
from goodstanding.core.money import Money
from goodstanding.web.errors import NotAFormat, NotAPage, NotSortable
from goodstanding.web.exports import export_rows
from goodstanding.web.listing import ListShape, ListSource, filter_chips, list_rows
from goodstanding.web.types import Column, Empty, Estimate, Signal

ROWS = [
    {"name": "Peel Dairy", "age": 7},
    {"name": "Aldous & Finch", "age": None},
    {"name": "Hollin Bakery", "age": 12},
]
SHAPE = ListShape(
    name="businesses",
    caption="Businesses",
    columns=(
        Column("name", "Name", sortable=True),
        Column("age", "Age", kind="number", unit="years", sortable=True),
        Column("secret", "Secret", value=lambda row: row["name"][0]),
    ),
    empty=Empty("None"),
    page_size=2,
)


def listing_at(address: str) -> object:
    return list_rows(RequestFactory().get(address), shape=SHAPE, source=ListSource(ROWS))


def names(listing: object) -> list[str]:
    return [str(row.cells[0][1]) for row in listing.shown]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/?sort=name", ["Aldous & Finch", "Hollin Bakery"]),
        ("/?sort=-name", ["Peel Dairy", "Hollin Bakery"]),
        ("/?sort=age", ["Peel Dairy", "Hollin Bakery"]),
        ("/?sort=-age", ["Hollin Bakery", "Peel Dairy"]),
        ("/?sort=-age&page=2", ["Aldous & Finch"]),
    ],
)
def test_a_list_is_sorted_and_what_is_not_known_comes_last(
    address: str, expected: list[str]
) -> None:
    assert names(listing_at(address)) == expected


def test_counts_are_exact_and_pages_keep_the_filter() -> None:
    listing = listing_at("/?state=open&sort=name")

    assert (listing.first, listing.last, listing.total, listing.pages) == (1, 2, 3, 2)
    assert listing.next_url == "/?state=open&sort=name&page=2"
    assert listing.previous_url == ""


def test_a_heading_turns_the_order_round() -> None:
    listing = listing_at("/?sort=name")

    assert listing.headings[0].direction == "ascending"
    assert listing.headings[0].url == "/?sort=-name"
    assert listing.headings[2].url == ""


@pytest.mark.parametrize("asked", ["secret", "password", "-"])
def test_a_list_is_not_sorted_by_what_it_does_not_offer(asked: str) -> None:
    with pytest.raises(NotSortable):
        listing_at(f"/?sort={asked}")


@pytest.mark.parametrize("asked", ["0", "3", "two", "-1", "1e9"])
def test_a_page_that_is_not_there_is_refused(asked: str) -> None:
    with pytest.raises(NotAPage):
        listing_at(f"/?page={asked}")


def test_chips_keep_other_filters_and_leave_the_page() -> None:
    request = RequestFactory().get("/?role=analyst&page=2&state=open")

    group = filter_chips(
        request,
        parameter="state",
        label="State",
        choices=[("open", "Open", 3), ("done", "Done", 0)],
    )

    assert [(chip.label, chip.url, chip.is_current, chip.count) for chip in group.chips] == [
        ("All", "/?role=analyst", False, None),
        ("Open", "/?role=analyst&state=open", True, 3),
        ("Done", "/?role=analyst&state=done", False, 0),
    ]


EXPORTED = (
    Column("name", "Name"),
    Column("owed", "Owed", kind="money"),
    Column("loss", "Loss", kind="ratio"),
    Column("seen", "Seen", kind="instant"),
    Column("state", "State", kind="signal"),
    Column("left", "Left", kind="duration"),
    Column("detail", "Detail"),
)
SEEN = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
VALUES = [
    {
        "name": "=HYPERLINK(1)",
        "owed": Money(123_450, "GBP"),
        "loss": Estimate(0.03, 1204, 0.02, 0.04),
        "seen": SEEN,
        "state": Signal("act", "Overdue"),
        "left": timedelta(minutes=38),
        "detail": {"rows": 2, "why": ["late"]},
    },
    {
        "name": "Peel",
        "owed": None,
        "loss": Estimate(None, 0),
        "seen": None,
        "state": None,
        "left": None,
        "detail": None,
    },
]


@pytest.fixture
def export(db: None) -> object:
    person = add_person(email="li@example.com", display_name="Li Wen", roles=[Role.ANALYST])

    def ask(asked: str) -> bytes:
        request = RequestFactory().get(f"/?state=open&format={asked}")
        request.user = person
        return export_rows(request, columns=EXPORTED, rows=VALUES, name="cases").content

    return ask


HEADINGS = [
    "name", "owed", "owed_currency", "loss", "loss_n", "loss_low", "loss_high",
    "loss_provisional", "seen", "state", "left", "detail",
]  # fmt: skip


def test_csv_holds_what_is_shown_and_no_formula(export: object) -> None:
    rows = list(csv.reader(io.StringIO(export("csv").decode())))

    assert rows[0] == HEADINGS
    assert rows[1][:5] == ["'=HYPERLINK(1)", "1234.50", "GBP", "0.03", "1204"]
    assert json.loads(rows[1][-1]) == {"rows": 2, "why": ["late"]}
    assert rows[1][8:-1] == ["2026-11-22T14:05:00+00:00", "Overdue", "2280.0"]
    assert rows[2] == ["Peel", "", "", "", "0", "", "", "False", "", "", "", ""]


def test_a_workbook_holds_text_as_text_and_instants_as_dates(export: object) -> None:
    with zipfile.ZipFile(io.BytesIO(export("xlsx"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()

    assert "<f>" not in sheet
    assert "=HYPERLINK(1)" in texts
    assert '<c r="B2"><v>1234.50</v></c>' in sheet
    assert "<v>46348.58680555555</v>" in sheet  # 22 Nov 2026 14:05 as a workbook counts days


def test_parquet_keeps_types(export: object) -> None:
    table = pq.read_table(io.BytesIO(export("parquet")))

    assert table.column_names == HEADINGS
    assert str(table.schema.field("owed").type).startswith("decimal")
    assert str(table.schema.field("seen").type) == "timestamp[us, tz=UTC]"
    assert table.to_pylist()[0]["left"] == 2280.0


def test_an_export_is_a_line_of_the_trail(export: object) -> None:
    export("csv")

    entry = audit_entries(action="export_rows").get()
    assert (entry.actor, entry.object_id) == ("li@example.com", "cases")
    assert entry.detail == {"format": "csv", "rows": 2, "query": "state=open&format=csv"}


def test_an_unknown_format_is_refused(export: object) -> None:
    with pytest.raises(NotAFormat):
        export("pdf")


@pytest.fixture
def gallery(db: None) -> Iterator[Client]:
    person = add_person(email="li@example.com", display_name="Li Wen", roles=[Role.ANALYST])
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    with override_settings(ROOT_URLCONF="tests.pages.gallery"):
        yield client


def test_an_empty_list_says_what_will_be_there_and_the_one_action(gallery: Client) -> None:
    page = gallery.get("/gallery/?empty=1").content.decode()

    assert "No case waits" in page
    assert "Open decisions" in page
    assert "<table" not in page.split('id="list"')[1].split("</section>")[0]


def test_a_wrong_address_of_a_list_is_a_page_with_the_mend(gallery: Client) -> None:
    response = gallery.get("/gallery/?sort=salary")

    assert response.status_code == 400
    assert "Sort by one of: business, opened_at, left" in response.content.decode()
