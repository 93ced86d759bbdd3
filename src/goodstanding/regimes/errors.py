"""Refusals of the regimes room."""

from goodstanding.core.errors import Refusal


class ProvisionNotFound(Refusal):
    """The regime {regime} has no {what} {code} in force on {as_of}."""

    code = "provision_not_found"
    status = 404
    mend = "Check the code and the date; the files of the regimes room say what is in force."


class RegimeFileInvalid(Refusal):
    """The regime file {file} cannot be read: {why}."""

    code = "regime_file_invalid"
    mend = "Mend the file at the place named and load it again."
