"""Facts are bitemporal: corrected and retracted by further versions, read as of and as known at."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodstanding.core.money import UnknownCurrency
from goodstanding.ledger import operations, queries
from goodstanding.ledger.errors import (
    AmountWithoutCurrency,
    FactRecordedInFuture,
    FactTwice,
    NothingToRetract,
    VersionRecordedBackwards,
)
from goodstanding.ledger.models import Fact
from goodstanding.ledger.types import Recorded
from tests.instants import NOON
from tests.rooms.ledger.conftest import a_loan, an_origin

DAY = timedelta(days=1)


def _amounts(party_id: UUID, *, as_of=NOON, known_at=NOON) -> list[int | None]:
    facts = queries.facts_of(party_id=party_id, as_of=as_of, known_at=known_at)
    return [fact.amount_minor for fact in facts]


def test_a_fact_shows_from_when_it_took_effect_and_was_known(party_id: UUID) -> None:
    operations.record_facts(facts=[a_loan(party_id=party_id)], origin=an_origin())

    assert _amounts(party_id) == [6_000_000]
    assert _amounts(party_id, as_of=NOON - 2 * DAY) == []
    assert _amounts(party_id, known_at=NOON - timedelta(seconds=1)) == []


def test_a_correction_shows_only_to_those_who_know_it(party_id: UUID) -> None:
    operations.record_facts(facts=[a_loan(party_id=party_id)], origin=an_origin())
    corrected = a_loan(party_id=party_id, amount_minor=5_000_000)

    recorded = operations.record_facts(facts=[corrected], origin=an_origin(NOON + DAY))

    assert recorded == Recorded(new=0, corrected=1, unchanged=0)
    assert _amounts(party_id) == [6_000_000]
    assert _amounts(party_id, known_at=NOON + DAY) == [5_000_000]


def test_a_correction_may_move_the_day_it_took_effect(party_id: UUID) -> None:
    operations.record_facts(facts=[a_loan(party_id=party_id)], origin=an_origin())
    moved = a_loan(party_id=party_id, effective_at=NOON + 10 * DAY)
    operations.record_facts(facts=[moved], origin=an_origin(NOON + DAY))

    assert _amounts(party_id, as_of=NOON, known_at=NOON + DAY) == []
    assert _amounts(party_id, as_of=NOON + 10 * DAY, known_at=NOON + DAY) == [6_000_000]


def test_saying_the_same_again_writes_nothing(party_id: UUID) -> None:
    operations.record_facts(facts=[a_loan(party_id=party_id)], origin=an_origin())

    again = operations.record_facts(facts=[a_loan(party_id=party_id)], origin=an_origin(NOON + DAY))

    assert again == Recorded(new=0, corrected=0, unchanged=1)
    assert Fact.objects.count() == 1


def test_a_retraction_takes_the_fact_away_and_keeps_its_history(party_id: UUID) -> None:
    operations.record_facts(facts=[a_loan(party_id=party_id)], origin=an_origin())

    operations.retract_fact(
        kind="loan_approved", subject="loan:1000014003", legal_entity="GS-US",
        reason="entered under the wrong business", by="ana@example.com", at=NOON + DAY,
    )  # fmt: skip
    history = queries.fact_history(
        kind="loan_approved", subject="loan:1000014003", legal_entity="GS-US"
    )

    assert _amounts(party_id, known_at=NOON + DAY) == []
    assert _amounts(party_id) == [6_000_000]
    assert [(version.version_no, version.retracted) for version in history] == [
        (1, False), (2, True),
    ]  # fmt: skip


def test_what_was_changed_is_listed_version_by_version_as_known(party_id: UUID) -> None:
    quiet = a_loan(party_id=party_id, subject="loan:1")
    operations.record_facts(facts=[a_loan(party_id=party_id), quiet], origin=an_origin())
    corrected = a_loan(party_id=party_id, amount_minor=5_000_000)
    operations.record_facts(facts=[corrected], origin=an_origin(NOON + DAY))

    before = queries.changed_facts_of(party_id=party_id, known_at=NOON)
    changed = queries.changed_facts_of(party_id=party_id, known_at=NOON + DAY)

    assert before == []
    assert [(change.subject, change.version.amount_minor) for change in changed] == [
        ("loan:1000014003", 5_000_000), ("loan:1000014003", 6_000_000),
    ]  # fmt: skip


def test_what_is_not_there_cannot_be_retracted(party_id: UUID) -> None:
    with pytest.raises(NothingToRetract):
        operations.retract_fact(
            kind="loan_approved", subject="loan:7", legal_entity="GS-US", reason="x",
            by="ana@example.com", at=NOON,
        )  # fmt: skip


def test_a_fact_without_a_party_is_found_by_its_kind(legal_entity: str) -> None:
    incident = a_loan(
        kind="incident_opened", subject="0000045", amount_minor=None, currency=None,
    )  # fmt: skip
    operations.record_facts(facts=[incident], origin=an_origin())

    found = queries.facts_of_kinds(
        kinds=["incident_opened"], legal_entity="GS-US", as_of=NOON, known_at=NOON
    )

    assert [(fact.subject, fact.party_id) for fact in found] == [("0000045", None)]


@pytest.mark.parametrize(
    ("facts", "refusal", "field"),
    [
        ([a_loan(), a_loan(amount_minor=1)], FactTwice, "subject"),
        ([a_loan(currency=None)], AmountWithoutCurrency, "currency"),
        ([a_loan(currency="XYZ")], UnknownCurrency, "currency"),
        ([a_loan(recorded_at=NOON + DAY)], FactRecordedInFuture, "recorded_at"),
    ],
)
def test_what_a_fact_must_say(facts, refusal, field, legal_entity: str) -> None:
    with pytest.raises(refusal) as refused:
        operations.record_facts(facts=facts, origin=an_origin())

    assert refused.value.field == field
    assert Fact.objects.count() == 0


def test_a_correction_is_never_known_before_what_it_corrects(legal_entity: str) -> None:
    operations.record_facts(facts=[a_loan()], origin=an_origin(NOON))

    with pytest.raises(VersionRecordedBackwards):
        operations.record_facts(facts=[a_loan(amount_minor=1)], origin=an_origin(NOON - DAY))


def test_history_may_say_when_its_source_knew(party_id: UUID) -> None:
    known_then = a_loan(party_id=party_id, recorded_at=NOON - DAY)

    operations.record_facts(facts=[known_then], origin=an_origin())

    assert _amounts(party_id, known_at=NOON - DAY) == [6_000_000]


def test_a_correction_from_a_source_is_known_when_it_reached_us(party_id: UUID) -> None:
    operations.record_facts(facts=[a_loan(party_id=party_id)], origin=an_origin(NOON))
    late = a_loan(party_id=party_id, amount_minor=1, recorded_at=NOON - DAY)

    operations.record_facts(facts=[late], origin=an_origin(NOON + DAY))

    assert _amounts(party_id, known_at=NOON) == [6_000_000]
    assert _amounts(party_id, known_at=NOON + DAY) == [1]


def test_the_database_refuses_a_version_without_the_one_before(legal_entity: str) -> None:
    with pytest.raises(IntegrityError, match="does not follow"), transaction.atomic():
        Fact.objects.create(
            kind="loan_approved", subject="loan:9", version_no=2, effective_at=NOON,
            recorded_at=NOON, content_digest="0" * 64, source="test", legal_entity_id="GS-US",
        )  # fmt: skip


def test_what_happened_cannot_be_rewritten(legal_entity: str) -> None:
    operations.record_facts(facts=[a_loan()], origin=an_origin())

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("update ledger_fact set amount_minor = 1")


VERSION = st.tuples(
    st.integers(min_value=0, max_value=6), st.integers(min_value=-5, max_value=5), st.booleans()
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(versions=st.lists(VERSION, min_size=1, max_size=6), as_of=st.integers(-6, 6),
       known_at=st.integers(-1, 30))  # fmt: skip
def test_as_of_and_known_at_agree_with_reading_the_versions_by_hand(
    versions: list[tuple[int, int, bool]], as_of: int, known_at: int, party_id: UUID
) -> None:
    said: list[tuple[int, int, bool]] = []
    with transaction.atomic():
        clock = 0
        for amount, (wait, effective, retracted) in enumerate(versions):
            clock += wait
            retracts = retracted and bool(said)
            fact = a_loan(
                party_id=party_id, amount_minor=amount, effective_at=NOON + effective * DAY,
                retracted=retracts,
            )  # fmt: skip
            operations.record_facts(facts=[fact], origin=an_origin(NOON + clock * DAY))
            said.append((clock, effective, retracts))
        seen = _amounts(party_id, as_of=NOON + as_of * DAY, known_at=NOON + known_at * DAY)
        transaction.set_rollback(True)

    known = [index for index, (recorded, _, _) in enumerate(said) if recorded <= known_at]
    expected: list[int] = []
    if known:
        _recorded, effective, retracted = said[known[-1]]
        if not retracted and effective <= as_of:
            expected = [known[-1]]
    assert seen == expected
