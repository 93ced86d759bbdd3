"""Versions in shadow: every live decision met once, compared, and nothing decided by it."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import IntegrityError, connections, transaction

from goodstanding.core.encryption import destroy_key
from goodstanding.core.models import PersonalValue
from goodstanding.decisions.answer import StoredDecision
from goodstanding.decisions.deciding import decide_one
from goodstanding.decisions.errors import NothingInShadow
from goodstanding.decisions.models import Decision, ShadowCursor, ShadowDecision
from goodstanding.decisions.operations import (
    catch_up_shadow,
    decide,
    decide_many,
    follow_shadows,
    read_in_force,
)
from goodstanding.decisions.queries import (
    ShadowFilter,
    shadow_comparison,
    shadow_decisions,
    shadows_of,
    stints_of,
)
from goodstanding.decisions.replaying import evaluate_again
from goodstanding.decisions.shadowing import ShadowRefused, shadow_of
from goodstanding.decisions.types import InForce, Origin
from goodstanding.decisions.versions import policy_in_force
from goodstanding.governance.operations import revoke_approval
from goodstanding.policies.engine import read_policy
from goodstanding.policies.models import PolicyVersion
from goodstanding.policies.operations import publish_version, retire_version, shadow_version
from tests.flows.approved import Company, stand_company
from tests.instants import NOON
from tests.rooms.decisions.in_force import approval_of, in_force_of
from tests.rooms.decisions.requests import a_question, a_request
from tests.rooms.decisions.texts import BUYER_CHECK
from tests.rooms.policies.texts import TRADE_UK, TRADE_UK_TESTS

CHAMPION = TRADE_UK + TRADE_UK_TESTS
STRICTER = CHAMPION.replace('version: "7"', 'version: "8"').replace("dpd_max > 30", "dpd_max > 29")
BUYER_3 = (
    BUYER_CHECK
    + """
tests:
  - name: an adult
    inputs: {amount: "10.00", born_on: "1980-02-29", checked: true}
    as_of: 2026-11-18T12:00:00Z
    expect: {outcome: approve}
