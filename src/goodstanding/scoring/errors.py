"""What the scoring room refuses, and how each refusal is mended."""

from goodstanding.core.errors import Refusal


class ArtifactUnknown(Refusal):
    """{source} is not a model artefact that this version reads: {why}."""

    code = "artifact_unknown"
    mend = "Give a file that `goodstanding train` wrote, or train the model anew."


class ArtifactTampered(Refusal):
    """{source} is not the artefact it claims to be: {why}."""

    code = "artifact_tampered"
    status = 409
    mend = "Fetch the artefact again by its sha256; a model is changed by training a new version."


class ArtifactUnsafe(Refusal):
    """{source} holds something that a model artefact may not hold: {why}."""

    code = "artifact_unsafe"
    mend = "Only binary boosted trees of constant leaves, within stated sizes, are loaded."


class ScorecardInvalid(Refusal):
    """Scorecard {scorecard}, characteristic {characteristic}: {why}."""

    code = "scorecard_invalid"
    mend = "Correct the scorecard and write it as a new version."


class InputAbsent(Refusal):
    """Model {model} needs the input {feature}, and the record has no such key."""

    code = "model_input_absent"
    mend = "Pass every input of the model; pass None for a value that is missing."


class InputMissing(Refusal):
    """Model {model} never saw {feature} missing, so it gives no score where it is missing."""

    code = "model_input_missing"
    mend = "Say in the policy what happens when {feature} is missing, before the model is asked."


class InputOfWrongType(Refusal):
    """Model {model} wants {feature} as {wanted}, and was given {given}."""

    code = "model_input_type"
    mend = "Declare the input with the model's type, or convert it in a derived feature."


class ReferenceNotDeclared(Refusal):
    """Scorecard {scorecard}, characteristic {characteristic} declares no {reference} points."""

    code = "scorecard_reference"
    mend = "Declare them, or ask for reasons against the maximum."
