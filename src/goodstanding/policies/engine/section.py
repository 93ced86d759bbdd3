"""Reading a section of a policy strictly: every key known, every value of its kind."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from goodstanding.language.errors import ExpressionRefused
from goodstanding.language.types import TEXT, Type, parse_type
from goodstanding.policies.engine.document import Entry, Node, Scalar, Sequence, Table
from goodstanding.policies.engine.mistakes import MistakeLog, Place, nearest, sentence

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,38}(\.[0-9]{1,38})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

E = TypeVar("E", bound=Enum)


class Section:
    """A mapping of the policy while it is read.

    Each reader takes a key off; `finish` complains of the keys that nobody took. A reader that
    finds a fault adds it to the log and returns its neutral value, so that all faults of a text
    are found in one go.
    """

    def __init__(self, table: Table, *, path: str, log: MistakeLog) -> None:
        """Read `table`, which stands at `path`."""
        self.table = table
        self.path = path
        self.log = log
        self._taken: set[str] = set()

    @property
    def place(self) -> Place:
        """Where the mapping begins."""
        return self.table.place

    def fault(self, key: str, message: str, mend: str, *, place: Place | None = None) -> None:
        """Complain of the value of a key, at its place unless another is given."""
        entry = self.table.entries.get(key)
        at = place or (entry.node.place if entry else self.place)
        self.log.add(at, self.path_of(key), message, mend)

    def path_of(self, key: str) -> str:
        """The path of a key below this section."""
        return f"{self.path}.{key}".lstrip(".")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self.table.entries

    def scalar(self, key: str, *, required: bool = False) -> Scalar | None:
        """The characters of a value; None where there is none."""
        entry = self._take(key, required=required)
        if entry is None:
            return None
        if isinstance(entry.node, Scalar):
            if entry.node.text or entry.node.is_quoted:
                return entry.node
            self.fault(key, f"{key} has no value.", "Write one, or leave the key out.")
            return None
        self.fault(key, f"{key} is a single value.", f"Write `{key}: value`.")
        return None

    def text(self, key: str, *, required: bool = False, default: str = "") -> str:
        """A text; white space at the ends is taken off."""
        found = self.scalar(key, required=required)
        return found.text.strip() if found else default

    def name(self, key: str, *, required: bool = True) -> str:
        """An identifier: small letters, digits and underscores."""
        found = self.text(key, required=required)
        if found and NAME.fullmatch(found) is None:
            self.fault(key, f"{found!r} is no name.", "Use small letters, digits and _: dpd_max.")
        return found

    def boolean(self, key: str, *, default: bool = False) -> bool:
        """`true` or `false`."""
        found = self.scalar(key)
        if found is None:
            return default
        if found.text not in {"true", "false"}:
            self.fault(key, f"{found.text!r} is neither true nor false.", "Write true or false.")
        return found.text == "true"

    def integer(self, key: str, *, required: bool = False, default: int = 0) -> int:
        """A whole number."""
        found = self.scalar(key, required=required)
        if found is None:
            return default
        if _INTEGER.fullmatch(found.text) is None:
            self.fault(key, f"{found.text!r} is no whole number.", "Write digits, such as 25.")
            return default
        return int(found.text)

    def decimal(self, key: str, *, required: bool = False) -> Decimal | None:
        """An exact number."""
        found = self.scalar(key, required=required)
        if found is None:
            return None
        if _DECIMAL.fullmatch(found.text) is None:
            self.fault(key, f"{found.text!r} is no number.", "Write digits, such as 0.25.")
            return None
        return Decimal(found.text)

    def day(self, key: str) -> date | None:
        """A day as yyyy-mm-dd."""
        found = self.scalar(key)
        if found is None:
            return None
        try:
            if _DAY.fullmatch(found.text):
                return date.fromisoformat(found.text)
        except ValueError:
            pass
        self.fault(key, f"{found.text!r} is no day of the calendar.", "Write yyyy-mm-dd.")
        return None

    def instant(self, key: str) -> datetime | None:
        """An instant with its zone, in UTC."""
        found = self.scalar(key)
        if found is None:
            return None
        try:
            value = datetime.fromisoformat(found.text)
        except ValueError:
            value = None
        if value is None or value.tzinfo is None:
            self.fault(
                key, f"{found.text!r} is no instant with a zone.", "Write 2026-11-22T14:05:00Z."
            )
            return None
        return value.astimezone(UTC)

    def choice(self, key: str, kind: type[E], *, default: E | None = None) -> E | None:
        """A member of an enumeration; required unless there is a default."""
        found = self.scalar(key, required=default is None)
        if found is None:
            return default
        values = {str(member.value): member for member in kind}
        if found.text not in values:
            hint = nearest(found.text, values)
            mend = " ".join(filter(None, [hint, f"Use one of: {', '.join(values)}."]))
            self.fault(key, f"{found.text!r} is not known here.", mend)
            return default
        return values[found.text]

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(item.text for item in self.scalars(key, required=required))

    def scalars(self, key: str, *, required: bool = False) -> tuple[Scalar, ...]:
        """A list of single values, with their places."""
        entry = self._take(key, required=required)
        if entry is None:
            return ()
        if not isinstance(entry.node, Sequence):
            self.fault(key, f"{key} is a list.", "Write it as [first, second].")
            return ()
        found: list[Scalar] = []
        for item in entry.node.items:
            if isinstance(item, Scalar):
                found.append(item)
            else:
                self.fault(key, "An item is not a single value.", "Write it as [first, second].")
        return tuple(found)

    def section(self, key: str, *, required: bool = False) -> "Section | None":
        """The mapping below a key."""
        entry = self._take(key, required=required)
        if entry is None:
            return None
        return self._below(entry.node, self.path_of(key))

    def sections(self, key: str) -> "list[tuple[str, Section]]":
        """The named mappings below a key, in the order of the text."""
        outer = self.section(key)
        found: list[tuple[str, Section]] = []
        for name in outer.names() if outer else ():
            inner = outer.section(name) if outer else None
            if inner is not None:
                found.append((name, inner))
        return found

    def items(self, key: str, *, required: bool = False) -> "list[Section]":
        """The mappings of a list below a key."""
        entry = self._take(key, required=required)
        if entry is None:
            return []
        if not isinstance(entry.node, Sequence):
            self.fault(key, f"{key} is a list.", "Begin each item with `- `.")
            return []
        path = self.path_of(key)
        found = [
            self._below(item, f"{path}[{at}]") for at, item in enumerate(entry.node.items, start=1)
        ]
        return [section for section in found if section is not None]

    def names(self) -> tuple[str, ...]:
        """The keys of a mapping of names; each must be an identifier."""
        for name, entry in self.table.entries.items():
            if NAME.fullmatch(name) is None:
                self.log.add(
                    entry.place,
                    self.path_of(name),
                    f"{name!r} is no name.",
                    "Use small letters, digits and _: dpd_max.",
                )
        return tuple(self.table.entries)

    def node(self, key: str) -> Node | None:
        """The raw value of a key, for a reader of its own."""
        entry = self._take(key, required=False)
        return entry.node if entry else None

    def finish(self) -> None:
        """Complain of every key that was not read, with the name it may have been meant for."""
        for key, entry in self.table.entries.items():
            if key not in self._taken:
                open_keys = sorted(self._taken - set(self.table.entries))
                hint = nearest(key, open_keys)
                self.log.add(
                    entry.place,
                    self.path_of(key),
                    f"{key!r} is not a key of this section.",
                    hint or f"The keys are: {', '.join(sorted(self._taken))}.",
                )

    def _take(self, key: str, *, required: bool) -> Entry | None:
        self._taken.add(key)
        entry = self.table.entries.get(key)
        if entry is None and required:
            self.log.add(
                self.place, self.path_of(key), f"{key} is missing.", f"Write `{key}: ...`."
            )
        return entry

    def _below(self, node: Node, path: str) -> "Section | None":
        if isinstance(node, Table):
            return Section(node, path=path, log=self.log)
        self.log.add(node.place, path, "This is a mapping of keys.", "Write `key: value` lines.")
        return None


def unique(items: Iterable[tuple[str, Place]], *, what: str, path: str, log: MistakeLog) -> None:
    """Complain of a name that stands twice."""
    seen: dict[str, Place] = {}
    for name, place in items:
        if name in seen:
            log.add(
                place,
                path,
                f"The {what} {name!r} stands twice (first in line {seen[name].line}).",
                "Give each its own.",
            )
        seen.setdefault(name, place)


def read_type(section: Section, key: str = "type", *, default: Type = TEXT) -> Type:
    """A type of the language."""
    found = section.scalar(key, required=True)
    if found is None:
        return default
    try:
        return parse_type(found.text)
    except ExpressionRefused as refused:
        section.fault(key, sentence(refused.problem, code=found.text), sentence(refused.remedy))
        return default


Reader = Callable[[Section], object]
