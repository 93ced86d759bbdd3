"""Refusals: what we expect to go wrong, said to a person and to a machine in one place."""

import inspect
from datetime import UTC, datetime, timedelta
from typing import ClassVar


class Refusal(Exception):
    """The request was refused."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    mend: ClassVar[str] = ""

    def __init__(
        self, *, field: str | None = None, mend: str | None = None, **facts: object
    ) -> None:
        """Refuse.

        The class's docstring is the message, filled with `facts`. `field` is the name of the
        input that was wrong; `mend`, where given, replaces the class's own advice.
        """
        template = inspect.cleandoc(type(self).__doc__ or Refusal.__doc__ or "")
        self.facts = facts
        self.field = field
        told = {key: _told(value) for key, value in facts.items()}
        self.message = template.format(**told)
        self.advice = (mend or type(self).mend).format(**told)
        super().__init__(self.message)

    def __str__(self) -> str:
        """Message, field and mend, as a command line shows them."""
        where = f" (field: {self.field})" if self.field else ""
        return f"{self.message}{where}" + (f" {self.advice}" if self.advice else "")

    def as_problem(self) -> dict[str, object]:
        """The refusal as a problem document (RFC 9457, application/problem+json)."""
        problem: dict[str, object] = {
            "type": f"urn:goodstanding:refusal:{self.code}",
            "title": self.message,
            "status": self.status,
            "code": self.code,
        }
        if self.field:
            problem["field"] = self.field
        if self.advice:
            problem["mend"] = self.advice
        return problem


def _told(fact: object) -> object:
    """A fact as a sentence says it: an instant to the minute with its zone, a time in words."""
    if isinstance(fact, timedelta):
        return _time_in_words(fact)
    if not isinstance(fact, datetime) or fact.tzinfo is None:
        return fact
    instant = fact.astimezone(UTC)
    return f"{instant.day} {instant:%b %Y %H:%M} UTC"


def _time_in_words(length: timedelta) -> str:
    """A length of time by its largest unit: 3 days, 90 minutes, 30 seconds."""
    seconds = round(length.total_seconds())
    units = (("day", 86_400), ("minute", 60), ("second", 1))
    name, unit = next(each for each in units if seconds >= 2 * each[1] or each[1] == 1)
    count = seconds // unit
    return f"{count:,} {name}" + ("" if count == 1 else "s")


class Forbidden(Refusal):
    """{who} may not {verb}."""

    code = "forbidden"
    status = 403
    mend = "Ask an administrator for one of the roles: {roles}."


class TablesNotCurrent(Refusal):
    """The database lacks tables that this version needs."""

    code = "tables_not_current"
    status = 503
    mend = "Run `goodstanding migrations`, or `goodstanding run`, which does so itself."


class NotFound(Refusal):
    """There is no {what} {key}."""

    code = "not_found"
    status = 404
    mend = "Check the id; it may belong to another legal entity."
