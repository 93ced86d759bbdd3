"""Features looked up while a decision is made: recorded with their origin, replayed, re-derived."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from goodstanding.accounts.models import LegalEntity
from goodstanding.core.ids import new_id
from goodstanding.decisions.errors import FeatureLookedUp
from goodstanding.decisions.models import Decision
from goodstanding.decisions.operations import LiveDecisions, decide, decide_many, rederive_features
from goodstanding.decisions.operations.context import context_query
from goodstanding.decisions.replaying import Verdict, compare
from goodstanding.decisions.types import Caller, DecisionRequest, Entity, InForce, Origin, Question
from goodstanding.ledger import operations as ledger
from goodstanding.ledger.types import FactOrigin, NewFact
from goodstanding.parties.operations import Origin as PartyOrigin
from goodstanding.parties.operations import register_parties
from goodstanding.policies.features import feature_named
from goodstanding.policies.queries import AskedFeatures, foreign_currencies, look_up_features
from tests.instants import NOON
from tests.rooms.decisions.in_force import approval_of, in_force_of
from tests.rooms.decisions.rows import KEYS
from tests.rooms.parties.conftest import a_company
from tests.running import run

ANA = "ana@example.com"
DAY = timedelta(days=1)
SHOP = Entity("companies_house", "01234567")
TEXT = """\
policy: shop_review
version: "1"
title: Shops
desk: sellers
owner: Seller risk
purpose: Look at shops that buyers complain about.
legal_entities: [GS-UK]
time_zone: UTC
currency: BRL
inputs:
  country: {type: TEXT, label: country}
features:
  orders: {type: INTEGER, label: orders, definition: orders_90d@1}
  sales: {type: "DECIMAL(18,2)", label: sales, definition: sales_90d@1}
  low_reviews: {type: "DECIMAL(18,6)", label: low reviews, definition: low_review_share_90d@1}
  late: {type: INTEGER, label: late deliveries, definition: late_deliveries_90d@1}
  heard: {type: INTEGER, label: what we heard, definition: heard@1, source: caller}
rules:
  - id: LOW
    label: Many low reviews
    when: low_reviews >= 0.5
    effect: refer
    reason: LOW
    on_missing: ignore
  - id: LARGE
    label: Sells much
    when: sales > 100.00 AND orders >= 2 AND late = 1
    effect: note
    on_missing: ignore
outcomes: {refer: {queue: sellers_triage}}
fallback: {outcome: refer, reason: NO_APPROVAL, queue: sellers_triage}
reasons:
  LOW: {text: "{low_reviews} of the reviews are low"}
  NO_APPROVAL: {text: A person must look at this}
