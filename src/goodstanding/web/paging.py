"""A long table on a page of its own shape, cut into pages with exact counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import HttpRequest

from goodstanding.web.errors import NotAPage
from goodstanding.web.listing import PAGE_SIZE, changed_url

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PageOfRows(Generic[Item]):
    """Some of the rows, and where they stand among all; what `components/pages.html` needs."""

    rows: Sequence[Item]
    total: int
    page: int
    page_size: int
    path: str
    parameters: Mapping[str, str]

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.page_size))

    @property
    def first(self) -> int:
        """The number of the first row shown, from 1."""
        return 0 if not self.total else (self.page - 1) * self.page_size + 1

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return min(self.total, self.page * self.page_size)

    @property
    def previous_url(self) -> str:
        """The page before, or nothing."""
        return self._url(self.page - 1) if self.page > 1 else ""

    @property
    def next_url(self) -> str:
        """The page after, or nothing."""
        return self._url(self.page + 1) if self.page < self.pages else ""

    def _url(self, page: int) -> str:
        return changed_url(self.path, dict(self.parameters), page=str(page))


def page_of_rows(
    request: HttpRequest,
    items: Sequence[Item],
    *,
    holding: Callable[[Item], bool] | None = None,
    page_size: int = PAGE_SIZE,
) -> PageOfRows[Item]:
    """The rows of the page that the address asks for by `page`, else of the one that holds a row.

    Raises NotAPage for a page that is not there.
    """
    parameters = {name: text for name, text in request.GET.items() if name != "rule"}
    pages = max(1, -(-len(items) // page_size))
    asked = request.GET.get("page", "")
    number = 1
    if asked:
        if not asked.isdecimal() or not 1 <= int(asked) <= pages:
            raise NotAPage(field="page", asked=asked, pages=pages)
        number = int(asked)
    elif holding is not None:
        at = next((at for at, item in enumerate(items) if holding(item)), 0)
        number = at // page_size + 1
    start = (number - 1) * page_size
    return PageOfRows(
        items[start : start + page_size], len(items), number, page_size, request.path, parameters
    )
