"""A small marketplace for page tests: real sellers, invented lives, decided and worked."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from goodstanding.core.time import utc_now
from goodstanding.parties.operations import Origin, register_parties
from goodstanding.parties.types import Desk, NewParty, PartyDetails, PartyKind
from goodstanding.samples.casework import replay_measures, review_bank_changes
from goodstanding.samples.governing import demo_hands, govern_registration
from goodstanding.samples.inventing import (
    MARKETPLACE,
    SELLERS,
    seller_facts,
    write_inventions,
)
from goodstanding.samples.inventions import Inventions, SellerFacts, invent
from goodstanding.samples.looping import lay_ground
from goodstanding.samples.people import load_people
from goodstanding.samples.registering import decide_registrations
from goodstanding.samples.staff import form_team

LONG_AGO = datetime.fromisoformat("2024-01-02T00:00:00+00:00")


@dataclass(frozen=True)
class Marketplace:
    """What was invented, and when."""

    inventions: Inventions
    at: datetime


def open_marketplace(*, home: Path) -> Marketplace:
    """The steps of the samples that make the sellers' morning, on a part of the roster."""
    at = utc_now()
    load_people(home=home)
    _register([seller for seller in seller_facts() if seller.orders >= 40])
    inventions = invent(sellers=[each for each in seller_facts() if each.orders >= 40], at=at)
    write_inventions(inventions=inventions, at=at)
    lay_ground(at=at)
    govern_registration(hands=demo_hands(), at=at)
    form_team(anchor=at)
    replay_measures(inventions=inventions, say=_say)
    decide_registrations(anchor=at, at=utc_now(), say=_say)
    review_bank_changes(inventions=inventions, anchor=at, say=_say)
    return Marketplace(inventions, at)


def _register(sellers: list[SellerFacts]) -> None:
    origin = Origin(legal_entity=MARKETPLACE, source="olist", at=LONG_AGO, simulated=False)
    register_parties(
        parties=[
            NewParty(
                kind=PartyKind.LEGAL_ENTITY,
                desk=Desk.SELLERS,
                details=PartyDetails(
                    trading_name=f"Seller {seller.seller_id[:8]}",
                    city=seller.city,
                    region=seller.region,
                    postcode=seller.postcode,
                    country="BR",
                ),
                identifiers=((SELLERS, seller.seller_id),),
                effective_at=LONG_AGO,
                recorded_at=LONG_AGO,
            )
            for seller in sellers
        ],
        origin=origin,
    )


def _say(_done: int, _total: int) -> None:
    """Nobody watches."""