"""


@pytest.fixture(scope="module")
def in_force() -> InForce:
    return in_force_of(TEXT, permit=approval_of(expires_at=NOON + 12 * DAY))


def a_shop() -> UUID:
    """A shop with two orders, one late delivery, and a bad review in three; known for a year."""
    LegalEntity.objects.get_or_create(
        code="GS-UK", defaults={"name": "Good Standing UK", "country": "GB"}
    )
    company = a_company(identifiers=((SHOP.scheme, SHOP.value),))
    origin = PartyOrigin(legal_entity="GS-UK", source="test", at=NOON - 400 * DAY)
    [party_id] = register_parties(parties=[company], origin=origin)
    facts = [
        _fact("order_placed", "first", days=200, party_id=party_id, amount_minor=100),
        _fact("review_received", "first", days=200, party_id=party_id, attributes={"score": 1}),
        _fact("order_delivered", "first", days=200, party_id=party_id),
        _fact("order_placed", "a", days=30, party_id=party_id, amount_minor=12_000),
        _fact("order_placed", "b", days=1, party_id=party_id, amount_minor=34_50),
        _fact("order_delivered", "a", days=20, party_id=party_id,
              attributes={"promised_on": (NOON - 21 * DAY).date().isoformat()}),
        _fact("review_received", "a", days=19, party_id=party_id, attributes={"score": 5}),
        _fact("review_received", "b", days=18, party_id=party_id, attributes={"score": 4}),
        _fact("review_received", "c", days=17, party_id=party_id, attributes={"score": 2}),
    ]  # fmt: skip
    for fact in facts:
        ledger.record_facts(facts=[fact], origin=_origin(fact.effective_at))
    return party_id


def _fact(kind: str, subject: str, *, days: int, **values: Any) -> NewFact:
    money = {"currency": "BRL"} if "amount_minor" in values else {}
    return NewFact(kind=kind, subject=subject, effective_at=NOON - days * DAY, **values, **money)


def _origin(at: datetime) -> FactOrigin:
    return FactOrigin(legal_entity="GS-UK", source="test", at=at)


def a_request(entity: Entity = SHOP, **inputs: Any) -> DecisionRequest:
    return DecisionRequest(
        policy="shop_review", entity=entity, as_of=NOON, inputs={"country": "BR"} | inputs,
        idempotency_key=KEYS.next(),
    )  # fmt: skip


def record_of(decision_id: UUID) -> dict[str, Any]:
    return msgspec.json.decode(Decision.objects.get(id=decision_id).record)


@pytest.mark.django_db
def test_features_are_looked_up_recorded_replayed_and_derived_again(in_force: InForce) -> None:
    party_id = a_shop()

    answer = decide(
        request=a_request(heard=3), legal_entity="GS-UK", by=ANA, at=NOON, in_force=in_force
    )

    record = record_of(answer.decision_id)
    seen = {"source": "ledger", "observed_at": record["as_of"]}
    assert record["inputs"]["orders"] == {"value": 2, "definition": "orders_90d@1", **seen}
    assert record["inputs"]["sales"] == {"value": "154.50", "definition": "sales_90d@1", **seen}
    assert record["inputs"]["low_reviews"]["value"] == "0.333333"
    assert record["inputs"]["late"]["value"] == 1
    assert record["inputs"]["heard"] == {"value": 3, "definition": "heard@1"}
    assert [rule["truth"] for rule in record["rules"]] == ["FALSE", "TRUE"]
    kept = Decision.objects.get(id=answer.decision_id)
    [version] = in_force.standings["shop_review"].versions.values()
    report = compare(
        decision_id=kept.id, text=kept.record.encode(), record_hash=kept.record_hash,
        version=version, personal={},
    )  # fmt: skip
    assert (report.verdict, report.difference) == (Verdict.SAME, None)

    again = rederive_features(decision_id=kept.id, by=ANA, at=NOON)
    assert (len(again.features), again.differing) == (4, ())
    late = _fact("order_placed", "c", days=2, party_id=party_id, amount_minor=1)
    ledger.record_facts(facts=[late], origin=_origin(NOON - DAY))
    [orders, sales] = rederive_features(decision_id=kept.id, by=ANA, at=NOON).differing
    assert (orders.name, orders.recorded, orders.derived) == ("orders", "2", "3")
    assert (sales.recorded, sales.derived) == ("154.50", "154.51")


@pytest.mark.django_db
def test_a_caller_may_not_send_what_is_looked_up(in_force: InForce) -> None:
    a_shop()

    with pytest.raises(
        FeatureLookedUp, match=r"orders is looked up here \(orders_90d@1\)"
    ) as refused:
        decide(
            request=a_request(orders=1), legal_entity="GS-UK", by=ANA, at=NOON, in_force=in_force
        )

    assert (refused.value.field, refused.value.status) == ("inputs.orders", 422)
    assert "Leave orders out" in str(refused.value)


@pytest.mark.django_db
def test_history_uses_the_same_lookup_and_a_stranger_has_no_features(in_force: InForce) -> None:
    a_shop()
    stranger = a_request(Entity("companies_house", "99999999"))

    [totals] = decide_many(
        requests=[a_request(), stranger], legal_entity="GS-UK", by=ANA, at=NOON,
        origin=Origin.IMPORTED_HISTORY, in_force=in_force,
    )  # fmt: skip

    assert (totals.decided, totals.refused) == (2, [])
    records = [msgspec.json.decode(item.record) for item in Decision.objects.order_by("id")]
    assert [item["inputs"]["orders"]["value"] for item in records] == [2, None]
    assert records[1]["inputs"]["orders"]["missing"] == "not_applicable"


def test_what_nobody_defines_any_more_is_a_fault_of_its_source() -> None:
    text = TEXT.replace("orders_90d@1", "orders_90d@0")
    gone = in_force_of(text, permit=approval_of(expires_at=NOON + DAY))

    query = context_query(gone)
    [gone_name] = gone.standings

    assert [reference for reference, *_ in query.features[gone_name]] == [
        "late_deliveries_90d@1", "low_review_share_90d@1", "sales_90d@1"
    ]  # fmt: skip


def _question(request: DecisionRequest) -> Question:
    return Question(
        request=request, caller=Caller("key:a", "GS-UK", "key:a"), arrived_at=NOON,
        request_digest="d" * 64, decision_id=new_id(),
    )  # fmt: skip


@pytest.fixture
def shop_database(fresh_database: str) -> str:
    a_shop()
    return fresh_database


def test_the_service_looks_a_batch_up_in_one_statement(
    shop_database: str, in_force: InForce
) -> None:
    async def decide_together() -> list[Any]:
        live = LiveDecisions(database_url=shop_database, in_force=lambda: in_force)
        try:
            entities = [SHOP, Entity("companies_house", "99999999")] * 4
            questions = [_question(a_request(entity)) for entity in entities]
            return await asyncio.gather(*(live.decide(item) for item in questions))
        finally:
            await live.close()

    answers = run(decide_together())

    orders = [answer.record["inputs"]["orders"] for answer in answers]
    assert [entry["value"] for entry in orders] == [2, None] * 4
    assert orders[1]["missing"] == "not_applicable"


@pytest.mark.django_db
def test_a_sum_over_another_currency_is_unknown_and_names_it() -> None:
    party_id = a_shop()
    dollars = NewFact(
        kind="order_placed", subject="c", effective_at=NOON - 2 * DAY, party_id=party_id,
        amount_minor=500, currency="USD",
    )  # fmt: skip
    sales = feature_named("sales_90d@1")
    asked = AskedFeatures(
        as_of=NOON, legal_entity="GS-UK", party_id=party_id, entity=SHOP.key, event=SHOP.key
    )
    assert foreign_currencies(sales, asked=asked) == ()

    ledger.record_facts(facts=[dollars], origin=_origin(NOON - 2 * DAY))

    [[found]] = look_up_features([sales], asked=[asked])
    assert (found.value, found.missing) == (None, "invalid")
    assert foreign_currencies(sales, asked=asked) == ("USD",)
    assert foreign_currencies(feature_named("orders_90d@1"), asked=asked) == ()
