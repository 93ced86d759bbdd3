"""Read parties: by identifier, as of a moment, with what connects them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from goodstanding.core.named_sql import named_sql
from goodstanding.parties.errors import UnknownParty
from goodstanding.parties.models import ExternalId, PersonalDigest
from goodstanding.parties.normalise import (
    canonical_identifier,
    comparable_name,
)
from goodstanding.parties.types import (
    Address,
    Connection,
    Desk,
    Identifier,
    LinkKind,
    OtherName,
    PartyKind,
    PartyView,
    PersonalField,
    SharedValue,
)

EVERY_EVIDENCE = tuple(LinkKind)


def party_by_external_id(*, scheme: str, value: str, legal_entity: str) -> UUID | None:
    """The party that a source or register knows under this identifier, or None."""
    return party_ids_by_external_ids(scheme=scheme, values=[value], legal_entity=legal_entity).get(
        canonical_identifier(scheme=scheme, value=value)
    )


def party_ids_by_external_ids(
    *, scheme: str, values: Iterable[str], legal_entity: str
) -> dict[str, UUID]:
    """Canonical value to party, for those of the values that are known."""
    wanted = {canonical_identifier(scheme=scheme, value=value) for value in values}
    rows = ExternalId.objects.filter(
        scheme=scheme, value__in=wanted, legal_entity_id=legal_entity
    ).values_list("value", "party_id")
    return dict(rows)


def parties_named(*, text: str, most: int) -> list[UUID]:
    """At most so many parties with this identifier, of any scheme, or with this part of a name."""
    part = comparable_name(text).replace("%", "").replace("_", " ")
    parameters = {"value": text.strip(), "name_part": part, "most": most}
    return [row["party_id"] for row in named_sql("parties", "found_parties").rows(parameters)]


def party_as_of(*, party_id: UUID, as_of: datetime, known_at: datetime) -> PartyView:
    """The party in the version that held as of `as_of`, by what was recorded until `known_at`.

    Raises UnknownParty if there was none.
    """
    found = parties_as_of(party_ids=[party_id], as_of=as_of, known_at=known_at)
    if party_id not in found:
        raise UnknownParty(field="party_id", key=party_id)
    return found[party_id]


def parties_as_of(
    *, party_ids: Sequence[UUID], as_of: datetime, known_at: datetime
) -> dict[UUID, PartyView]:
    """The same for many parties at once; those not yet known then are left out."""
    rows = named_sql("parties", "versions_as_of").rows(
        {"party_ids": list(party_ids), "as_of": as_of, "known_at": known_at}
    )
    return {row["party_id"]: _as_view(row) for row in rows}


def versions_of(*, party_id: UUID) -> list[PartyView]:
    """All versions of a party, newest first; empty if there is no such party."""
    rows = named_sql("parties", "versions_of").rows({"party_id": party_id})
    return [_as_view(row) for row in rows]


def identifiers_of(*, party_id: UUID) -> list[Identifier]:
    """The identifiers of a party, by scheme."""
    rows = ExternalId.objects.filter(party_id=party_id).order_by("scheme", "value")
    return [Identifier(row.scheme, row.value) for row in rows]


def connections_of(
    *,
    party_id: UUID,
    as_of: datetime,
    known_at: datetime,
    kinds: Sequence[LinkKind] = EVERY_EVIDENCE,
) -> list[Connection]:
    """The parties connected to one by any of these kinds of evidence, with the evidence."""
    rows = named_sql("parties", "connections_of").rows(
        {"party_id": party_id, "kinds": [kind.value for kind in kinds]}
    )
    known = parties_as_of(
        party_ids=[row["party_id"] for row in rows], as_of=as_of, known_at=known_at
    )
    return [
        Connection(row["party_id"], known[row["party_id"]].name, LinkKind(row["kind"]), row["key"])
        for row in rows
        if row["party_id"] in known
    ]


def link_groups(*, kind: LinkKind) -> dict[str, list[UUID]]:
    """The parties that share the same evidence of a kind, by that evidence in words."""
    groups: dict[str, list[UUID]] = {}
    for row in named_sql("parties", "link_groups").rows({"kind": kind.value}):
        groups.setdefault(row["key"], []).append(row["party_id"])
    return groups


def shared_values_of(*, party_id: UUID) -> list[SharedValue]:
    """Personal values of the party that other parties hold too, by digest; none is decrypted."""
    own = PersonalDigest.objects.filter(party_id=party_id).values_list("field", "digest").distinct()
    shared: list[SharedValue] = []
    for field, digest in own:
        others = (
            PersonalDigest.objects.filter(field=field, digest=digest)
            .exclude(party_id=party_id)
            .order_by("party_id")
            .values_list("party_id", flat=True)
            .distinct()
        )
        if others:
            shared.append(SharedValue(PersonalField(field), digest, tuple(others)))
    return shared


def _as_view(row: Mapping[str, Any]) -> PartyView:
    values: dict[str, Any] = dict(row)
    values["kind"] = PartyKind(row["kind"])
    values["desk"] = Desk(row["desk"])
    names, addresses = _decoded(row["other_names"]), _decoded(row["other_addresses"])
    values["other_names"] = tuple(OtherName(**name) for name in names)
    values["other_addresses"] = tuple(Address(**address) for address in addresses)
    fields = _decoded(row["personal_fields"])
    values["personal_fields"] = tuple(PersonalField(name) for name in fields)
    return PartyView(**values)


def _decoded(value: Any) -> list[Any]:
    """JSON as the driver hands it over: text in Django's connection, decoded elsewhere."""
    import json

    return json.loads(value) if isinstance(value, str) else value
