"""Replay: derive a decision again from its record and the artefacts it names, and compare. Pure.

Nothing else is read: no ledger, no present policy, no clock. What the record gives (inputs, arm,
gate, party) is taken from it; what deciding derives (outcome, rules, points, scores, terms,
reasons and the hash) is derived anew by the code that decides live.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

import msgspec

from goodstanding.core.encryption import keyed_digest
from goodstanding.decisions.arms import Arm, Assignment, bucket
from goodstanding.decisions.canonical import encode_canonical, text_hash
from goodstanding.decisions.exploring import Chance
from goodstanding.decisions.record import Document, Given, build_record
from goodstanding.decisions.types import Entity, GateAnswer, PolicyInForce
from goodstanding.policies.engine import Evaluation, MissingKind
from goodstanding.policies.engine import Given as GivenInput

ABSENT = "(absent)"


class Verdict(StrEnum):
    """What a replay found."""

    SAME = "same"
    DIFFERS = "differs"
    INPUTS_ERASED = "inputs_erased"
    POLICY_MISSING = "policy_missing"

    @property
    def label(self) -> str:
        """The verdict in words."""
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where the derived record is not the recorded one."""

    path: str
    recorded: Any
    derived: Any

    def __str__(self) -> str:
        """In words."""
        return f"{self.path}: recorded {self.recorded!r}, derived {self.derived!r}"


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """A replay's result; `difference` is there where it differs, `note` says why else not same.

    `replay_id` names the row that keeps it, where one was written.
    """

    decision_id: UUID
    verdict: Verdict
    record_hash: str
    derived_hash: str | None = None
    difference: Difference | None = None
    note: str = ""
    replay_id: UUID | None = None

    @property
    def is_same(self) -> bool:
        """Whether the decision was derived again, bit for bit."""
        return self.verdict is Verdict.SAME


def compare(
    *,
    decision_id: UUID,
    text: bytes,
    record_hash: str,
    version: PolicyInForce,
    personal: Mapping[str, str | None],
) -> ReplayReport:
    """Derive the record of a decision again and compare it with its text, byte by byte.

    `personal` holds the decrypted personal inputs, each as the JSON that was encrypted.
    """
    changed = changed_since(decision_id=decision_id, text=text, record_hash=record_hash)
    if changed is not None:
        return changed
    recorded: Document = msgspec.json.decode(text)
    evaluation = evaluate_again(recorded=recorded, version=version, personal=personal)
    return compare_evaluated(
        decision_id=decision_id, text=text, version=version, evaluation=evaluation
    )


def changed_since(*, decision_id: UUID, text: bytes, record_hash: str) -> ReplayReport | None:
    """The report of a record that is not what was hashed; None for one that is."""
    if text_hash(text) == record_hash:
        return None
    changed = Difference("record_hash", record_hash, text_hash(text))
    return ReplayReport(
        decision_id, Verdict.DIFFERS, record_hash, text_hash(text), changed,
        "the record is not what was hashed",
    )  # fmt: skip


def compare_evaluated(
    *, decision_id: UUID, text: bytes, version: PolicyInForce, evaluation: Evaluation
) -> ReplayReport:
    """Compare the record that follows from an evaluation with the text, byte by byte."""
    recorded: Document = msgspec.json.decode(text)
    record_hash = text_hash(text)
    derived = record_of(recorded=recorded, version=version, evaluation=evaluation)
    derived_text = encode_canonical(derived)
    if derived_text == text:
        return ReplayReport(decision_id, Verdict.SAME, record_hash, record_hash)
    read_back = msgspec.json.decode(derived_text)
    found = next(differences(recorded, read_back), Difference("record", "text", "other text"))
    return ReplayReport(decision_id, Verdict.DIFFERS, record_hash, text_hash(derived_text), found)


def derive(
    *, recorded: Document, version: PolicyInForce, personal: Mapping[str, str | None]
) -> Document:
    """The record as deciding would write it now from the inputs that it holds."""
    return record_of(
        recorded=recorded,
        version=version,
        evaluation=evaluate_again(recorded=recorded, version=version, personal=personal),
    )


def evaluate_again(
    *, recorded: Document, version: PolicyInForce, personal: Mapping[str, str | None]
) -> Evaluation:
    """What the version says of the inputs that the record holds, as of its moment."""
    return version.policy.evaluate(
        recorded_inputs(recorded, personal), as_of=instant_of(recorded["as_of"])
    )


