"""LIKE patterns, read once at publish into plain text and wildcards."""

import re

from goodstanding.language.refusals import refusal
from goodstanding.language.syntax import Place
from goodstanding.language.tree import Wildcard


def read_pattern(pattern: str, escape: str | None, place: Place) -> tuple[str | Wildcard, ...]:
    """The parts of a pattern: `%` any run of characters, `_` one code point, the rest as it is.

    Raises ExpressionRefused for a backslash without ESCAPE, and for an escape character that is
    not one character or does not stand before `%`, `_` or itself.
    """
    if escape is None and "\\" in pattern:
        raise refusal(
            "like_backslash",
            "a backslash in LIKE is an escape on some engines and a plain character on others.",
            "name an escape character, for example LIKE '10!%%' ESCAPE '!'.",
            place,
        )
    if escape is not None and (len(escape) != 1 or escape in "%_"):
        raise refusal(
            "like_escape", "ESCAPE is one character, not % or _.", "write ESCAPE '!'.", place
        )
    parts: list[str | Wildcard] = []
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            following = next(characters, "")
            if following not in ("%", "_", escape):
                raise refusal(
                    "like_escape",
                    f"{escape} stands before neither %, _ nor itself.",
                    f"write {escape}{escape} for the character itself.",
                    place,
                )
            _append(parts, following)
        elif character in "%_":
            parts.append(Wildcard(character))
        else:
            _append(parts, character)
    return tuple(parts)


def write_pattern(parts: tuple[str | Wildcard, ...], escape: str) -> str:
    """The pattern as text again, every special character of a plain part escaped."""
    special = {"%", "_", escape}
    return "".join(
        part.value
        if isinstance(part, Wildcard)
        else "".join(escape + letter if letter in special else letter for letter in part)
        for part in parts
    )


def runs_of(parts: tuple[str | Wildcard, ...]) -> tuple[tuple[str | Wildcard, ...], ...]:
    """What stands between the `%` of a pattern, at least one run; two `%` in a row are one.

    The first run is anchored at the start of the text and the last at its end. Those between are
    found from left to right, each at its first place: no other choice could succeed instead.
    """
    runs: list[list[str | Wildcard]] = [[]]
    for part in parts:
        if part is Wildcard.ANY_RUN:
            runs.append([])
        else:
            runs[-1].append(part)
    middle = [run for run in runs[1:-1] if run]
    return tuple(map(tuple, (runs[0], *middle, *runs[1:][-1:])))


def regular(run: tuple[str | Wildcard, ...]) -> str:
    """A run as a regular expression, in which `.` has to stand for a line end too."""
    return "".join("." if isinstance(part, Wildcard) else re.escape(part) for part in run)


def _append(parts: list[str | Wildcard], character: str) -> None:
    if parts and isinstance(parts[-1], str):
        parts[-1] += character
    else:
        parts.append(character)
