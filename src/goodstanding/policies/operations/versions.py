"""Publish versions of policies and decide which of them runs."""

from collections.abc import Mapping
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import IntegrityError, transaction
from psycopg import Error as DatabaseError

from goodstanding.core.audit import write_audit
from goodstanding.core.locks import lock_record
from goodstanding.core.outbox import publish
from goodstanding.deadlines.operations import open_deadline, satisfy_deadline
from goodstanding.deadlines.types import Clock, ClockKind
from goodstanding.governance import operations as governance
from goodstanding.governance.types import VersionKind
from goodstanding.policies.engine import Policy, read_policy
from goodstanding.policies.errors import (
    ApprovedAlready,
    ApproverWroteIt,
    ChangedMeanwhile,
    ChangeRequestMissing,
    EmergencyEnded,
    EmergencyTooLong,
    EmergencyUnknown,
    NeverDecided,
    NothingToReplace,
    NotInForce,
    NotReady,
    ReasonMissing,
    ReviewerIsInvolved,
    ShareOutOfRange,
    ShareTaken,
    StepMissing,
    StepRefused,
    VersionPublished,
)
from goodstanding.policies.features import pinned_features
from goodstanding.policies.models import (
    Artefact,
    EmergencyReview,
    EmergencyUse,
    PolicyVersion,
    VersionStatus,
)
from goodstanding.policies.queries import (
    active_version,
    approval_gap,
    artefact_of,
    compiled,
    emergencies_of,
    kept_list,
    readiness,
    version_of,
)
from goodstanding.policies.types import (
    EMERGENCY_AT_MOST,
    NEEDS,
    NEXT,
    SHARE_OF,
    UNTIL_APPROVED,
    Person,
    Status,
)
from goodstanding.scoring.artifact import load_artifact

EMERGENCY = "approved in an emergency"
REVIEW_CALENDAR = "england"  # an elapsed clock reads no date of it; every deadline names one


@transaction.atomic
def publish_version(
    *,
    text: str,
    artefacts: Mapping[str, bytes],
    author: Person,
    by: Person,
    at: datetime,
) -> PolicyVersion:
    """Publish a policy's text as a version that never changes, and register it for approval.

    `artefacts` are the bytes of the models that it names, by sha256; those kept already may be
    left out. The version begins as a draft and decides nothing. Governance learns of it under
    its text hash, with the models that it pins.
    Raises PolicyRefused for a text that cannot be read or that pins a feature which is not there
    in that version and type, VersionPublished for a text or label
    that is there already, and governance's NotFound where the inventory has no such policy or
    model.
    """
    models = {key: load_artifact(file, expected_sha256=key) for key, file in artefacts.items()}
    policy = read_policy(
        text,
        artefacts=lambda sha256: models.get(sha256) or artefact_of(sha256),
        lists=kept_list,
    )
    pinned_features(policy)
    _check_new(policy)
    _keep_artefacts(policy, artefacts)
    version = _written(policy, text, author=author, by=by, at=at)
    definition = policy.definition
    governance.register_version(
        kind=VersionKind.POLICY,
        name=definition.name,
        content_hash=policy.text_hash,
        label=definition.version,
        developer=author,
        by=by,
        at=at,
        pins=pinned_by(policy),
    )
    _step(version, Status.DRAFT, share=0, reason="published", by=by, at=at)
    _keep("publish_policy_version", version, by=by, at=at)
    return version


def _written(
    policy: Policy, text: str, *, author: Person, by: Person, at: datetime
) -> PolicyVersion:
    definition = policy.definition
    return PolicyVersion.objects.create(
        name=definition.name,
        label=definition.version,
        title=definition.title,
        desk=definition.desk,
        text=text,
        text_hash=policy.text_hash,
        tree_hash=policy.tree_hash,
        author_id=author.id,
        published_by_id=by.id,
        published_at=at,
    )


