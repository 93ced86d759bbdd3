"""A model card as nested sections: a JSON document in, terms, tables and charts out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from goodstanding.web.charts import SERIES, ChartView, draw
from goodstanding.web.types import Column

DIGITS = 6


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a list of like mappings."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the card: its terms, its table, its parts."""

    title: str
    items: Sequence[tuple[str, str]]
    tables: Sequence[tuple[str, Table]]
    parts: Sequence["Section"]


def sections_of(card: Mapping[str, Any]) -> list[Section]:
    """The card's parts in the order of the document; single values stand in a first part."""
    nested = [key for key, value in card.items() if isinstance(value, Mapping | list)]
    single = {key: value for key, value in card.items() if key not in nested}
    found = [_section(key, card[key]) for key in nested if card[key]]
    return [_section("summary", single), *found] if single else found


def _section(title: str, value: Any) -> Section:
    if not isinstance(value, Mapping):
        return _of_list(title, cast("Sequence[Any]", value))
    entries = cast("Mapping[str, Any]", value)
    parts = [
        _section(key, each) for key, each in entries.items() if isinstance(each, Mapping) and each
    ]
    tables = [
        (_words(key), _table(cast("Sequence[Mapping[str, Any]]", each)))
        for key, each in entries.items()
        if _is_table(each)
    ]
    items = [
        (_words(key), _text(each))
        for key, each in entries.items()
        if not isinstance(each, Mapping) and not _is_table(each)
    ]
    return Section(_words(title), items, tables, parts)


def _of_list(title: str, values: Sequence[Any]) -> Section:
    if _is_table(values):
        rows = cast("Sequence[Mapping[str, Any]]", values)
        return Section(_words(title), (), [("", _table(rows))], ())
    items = [(str(number), _text(value)) for number, value in enumerate(values, start=1)]
    return Section(_words(title), items, (), ())


def _is_table(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(each, Mapping) for each in cast("list[Any]", value))


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    headings = list(dict.fromkeys(key for row in rows for key in row))
    return Table(
        [_words(heading) for heading in headings],
        [[_text(row.get(heading)) for heading in headings] for row in rows],
    )


def _words(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _text(value: Any) -> str:
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    if isinstance(value, list):
        return ", ".join(_text(each) for each in cast("list[Any]", value)) or "none"
    return str(value)


CALIBRATION = (
    Column("group", "Group of rising probability"),
    Column("n", "Rows", kind="number"),
    Column("mean_pd", "Predicted", kind="ratio", places=2),
    Column("bad_rate", "Came true", kind="ratio", places=2),
)


def calibration_chart(card: Mapping[str, Any]) -> ChartView | None:
    """Predicted against what came true on the test window; None where the card has no such rows."""
    import altair as alt  # half a second, which no command without a chart should pay

    test = cast("Mapping[str, Any]", card.get("figures", {}).get("test", {}))
    groups = cast("Sequence[Mapping[str, float]]", test.get("calibration", ()))
    if not groups:
        return None
    rows = [{"group": str(place), **group} for place, group in enumerate(groups, start=1)]
    points = [
        {"predicted": row["mean_pd"], "came_true": row["bad_rate"], "n": row["n"]} for row in rows
    ]
    most = max(max(each["predicted"], each["came_true"]) for each in points)
    diagonal = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}, {"x": most, "y": most}]))  # pyright: ignore[reportUnknownMemberType]
    axis = alt.Axis(format="%")
    seen = alt.Chart(alt.Data(values=points))
    chart = diagonal.mark_line(strokeDash=[4, 4], strokeWidth=1, color=SERIES[4]).encode(
        x=alt.X("x:Q", title="Predicted probability", axis=axis),
        y=alt.Y("y:Q", title="Share that came true", axis=axis),
    ) + seen.mark_point(size=60).encode(x="predicted:Q", y="came_true:Q")
    gap = float(test["bad_rate"]) - float(test["mean_pd"])
    word = "more" if gap > 0 else "less"
    return draw(
        chart,
        title=f"On the test window {abs(gap):.1%} {word} went bad than predicted",
        description="Ten groups of rising probability; a true model lies on the dashed line",
        columns=CALIBRATION,
        rows=rows,
        note=f"n {int(test['n']):,}, {int(test['bads']):,} bad",
    )
