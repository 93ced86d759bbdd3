"""Amounts converted as a decision is made: live, derived again, by an index, joined set-wise."""

import asyncio
import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import polars as pl
import pytest
from django.db import connection
from typer.testing import CliRunner

from goodstanding.accounts.models import LegalEntity
from goodstanding.cli.feature import app
from goodstanding.core.ids import new_id
from goodstanding.decisions.models import Decision
from goodstanding.decisions.operations import LiveDecisions, decide, rederive_features
from goodstanding.decisions.types import Caller, DecisionRequest, Entity, InForce, Question
from goodstanding.evidence.as_of_features import FACT_COLUMNS, with_features
from goodstanding.ledger import operations as ledger
from goodstanding.ledger.types import FactOrigin, NewFact
from goodstanding.parties.operations import Origin as PartyOrigin
from goodstanding.parties.operations import register_parties
from goodstanding.policies.engine import read_policy
from goodstanding.policies.features import feature_named
from goodstanding.policies.queries import (
    AskedFeatures,
    RateMissing,
    look_up_features,
    lookup_cost,
    rates_missing,
)
from goodstanding.web.pages.policies.inputs import feature_words
from tests.instants import NOON
from tests.rooms.decisions.in_force import approval_of, in_force_of
from tests.rooms.decisions.rows import KEYS
from tests.rooms.parties.conftest import a_company
from tests.running import run

ANA = "ana@example.com"
DAY = timedelta(days=1)
LENT_ON = NOON - 30 * DAY
BORROWER = Entity("companies_house", "01234567")
DEFINITION = "other_loans_in_dollars_5y@1"
TEXT = """\
policy: loan_review
version: "1"
title: Loans
desk: credit
owner: Credit risk
purpose: Look at businesses that borrowed much elsewhere.
legal_entities: [GS-US]
time_zone: UTC
currency: USD
inputs:
  country: {type: TEXT, label: country}
features:
  loans: {type: INTEGER, label: loans, definition: other_loans_5y@1}
  lent: {type: "DECIMAL(18,2)", label: lent, definition: other_loans_in_dollars_5y@1}
rules:
  - id: MUCH
    label: Borrowed much
    when: lent > 250.00
    effect: refer
    reason: MUCH
    on_missing: refer
outcomes: {refer: {queue: credit_review}}
fallback: {outcome: refer, reason: NO_APPROVAL, queue: credit_review}
reasons:
  MUCH: {text: "{lent} dollars were lent elsewhere"}
  NO_APPROVAL: {text: A person must look at this}
"""


@pytest.fixture(scope="module")
def in_force() -> InForce:
    return in_force_of(TEXT, permit=approval_of(expires_at=NOON + 12 * DAY))


def a_borrower() -> UUID:
    """A business with loans of USD 100.00, EUR 100.00 and JPY 10,000, thirty days ago."""
    LegalEntity.objects.get_or_create(code="GS-US", defaults={"name": "US", "country": "US"})
    company = a_company(identifiers=((BORROWER.scheme, BORROWER.value),))
    origin = PartyOrigin(legal_entity="GS-US", source="test", at=NOON - 4000 * DAY)
    [party_id] = register_parties(parties=[company], origin=origin)
    loans = [("first", "USD", 1, NOON - 3000 * DAY), ("a", "USD", 10_000, LENT_ON),
             ("b", "EUR", 10_000, LENT_ON), ("c", "JPY", 10_000, LENT_ON)]  # fmt: skip
    for subject, currency, amount_minor, at in loans:
        record(
            NewFact(
                kind="loan_approved", subject=subject, effective_at=at, party_id=party_id,
                amount_minor=amount_minor, currency=currency,
            ),
            at=at,
        )  # fmt: skip
    return party_id


def record(fact: NewFact, *, at: datetime) -> None:
    origin = FactOrigin(legal_entity="GS-US", source="test", at=at)
    ledger.record_facts(facts=[fact], origin=origin)


def quote(pair: str, rate: str, *, at: datetime, known: datetime | None = None) -> None:
    fact = NewFact(
        kind="exchange_rate", subject=f"{pair} {at.date()}", effective_at=at,
        attributes={"rate": rate},
    )  # fmt: skip
    record(fact, at=known or at)


def quote_both() -> None:
    quote("EUR/USD", "1.0850", at=LENT_ON - DAY)
    quote("USD/JPY", "149.63", at=LENT_ON)


def a_request() -> DecisionRequest:
    return DecisionRequest(
        policy="loan_review", entity=BORROWER, as_of=NOON, inputs={"country": "US"},
        idempotency_key=KEYS.next(),
    )  # fmt: skip


def asked_by(party_id: UUID, *, as_of: datetime = NOON) -> AskedFeatures:
    return AskedFeatures(
        as_of=as_of, legal_entity="GS-US", party_id=party_id, entity=BORROWER.key,
        event=BORROWER.key,
    )  # fmt: skip


# USD 100.00 + EUR 100.00 x 1.0850 + JPY 10,000 / 149.63 = 100.00 + 108.50 + 66.83
LENT = "275.33"


