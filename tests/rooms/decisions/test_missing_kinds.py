"""Every kind of missing value: by the caller or found by a look-up, treated by the rule's policy.

Field guide on decisions, section 3: the kind is recorded, the expression sees NULL, and what the
rule does when it is UNKNOWN is its own declaration, the same for every kind and on every engine.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import polars as pl
import pytest

from goodstanding.accounts.models import LegalEntity
from goodstanding.core.named_sql import named_sql
from goodstanding.decisions.deciding import Decided, decide_one
from goodstanding.decisions.operations import decide
from goodstanding.decisions.replaying import Verdict, compare
from goodstanding.decisions.types import DecisionRequest, Entity, FeatureValue, InForce, Question
from goodstanding.policies.engine import MissingKind, read_policy
from goodstanding.policies.engine.given import InputValueUnreadable
from tests.instants import NOON
from tests.rooms.decisions.in_force import approval_of, in_force_of
from tests.rooms.decisions.requests import a_question
from tests.rooms.decisions.rows import KEYS

OLD = (NOON - timedelta(days=8)).isoformat()
POLICY = """\
policy: kinds
version: "1"
title: Kinds of missing values
desk: credit
owner: Credit risk
purpose: One input, one rule.
legal_entities: [GS-UK]
time_zone: UTC
currency: GBP
inputs:
  amount: {type: "DECIMAL(14,2)", label: amount, required: true}
  WHERE_GIVEN
rules:
  - id: LATE
    label: Late payer
    when: days > 30
    effect: decline
    reason: LATE
    on_missing: ON_MISSING
outcomes: {refer: {queue: trade_credit}}
fallback: {outcome: refer, reason: NO_APPROVAL, queue: trade_credit}
reasons:
  LATE: {text: Paid late}
  NO_APPROVAL: {text: A person must look at this}
"""
PLAIN = "days: {type: INTEGER, label: days past due, max_age: 7d, min: 0}"
LOOKED_UP = """\
features:
  days: {type: INTEGER, label: days past due, definition: orders_90d@1}
