"""The gate's answers, from snapshots made by hand: pure, no database."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.governance.types import (
    Effect,
    Fallback,
    GateSnapshot,
    GateState,
    GateStatus,
    GovernedState,
    OpenFinding,
    Permit,
    Severity,
)
from tests.instants import NOON

POLICY, MODEL = "a" * 64, "b" * 64
LENDING, ONBOARDING = UUID(int=1), UUID(int=2)
DAY = timedelta(days=1)


def permit(**changes: Any) -> Permit:
    given = {
        "permit_id": UUID(int=10),
        "use_case_id": LENDING,
        "valid_from": NOON - 30 * DAY,
        "expires_at": NOON + 30 * DAY,
        "fallback": Fallback.DECLINE,
        "allowed": {"country": frozenset({"US", "GB"})},
        "max_exposure_minor": 50_000_000,
        "currency": "USD",
    }
    return Permit(**(given | changes))


def finding(**changes: Any) -> OpenFinding:
    given = {
        "finding_id": UUID(int=20),
        "number": 7,
        "severity": Severity.S1,
        "effect": Effect.BLOCK,
        "segment": {},
        "due_on": date(2026, 12, 18),
    }
    return OpenFinding(**(given | changes))


def governed(content_hash: str, **changes: Any) -> GovernedState:
    given = {
        "content_hash": content_hash,
        "words": "policy lending 1" if content_hash == POLICY else "model pd 3",
        "use_case_id": LENDING,
        "fallback": Fallback.REFER,
        "permits": (permit(),),
        "findings": (),
    }
    return GovernedState(**(given | changes))


def asked(*versions: GovernedState, **changes: Any) -> GateState:
    snapshot = GateSnapshot(1, NOON, {version.content_hash: version for version in versions})
    given = {
        "policy_hash": POLICY,
        "model_hashes": [version.content_hash for version in versions[1:]],
        "segment": {"country": "US"},
        "amount_minor": 10_000_000,
        "at": NOON,
    }
    return snapshot.state_of(**(given | changes))


def test_an_approval_in_force_lets_the_policy_decide() -> None:
    state = asked(governed(POLICY), governed(MODEL))

    assert state.state is GateStatus.CURRENT
    assert state.is_current
    assert state.approval_id == UUID(int=10)
    assert state.reason == "approval in force until 18 Dec 2026 12:00 UTC"


def test_what_is_not_in_the_inventory_refers() -> None:
    state = asked(governed(MODEL), policy_hash=POLICY)

    assert (state.state, state.code) == (GateStatus.NOT_APPROVED, "not_registered")
    assert state.fallback is Fallback.REFER


def test_a_model_outside_the_inventory_stops_an_approved_policy() -> None:
    state = asked(governed(POLICY), model_hashes=[MODEL])

    assert (state.state, state.code) == (GateStatus.NOT_APPROVED, "not_registered")
    assert state.fallback is Fallback.DECLINE


@pytest.mark.parametrize(
    ("permits", "status", "code", "fallback"),
    [
        ((), "not_approved", "no_approval", "refer"),
        (
            (permit(is_revoked=True, revoked_why="leak"),),
            "not_approved",
            "approval_revoked",
            "decline",
        ),
        ((permit(valid_from=NOON + DAY),), "not_approved", "approval_not_started", "decline"),
        ((permit(expires_at=NOON),), "expired", "approval_expired", "decline"),
        (
            (permit(expires_at=NOON + timedelta(microseconds=1)),),
            "current",
            "approval_in_force",
            "decline",
        ),
        ((permit(fresh_until=NOON),), "monitoring_stale", "monitoring_stale", "decline"),
        ((permit(max_exposure_minor=10_000_000),), "current", "approval_in_force", "decline"),
        (
            (permit(max_exposure_minor=9_999_999),),
            "outside_conditions",
            "outside_conditions",
            "decline",
        ),
        (
            (permit(allowed={"country": frozenset({"GB"})}),),
            "outside_conditions",
            "outside_conditions",
            "decline",
        ),
        (
            (permit(allowed={"population": frozenset({"new"})}),),
            "outside_conditions",
            "outside_conditions",
            "decline",
        ),
        (
            (permit(expires_at=NOON), permit(permit_id=UUID(int=11))),
            "current",
            "approval_in_force",
            "decline",
        ),
        ((permit(is_exception=True),), "current", "exception_in_force", "decline"),
    ],
)
def test_each_permit_has_its_answer(
    permits: tuple[Permit, ...], status: str, code: str, fallback: str
) -> None:
    state = asked(governed(POLICY, permits=permits))

    assert (state.state, state.code, state.fallback) == (status, code, fallback)


def test_expiry_needs_only_the_clock() -> None:
    version = governed(POLICY)

    before = asked(version, at=NOON + 30 * DAY - timedelta(microseconds=1))
    after = asked(version, at=NOON + 30 * DAY)

    assert before.state is GateStatus.CURRENT
    assert after.state is GateStatus.EXPIRED
    assert after.reason == "The approval of policy lending 1 ended on 18 Dec 2026 12:00 UTC"


def test_an_unknown_amount_is_outside_a_maximum() -> None:
    assert asked(governed(POLICY), amount_minor=None).state is GateStatus.OUTSIDE_CONDITIONS


def test_another_currency_is_outside_a_maximum() -> None:
    state = asked(governed(POLICY), currency="EUR")

    assert state.state is GateStatus.OUTSIDE_CONDITIONS
    assert "EUR is not USD" in state.reason


def test_a_model_approved_for_another_use_is_not_approved_for_this_one() -> None:
    elsewhere = governed(MODEL, permits=(permit(use_case_id=ONBOARDING),))

    state = asked(governed(POLICY), elsewhere)

    assert (state.state, state.code) == (GateStatus.NOT_APPROVED, "other_use_case")


def test_a_blocking_finding_on_a_model_suspends_the_policy() -> None:
    state = asked(governed(POLICY), governed(MODEL, findings=(finding(),)))

    assert state.state is GateStatus.SUSPENDED
    assert state.reason == "model pd 3 is blocked by finding 7 (S1)"
    assert state.findings == (UUID(int=20),)
    assert state.fallback is Fallback.DECLINE


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({}, "suspended", "finding_blocks"),
        ({"segment": {"country": frozenset({"GB"})}}, "current", "approval_in_force"),
        ({"segment": {"country": frozenset({"US"})}}, "suspended", "finding_blocks"),
        ({"segment": {"product": frozenset({"card"})}}, "suspended", "finding_blocks"),
        ({"quiet_until": NOON + DAY}, "current", "approval_in_force"),
        ({"quiet_until": NOON}, "suspended", "finding_blocks"),
        ({"severity": Severity.S2, "effect": Effect.REFER}, "suspended", "finding_refers"),
        ({"severity": Severity.S2, "effect": Effect.NONE}, "current", "approval_in_force"),
        (
            {"severity": Severity.S2, "effect": Effect.NONE, "due_on": date(2026, 11, 18)},
            "current",
            "approval_in_force",
        ),
        (
            {"severity": Severity.S2, "effect": Effect.NONE, "due_on": date(2026, 11, 17)},
            "suspended",
            "finding_refers",
        ),
        (
            {"severity": Severity.S3, "effect": Effect.NONE, "due_on": date(2026, 11, 17)},
            "current",
            "approval_in_force",
        ),
        (
            {
                "severity": Severity.S3,
                "effect": Effect.CAP,
                "cap_minor": 9_999_999,
                "currency": "USD",
            },
            "outside_conditions",
            "finding_caps",
        ),
        (
            {
                "severity": Severity.S3,
                "effect": Effect.CAP,
                "cap_minor": 10_000_000,
                "currency": "USD",
            },
            "current",
            "approval_in_force",
        ),
    ],
)
def test_a_finding_stops_what_its_effect_says(
    changes: dict[str, Any], status: str, code: str
) -> None:
    state = asked(governed(POLICY, findings=(finding(**changes),)))

    assert (state.state, state.code) == (status, code)


def test_a_late_finding_refers_whatever_the_approval_would_fall_back_to() -> None:
    late = finding(severity=Severity.S2, effect=Effect.NONE, due_on=date(2026, 11, 1))

    on_policy = asked(governed(POLICY, findings=(late,)))
    on_model = asked(governed(POLICY), governed(MODEL, findings=(late,)))

    assert on_policy.fallback is Fallback.REFER
    assert on_model.fallback is Fallback.REFER


def test_a_red_breach_without_a_finding_suspends() -> None:
    state = asked(governed(POLICY, unanswered_red_since=NOON - DAY))

    assert (state.state, state.code) == (GateStatus.SUSPENDED, "unanswered_red")


def test_the_worst_of_policy_and_models_answers() -> None:
    expired = governed(POLICY, permits=(permit(expires_at=NOON),))
    blocked = governed(MODEL, findings=(finding(),))

    assert asked(expired, blocked).state is GateStatus.SUSPENDED
    assert asked(expired, governed(MODEL)).state is GateStatus.EXPIRED


@given(
    hours=st.integers(-2000, 2000),
    amount=st.one_of(st.none(), st.integers(0, 10**12)),
    country=st.sampled_from(["US", "GB", "DE", None]),
    quiet=st.one_of(st.none(), st.integers(-2000, 2000)),
)
def test_no_path_falls_back_to_an_approval(
    hours: int, amount: int | None, country: str | None, quiet: int | None
) -> None:
    until = None if quiet is None else NOON + timedelta(hours=quiet)
    version = governed(POLICY, findings=(finding(quiet_until=until),))

    state = asked(
        version,
        at=NOON + timedelta(hours=hours),
        amount_minor=amount,
        segment={} if country is None else {"country": country},
    )

    assert state.fallback in (Fallback.REFER, Fallback.DECLINE)
    if state.is_current:
        assert until is not None
        assert NOON + timedelta(hours=hours) < until
        assert country in {"US", "GB"}
        assert amount is not None
        assert amount <= 50_000_000


def test_standing_leaves_conditions_and_segments_aside() -> None:
    in_segment = finding(segment={"country": frozenset({"US"})})
    snapshot = GateSnapshot(1, NOON, {POLICY: governed(POLICY, findings=(in_segment,))})
    blocked = GateSnapshot(1, NOON, {POLICY: governed(POLICY, findings=(finding(),))})

    assert snapshot.standing_of(content_hash=POLICY, at=NOON).is_current
    assert blocked.standing_of(content_hash=POLICY, at=NOON).state is GateStatus.SUSPENDED
    assert blocked.standing_of(content_hash=MODEL, at=NOON).code == "not_registered"
