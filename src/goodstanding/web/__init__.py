"""People ask.  Pages."""
