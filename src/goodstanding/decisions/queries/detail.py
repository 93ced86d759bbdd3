"""One decision as a person reads it: why this answer, and how near it was to another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from goodstanding.core.money import Money, NotAnAmount, money_from_text
from goodstanding.decisions.errors import UnknownDecision
from goodstanding.decisions.models import Decision, Replay
from goodstanding.decisions.queries.labels import Labels, as_words, policy_of
from goodstanding.decisions.queries.scores import ScoredModel, cards_of, models_of
from goodstanding.decisions.queries.wording import Wording, worded
from goodstanding.policies.engine import Policy
from goodstanding.policies.engine.values import value_of


@dataclass(frozen=True, slots=True)
class CutOff:
    """A line of the score, and how far the score is from it.

    `distance` is score minus line: negative below it. `outcome` is what the policy's score would
    have voted for on the other side.
    """

    line: Decimal
    distance: Decimal
    outcome: str
    band: str

    @property
    def steps(self) -> Decimal:
        """The distance without its sign."""
        return abs(self.distance)

    @property
    def side(self) -> str:
        """On which side of the line the score is."""
        return "above" if self.distance >= 0 else "below"


@dataclass(frozen=True, slots=True)
class ReadInput:
    """An input as it was read: its words, its text or the kind of missing, and where it is from."""

    name: str
    label: str
    text: str
    missing: str
    problem: str
    source: str
    observed_at: datetime | None
    is_personal: bool
    definition: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class TracedRule:
    """A rule on this record: TRUE, FALSE or UNKNOWN, and what it voted for."""

    id: str
    label: str
    truth: str
    effect: str
    condition: str
    vote: str
    points: int
    by_missing: bool
    missing: str
    defaults: str
    cancelled_by: str


@dataclass(frozen=True, slots=True)
class LaterRow:
    """Something that happened to a decision after it was made."""

    at: datetime
    kind: str
    who: str
    what: str
    decision_id: UUID | None = None
    replay_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionDetail:
    """Everything the page of one decision shows; personal values stand masked."""

    decision_id: UUID
    entity: str
    party_id: UUID | None
    legal_entity: str
    desk: str
    origin: str
    actor: str
    as_of: datetime
    recorded_at: datetime
    duration_us: int | None
    outcome: str
    policy_outcome: str
    exploration: Mapping[str, Any] | None
    decided_by: str
    queue: str
    amount: Money | None
    terms: Sequence[tuple[str, str]]
    reasons: Sequence[Mapping[str, Any]]
    score: str
    score_label: str
    band: str
    cut_offs: Sequence[CutOff]
    rules: Sequence[TracedRule]
    inputs: Sequence[ReadInput]
    derived: Sequence[tuple[str, str]]
    models: Sequence[ScoredModel]
    lists: Mapping[str, str]
    warnings: Sequence[Mapping[str, str]]
    policy: Mapping[str, Any]
    policy_title: str
    time_zone: str
    gate: Mapping[str, Any]
    arm: Mapping[str, Any]
    supersedes: UUID | None
    record_hash: str
    has_personal: bool
    later: Sequence[LaterRow]
    replay: LaterRow | None
    wording: Wording

    @property
    def arrived_at(self) -> datetime | None:
        """When the question came in; None where the time to decide was not measured."""
        if self.duration_us is None:
            return None
        return self.recorded_at - timedelta(microseconds=self.duration_us)

    @property
    def superseded_by(self) -> LaterRow | None:
        """The newest decision that takes this one's place."""
        return next((row for row in self.later if row.kind == "superseded"), None)

    @property
    def nearest_cut_off(self) -> CutOff | None:
        """The line whose other side was nearest; None where the score did not vote."""
        return min(self.cut_offs, key=lambda line: line.steps, default=None)


def decision_detail(
    *, decision_id: UUID, known_at: datetime, regime: str = "", language: str = ""
) -> DecisionDetail:
    """The decision with all that is known of it until `known_at`; raises UnknownDecision.

    `regime` and `language` choose the words of the reasons; without them they are the record's.
    """
    decision = Decision.objects.filter(id=decision_id, recorded_at__lte=known_at).first()
    if decision is None:
        raise UnknownDecision(decision_id=decision_id)
    record = msgspec.json.decode(decision.record)
    policy = policy_of(policy=decision.policy, content_hash=decision.policy_hash)
    later = later_rows(decision_id=decision_id, known_at=known_at)
    labels = Labels(policy)
    return DecisionDetail(
        **_of_row(decision),
        **_of_record(record),
        policy_title=policy.definition.title if policy else decision.policy,
        time_zone=policy.definition.time_zone if policy else "UTC",
        score_label=policy.plan.score.declaration.label
        if policy and policy.plan.score
        else "score",
        cut_offs=cut_offs(policy, score=record["score"], band=record["band"]),
        rules=[_rule(line, labels) for line in record["rules"]],
        inputs=[_input(name, entry, labels) for name, entry in record["inputs"].items()],
        derived=[(labels.of(name), as_words(value)) for name, value in record["derived"].items()],
        models=[*cards_of(record, labels), *models_of(record, labels, policy)],
        wording=worded(policy, record, regime=regime, language=language),
        later=later,
        replay=next((row for row in later if row.kind == "replay"), None),
    )


