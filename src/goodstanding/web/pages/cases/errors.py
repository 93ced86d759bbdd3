"""Refusals of the case pages."""

from goodstanding.core.errors import Refusal


class ActsInThePast(Refusal):
    """You look at {moment}, and the past cannot be changed."""

    code = "acts_in_the_past"
    status = 409
    mend = "Return to now, by the banner on top, and act then."
