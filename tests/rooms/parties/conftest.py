"""A company of ours, and parties to register."""

from collections.abc import Callable
from typing import Any

import pytest

from goodstanding.accounts.models import LegalEntity
from goodstanding.parties.types import Desk, NewParty, PartyDetails, PartyKind, PersonalField
from tests.instants import NOON


@pytest.fixture
def legal_entity(db: None) -> str:
    LegalEntity.objects.create(code="GS-US", name="Good Standing US", country="US", simulated=True)
    return "GS-US"


def a_company(**changes: Any) -> NewParty:
    """A company with one identifier; details may be changed by name."""
    identifiers = changes.pop("identifiers", (("sba_loan", "1000014003"),))
    details: dict[str, Any] = {
        "legal_name": "Landmark Bar & Grille, Inc.",
        "city": "New Paris",
        "region": "IN",
        "country": "US",
    }
    return NewParty(
        kind=changes.pop("kind", PartyKind.COMPANY),
        desk=Desk.CREDIT,
        details=PartyDetails(**{**details, **changes}),
        identifiers=identifiers,
        effective_at=NOON,
    )


def a_sole_trader(identifier: str, **personal: str) -> NewParty:
    """A person who sells under no other name; personal values by name of the field."""
    return NewParty(
        kind=PartyKind.PERSON,
        desk=Desk.SELLERS,
        details=PartyDetails(
            city="Campinas",
            region="SP",
            country="BR",
            personal={PersonalField(name): value for name, value in personal.items()},
        ),
        identifiers=(("olist_seller", identifier),),
        effective_at=NOON,
    )


Make = Callable[..., NewParty]
