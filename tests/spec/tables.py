"""The semantics of the language as tables: each row holds on every engine.

The manual in docs/language.md is rendered from these tables. Values are texts in the canonical
form of their type, None is NULL.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Given: TypeAlias = str | None
Row: TypeAlias = tuple[str, Mapping[str, Given], str | bool | None]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of (expression, inputs, result) over inputs of the given types."""

    title: str
    text: str
    types: Mapping[str, str]
    rows: Sequence[Row]
    lists: Mapping[str, tuple[str, Sequence[str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusals:
    """Rows of (expression, code): each is refused at publish for that reason."""

    title: str
    text: str
    types: Mapping[str, str]
    rows: Sequence[tuple[str, str]]
