"""What pages show: signals, estimates, columns, chips, people's choices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from django.utils.functional import Promise as StrPromise

Level = Literal["good", "watch", "act", "neutral", "past"]
Kind = Literal[
    "text", "code", "number", "money", "ratio", "instant", "date", "duration", "signal", "tag"
]
NUMERIC_KINDS = frozenset({"number", "money", "ratio", "duration"})


@dataclass(frozen=True, slots=True)
class Signal:
    """A state with a level, which gives colour and shape, and the word that says it."""

    level: Level
    word: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A ratio as it was estimated: fractions, the number of rows under it, and its interval.

    `provisional` marks a value whose rows are not all mature.
    """

    value: float | None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list, on the page and in its exports.

    `key` names the row's attribute or mapping key, the sort parameter and the exported column;
    `value` replaces the lookup. `kind` decides form and alignment. `unit` stands in the heading.
    `link` gives the address behind the value. `template` renders the cell from `row`, `value` and
    that `url` where a kind is not enough (exports still take the value). A column
    `only_in_exports` holds what the page shows inside another cell.
    """

    key: str
    label: str
    kind: Kind = "text"
    unit: str = ""
    sortable: bool = False
    value: Callable[[Any], Any] | None = None
    link: Callable[[Any], str] | None = None
    template: str = ""
    places: int = 0
    only_in_exports: bool = False

    @property
    def is_number(self) -> bool:
        """Whether the column is set to the right."""
        return self.kind in NUMERIC_KINDS

    def of(self, row: Any) -> Any:
        """The column's value in a row."""
        if self.value is not None:
            return self.value(row)
        if isinstance(row, Mapping):
            return row[self.key]  # pyright: ignore[reportUnknownVariableType]
        return getattr(row, self.key)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter as a link: its words, where it leads, how many rows it leaves."""

    label: str
    url: str
    is_current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class ChipGroup:
    """The chips of one filter."""

    label: str
    chips: Sequence[Chip]


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A verb over the ticked rows: posted as `row` ids to `url`, which shows the effect first."""

    label: str
    url: "str | StrPromise"
    is_dangerous: bool = False


@dataclass(frozen=True, slots=True)
class Empty:
    """What an empty list will show one day, and the one action that fills it."""

    title: str
    text: str = ""
    action: str = ""
    url: str = ""
    icon: str = "search"


@dataclass(frozen=True, slots=True)
class TourStep:
    """A step of a tour: what to do, why it is worth it, where, and whether it was opened."""

    title: str
    text: str
    url: str = ""
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class TourStop:
    """A step as a role's tour declares it.

    `url_names` are tried in order: the first that a room serves and the person may open is where
    the step leads; `query` is added to it.
    """

    key: str
    title: str
    text: str
    url_names: tuple[str, ...]
    query: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the object of a page, for its timeline."""

    at: Any
    what: str
    who: str = ""
    level: Level = "neutral"
    url: str = ""
    note: str = field(default="")
    action: tuple[str, str] | None = None  # words and address of what may be done about it