def _keep_artefacts(policy: Policy, artefacts: Mapping[str, bytes]) -> None:
    for sha256 in pinned_by(policy):
        if sha256 in artefacts and not Artefact.objects.filter(sha256=sha256).exists():
            Artefact.objects.create(sha256=sha256, content=artefacts[sha256])


def pinned_by(policy: Policy) -> tuple[str, ...]:
    """The artefacts that a policy names, by sha256, in the order of the text."""
    definition = policy.definition
    named = [item.artefact for item in (*definition.scorecards, *definition.models)]
    return tuple(dict.fromkeys(sha256 for sha256 in named if sha256))


@transaction.atomic
def propose_version(*, text_hash: str, reason: str, by: Person, at: datetime) -> None:
    """Ask for the approval of a version. Raises NotReady with errors or failing tests."""
    version = _locked(text_hash)
    _require_ready(version, at=at)
    _move(version, Status.PROPOSED, reason=reason, by=by, at=at)


@transaction.atomic
def approve_version(
    *, text_hash: str, reason: str, by: Person, at: datetime, change_id: UUID | None = None
) -> None:
    """Approve a proposed version as its policy's second person.

    The right to decide comes from governance; this is the desk's own step before it. Where a
    version decides already, the last sign-off of a change request approves and gives its id.
    Raises ApproverWroteIt where the approver is the author, ChangeRequestMissing.
    """
    version = _locked(text_hash)
    if version.author_id == by.id:
        raise ApproverWroteIt(who=by.display_name, label=version.label)
    champion = _champion_beside(version)
    if champion is not None and change_id is None:
        raise ChangeRequestMissing(label=version.label, champion=champion.label)
    _move(version, Status.APPROVED, reason=reason, by=by, at=at)


@transaction.atomic
def approve_in_emergency(
    *, text_hash: str, reason: str, expires_at: datetime, by: Person, at: datetime
) -> None:
    """Approve a version at once, until an instant, and open the deadline of its after-review.

    Unless a third person confirms it before, it decides nothing from then on and the champion
    before it decides again.
    Raises EmergencyTooLong, NothingToReplace, NotReady, ApproverWroteIt, StepRefused.
    """
    version = _locked(text_hash)
    if version.author_id == by.id:
        raise ApproverWroteIt(who=by.display_name, label=version.label)
    if not at < expires_at <= at + EMERGENCY_AT_MOST:
        raise EmergencyTooLong(field="expires_at", days=EMERGENCY_AT_MOST.days)
    if _champion_beside(version) is None:
        raise NothingToReplace(name=version.name)
    _require_ready(version, at=at)
    if not _took(version, Status.PROPOSED):
        _step(version, Status.PROPOSED, share=0, reason=EMERGENCY, by=by, at=at)
    _move(version, Status.APPROVED, reason=reason, by=by, at=at)
    deadline = open_deadline(
        subject_kind="policy_version", subject_id=version.id, kind="emergency_review",
        clock=Clock(kind=ClockKind.ELAPSED, target=int((expires_at - at).total_seconds())),
        calendar=REVIEW_CALENDAR, started_at=at, by=by.email,
    )  # fmt: skip
    EmergencyUse.objects.create(
        version=version,
        reason=reason.strip(),
        approved_by_id=by.id,
        approved_at=at,
        expires_at=expires_at,
        deadline_id=deadline.id,
    )
    _keep("approve_in_emergency", version, by=by, at=at, expires_at=expires_at.isoformat())


@transaction.atomic
def review_emergency(
    *, text_hash: str, is_confirmed: bool, reason: str, by: Person, at: datetime
) -> None:
    """Confirm a version that was approved in an emergency, or take it back at once.

    Raises EmergencyUnknown, ReviewerIsInvolved, ReasonMissing.
    """
    version = _locked(text_hash)
    emergency = EmergencyUse.objects.filter(version=version, review=None).first()
    if emergency is None:
        raise EmergencyUnknown(label=version.label)
    if by.id in {version.author_id, emergency.approved_by_id}:
        raise ReviewerIsInvolved(who=by.display_name, label=version.label)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    EmergencyReview.objects.create(
        emergency=emergency,
        is_confirmed=is_confirmed,
        reason=reason.strip(),
        reviewed_by_id=by.id,
        reviewed_at=at,
    )
    satisfy_deadline(deadline_id=emergency.deadline_id, at=at, by=by.email)
    _keep("review_emergency", version, by=by, at=at, is_confirmed=is_confirmed)