def record_of(*, recorded: Document, version: PolicyInForce, evaluation: Evaluation) -> Document:
    """The record of an evaluation that was derived again; what was given is the recorded one's."""
    derived = build_record(
        given=_given(recorded, version),
        evaluation=evaluation,
        digest=keyed_digest,
        personal=version.personal,
    )
    for name, entry in recorded["inputs"].items():
        _keep_what_was_said(derived["inputs"].get(name), entry)
    return derived


def recorded_inputs(
    recorded: Mapping[str, Any], personal: Mapping[str, str | None]
) -> dict[str, GivenInput]:
    """The inputs of a record as the caller gave them; `personal` holds the decrypted ones."""
    inputs = {
        name: given_input(name, entry, personal) for name, entry in recorded["inputs"].items()
    }
    return {name: value for name, value in inputs.items() if value is not None}


def differences(recorded: Any, derived: Any, path: str = "") -> Iterator[Difference]:
    """Every leaf that differs, in the order of the record."""
    if isinstance(recorded, dict) and isinstance(derived, dict):
        left, right = cast("dict[str, object]", recorded), cast("dict[str, object]", derived)
        for key in sorted(left.keys() | right.keys()):
            below = f"{path}.{key}".lstrip(".")
            yield from differences(left.get(key, ABSENT), right.get(key, ABSENT), below)
    elif isinstance(recorded, list) and isinstance(derived, list):
        one, other = cast("list[object]", recorded), cast("list[object]", derived)
        for place in range(max(len(one), len(other))):
            yield from differences(
                one[place] if place < len(one) else ABSENT,
                other[place] if place < len(other) else ABSENT,
                f"{path}[{place}]",
            )
    elif not _same(cast("object", recorded), cast("object", derived)):
        yield Difference(path or "record", recorded, derived)


def _same(recorded: object, derived: object) -> bool:
    """Equal and of one type: in JSON, true is not 1."""
    return type(recorded) is type(derived) and recorded == derived


def given_input(
    name: str, entry: Mapping[str, Any], personal: Mapping[str, str | None]
) -> GivenInput | None:
    """An input of a record as it was given; None where the caller had not sent it."""
    missing = entry.get("missing")
    if missing == MissingKind.ABSENT.value:
        return None
    value = entry["value"]
    if isinstance(value, dict):
        kept = personal.get(name)
        value = None if kept is None else msgspec.json.decode(kept)
    return GivenInput(
        value=value,
        missing=None if missing is None else MissingKind(missing),
        source=entry.get("source", ""),
    )


def _keep_what_was_said(derived: Document | None, entry: Mapping[str, Any]) -> None:
    """What the caller said of an input is given, not derived: when it was seen, what was wrong."""
    if derived is not None:
        for key in ("observed_at", "problem"):
            if key in entry:
                derived[key] = entry[key]


def _given(recorded: Document, version: PolicyInForce) -> Given:
    arm = recorded["arm"]
    assignment = Assignment(
        Arm(arm["name"], version.content_hash, 0),
        bucket(salt=arm["salt"], unit=arm["unit"]),
        Decimal(arm["propensity"]),
    )
    return Given(
        legal_entity=recorded["legal_entity"],
        entity=Entity(recorded["entity"]["scheme"], recorded["entity"]["value"]),
        party_id=id_of(recorded["party_id"]),
        as_of=instant_of(recorded["as_of"]),
        arm=assignment,
        salt=arm["salt"],
        gate=_gate(recorded["gate"]),
        origin=recorded["origin"],
        supersedes=id_of(recorded["supersedes"]),
        fallback_queue=version.fallback_queue,
        unit=arm["unit"],
        chance=_chance(recorded.get("exploration")),
    )


def _chance(said: Mapping[str, Any] | None) -> Chance | None:
    """What chance a case below the cut had is given: it hung on money that was left then."""
    if said is None:
        return None
    limit = said["limit"]
    return Chance(
        trial_id=UUID(said["trial_id"]),
        chance=Decimal(said["chance"]),
        explored=said["explored"],
        limit=None if limit is None else Decimal(limit),
        why=said["why"],
    )


def _gate(gate: Mapping[str, Any]) -> GateAnswer:
    return GateAnswer(
        state=gate["state"],
        code=gate["code"],
        reason=gate["reason"],
        fallback=gate["fallback"],
        approval_id=id_of(gate["approval_id"]),
        exception_id=id_of(gate["exception_id"]),
        findings=tuple(UUID(finding) for finding in gate["findings"]),
    )


def id_of(text: str | None) -> UUID | None:
    """An id as a record writes it."""
    return None if text is None else UUID(text)


def instant_of(text: str) -> datetime:
    """An instant as a record writes it."""
    return datetime.fromisoformat(text)
