"""What an author wrote, untyped, each part with its place in the text."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, both from 1, in the text that holds the expression."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Name:
    """An input or parameter."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Number:
    """Digits as written, perhaps with a point; never a sign or an exponent."""

    digits: str
    place: Place


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text, in NFC."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Day:
    """DATE 'yyyy-mm-dd', not yet checked."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Constant:
    """TRUE, FALSE or NULL (None)."""

    value: bool | None
    place: Place


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator or a function call; a call's operator is its name in lower case."""

    operator: str
    arguments: tuple["Syntax", ...]
    place: Place
    is_call: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """CASE with its branches in order."""

    operand: "Syntax | None"
    branches: tuple[tuple["Syntax", "Syntax"], ...]
    default: "Syntax | None"
    place: Place


Syntax: TypeAlias = Name | Number | Text | Day | Constant | Apply | Choice
