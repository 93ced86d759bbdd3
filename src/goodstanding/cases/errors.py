"""Refusals of the cases room."""

from goodstanding.core.errors import Refusal


class QueueUnknown(Refusal):
    """There is no queue {code}."""

    code = "queue_unknown"
    status = 404
    mend = "Load the desk's queues with `goodstanding cases load`, or name one that is there."


class CaseClosed(Refusal):
    """Case C-{number} is closed: {why}."""

    code = "case_closed"
    status = 409
    mend = "Reopen it with a reason if it must be worked again."


class CaseNotClosed(Refusal):
    """Case C-{number} is open."""

    code = "case_not_closed"
    status = 409


class CaseAlreadyClaimed(Refusal):
    """Case C-{number} is with {holder}."""

    code = "case_already_claimed"
    status = 409
    mend = "Take another one, or ask a manager to reassign it."


class ReassignmentWentOn(Refusal):
    """Case C-{number} went on since: {why}. Nothing was taken back."""

    code = "reassignment_went_on"
    status = 409
    mend = "Reassign the cases that still stand where they were given, one by one."


class CaseNotHeld(Refusal):
    """Case C-{number} is not with {person}."""

    code = "case_not_held"
    status = 409
    mend = "Claim it first."


class NotCertified(Refusal):
    """{person} holds no certification for {skill}."""

    code = "not_certified"
    status = 403
    mend = "A manager can certify somebody on the team page."


class ConflictOfInterest(Refusal):
    """{person} declared an interest in the business of case C-{number}."""

    code = "conflict_of_interest"
    status = 403
    mend = "Leave it to a colleague."


class ReviewsOwnDecision(Refusal):
    """{person} cannot take case C-{number}: {why}."""

    code = "reviews_own_decision"
    status = 403
    mend = "It goes to a person who had no part in the decision under review."


class ReasonMissing(Refusal):
    """{verb} needs a reason."""

    code = "reason_missing"
    mend = "Say why in words that a colleague understands a year from now."


class OutcomeUnknown(Refusal):
    """The playbook of case C-{number} knows no outcome {outcome}."""

    code = "outcome_unknown"
    mend = "Choose one of {known}."


class ReasonCodeUnknown(Refusal):
    """The reason code {reason} does not carry the outcome {outcome}."""

    code = "reason_code_unknown"
    mend = "Choose among {known}."


class AmountMissing(Refusal):
    """The outcome {outcome} needs an amount."""

    code = "amount_missing"
    mend = "Give the amount granted."


class StepsMissing(Refusal):
    """The playbook asks for steps that are neither done nor skipped with a reason: {steps}."""

    code = "steps_missing"
    status = 409
    mend = "Do them, or record why each is skipped."


class StepUnknown(Refusal):
    """The pinned playbook has no step {step}."""

    code = "step_unknown"


class EvidenceMissing(Refusal):
    """The playbook asks for evidence that is not on the case: {kinds}."""

    code = "evidence_missing"
    status = 409
    mend = "Add it to the case."


class StatementMissing(Refusal):
    """A statement of reasons is missing, and without one nothing is restricted or upheld."""

    code = "statement_missing"
    mend = "Write to the seller what was found, which clause or law applies, and what follows."


class NoticeTooShort(Refusal):
    """A termination takes effect {earliest} at the earliest, not {starts_at}."""

    code = "notice_too_short"
    mend = "Give the full notice, or name an approved exception and who approved it."


class ExceptionNotApproved(Refusal):
    """The exception {exception} needs an approver who is not the decider."""

    code = "exception_not_approved"
    status = 403
    mend = "Choose legal_duty, imperative_reason or repeated_breach, approved by a second person."


class AppealWindowClosed(Refusal):
    """The window to appeal closed {closed_at}."""

    code = "appeal_window_closed"
    status = 409
    mend = "A dispute body or a court may still be open to the seller."


class AppealAlreadyOpen(Refusal):
    """An appeal against this enforcement is open in case C-{number}."""

    code = "appeal_already_open"
    status = 409


class AlreadyReinstated(Refusal):
    """This enforcement was lifted already: {kind}."""

    code = "already_reinstated"
    status = 409


class ReinstatementKindMissing(Refusal):
    """An appeal that is {outcome} needs the kind of reinstatement, and one upheld has none."""

    code = "reinstatement_kind_missing"
    mend = "Choose error corrected, new evidence, remediated, conditional or administrative."


class PlaybookInvalid(Refusal):
    """The playbook {name} cannot be read: {why}."""

    code = "playbook_invalid"
    mend = "Mend the file at the place named and load it again."


class QueuesInvalid(Refusal):
    """The queues of {desk} cannot be read: {why}."""

    code = "queues_invalid"
    mend = "Mend the file at the place named and load it again."


class AlreadyAnswered(Refusal):
    """This {what} was answered already."""

    code = "already_answered"
    status = 409


class NothingToReassign(Refusal):
    """No case is chosen."""

    code = "nothing_to_reassign"
    mend = "Choose at least one case."


class CasesAlreadyHeld(Refusal):
    """{person} has every one of these cases already."""

    code = "cases_already_held"
    status = 409
    mend = "Choose somebody else, or other cases."
