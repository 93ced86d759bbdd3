"""What the validation room refuses, and how each refusal is mended."""

from goodstanding.core.errors import Refusal


class ResultIncomplete(Refusal):
    """Test {test_id} cannot be recorded: {why}."""

    code = "test_result_incomplete"
    mend = "Record the light that the evidence allows, with the figures that led to it."


class ProbabilityOutOfRange(Refusal):
    """{what} must lie strictly between 0 and 1; rows {rows} do not."""

    code = "probability_out_of_range"
    mend = "Correct the rows; a certain default, or its impossibility, cannot be tested."


class LabelNotBinary(Refusal):
    """A label is 1 for the bad outcome and 0 for the good one; rows {rows} are neither."""

    code = "label_not_binary"
    mend = "Leave out rows whose outcome is not known; unknown is never good."


class InputNotFinite(Refusal):
    """{what} holds no number in the rows {rows}."""

    code = "input_not_finite"
    mend = "Leave the rows out and report how many, or give them a band of their own."


class InputShape(Refusal):
    """{what}: {why}."""

    code = "input_shape"
    mend = "Pass columns of equal length, aligned row by row."


class PropensityOutOfRange(Refusal):
    """A propensity is a chance of approval from 0 to 1, above 0 where a case was approved and below
    1 where it was not: rows {rows}."""

    code = "propensity_out_of_range"
    mend = "Give the chance of approval that was logged with each decision."


class NoOverlap(Refusal):
    """The candidate approves {never} of {n} cases that had no chance of approval: no estimate."""

    code = "no_overlap"
    mend = "Read the bounds, or explore below the cut with a logged chance and wait for outcomes."
