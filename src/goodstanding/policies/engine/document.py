"""YAML as a policy may use it: a small closed part, each value with its line and column.

Scalars stay text: what they mean is decided by the place where they stand, so `NO` is Norway in
a list of countries and 1.10 keeps its zero. Anchors, tags, merge keys and a key that stands twice
are refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml
from yaml.composer import Composer
from yaml.resolver import Resolver

from goodstanding.core.collection import paused_collection
from goodstanding.policies.engine.mistakes import Mistake, MistakeLog, Place, PolicyRefused

_EVENTS: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # absent where libyaml was not built
TEXT_MAX = 4 * 1024 * 1024
NESTING_MAX = 24
_SINGLE, _DOUBLE, _LITERAL, _FOLDED = "'", '"', "|", ">"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, a number, a date: the characters as meant, and where they stand."""

    text: str
    place: Place
    style: str = ""
    source: str = ""

    @property
    def is_quoted(self) -> bool:
        """Whether the author put it in quotes."""
        return self.style in {_SINGLE, _DOUBLE}

    def place_of(self, *, line: int, column: int) -> Place:
        """The place in the file of a place inside of `text`, both counted from 1.

        Characters of the text and of the file are paired in order; white space, which YAML folds,
        and marks of escape are left out.
        """
        ordinal = len("".join(self.text[: _offset(self.text, line=line, column=column)].split()))
        row, col, before = self.place.line, self.place.column, ""
        for character in self.source:
            if not character.isspace() and not self._escapes(before, character):
                if ordinal == 0:
                    return Place(row, col)
                ordinal -= 1
                before = character
            else:
                before = "" if before else character
            row, col = (row + 1, 1) if character == "\n" else (row, col + 1)
        return self.place

    def _escapes(self, before: str, character: str) -> bool:
        if self.style == _SINGLE:
            return character == before == "'"
        return self.style == _DOUBLE and character == "\\" != before


