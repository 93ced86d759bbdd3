"""A company of ours, a party, and facts to record."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from goodstanding.accounts.models import LegalEntity
from goodstanding.ledger.types import FactOrigin, NewFact
from goodstanding.parties import operations as parties
from tests.instants import NOON
from tests.rooms.parties.conftest import a_company


@pytest.fixture
def legal_entity(db: None) -> str:
    LegalEntity.objects.create(code="GS-US", name="Good Standing US", country="US", simulated=True)
    return "GS-US"


@pytest.fixture
def party_id(legal_entity: str) -> UUID:
    origin = parties.Origin(legal_entity=legal_entity, source="test", at=NOON)
    return parties.register_parties(parties=[a_company()], origin=origin)[0]


def an_origin(at: datetime = NOON, **changes: Any) -> FactOrigin:
    """Facts from a test, recorded at an instant."""
    return FactOrigin(**{"legal_entity": "GS-US", "source": "test", "at": at, **changes})


def a_loan(**changes: Any) -> NewFact:
    """A loan of 60,000 dollars approved a day ago."""
    fact: dict[str, Any] = {
        "kind": "loan_approved",
        "subject": "loan:1000014003",
        "effective_at": NOON - timedelta(days=1),
        "amount_minor": 6_000_000,
        "currency": "USD",
        "attributes": {"bank": "FIFTH THIRD BANK"},
    }
    return NewFact(**{**fact, **changes})