@pytest.mark.django_db
def test_a_decision_converts_and_is_derived_again_by_what_was_known(in_force: InForce) -> None:
    a_borrower()
    quote_both()

    answer = decide(request=a_request(), legal_entity="GS-US", by=ANA, at=NOON, in_force=in_force)

    decision = Decision.objects.get(id=answer.decision_id)
    inputs = msgspec.json.decode(decision.record)["inputs"]
    assert (inputs["lent"]["value"], inputs["loans"]["value"]) == (LENT, 3)
    quote("EUR/USD", "1.2", at=LENT_ON - DAY, known=NOON + DAY)
    assert rederive_features(decision_id=decision.id, by=ANA, at=NOON + 2 * DAY).differing == ()
    quote("EUR/USD", "2", at=LENT_ON, known=NOON - DAY)
    [lent] = rederive_features(decision_id=decision.id, by=ANA, at=NOON + 2 * DAY).differing
    assert (lent.name, lent.recorded, lent.derived) == ("lent", LENT, "366.83")


@pytest.mark.django_db
def test_want_of_a_rate_names_the_currency_and_the_day() -> None:
    party_id = a_borrower()
    quote("EUR/USD", "1.0850", at=LENT_ON - 8 * DAY)
    quote("USD/JPY", "149.63", at=LENT_ON, known=NOON - DAY)
    lent = feature_named(DEFINITION)

    [[found], [earlier]] = look_up_features(
        [lent], asked=[asked_by(party_id), asked_by(party_id, as_of=NOON - 2 * DAY)]
    )

    assert (found.value, found.missing) == (None, "invalid") == (earlier.value, earlier.missing)
    day = LENT_ON.date()
    assert rates_missing(lent, asked=asked_by(party_id)) == (RateMissing("EUR", day),)
    assert rates_missing(lent, asked=asked_by(party_id, as_of=NOON - 2 * DAY)) == (
        RateMissing("EUR", day), RateMissing("JPY", day),
    )  # fmt: skip
    assert rates_missing(feature_named("other_loans_amount_5y@1"), asked=asked_by(party_id)) == ()
    command = ["compute", BORROWER.key, DEFINITION, "--legal-entity", "GS-US", "--as-of",
               NOON.isoformat()]  # fmt: skip
    said = CliRunner().invoke(app, command)
    assert "EUR of 2026-10-19 has no rate: none of EUR/USD or USD/EUR was known" in said.output
    assert "at most 7 d older" in said.output
    document = json.loads(CliRunner().invoke(app, [*command, "--json"]).output)
    assert document["features"][DEFINITION] == {
        "value": None, "missing": "invalid",
        "rates_missing": [{"currency": "EUR", "effective_on": "2026-10-19"}],
    }  # fmt: skip


@pytest.mark.django_db
def test_a_history_is_joined_with_the_rates_of_its_ledger() -> None:
    party_id = a_borrower()
    quote_both()
    quote("EUR/USD", "2", at=LENT_ON - DAY, known=NOON - DAY)
    columns = ", ".join(name.replace("party_id", "party_id::text") for name in FACT_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"select {columns} from ledger_fact")
        facts = pl.DataFrame(
            cursor.fetchall(), schema=FACT_COLUMNS, orient="row", infer_schema_length=99
        )
    moments = [NOON - 2 * DAY, NOON]
    rows = pl.DataFrame({"party": str(party_id), "loan": "none", "at": moments})

    found = with_features(
        rows.with_columns(pl.col("at").dt.replace_time_zone(None)),
        facts=facts,
        definitions=[feature_named(DEFINITION)], entity="party", event="loan", as_of="at",
    )  # fmt: skip

    live = look_up_features(
        [feature_named(DEFINITION)], asked=[asked_by(party_id, as_of=at) for at in moments]
    )
    assert found["other_loans_in_dollars_5y"].to_list() == [Decimal(LENT), Decimal("366.83")]
    assert [item.value for [item] in live] == [Decimal(LENT), Decimal("366.83")]


def test_the_page_of_a_policys_inputs_says_that_it_converts() -> None:
    words = {item.name: feature_words(item) for item in read_policy(TEXT).definition.inputs}

    assert words["lent"] == (
        "sum of amount (USD; other currencies are converted at the rate of their day)"
        " over loan approved, the last 1825 days"
    )
    assert words["loans"] == "count over loan approved, the last 1825 days"


@pytest.fixture
def borrower_database(fresh_database: str) -> str:
    a_borrower()
    quote_both()
    return fresh_database


def test_the_service_converts_in_its_one_statement_and_publishing_shows_its_index(
    borrower_database: str, in_force: InForce
) -> None:
    async def decide_together() -> list[Any]:
        live = LiveDecisions(database_url=borrower_database, in_force=lambda: in_force)
        try:
            questions = [
                Question(
                    request=a_request(), caller=Caller("key:a", "GS-US", "key:a"), arrived_at=NOON,
                    request_digest="d" * 64, decision_id=new_id(),
                )
                for _ in range(3)
            ]  # fmt: skip
            return await asyncio.gather(*(live.decide(item) for item in questions))
        finally:
            await live.close()

    answers = run(decide_together())

    assert [answer.record["inputs"]["lent"]["value"] for answer in answers] == [LENT] * 3
    cost = lookup_cost(read_policy(TEXT), legal_entity="GS-US", at=NOON)
    assert cost is not None
    assert cost.features == 2
    assert "rate_by_pair" in cost.indexes
