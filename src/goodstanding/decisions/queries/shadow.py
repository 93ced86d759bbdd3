"""Read what versions in shadow said, beside what was said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Count, Q, QuerySet

from goodstanding.core.named_sql import named_sql
from goodstanding.decisions.models import ShadowCursor, ShadowDecision
from goodstanding.decisions.queries.listing import names_of
from goodstanding.decisions.types import ShadowState
from goodstanding.policies.queries import shadow_stints
from goodstanding.policies.types import ShadowStint


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that said otherwise in shadow, and in how many decisions."""

    rule_id: str
    was: str
    now: str
    decisions: int


@dataclass(frozen=True, slots=True)
class Latency:
    """How long evaluations took, in microseconds."""

    median_us: int
    p95_us: int
    p99_us: int


@dataclass(frozen=True, slots=True)
class ShadowComparison:
    """A version in shadow against what decided, over every live decision that it met.

    `moves` counts decisions by the outcome that was said and the outcome in shadow; `parts` by
    what differs. `followed_at` is when the follower last looked, `waiting` how many live
    decisions of its time it has not met yet; `caught_up` were recorded before its time.
    """

    stint: ShadowStint
    moves: Mapping[tuple[str, str], int]
    refused: int
    erased: int
    parts: Mapping[str, int]
    rules: Sequence[RuleChange]
    latency: Latency | None
    followed_at: datetime | None
    waiting: int
    caught_up: int

    @property
    def evaluated(self) -> int:
        """How many decisions have an outcome in shadow."""
        return sum(self.moves.values())

    @property
    def differing(self) -> int:
        """How many outcomes differ."""
        return sum(count for (was, now), count in self.moves.items() if was != now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowFilter:
    """What a list of shadow decisions is narrowed to; empty narrows nothing."""

    was: str = ""
    now: str = ""
    rule: str = ""
    state: str = ""
    only_differing: bool = False


@dataclass(frozen=True, slots=True)
class ListedShadow:
    """A shadow decision's line in a list; `business` is the name as known at the reading."""

    met: ShadowDecision
    business: str

    @property
    def id(self) -> UUID:
        """The id of the decision that it met, which its page shows."""
        return self.met.decision_id

    @property
    def entity(self) -> str:
        """The identifier on which was decided."""
        return self.met.decision.entity


@dataclass(frozen=True, slots=True)
class ShadowList:
    """The shadow decisions of a filter, as a list page takes them: counted, sliced, named."""

    found: "QuerySet[ShadowDecision]"
    known_at: datetime

    def count(self) -> int:
        """How many there are, exactly."""
        return self.found.count()

    def rows(self, *, start: int, stop: int, sort: str) -> Sequence[ListedShadow]:
        """Those from `start` up to `stop`, with the names of their businesses."""
        met = list((self.found.order_by(sort, "pk") if sort else self.found)[start:stop])
        ids = {each.decision.party_id for each in met} - {None}
        names = names_of(party_ids=[each for each in ids if each], known_at=self.known_at)
        return [ListedShadow(each, names.get(each.decision.party_id, "")) for each in met]


@dataclass(frozen=True, slots=True)
class ShadowOfDecision:
    """What one version would have said of one decision, for that decision's page."""

    policy: str
    label: str
    state: ShadowState
    refusal: str
    outcome: str
    decided_outcome: str
    differs_in: Sequence[str]
    rule_changes: Sequence[tuple[str, str, str]]
    reasons: Sequence[Mapping[str, Any]]
    terms: Sequence[Mapping[str, Any]]
    points: int | None
    score: str | None
    record_hash: str
    duration_us: int | None
    evaluated_at: datetime


def stints_of(*, name: str) -> tuple[ShadowStint, ...]:
    """The times that versions of a policy spent in shadow, the newest first."""
    return tuple(reversed([stint for stint in shadow_stints() if stint.name == name]))


def shadow_comparison(*, stint: ShadowStint, known_at: datetime) -> ShadowComparison:
    """How the version of a stint answered in shadow, over all it met and as known at an instant."""
    met = _met(stint, known_at=known_at)
    states = dict(met.order_by().values_list("state").annotate(Count("id")))
    parameters = {"policy_hash": stint.text_hash, "known_at": known_at}
    parts = named_sql("decisions", "shadow_parts").rows(parameters)
    cursor = ShadowCursor.objects.filter(stint_id=stint.stint_id).first()
    return ShadowComparison(
        stint=stint,
        moves=_moves(met),
        refused=states.get(ShadowState.REFUSED.value, 0),
        erased=states.get(ShadowState.INPUTS_ERASED.value, 0),
        parts={row["part"]: row["decisions"] for row in parts},
        rules=_rules(parameters),
        latency=_latency(parameters),
        followed_at=cursor.followed_at if cursor else None,
        waiting=_waiting(stint, int(cursor.below_xid) if cursor else stint.from_xid),
        caught_up=met.filter(decided_at__lt=stint.since).count(),
    )


def shadow_decisions(*, stint: ShadowStint, known_at: datetime, wanted: ShadowFilter) -> ShadowList:
    """The shadow decisions of a version that the filter leaves, with their businesses."""
    found = _met(stint, known_at=known_at)
    if wanted.was:
        found = found.filter(decided_outcome=wanted.was)
    if wanted.now:
        found = found.filter(outcome=wanted.now)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.rule:
        changes = [f"{wanted.rule} {was}>{now}" for was in _TRUTHS for now in _TRUTHS]
        found = found.filter(rule_changes__overlap=changes)
    if wanted.only_differing:
        found = found.filter(~Q(differs_in=[]) | ~Q(state=ShadowState.EVALUATED.value))
    rows = found.select_related("decision").defer("record", "decision__record")
    return ShadowList(rows, known_at)


def shadows_of(*, decision_id: UUID, known_at: datetime) -> list[ShadowOfDecision]:
    """What versions in shadow said of one decision, the newest version first."""
    rows = ShadowDecision.objects.filter(decision_id=decision_id, recorded_at__lte=known_at)
    return [_shown(row) for row in rows.order_by("-id")]


_TRUTHS = ("TRUE", "FALSE", "UNKNOWN", "ABSENT")


def _met(stint: ShadowStint, *, known_at: datetime) -> "QuerySet[ShadowDecision]":
    return ShadowDecision.objects.filter(policy_hash=stint.text_hash, recorded_at__lte=known_at)


def _moves(met: "QuerySet[ShadowDecision]") -> dict[tuple[str, str], int]:
    counted = met.filter(state=ShadowState.EVALUATED.value).order_by()
    rows = counted.values_list("decided_outcome", "outcome").annotate(Count("id"))
    return {(was, str(now)): count for was, now, count in rows}


def _rules(parameters: Mapping[str, Any]) -> list[RuleChange]:
    rows = named_sql("decisions", "shadow_rules").rows(parameters)
    return [
        RuleChange(*_read_change(row["rule_change"]), decisions=row["decisions"]) for row in rows
    ]


def _read_change(text: str) -> tuple[str, str, str]:
    rule_id, _, change = text.rpartition(" ")
    was, _, now = change.partition(">")
    return rule_id, was, now


def _latency(parameters: Mapping[str, Any]) -> Latency | None:
    [row] = named_sql("decisions", "shadow_latency").rows(parameters)
    if row["median_us"] is None:
        return None
    return Latency(round(row["median_us"]), round(row["p95_us"]), round(row["p99_us"]))


def _waiting(stint: ShadowStint, reached: int) -> int:
    [row] = named_sql("decisions", "shadow_unmet").rows(
        {
            "policy": stint.name, "policy_hash": stint.text_hash, "from_xid": reached,
            "below_xid": stint.below_xid,
        }
    )  # fmt: skip
    return row["decisions"]


def _shown(row: ShadowDecision) -> ShadowOfDecision:
    record: dict[str, Any] = msgspec.json.decode(row.record) if row.record else {}
    return ShadowOfDecision(
        policy=row.policy,
        label=row.label,
        state=ShadowState(row.state),
        refusal=row.refusal,
        outcome=row.outcome or "",
        decided_outcome=row.decided_outcome,
        differs_in=row.differs_in,
        rule_changes=[_read_change(change) for change in row.rule_changes],
        reasons=record.get("reasons", []),
        terms=record.get("terms", []),
        points=row.points,
        score=record.get("score"),
        record_hash=row.record_hash or "",
        duration_us=row.duration_us,
        evaluated_at=row.evaluated_at,
    )
