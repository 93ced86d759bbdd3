"""Refusals of the samples."""

from goodstanding.core.errors import Refusal


class SamplePersonMissing(Refusal):
    """The demonstration's person {email} is not there."""

    code = "sample_person_missing"
    mend = "Load the samples from their first step: goodstanding samples load."
