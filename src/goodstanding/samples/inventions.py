"""What is invented about sellers: identities, bank changes, registrations, measures, appeals.

Plain data from a seed, so that the same day and seed give the same inventions. Every name says
that it is invented, addresses end in `.example`, accounts begin with INVENTED. Orders, reviews and
places stay as they really are; the seller ids they hang on are hashes of nobody we know.
The answer key says what is true about each invention, which no policy may read.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

SEED = 20261122
CATEGORIES = (
    "auto", "baby", "bed_bath_table", "computers", "cool_stuff", "electronics", "furniture_decor",
    "garden_tools", "health_beauty", "housewares", "perfumery", "pet_shop", "sports_leisure",
    "stationery", "telephony", "toys", "watches_gifts",
)  # fmt: skip
TOWNS = (
    ("DE", "Berlin", "BE"), ("DE", "Hamburg", "HH"), ("FR", "Lyon", "ARA"),
    ("ES", "Valencia", "VC"), ("NL", "Utrecht", "UT"), ("PT", "Porto", "13"),
    ("IE", "Cork", "C"), ("AT", "Graz", "6"),
)  # fmt: skip
RETURNING = 6
SHARED_PHONES = 6
SELLERS_PER_SHARED_PHONE = 5


class Truth(StrEnum):
    """What is true about an invention; the question is whether the loop finds it."""

    HONEST = "honest"
    LOOKS_ALIKE = "honest_but_looks_alike"
    GAPS = "honest_with_gaps"
    RETURNED = "returned_after_removal"
    FALSE_IDENTITY = "false_identity"
    OWN_CHANGE = "own_bank_change"
    TAKEN_OVER = "account_taken_over"
    VIOLATION = "violation"
    WRONGLY_STOPPED = "wrongly_stopped"


@dataclass(frozen=True, slots=True)
class SellerFacts:
    """A real seller of the roster, with what its real orders say (shares are fractions)."""

    seller_id: str
    city: str
    region: str
    postcode: str
    orders: int
    late_share: float
    low_review_share: float


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is behind a seller; all of it invented."""

    trading_name: str
    owner_name: str
    email: str
    phone: str
    bank_account: str


@dataclass(frozen=True, slots=True)
class BankChange:
    """A seller's payout account is changed: by the owner, or by somebody who took the account."""

    seller_id: str
    changed_at: datetime
    bank_account: str
    truth: Truth
    because: str


@dataclass(frozen=True, slots=True)
class InventedMeasure:
    """An enforcement against a seller, and whether it was right.

    measure, ground and regime use the words of the cases room; decider is a person's e-mail.
    """

    key: str
    seller_id: str
    measure: str
    ground: str
    clause: str
    statement: str
    decided_at: datetime
    starts_at: datetime
    decider: str
    automated_detection: bool
    truth: Truth
    because: str


@dataclass(frozen=True, slots=True)
class InventedAppeal:
    """An appeal against a measure; reviewed is when and how a second person decided, if one did."""

    measure_key: str
    lodged_at: datetime
    grounds: str
    has_new_evidence: bool
    reviewed: "InventedReview | None"


@dataclass(frozen=True, slots=True)
class InventedReview:
    """How an appeal was decided: outcome and reinstatement kind in the words of the cases room."""

    reviewer: str
    decided_at: datetime
    outcome: str
    kind: str | None
    statement: str


@dataclass(frozen=True, slots=True)
class Registration:
    """A new seller who registers: identity, place, and what the checks of the day said."""

    registration_id: str
    submitted_at: datetime
    identity: Identity
    is_sole_trader: bool
    country: str
    city: str
    region: str
    checks: Mapping[str, Any]
    truth: Truth
    because: str
    returned_from: str | None


@dataclass(frozen=True, slots=True)
class Inventions:
    """Everything invented for one day."""

    identities: Mapping[str, Identity]
    bank_changes: tuple[BankChange, ...]
    measures: tuple[InventedMeasure, ...]
    appeals: tuple[InventedAppeal, ...]
    registrations: tuple[Registration, ...]


