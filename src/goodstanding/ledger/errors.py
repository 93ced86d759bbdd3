"""Refusals of the ledger."""

from goodstanding.core.errors import Refusal


class FactTwice(Refusal):
    """The fact {kind} of {subject} appears twice in one recording."""

    code = "fact_twice"
    mend = "Record the first version, then the correction, one after the other."


class NothingToRetract(Refusal):
    """There is no fact {kind} of {subject} to retract."""

    code = "nothing_to_retract"
    status = 404
    mend = "Check kind and subject; a fact that was retracted already stays so."


class AmountWithoutCurrency(Refusal):
    """The fact {kind} of {subject} has an amount without a currency, or the other way round."""

    code = "amount_without_currency"
    mend = "Give amount_minor and currency together, or neither."


class FactRecordedInFuture(Refusal):
    """The fact {kind} of {subject} is said to be recorded at {recorded_at}, which lies ahead."""

    code = "recorded_in_future"
    mend = "Leave recorded_at out, or give the instant at which the source knew it."


class VersionRecordedBackwards(Refusal):
    """A new version of {kind} of {subject} would be recorded before the version it corrects."""

    code = "version_recorded_backwards"
    status = 409
    mend = "Record corrections with the instant at which they became known."


class FactChangedMeanwhile(Refusal):
    """Somebody else recorded a version of one of these facts at the same moment."""

    code = "fact_changed_meanwhile"
    status = 409
    mend = "Read the fact again and record the correction anew."