@transaction.atomic
def shadow_version(*, text_hash: str, reason: str, by: Person, at: datetime) -> None:
    """Evaluate a version on live traffic without deciding by it. Raises NotReady."""
    version = _locked(text_hash)
    _require_ready(version, at=at)
    _move(version, Status.SHADOW, reason=reason, by=by, at=at)


@transaction.atomic
def share_version(*, text_hash: str, share: int, reason: str, by: Person, at: datetime) -> None:
    """Let a version decide `share` of 10,000 buckets of entities, the lowest ones.

    A larger share adds businesses and moves none. Raises ShareOutOfRange, ShareTaken where
    another version of the policy decides a share.
    """
    if not 0 < share < SHARE_OF:
        raise ShareOutOfRange(field="share", share=share)
    version = _locked(text_hash)
    for other in PolicyVersion.objects.filter(name=version.name).exclude(id=version.id):
        if _status(other) is Status.SHARE:
            raise ShareTaken(field="share", name=version.name, other=other.label)
    _require_ready(version, at=at)
    _move(version, Status.SHARE, share=share, reason=reason, by=by, at=at)


@transaction.atomic
def activate_version(*, text_hash: str, reason: str, by: Person, at: datetime) -> None:
    """Make a version the champion; the champion until now is retired in the same transaction.

    Rolling back is activating a version that was champion before. Raises NotReady where a test
    fails or a static error stands, StepRefused where the version's status does not allow it, and
    StepMissing for one that was never approved.
    """
    version = _locked(text_hash)
    _require_ready(version, at=at)
    for other in PolicyVersion.objects.filter(name=version.name).exclude(id=version.id):
        if _status(other) is Status.CHAMPION:
            because = f"replaced by version {version.label}"
            _step(other, Status.RETIRED, share=0, reason=because, by=by, at=at)
    _move(version, Status.CHAMPION, reason=reason, by=by, at=at)


@transaction.atomic
def retire_version(*, text_hash: str, reason: str, by: Person, at: datetime) -> None:
    """End a version's work. Without a champion the policy decides nothing until the next."""
    _move(_locked(text_hash), Status.RETIRED, reason=reason, by=by, at=at)


@transaction.atomic
def roll_back_version(*, text_hash: str, reason: str, by: Person, at: datetime) -> None:
    """Let a version that decided before decide again; the champion until now is retired.

    Raises NeverDecided for one that was never champion, NotInForce where the second line does
    not let it decide now, and what `activate_version` raises.
    """
    version = _locked(text_hash)
    past = VersionStatus.objects.filter(version=version, status=Status.CHAMPION.value)
    if not past.exists():
        raise NeverDecided(name=version.name, label=version.label)
    gap = approval_gap(text_hash=text_hash, at=at)
    if gap:
        raise NotInForce(label=version.label, why=gap.rstrip("."))
    replaced = active_version(name=version.name, at=at)
    activate_version(text_hash=text_hash, reason=reason, by=by, at=at)
    _keep(
        "roll_back_policy", version, by=by, at=at, reason=reason.strip(),
        replaced=replaced.label if replaced else None,
    )  # fmt: skip


def _check_new(policy: Policy) -> None:
    name, label = policy.definition.name, policy.definition.version
    same_label = PolicyVersion.objects.filter(name=name, label=label)
    if same_label.exists() or PolicyVersion.objects.filter(text_hash=policy.text_hash).exists():
        raise VersionPublished(field="version", name=name, label=label)


def _locked(text_hash: str) -> PolicyVersion:
    """The version, after every other writer of its policy has ended."""
    version = version_of(text_hash=text_hash)
    lock_record(_policy_key(version.name))
    return version