@dataclass(frozen=True, slots=True)
class Sequence:
    """Items in their order."""

    items: "tuple[Node, ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping, with the place of the key."""

    place: Place
    node: "Node"


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping in the order of the text."""

    entries: "Mapping[str, Entry]"
    place: Place

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)


Node: TypeAlias = Scalar | Sequence | Table


def read_document(text: str, *, source: str) -> Table:
    """The mapping that a policy text holds.

    Raises PolicyRefused, with line and column of each fault, for what is not YAML of the closed
    part or is larger than 4 MB.
    """
    log = MistakeLog()
    if len(text) > TEXT_MAX:
        log.add(Place(1, 1), "", "The text is longer than 4 MB.", "Split the policy.")
        raise PolicyRefused(source=source, mistakes=log.mistakes)
    try:
        root = compose(text)
    except yaml.YAMLError as error:
        raise PolicyRefused(source=source, mistakes=(_yaml_mistake(error),)) from error
    except RecursionError as error:
        log.add(Place(1, 1), "", "The text is nested too deep.", "Lay it out flatter.")
        raise PolicyRefused(source=source, mistakes=log.mistakes) from error
    found = _Composer(text, log).table_of(root)
    log.refuse(source=source)
    return found


@paused_collection()
def compose(text: str) -> Any:
    """The nodes of PyYAML, with their marks; raises what PyYAML raises."""
    return _Loader(text).get_single_node()


def _yaml_mistake(error: yaml.YAMLError) -> Mistake:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    problem = error.problem if isinstance(error, yaml.MarkedYAMLError) else str(error)
    if isinstance(error, yaml.MarkedYAMLError) and str(problem).startswith("but "):
        problem = f"{error.context} {problem}"  # the sentence begins in the context
    problem = " ".join(str(problem).partition("\n")[0].split())
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    return Mistake(
        place=place,
        path="",
        message=f"This is not YAML: {problem}.",
        mend="Check the indentation and quotes; put a text that holds ': ' or '#' in quotes.",
    )


class _Loader(Composer, Resolver):
    """Nodes composed in Python, so that depth ends in a RecursionError, of libyaml's events.

    PyYAML's own scanner needs ten times as long, and its composer in C has no end of depth.
    """

    def __init__(self, text: str) -> None:
        Composer.__init__(self)
        Resolver.__init__(self)
        events = _EVENTS(text)
        self.check_event = events.check_event
        self.peek_event = events.peek_event
        self.get_event = events.get_event


class _Composer:
    """Turns the nodes of PyYAML into ours."""

    def __init__(self, text: str, log: MistakeLog) -> None:
        self._text = text
        self._log = log
        self._seen: set[int] = set()

    def table_of(self, root: yaml.Node | None) -> Table:
        if not isinstance(root, yaml.MappingNode):
            self._log.add(
                Place(1, 1),
                "",
                "A policy is a mapping of sections.",
                "Begin with `policy: <name>` and the sections below it.",
            )
            return Table({}, Place(1, 1))
        return self._table(root, path="", depth=0)

    def _node(self, node: yaml.Node, *, path: str, depth: int, at: Place | None = None) -> Node:
        place = _place(node)
        if id(node) in self._seen:
            self._log.add(
                at or place,
                path,
                "An alias (`*name`) is not read.",
                "Write the value here again.",
            )
            return Scalar("", place)
        self._seen.add(id(node))
        if depth > NESTING_MAX:
            self._log.add(place, path, "This is nested too deep.", "Lay it out flatter.")
            return Scalar("", place)
        match node:
            case yaml.MappingNode():
                return self._table(node, path=path, depth=depth)
            case yaml.SequenceNode():
                self._check_tag(node, path, allowed="seq")
                items = (
                    self._node(item, path=f"{path}[{at}]", depth=depth + 1)
                    for at, item in enumerate(node.value, start=1)
                )
                return Sequence(tuple(items), place)
            case yaml.ScalarNode():
                return self._scalar(node, path=path)
            case _:
                raise TypeError(f"PyYAML composed a {type(node).__name__}")

    def _table(self, node: yaml.MappingNode, *, path: str, depth: int) -> Table:
        self._check_tag(node, path, allowed="map")
        entries: dict[str, Entry] = {}
        for key, value in node.value:
            place = _place(key)
            if isinstance(key, yaml.ScalarNode) and key.value == "<<":
                self._log.add(
                    place, path, "A merge key (`<<`) is not read.", "Write its keys here again."
                )
                continue
            if not isinstance(key, yaml.ScalarNode) or not key.value:
                self._log.add(place, path, "A key is a plain name.", "Write `name: value`.")
                continue
            if key.value in entries:
                self._log.add(
                    place,
                    f"{path}.{key.value}".lstrip("."),
                    f"The key {key.value!r} stands twice (first in line"
                    f" {entries[key.value].place.line}).",
                    "Keep one of them.",
                )
            below = f"{path}.{key.value}".lstrip(".")
            found = self._node(value, path=below, depth=depth + 1, at=_after(key))
            entries[key.value] = Entry(place, found)
        return Table(entries, _place(node))

    def _scalar(self, node: yaml.ScalarNode, *, path: str) -> Scalar:
        style = str(node.style or "")
        explicit = not node.tag.startswith("tag:yaml.org,2002:") or self._starts_with_tag(node)
        if explicit:
            self._refuse_mark(node, path)
        raw = self._text[node.start_mark.index : node.end_mark.index]
        row, col = node.start_mark.line + 1, node.start_mark.column + 1
        if style in {_SINGLE, _DOUBLE}:
            return Scalar(node.value, Place(row, col + 1), style, raw[1:-1])
        if style in {_LITERAL, _FOLDED}:
            _, _, body = raw.partition("\n")
            return Scalar(node.value, Place(row + 1, 1), style, body)
        return Scalar(node.value, Place(row, col), "", raw)

    def _check_tag(self, node: yaml.Node, path: str, *, allowed: str) -> None:
        if node.tag != f"tag:yaml.org,2002:{allowed}" or self._starts_with_tag(node):
            self._refuse_mark(node, path)

    def _refuse_mark(self, node: yaml.Node, path: str) -> None:
        place = _place(node)
        if self._text.startswith("&", node.start_mark.index):
            self._log.add(place, path, "An anchor (`&name`) is not read.", "Leave it out.")
        else:
            self._log.add(place, path, "Tags (`!...`) are not read.", "Leave the tag out.")

    def _starts_with_tag(self, node: yaml.Node) -> bool:
        return self._text.startswith(("!", "&"), node.start_mark.index)


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _after(key: yaml.Node) -> Place:
    """Where the value of a key begins, when it stands on the key's line."""
    return Place(key.end_mark.line + 1, key.end_mark.column + 3)


def _offset(text: str, *, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start + column - 1