def cut_offs(
    policy: Policy | None, *, score: str | int | None, band: Mapping[str, Any] | None
) -> list[CutOff]:
    """The lines of the score whose other side has another outcome, with the distance to each."""
    if policy is None or policy.plan.score is None or score is None or band is None:
        return []
    planned = policy.plan.score
    bands = planned.bands
    here = next((at for at, item in enumerate(bands) if item.name == band["name"]), None)
    if here is None:
        return []
    found: list[CutOff] = []
    for line, other in ((here - 1, here - 1), (here, here + 1)):
        if not (0 <= line < len(bands) - 1) or bands[other].outcome is bands[here].outcome:
            continue
        bound = Decimal(str(value_of(planned.bounds[line], planned.type)))
        outcome = bands[other].outcome
        found.append(
            CutOff(
                line=bound,
                distance=Decimal(score) - bound,
                outcome=outcome.value if outcome else "no vote",
                band=bands[other].name,
            )
        )
    return found


def later_rows(*, decision_id: UUID, known_at: datetime) -> list[LaterRow]:
    """Replays of the decision and decisions that supersede it, newest first."""
    replays = Replay.objects.filter(decision_id=decision_id, recorded_at__lte=known_at)
    rows = [
        LaterRow(row.replayed_at, "replay", row.replayed_by, _replay_words(row), replay_id=row.id)
        for row in replays
    ]
    newer = Decision.objects.filter(supersedes_id=decision_id, recorded_at__lte=known_at)
    rows += [
        LaterRow(row.recorded_at, "superseded", row.actor, f"Superseded: {row.outcome}", row.id)
        for row in newer
    ]
    return sorted(rows, key=lambda row: row.at, reverse=True)


def _replay_words(row: Replay) -> str:
    words = {"same": "Replayed: the same, bit for bit", "inputs_erased": "Replay: inputs erased"}
    known = words.get(row.verdict)
    return known or f"Replayed: {row.verdict.replace('_', ' ')} {row.difference}".strip()


def _of_row(decision: Decision) -> dict[str, Any]:
    amount = (
        None
        if decision.amount_minor is None or decision.currency is None
        else Money(decision.amount_minor, decision.currency)
    )
    return {
        "decision_id": decision.id,
        "entity": decision.entity,
        "party_id": decision.party_id,
        "legal_entity": decision.legal_entity,
        "desk": decision.desk,
        "origin": decision.origin,
        "actor": decision.actor,
        "as_of": decision.as_of,
        "recorded_at": decision.recorded_at,
        "duration_us": decision.duration_us,
        "outcome": decision.outcome,
        "amount": amount,
        "supersedes": decision.supersedes_id,
        "record_hash": decision.record_hash,
        "has_personal": decision.personal_value_id is not None,
    }


def _of_record(record: Mapping[str, Any]) -> dict[str, Any]:
    band = record["band"]
    return {
        "policy_outcome": record["policy_outcome"],
        "exploration": record.get("exploration"),
        "decided_by": record["decided_by"],
        "queue": record["queue"],
        "terms": [
            (term["label"], _amount(term["value"], term["currency"])) for term in record["terms"]
        ],
        "reasons": record["reasons"],
        "score": as_words(record["score"]),
        "band": band["name"] if band else "",
        "lists": record["lists"],
        "warnings": record["warnings"],
        "policy": record["policy"],
        "gate": record["gate"],
        "arm": record["arm"],
    }


def _amount(value: object, currency: str) -> str:
    """A term as people read it: money in the form of its currency."""
    text = as_words(value)
    if not (currency and text):
        return text
    try:
        return money_from_text(text, currency=currency).as_text()
    except NotAnAmount:  # a price, say, in parts of the smallest unit
        return f"{text} {currency}"


def _input(name: str, entry: Mapping[str, Any], labels: Labels) -> ReadInput:
    seen = entry.get("observed_at")
    return ReadInput(
        name=name,
        label=labels.of(name),
        text=as_words(entry["value"]),
        missing=entry.get("missing", "").replace("_", " "),
        problem=entry.get("problem", ""),
        source=entry.get("source", ""),
        observed_at=datetime.fromisoformat(seen) if seen else None,
        is_personal=isinstance(entry["value"], dict),
        definition=entry.get("definition", ""),
        is_number=labels.is_number(name),
    )


def _rule(line: Mapping[str, Any], labels: Labels) -> TracedRule:
    planned = labels.rules.get(line["id"])
    declared = planned.declaration if planned else None
    return TracedRule(
        id=line["id"],
        label=declared.label if declared else line.get("label", line["id"]),
        truth=line["truth"],
        effect=declared.effect.value if declared else line.get("effect", ""),
        condition=declared.when.text.strip() if declared else line.get("text", ""),
        vote=line.get("vote", ""),
        points=line.get("points", 0),
        by_missing=line.get("by_missing", False),
        missing=", ".join(
            f"{labels.of(name)} ({kind.replace('_', ' ')})"
            for name, kind in line.get("missing", {}).items()
        ),
        defaults=", ".join(
            f"{labels.of(name)} = {as_words(value)}"
            for name, value in line.get("defaults", {}).items()
        ),
        cancelled_by=line.get("cancelled_by", ""),
    )
