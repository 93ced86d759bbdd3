"""A page of every component with invented rows: what the components' tests look at."""

from datetime import timedelta
from pathlib import Path

import altair as alt
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from goodstanding.core.money import Money
from goodstanding.serve.urls import urlpatterns as house
from goodstanding.web.charts import draw
from goodstanding.web.exports import export_rows
from goodstanding.web.listing import ListShape, ListSource, filter_chips, list_rows
from goodstanding.web.page import page
from goodstanding.web.types import (
    BulkAction,
    Chip,
    Column,
    Empty,
    Estimate,
    Event,
    Signal,
    TourStep,
)
from tests.instants import NOON

HERE = Path(__file__).parent
NAMES = ["Hollin Bakery", "Northgate Tools", "Aldous & Finch", "Brightwater Cycles", "Peel Dairy"]
SIGNALS = [Signal("act", "Overdue"), Signal("watch", "Due today"), Signal("good", "In time")]


def invented_rows() -> list[dict[str, object]]:
    """Sixty cases of nobody."""
    return [
        {
            "number": f"C-{1001 + place}",
            "business": NAMES[place % 5],
            "opened_at": NOON - timedelta(hours=5 * place, minutes=7),
            "exposure": Money(125_000 + 317_250 * (place % 9), "GBP") if place % 7 else None,
            "left": timedelta(minutes=38 + 205 * (place - 3)),
            "state": SIGNALS[place % 3],
            "loss": Estimate(0.012 + place / 900, 1200 - place * 17, 0.008, 0.09, place % 4 == 0),
        }
        for place in range(60)
    ]


CASES = ListShape(
    name="cases",
    caption="Cases",
    sort="",
    columns=(
        Column("number", "Case"),
        Column("business", "Business", sortable=True),
        Column("opened_at", "Opened", kind="instant", sortable=True),
        Column("exposure", "Exposure", kind="money"),
        Column("loss", "Loss rate", kind="ratio", unit="of amount", places=1),
        Column("left", "Time left", kind="duration", sortable=True),
        Column("state", "State", kind="signal"),
    ),
    row_url=lambda row: f"/gallery/?case={row['number']}",
    row_id=lambda row: row["number"],
    bulk=(
        BulkAction("Reassign", "/gallery/"),
        BulkAction("Close", "/gallery/", is_dangerous=True),
    ),
    empty=Empty(
        "No case waits", "Cases arrive when a policy refers.", "Open decisions", "/", "cases"
    ),
    page_size=20,
)


class GalleryForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Legal name", help_text="As the register writes it.")
    note = forms.CharField(label="Reason", widget=forms.Textarea, required=False)
    desk = forms.ChoiceField(
        label="Desk", choices=[("c", "Credit"), ("s", "Sellers")], widget=forms.RadioSelect
    )
    country = forms.ChoiceField(label="Country", choices=[("GB", "United Kingdom")])
    agreed = forms.BooleanField(label="I have read the evidence", required=True)


def invented_chart() -> object:
    """A fan of three vintages, the last of it immature."""
    points = [
        {"vintage": year, "month": month, "loss": 0.0006 * month * (1 + rank / 2)}
        for rank, year in enumerate((2004, 2005, 2006))
        for month in range(37 - 6 * rank)
    ]
    lines = (
        alt.Chart(alt.Data(values=points))
        .mark_line()
        .encode(
            x=alt.X("month:Q", title="Months on book"),
            y=alt.Y("loss:Q", title="Written off, % of amount", axis=alt.Axis(format=".1%")),
            color=alt.Color("vintage:N", legend=None),
        )
    )
    ends = [max((p for p in points if p["vintage"] == year), key=lambda p: p["month"])
            for year in (2004, 2005, 2006)]  # fmt: skip
    labels = (
        alt.Chart(alt.Data(values=ends))
        .mark_text(align="left", dx=4)
        .encode(x="month:Q", y="loss:Q", text="vintage:N", color=alt.Color("vintage:N"))
    )
    return draw(
        lines + labels,
        title="Each vintage loses more, sooner, than the one before",
        description="Written off, % of amount approved, by months on book",
        columns=(
            Column("vintage", "Vintage"),
            Column("month", "Month", kind="number"),
            Column("loss", "Written off", kind="ratio", places=2),
        ),
        rows=[point for point in points if point["month"] % 12 == 0],
        note="n 1,204 loans · 2006 is provisional after month 24",
        url="/gallery/",
    )


@page(verb="accounts.see_home")
def gallery(request: HttpRequest) -> HttpResponse:
    """Everything at once."""
    rows = ListSource([] if "empty" in request.GET else invented_rows())
    listing = list_rows(
        request,
        shape=CASES,
        source=rows,
        chips=[
            filter_chips(
                request,
                parameter="state",
                label="State",
                choices=[("overdue", "Overdue", 12), ("today", "Due today", 31)],
            )
        ],
    )
    if "format" in request.GET:
        return export_rows(
            request, columns=CASES.columns, rows=rows.rows(start=0, stop=60, sort=""), name="cases"
        )
    if "message" in request.GET:
        messages.success(request, "Case C-1002 was claimed.")
    context = {
        "listing": listing,
        "form": GalleryForm({"name": "", "note": "kept"}, auto_id="id_%s"),
        "chart": invented_chart(),
        "signal": SIGNALS[0],
        "facts": [("Legal name", "Hollin Bakery Ltd"), ("Country", "United Kingdom")],
        "events": [
            Event(NOON, "Appeal lodged", "Ana Kovač", "watch"),
            Event(NOON - timedelta(hours=3), "Referred", "sba_underwriting 1.4", "act", "/"),
            Event(NOON - timedelta(days=2), "Registered", "import 12"),
        ],
        "tabs": [Chip("Rules", "/gallery/", is_current=True, count=14), Chip("Text", "/gallery/")],
        "steps": [
            TourStep("Move the cut-off", "See write-offs avoided, with an interval.", "/", True),
            TourStep("See who flips", "Open the swap set, down to one loan.", "/"),
            TourStep("Follow a group", "One business, several loans.", "/"),
        ],
        "rate": 0.032,
    }
    text = (HERE / "gallery.html").read_text()
    return HttpResponse(engines["django"].from_string(text).render(context, request))


urlpatterns = [*house, path("gallery/", gallery, name="gallery")]
