"""Inventions are the same for the same seed, visibly invented, and carry their answer."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from goodstanding.samples.inventing import seller_facts
from goodstanding.samples.inventions import Inventions, SellerFacts, Truth, invent
from tests.instants import NOON


@pytest.fixture(scope="module")
def roster() -> list[SellerFacts]:
    return seller_facts()


@pytest.fixture(scope="module")
def inventions(roster: list[SellerFacts]) -> Inventions:
    return invent(sellers=roster, at=NOON)


def test_the_same_seed_invents_the_same(roster: list[SellerFacts], inventions: Inventions) -> None:
    assert invent(sellers=list(reversed(roster)), at=NOON) == inventions
    assert invent(sellers=roster, at=NOON, seed=7) != inventions


def test_every_seller_gets_an_identity_that_says_it_is_invented(
    roster: list[SellerFacts], inventions: Inventions
) -> None:
    identities = inventions.identities.values()

    assert len(identities) == len(roster) == 3095
    assert all(each.trading_name.startswith("Invented ") for each in identities)
    assert all("Invented" in each.owner_name for each in identities)
    assert all(each.email.endswith(".invented.example") for each in identities)
    assert all(each.bank_account.startswith("INVENTED-") for each in identities)
    assert all(each.phone.startswith("+00 ") for each in identities)
    assert len({each.bank_account for each in identities}) == 3095


def test_the_answer_key_covers_every_invention(inventions: Inventions) -> None:
    registrations = Counter(each.truth for each in inventions.registrations)
    changes = Counter(each.truth for each in inventions.bank_changes)
    measures = Counter(each.truth for each in inventions.measures)

    assert registrations == {
        Truth.RETURNED: 6, Truth.FALSE_IDENTITY: 2, Truth.GAPS: 4, Truth.LOOKS_ALIKE: 6,
        Truth.HONEST: 30,
    }  # fmt: skip
    assert changes == {Truth.OWN_CHANGE: 20, Truth.TAKEN_OVER: 4}
    assert measures == {Truth.VIOLATION: 28, Truth.WRONGLY_STOPPED: 10}


def test_who_returns_was_removed_and_one_of_them_cannot_be_found(
    inventions: Inventions,
) -> None:
    removed = {each.seller_id for each in inventions.measures if each.measure == "terminated"}
    returned = [each for each in inventions.registrations if each.truth is Truth.RETURNED]
    shared = [
        {
            field
            for field in ("bank_account", "phone", "email")
            if getattr(each.identity, field)
            == getattr(inventions.identities[str(each.returned_from)], field)
        }
        for each in returned
    ]

    assert {each.returned_from for each in returned} <= removed
    assert shared == [
        {"bank_account"}, {"bank_account"}, {"bank_account"}, {"email"}, {"phone"}, set(),
    ]  # fmt: skip


def test_nothing_invented_lies_ahead_of_now(inventions: Inventions) -> None:
    assert all(each.changed_at < NOON for each in inventions.bank_changes)
    assert all(each.submitted_at < NOON for each in inventions.registrations)
    assert all(each.decided_at < NOON for each in inventions.measures)
    assert all(each.starts_at < NOON for each in inventions.measures)
    reviews = [each.reviewed for each in inventions.appeals if each.reviewed]
    assert all(review.decided_at < NOON for review in reviews)
    assert any(each.reviewed is None for each in inventions.appeals)


def test_the_reviewer_never_decided_the_measure(inventions: Inventions) -> None:
    deciders = {each.key: each.decider for each in inventions.measures}

    for appeal in inventions.appeals:
        assert appeal.reviewed is None or appeal.reviewed.reviewer != deciders[appeal.measure_key]


def test_a_termination_had_its_thirty_days_of_notice(inventions: Inventions) -> None:
    for measure in inventions.measures:
        if measure.measure == "terminated":
            assert measure.starts_at - measure.decided_at >= timedelta(days=30)


def test_a_small_roster_invents_less_and_does_not_fail(roster: list[SellerFacts]) -> None:
    few = invent(sellers=roster[:3], at=NOON)
    busy = invent(sellers=[replace(roster[0], orders=20)], at=NOON)

    assert len(few.identities) == 3
    assert few.measures == ()
    assert {each.truth for each in few.registrations} <= set(Truth) - {Truth.RETURNED}
    assert len(busy.measures) == 2