def _policy_key(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:goodstanding:policy:{name}")


def _require_ready(version: PolicyVersion, *, at: datetime) -> None:
    found = readiness(policy=compiled(version.text_hash), at=at)
    if found.is_ready:
        return
    reasons = [item.message for item in found.errors]
    reasons += [f"the test {result.name!r} fails" for result in found.tests.failed]
    why = "; ".join(reasons).rstrip(".")
    raise NotReady(name=version.name, label=version.label, why=why)


def _champion_beside(version: PolicyVersion) -> PolicyVersion | None:
    """The version that decides, if that is another one."""
    others = PolicyVersion.objects.filter(name=version.name).exclude(id=version.id)
    return next((other for other in others if _status(other) is Status.CHAMPION), None)


def _status(version: PolicyVersion) -> Status | None:
    latest = VersionStatus.objects.filter(version=version).order_by("-number").first()
    return Status(latest.status) if latest else None


def _move(
    version: PolicyVersion,
    status: Status,
    *,
    reason: str,
    by: Person,
    at: datetime,
    share: int = 0,
) -> None:
    _require_not_lapsed(version, at=at)
    present = _status(version)
    allowed = NEXT[present]
    if status not in allowed:
        raise StepRefused(
            label=version.label,
            status=present.value if present else "new",
            wanted=status.value,
            allowed=", ".join(sorted(item.value for item in allowed)),
        )
    _require_step_before(version, status)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    _step(version, status, share=share, reason=reason.strip(), by=by, at=at)
    _keep(f"policy_{status.value}", version, by=by, at=at, reason=reason.strip(), share=share)
    if status.runs or status is Status.RETIRED:
        publish(
            kind="policy_status_changed",
            subject_id=version.id,
            payload={
                "policy": version.name,
                "label": version.label,
                "text_hash": version.text_hash,
                "status": status.value,
                "share": share,
            },
        )


def _require_not_lapsed(version: PolicyVersion, *, at: datetime) -> None:
    """Raise EmergencyEnded where the version's emergency ran out or was taken back.

    Its last step still says that it decides; what stands in its place rests on that row.
    """
    for emergency in emergencies_of(name=version.name, at=at):
        if emergency.version_id == version.id and emergency.lapsed_at is not None:
            raise EmergencyEnded(label=version.label, ended_at=emergency.lapsed_at)


def _require_step_before(version: PolicyVersion, status: Status) -> None:
    if status in UNTIL_APPROVED and _took(version, Status.APPROVED):
        raise ApprovedAlready(label=version.label, wanted=status.value)
    needed = NEEDS.get(status)
    if needed is not None and not _took(version, needed):
        raise StepMissing(label=version.label, wanted=status.value, needed=needed.value)


def _took(version: PolicyVersion, status: Status) -> bool:
    """Whether the version ever was in a status."""
    return VersionStatus.objects.filter(version=version, status=status.value).exists()


def _step(
    version: PolicyVersion, status: Status, *, share: int, reason: str, by: Person, at: datetime
) -> None:
    last = VersionStatus.objects.filter(name=version.name).order_by("-number").first()
    try:
        with transaction.atomic():
            VersionStatus.objects.create(
                version=version,
                name=version.name,
                number=last.number + 1 if last else 1,
                status=status.value,
                share=share,
                reason=reason,
                changed_by_id=by.id,
                changed_at=at,
            )
    except IntegrityError as violation:
        cause = violation.__cause__
        name = cause.diag.constraint_name if isinstance(cause, DatabaseError) else None
        if name == "one_step_after_another":
            raise ChangedMeanwhile(name=version.name) from violation
        if name == "approver_is_another":
            raise ApproverWroteIt(who=by.display_name, label=version.label) from violation
        raise


def _keep(
    action: str, version: PolicyVersion, *, by: Person, at: datetime, **detail: object
) -> None:
    write_audit(
        actor=by.email,
        action=action,
        object_kind="policy_version",
        object_id=version.id,
        at=at,
        detail={"policy": version.name, "label": version.label, **detail},
    )
