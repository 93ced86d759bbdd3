"""Refusals of outcomes."""

from goodstanding.core.errors import Refusal


class LabelFileRefused(Refusal):
    """The label file {path} is refused: {reason}."""

    code = "label_file_refused"
    mend = "Compare it with credit/labels/charged_off_36m.yaml."


class UnknownLabel(Refusal):
    """There is no label {name!r}."""

    code = "unknown_label"
    status = 404
    mend = "The labels in use are: {known}."
