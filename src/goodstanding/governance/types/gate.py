"""The gate: may this policy, with these models, decide this case now?

A `GateSnapshot` is read in one statement and holds everything the answer needs, so that
`state_of` is pure and fast: time is an argument, and nothing has to run when an approval ends.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

import msgspec

from goodstanding.governance.types.words import Effect, Fallback, Severity

Allowed = Mapping[str, frozenset[str]]
HOUSE_FALLBACK: Final = Fallback.REFER
OVERDUE_STOPS: Final = frozenset({Severity.S1, Severity.S2})


class GateStatus(StrEnum):
    """Whether a version may decide, and if not, why; ordered from good to worst."""

    CURRENT = "current"
    OUTSIDE_CONDITIONS = "outside_conditions"
    MONITORING_STALE = "monitoring_stale"
    EXPIRED = "expired"
    NOT_APPROVED = "not_approved"
    SUSPENDED = "suspended"


EXCEPTION: Final = "exception"
_RANK: Final = {status: rank for rank, status in enumerate(GateStatus)}


class GateState(msgspec.Struct, frozen=True):
    """The gate's answer, as the decision records it.

    `state` current lets the policy decide; anything else makes `fallback` (`refer` or `decline`)
    decide. `code` is stable for machines, `reason` is the sentence a person reads. `approval_id`
    is the approval in force, or the one that no longer is; `exception_id` the exception used
    instead. `findings` are the findings that stopped it.
    """

    state: GateStatus
    reason: str
    approval_id: UUID | None
    fallback: Fallback
    findings: tuple[UUID, ...] = ()
    code: str = "approval_in_force"
    exception_id: UUID | None = None

    @property
    def is_current(self) -> bool:
        """Whether the policy itself may decide."""
        return self.state is GateStatus.CURRENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """What lets a version decide: an approval, or an exception to use it before validation.

    `allowed` maps a key of the segment to the values the approval covers; a key that the decision
    does not carry is outside. `expires_at` already holds every earlier expiry that was set.
    """

    permit_id: UUID
    use_case_id: UUID
    valid_from: datetime
    expires_at: datetime
    fallback: Fallback
    allowed: Allowed
    max_exposure_minor: int | None = None
    currency: str | None = None
    is_exception: bool = False
    is_revoked: bool = False
    revoked_why: str = ""
    fresh_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFinding:
    """A finding that is not closed. `quiet_until`: accepted, or excepted, up to that instant."""

    finding_id: UUID
    number: int
    severity: Severity
    effect: Effect
    segment: Allowed
    due_on: date
    cap_minor: int | None = None
    currency: str | None = None
    quiet_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernedState:
    """What the gate knows of one version."""

    content_hash: str
    words: str
    use_case_id: UUID
    fallback: Fallback
    permits: tuple[Permit, ...]
    findings: tuple[OpenFinding, ...]
    unanswered_red_since: datetime | None = None


class _Case(msgspec.Struct, frozen=True):
    """What is decided; without a segment the question is whether anything may be decided."""

    segment: Mapping[str, object] | None
    amount_minor: int | None
    currency: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class GateSnapshot:
    """Everything the gate needs of all governed versions, as one statement saw it.

    `version` is what `gate_version()` answered in that statement; a process that holds a snapshot
    reads a new one when the number moves. `read_at` is the instant the reader gave.
    """

    version: int
    read_at: datetime
    versions: Mapping[str, GovernedState]

    def state_of(
        self,
        *,
        policy_hash: str,
        model_hashes: Sequence[str] = (),
        segment: Mapping[str, object],
        amount_minor: int | None,
        at: datetime,
        currency: str | None = None,
    ) -> GateState:
        """Whether the policy and all its models may decide this case at `at`; pure.

        `segment` holds facts of the case under the keys that approvals name (`country`,
        `population`, `product`, ...); `amount_minor` is the exposure asked for, in minor units of
        `currency` (of the approval's own where it is not given). The worst of the versions
        answers; the models must be approved for the use case of the policy.
        """
        case = _Case(segment, amount_minor, currency, at)
        policy = self.versions.get(policy_hash)
        if policy is None:
            return _unregistered("policy", policy_hash)
        worst, use_case_id = _state_of_version(policy, case, use_case_id=None)
        for model_hash in model_hashes:
            model = self.versions.get(model_hash)
            state = (
                _unregistered("model", model_hash)
                if model is None
                else _state_of_version(model, case, use_case_id=use_case_id)[0]
            )
            worst = _worse(worst, state, fallback=worst.fallback)
        return worst

    def standing_of(self, *, content_hash: str, at: datetime) -> GateState:
        """Whether one version may decide anything at `at`, whatever its conditions.

        A finding that reaches only a segment, or caps an amount, does not stop the version here.
        """
        version = self.versions.get(content_hash)
        if version is None:
            return _unregistered("version", content_hash)
        return _state_of_version(version, _Case(None, None, None, at), use_case_id=None)[0]


def _worse(policy: GateState, model: GateState, *, fallback: Fallback) -> GateState:
    """The worse of the two; how to fall back is declared for the policy, unless a finding says."""
    if _RANK[model.state] <= _RANK[policy.state]:
        return policy
    chosen = model.fallback if model.code == "finding_refers" else fallback
    return msgspec.structs.replace(model, fallback=chosen)


def _unregistered(kind: str, content_hash: str) -> GateState:
    return GateState(
        GateStatus.NOT_APPROVED,
        f"The {kind} {content_hash[:12]} is not in the inventory",
        None,
        HOUSE_FALLBACK,
        code="not_registered",
    )


def _state_of_version(
    version: GovernedState, case: _Case, *, use_case_id: UUID | None
) -> tuple[GateState, UUID]:
    """The version's own state, and the use case its permit is for.

    For a policy `use_case_id` is None: any permit may answer, the one in force first.
    """
    answer: GateState | None = None
    chosen = version.use_case_id if use_case_id is None else use_case_id
    for permit in version.permits:
        if use_case_id is not None and permit.use_case_id != use_case_id:
            continue
        state = _state_of_permit(version, permit, case)
        if answer is None or _RANK[state.state] < _RANK[answer.state]:
            answer = state
            chosen = permit.use_case_id if use_case_id is None else use_case_id
        if state.state is GateStatus.CURRENT:
            break
    if answer is None:
        answer = _never_approved(version, use_case_id=use_case_id)
    return _stopped_by_findings(version, answer, case) or answer, chosen


def _never_approved(version: GovernedState, *, use_case_id: UUID | None) -> GateState:
    if version.permits and use_case_id is not None:
        reason, code = f"{version.words} is approved for another use case only", "other_use_case"
    else:
        reason, code = f"{version.words} has no approval", "no_approval"
    return GateState(GateStatus.NOT_APPROVED, reason, None, version.fallback, code=code)


def _state_of_permit(version: GovernedState, permit: Permit, case: _Case) -> GateState:
    noun = EXCEPTION if permit.is_exception else "approval"
    if permit.is_revoked:
        verb = "was ended" if permit.is_exception else "was revoked"
        why = f"The {noun} of {version.words} {verb}: {permit.revoked_why}"
        return _answer(permit, GateStatus.NOT_APPROVED, why, "approval_revoked")
    if case.at < permit.valid_from:
        why = f"The {noun} of {version.words} starts on {_instant(permit.valid_from)}"
        return _answer(permit, GateStatus.NOT_APPROVED, why, "approval_not_started")
    if case.at >= permit.expires_at:
        why = f"The {noun} of {version.words} ended on {_instant(permit.expires_at)}"
        return _answer(permit, GateStatus.EXPIRED, why, "approval_expired")
    outside = _outside(permit, case)
    if outside:
        why = f"The {noun} of {version.words} does not cover this case: {outside}"
        return _answer(permit, GateStatus.OUTSIDE_CONDITIONS, why, "outside_conditions")
    if permit.fresh_until is not None and case.at >= permit.fresh_until:
        why = f"The monitoring of {version.words} was due by {_instant(permit.fresh_until)}"
        return _answer(permit, GateStatus.MONITORING_STALE, why, "monitoring_stale")
    return _current(permit.permit_id, permit.expires_at, permit.fallback, noun)


@lru_cache(maxsize=4096)
def _current(permit_id: UUID, expires_at: datetime, fallback: Fallback, noun: str) -> GateState:
    """What a permit in force answers, the same for every case that it covers."""
    approval_id, exception_id = (None, permit_id) if noun == EXCEPTION else (permit_id, None)
    why = f"{noun} in force until {_instant(expires_at)}"
    code = f"{noun}_in_force"
    return GateState(GateStatus.CURRENT, why, approval_id, fallback, (), code, exception_id)


def _answer(permit: Permit, status: GateStatus, reason: str, code: str) -> GateState:
    approval_id, exception_id = (
        (None, permit.permit_id) if permit.is_exception else (permit.permit_id, None)
    )
    return GateState(status, reason, approval_id, permit.fallback, (), code, exception_id)


def _outside(permit: Permit, case: _Case) -> str:
    """Which condition the case fails, in words; empty when it holds all of them."""
    if case.segment is None:
        return ""
    for key, values in permit.allowed.items():
        value = case.segment.get(key)
        if value is None:
            return f"its {key} is not known"
        if str(value) not in values:
            return f"{key} {value} is not among {', '.join(sorted(values))}"
    return _over(permit, case)


def _over(permit: Permit, case: _Case) -> str:
    """Why the exposure is not covered, in words; empty where it is."""
    most = permit.max_exposure_minor
    if most is None:
        return ""
    if case.currency is not None and case.currency != permit.currency:
        return f"its currency {case.currency} is not {permit.currency}"
    if case.amount_minor is None:
        return "its amount is not known"
    if case.amount_minor > most:
        return f"its amount is over the approved {most} minor units of {permit.currency}"
    return ""


def _stopped_by_findings(
    version: GovernedState, answer: GateState, case: _Case
) -> GateState | None:
    """The stop that open findings or an unanswered red breach cause; None where none does."""
    if not version.findings and version.unanswered_red_since is None:
        return None
    active = [finding for finding in version.findings if _is_active(finding, case)]
    blocking = [finding for finding in active if finding.effect is Effect.BLOCK]
    if blocking:
        return _stop(version, answer, blocking, "is blocked by", "finding_blocks", answer.fallback)
    if version.unanswered_red_since is not None:
        since = _instant(version.unanswered_red_since)
        why = f"The monitoring of {version.words} is red since {since} and no finding answers it"
        return msgspec.structs.replace(
            answer, state=GateStatus.SUSPENDED, reason=why, code="unanswered_red"
        )
    referring = [
        finding for finding in active if finding.effect is Effect.REFER or _is_late(finding, case)
    ]
    if referring:
        return _stop(version, answer, referring, "refers by", "finding_refers", Fallback.REFER)
    capping = [finding for finding in active if _is_over_cap(finding, case)]
    if capping and answer.is_current:
        stop = _stop(version, answer, capping, "is capped by", "finding_caps", answer.fallback)
        return msgspec.structs.replace(stop, state=GateStatus.OUTSIDE_CONDITIONS)
    return None


def _is_active(finding: OpenFinding, case: _Case) -> bool:
    if finding.quiet_until is not None and case.at < finding.quiet_until:
        return False
    if case.segment is None:
        return not finding.segment
    return all(
        key not in case.segment or str(case.segment[key]) in values
        for key, values in finding.segment.items()
    )


def _is_late(finding: OpenFinding, case: _Case) -> bool:
    return finding.severity in OVERDUE_STOPS and case.at.date() > finding.due_on


def _is_over_cap(finding: OpenFinding, case: _Case) -> bool:
    if finding.effect is not Effect.CAP or finding.cap_minor is None or case.segment is None:
        return False
    if case.currency is not None and case.currency != finding.currency:
        return True
    return case.amount_minor is None or case.amount_minor > finding.cap_minor


def _stop(
    version: GovernedState,
    answer: GateState,
    findings: Iterable[OpenFinding],
    verb: str,
    code: str,
    fallback: Fallback,
) -> GateState:
    stopping = tuple(findings)
    named = ", ".join(f"finding {finding.number} ({finding.severity})" for finding in stopping)
    return msgspec.structs.replace(
        answer,
        state=GateStatus.SUSPENDED,
        reason=f"{version.words} {verb} {named}",
        fallback=fallback,
        findings=tuple(finding.finding_id for finding in stopping),
        code=code,
    )


@lru_cache(maxsize=1024)
def _instant(instant: datetime) -> str:
    return f"{instant.day} {instant:%b %Y %H:%M} UTC"


def freshness(*, last_seen: datetime, every_days: int | None) -> datetime | None:
    """Until when monitoring counts as fresh; None where the approval asks for none."""
    return None if every_days is None else last_seen + timedelta(days=every_days)
