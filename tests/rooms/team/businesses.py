"""A business for tests that need one to be there."""

from uuid import UUID

from goodstanding.parties.operations import register_party
from goodstanding.parties.types import Desk, NewParty, PartyDetails, PartyKind
from tests.instants import NOON


def a_business(legal_entity: str) -> UUID:
    """Register a seller of a legal entity that is there; returns its id."""
    return register_party(
        party=NewParty(
            kind=PartyKind.COMPANY,
            desk=Desk.SELLERS,
            details=PartyDetails(legal_name="Harbour Books Ltd", country="GB"),
            effective_at=NOON,
        ),
        legal_entity=legal_entity,
        source="test",
        by="system:test",
        at=NOON,
    )
