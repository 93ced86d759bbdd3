"""Charts: one theme, the same picture on a page and in a pack."""

import re
from pathlib import Path

import altair as alt
import pytest

from goodstanding.web import charts
from goodstanding.web.types import Column

ROWS = [{"month": month, "loss": month / 1000} for month in range(13)]
COLUMNS = (
    Column("month", "Month", kind="number"),
    Column("loss", "Loss", kind="ratio", places=1),
)


def line() -> alt.Chart:
    return (
        alt.Chart(alt.Data(values=ROWS))
        .mark_line()
        .encode(x=alt.X("month:Q", title="Months"), y=alt.Y("loss:Q", title="Loss, %"))
    )


@pytest.fixture(scope="module")
def view() -> charts.ChartView:
    return charts.draw(line(), title="Flat", description="Loss", columns=COLUMNS, rows=ROWS)


def test_the_page_colours_by_tokens_and_the_pack_by_value(view: charts.ChartView) -> None:
    pack = charts.as_svg(line())

    assert 'stroke="var(--chart-1)"' in view.wide
    assert f'stroke="{charts.SERIES[0]}"' in pack
    assert "var(--" not in pack


def test_a_chart_needs_no_inline_style_nor_script(view: charts.ChartView) -> None:
    assert re.findall(r"\sstyle=|<script|\son\w+=", view.wide + view.narrow) == []


def test_every_chart_has_its_table(view: charts.ChartView) -> None:
    assert len(view.cells) == len(ROWS)
    assert str(view.cells[5][1][1]) == "0.5\N{NO-BREAK SPACE}%"


def test_what_is_immature_is_hatched() -> None:
    bars = line().mark_bar(color=charts.HATCH)

    svg = charts.as_svg(bars)

    pattern = re.search(r'<pattern id="(hatch-\w+)"', svg)
    assert pattern is not None
    assert f'fill="url(#{pattern[1]})"' in svg
    assert charts.HATCH not in svg


def test_two_hatched_charts_on_a_page_do_not_share_a_pattern() -> None:
    bars = line().mark_bar(color=charts.HATCH)

    view = charts.draw(bars, title="A", description="B", columns=COLUMNS, rows=ROWS)

    ids = re.findall(r'<pattern id="([\w-]+)"', view.wide + view.narrow)
    assert len(ids) == len(set(ids)) == 2


def test_text_of_the_data_cannot_become_markup() -> None:
    mark = alt.Chart(alt.Data(values=[{"x": 1, "name": "<script>1</script>"}])).mark_text()

    assert "<script>" not in charts.as_svg(mark.encode(x="x:Q", text="name:N"))


def test_every_colour_of_the_theme_is_a_token_of_the_stylesheet() -> None:
    sheet = Path(charts.__file__).parent / "static" / "house.css"
    tokens = set(re.findall(r"--([\w-]+):", sheet.read_text()))

    assert set(charts.TOKENS.values()) <= tokens
