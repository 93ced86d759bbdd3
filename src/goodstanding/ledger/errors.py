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


class MappingRefused(Refusal):
    """The mapping {problem}"""

    code = "mapping_refused"
    mend = "Mend the mapping file at that place and import again; nothing was loaded."


class UnknownColumn(Refusal):
    """The column {name!r} is not in {where}."""

    code = "unknown_column"
    mend = "Correct its name, or take it out of the mapping."


class FileUnreadable(Refusal):
    """The file {path} cannot be read: {problem}."""

    code = "file_unreadable"
    mend = "Give a csv, csv.gz or parquet file with one header."


class ImportRunning(Refusal):
    """The file {name} is being imported under this mapping at this moment."""

    code = "import_running"
    status = 409
    mend = "Wait until it has ended; what it left over is loaded by the next run."


class RowBroken(Refusal):
    """Line {line} {problem}."""

    code = "row_broken"


class ValueMissing(Refusal):
    """{name} is missing."""

    code = "value_missing"


class ValueTooLong(Refusal):
    """{name} has {length} letters; at most {longest} are taken."""

    code = "value_too_long"


class ValueUnreadable(Refusal):
    """{name}: {shown} is not {wanted}."""

    code = "value_unreadable"


class LabelMissing(Refusal):
    """No rule of the label {label!r} holds for this row."""

    code = "label_missing"
    mend = "Add a last rule without `when` to the mapping."


class ReferenceUnknown(Refusal):
    """There is no business known as {scheme} {value}."""

    code = "reference_unknown"
    mend = "Import the businesses first; this row loads with the next import of the file."


class NoRowWaits(Refusal):
    """None of these rows waits in the quarantine of this import."""

    code = "no_row_waits"
    status = 409
    mend = "Tick rows that wait; what was loaded or settled since needs nothing."


class SettlementWithoutReason(Refusal):
    """A row in quarantine is settled with a reason."""

    code = "settlement_without_reason"
    mend = "Say where it was mended, or why it is left out."


class ShiftWithoutDates(Refusal):
    """The mapping {mapping} names no column under `shift` in which the file has a date."""

    code = "shift_without_dates"
    mend = "Name the date columns under `shift: {{newest_of: [...]}}`."
