"""What evidence refuses, and how each refusal is mended."""

from goodstanding.core.errors import Refusal
from goodstanding.evidence.datasets import DatasetUnavailable, DatasetUnknown, WindowUnknown
from goodstanding.policies.engine.batch import EngineUnknown


class DatasetOfAnotherPolicy(Refusal):
    """The history {dataset} fits the policy {wanted}, not {policy}."""

    code = "dataset_of_another_policy"
    mend = "Choose a history of this policy."


class NothingCompared(Refusal):
    """The policy would be compared with itself, unchanged."""

    code = "nothing_compared"
    mend = "Change a constant, or choose another version to compare with."


class HistoryTooLong(Refusal):
    """The history {dataset} has {rows} rows in this window, and a page answers for {most:,}."""

    code = "history_too_long"
    mend = "Start a backtest: it runs in the worker over any number of rows."


class BacktestOver(Refusal):
    """This backtest is over: {state}."""

    code = "backtest_over"
    status = 409


class ChangeAlreadyOpen(Refusal):
    """A change request for version {label} is open already."""

    code = "change_already_open"
    status = 409
    mend = "Read that one, or withdraw it before asking again."


class NothingInForce(Refusal):
    """No version of {policy} decides now, so nothing would change."""

    code = "nothing_in_force"
    status = 409
    mend = "The first version needs no change request: propose it, and let a second person approve."


class VersionPassed(Refusal):
    """Version {label} is {status}; a change is asked for a draft, a proposal or a shadow."""

    code = "version_passed"
    status = 409
    mend = "Activate it, or write a new version."


class ChangeOver(Refusal):
    """This change request is over: {state}."""

    code = "change_over"
    status = 409


class EvidenceMissing(Refusal):
    """The change request has no finished evidence."""

    code = "evidence_missing"
    status = 409
    mend = "Run the evidence, and wait for its end."


class EvidenceRuns(Refusal):
    """The evidence of this change request is being computed."""

    code = "evidence_runs"
    status = 409
    mend = "Wait for its end."


class EvidenceStale(Refusal):
    """The evidence is stale: {what}."""

    code = "evidence_stale"
    status = 409
    mend = "Run the evidence again, and read what changed."


class EvidenceSpeaksAgainst(Refusal):
    """The evidence itself speaks against the version: {what}."""

    code = "evidence_speaks_against"
    status = 409
    mend = "Return the change; the engines must agree and the version's tests must pass."


class SignerInvolved(Refusal):
    """{who} {did}, and cannot sign or return the change."""

    code = "signer_involved"
    status = 403
    mend = "Ask a second person."


class SignedAlready(Refusal):
    """{who} signed this change already."""

    code = "signed_already"
    status = 409
    mend = "Each step is signed by another person."


class NotYourStep(Refusal):
    """The next signature is that of the {role}, and {who} does not have this role."""

    code = "not_your_step"
    status = 403
    mend = "Ask somebody with the role: {role}."


class NotYourChange(Refusal):
    """{who} neither asked for this change nor wrote the version."""

    code = "not_your_change"
    status = 403
    mend = "Ask {asker} to withdraw it, or return it as its approver."


class WordsMissing(Refusal):
    """{what} needs words."""

    code = "words_missing"
    mend = "Say it in a sentence."


__all__ = [
    "BacktestOver",
    "ChangeAlreadyOpen",
    "ChangeOver",
    "DatasetOfAnotherPolicy",
    "DatasetUnavailable",
    "DatasetUnknown",
    "EngineUnknown",
    "EvidenceMissing",
    "EvidenceRuns",
    "EvidenceSpeaksAgainst",
    "EvidenceStale",
    "HistoryTooLong",
    "NotYourChange",
    "NotYourStep",
    "NothingCompared",
    "NothingInForce",
    "SignedAlready",
    "SignerInvolved",
    "VersionPassed",
    "WindowUnknown",
    "WordsMissing",
]
