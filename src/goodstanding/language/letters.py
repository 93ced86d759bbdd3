"""Letters that look like ours and are not: which one it is, where, and what to write instead."""

import unicodedata

from goodstanding.language.errors import ExpressionRefused
from goodstanding.language.refusals import refusal
from goodstanding.language.syntax import Place

# Cyrillic and Greek letters that look like Latin ones, and signs of the printed page.
_ALIKE = dict(
    zip(
        "АВЕКМНОРСТХаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧον‘’‚“”„−–—×≤≥≠",  # noqa: RUF001 - they are meant
        [*"ABEKMHOPCTXaeopcyxijsABEZHIKMNOPTYXov", *"''''''---*", "<=", ">=", "<>"],
        strict=True,
    )
)
_PLAIN = "names are letters, digits and _; see the language manual."


def foreign_letter(raw: str, place: Place) -> ExpressionRefused:
    """The refusal of a token that the language has no use for, at its first foreign character.

    A character outside of ASCII is named by its code and its Unicode name, since many of them
    look like one that is allowed, or like nothing at all.
    """
    for at, character in enumerate(raw):
        if not character.isascii():
            called = unicodedata.name(character, "a character without a name").lower()
            return refusal(
                "syntax",
                f"{raw!r} holds U+{ord(character):04X} ({called}), which is no part of the"
                " language outside of a text.",
                _instead(character),
                Place(place.line, place.column + at),
            )
    return refusal("syntax", f"`{raw}`: this is no part of the language.", _PLAIN, place)


def _instead(character: str) -> str:
    plain = _ALIKE.get(character) or unicodedata.normalize("NFKC", character)
    if plain.isascii() and plain.strip():
        return f"write {plain} in its place."
    if unicodedata.category(character) in {"Cf", "Cc", "Zs"}:
        return "take it out: it is not seen, and yet it is there."
    return _PLAIN
