"""What the decision service answers, as the OpenAPI document describes it.

The answers themselves are views of the record (`decisions.answer`); a test holds each of them
against these.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from goodstanding.api.decision_service.bodies import EntityBody

OutcomeName = Literal["approve", "refer", "decline"]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Instant = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$",
        description="An instant in UTC with six decimals",
    ),
]


class ReasonLine(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A principal reason, the first one first."""

    code: str
    text: Annotated[str, msgspec.Meta(description="For the person who receives it")]
    source: Annotated[
        str, msgspec.Meta(description="Who voted: rule, missing, score, gate, terms or exploration")
    ]
    rule: str = ""
    facts: dict[str, str] = {}


class TermLine(msgspec.Struct, forbid_unknown_fields=True):
    """A limit, term or price that the decision grants."""

    name: str
    label: str
    value: str | int | bool | None
    currency: str


class PolicyLine(msgspec.Struct, forbid_unknown_fields=True):
    """The policy version that decided."""

    name: str
    version: str
    text_hash: Sha256
    tree_hash: Sha256


class GateLine(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the policy was allowed to decide; unless `state` is current, `fallback` decided."""

    state: str
    code: str
    reason: str
    fallback: OutcomeName
    approval_id: UUID | None
    exception_id: UUID | None
    findings: list[UUID]


class ArmLine(msgspec.Struct, forbid_unknown_fields=True):
    """The arm of a trial that decided for this business, and the chance that it had."""

    name: str
    salt: str
    unit: str
    bucket: Annotated[int, msgspec.Meta(ge=0, le=9999)]
    propensity: str


class WarningLine(msgspec.Struct, forbid_unknown_fields=True):
    """A value that could not be computed although its inputs were there."""

    name: str
    kind: str
    text: str


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """A decision. It was durable before it was answered; the same key hears the same for ever."""

    decision_id: UUID
    outcome: OutcomeName
    decided_by: Literal["policy", "gate", "exploration"]
    reasons: list[ReasonLine]
    terms: list[TermLine]
    score: str | int | None
    points: int
    queue: Annotated[str, msgspec.Meta(description="Where a referral is worked; else empty")]
    policy: PolicyLine
    gate: GateLine
    arm: ArmLine
    entity: EntityBody
    party_id: UUID | None
    as_of: Instant
    supersedes: UUID | None
    warnings: list[WarningLine]
    recorded_at: Instant
    record_hash: Sha256


class WholeDecision(msgspec.Struct, forbid_unknown_fields=True):
    """A decision with its whole record; `record_hash` is the SHA-256 of its canonical JSON."""

    decision_id: UUID
    recorded_at: Instant
    actor: str
    record: Annotated[
        dict[str, Any],
        msgspec.Meta(
            description="Format 1: what was asked, what decided, what came of it, rule by rule"
        ),
    ]
    record_hash: Sha256


class Health(msgspec.Struct, forbid_unknown_fields=True):
    """Whether keys and approvals were confirmed within the last seconds."""

    status: Literal["ok", "stale"]


class Problem(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A refusal (RFC 9457): what is wrong, where, and how to mend it."""

    type: Annotated[str, msgspec.Meta(pattern="^urn:goodstanding:refusal:[a-z_]+$")]
    title: str
    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    code: str
    field: Annotated[str, msgspec.Meta(description="The path of the value at fault")] = ""
    mend: Annotated[str, msgspec.Meta(description="What to change")] = ""
