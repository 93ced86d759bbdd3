"""Refusals of the pages of decisions."""

from goodstanding.core.errors import Refusal


class NotADay(Refusal):
    """{text!r} is not a day."""

    code = "not_a_day"
    mend = "Write it as yyyy-mm-dd, for example 2026-11-22."
