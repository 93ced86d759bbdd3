"""Refusals of the deadlines room; each docstring is the message a person reads."""


class CalendarInvalid(ValueError):
    """The calendar cannot be read; mend its file at the place named."""


class CalendarHorizonExceeded(ValueError):
    """The instant lies outside the days this calendar version knows; freeze a longer version."""


class ClockInvalid(ValueError):
    """The clock's parameters contradict each other; mend the one named."""


class PauseInvalid(ValueError):
    """The pause cannot be counted; mend its start, its end or the kind of clock."""
