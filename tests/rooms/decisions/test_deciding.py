"""Deciding: from a question and what is in force to the record."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from goodstanding.core.encryption import keyed_digest
from goodstanding.core.errors import Refusal
from goodstanding.decisions.arms import Arm, bucket
from goodstanding.decisions.canonical import canonical_json, text_hash
from goodstanding.decisions.deciding import decide_one
from goodstanding.decisions.errors import (
    AsOfAhead,
    AsOfStale,
    PolicyOfAnotherEntity,
    UnknownPolicy,
)
from goodstanding.decisions.types import InForce, Origin
from goodstanding.policies.engine import InputRequired, InputUnknown
from goodstanding.policies.engine.given import InputValueUnreadable
from tests.instants import NOON
from tests.rooms.decisions.in_force import approval_of, with_permit
from tests.rooms.decisions.requests import a_question, a_request


def test_the_record_holds_what_was_asked_what_decided_and_what_came_of_it(
    in_force: InForce,
) -> None:
    question = a_question(a_request(dpd_max=45))

    decided = decide_one(question=question, in_force=in_force)

    record, row = decided.record, decided.row
    assert record["entity"] == {"scheme": "companies_house", "value": "01234567"}
    assert record["as_of"] == "2026-11-18T12:00:00.000000Z"
    assert record["inputs"]["utilisation"] == {"value": "0.50"}
    assert (record["outcome"], record["decided_by"]) == ("decline", "policy")
    assert record["reasons"] == [
        {
            "code": "LATE_PAYER", "rule": "R1", "source": "rule", "facts": {"dpd_max": "45"},
            "text": "Invoices were paid 45 days late",
        }
    ]  # fmt: skip
    assert (row.outcome, row.rule_states, row.reason_codes) == ("decline", "TFFF", "LATE_PAYER")
    assert (row.amount_minor, row.currency) == (10_000, "GBP")
    assert row.gate_state == "current"
    assert row.record == canonical_json(record)
    assert row.record_hash == text_hash(row.record)


def test_the_same_facts_give_the_same_hash_whenever_they_arrive(in_force: InForce) -> None:
    request = a_request()

    one = decide_one(question=a_question(request), in_force=in_force)
    other = decide_one(
        question=a_question(
            msgspec.structs.replace(request, idempotency_key="another"),
            at=NOON + timedelta(seconds=4),
        ),
        in_force=in_force,
    )

    assert one.row.id != other.row.id
    assert one.row.record_hash == other.row.record_hash


def test_a_missing_value_is_kept_with_its_kind(in_force: InForce) -> None:
    request = a_request(dpd_max=None, utilisation="much", vat_ok={"missing": "source_error"})
    request = msgspec.structs.replace(
        request, inputs={k: v for k, v in request.inputs.items() if k != "tenure_months"}
    )

    record = decide_one(question=a_question(request), in_force=in_force).record

    kinds = {name: entry.get("missing") for name, entry in record["inputs"].items()}
    assert kinds == {
        "dpd_max": "null", "vat_ok": "source_error", "utilisation": "invalid", "amount": None,
        "tenure_months": "absent",
    }  # fmt: skip


def test_where_a_value_came_from_is_kept_and_an_old_one_is_stale(in_force: InForce) -> None:
    fresh = {"value": 3, "source": "web", "observed_at": "2026-11-17T12:00:00Z"}
    old = fresh | {"observed_at": "2026-10-01T12:00:00Z"}

    entries = [
        decide_one(
            question=a_question(a_request("buyer_check", visits=visits)), in_force=in_force
        ).record["inputs"]["visits"]
        for visits in (fresh, old)
    ]

    assert entries[0]["value"] == 3
    assert (entries[0]["source"], entries[0].get("missing")) == ("web", None)
    assert (entries[1]["value"], entries[1]["missing"]) == (None, "stale")


@pytest.mark.parametrize(
    ("permit", "state", "code"),
    [
        (None, "not_approved", "GATE_NO_APPROVAL"),
        (approval_of(expires_at=NOON), "expired", "GATE_APPROVAL_EXPIRED"),
        (
            approval_of(
                expires_at=NOON + timedelta(days=1), allowed={"legal_entity": frozenset({"GS-US"})}
            ),
            "outside_conditions",
            "GATE_OUTSIDE_CONDITIONS",
        ),
    ],
)
def test_without_an_approval_in_force_the_fallback_decides_and_says_why(
    permit, state, code, in_force: InForce
) -> None:
    governed = with_permit(in_force, permit)
    question = a_question(a_request("buyer_check"))

    decided = decide_one(question=question, in_force=governed)

    record = decided.record
    assert (record["policy_outcome"], record["outcome"]) == ("approve", "refer")
    assert (record["decided_by"], record["gate"]["state"]) == ("gate", state)
    assert [line["code"] for line in record["reasons"]] == [code]
    assert (record["terms"], record["queue"]) == ([], "no_approval")
    assert decided.row.limit_minor is None


def test_a_gate_that_nobody_could_read_lets_nothing_decide(in_force: InForce) -> None:
    silent = replace(in_force, checked_at=NOON - timedelta(seconds=6))

    record = decide_one(question=a_question(), in_force=silent).record

    assert (record["outcome"], record["gate"]["state"]) == ("refer", "unknown")
    assert record["reasons"][0]["code"] == "GATE_GATE_NOT_READ"


def test_a_referral_sends_the_message_that_opens_a_case(in_force: InForce) -> None:
    decided = decide_one(question=a_question(a_request(vat_ok=False)), in_force=in_force)

    assert decided.row.referral is not None
    assert msgspec.json.decode(decided.row.referral) == {
        "as_of": "2026-11-18T12:00:00.000000Z",
        "desk": "credit",
        "entity": "companies_house:01234567",
        "legal_entity": "GS-UK",
        "party_id": None,
        "policy": "trade_uk",
        "policy_hash": decided.row.policy_hash,
        "queue": "trade_credit",
        "reasons": ["VAT"],
    }


def test_an_approval_and_imported_history_open_no_case(in_force: InForce) -> None:
    approved = a_question()
    history = a_question(
        a_request(vat_ok=False, as_of=NOON - timedelta(days=4000)), origin=Origin.IMPORTED_HISTORY
    )

    rows = [decide_one(question=item, in_force=in_force).row for item in (approved, history)]

    assert [row.outcome for row in rows] == ["approve", "refer"]
    assert [row.referral for row in rows] == [None, None]


def test_the_terms_of_an_approval_are_granted_in_minor_units(in_force: InForce) -> None:
    decided = decide_one(question=a_question(a_request("buyer_check")), in_force=in_force)

    assert decided.row.limit_minor == 50_000
    assert decided.record["terms"] == [
        {"name": "limit", "label": "limit", "value": "500.00", "currency": "GBP"}
    ]


def test_personal_values_stand_as_digests_only(in_force: InForce) -> None:
    question = a_question(a_request("buyer_check", born_on="2015-06-01", checked=False))

    decided = decide_one(question=question, in_force=in_force)

    text = decided.row.record.decode()
    assert decided.record["inputs"]["born_on"]["value"] == {
        "digest": keyed_digest("born_on:2015-06-01")
    }
    assert "2015-06-01" not in text
    assert str(decided.record["derived"]["trading_days"]).isdigit()
    assert set(decided.record["derived"]["age_days"]) == {"digest"}
    assert decided.record["reasons"][0]["text"] == "The buyer is (withheld) days old"
    assert decided.record["reasons"][0]["facts"] == {"age_days": "(withheld)"}
    assert decided.personal == {"born_on": '"2015-06-01"', "checked": "false"}


def test_the_arm_follows_the_party_and_is_logged_with_its_chance(in_force: InForce) -> None:
    standing = in_force.standings["trade_uk"]
    challenger = Arm("stricter", standing.champion.policy_hash, 2500)
    on_trial = replace(
        in_force,
        standings={"trade_uk": replace(standing, salt="exp-1", challengers=(challenger,))},
    )
    party = UUID(int=5)

    decided = decide_one(
        question=msgspec.structs.replace(a_question(), party_id=party), in_force=on_trial
    )

    place = bucket(salt="exp-1", unit=str(party))
    assert decided.record["arm"] == {
        "name": "stricter" if place < 2500 else "champion",
        "salt": "exp-1",
        "unit": str(party),
        "bucket": place,
        "propensity": "0.2500" if place < 2500 else "0.7500",
    }


@pytest.mark.parametrize(
    ("changed", "refusal", "field"),
    [
        ({"policy": "trade_fr"}, UnknownPolicy, "policy"),
        ({"as_of": NOON - timedelta(hours=2)}, AsOfStale, "as_of"),
        ({"as_of": NOON + timedelta(minutes=2)}, AsOfAhead, "as_of"),
        ({"inputs": {"amount": "1.00", "dpd_mx": 3}}, InputUnknown, "inputs.dpd_mx"),
        ({"inputs": {"dpd_max": 3}}, InputRequired, "inputs.amount"),
        ({"inputs": {"amount": "lots"}}, InputRequired, "inputs.amount"),
        ({"inputs": {"amount": {"worth": 3}}}, InputValueUnreadable, "inputs.amount"),
        (
            {"inputs": {"amount": {"value": 3, "observed_at": "yesterday"}}},
            InputValueUnreadable, "inputs.amount.observed_at",
        ),
        ({"inputs": {"amount": {"missing": "lost"}}}, InputValueUnreadable,
         "inputs.amount.missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_on_is_refused_by_name(
    changed, refusal: type[Refusal], field: str, in_force: InForce
) -> None:
    question = a_question(msgspec.structs.replace(a_request(), **changed))

    with pytest.raises(refusal) as refused:
        decide_one(question=question, in_force=in_force)

    assert refused.value.field == field
    assert refused.value.advice


def test_a_company_may_not_use_the_policy_of_another(in_force: InForce) -> None:
    with pytest.raises(PolicyOfAnotherEntity, match="GS-US"):
        decide_one(question=a_question(legal_entity="GS-US"), in_force=in_force)


def test_history_may_be_of_any_age(in_force: InForce) -> None:
    question = a_question(
        a_request(as_of=NOON - timedelta(days=8000)), origin=Origin.IMPORTED_HISTORY
    )

    decided = decide_one(question=question, in_force=in_force)

    assert decided.record["origin"] == "imported_history"
    assert decided.row.score is None
    assert Decimal(decided.record["points"]) == 0
