"""Trials on the hot path: arms under a trial's salt, groups together, exploring below the cut."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import msgspec
import pytest

from goodstanding.accounts.models import LegalEntity
from goodstanding.core.ids import new_id
from goodstanding.decisions.arms import BUCKETS, Arm, bucket
from goodstanding.decisions.deciding import Decided, decide_one
from goodstanding.decisions.errors import TrialOver, TrialRunning, TrialSharesWrong
from goodstanding.decisions.exploring import Exploration, ExploringArm, Purse, Purses
from goodstanding.decisions.models import Explored
from goodstanding.decisions.operations import (
    add_units,
    check_shares,
    decide,
    decide_many,
    end_trial,
    start_trial,
)
from goodstanding.decisions.queries import running_trials, spent_of
from goodstanding.decisions.replaying import compare
from goodstanding.decisions.trials import trials_number, units_of
from goodstanding.decisions.types import (
    DecisionRequest,
    Entity,
    InForce,
    Origin,
    Standing,
    TrialArm,
    Unit,
)
from tests.instants import NOON
from tests.rooms.decisions.in_force import approval_of, in_force_of, with_permit
from tests.rooms.decisions.requests import a_question
from tests.rooms.decisions.rows import KEYS
from tests.rooms.evidence.texts import LINE_UK

BELOW, ABOVE = 15, 30
LIMIT = 50_000
TRIAL = UUID("01936d80-0000-7000-8000-000000000001")


def asked(number: int = 1, *, paid: int = BELOW, **inputs: object) -> DecisionRequest:
    return DecisionRequest(
        policy="line_uk",
        entity=Entity("buyer", f"B{number}"),
        as_of=NOON,
        inputs={"amount": "2000.00", "paid_on_time": paid, "insolvent": False} | inputs,
        idempotency_key=KEYS.next(),
    )


def exploring(in_force: InForce, *, share: int = 500, budget: int = 10**9, **changes) -> InForce:
    """The policy under a trial that explores a share of 10,000 below its cut."""
    standing = in_force.standings["line_uk"]
    purse = Purse(limit_minor=LIMIT)
    purse.fill(remaining_minor=budget, at=NOON)
    arm = ExploringArm(
        name="exp-1/explore", chance=Decimal(share).scaleb(-4), limit_minor=LIMIT, purse=purse
    )
    on_trial = replace(
        standing,
        salt="exp-1",
        champion=Arm("exp-1/control", standing.champion.policy_hash, BUCKETS - share),
        challengers=[Arm("exp-1/explore", standing.champion.policy_hash, share)],
        exploration=Exploration(trial_id=TRIAL, arms=(arm,), lowest_score=None, **changes),
    )
    return replace(in_force, standings={"line_uk": on_trial})


@pytest.fixture(scope="module")
def line() -> InForce:
    return in_force_of(LINE_UK, permit=approval_of(expires_at=NOON + timedelta(days=12)))


def one_explored(in_force: InForce, **inputs: object) -> Decided:
    """The first business of the exploring arm, decided."""
    number = next(n for n in range(1000) if bucket(salt="exp-1", unit=f"buyer:B{n}") < 500)
    return decide_one(question=a_question(asked(number, **inputs)), in_force=in_force)


def test_some_below_the_cut_are_approved_with_a_small_limit(line: InForce) -> None:
    decided = one_explored(exploring(line))

    record = decided.record
    assert (record["outcome"], record["policy_outcome"]) == ("approve", "decline")
    assert record["decided_by"] == "exploration"
    assert record["exploration"] == {
        "trial_id": str(TRIAL), "chance": "0.0500", "explored": True, "limit": "500.00", "why": "",
    }  # fmt: skip
    assert [reason["code"] for reason in record["reasons"]] == ["EXPLORED"]
    assert (decided.row.limit_minor, decided.row.explored_trial_id) == (LIMIT, TRIAL)


def test_who_asks_for_less_gets_no_more(line: InForce) -> None:
    assert one_explored(exploring(line), amount="120.00").row.limit_minor == 12_000


def test_the_others_below_the_cut_keep_their_decline_and_their_chance(line: InForce) -> None:
    in_force = exploring(line)

    rows = [
        decide_one(question=a_question(asked(number)), in_force=in_force) for number in range(1000)
    ]

    outcomes = Counter(row.row.outcome for row in rows)
    assert 30 <= outcomes["approve"] <= 75
    assert {row.record["exploration"]["chance"] for row in rows} == {"0.0500"}


@pytest.mark.parametrize(
    "inputs",
    [{"paid": ABOVE}, {"insolvent": True}],
    ids=["above the cut", "knocked out"],
)
def test_only_the_cut_is_explored(line: InForce, inputs: dict[str, object]) -> None:
    paid = inputs.pop("paid", BELOW)
    decided = one_explored(exploring(line), paid=paid, **inputs)

    assert "exploration" not in decided.record
    assert decided.row.explored_id is None


def test_a_score_that_is_too_low_has_no_chance(line: InForce) -> None:
    in_force = exploring(line)
    standing = in_force.standings["line_uk"]
    exploration = replace(standing.exploration, lowest_score=Decimal(480))
    in_force = replace(in_force, standings={"line_uk": replace(standing, exploration=exploration)})

    near, far = one_explored(in_force, paid=BELOW), one_explored(in_force, paid=5)

    assert near.record["exploration"]["explored"]
    assert far.record["exploration"] == {
        "trial_id": str(TRIAL), "chance": "0", "explored": False, "limit": None,
        "why": "score_too_low",
    }  # fmt: skip


def test_nothing_is_explored_without_an_approval_in_force(line: InForce) -> None:
    decided = one_explored(with_permit(exploring(line), None))

    assert (decided.record["outcome"], decided.record["decided_by"]) == ("refer", "gate")
    assert "exploration" not in decided.record


def test_history_is_not_explored(line: InForce) -> None:
    question = a_question(asked(), origin=Origin.IMPORTED_HISTORY)

    assert "exploration" not in decide_one(question=question, in_force=exploring(line)).record


@pytest.mark.parametrize("budget", [10**9, 0])
@pytest.mark.parametrize("paid", [BELOW, ABOVE])
def test_an_explored_decision_replays_bit_for_bit(line: InForce, budget: int, paid: int) -> None:
    decided = one_explored(exploring(line, budget=budget), paid=paid)

    version = line.standings["line_uk"].versions[decided.row.policy_hash]
    report = compare(
        decision_id=decided.row.id, text=decided.row.record, record_hash=decided.row.record_hash,
        version=version, personal={},
    )  # fmt: skip

    assert report.is_same


def test_a_forged_exploration_does_not_replay(line: InForce) -> None:
    """Whoever the score did not decline cannot have been explored."""
    decided = one_explored(exploring(line))
    forged = decided.record | {"inputs": decided.record["inputs"] | {"insolvent": {"value": True}}}
    text = msgspec.json.encode(forged, order="sorted")
    from goodstanding.decisions.canonical import text_hash

    report = compare(
        decision_id=decided.row.id, text=text, record_hash=text_hash(text),
        version=line.standings["line_uk"].versions[decided.row.policy_hash], personal={},
    )  # fmt: skip

    assert not report.is_same


def test_a_spent_budget_leaves_no_chance_and_says_so(line: InForce) -> None:
    decided = one_explored(exploring(line, budget=LIMIT - 1))

    assert decided.record["outcome"] == "decline"
    assert decided.record["exploration"]["chance"] == "0"
    assert decided.record["exploration"]["why"] == "budget_used_up"


def test_several_processes_overshoot_by_less_than_a_limit_each() -> None:
    """Eight processes grant as fast as they can; each sees what was written a second late."""
    random = Random(11)
    for _ in range(10):
        budget = random.randrange(LIMIT, 40 * LIMIT)
        written: list[tuple[datetime, int]] = []
        ours = [Purses() for _ in range(8)]
        for second in range(40):
            at = NOON + timedelta(seconds=second)
            seen = sum(amount for when, amount in written if when <= at - timedelta(seconds=1))
            for purses in ours:
                purse = purses.filled(
                    trial_id=TRIAL, arm="a", limit_minor=LIMIT, remaining_minor=budget - seen, at=at
                )
                while purse.is_open and random.random() < 0.9:
                    amount = random.randrange(1, LIMIT + 1)
                    purse.take(amount, at=at)
                    written.append((at, amount))

        assert sum(amount for _, amount in written) <= budget + 8 * LIMIT


def test_connected_businesses_stay_on_one_side(line: InForce) -> None:
    standing: Standing = exploring(line, share=500).standings["line_uk"]
    one, other, alone = new_id(), new_id(), new_id()
    grouped = replace(standing, units={one: "group:1", other: "group:1"})

    assert grouped.unit_of(party_id=one, entity="x") == grouped.unit_of(party_id=other, entity="y")
    assert grouped.unit_of(party_id=alone, entity="x") == str(alone)
    assert grouped.unit_of(party_id=None, entity="buyer:B1") == "buyer:B1"


ARMS = (
    TrialArm(name="exp-1/control", policy_hash="a" * 64, share_basis_points=9_700),
    TrialArm(
        name="exp-1/explore", policy_hash="a" * 64, share_basis_points=300, limit_minor=LIMIT,
        budget_minor=2 * LIMIT,
    ),
)  # fmt: skip


def begin(*, salt: str = "exp-1", arms: tuple[TrialArm, ...] = ARMS, **changes) -> UUID:
    given = {
        "policy": "line_uk", "unit": Unit.CONNECTED_GROUP, "currency": "GBP", "lowest_score": None,
        "experiment_id": new_id(), "groups": {}, "by": "ana@example.com", "at": NOON,
    }  # fmt: skip
    return start_trial(salt=salt, arms=arms, **(given | changes))


@pytest.mark.django_db
def test_one_trial_a_policy() -> None:
    before = trials_number()
    trial_id = begin()

    with pytest.raises(TrialRunning):
        begin(salt="exp-2", arms=tuple(replace(a, name=f"{a.name}2") for a in ARMS))

    assert trials_number() != before
    assert [trial.trial_id for trial in running_trials(at=NOON)] == [trial_id]
    end_trial(trial_id=trial_id, reason="done", by="ana@example.com", at=NOON)
    assert running_trials(at=NOON) == ()
    with pytest.raises(TrialOver):
        end_trial(trial_id=trial_id, reason="done", by="ana@example.com", at=NOON)


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ((10_000,), "nothing beside"),
        ((5_000, 4_000), "90 %"),
        ((3_000, 6_000, 1_000), "at most 50 %"),
        ((9_000, 1_000), "5 %"),
    ],
)
def test_shares_that_do_not_fit_are_refused(shares: tuple[int, ...], words: str) -> None:
    arms = tuple(
        TrialArm(
            name=f"exp-1/{place}", policy_hash="a" * 64, share_basis_points=share,
            limit_minor=LIMIT if shares == (9_000, 1_000) and place else None,
        )
        for place, share in enumerate(shares)
    )  # fmt: skip

    with pytest.raises(TrialSharesWrong, match=words):
        check_shares(arms)


@pytest.mark.django_db
def test_a_business_known_later_joins_its_group_unless_it_was_decided() -> None:
    one, other = new_id(), new_id()
    trial_id = begin(groups={one: "group:1"})

    added = add_units(trial_id=trial_id, groups={one: "group:9", other: "group:1"})

    assert added == 1
    assert units_of(trial_id=trial_id) == {one: "group:1", other: "group:1"}


@pytest.mark.django_db
def test_what_was_explored_is_written_with_its_decision(line: InForce) -> None:
    LegalEntity.objects.create(code="GS-UK", name="Good Standing UK", country="GB")
    trial_id = begin()
    standing = exploring(line).standings["line_uk"]
    exploration = replace(standing.exploration, trial_id=trial_id)
    in_force = replace(line, standings={"line_uk": replace(standing, exploration=exploration)})
    requests = [asked(number) for number in range(100)]

    (totals,) = decide_many(
        requests=requests, legal_entity="GS-UK", by="ana@example.com", at=NOON,
        origin=Origin.LIVE, in_force=in_force,
    )  # fmt: skip
    again = decide(
        request=requests[0], legal_entity="GS-UK", by="ana@example.com", at=NOON, in_force=in_force
    )

    assert (totals.decided, again.repeated) == (100, True)
    count = Explored.objects.count()
    assert count > 0
    assert spent_of(trial_id=trial_id) == {"exp-1/explore": count * LIMIT}