"""
SENT: dict[str, Any] = {
    "absent": None,
    "null": {"days": None},
    "invalid": {"days": "many"},
    "source_error": {"days": {"missing": "source_error"}},
    "stale": {"days": {"value": 45, "observed_at": OLD}},
    "no_history": {"days": {"missing": "no_history"}},
    "not_applicable": {"days": {"missing": "not_applicable"}},
    "overflow": {"days": {"missing": "overflow"}},
}
FOUND = ("invalid", "source_error", "stale", "no_history", "not_applicable", "overflow")
ON_MISSING = {
    "refer": ("refer", "UNKNOWN"),
    "decline": ("decline", "UNKNOWN"),
    "ignore": ("approve", "UNKNOWN"),
    "{default: {days: 45}}": ("decline", "TRUE"),
    "{default: {days: 0}}": ("approve", "FALSE"),
}


def deciding(on_missing: str, *, is_looked_up: bool) -> InForce:
    text = POLICY.replace("ON_MISSING", on_missing)
    if is_looked_up:
        text = text.replace("  WHERE_GIVEN\n", LOOKED_UP)
    else:
        text = text.replace("WHERE_GIVEN", PLAIN)
    return in_force_of(text, permit=approval_of(expires_at=NOON + timedelta(days=30)))


def question(inputs: dict[str, Any], features: dict[str, FeatureValue] | None = None) -> Question:
    asked = a_question(
        DecisionRequest(
            policy="kinds", entity=Entity("companies_house", "01234567"), as_of=NOON,
            inputs={"amount": "5.00", **inputs}, idempotency_key=KEYS.next(),
        )
    )  # fmt: skip
    return msgspec.structs.replace(asked, features=features or {})


def rule_of(decided: Decided) -> dict[str, Any]:
    (rule,) = decided.record["rules"]
    return rule


@pytest.mark.parametrize("on_missing", ON_MISSING)
@pytest.mark.parametrize("kind", MissingKind)
def test_a_kind_that_the_caller_sends_is_kept_and_treated_as_declared(
    kind: MissingKind, on_missing: str
):
    in_force = deciding(on_missing, is_looked_up=False)

    decided = decide_one(question=question(SENT[kind.value] or {}), in_force=in_force)

    outcome, truth = ON_MISSING[on_missing]
    assert decided.row.outcome == outcome
    entry, rule = decided.record["inputs"]["days"], rule_of(decided)
    assert (entry["value"], entry["missing"]) == (None, kind.value)
    assert rule["truth"] == truth
    assert rule.get("missing", {"days": kind.value}) == {"days": kind.value}
    (version,) = in_force.standings["kinds"].versions.values()
    row = decided.row
    report = compare(
        decision_id=row.id, text=row.record, record_hash=row.record_hash,
        version=version, personal={},
    )  # fmt: skip
    assert report.verdict is Verdict.SAME


@pytest.mark.parametrize("on_missing", ON_MISSING)
@pytest.mark.parametrize("kind", FOUND)
def test_a_kind_that_a_look_up_finds_is_kept_and_treated_as_declared(kind: str, on_missing: str):
    in_force = deciding(on_missing, is_looked_up=True)
    features = {} if kind == "source_error" else {"orders_90d@1": FeatureValue(None, kind)}

    decided = decide_one(question=question({}, features), in_force=in_force)

    outcome, truth = ON_MISSING[on_missing]
    entry = decided.record["inputs"]["days"]
    assert (decided.row.outcome, entry["missing"], entry["source"]) == (outcome, kind, "ledger")
    assert rule_of(decided)["truth"] == truth


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
@pytest.mark.parametrize("on_missing", ON_MISSING)
def test_the_batch_engines_treat_a_missing_value_alike(on_missing: str, engine: str):
    policy = read_policy(POLICY.replace("ON_MISSING", on_missing).replace("WHERE_GIVEN", PLAIN))
    table = pl.DataFrame(
        {"amount": [Decimal("5.00")] * 3, "days": [None, -1, 45]},
        schema={"amount": pl.Decimal(14, 2), "days": pl.Int64},
    )

    outcomes = policy.evaluate_table(table, engine=engine, as_of=NOON).table["outcome"].to_list()

    missing, _ = ON_MISSING[on_missing]
    assert outcomes == [missing, missing, "decline"]  # below its bounds is invalid


def test_a_kind_that_nobody_knows_is_refused_and_names_those_there_are():
    with pytest.raises(InputValueUnreadable, match="no_history"):
        decide_one(
            question=question({"days": {"missing": "lost"}}),
            in_force=deciding("refer", is_looked_up=False),
        )


@pytest.mark.django_db
def test_the_lake_gets_the_name_and_kind_of_each_gap_and_no_value():
    LegalEntity.objects.get_or_create(code="GS-UK", defaults={"name": "UK", "country": "GB"})
    in_force = deciding("refer", is_looked_up=False)
    for kind in ("stale", "null"):
        decide(
            request=question(SENT[kind]).request, legal_entity="GS-UK", by="ana@example.com",
            at=NOON, in_force=in_force,
        )  # fmt: skip
    decide(
        request=question({"days": 3}).request, legal_entity="GS-UK", by="ana@example.com",
        at=NOON, in_force=in_force,
    )  # fmt: skip

    rows = named_sql("decisions", "lake_missing_input").rows({"from_xid": 0, "below_xid": 2**62})

    assert sorted((row["policy"], row["input"], row["kind"]) for row in rows) == [
        ("kinds", "days", "null"), ("kinds", "days", "stale"),
    ]  # fmt: skip
    assert set(rows[0]) == {
        "decision_id", "legal_entity", "desk", "policy", "input", "kind", "source", "recorded_at",
        "xid",
    }  # fmt: skip
