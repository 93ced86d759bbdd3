"""Whom a decision is about, and whose personal values it holds."""

from uuid import UUID, uuid5

from goodstanding.decisions.errors import EntityEmpty
from goodstanding.decisions.types import Caller, Entity
from goodstanding.parties.queries import canonical_identifier

_NAMESPACE = UUID("6d1f6f0e-5f0b-5c55-9a5e-6f1f0f5b7c11")


def canonical_entity(entity: Entity) -> Entity:
    """The identifier in the form in which parties are found; raises EntityEmpty for none."""
    value = canonical_identifier(scheme=entity.scheme, value=entity.value)
    if not value:
        raise EntityEmpty(field="entity.value", value=entity.value)
    return Entity(entity.scheme, value)


def subject_of(party_id: UUID | None, caller: Caller, entity: Entity) -> UUID:
    """The data subject: the party, or an id that follows from the entity while none is known."""
    return party_id or uuid5(_NAMESPACE, f"{caller.legal_entity}:{entity.key}")
