"""Refusals of pages."""

from goodstanding.core.errors import Refusal


class NotSortable(Refusal):
    """The list cannot be sorted by {asked!r}."""

    code = "not_sortable"
    status = 400
    mend = "Sort by one of: {columns}; put - before it to descend."


class NotAPage(Refusal):
    """There is no page {asked!r} of this list."""

    code = "not_a_page"
    status = 404
    mend = "The list has pages 1 to {pages}."


class NotAFormat(Refusal):
    """A list cannot be exported as {asked!r}."""

    code = "not_a_format"
    status = 400
    mend = "Ask for one of: {formats}."


class NotAMoment(Refusal):
    """{text!r} is not a past moment."""

    code = "not_a_moment"
    status = 422
    mend = "Give a date and time in UTC that has passed, for example 2026-10-31 17:00."


class PastIsReadOnly(Refusal):
    """You are looking at {as_of}: nothing can be changed from there."""

    code = "past_is_read_only"
    status = 409
    mend = "Return to now, then do it again."


class OwnSecondFactor(Refusal):
    """Nobody ends their own second factor as an administrator."""

    code = "own_second_factor"
    status = 409
    mend = "Remove the app on your own account, with its code, or ask another administrator."


class NoSecondFactor(Refusal):
    """{person} has no second factor to end."""

    code = "no_second_factor"
    status = 409
    mend = "Nothing is left to do: they sign in by password alone."


class NotText(Refusal):
    """The address holds a sign that no text has."""

    code = "not_text"
    status = 400
    mend = "Type again what you look for."
