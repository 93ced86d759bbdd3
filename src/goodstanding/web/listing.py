"""A list on a page: sorted, cut into pages, filtered by links, exported as shown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from goodstanding.web.cells import cell_html
from goodstanding.web.errors import NotAPage, NotSortable
from goodstanding.web.exports import FORMATS, export_rows, format_asked
from goodstanding.web.types import BulkAction, Chip, ChipGroup, Column, Empty

PAGE_SIZE = 50


class RowSource(Protocol):
    """Where a list's rows come from; `sort` is a column's key, with `-` before it to descend."""

    def count(self) -> int:
        """How many rows there are in all."""
        ...

    def rows(self, *, start: int, stop: int, sort: str) -> Sequence[Any]:
        """The rows from `start` up to `stop` in that order."""
        ...


@dataclass(frozen=True, slots=True)
class QuerySource:
    """The rows of a queryset, ordered in the database; ties by primary key."""

    queryset: "QuerySet[Any]"

    def count(self) -> int:
        """How many rows the query finds."""
        return self.queryset.count()

    def rows(self, *, start: int, stop: int, sort: str) -> Sequence[Any]:
        """One slice of the query."""
        ordered = self.queryset.order_by(sort, "pk") if sort else self.queryset
        return list(ordered[start:stop])


@dataclass(frozen=True, slots=True)
class ListSource:
    """Rows already in memory."""

    items: Sequence[Any]

    def count(self) -> int:
        """How many rows there are."""
        return len(self.items)

    def rows(self, *, start: int, stop: int, sort: str) -> Sequence[Any]:
        """One slice; what has no value comes last in either direction."""
        if not sort:
            return self.items[start:stop]
        key = sort.lstrip("-")
        known = [item for item in self.items if _read(item, key) is not None]
        unknown = [item for item in self.items if _read(item, key) is None]
        known.sort(key=lambda item: _read(item, key), reverse=sort.startswith("-"))
        return [*known, *unknown][start:stop]


@dataclass(frozen=True, slots=True)
class ListShape:
    """What a list is, whoever asks for it: declared once beside the view.

    `name` names its exports and saved views, `caption` its table; `sort` is the first order. A
    row's address and its id for bulk verbs are read from the row.
    """

    name: str
    caption: str
    columns: Sequence[Column]
    empty: Empty
    sort: str = ""
    row_url: Callable[[Any], str] | None = None
    row_id: Callable[[Any], UUID | str] | None = None
    bulk: Sequence[BulkAction] = ()
    page_size: int = PAGE_SIZE

    @property
    def on_page(self) -> Sequence[Column]:
        """The columns of the table; an export has them all."""
        return [column for column in self.columns if not column.only_in_exports]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading: its sort link, and how the list is sorted by it now."""

    column: Column
    url: str
    direction: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as the table shows it: its id for bulk verbs, its address, its cells."""

    id: str
    url: str
    cells: Sequence[tuple[Column, SafeString | str]]


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything `components/list.html` needs."""

    shape: ListShape
    headings: Sequence[Heading]
    shown: Sequence[ShownRow]
    total: int
    page: int
    sort: str
    source: RowSource
    chips: Sequence[ChipGroup]
    parameters: dict[str, str]
    path: str

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.shape.page_size))

    @property
    def first(self) -> int:
        """The number of the first row shown, from 1."""
        return 0 if not self.total else (self.page - 1) * self.shape.page_size + 1

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return min(self.total, self.page * self.shape.page_size)

    @property
    def previous_url(self) -> str:
        """The page before, or nothing."""
        return self._url(page=str(self.page - 1)) if self.page > 1 else ""

    @property
    def next_url(self) -> str:
        """The page after, or nothing."""
        return self._url(page=str(self.page + 1)) if self.page < self.pages else ""

    @property
    def exports(self) -> list[tuple[str, str]]:
        """The words and addresses of the exports."""
        return [(words, self._url(page="", format=name)) for name, (words, _, _) in FORMATS.items()]

    @property
    def query(self) -> str:
        """What is filtered and sorted, as a saved view keeps it."""
        return urlencode({k: v for k, v in self.parameters.items() if k not in {"page", "format"}})

    def _url(self, **changes: str) -> str:
        return changed_url(self.path, self.parameters, **changes)


