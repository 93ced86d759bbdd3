"""What decisions needs of the rooms below it to decide: policies, the gate, trials, as one view.

A process holds one `InForce` and reads a new one when a version number below has moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

import msgspec

from goodstanding.decisions.arms import Arm
from goodstanding.decisions.canonical import id_text
from goodstanding.decisions.exploring import Exploration
from goodstanding.decisions.remembered import Remembered
from goodstanding.decisions.types.requests import Outcome
from goodstanding.governance.types import GateSnapshot, GateState, GateStatus
from goodstanding.policies.engine import Policy

UNKNOWN = "unknown"
SUSPENDED = GateStatus.SUSPENDED.value
STALE_AFTER = timedelta(seconds=5)


class GateAnswer(msgspec.Struct, frozen=True):
    """The gate's answer as the record keeps it; `fallback` decides unless `state` is current."""

    state: str
    code: str
    reason: str
    fallback: str
    approval_id: UUID | None = None
    exception_id: UUID | None = None
    findings: tuple[UUID, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether the policy itself may decide."""
        return self.state == "current"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInForce:
    """One version of a policy as it decides now, with what deciding needs to know beside it.

    `content_hash` is the SHA-256 of the text, the name under which it is approved. `exposure_input`
    is the input that holds the amount asked for, in whole units of `currency`. `personal` are the
    inputs that are personal and whatever is derived from them. `features` are the inputs that are
    looked up in the ledger, each with its definition, `name@version`. `vanished` are the artefacts
    that it pins and that are not at hand: it may then not decide.
    """

    policy: Policy
    content_hash: str
    desk: str
    currency: str
    legal_entities: frozenset[str]
    personal: frozenset[str]
    model_hashes: tuple[str, ...]
    exposure_input: str | None
    fallback_queue: str
    features: Mapping[str, str] = field(default_factory=dict[str, str])
    vanished: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A policy name's versions that decide now: the champion, and challengers with their share.

    While a trial runs they are its arms, under its salt; `units` names the group of each business
    that is connected with others, where the trial keeps groups together.
    """

    name: str
    salt: str
    champion: Arm
    challengers: Sequence[Arm]
    versions: Mapping[str, PolicyInForce]
    units: Mapping[UUID, str] = field(default_factory=dict[UUID, str])
    exploration: Exploration | None = None

    def unit_of(self, *, party_id: UUID | None, entity: str) -> str:
        """What stays on one side: the group, else the business, else the identifier."""
        if party_id is None:
            return entity
        return self.units.get(party_id) or id_text(party_id)


@dataclass(frozen=True, kw_only=True)
class InForce:
    """Everything that decides at present, as read at `read_at` and last confirmed at `checked_at`.

    Once nobody could confirm it for `STALE_AFTER`, the gate answers `unknown` and every decision
    falls back to a person: an approval withdrawn meanwhile must not go on deciding.
    """

    standings: Mapping[str, Standing]
    gate: GateSnapshot
    read_at: datetime
    checked_at: datetime
    withdrawn_lists: frozenset[tuple[str, str]] = frozenset()

    @cached_property
    def features(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The features to look up, `name@version`, each with the policies that read it."""
        found: dict[str, set[str]] = {}
        for standing in self.standings.values():
            for version in standing.versions.values():
                for reference in version.features.values():
                    found.setdefault(reference, set()).add(standing.name)
        return tuple((reference, tuple(sorted(found[reference]))) for reference in sorted(found))

    def gate_answer(
        self,
        *,
        version: PolicyInForce,
        segment: Mapping[str, object],
        amount_minor: int | None,
        at: datetime,
    ) -> GateAnswer:
        """Whether the version, with its models, may decide this case at `at`."""
        if at > self.checked_at + STALE_AFTER:
            return _nobody_knows(at - self.checked_at)
        if version.vanished:
            return _not_at_hand(version)
        found = self.gate.state_of(
            policy_hash=version.content_hash,
            model_hashes=version.model_hashes,
            segment=segment,
            amount_minor=amount_minor,
            currency=version.currency or None,
            at=at,
        )
        answer = _ANSWERS.of(found)
        return self._with_lists(answer, version.policy, at) if answer.is_current else answer

    def _with_lists(self, answer: GateAnswer, policy: Policy, at: datetime) -> GateAnswer:
        """A list that is not in force stops the policy that reads it, as a finding would."""
        for item in policy.plan.list_declarations:
            code, why = "", ""
            if (item.kept, item.version) in self.withdrawn_lists:
                code, why = "list_missing", "was withdrawn"
            elif item.expires_on is not None and at.date() > item.expires_on:
                code, why = "list_expired", f"expired on {item.expires_on}"
            elif item.begins_on is not None and at.date() < item.begins_on:
                code, why = "list_not_begun", f"begins on {item.begins_on}"
            if code:
                reason = f"Version {item.version} of the list {item.name} {why}"
                return msgspec.structs.replace(answer, state=SUSPENDED, code=code, reason=reason)
        return answer


def _answer(found: GateState) -> GateAnswer:
    return GateAnswer(
        state=found.state.value,
        code=found.code,
        reason=found.reason,
        fallback=found.fallback.value,
        approval_id=found.approval_id,
        exception_id=found.exception_id,
        findings=found.findings,
    )


_ANSWERS = Remembered(_answer)
VANISHED = "artefact_vanished"


def _not_at_hand(version: PolicyInForce) -> GateAnswer:
    """A model that is gone suspends the approval that was given on it; its policy falls back."""
    names = ", ".join(version.vanished)
    return GateAnswer(
        state="suspended",
        code=VANISHED,
        reason=f"the model {names}, on which the approval rests, is not at hand",
        fallback=version.policy.definition.fallback.outcome.value,
    )


def _nobody_knows(silence: timedelta) -> GateAnswer:
    seconds = int(silence.total_seconds())
    return GateAnswer(
        state=UNKNOWN,
        code="gate_not_read",
        reason=f"Nobody could read for {seconds} s whether the approval still holds",
        fallback=Outcome.REFER.value,
    )
