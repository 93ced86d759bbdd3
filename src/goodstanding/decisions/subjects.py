"""Whose personal values a decision holds."""

from uuid import UUID, uuid5

from goodstanding.decisions.types import Caller, Entity

_NAMESPACE = UUID("6d1f6f0e-5f0b-5c55-9a5e-6f1f0f5b7c11")


def subject_of(party_id: UUID | None, caller: Caller, entity: Entity) -> UUID:
    """The data subject: the party, or an id that follows from the entity while none is known."""
    return party_id or uuid5(_NAMESPACE, f"{caller.legal_entity}:{entity.key}")