def list_rows(
    request: HttpRequest,
    *,
    shape: ListShape,
    source: RowSource,
    chips: Sequence[ChipGroup] = (),
) -> Listing:
    """The list that the address asks for: its `sort` and `page`, else the first order and page.

    Raises NotSortable for a sort that is no sortable column, NotAPage for a page that is not there.
    """
    parameters = dict(request.GET.items())
    order = _asked_sort(parameters, shape)
    total = source.count()
    number = _asked_page(parameters, total, shape.page_size)
    start = (number - 1) * shape.page_size
    rows = source.rows(start=start, stop=start + shape.page_size, sort=order)
    return Listing(
        shape=shape,
        headings=[_heading(column, order, request.path, parameters) for column in shape.on_page],
        shown=[_shown(row, shape) for row in rows],
        total=total,
        page=number,
        sort=order,
        source=source,
        chips=chips,
        parameters=parameters,
        path=request.path,
    )


def render_list(
    request: HttpRequest, template: str, *, listing: Listing, **context: Any
) -> HttpResponse:
    """The page with the list, or the file where the address asks for an export of it."""
    if "format" in request.GET:
        format_asked(request)
        rows = listing.source.rows(start=0, stop=listing.total, sort=listing.sort)
        return export_rows(
            request, columns=listing.shape.columns, rows=rows, name=listing.shape.name
        )
    return render(request, template, {"listing": listing, **context})


def filter_chips(
    request: HttpRequest,
    *,
    parameter: str,
    label: str,
    choices: Iterable[tuple[str, str, int | None]],
    everything: str = "All",
) -> ChipGroup:
    """Chips of one filter: each choice is `(value, words, count or None)`; the first shows all."""
    parameters = dict(request.GET.items())
    current = parameters.get(parameter, "")
    options = [("", everything, None), *choices]
    return ChipGroup(
        label,
        [
            Chip(
                words,
                changed_url(request.path, parameters, page="", **{parameter: value}),
                value == current,
                count,
            )
            for value, words, count in options
        ],
    )


def changed_url(path: str, parameters: dict[str, str], **changes: str) -> str:
    """The address with some parameters changed; an empty one goes."""
    wanted = {name: value for name, value in {**parameters, **changes}.items() if value}
    return f"{path}?{urlencode(wanted)}" if wanted else path


def _asked_sort(parameters: dict[str, str], shape: ListShape) -> str:
    asked = parameters.get("sort", "")
    if not asked:
        return shape.sort
    sortable = [column.key for column in shape.columns if column.sortable]
    if asked.removeprefix("-") not in sortable:
        raise NotSortable(field="sort", asked=asked, columns=", ".join(sortable) or "none")
    return asked


def _asked_page(parameters: dict[str, str], total: int, page_size: int) -> int:
    asked = parameters.get("page", "1")
    pages = max(1, -(-total // page_size))
    if not asked.isdecimal() or not 1 <= int(asked) <= pages:
        raise NotAPage(field="page", asked=asked, pages=pages)
    return int(asked)


def _heading(column: Column, order: str, path: str, parameters: dict[str, str]) -> Heading:
    direction = ""
    if order.removeprefix("-") == column.key:
        direction = "descending" if order.startswith("-") else "ascending"
    wanted = f"-{column.key}" if direction == "ascending" else column.key
    url = changed_url(path, parameters, page="", sort=wanted) if column.sortable else ""
    return Heading(column, url, direction)


def _shown(row: Any, shape: ListShape) -> ShownRow:
    return ShownRow(
        str(shape.row_id(row)) if shape.row_id else "",
        shape.row_url(row) if shape.row_url else "",
        [(column, cell_html(column, row)) for column in shape.on_page],
    )


def _read(item: Any, key: str) -> Any:
    return item[key] if isinstance(item, Mapping) else getattr(item, key)  # pyright: ignore[reportUnknownVariableType]
