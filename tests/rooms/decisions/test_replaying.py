"""Replay: the same decision from its record alone, or the first difference by name."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodstanding.decisions.canonical import encode_canonical, text_hash
from goodstanding.decisions.deciding import Decided, decide_one
from goodstanding.decisions.replaying import ReplayReport, Verdict, compare, differences
from goodstanding.decisions.types import InForce
from tests.instants import NOON
from tests.rooms.decisions.in_force import in_force_of, with_permit
from tests.rooms.decisions.requests import a_question, a_request
from tests.rooms.decisions.texts import BUYER_CHECK


def replayed(decided: Decided, in_force: InForce, **changed: Any) -> ReplayReport:
    version = in_force.standings[decided.row.policy].versions[decided.row.policy_hash]
    values: dict[str, Any] = {
        "decision_id": decided.row.id,
        "text": decided.row.record,
        "record_hash": decided.row.record_hash,
        "version": version,
        "personal": decided.personal,
    }
    return compare(**values | changed)


CASES: list[tuple[str, Mapping[str, Any]]] = [
    ("trade_uk", {}),
    ("trade_uk", {"dpd_max": None, "utilisation": "much"}),
    ("trade_uk", {"dpd_max": 45, "tenure_months": None}),
    ("trade_uk", {"vat_ok": {"missing": "source_error"}, "amount": 7}),
    ("trade_uk", {"dpd_max": 2**63}),
    ("buyer_check", {}),
    ("buyer_check", {"born_on": "2015-06-01", "checked": False}),
    ("buyer_check", {"born_on": None, "share": 0.5000000000000001}),
    ("buyer_check", {"share": 1e-7, "country": "Straße", "seen_at": None}),
    ("buyer_check", {"visits": {"value": 3, "source": "web", "observed_at": NOON.isoformat()}}),
    ("buyer_check", {"visits": {"value": 3, "observed_at": "2026-01-01T00:00:00Z"}}),
    ("buyer_check", {"born_on": "yesterday", "since": "2024-02-30", "visits": []}),
]


@pytest.mark.parametrize(("policy", "inputs"), CASES)
@pytest.mark.parametrize("approved", [True, False])
def test_a_decision_is_derived_again_bit_for_bit(
    policy: str, inputs: Mapping[str, Any], approved: bool, in_force: InForce
) -> None:
    governed = in_force if approved else with_permit(in_force, None)
    decided = decide_one(question=a_question(a_request(policy, **inputs)), in_force=governed)

    report = replayed(decided, in_force)

    assert (report.verdict, report.difference) == (Verdict.SAME, None)
    assert report.derived_hash == decided.row.record_hash


OPTIONAL = ("born_on", "share", "seen_at", "since", "country", "checked", "visits")
scalars = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False)
    | st.text(max_size=12) | st.decimals(allow_nan=False, allow_infinity=False)
)  # fmt: skip


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)
@given(
    inputs=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(OPTIONAL, scalars),
    )
)
def test_whatever_a_caller_sends_replays(inputs: dict[str, Any], in_force: InForce) -> None:
    decided = decide_one(question=a_question(a_request("buyer_check", **inputs)), in_force=in_force)

    assert replayed(decided, in_force).verdict is Verdict.SAME


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("outcome",), "decline", "outcome: recorded 'decline', derived 'approve'"),
        (("points",), 3, "points: recorded 3, derived 0"),
        (("rules", 0, "truth"), "TRUE", "rules[0].truth: recorded 'TRUE', derived 'FALSE'"),
        (("arm", "bucket"), 1, "arm.bucket: recorded 1, derived"),
        (("reasons",), [{"code": "VAT"}], "reasons[0]: recorded {'code': 'VAT'}"),
    ],
)
def test_a_changed_record_is_found_by_its_first_difference(
    path: tuple[Any, ...], value: object, named: str, in_force: InForce
) -> None:
    decided = decide_one(question=a_question(), in_force=in_force)
    record = msgspec.json.decode(decided.row.record)
    place = record
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    text = encode_canonical(record)

    report = replayed(decided, in_force, text=text, record_hash=text_hash(text))

    assert report.verdict is Verdict.DIFFERS
    assert str(report.difference).startswith(named)


def test_a_record_that_is_not_what_was_hashed_is_found(in_force: InForce) -> None:
    decided = decide_one(question=a_question(), in_force=in_force)

    report = replayed(decided, in_force, text=decided.row.record.replace(b"100.00", b"900.00"))

    assert report.verdict is Verdict.DIFFERS
    assert report.difference is not None
    assert report.difference.path == "record_hash"


def test_another_policy_under_the_hash_is_found(in_force: InForce) -> None:
    decided = decide_one(
        question=a_question(a_request("buyer_check", share=0.45)), in_force=in_force
    )
    other = in_force_of(BUYER_CHECK.replace("share > 0.5", "share > 0.4"), permit=None)
    [version] = other.standings["buyer_check"].versions.values()

    report = replayed(decided, in_force, version=version)

    assert str(report.difference).startswith("outcome: recorded 'approve', derived 'refer'")


def test_a_wrong_personal_value_is_found_by_its_digest(in_force: InForce) -> None:
    decided = decide_one(question=a_question(a_request("buyer_check")), in_force=in_force)

    report = replayed(decided, in_force, personal=decided.personal | {"born_on": '"1980-03-01"'})

    assert report.difference is not None
    assert report.difference.path == "derived.age_days.digest"


def test_replay_does_not_look_at_the_clock(in_force: InForce) -> None:
    decided = decide_one(
        question=a_question(a_request(as_of=NOON - timedelta(minutes=50))), in_force=in_force
    )

    assert replayed(decided, in_force).is_same


def test_true_is_not_one() -> None:
    assert [str(item) for item in differences({"a": [1, {"b": True}]}, {"a": [1, {"b": 1}]})] == [
        "a[1].b: recorded True, derived 1"
    ]
