"""Count decisions by policy, and what each rule of a text said in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from goodstanding.core.named_sql import named_sql
from goodstanding.decisions.models import Decision


@dataclass(frozen=True, slots=True)
class RuleTruths:
    """How often a rule was TRUE and UNKNOWN among `decided` decisions."""

    decided: int
    true: int
    unknown: int


def decisions_by_policy(*, since: datetime, known_at: datetime) -> dict[str, dict[str, int]]:
    """The decisions recorded from `since` to `known_at`, by policy and outcome."""
    rows = Decision.objects.filter(recorded_at__gte=since, recorded_at__lte=known_at)
    found: dict[str, dict[str, int]] = {}
    counted = rows.order_by().values_list("policy", "outcome").annotate(count=Count("*"))
    for policy, outcome, count in counted:
        found.setdefault(policy, {})[outcome] = count
    return found


def outcomes_of_version(
    *, policy_hash: str, since: datetime, known_at: datetime
) -> Mapping[str, int]:
    """The decisions that a version made, recorded from `since` to `known_at`, by outcome."""
    rows = Decision.objects.filter(
        policy_hash=policy_hash, recorded_at__gte=since, recorded_at__lte=known_at
    )
    return dict(rows.order_by("outcome").values_list("outcome").annotate(count=Count("*")))


def are_many_decisions(*, since: datetime, known_at: datetime, more_than: int) -> bool:
    """Whether more decisions than that were recorded from `since` to `known_at`.

    An index answers, and no further than to the first one too many.
    """
    rows = Decision.objects.filter(recorded_at__gte=since, recorded_at__lte=known_at)
    first = rows.order_by().values_list("recorded_at")[: more_than + 1]
    return first.count() > more_than


def rule_truths(
    *, policy_hash: str, since: datetime, known_at: datetime
) -> Mapping[int, RuleTruths]:
    """What each rule of a text said in its decisions, by the rule's place from 0."""
    rows = named_sql("decisions", "rule_truths").rows(
        {"policy_hash": policy_hash, "since": since, "known_at": known_at}
    )
    return {
        int(row["place"]) - 1: RuleTruths(
            int(row["decided"]), int(row["true_count"]), int(row["unknown_count"])
        )
        for row in rows
    }
