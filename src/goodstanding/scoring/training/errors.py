"""What training refuses, and how each refusal is mended."""

from goodstanding.core.errors import Refusal


class RecipeInvalid(Refusal):
    """Recipe {recipe} cannot be followed: {why}."""

    code = "recipe_invalid"


class SourceUnreadable(Refusal):
    """The training data {file} cannot be used: {why}."""

    code = "training_source"
    mend = "Name the folder that holds the file with --data."


class InputNotKnownAtDecision(Refusal):
    """Model {model} may not be trained on {inputs}: not known when the decision is made."""

    code = "input_not_known_at_decision"
    mend = (
        "Leave them out. Only a demonstration of leakage may use them, with a written reason in "
        "its recipe and --allow-leakage-for-demonstration."
    )


class InputTooGood(Refusal):
    """Model {model}: {inputs} alone rank above an AUC of {ceiling}, and no reason is given."""

    code = "input_too_good"
    mend = (
        "Find out whether they are written after the outcome; if they are not, write the reason "
        "in the recipe."
    )


class SignReversed(Refusal):
    """Scorecard {model}: {inputs} count against their own weight of evidence."""

    code = "sign_reversed"
    mend = "Leave them out, or merge their bands: they repeat what other inputs say."


class TrainingToolsAbsent(Refusal):
    """Training needs {package}, which is not installed."""

    code = "training_tools_absent"
    mend = "Install the extra: pip install 'goodstanding[train]'."
