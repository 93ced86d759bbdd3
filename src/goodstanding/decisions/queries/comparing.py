"""Two records of one question side by side: what differs, in the words of a decision."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from goodstanding.decisions.errors import UnknownDecision
from goodstanding.decisions.models import Decision, Replay
from goodstanding.decisions.queries.labels import Labels, policy_of

NOTHING = ""
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """One place where two records differ, as text on both sides; `part` names the section."""

    part: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of two decisions: when, on what version, with what outcome."""

    decision_id: UUID
    as_of: datetime
    recorded_at: datetime
    outcome: str
    version: str
    record_hash: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two decisions about one entity and every line that differs."""

    entity: str
    first: Side
    second: Side
    lines: tuple[ChangedLine, ...]


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What one replay found."""

    decision_id: UUID
    entity: str
    verdict: str
    difference: str
    replayed_by: str
    replayed_at: datetime
    policy: str
    version: str
    policy_hash: str
    artefacts: tuple[tuple[str, str], ...]
    inputs: int
    personal: int
    rules: int
    record_hash: str


def compared(*, first: UUID, second: UUID, known_at: datetime) -> Comparison:
    """Two decisions side by side; raises UnknownDecision for either."""
    one, other = _decision(first, known_at), _decision(second, known_at)
    before, after = msgspec.json.decode(one.record), msgspec.json.decode(other.record)
    return Comparison(
        one.entity,
        _side(one, before),
        _side(other, after),
        tuple(changed_lines(before, after, label=_labels(one))),
    )


def replay_result(*, replay_id: UUID, known_at: datetime) -> ReplayResult:
    """One replay with what it read; raises UnknownDecision where there is none."""
    row = (
        Replay.objects.select_related("decision")
        .filter(id=replay_id, recorded_at__lte=known_at)
        .first()
    )
    if row is None:
        raise UnknownDecision(decision_id=replay_id)
    decision = row.decision
    record = msgspec.json.decode(decision.record)
    parts = (*record["models"], *record["scorecards"])
    values = [entry["value"] for entry in record["inputs"].values()]
    return ReplayResult(
        decision_id=decision.id,
        entity=decision.entity,
        verdict=row.verdict,
        difference=row.difference,
        replayed_by=row.replayed_by,
        replayed_at=row.replayed_at,
        policy=decision.policy,
        version=record["policy"]["version"],
        policy_hash=decision.policy_hash,
        artefacts=tuple((f"{part['id']} {part['version']}", part["sha256"]) for part in parts),
        inputs=len(values),
        personal=sum(isinstance(value, dict) for value in values),
        rules=len(record["rules"]),
        record_hash=decision.record_hash,
    )


def changed_lines(before: Record, after: Record, *, label: Labels) -> Iterator[ChangedLine]:
    """Every line that differs, in the order in which a person asks: outcome first."""
    yield from _plain(before, after)
    yield from _by_key("Rules", _truths(before), _truths(after), label.rule)
    yield from _by_key("Scores", _scores(before), _scores(after), label.of)
    yield from _by_key("Inputs", _inputs(before), _inputs(after), label.of)
    yield from _by_key("Derived", before["derived"], after["derived"], label.of)
    yield from _by_key("Terms", _terms(before), _terms(after), str)


def _labels(decision: Decision) -> Labels:
    return Labels(policy_of(policy=decision.policy, content_hash=decision.policy_hash))


def _decision(decision_id: UUID, known_at: datetime) -> Decision:
    found = Decision.objects.filter(id=decision_id, recorded_at__lte=known_at).first()
    if found is None:
        raise UnknownDecision(decision_id=decision_id)
    return found


def _side(decision: Decision, record: Record) -> Side:
    return Side(
        decision.id,
        decision.as_of,
        decision.recorded_at,
        decision.outcome,
        f"{record['policy']['name']} {record['policy']['version']}",
        decision.record_hash,
    )


def _plain(before: Record, after: Record) -> Iterator[ChangedLine]:
    one, other = _looked_at(before), _looked_at(after)
    for (part, what), value in one.items():
        shown = _shown(value), _shown(other[part, what])
        if shown[0] != shown[1]:
            yield ChangedLine(part, what, *shown)


def _looked_at(record: Record) -> dict[tuple[str, str], object]:
    """What a record says in one line each, by part and what it is."""
    band: Record = record["band"] or {}
    return {
        ("Outcome", "outcome"): record["outcome"],
        ("Outcome", "what the policy said"): record["policy_outcome"],
        ("Outcome", "decided by"): record["decided_by"],
        ("Outcome", "queue"): record["queue"],
        ("Outcome", "reasons"): [reason["code"] for reason in record["reasons"]],
        ("Policy", "version"): record["policy"]["version"],
        ("Policy", "text"): record["policy"]["text_hash"][:16],
        ("Policy", "arm"): record["arm"]["name"],
        ("Approval", "gate"): record["gate"]["state"].replace("_", " "),
        ("Approval", "why"): record["gate"]["reason"],
        ("Scores", "score"): record["score"],
        ("Scores", "band"): band.get("name"),
        ("Scores", "points of the rules"): record["points"],
    }


def _by_key(
    part: str, before: Record, after: Record, label: Callable[[str], str]
) -> Iterator[ChangedLine]:
    for name in dict.fromkeys((*before, *after)):
        one, other = _shown(before.get(name)), _shown(after.get(name))
        if one != other:
            yield ChangedLine(part, label(name), one, other)


def _truths(record: Record) -> dict[str, str]:
    return {
        line["id"]: line["truth"].lower() + (f", {line['vote']}" if line.get("vote") else "")
        for line in record["rules"]
    }


def _scores(record: Record) -> dict[str, object]:
    found: dict[str, object] = {card["name"]: card["points"] for card in record["scorecards"]}
    return found | {model["name"]: model["score"] for model in record["models"]}


def _inputs(record: Record) -> dict[str, object]:
    return {
        name: f"missing: {entry['missing'].replace('_', ' ')}"
        if "missing" in entry
        else entry["value"]
        for name, entry in record["inputs"].items()
    }


def _terms(record: Record) -> dict[str, object]:
    return {
        term["label"]: " ".join(filter(None, (str(term["value"]), term["currency"])))
        for term in record["terms"]
    }


def _shown(value: object) -> str:
    if value is None or value in ("", []):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, dict):  # a keyed digest: told apart, never shown
        return f"personal, digest {str(value.get('digest'))[:8]}"  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return str(value)
