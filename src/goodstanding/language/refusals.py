"""How the readers of an expression refuse: a code, a sentence and a mend, at a place."""

from goodstanding.language.banned import Ban
from goodstanding.language.errors import ExpressionRefused
from goodstanding.language.syntax import Place

DEPTH_MAX = 24


def refusal(code: str, message: str, mend: str, place: Place) -> ExpressionRefused:
    """A refusal at a place."""
    return ExpressionRefused(
        code=code, message=message, mend=mend, line=place.line, column=place.column
    )


def banned(ban: Ban, raw: str, place: Place) -> ExpressionRefused:
    """The refusal of a construct that SQL has and the profile has not."""
    named = raw if raw[0].isalnum() else f"`{raw}`"
    return refusal(ban.code, f"{named}: {ban.message}", ban.mend, place)


def broken(place: Place) -> ExpressionRefused:
    """The refusal of a text that is no expression at all."""
    return refusal(
        "syntax",
        "this is no expression: an operator, a value or a bracket is missing or too many here.",
        "join two values by an operator, and close every bracket, CASE and text.",
        place,
    )


def chained(place: Place) -> ExpressionRefused:
    """The refusal of a comparison inside a comparison, without brackets."""
    return refusal(
        "chained_comparison",
        "a condition stands directly inside another comparison; engines disagree on what that"
        " means.",
        "write 1 < x AND x < 5, or x BETWEEN 1 AND 5, or put the inner one in brackets.",
        place,
    )


def too_deep(place: Place) -> ExpressionRefused:
    """The refusal of an expression nested further than any reader can follow."""
    return refusal(
        "too_deep",
        f"brackets, calls and operators are nested more than {DEPTH_MAX} deep.",
        "name the inner part as a derived value and use that.",
        place,
    )