def invent(*, sellers: Sequence[SellerFacts], at: datetime, seed: int = SEED) -> Inventions:
    """Invent for these sellers, as seen at an instant; the same arguments give the same data."""
    chance = random.Random(seed)  # noqa: S311 - a demonstration, no secret
    roster = sorted(sellers, key=lambda seller: seller.seller_id)
    identities = _identities(roster, chance)
    risky, sound = _risky_and_sound(roster, chance)
    measures = _measures(risky, sound, at=at, chance=chance)
    removed = [each.seller_id for each in measures if each.measure == "terminated"]
    _share_an_accountant(identities, removed[RETURNING:])
    return Inventions(
        identities=identities,
        bank_changes=_bank_changes(sound, identities, at=at, chance=chance),
        measures=measures,
        appeals=_appeals(measures, at=at, chance=chance),
        registrations=_registrations(removed, identities, at=at, chance=chance),
    )


def _identity(number: int, *, kind: str) -> Identity:
    return Identity(
        trading_name=f"Invented {kind} {number:04d}",
        owner_name=f"Person Invented-{number:04d}",
        email=f"owner.{number:04d}@{kind.lower()}.invented.example",
        phone=f"+00 000 {number:07d}",
        bank_account=f"INVENTED-{kind.upper()}-{number:06d}",
    )


