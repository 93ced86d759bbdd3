"""A guess at the party saves a look into the tables, and is never recorded when it was wrong."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from django.db import connections

from goodstanding.accounts.models import LegalEntity
from goodstanding.decisions.answer import StoredDecision
from goodstanding.decisions.errors import AsOfStale, IdempotencyKeyReused
from goodstanding.decisions.exploring import Exploration
from goodstanding.decisions.operations import LiveDecisions
from goodstanding.decisions.operations.guesses import STREAK, Parties
from goodstanding.decisions.types import Entity, InForce, Question
from goodstanding.parties.operations import Origin as PartyOrigin
from goodstanding.parties.operations import register_parties
from tests.instants import NOON
from tests.rooms.decisions.requests import a_question, a_request
from tests.rooms.parties.conftest import a_company
from tests.running import run

SCHEME = "companies_house"
COMMITTED = pytest.mark.usefixtures("fresh_database")


class Asking:
    """Live decisions, and how many of them began with a look into the tables."""

    def __init__(self, in_force: InForce) -> None:
        self._current = in_force
        self._reads = 0
        self.live = LiveDecisions(
            database_url=os.environ["GOODSTANDING_DATABASE_URL"], in_force=self._read
        )

    def _read(self) -> InForce:
        self._reads += 1
        return self._current

    async def looked(self, question: Question) -> tuple[StoredDecision, bool]:
        """The decision, and whether the tables were read for it: what decides is, once more."""
        before = self._reads
        return await self.live.decide(question), self._reads - before == 2


def asked_of(in_force: InForce, work: Callable[[Asking], Awaitable[None]]) -> None:
    async def whole() -> None:
        asking = Asking(in_force)
        try:
            await work(asking)
        finally:
            await asking.live.close()

    run(whole())


def about(value: str) -> Question:
    return a_question(a_request(entity=Entity(SCHEME, value)))


def register(value: str) -> str:
    LegalEntity.objects.get_or_create(
        code="GS-UK", defaults={"name": "Good Standing UK", "country": "GB"}
    )
    company = a_company(identifiers=((SCHEME, value),))
    origin = PartyOrigin(legal_entity="GS-UK", source="test", at=NOON)
    [party_id] = register_parties(parties=[company], origin=origin)
    connections.close_all()
    return str(party_id)


async def tell_of_unknown_ones(asking: Asking) -> None:
    for at in range(STREAK):
        _, looked = await asking.looked(about(f"U{at}"))
        assert looked


@COMMITTED
def test_after_many_that_nobody_knew_the_next_is_decided_without_a_look(in_force: InForce) -> None:
    async def work(asking: Asking) -> None:
        await tell_of_unknown_ones(asking)
        answer, looked = await asking.looked(about("NEXT"))
        assert not looked
        assert answer.record["party_id"] is None
        assert (await asking.live.stored(
            decision_id=answer.decision_id, legal_entity="GS-UK"
        )).record == answer.record  # fmt: skip

    asked_of(in_force, work)


@COMMITTED
def test_who_is_known_after_all_is_decided_on_as_known(in_force: InForce) -> None:
    async def work(asking: Asking) -> None:
        await tell_of_unknown_ones(asking)
        party_id = await asyncio.to_thread(register, "KNOWN")
        answer, looked = await asking.looked(about("KNOWN"))
        assert looked  # the guess wrote nothing
        assert answer.record["party_id"] == party_id
        assert not answer.repeated
        again, looked = await asking.looked(about("KNOWN"))
        assert (again.record["party_id"], looked) == (party_id, False)
        _, looked = await asking.looked(about("UNHEARD"))
        assert looked  # one that was known ends the streak

    asked_of(in_force, work)


@COMMITTED
def test_a_question_asked_again_hears_the_first_answer_however_old(in_force: InForce) -> None:
    async def work(asking: Asking) -> None:
        await tell_of_unknown_ones(asking)
        question = about("TWICE")
        first, _ = await asking.looked(question)
        later = NOON + timedelta(hours=3)
        for at in (NOON, later):
            again = msgspec.structs.replace(
                question, arrived_at=at, decision_id=a_question().decision_id
            )
            repeated, _ = await asking.looked(again)
            assert (repeated.decision_id, repeated.repeated) == (first.decision_id, True)
        with pytest.raises(IdempotencyKeyReused):
            await asking.live.decide(msgspec.structs.replace(question, request_digest="e" * 64))
        with pytest.raises(AsOfStale):
            await asking.live.decide(msgspec.structs.replace(about("LATE"), arrived_at=later))

    asked_of(in_force, work)


def test_no_guess_where_personal_values_are_kept_under_a_key(in_force: InForce) -> None:
    parties = Parties()
    personal = a_question(a_request("buyer_check", entity=Entity(SCHEME, "A")))
    plain = about("A")
    for _ in range(STREAK):
        assert parties.guess(plain, in_force) is None
        parties.learn(plain, None)

    assert parties.guess(plain, in_force) is not None
    assert parties.guess(personal, in_force) is None


def test_no_guess_where_a_trial_spends_a_budget(in_force: InForce) -> None:
    parties = Parties()
    for _ in range(STREAK):
        parties.learn(about("A"), None)
    assert parties.guess(about("A"), in_force) is not None
    exploration = Exploration(trial_id=a_question().decision_id, arms=(), lowest_score=None)
    standing = replace(in_force.standings["trade_uk"], exploration=exploration)

    exploring = replace(in_force, standings={**in_force.standings, "trade_uk": standing})

    assert parties.guess(about("A"), exploring) is None


def test_the_streak_is_of_one_scheme_in_one_company(in_force: InForce) -> None:
    parties = Parties()
    for _ in range(STREAK):
        parties.learn(about("A"), None)
    other_scheme = a_question(a_request(entity=Entity("vat", "A")))
    other_company = a_question(a_request(entity=Entity(SCHEME, "A")), legal_entity="GS-DE")

    assert parties.guess(other_scheme, in_force) is None
    assert parties.guess(other_company, in_force) is None


def test_the_oldest_is_forgotten_first(in_force: InForce) -> None:
    parties = Parties(remembered=2)
    ids = [a_question().decision_id for _ in range(3)]
    for at, party_id in enumerate(ids):
        parties.learn(about(f"P{at}"), party_id)

    found = [parties.guess(about(f"P{at}"), in_force) for at in range(3)]

    assert [None if item is None else item.party_id for item in found] == [None, *ids[1:]]
