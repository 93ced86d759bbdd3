"""What policies refuses, and how each refusal is mended."""

from goodstanding.core.errors import Refusal
from goodstanding.policies.engine.mistakes import PolicyRefused


class VersionPublished(Refusal):
    """This text, or the label {label}, is published already for {name}."""

    code = "version_published"
    status = 409
    mend = "A version never changes: give a changed text a new version label."


class VersionUnknown(Refusal):
    """There is no published version {text_hash}."""

    code = "policy_version_unknown"
    status = 404
    mend = "Publish it first, or name one of the page Versions."


class PolicyUnknown(Refusal):
    """No policy is called {name}."""

    code = "policy_unknown"
    status = 404
    mend = "Published policies: {known}."


class PolicyRenamed(Refusal):
    """The text is of the policy {given}, and here stands {name}."""

    code = "policy_renamed"
    mend = "Leave the name as it is, or enter a policy of the new name into the inventory."


class StepRefused(Refusal):
    """Version {label} is {status}, and cannot become {wanted} from there."""

    code = "policy_step_refused"
    status = 409
    mend = "It may become: {allowed}."


class StepMissing(Refusal):
    """Version {label} cannot become {wanted}, because it was never {needed}."""

    code = "policy_step_missing"
    status = 409
    mend = "Have it {needed} first; shadow alone needs no approval."


class NotReady(Refusal):
    """Version {label} of {name} cannot decide: {why}."""

    code = "policy_not_ready"
    status = 409
    mend = "Correct the text and publish it as a new version."


class ChangedMeanwhile(Refusal):
    """Somebody else changed the versions of {name} at the same moment."""

    code = "policy_changed_meanwhile"
    status = 409
    mend = "Look at the versions again, then repeat what you still want."


class ApproverWroteIt(Refusal):
    """{who} wrote version {label} and cannot approve it."""

    code = "approver_wrote_it"
    status = 403
    mend = "Ask a second person to approve."


class ApprovedAlready(Refusal):
    """Version {label} was approved; it is not {wanted} again."""

    code = "approved_already"
    status = 409
    mend = "Share or activate it, or publish a changed text as a new version."


class EmergencyEnded(Refusal):
    """The emergency approval of version {label} ended {ended_at}: it decides nothing any more."""

    code = "emergency_ended"
    status = 409
    mend = "Let a third person confirm it, or publish its text as a new version and ask for that."


class ShareOutOfRange(Refusal):
    """A share is 1 to 9,999 of 10,000 buckets; {share} is not."""

    code = "share_out_of_range"
    mend = "Give a share between 0.01 % and 99.99 %."


class ShareTaken(Refusal):
    """Version {other} of {name} decides a share already; a second share would move businesses."""

    code = "share_taken"
    status = 409
    mend = "Take version {other} out of its share first, or compare both in an experiment."


class NeverDecided(Refusal):
    """Version {label} of {name} has never decided, so there is nothing to go back to."""

    code = "never_decided"
    status = 409
    mend = "Activate it instead, once it is approved."


class NothingToGoBackTo(Refusal):
    """No version of {name} decided before the one that decides now."""

    code = "nothing_to_go_back_to"
    status = 409
    mend = "A rollback needs an earlier version; retire the present one to stop deciding."


class NotInForce(Refusal):
    """The approval of version {label} is not in force: {why}."""

    code = "approval_not_in_force"
    status = 409
    mend = "Have it approved anew, or go back to a version whose approval is in force."


class ReasonMissing(Refusal):
    """A change of what decides needs its reason."""

    code = "reason_missing"
    mend = "Say why in one sentence."


class ChangeRequestMissing(Refusal):
    """Version {label} would replace version {champion}, and no change request was signed for it."""

    code = "change_request_missing"
    status = 409
    mend = "Ask for the change with its evidence, or approve it in an emergency until a day."


class EmergencyTooLong(Refusal):
    """An emergency ends within {days} days, and later than now."""

    code = "emergency_too_long"
    mend = "Name an earlier day; the after-review can confirm the version for good."


