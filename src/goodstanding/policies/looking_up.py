"""Features of a few decisions, looked up in the ledger; and what such a lookup costs."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Any, cast
from uuid import UUID

from django.db import connection

from goodstanding.core.named_sql import named_sql, with_driver_parameters
from goodstanding.policies.engine import Policy, Value
from goodstanding.policies.features import (
    EntityKey,
    FeatureDefinition,
    facts_without_rate,
    pinned_features,
    point_lookup,
)

TRIES = 5
_SCANS = {"Seq Scan", "Parallel Seq Scan"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFeatures:
    """Whose features, as of when: the party, the identifier `scheme:value`, or both.

    `event` is the subject of the event being decided, whose own facts stay out.
    """

    as_of: datetime
    legal_entity: str
    party_id: UUID | None = None
    entity: str | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class FeatureFound:
    """A feature's value as of a moment, or None and the kind of missing value."""

    definition: FeatureDefinition
    value: Value | None
    missing: str | None


@dataclass(frozen=True, slots=True)
class LookupCost:
    """What it costs to look up all features of one decision, in one round trip.

    `plan_cost` is PostgreSQL's own measure, `milliseconds` the median of five runs for a party
    that has such facts; `scans` are tables read from end to end, which is a fault of the indexes.
    """

    features: int
    plan_cost: float
    milliseconds: float
    indexes: tuple[str, ...]
    scans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RateMissing:
    """A currency and a day, UTC, on which a fact took effect that no known rate converts."""

    currency: str
    effective_on: date


def look_up_features(
    definitions: Sequence[FeatureDefinition], *, asked: Sequence[AskedFeatures]
) -> list[list[FeatureFound]]:
    """The features of each of these, by the statement that decides live."""
    if not definitions or not asked:
        return [[] for _ in asked]
    rows = _rows(_statement(definitions), asked)
    return [
        [FeatureFound(item, row[2 * at], row[2 * at + 1]) for at, item in enumerate(definitions)]
        for row in rows
    ]


def foreign_currencies(definition: FeatureDefinition, *, asked: AskedFeatures) -> tuple[str, ...]:
    """The other currencies among the facts in a feature's window: why its value is unknown.

    Facts that its filter leaves out are looked at too. Empty where no currency is declared, or
    other currencies are converted.
    """
    if not definition.currency or definition.conversion is not None:
        return ()
    is_party = definition.entity is EntityKey.PARTY
    rows = named_sql("policies", "foreign_currencies").rows(
        {
            "kinds": list(definition.kinds),
            "legal_entity": asked.legal_entity,
            "party_id": asked.party_id if is_party else None,
            "entity": None if is_party else asked.entity,
            "event": asked.event if is_party else None,
            "start": asked.as_of - definition.window,
            "as_of": asked.as_of,
            "currency": definition.currency,
        }
    )
    return tuple(str(row["currency"]) for row in rows)


def rates_missing(
    definition: FeatureDefinition, *, asked: AskedFeatures
) -> tuple[RateMissing, ...]:
    """For want of which rates a feature that converts is unknown; empty for any other."""
    if definition.conversion is None:
        return ()
    given = named_sql("policies", "asked_features").text
    text = f"with asked as materialized ({given})\n{facts_without_rate(definition)}"
    return tuple(
        RateMissing(currency, effective_on)
        for currency, effective_on in _rows(with_driver_parameters(text), [asked])
    )


def lookup_cost(policy: Policy, *, legal_entity: str, at: datetime) -> LookupCost | None:
    """What the lookup of a policy's features costs here and now; None where it looks up none.

    Raises PolicyRefused as `pinned_features` does.
    """
    definitions = pinned_features(policy)
    if not definitions:
        return None
    asked = [_typical(definitions, legal_entity=legal_entity, at=at)]
    statement, parameters = _statement(definitions), _parameters(asked)
    with connection.cursor() as cursor:
        cursor.execute(f"explain (format json) {statement}", parameters)
        plan = _plan_of(cursor.fetchone())
        times = [_timed(cursor, statement, parameters) for _ in range(TRIES)]
    nodes = list(_nodes(plan))
    return LookupCost(
        features=len(definitions),
        plan_cost=float(plan["Total Cost"]),
        milliseconds=median(times),
        indexes=tuple(sorted({node["Index Name"] for node in nodes if "Index Name" in node})),
        scans=tuple(
            sorted({node["Relation Name"] for node in nodes if node["Node Type"] in _SCANS})
        ),
    )


def _statement(definitions: Sequence[FeatureDefinition]) -> str:
    lookup = point_lookup(definitions)
    asked = named_sql("policies", "asked_features").text
    columns = ", ".join(lookup.columns)
    text = f"with asked as materialized ({asked})\nselect {columns}\nfrom asked\n{lookup.joins}\n"
    return with_driver_parameters(f"{text}order by asked.place asc")


def _rows(statement: str, asked: Sequence[AskedFeatures]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, _parameters(asked))
        return cursor.fetchall()


def _parameters(asked: Sequence[AskedFeatures]) -> dict[str, Any]:
    return {
        "as_of": [item.as_of for item in asked],
        "legal_entity": [item.legal_entity for item in asked],
        "party_id": [item.party_id for item in asked],
        "entity": [item.entity for item in asked],
        "event": [item.event for item in asked],
    }


def _typical(
    definitions: Sequence[FeatureDefinition], *, legal_entity: str, at: datetime
) -> AskedFeatures:
    """A decision about whoever the newest fact of the first feature is about."""
    kinds = list(definitions[0].kinds)
    parameters = {"kinds": kinds, "legal_entity": legal_entity, "as_of": at}
    rows = named_sql("policies", "typical_entity").rows(parameters)
    found = rows[0] if rows else {"party_id": None, "subject": None}
    return AskedFeatures(
        as_of=at,
        legal_entity=legal_entity,
        party_id=found["party_id"],
        entity=found["subject"],
    )


def _timed(cursor: Any, statement: str, parameters: Mapping[str, Any]) -> float:
    began = time.perf_counter()
    cursor.execute(statement, parameters)
    cursor.fetchall()
    return (time.perf_counter() - began) * 1000


def _plan_of(row: Any) -> dict[str, Any]:
    found = row[0]
    document = json.loads(found) if isinstance(found, str) else found
    return cast("dict[str, Any]", document[0]["Plan"])


def _nodes(plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    below = [node for child in plan.get("Plans", []) for node in _nodes(child)]
    return [plan, *below]
