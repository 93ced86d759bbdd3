"""Whom a decision is about, and whose personal values it holds."""

from uuid import UUID, uuid5

from goodstanding.decisions.errors import EntityEmpty
from goodstanding.decisions.types import Caller, Entity
from goodstanding.parties.queries import canonical_identifier
from goodstanding.parties.types import PartyKind

_NAMESPACE = UUID("6d1f6f0e-5f0b-5c55-9a5e-6f1f0f5b7c11")
NATURAL_FORMS = frozenset(
    {"sole_trader", "sole_proprietor", "sole_proprietorship", "individual", "guarantor", "person"}
)
"""Legal forms behind which stands a natural person, as policies and registers write them."""


def canonical_entity(entity: Entity) -> Entity:
    """The identifier in the form in which parties are found; raises EntityEmpty for none."""
    value = canonical_identifier(scheme=entity.scheme, value=entity.value)
    if not value:
        raise EntityEmpty(field="entity.value", value=entity.value)
    return Entity(entity.scheme, value)


def subject_of(party_id: UUID | None, caller: Caller, entity: Entity) -> UUID:
    """The data subject: the party, or an id that follows from the entity while none is known."""
    return party_id or uuid5(_NAMESPACE, f"{caller.legal_entity}:{entity.key}")


def is_natural_person(*, kind: PartyKind | None, legal_form: str | None) -> bool:
    """Whether a decision is about a natural person: a person, a sole trader, a guarantor.

    A party of an unknown kind without a legal form counts as one, since data protection law
    would protect it if it were.
    """
    if legal_form:
        return legal_form.strip().lower().replace(" ", "_") in NATURAL_FORMS
    return kind in {None, PartyKind.PERSON, PartyKind.LEGAL_ENTITY}
