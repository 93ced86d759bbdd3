"""Refusals of the second line's desk."""

from goodstanding.core.errors import Refusal


class NotAPolicy(Refusal):
    """{name} {label} is a model, and carries no tests of its own."""

    code = "not_a_policy"
    status = 409
    mend = "Validate a model on labelled rows, by validate_model."
