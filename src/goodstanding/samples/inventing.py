"""Write what was invented: marked simulated, from the source `invented`, in its own rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import as_file, files
from uuid import UUID

import polars as pl
from django.db import transaction

from goodstanding.ledger.operations import record_facts
from goodstanding.ledger.types import FactOrigin, NewFact
from goodstanding.parties.operations import (
    Origin,
    amend_parties,
    link_shared_values,
    register_parties,
)
from goodstanding.parties.queries import parties_as_of, party_ids_by_external_ids
from goodstanding.parties.types import (
    Desk,
    NewParty,
    PartyDetails,
    PartyKind,
    PartyView,
    PersonalField,
)
from goodstanding.samples.inventions import (
    BankChange,
    Identity,
    InventedMeasure,
    Inventions,
    Registration,
    SellerFacts,
    invent,
)

SELLERS = "olist_seller"
REGISTRATIONS = "seller_registration"
MARKETPLACE = "GS-MARKET"
SOURCE = "invented"
ANSWER = "answer_key"


@dataclass(frozen=True, slots=True)
class Written:
    """How much was written."""

    identities: int
    bank_changes: int
    registrations: int
    answers: int
    links: int


def invented_for(*, at: datetime) -> Inventions:
    """The inventions for the shipped roster as of an instant."""
    return invent(sellers=seller_facts(), at=at)


def seller_facts() -> list[SellerFacts]:
    """The roster with what the real orders say of each seller, from the shipped extracts."""
    with as_file(files("goodstanding.samples") / "data" / "olist") as folder:
        roster = pl.read_csv(folder / "sellers.csv.gz", infer_schema=False)
        orders = pl.read_parquet(folder / "seller_orders.parquet")
    late = pl.col("order_delivered_customer_date") > pl.col("order_estimated_delivery_date")
    records = orders.group_by("seller_id").agg(
        pl.len().alias("orders"),
        late.mean().fill_null(0.0).alias("late_share"),
        (pl.col("review_score") <= 2).mean().fill_null(0.0).alias("low_review_share"),
    )
    joined = roster.join(records, on="seller_id", how="left")
    return [
        SellerFacts(
            seller_id=row["seller_id"],
            city=row["seller_city"],
            region=row["seller_state"],
            postcode=row["seller_zip_code_prefix"],
            orders=row["orders"] or 0,
            late_share=row["late_share"] or 0.0,
            low_review_share=row["low_review_share"] or 0.0,
        )
        for row in joined.iter_rows(named=True)
    ]


@transaction.atomic
def write_inventions(*, inventions: Inventions, at: datetime) -> Written:
    """Write identities, bank changes, registrations and the answer key, all or nothing.

    Measures and appeals are acts of people; they are replayed through the cases room.
    """
    origin = Origin(legal_entity=MARKETPLACE, source=SOURCE, at=at, simulated=True)
    party_ids = party_ids_by_external_ids(
        scheme=SELLERS, values=inventions.identities, legal_entity=MARKETPLACE
    )
    known = parties_as_of(party_ids=list(party_ids.values()), as_of=at, known_at=at)
    identities = _write_identities(inventions, party_ids, known, origin=origin)
    _write_bank_changes(inventions, party_ids, known, origin=origin)
    registered = _write_registrations(inventions.registrations, origin=origin)
    answers = [
        *(_answer_of_change(change, party_ids) for change in inventions.bank_changes),
        *(_answer_of_measure(measure, party_ids) for measure in inventions.measures),
        *(_answer_of_registration(each, registered) for each in inventions.registrations),
    ]
    record_facts(facts=answers, origin=_fact_origin(origin))
    links = link_shared_values(decided_by="rule:shared_values")
    changes = len(inventions.bank_changes)
    return Written(identities, changes, len(registered), len(answers), links)


def _fact_origin(origin: Origin) -> FactOrigin:
    return FactOrigin(
        legal_entity=origin.legal_entity, source=origin.source, at=origin.at, simulated=True
    )


def _details(view: PartyView, identity: Identity, *, bank_account: str) -> PartyDetails:
    """The real place with an invented identity."""
    return PartyDetails(
        trading_name=identity.trading_name,
        city=view.city,
        region=view.region,
        postcode=view.postcode,
        country=view.country,
        personal=_personal(identity, bank_account=bank_account),
    )


def _personal(identity: Identity, *, bank_account: str) -> dict[PersonalField, str]:
    return {
        PersonalField.OWNER_NAME: identity.owner_name,
        PersonalField.EMAIL: identity.email,
        PersonalField.PHONE: identity.phone,
        PersonalField.BANK_ACCOUNT: bank_account,
    }


def _write_identities(
    inventions: Inventions,
    party_ids: dict[str, UUID],
    known: dict[UUID, PartyView],
    *,
    origin: Origin,
) -> int:
    """The invented identity of each seller, held since the seller is on the roster."""
    amendments = [
        (
            view.party_id,
            _details(view, identity, bank_account=identity.bank_account),
            view.effective_at,
            view.recorded_at,
        )
        for seller_id, identity in inventions.identities.items()
        if seller_id in party_ids
        for view in [known[party_ids[seller_id]]]
    ]
    return amend_parties(amendments=amendments, origin=origin)


def _write_bank_changes(
    inventions: Inventions,
    party_ids: dict[str, UUID],
    known: dict[UUID, PartyView],
    *,
    origin: Origin,
) -> None:
    changes = [change for change in inventions.bank_changes if change.seller_id in party_ids]
    amend_parties(
        amendments=[
            (
                party_ids[change.seller_id],
                _details(
                    known[party_ids[change.seller_id]],
                    inventions.identities[change.seller_id],
                    bank_account=change.bank_account,
                ),
                change.changed_at,
                change.changed_at,
            )
            for change in changes
        ],
        origin=origin,
    )
    facts = [
        NewFact(
            kind="bank_account_changed",
            subject=change.seller_id,
            party_id=party_ids[change.seller_id],
            effective_at=change.changed_at,
            recorded_at=change.changed_at,
        )
        for change in changes
    ]
    record_facts(facts=facts, origin=_fact_origin(origin))


def _write_registrations(
    registrations: Sequence[Registration], *, origin: Origin
) -> dict[str, UUID]:
    party_ids = register_parties(
        parties=[_new_party(each) for each in registrations], origin=origin
    )
    known = {
        each.registration_id: party_id
        for each, party_id in zip(registrations, party_ids, strict=True)
    }
    facts = [
        NewFact(
            kind="registration_submitted",
            subject=each.registration_id,
            party_id=known[each.registration_id],
            effective_at=each.submitted_at,
            recorded_at=each.submitted_at,
            attributes=each.checks,
        )
        for each in registrations
    ]
    record_facts(facts=facts, origin=_fact_origin(origin))
    return known


def _new_party(registration: Registration) -> NewParty:
    identity = registration.identity
    personal = _personal(identity, bank_account=identity.bank_account)
    if registration.is_sole_trader:
        personal[PersonalField.LEGAL_NAME] = identity.owner_name
    company = PartyKind.PERSON if registration.is_sole_trader else PartyKind.COMPANY
    return NewParty(
        kind=company,
        desk=Desk.SELLERS,
        details=PartyDetails(
            trading_name=identity.trading_name,
            city=registration.city,
            region=registration.region,
            country=registration.country,
            personal=personal,
        ),
        identifiers=((REGISTRATIONS, registration.registration_id),),
        effective_at=registration.submitted_at,
        recorded_at=registration.submitted_at,
    )


def _answer_of_change(change: BankChange, party_ids: dict[str, UUID]) -> NewFact:
    return NewFact(
        kind=ANSWER,
        subject=f"bank_change:{change.seller_id}",
        party_id=party_ids.get(change.seller_id),
        effective_at=change.changed_at,
        recorded_at=change.changed_at,
        attributes={
            "about": "bank_account_changed",
            "truth": change.truth.value,
            "because": change.because,
        },
    )


def _answer_of_measure(measure: InventedMeasure, party_ids: dict[str, UUID]) -> NewFact:
    return NewFact(
        kind=ANSWER,
        subject=f"enforcement:{measure.key}",
        party_id=party_ids.get(measure.seller_id),
        effective_at=measure.decided_at,
        recorded_at=measure.decided_at,
        attributes={
            "about": "enforcement",
            "measure": measure.measure,
            "truth": measure.truth.value,
            "because": measure.because,
        },
    )


def _answer_of_registration(each: Registration, registered: dict[str, UUID]) -> NewFact:
    attributes = {
        "about": "registration",
        "truth": each.truth.value,
        "because": each.because,
    }
    if each.returned_from is not None:
        attributes["returned_from"] = each.returned_from
    return NewFact(
        kind=ANSWER,
        subject=f"registration:{each.registration_id}",
        party_id=registered[each.registration_id],
        effective_at=each.submitted_at,
        recorded_at=each.submitted_at,
        attributes=attributes,
    )
