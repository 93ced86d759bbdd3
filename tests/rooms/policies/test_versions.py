"""Versions: published once, never changed, one champion at a time, every step kept."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

import goodstanding
from goodstanding.core.errors import NotFound
from goodstanding.core.ids import new_id
from goodstanding.core.models import AuditEntry, OutboxMessage
from goodstanding.core.seal import seal_once, verify
from goodstanding.governance import operations as governance
from goodstanding.governance.models import GovernedVersion
from goodstanding.governance.types import VersionKind
from goodstanding.policies import operations, queries
from goodstanding.policies.engine import PolicyRefused
from goodstanding.policies.errors import (
    ApprovedAlready,
    ApproverWroteIt,
    NeverDecided,
    NotInForce,
    NotReady,
    PolicyUnknown,
    ReasonMissing,
    ShareOutOfRange,
    StepMissing,
    StepRefused,
    VersionPublished,
    VersionUnknown,
)
from goodstanding.policies.models import PolicyVersion, VersionStatus
from goodstanding.policies.types import Status
from tests.instants import NOON
from tests.rooms.policies.conftest import VERSION_7, VERSION_8, enter_policy

HOUR = timedelta(hours=1)


def _approve(desk, version, at=NOON):
    desk.approve(version, at=at)


def _activate(desk, version, at, reason="the tests pass"):
    if not VersionStatus.objects.filter(version=version, status="approved").exists():
        _approve(desk, version, at)
    operations.activate_version(text_hash=version.text_hash, reason=reason, by=desk.manager, at=at)


def test_a_published_version_is_a_draft_that_decides_nothing(desk):
    version = desk.publish()

    assert queries.active_version(name="trade_uk", at=NOON) is None
    (summary,) = queries.version_summaries(at=NOON)
    assert (summary.status, summary.author, summary.label) == (Status.DRAFT, "Ada", "7")
    registered = GovernedVersion.objects.get(content_hash=version.text_hash)
    assert registered.developer_id == desk.author.id
    assert AuditEntry.objects.filter(action="publish_policy_version").count() == 1


def test_activating_retires_the_champion_and_rolling_back_returns_to_it(desk):
    old, new = desk.publish(VERSION_7), desk.publish(VERSION_8)
    _activate(desk, old, NOON)
    _activate(desk, new, NOON + HOUR)
    _activate(desk, old, NOON + 2 * HOUR, reason="more late payers than expected")

    labels = [
        queries.active_version(name="trade_uk", at=NOON + part * HOUR).label for part in (0, 1, 2)
    ]

    assert labels == ["7", "8", "7"]
    history = queries.history_of(name="trade_uk")
    assert [(step.label, step.status) for step in history[:2]] == [
        ("7", Status.CHAMPION),
        ("8", Status.RETIRED),
    ]
    assert OutboxMessage.objects.filter(kind="policy_status_changed").count() == 3


def test_the_number_moves_with_every_step(desk):
    before = queries.running_number()
    version = desk.publish()
    published = queries.running_number()
    _activate(desk, version, NOON)

    assert before < published < queries.running_number()


def test_the_loaded_policy_comes_from_the_kept_text(desk):
    version = desk.publish()

    policy = queries.compiled(version.text_hash)

    assert policy.tree_hash == version.tree_hash
    assert policy.evaluate({"amount": 1, "dpd_max": 31}).outcome == "decline"
    assert queries.compiled(version.text_hash) is policy


def test_shadow_and_share_run_beside_the_champion(desk):
    old, new = desk.publish(VERSION_7), desk.publish(VERSION_8)
    _activate(desk, old, NOON)
    desk.approve(new)
    for step, more in (
        (operations.shadow_version, {"by": desk.manager}),
        (operations.share_version, {"by": desk.manager, "share": 500}),
    ):
        step(text_hash=new.text_hash, reason="trial", at=NOON, **more)

    running = queries.running_versions(at=NOON)

    assert {(item.label, item.status, item.share) for item in running} == {
        ("7", Status.CHAMPION, 0),
        ("8", Status.SHARE, 500),
    }


def test_a_text_or_label_is_published_once(desk):
    desk.publish()

    with pytest.raises(VersionPublished):
        desk.publish()
    with pytest.raises(VersionPublished):
        desk.publish(VERSION_8.replace('"8"', '"7"'))


def test_a_text_that_cannot_be_read_is_not_published(desk):
    with pytest.raises(PolicyRefused):
        desk.publish(VERSION_7.replace("dpd_max > 30", "dpd_mx > 30"))

    assert not PolicyVersion.objects.exists()


def test_a_policy_outside_of_the_inventory_is_not_published(desk):
    with transaction.atomic(), pytest.raises(NotFound):
        desk.publish(VERSION_7.replace("trade_uk", "trade_de"))


def test_a_version_whose_test_fails_is_not_activated(desk):
    version = desk.publish(VERSION_7.replace("outcome: approve", "outcome: refer"))

    with pytest.raises(NotReady) as refused:
        operations.activate_version(
            text_hash=version.text_hash, reason="go", by=desk.manager, at=NOON
        )

    assert "'a good payer'" in refused.value.message
    with pytest.raises(NotReady):
        operations.propose_version(
            text_hash=version.text_hash, reason="go", by=desk.author, at=NOON
        )


def test_a_version_with_an_expired_list_is_not_activated(desk):
    text = VERSION_7.replace(
        "rules:\n",
        "lists:\n  names: {version: a, expires_on: 2026-11-17, values: [x]}\n\nrules:\n",
        1,
    )
    version = desk.publish(text)

    with pytest.raises(NotReady):
        _activate(desk, version, NOON)
    _activate(desk, version, NOON - 5 * 24 * HOUR)


def test_a_step_that_the_life_does_not_have_is_refused(desk):
    version = desk.publish()
    _activate(desk, version, NOON)

    with pytest.raises(StepRefused) as refused:
        operations.propose_version(
            text_hash=version.text_hash, reason="again", by=desk.author, at=NOON
        )

    assert "retired" in refused.value.advice


def test_the_author_does_not_approve_and_the_database_says_so_too(desk):
    version = desk.publish()
    operations.propose_version(text_hash=version.text_hash, reason="go", by=desk.author, at=NOON)

    with pytest.raises(ApproverWroteIt):
        operations.approve_version(
            text_hash=version.text_hash, reason="fine", by=desk.author, at=NOON
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        VersionStatus.objects.create(
            version=version,
            name="trade_uk",
            number=9,
            status="approved",
            reason="fine",
            changed_by_id=desk.author.id,
            changed_at=NOON,
        )


def test_a_version_is_never_changed(desk):
    version = desk.publish()

    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        PolicyVersion.objects.filter(id=version.id).update(title="other")


@pytest.mark.parametrize("share", [0, 10_000])
def test_a_share_is_some_of_the_buckets(desk, share):
    version = desk.publish()

    with pytest.raises(ShareOutOfRange):
        operations.share_version(
            text_hash=version.text_hash, share=share, reason="x", by=desk.manager, at=NOON
        )


@pytest.mark.parametrize(
    ("act", "more"), [(operations.share_version, {"share": 100}), (operations.activate_version, {})]
)
@pytest.mark.parametrize("in_shadow", [False, True])
def test_what_decides_was_approved_before(desk, act, more, in_shadow):
    version = desk.publish()
    common = {"text_hash": version.text_hash, "reason": "go", "by": desk.manager, "at": NOON}
    if in_shadow:
        operations.shadow_version(**common)

    with pytest.raises(StepMissing if in_shadow else StepRefused) as refused:
        act(**common, **more)

    assert ("approved" if in_shadow else "proposed") in str(refused.value)


def test_a_version_in_shadow_goes_the_whole_way(desk):
    old, version = desk.publish(VERSION_7), desk.publish(VERSION_8)
    _activate(desk, old, NOON)
    common = {"text_hash": version.text_hash, "reason": "next", "at": NOON}
    for step, more in (
        (operations.shadow_version, {"by": desk.manager}),
        (operations.propose_version, {"by": desk.author}),
        (operations.approve_version, {"by": desk.approver, "change_id": new_id()}),
        (operations.shadow_version, {"by": desk.manager}),
        (operations.share_version, {"by": desk.manager, "share": 500}),
        (operations.share_version, {"by": desk.manager, "share": 2500}),
        (operations.activate_version, {"by": desk.manager}),
        (operations.retire_version, {"by": desk.manager}),
    ):
        step(**common, **more)

    mine = [step.status for step in queries.history_of(name="trade_uk") if step.label == "8"]
    assert [status.value for status in reversed(mine)] == [
        "draft", "shadow", "proposed", "approved", "shadow", "share", "share", "champion",
        "retired",
    ]  # fmt: skip
    stints = [stint for stint in queries.shadow_stints() if stint.label == "8"]
    assert len(stints) == 2


def test_what_was_approved_is_not_proposed_again_from_shadow(desk):
    version = desk.publish(VERSION_7)
    desk.approve(version)
    common = {"text_hash": version.text_hash, "reason": "look", "at": NOON}
    operations.shadow_version(**common, by=desk.manager)

    assert queries.open_steps(text_hash=version.text_hash, status=Status.SHADOW) == {
        Status.SHARE, Status.CHAMPION, Status.RETIRED,
    }  # fmt: skip
    for again, by in (
        (operations.propose_version, desk.author), (operations.approve_version, desk.approver)
    ):  # fmt: skip
        with pytest.raises(ApprovedAlready):
            again(**common, by=by)


def test_a_rollback_wants_a_version_that_decided(desk):
    old, new = desk.publish(VERSION_7), desk.publish(VERSION_8)
    _activate(desk, old, NOON)

    with pytest.raises(NeverDecided):
        operations.roll_back_version(
            text_hash=new.text_hash, reason="back", by=desk.manager, at=NOON
        )


def test_a_rollback_wants_an_approval_in_force(desk):
    old, new = desk.publish(VERSION_7), desk.publish(VERSION_8)
    _activate(desk, old, NOON)
    _activate(desk, new, NOON + HOUR)

    [earlier] = queries.earlier_champions(name="trade_uk", at=NOON + 2 * HOUR)
    with pytest.raises(NotInForce, match="is not in force") as refused:
        operations.roll_back_version(
            text_hash=old.text_hash, reason="back", by=desk.manager, at=NOON + 2 * HOUR
        )

    assert (earlier.label, earlier.decided_from, earlier.decided_until) == ("7", NOON, NOON + HOUR)
    assert earlier.gap
    assert earlier.gap.rstrip(".") in refused.value.message
    assert queries.active_version(name="trade_uk", at=NOON + 2 * HOUR).label == "8"


def test_a_change_of_what_decides_needs_its_reason(desk):
    version = desk.publish()

    with pytest.raises(ReasonMissing):
        _activate(desk, version, NOON, reason="  ")


def test_what_is_not_there_is_named(desk):
    desk.publish()

    with pytest.raises(VersionUnknown):
        queries.compiled("0" * 64)
    with pytest.raises(VersionUnknown):
        queries.version_labelled(name="trade_uk", label="9")
    with pytest.raises(PolicyUnknown) as refused:
        queries.version_labelled(name="trade_de", label="1")
    assert "trade_uk" in refused.value.advice


def test_artefacts_are_kept_with_the_version_that_names_them(desk):
    folder = Path(goodstanding.__file__).parent / "credit"
    text = (folder / "policies" / "sba_underwriting.yaml").read_text()
    contents = [path.read_bytes() for path in (folder / "models").glob("*.model.json")]
    artefacts = {hashlib.sha256(content).hexdigest(): content for content in contents}
    enter_policy(desk, "sba_underwriting")
    for name in ("sba_gbm", "sba_scorecard"):
        enter_policy(desk, name, VersionKind.MODEL)
        content = (folder / "models" / f"{name}.model.json").read_bytes()
        governance.register_version(
            kind=VersionKind.MODEL,
            name=name,
            content_hash=hashlib.sha256(content).hexdigest(),
            label="1",
            developer=desk.author,
            by=desk.author,
            at=NOON,
        )

    version = desk.publish(text, artefacts=artefacts)

    policy = queries.compiled(version.text_hash)
    assert policy.evaluate({"requested_amount": 1000}).scorecards[0].points == 558
    registered = GovernedVersion.objects.get(content_hash=version.text_hash)
    assert registered.pins.count() == 2


def test_versions_and_their_steps_are_sealed(desk):
    _activate(desk, desk.publish(), NOON)

    assert seal_once(at=NOON) == 0  # the rows of an open transaction are not sealed yet
    assert verify().unsealed["policy_versions"] == 1
