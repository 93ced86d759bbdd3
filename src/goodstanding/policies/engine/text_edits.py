"""Edits of a policy's text that leave every other byte where it is.

The text is composed once by PyYAML, whose marks say where each value begins and ends; an edit
replaces the characters between two of them. Comments, order, quotes and spacing elsewhere are
never read, so they cannot change.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, cast

import yaml

from goodstanding.core.errors import Refusal
from goodstanding.policies.engine.document import compose

WIDTH = 100
_PLAIN = re.compile(r"[^\s].*[^\s]|[^\s]", re.DOTALL)
_NULLS = frozenset({"null", "~", "Null", "NULL"})


class TextNotEditable(Refusal):
    """This part of the text cannot be changed by a form: {why}."""

    code = "text_not_editable"
    mend = "Change it in the text."


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Characters from `start` up to `end` become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """The lines of one item of a list, with the comment lines right above it."""

    start: int
    end: int
    item: yaml.Node


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with edits put in, which do not overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


@dataclass(frozen=True)
class TextMap:
    """A readable policy text with its places."""

    text: str

    @cached_property
    def root(self) -> yaml.MappingNode:
        """The mapping of sections."""
        return cast("yaml.MappingNode", compose(self.text))

    def section(self, name: str) -> yaml.Node | None:
        """The value of a section; None where it is not there."""
        return value_at(self.root, name)

    def items(self, section: str) -> tuple[yaml.MappingNode, ...]:
        """The mappings of a list."""
        node = self.section(section)
        if not isinstance(node, yaml.SequenceNode):
            return ()
        return tuple(item for item in node.value if isinstance(item, yaml.MappingNode))

    def item(self, section: str, key: str, name: str) -> yaml.MappingNode:
        """The mapping of a list whose `key` is `name`; raises TextNotEditable."""
        for item in self.items(section):
            found = value_at(item, key)
            if isinstance(found, yaml.ScalarNode) and found.value == name:
                return item
        raise TextNotEditable(why=f"{section} has no {name}")

    def chunks(self, section: str) -> tuple[Chunk, ...]:
        """The lines of each item of a list that is laid out in lines; raises TextNotEditable."""
        node = self.section(section)
        if not isinstance(node, yaml.SequenceNode) or (node.flow_style and node.value):
            raise TextNotEditable(why=f"{section} is not a list with an item a line")
        found: list[Chunk] = []
        for item in node.value:
            start = self._line_start(item.start_mark.index)
            if found and start < found[-1].end:
                raise TextNotEditable(why=f"two items of {section} share a line")
            found.append(Chunk(self._above(start), self.line_end(self.end_of(item)), item))
        return tuple(found)

    def end_of(self, node: yaml.Node) -> int:
        """Where the last character of a value stands, plus one."""
        start, end = node.start_mark.index, node.end_mark.index
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last: Any = node.value[-1]
            return self.end_of(last[1] if isinstance(node, yaml.MappingNode) else last)
        return start + len(self.text[start:end].rstrip())

    def line_end(self, at: int) -> int:
        """Behind the line end of the line in which the character before `at` stands."""
        found = self.text.find("\n", max(0, at - 1) if self.text[at - 1 : at] == "\n" else at)
        return len(self.text) if found < 0 else found + 1

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _above(self, start: int) -> int:
        """Where the comment lines right above a line begin."""
        while start:
            before = self._line_start(start - 1)
            if not self.text[before:start].lstrip().startswith("#"):
                break
            start = before
        return start

    def set_value(
        self, mapping: yaml.MappingNode, key: str, value: str, *, after: Sequence[str] = ()
    ) -> Edit:
        """Put a single value under a key; a new key stands below the last of `after`."""
        node = value_at(mapping, key)
        if node is None:
            written = written_value(
                value, flow=bool(mapping.flow_style), indent=self._indent(mapping)
            )
            return self.add_entry(mapping, f"{key}: {written}", after=after)
        if not isinstance(node, yaml.ScalarNode):
            raise TextNotEditable(why=f"{key} is not a single value")
        style = str(node.style or "")
        written = written_value(
            value, flow=bool(mapping.flow_style), indent=self._indent(mapping), style=style
        )
        return Edit(node.start_mark.index, self.end_of(node), written)

    def set_written(
        self, mapping: yaml.MappingNode, key: str, written: str, *, after: Sequence[str] = ()
    ) -> Edit:
        """Put something that is YAML already under a key."""
        node = value_at(mapping, key)
        if node is None:
            return self.add_entry(mapping, f"{key}: {written}", after=after)
        return Edit(node.start_mark.index, self.end_of(node), written)

    def add_entry(self, mapping: yaml.MappingNode, entry: str, *, after: Sequence[str]) -> Edit:
        """A new entry behind the last of the keys that are there, else behind the first."""
        there = [pair for pair in mapping.value if pair[0].value in after] or mapping.value[:1]
        end = self.end_of(there[-1][1])
        if mapping.flow_style:
            return Edit(end, end, f", {entry}")
        end = self.line_end(end)
        glue = "" if self.text[end - 1 : end] == "\n" else "\n"
        return Edit(end, end, f"{glue}{self._indent(mapping)}{entry}\n")

    def remove_entry(self, mapping: yaml.MappingNode, key: str) -> Edit | None:
        """Take a key out; None where it is not there."""
        at = next((at for at, pair in enumerate(mapping.value) if pair[0].value == key), None)
        if at is None:
            return None
        first, last = mapping.value[at]
        if not mapping.flow_style:
            return Edit(
                self._line_start(first.start_mark.index), self.line_end(self.end_of(last)), ""
            )
        if at:
            return Edit(self.end_of(mapping.value[at - 1][1]), self.end_of(last), "")
        following = mapping.value[1][0].start_mark.index if len(mapping.value) > 1 else None
        return Edit(first.start_mark.index, following or self.end_of(last), "")

    def add_item(self, section: str, lines: Sequence[str], *, at: int | None = None) -> Edit:
        """A new item of a list, behind the last or before item `at`; lines without indentation."""
        node = self.section(section)
        if node is None:
            glue = "\n" if self.text.endswith("\n") else "\n\n"
            block = "".join(f"  {line}\n" if line else "\n" for line in lines)
            return Edit(len(self.text), len(self.text), f"{glue}{section}:\n{block}")
        if isinstance(node, yaml.SequenceNode) and not node.value:
            block = "".join(f"\n  {line}" if line else "\n" for line in lines)
            return Edit(node.start_mark.index, self.end_of(node), block)
        chunks = self.chunks(section)
        dash = self.text.rfind("-", 0, chunks[0].item.start_mark.index)
        indent = self.text[self._line_start(dash) : dash]
        block = "".join(f"{indent}{line}\n" if line else "\n" for line in lines)
        gap = "\n" if self._has_gaps(chunks) else ""
        if at is not None and at < len(chunks):
            return Edit(chunks[at].start, chunks[at].start, f"{block}{gap}")
        end = chunks[-1].end
        glue = "" if self.text[end - 1 : end] == "\n" else "\n"
        return Edit(end, end, f"{glue}{gap}{block}")

    def move_item(self, section: str, *, at: int, to: int) -> Iterator[Edit]:
        """The item `at` stands where `to` stood; the lines between items stay where they are."""
        chunks = self.chunks(section)
        order = list(range(len(chunks)))
        order.insert(to, order.pop(at))
        for chunk, other in zip(chunks, order, strict=True):
            moved = self.text[chunks[other].start : chunks[other].end]
            if not moved.endswith("\n"):
                moved += "\n"
            if chunks[other] is not chunk:
                yield Edit(chunk.start, chunk.end, moved)

    def _has_gaps(self, chunks: Sequence[Chunk]) -> bool:
        """Whether empty lines stand between the items."""
        gaps = (left.end < right.start for left, right in pairwise(chunks))
        return any(gaps) or len(chunks) == 1

    def _indent(self, mapping: yaml.MappingNode) -> str:
        return " " * mapping.value[0][0].start_mark.column if mapping.value else "  "


def value_at(mapping: yaml.MappingNode, key: str) -> yaml.Node | None:
    """The value under a key; None where it is not there."""
    for name, value in mapping.value:
        if name.value == key:
            return cast("yaml.Node", value)
    return None


def written_value(value: str, *, flow: bool, indent: str = "", style: str = "") -> str:
    """A text as YAML has it, read back as the same text: plain where that is possible.

    `style` is how the value was written before; a long one is folded where there is room.
    """
    if style in {"'", '"'}:
        return _quoted(value, style)
    if not flow and len(indent) + len(value) > WIDTH - 10:
        folded = _folded(value, f"{indent}  ")
        if folded:
            return folded
    if _is_plain(value, flow=flow):
        return value
    return _quoted(value, '"' if "'" in value and '"' not in value else "'")


def _is_plain(value: str, *, flow: bool) -> bool:
    if "\n" in value or _PLAIN.fullmatch(value) is None or value in _NULLS:
        return False
    document = f"[{value}]" if flow else f"k: {value}"
    try:
        root = compose(document)
    except (yaml.YAMLError, RecursionError):
        return False
    node = root.value[0] if flow else root.value[0][1]
    return (
        len(root.value) == 1
        and isinstance(node, yaml.ScalarNode)
        and node.value == value
        and not node.style
        and value[0] not in "!&*"
        and " #" not in value
    )


def _quoted(value: str, style: str) -> str:
    """In quotes; a text with line ends or characters that do not print is escaped."""
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    escaped = "".join(map(_escaped, value))
    return f'"{escaped}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character == "\n":
        return "\\n"
    if character.isprintable():
        return character
    code = ord(character)
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else (f"\\U{code:08x}")
    )


def _folded(value: str, indent: str) -> str:
    """Folded over lines; empty where folding would change a space."""
    if not value.isprintable() or "  " in value or value != value.strip() or value[:1] in "#%":
        return ""
    lines = textwrap.wrap(
        value,
        width=max(40, WIDTH - len(indent)),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join([">-", *(f"{indent}{line}" for line in lines)])


def written_flow(entries: Sequence[tuple[str, str]], *, indent: str = "") -> str:
    """A mapping in braces, wrapped below `indent`; names and values are YAML already."""
    parts = [f"{name}: {value}" for name, value in entries]
    line = "{" + ", ".join(parts) + "}"
    if len(line) <= WIDTH - len(indent) - 12:
        return line
    rows: list[str] = [""]
    for at, part in enumerate(parts):
        piece = part + ("}" if at == len(parts) - 1 else ",")
        if rows[-1] and len(indent) + len(rows[-1]) + len(piece) + 2 > WIDTH:
            rows.append("")
        rows[-1] += f" {piece}" if rows[-1] else piece
    return "\n" + f"{indent}{{" + f"\n{indent} ".join(rows)