class NothingToReplace(Refusal):
    """No version of {name} decides, so nothing is replaced in an emergency."""

    code = "nothing_to_replace"
    status = 409
    mend = "Approve the first version as usual."


class EmergencyUnknown(Refusal):
    """Version {label} was not approved in an emergency, or its after-review is done."""

    code = "emergency_unknown"
    status = 409


class ReviewerIsInvolved(Refusal):
    """{who} wrote version {label} or approved it, and cannot review its emergency."""

    code = "reviewer_is_involved"
    status = 403
    mend = "Ask a third person."


class ListUnknown(Refusal):
    """There is no version {version} of a list {name}."""

    code = "list_unknown"
    status = 404
    mend = "Versions of it: {known}."


class ListNameRefused(Refusal):
    """{name!r} is no name of a list."""

    code = "list_name"
    mend = "Use small letters, digits and _: sanctioned_banks."


class ListTypeUnknown(Refusal):
    """{type!r} is no type that a list can hold."""

    code = "list_type"
    mend = "Write TEXT, INTEGER, DATE or DECIMAL(p,s)."


class ListOfAnotherType(Refusal):
    """The list {name} holds {type}."""

    code = "list_of_another_type"
    mend = "Write values of that type, or begin a list of another name."


class ListValueRefused(Refusal):
    """Value {number} does not fit the list: {why}."""

    code = "list_value"
    mend = "Correct that line; one value stands on each."


class ListTooLong(Refusal):
    """A list holds 1 to {most} values; this one has {count}."""

    code = "list_length"
    mend = "Leave a list out that holds nothing; look a longer one up as a feature."


class ListEnds(Refusal):
    """The list would end on {expires_on}, and begins on {valid_from}."""

    code = "list_ends"
    mend = "Let it end after it begins, or leave the end out."


class ListVersionTaken(Refusal):
    """The list {name} has a version {version} already."""

    code = "list_version_taken"
    status = 409
    mend = "A version never changes: give these values a version of their own."


class ListStepTaken(Refusal):
    """Version {version} of {name} is {kind} already."""

    code = "list_step_taken"
    status = 409
    mend = "Nothing is left to do."


class ListApproverWroteIt(Refusal):
    """{who} wrote version {version} of {name} and cannot approve it."""

    code = "list_approver_wrote_it"
    status = 403
    mend = "Ask a second person to approve."


class DraftChanged(Refusal):
    """The draft was changed meanwhile: it is at step {latest}, and this was made from {number}."""

    code = "draft_changed"
    status = 409
    mend = "What you typed is still here. Open the draft again beside it, and repeat it there."


class FirstTextThere(Refusal):
    """{name} has a text already."""

    code = "first_text_there"
    status = 409
    mend = "Write its next version on its own page."


class DraftEnded(Refusal):
    """The draft is {step} and takes no further change."""

    code = "draft_ended"
    status = 409
    mend = "Begin another from any version."


__all__ = [
    "ApproverWroteIt",
    "ChangeRequestMissing",
    "ChangedMeanwhile",
    "DraftChanged",
    "DraftEnded",
    "EmergencyTooLong",
    "EmergencyUnknown",
    "FirstTextThere",
    "ListApproverWroteIt",
    "ListEnds",
    "ListNameRefused",
    "ListOfAnotherType",
    "ListStepTaken",
    "ListTooLong",
    "ListTypeUnknown",
    "ListUnknown",
    "ListValueRefused",
    "ListVersionTaken",
    "NeverDecided",
    "NotInForce",
    "NotReady",
    "NothingToGoBackTo",
    "NothingToReplace",
    "PolicyRefused",
    "PolicyRenamed",
    "PolicyUnknown",
    "ReasonMissing",
    "ReviewerIsInvolved",
    "ShareOutOfRange",
    "ShareTaken",
    "StepMissing",
    "StepRefused",
    "VersionPublished",
    "VersionUnknown",
]
