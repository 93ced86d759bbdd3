"""By when?  Calendars, clocks, pauses, deadlines and how they came about."""
