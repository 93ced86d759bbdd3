"""What is asked, what is answered, and what is kept."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from goodstanding.policies.engine import Value


class Outcome(StrEnum):
    """What a policy may decide, mildest first."""

    APPROVE = "approve"
    REFER = "refer"
    DECLINE = "decline"


class Origin(StrEnum):
    """How a decision came to be recorded here."""

    LIVE = "live"
    IMPORTED_HISTORY = "imported_history"


class ShadowState(StrEnum):
    """What became of evaluating a version in shadow on a decision."""

    EVALUATED = "evaluated"
    REFUSED = "refused"
    INPUTS_ERASED = "inputs_erased"


class Entity(msgspec.Struct, frozen=True):
    """Whom the decision is about: an identifier within its scheme, for example a company number."""

    scheme: str
    value: str

    @property
    def key(self) -> str:
        """The identifier as one text: `scheme:value`."""
        return f"{self.scheme}:{self.value}"


class DecisionRequest(msgspec.Struct, frozen=True):
    """A question to a policy.

    `as_of` is the only clock of the decision. `inputs` holds values as JSON gave them, with
    fractional numbers as Decimal. `idempotency_key` is the caller's: one key, one decision.
    """

    policy: str
    entity: Entity
    as_of: datetime
    inputs: Mapping[str, Any]
    idempotency_key: str
    supersedes: UUID | None = None


class Caller(msgspec.Struct, frozen=True):
    """Who asks: the name in records, the legal entity, and whose idempotency keys these are."""

    actor: str
    legal_entity: str
    claimed_by: str


class FeatureValue(msgspec.Struct, frozen=True):
    """A feature as of the decision: its value, or None and the kind of missing value."""

    value: Value | None
    missing: str | None = None


class Question(msgspec.Struct, frozen=True):
    """A request on its way: who asked, when it arrived, the digest of what was asked.

    `party_id` is the party behind the entity, where one is known; `arrived_ns` a reading of the
    monotonic clock, from which the time to decide is measured. `features` are those that were
    looked up, by `name@version`.
    """

    request: DecisionRequest
    caller: Caller
    arrived_at: datetime
    request_digest: str
    decision_id: UUID
    origin: Origin = Origin.LIVE
    party_id: UUID | None = None
    arrived_ns: int | None = None
    features: Mapping[str, FeatureValue] = msgspec.field(default_factory=dict[str, FeatureValue])


class Row(msgspec.Struct, frozen=True):
    """A decision as it is written: one row, and what its transaction writes beside it.

    `record` is canonical JSON in UTF-8, `referral` the payload of the message that opens a case,
    `reason_codes` are joined by commas, `arrived_ns` is a reading of the monotonic clock. With
    `unknown_scheme` the row is written only while no party has that scheme's identifier.
    """

    id: UUID
    legal_entity: str
    claimed_by: str
    idempotency_key: str
    request_digest: str
    origin: str
    actor: str
    desk: str
    policy: str
    policy_hash: str
    entity: str
    party_id: UUID | None
    as_of: datetime
    outcome: str
    amount_minor: int | None
    limit_minor: int | None
    currency: str | None
    score: str | None
    gate_state: str
    approval_id: UUID | None
    arm: str
    bucket: int
    rule_states: str
    reason_codes: str
    supersedes_id: UUID | None
    arrived_ns: int | None
    record: bytes
    record_hash: str
    referral: bytes | None = None
    message_id: UUID | None = None
    personal_value_id: UUID | None = None
    personal_subject_id: UUID | None = None
    personal_ciphertext: bytes | None = None
    explored_id: UUID | None = None
    explored_trial_id: UUID | None = None
    unknown_scheme: str | None = None
