"""Calendars that the deadline tests share."""

import pytest

from goodstanding.deadlines.calendar import Calendar, freeze_calendar, load_calendar_definition


@pytest.fixture(scope="session")
def calendars() -> dict[str, Calendar]:
    """The shipped calendars, frozen for 2024 to 2028."""
    names = ("england", "scotland", "bavaria", "berlin", "london_nights")
    return {
        name: freeze_calendar(
            definition=load_calendar_definition(name=name), first_year=2024, last_year=2028
        )
        for name in names
    }
