"""Refusals of the second line's desk."""

from goodstanding.core.errors import Refusal


class NotAPolicy(Refusal):
    """{name} {label} is a model, and carries no tests of its own."""

    code = "not_a_policy"
    status = 409
    mend = "Run its validation on its development data instead."


class NotAModel(Refusal):
    """{name} {label} is a policy, and was not developed on data."""

    code = "not_a_model"
    status = 409
    mend = "Run the tests that it carries instead."


class ArtefactOfAnother(Refusal):
    """The artefact is of {given}, not of {name}."""

    code = "artefact_of_another"
    mend = "Choose the artefact of {name}, or enter {given} in the inventory first."


class CardUnusable(Refusal):
    """The model card cannot be used: {why}."""

    code = "card_unusable"
    mend = "Choose the card that training wrote beside the artefact, or leave it out."


class DevelopmentAbsent(Refusal):
    """The data that {words} was developed on is not here: no recipe here made its artefact."""

    code = "development_absent"
    status = 409
    mend = (
        "Ship the recipe and the rows with a desk (register_development), or validate it on"
        " labelled rows from Python, by second_line.operations.validate_model."
    )


class DevelopmentDiffers(Refusal):
    """{words} was developed on other rows than those found here, of {window}.

    The fingerprint of the rows is {read}, that on the model card {stated}.
    """

    code = "development_differs"
    status = 409
    mend = "Put the file that the card names in its place; a run on other rows would prove nothing."
