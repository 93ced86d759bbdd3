"""Read facts as of a moment, by what was known at another."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from goodstanding.core.named_sql import named_sql
from goodstanding.ledger.types import (
    ChangedFact,
    FactVersion,
    FactView,
    ImportView,
    QuarantinedView,
)


def facts_of(
    *, party_id: UUID, as_of: datetime, known_at: datetime, kinds: Sequence[str] | None = None
) -> list[FactView]:
    """The facts of a party that hold as of `as_of`, by what was recorded until `known_at`.

    Oldest first; `kinds` limits them. Corrections and retractions recorded later do not show.
    """
    return facts_of_parties(party_ids=[party_id], as_of=as_of, known_at=known_at, kinds=kinds)


def facts_of_parties(
    *,
    party_ids: Sequence[UUID],
    as_of: datetime,
    known_at: datetime,
    kinds: Sequence[str] | None = None,
) -> list[FactView]:
    """The same for several parties at once."""
    parameters = {
        "party_ids": list(party_ids),
        "as_of": as_of,
        "known_at": known_at,
        "any_kind": kinds is None,
        "kinds": list(kinds or ()),
    }
    return [_as_view(row) for row in named_sql("ledger", "facts_of_parties").rows(parameters)]


def facts_of_kinds(
    *, kinds: Sequence[str], legal_entity: str, as_of: datetime, known_at: datetime
) -> list[FactView]:
    """All facts of these kinds within a legal entity, parties or none (incidents have none)."""
    parameters = {
        "kinds": list(kinds),
        "legal_entity": legal_entity,
        "as_of": as_of,
        "known_at": known_at,
    }
    return [_as_view(row) for row in named_sql("ledger", "facts_of_kinds").rows(parameters)]


def fact_history(*, kind: str, subject: str, legal_entity: str) -> list[FactVersion]:
    """Every version of one fact, retractions included, oldest first."""
    parameters = {"kind": kind, "subject": subject, "legal_entity": legal_entity}
    rows = named_sql("ledger", "fact_history").rows(parameters)
    return [FactVersion(**_with_attributes(row)) for row in rows]


def changed_facts_of(*, party_id: UUID, known_at: datetime) -> list[ChangedFact]:
    """Every version of the facts of a party that were corrected or retracted by then.

    The latest recorded comes first; the versions that were corrected are among them.
    """
    parameters = {"party_id": party_id, "known_at": known_at}
    found: list[ChangedFact] = []
    for row in named_sql("ledger", "changed_facts").rows(parameters):
        values = _with_attributes(row)
        kind, subject = values.pop("kind"), values.pop("subject")
        legal_entity = values.pop("legal_entity")
        found.append(ChangedFact(kind, subject, legal_entity, FactVersion(**values)))
    return found


def fact_counts(
    *, party_ids: Sequence[UUID], as_of: datetime, known_at: datetime
) -> dict[UUID, int]:
    """How many facts each of these parties has, as of and as known; parties without are left out.

    The answer key of a demonstration is not counted: it is about the sample, not the business.
    """
    parameters = {"party_ids": list(party_ids), "as_of": as_of, "known_at": known_at}
    rows = named_sql("ledger", "fact_counts").rows(parameters)
    return {row["party_id"]: row["facts"] for row in rows}


def import_runs() -> list[ImportView]:
    """All imports, newest first, with their counts and whether they came to their end."""
    return [ImportView(**row) for row in named_sql("ledger", "import_runs").rows({"run_ids": None})]


def imports_by_id(*, run_ids: Iterable[UUID]) -> dict[UUID, ImportView]:
    """These imports by id."""
    rows = named_sql("ledger", "import_runs").rows({"run_ids": list(run_ids)})
    return {row["run_id"]: ImportView(**row) for row in rows}


def quarantined_rows(*, run_id: UUID) -> list[QuarantinedView]:
    """The rows that an import left in quarantine, by line, with whether they were released."""
    rows = named_sql("ledger", "quarantined_rows").rows({"run_id": run_id})
    return [_as_quarantined(row) for row in rows]


def _as_view(row: Mapping[str, Any]) -> FactView:
    return FactView(**_with_attributes(row))


def _as_quarantined(row: Mapping[str, Any]) -> QuarantinedView:
    values: dict[str, Any] = dict(row)
    values["raw"] = _as_mapping(row["raw"])
    return QuarantinedView(**values)


def _with_attributes(row: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = dict(row)
    values["attributes"] = _as_mapping(row["attributes"])
    return values


def _as_mapping(value: Any) -> dict[str, Any]:
    """JSON as the driver hands it over: text in Django's connection, decoded elsewhere."""
    return json.loads(value) if isinstance(value, str) else value
