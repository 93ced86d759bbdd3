"""The closed vocabularies of governance; the database refuses any other word."""

from enum import StrEnum


class VersionKind(StrEnum):
    """What is governed: a decision policy, or a model that a policy names as input."""

    POLICY = "policy"
    MODEL = "model"


class Fallback(StrEnum):
    """What decides while no approval is in force; never an approval."""

    REFER = "refer"
    DECLINE = "decline"


class Automation(StrEnum):
    """How far a use case decides by itself."""

    AUTOMATIC = "automatic"
    HUMAN_IN_LOOP = "human_in_loop"
    ADVISORY = "advisory"


class AiActRole(StrEnum):
    """Our role under Regulation (EU) 2024/1689, article 3."""

    PROVIDER = "provider"
    DEPLOYER = "deployer"
    PROVIDER_AND_DEPLOYER = "provider_and_deployer"
    NONE = "none"


class AiActClass(StrEnum):
    """The risk class of a use case under the same regulation; recorded even when it is none."""

    PROHIBITED = "prohibited"
    HIGH_RISK = "high_risk"
    TRANSPARENCY = "transparency"
    MINIMAL = "minimal"
    OUT_OF_SCOPE = "out_of_scope"


class Severity(StrEnum):
    """How bad a finding is; S1 is the worst (the ECB's F4)."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"


class Effect(StrEnum):
    """What an open finding does to decisions in its segment."""

    BLOCK = "block"
    CAP = "cap"
    REFER = "refer"
    NONE = "none"


class FindingStatus(StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    ACTION_PLAN_AGREED = "action_plan_agreed"
    IN_PROGRESS = "in_progress"
    SUBMITTED_FOR_CLOSURE = "submitted_for_closure"
    VALIDATED_CLOSED = "validated_closed"
    RISK_ACCEPTED = "risk_accepted"


class ExceptionKind(StrEnum):
    """What an exception allows, until it expires."""

    BEFORE_VALIDATION = "before_validation"
    OPEN_FINDING = "open_finding"


class ChangeKind(StrEnum):
    """What changed around a version after it was registered."""

    THRESHOLDS = "thresholds"
    CONDITIONS = "conditions"
    UPSTREAM = "upstream"
    OWNER = "owner"
    RETIRED = "retired"