def _identities(roster: Sequence[SellerFacts], chance: random.Random) -> dict[str, Identity]:
    """One for each seller. A few dozen honest ones give the phone number of one accountant."""
    found = {
        seller.seller_id: _identity(number, kind="Shop")
        for number, seller in enumerate(roster, start=1)
    }
    sharing = chance.sample(
        sorted(found), min(len(found), SHARED_PHONES * SELLERS_PER_SHARED_PHONE)
    )
    for position, seller_id in enumerate(sharing):
        known = found[seller_id]
        found[seller_id] = replace(known, phone=_accountant(position // SELLERS_PER_SHARED_PHONE))
    return found


def _share_an_accountant(identities: dict[str, Identity], removed: Sequence[str]) -> None:
    """Removed sellers who do not return leave their accountant's number on others' files.

    So an honest registration through that accountant looks to the policy like a return.
    """
    for number, seller_id in enumerate(removed):
        identities[seller_id] = replace(identities[seller_id], phone=_accountant(number))


def _accountant(number: int) -> str:
    return f"+00 000 999{number:04d}"


def _risky_and_sound(
    roster: Sequence[SellerFacts], chance: random.Random
) -> tuple[list[SellerFacts], list[SellerFacts]]:
    """Of sellers with 15 orders or more: the 40 of worst real record, and 60 of good record."""
    busy = [seller for seller in roster if seller.orders >= 15]
    by_record = sorted(
        busy, key=lambda seller: (-(seller.late_share + seller.low_review_share), seller.seller_id)
    )
    risky, good = by_record[:40], by_record[len(by_record) // 2 :]
    chance.shuffle(risky)
    return risky, chance.sample(good, min(60, len(good)))


CLAUSES = {
    "late_delivery": "orders arrive long after the promised day",
    "counterfeit": "listed goods are not what they claim to be",
    "reviews": "reviews were bought",
}
MEASURES = ("terminated",) * 8 + ("suspended",) * 20 + ("payout_hold",) * 5 + (
    "listing_restriction",
) * 5  # fmt: skip
WRONG_OF = {"suspended": 7, "payout_hold": 2, "listing_restriction": 1}
RECENT_CHANGES = {5, 6, 7, 8}
RECENT_MEASURES = {14, 15, 21, 22}
DECIDERS = ("ana@demo.example", "ben@demo.example")


def _measures(
    risky: Sequence[SellerFacts],
    sound: Sequence[SellerFacts],
    *,
    at: datetime,
    chance: random.Random,
) -> tuple[InventedMeasure, ...]:
    """Up to 38 measures of the last months: most against real bad records, ten against good ones.

    A termination was announced long enough ago that its notice has run.
    """
    wrong_left = dict(WRONG_OF)
    guilty, innocent = iter(risky), iter(sound)
    found: list[InventedMeasure] = []
    for number, measure in enumerate(MEASURES, start=1):
        is_wrong = wrong_left.get(measure, 0) > 0
        seller = next(innocent if is_wrong else guilty, None)
        if seller is None:
            continue
        if is_wrong:
            wrong_left[measure] -= 1
        decided_at = at - _age_of_measure(number, measure, chance=chance)
        clause = chance.choice(sorted(CLAUSES))
        found.append(
            InventedMeasure(
                key=f"M{number:02d}",
                seller_id=seller.seller_id,
                measure=measure,
                ground="incompatible",
                clause=clause,
                statement=f"Invented statement of reasons: {CLAUSES[clause]}.",
                decided_at=decided_at,
                starts_at=decided_at + timedelta(days=32 if measure == "terminated" else 0),
                decider=DECIDERS[number % 2],
                automated_detection=chance.random() < 0.6,
                truth=Truth.WRONGLY_STOPPED if is_wrong else Truth.VIOLATION,
                because=_why_measure(is_wrong=is_wrong, seller=seller),
            )
        )
    return tuple(found)


def _age_of_measure(number: int, measure: str, *, chance: random.Random) -> timedelta:
    """Terminations are the oldest; a few measures are so recent that their appeals are open."""
    minutes = timedelta(minutes=chance.randint(0, 600))
    if measure == "terminated":
        return timedelta(days=chance.randint(70, 150)) + minutes
    if number in RECENT_MEASURES:
        return timedelta(days=2) + 2 * minutes
    return timedelta(days=chance.randint(12, 100)) + minutes


def _why_measure(*, is_wrong: bool, seller: SellerFacts) -> str:
    record = (
        f"{seller.late_share:.0%} of {seller.orders} real orders late,"
        f" {seller.low_review_share:.0%} of reviews with one or two stars"
    )
    return f"The evidence belonged to another seller; {record}." if is_wrong else f"True: {record}."


def _appeals(
    measures: Sequence[InventedMeasure], *, at: datetime, chance: random.Random
) -> tuple[InventedAppeal, ...]:
    """Eight wrongly stopped sellers appeal, and seven others; those of this week are still open."""
    appealable = [each for each in measures if each.measure != "terminated"]
    wrong = [each for each in appealable if each.truth is Truth.WRONGLY_STOPPED][:8]
    right = [each for each in appealable if each.truth is Truth.VIOLATION][:7]
    found: list[InventedAppeal] = []
    for measure in (*wrong, *right):
        is_wrong = measure.truth is Truth.WRONGLY_STOPPED
        lodged_at = measure.decided_at + timedelta(hours=chance.randint(6, 40))
        grounds = "It was not us: the account and the goods are somebody else's."
        if not is_wrong:
            grounds = "We have done better since."
        reviewed = None
        if lodged_at < at - timedelta(days=7):
            reviewed = _review(measure, is_wrong=is_wrong, lodged_at=lodged_at, chance=chance)
        found.append(InventedAppeal(measure.key, lodged_at, grounds, is_wrong, reviewed))
    return tuple(found)


def _review(
    measure: InventedMeasure, *, is_wrong: bool, lodged_at: datetime, chance: random.Random
) -> InventedReview:
    """A second person decides within days; one in six decides wrongly."""
    finds_truth = chance.random() > 1 / 6
    lifted = is_wrong if finds_truth else not is_wrong
    return InventedReview(
        reviewer=next(email for email in DECIDERS if email != measure.decider),
        decided_at=lodged_at + timedelta(hours=chance.randint(20, 110)),
        outcome="overturned" if lifted else "upheld",
        kind=("R1" if is_wrong else "R3") if lifted else None,
        statement="Invented review: the evidence was looked at again by a second person.",
    )


def _bank_changes(
    sound: Sequence[SellerFacts],
    identities: Mapping[str, Identity],
    *,
    at: datetime,
    chance: random.Random,
) -> tuple[BankChange, ...]:
    """Twenty-four changes in thirty days; four of them by somebody who took the account over.

    Four are of the last hours, so that somebody still has to look at them.
    """
    found: list[BankChange] = []
    for number, seller in enumerate(sound[20:44], start=1):
        taken = number % 6 == 0
        name = identities[seller.seller_id].trading_name
        found.append(
            BankChange(
                seller_id=seller.seller_id,
                changed_at=at - _age_of_change(number, chance=chance),
                bank_account=f"INVENTED-{'TAKER' if taken else 'CHANGE'}-{number:06d}",
                truth=Truth.TAKEN_OVER if taken else Truth.OWN_CHANGE,
                because=(
                    f"Somebody else signed in as {name} and changed where the money goes."
                    if taken
                    else f"{name} moved to another bank."
                ),
            )
        )
    return tuple(found)


def _age_of_change(number: int, *, chance: random.Random) -> timedelta:
    if number in RECENT_CHANGES:
        return timedelta(minutes=chance.randint(20, 180))
    return timedelta(days=chance.randint(1, 29), minutes=chance.randint(1, 900))


REGISTRATIONS: tuple[tuple[Truth, int], ...] = (
    (Truth.RETURNED, RETURNING),
    (Truth.FALSE_IDENTITY, 2),
    (Truth.GAPS, 4),
    (Truth.LOOKS_ALIKE, 6),
    (Truth.HONEST, 30),
)


def _registrations(
    removed: Sequence[str],
    identities: Mapping[str, Identity],
    *,
    at: datetime,
    chance: random.Random,
) -> tuple[Registration, ...]:
    """Forty-eight registrations of ten days. Six come from removed sellers, one of them unseen."""
    truths = [truth for truth, count in REGISTRATIONS for _ in range(count)]
    chance.shuffle(truths)
    returning = iter(removed)
    found: list[Registration] = []
    for number, wanted in enumerate(truths, start=1):
        origin = next(returning, None) if wanted is Truth.RETURNED else None
        truth = Truth.HONEST if wanted is Truth.RETURNED and origin is None else wanted
        seen = sum(each.truth is Truth.RETURNED for each in found)
        identity, because = _registered_as(
            number, truth, identities.get(origin or ""), seen=seen, chance=chance
        )
        country, city, region = chance.choice(TOWNS)
        is_sole_trader = chance.random() < 0.3
        found.append(
            Registration(
                registration_id=f"INV-{number:04d}",
                submitted_at=at - timedelta(hours=10 * 24 * number / len(truths)),
                identity=identity,
                is_sole_trader=is_sole_trader,
                country=country,
                city=city,
                region=region,
                checks=_checks(truth, country, is_sole_trader=is_sole_trader, at=at, chance=chance),
                truth=truth,
                because=because,
                returned_from=origin,
            )
        )
    return tuple(found)


def _registered_as(
    number: int, truth: Truth, before: Identity | None, *, seen: int, chance: random.Random
) -> tuple[Identity, str]:
    """The identity a registration gives, and what is true about it."""
    fresh = _identity(number, kind="Boutique")
    if truth is Truth.RETURNED and before is not None:
        return _returned_as(fresh, before, seen=seen)
    if truth is Truth.LOOKS_ALIKE:
        alike = replace(fresh, phone=_accountant(chance.randrange(SHARED_PHONES)))
        return alike, "Shares an accountant's phone number with other sellers, and nothing else."
    said = {
        Truth.FALSE_IDENTITY: "The identity document belongs to somebody else.",
        Truth.GAPS: "An honest business that has not yet shown everything.",
    }
    return fresh, said.get(truth, "An honest business.")


def _returned_as(fresh: Identity, before: Identity, *, seen: int) -> tuple[Identity, str]:
    was = f"Is {before.trading_name}, who was removed"
    match seen % 6:
        case 0 | 1 | 2:
            kept = replace(fresh, bank_account=before.bank_account)
            return kept, f"{was}; the bank account is the same."
        case 3:
            kept = replace(fresh, owner_name=before.owner_name, email=before.email)
            return kept, f"{was}; owner and e-mail address are the same."
        case 4:
            kept = replace(fresh, phone=before.phone)
            return kept, f"{was}; the phone number is the same."
        case _:
            return fresh, f"{was}; nothing is the same, so nothing here can find it."


def _checks(
    truth: Truth, country: str, *, is_sole_trader: bool, at: datetime, chance: random.Random
) -> dict[str, Any]:
    """What the checks said, by the names of the registration policy's inputs."""
    founded = at.date() - timedelta(days=chance.randint(90, 4000))
    checks: dict[str, Any] = {
        "country": country,
        "legal_form": "sole_trader" if is_sole_trader else "company",
        "registration_number": "not_required" if is_sole_trader else "confirmed",
        "vat_number": "confirmed",
        "identity_document": "passed",
        "owner_screening": "no_hit",
        "address_confirmed": True,
        "bank_country": country,
        "bank_holder": "match",
        "self_certified": True,
        "category": chance.choice(CATEGORIES),
        "expected_monthly_sales": f"{chance.randint(5, 600) * 100}.00",
        "founded_on": founded.isoformat(),
    }
    if truth is Truth.FALSE_IDENTITY:
        checks |= {"identity_document": "failed", "bank_holder": "no_match"}
    if truth is Truth.GAPS:
        gap = chance.choice(("registration_number", "address_confirmed", "self_certified"))
        checks |= {gap: "source_unavailable" if gap == "registration_number" else False}
    return checks
