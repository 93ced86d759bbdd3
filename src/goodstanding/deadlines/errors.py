"""Refusals of the deadlines room; each docstring is the message a person reads."""

from goodstanding.core.errors import Refusal


class CalendarInvalid(Refusal):
    """The calendar {name} cannot be read: {why}."""

    code = "calendar_invalid"
    mend = "Mend the calendar's file at the place named."


class CalendarHorizonExceeded(Refusal):
    """The calendar {name} knows {known} only, and {wanted} lies outside."""

    code = "calendar_horizon_exceeded"
    mend = "Freeze a longer version of the calendar."


class ClockInvalid(Refusal):
    """The clock cannot be read: {why}."""

    code = "clock_invalid"
    mend = "Mend the parameter named."


class PauseInvalid(Refusal):
    """The pause cannot be counted: {why}."""

    code = "pause_invalid"
    mend = "Mend its start or its end, or use a clock that counts time."


class LegalDeadlineRunsOn(Refusal):
    """The deadline {kind} is a legal one, and the law neither pauses nor moves it."""

    code = "legal_deadline_runs_on"
    status = 409
    mend = "Satisfy it, or cancel it with the reason why the duty fell away."


class DeadlineEnded(Refusal):
    """The deadline {kind} has ended: it was {how}."""

    code = "deadline_ended"
    status = 409
    mend = "Open a new deadline; what ended stands as it was."


class PauseNotOpen(Refusal):
    """The pause has ended already, at {ended_at}."""

    code = "pause_not_open"
    status = 409


class ReasonMissing(Refusal):
    """{verb} needs a reason."""

    code = "reason_missing"
    mend = "Say why in words that a colleague understands a year from now."
