"""Refusals of the team room."""

from goodstanding.core.errors import Refusal


class CertifiesThemselves(Refusal):
    """{person} cannot certify themselves."""

    code = "certifies_themselves"
    status = 409
    mend = "Ask another certified person, or the manager."


class TermInvalid(Refusal):
    """It would end at {until_at}, which is not after {from_at}."""

    code = "term_invalid"
    mend = "Choose an end after the start."


class ShiftOverlaps(Refusal):
    """{person} has a shift already within {from_at} to {until_at}."""

    code = "shift_overlaps"
    status = 409
    mend = "Choose another time; the roster shows the shifts there are."


class AlreadyMember(Refusal):
    """{person} takes work from {queue} already."""

    code = "already_member"
    status = 409


class AlreadyEnded(Refusal):
    """This {what} has ended already."""

    code = "already_ended"
    status = 409


class NotAboutYou(Refusal):
    """{reader} may not read the figures of {person}."""

    code = "not_about_you"
    status = 403
    mend = "A person's figures are for that person and their manager; leaders see the team's sums."
