"""What governance refuses, and how each refusal is mended."""

from goodstanding.core.errors import NotFound, Refusal


class UseCaseExists(Refusal):
    """The use case {code} is stated already."""

    code = "use_case_exists"
    status = 409
    mend = "Revise it instead."


class ProhibitedPractice(Refusal):
    """A use that the AI Act prohibits cannot enter the inventory."""

    code = "prohibited_practice"
    mend = "Reject the proposal, or correct its class with the reason."


class EntryExists(Refusal):
    """The inventory holds the {kind} {name} already."""

    code = "entry_exists"
    status = 409
    mend = "Register a version of it, or choose another name."


class NotInInventory(NotFound):
    """The inventory has no {kind} called {name}."""

    code = "not_in_inventory"
    mend = "Enter it under the use case that it serves, on the page Models; then come back."


class VersionRegistered(Refusal):
    """This content, or the label {label}, is registered already for {name}."""

    code = "version_registered"
    status = 409
    mend = "A version never changes: give new content a new label."


class NotADigest(Refusal):
    """A version is named by the SHA-256 of its content, in 64 lowercase hex digits."""

    code = "not_a_digest"


class PinsNoModel(Refusal):
    """Only a policy pins versions, and only versions of models; {name} does not."""

    code = "pins_no_model"


class ScoreOutOfRange(Refusal):
    """A score of {what} is a whole number from 1 (low) to 4 (high), and at least one is given."""

    code = "score_out_of_range"


class OverrideNeedsAnother(Refusal):
    """A tier other than the computed tier {computed} is approved by a second person."""

    code = "override_needs_another"
    mend = "Name an approver who is not the assessor, and the rationale."


class ValidatorNotIndependent(Refusal):
    """{person} developed, registered or owns {version}, and so cannot validate it."""

    code = "validator_not_independent"
    status = 403
    mend = "Ask a validator of the second line."


class ThresholdsNotSet(Refusal):
    """{name} has no thresholds, so no result of it has a light."""

    code = "thresholds_not_set"
    mend = "Set its thresholds with their source first."


class ThresholdsDiffer(Refusal):
    """The result of {test_id} was lit by thresholds {used}, not by the {expected} of {name}."""

    code = "thresholds_differ"
    mend = "Run the test with the thresholds that are set, or set others."


class RunWithoutResults(Refusal):
    """A validation run records at least one test result."""

    code = "run_without_results"


class OpinionNotYours(Refusal):
    """The opinion on a run is given by its validator, {validator}."""

    code = "opinion_not_yours"
    status = 403


class OpinionGiven(Refusal):
    """The opinion on this run is given already."""

    code = "opinion_given"
    status = 409
    mend = "Record a new run; an opinion never changes."


class FindingNeedsEvidence(Refusal):
    """A finding points to a test result, an observation or a record of this version."""

    code = "finding_needs_evidence"


class WorstFindingBlocks(Refusal):
    """A finding of severity S1 blocks; its effect cannot be {effect}."""

    code = "worst_finding_blocks"
    mend = "Lower the severity with reasons, or let it block."


class CapNeedsAmount(Refusal):
    """A finding with the effect cap names an amount, and no other finding does."""

    code = "cap_needs_amount"


class FindingStepRefused(Refusal):
    """A finding that is {state} cannot become {to}."""

    code = "finding_step_refused"
    status = 409
    mend = "From here it can become: {possible}."


class OwnFinding(Refusal):
    """{person} opened finding {number}, must mend it, or developed the version."""

    code = "own_finding"
    status = 403
    mend = "Ask another validator to close it."


class RerunMissing(Refusal):
    """Finding {number} cites a test, and is closed only by a later run of it that is not red."""

    code = "rerun_missing"
    mend = "Run the test again on this version ({test_id}) and name the result."


class OwnRisk(Refusal):
    """{person} asked, must mend it or developed the version, and cannot accept the risk."""

    code = "own_risk"
    status = 403
    mend = "Ask an approver who stands outside."


class EndsTooEarly(Refusal):
    """It would end on {expires_at}, which is not after {starts_at}."""

    code = "ends_too_early"
    mend = "Choose a later end."


class EndsTooLate(Refusal):
    """It would end on {expires_at}, after {latest}."""

    code = "ends_too_late"
    mend = "Choose {latest} or earlier."


class NotAssessed(Refusal):
    """{name} has no tier, so nobody knows how long an approval may last."""

    code = "not_assessed"
    mend = "Assess its tier first."


class OpinionMissing(Refusal):
    """The validator has given no opinion on this run."""

    code = "opinion_missing"
    mend = "Ask {validator} for the opinion."


class RequestWaiting(Refusal):
    """A request to approve {version} for {use_case} waits for an answer already."""

    code = "request_waiting"
    status = 409


class RequestAnswered(Refusal):
    """This request was {answer} already."""

    code = "request_answered"
    status = 409


class SamePerson(Refusal):
    """{person} is the {role} and cannot be the approver too."""

    code = "same_person"
    status = 403
    mend = "Ask an approver who has no other part in this version."


class OpenFindings(Refusal):
    """{version} has open findings that forbid an approval: {findings}."""

    code = "open_findings"
    status = 409
    mend = "Close them, accept the risk, or grant an exception, each with an end."


class UnansweredResults(Refusal):
    """Results of the run are red or failed, and no finding cites them: {tests}."""

    code = "unanswered_results"
    status = 409
    mend = "Open a finding on each, whatever its severity."


class ThresholdsMoved(Refusal):
    """The thresholds of {name} changed after the run was made: a material change is pending."""

    code = "material_change_pending"
    status = 409
    mend = "Run the tests with the present thresholds and ask again."


class ApprovalEnded(Refusal):
    """The approval ended on {ended_at}."""

    code = "approval_ended"
    status = 409


class OnlyEarlier(Refusal):
    """An approval can be made to end earlier than {expires_at}, never later."""

    code = "only_earlier"
    mend = "To let it last longer, ask for a new approval."


class ExceptionEnded(Refusal):
    """The exception has ended already."""

    code = "exception_ended"
    status = 409


class NotYourQuestion(Refusal):
    """Only {person}, who asked, says whether the question is settled."""

    code = "not_your_question"
    status = 403


class QuestionSettled(Refusal):
    """The question is settled already."""

    code = "question_settled"
    status = 409
    mend = "Ask a new one."


class ReasonMissing(Refusal):
    """The {field_words} says nothing."""

    code = "reason_missing"
    mend = "Say it in a sentence; it is kept with the record."