"""
)
BUYER_4 = BUYER_3.replace('version: "3"', 'version: "4"')
ANA = "ana@example.com"
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class Trial:
    """A company whose champion is version 7 of trade_uk, with shorthands."""

    company: Company
    in_force: InForce

    def publish(self, text: str) -> PolicyVersion:
        return publish_version(
            text=text, artefacts={}, author=self.company.developer, by=self.company.developer,
            at=NOON - timedelta(days=1),
        )  # fmt: skip

    def shadow(self, version: PolicyVersion) -> None:
        shadow_version(
            text_hash=version.text_hash, reason="see it on traffic", by=self.company.owner, at=NOON
        )

    def decide(self, policy: str = "trade_uk", **inputs: Any) -> StoredDecision:
        return decide(
            request=a_request(policy, **inputs), legal_entity="GS-UK", by=ANA, at=NOON,
            in_force=self.in_force,
        )  # fmt: skip


@pytest.fixture
def trial(fresh_database: str) -> Trial:
    company = stand_company(now=NOON)
    company.publish(CHAMPION)
    return Trial(company, read_in_force(at=NOON))


def comparison(name: str = "trade_uk", known_at: datetime = LATER):
    return shadow_comparison(stint=stints_of(name=name)[0], known_at=known_at)


def test_a_version_meets_the_decisions_after_it_came_into_shadow(trial: Trial) -> None:
    trial.decide(dpd_max=30)
    version = trial.publish(STRICTER)
    trial.shadow(version)
    flips, stays = trial.decide(dpd_max=30), trial.decide(dpd_max=0)

    assert follow_shadows(at=NOON) == 2
    assert follow_shadows(at=NOON) == 0

    rows = {row.decision_id: row for row in ShadowDecision.objects.all()}
    assert set(rows) == {flips.decision_id, stays.decision_id}
    flipped = rows[flips.decision_id]
    assert (flipped.decided_outcome, flipped.outcome) == ("approve", "decline")
    assert flipped.differs_in == ["outcome", "rules", "reasons"]
    assert flipped.rule_changes == ["R1 FALSE>TRUE"]
    assert flipped.reason_codes == ["LATE_PAYER"]
    assert (rows[stays.decision_id].differs_in, rows[stays.decision_id].rule_states) == ([], "FFFF")
    record = msgspec.json.decode(flipped.record or "")
    assert (record["decided_by"], record["gate"]["state"]) == ("shadow", "shadow")
    assert record["policy"]["text_hash"] == version.text_hash
    assert Decision.objects.count() == 3


def test_the_comparison_counts_and_leads_to_the_decisions(trial: Trial) -> None:
    trial.shadow(trial.publish(STRICTER))
    for days in (30, 30, 0, 40):
        trial.decide(dpd_max=days)
    follow_shadows(at=NOON)

    found = comparison()

    assert (found.evaluated, found.differing, found.waiting) == (4, 2, 0)
    moves = {("approve", "decline"): 2, ("approve", "approve"): 1, ("decline", "decline"): 1}
    assert found.moves == moves
    assert [(rule.rule_id, rule.was, rule.now, rule.decisions) for rule in found.rules] == [
        ("R1", "FALSE", "TRUE", 2)
    ]
    assert found.parts == {"outcome": 2, "rules": 2, "reasons": 2}
    assert found.latency is not None
    assert found.followed_at == NOON
    stint, wanted = stints_of(name="trade_uk")[0], ShadowFilter(was="approve", now="decline")
    assert shadow_decisions(stint=stint, known_at=LATER, wanted=wanted).count() == 2


def test_a_version_that_needs_more_is_recorded_as_refusing(trial: Trial) -> None:
    text = STRICTER.replace(
        "  dpd_max:", "  county: {type: TEXT, label: county, required: true}\n  dpd_max:"
    )
    text = text.replace("{amount: 100.00,", "{amount: 100.00, county: Kent,")
    trial.shadow(trial.publish(text))
    decided = trial.decide()
    follow_shadows(at=NOON)

    [shown] = shadows_of(decision_id=decided.decision_id, known_at=LATER)

    assert shown.state == "refused"
    assert "the policy needs the input county" in shown.refusal.lower()
    assert (comparison().refused, comparison().evaluated) == (1, 0)


def test_an_erased_person_is_counted_and_nothing_is_made_up(trial: Trial) -> None:
    trial.company.publish(BUYER_3)
    trial.in_force = read_in_force(at=NOON)
    trial.shadow(trial.publish(BUYER_4))
    trial.decide("buyer_check")
    erased = trial.decide("buyer_check")
    value = Decision.objects.get(id=erased.decision_id).personal_value_id
    # Both decisions are about one person, so both are erased.
    destroy_key(subject_id=PersonalValue.objects.get(id=value).subject_id, by=ANA, at=NOON)

    follow_shadows(at=NOON)

    found = comparison("buyer_check")
    assert (found.erased, found.evaluated) == (2, 0)
    assert not ShadowDecision.objects.exclude(record=None).exists()


def test_what_was_personal_stays_hidden_whatever_the_new_text_declares(trial: Trial) -> None:
    trial.company.publish(BUYER_3)
    trial.in_force = read_in_force(at=NOON)
    text = BUYER_4.replace(", personal: true", "")
    trial.shadow(trial.publish(text))
    trial.decide("buyer_check", born_on="1980-02-29")
    follow_shadows(at=NOON)

    [row] = ShadowDecision.objects.all()

    record = msgspec.json.decode(row.record or "")
    assert "digest" in record["inputs"]["born_on"]["value"]
    assert "digest" in record["derived"]["age_days"]
    assert "1980-02-29" not in (row.record or "")


def test_leaving_shadow_ends_it_after_the_last_decision_of_its_time(trial: Trial) -> None:
    version = trial.publish(STRICTER)
    trial.shadow(version)
    inside = trial.decide()
    retire_version(
        text_hash=version.text_hash, reason="seen enough", by=trial.company.owner, at=NOON
    )
    trial.decide()

    follow_shadows(at=NOON)
    follow_shadows(at=NOON)

    assert [row.decision_id for row in ShadowDecision.objects.all()] == [inside.decision_id]
    assert comparison().stint.until == NOON


def test_a_batch_larger_than_the_bite_is_met_whole_and_once(trial: Trial) -> None:
    trial.shadow(trial.publish(STRICTER))
    requests = [a_request(dpd_max=days) for days in range(25)]
    list(
        decide_many(
            requests=requests, legal_entity="GS-UK", by=ANA, at=NOON, origin=Origin.LIVE,
            in_force=trial.in_force,
        )
    )  # fmt: skip

    taken = [follow_shadows(at=NOON, most=10) for _ in range(5)]

    assert sum(taken) == ShadowDecision.objects.count() == 25
    assert taken[:3] == [10, 10, 5]


def test_a_transaction_that_commits_late_is_not_passed_over(trial: Trial) -> None:
    trial.shadow(trial.publish(STRICTER))
    began, commit = threading.Event(), threading.Event()

    def decide_slowly() -> None:
        with transaction.atomic():
            trial.decide()
            began.set()
            commit.wait(10)
        connections.close_all()

    slow = threading.Thread(target=decide_slowly)
    slow.start()
    began.wait(10)
    trial.decide()
    before = follow_shadows(at=NOON)
    commit.set()
    slow.join()

    assert (before, follow_shadows(at=NOON)) == (0, 2)


def test_two_followers_meet_each_decision_once(trial: Trial) -> None:
    trial.shadow(trial.publish(STRICTER))
    for _ in range(20):
        trial.decide()

    def follow() -> None:
        while follow_shadows(at=NOON, most=3):
            pass
        connections.close_all()

    followers = [threading.Thread(target=follow) for _ in range(2)]
    for follower in followers:
        follower.start()
    for follower in followers:
        follower.join()

    assert ShadowDecision.objects.count() == 20
    row = ShadowDecision.objects.first()
    assert row is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        ShadowDecision.objects.create(**{
            field.name: getattr(row, field.name)
            for field in row._meta.fields
            if field.name not in {"id", "xid", "recorded_at"}
        })  # fmt: skip


def test_what_came_before_is_met_only_when_asked(trial: Trial) -> None:
    before = trial.decide(dpd_max=30)
    trial.shadow(trial.publish(STRICTER))
    follow_shadows(at=NOON)
    assert not ShadowDecision.objects.exists()

    since = Decision.objects.get(id=before.decision_id).recorded_at - timedelta(days=1)
    told = list(catch_up_shadow(name="trade_uk", since=since, by=ANA, at=NOON))

    assert told == [1]
    assert list(catch_up_shadow(name="trade_uk", since=since, by=ANA, at=NOON)) == []
    assert comparison().differing == 1


def test_catching_up_needs_a_version_in_shadow(trial: Trial) -> None:
    with pytest.raises(NothingInShadow, match="trade_uk"):
        list(catch_up_shadow(name="trade_uk", since=NOON, by=ANA, at=NOON))


def test_history_is_not_shadowed(trial: Trial) -> None:
    trial.shadow(trial.publish(STRICTER))
    list(
        decide_many(
            requests=[a_request()], legal_entity="GS-UK", by=ANA, at=NOON, in_force=trial.in_force
        )
    )

    assert follow_shadows(at=NOON) == 0
    assert ShadowCursor.objects.count() == 1


def test_a_fallback_is_compared_by_what_its_policy_said(trial: Trial) -> None:
    trial.shadow(trial.publish(STRICTER))
    for approval_id in trial.company.approvals.values():
        revoke_approval(
            approval_id=approval_id, reason="stopped", by=trial.company.validator, at=NOON
        )
    trial.in_force = read_in_force(at=NOON)
    gated = trial.decide(dpd_max=30)
    follow_shadows(at=NOON)

    [row] = ShadowDecision.objects.all()

    assert gated.record["decided_by"] == "gate"
    assert (row.decided_outcome, row.outcome) == ("approve", "decline")
    assert "reasons" not in row.differs_in


def test_an_input_that_the_version_does_not_know_is_refused_as_the_service_would() -> None:
    rules, _, rest = TRADE_UK.partition("  - id: R4")
    text = rules + rest[rest.index("\noutcomes:") :]
    lines = [line for line in text.splitlines() if "tenure_months" not in line]
    version = policy_in_force(read_policy("\n".join(lines).replace("  NEW_BUYER", "  OTHER")))
    recorded = _recorded()

    with pytest.raises(ShadowRefused, match="tenure_months"):
        shadow_of(recorded=recorded, version=version, personal={})


def test_the_same_text_in_shadow_says_the_same() -> None:
    version = policy_in_force(read_policy(TRADE_UK))
    recorded = _recorded()

    shadowed = shadow_of(recorded=recorded, version=version, personal={})

    assert shadowed.differs_in == ()
    assert shadowed.record["rules"] == recorded["rules"]
    again = evaluate_again(recorded=recorded, version=version, personal={})
    assert again.outcome == shadowed.evaluation.outcome


def _recorded() -> dict[str, Any]:
    in_force = in_force_of(TRADE_UK, permit=approval_of(expires_at=NOON + timedelta(days=12)))
    return msgspec.json.decode(decide_one(question=a_question(), in_force=in_force).row.record)
