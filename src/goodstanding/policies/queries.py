"""Read policies: versions, what runs, the loaded policy behind a hash."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any
from uuid import UUID

from goodstanding.core.errors import NotFound, Refusal
from goodstanding.core.named_sql import named_sql
from goodstanding.governance.queries import pinned_models, read_gate_snapshot, version_by_hash
from goodstanding.policies.engine import Policy, read_policy
from goodstanding.policies.engine.checks import check_policy, errors_of
from goodstanding.policies.engine.embedded_tests import run_tests
from goodstanding.policies.engine.findings import StaticFinding
from goodstanding.policies.engine.kept_lists import KeptValues
from goodstanding.policies.errors import ListUnknown, PolicyUnknown, VersionUnknown
from goodstanding.policies.features import pinned_features
from goodstanding.policies.list_histories import list_histories
from goodstanding.policies.looking_up import (
    AskedFeatures,
    FeatureFound,
    LookupCost,
    RateMissing,
    foreign_currencies,
    look_up_features,
    lookup_cost,
    rates_missing,
)
from goodstanding.policies.models import (
    Artefact,
    DraftText,
    EmergencyReview,
    EmergencyUse,
    ListStep,
    ListVersion,
    PolicyVersion,
    VersionStatus,
)
from goodstanding.policies.types import (
    NEEDS,
    NEXT,
    UNTIL_APPROVED,
    DraftState,
    DraftStep,
    EarlierChampion,
    EmergencyView,
    ListStepKind,
    ListSummary,
    Person,
    Readiness,
    RunningVersion,
    ShadowStint,
    Status,
    StatusChange,
    VersionSummary,
)
from goodstanding.scoring.artifact import load_artifact
from goodstanding.scoring.types import Model
from goodstanding.scoring.vanished import VanishedModel

__all__ = [
    "AskedFeatures",
    "FeatureFound",
    "LookupCost",
    "RateMissing",
    "active_version",
    "artefact_of",
    "compiled",
    "draft_states",
    "findings_of",
    "foreign_currencies",
    "history_of",
    "list_histories",
    "look_up_features",
    "lookup_cost",
    "open_drafts",
    "pinned_features",
    "rates_missing",
    "readiness",
    "require_policy",
    "running_number",
    "running_versions",
    "version_labelled",
    "version_of",
    "version_summaries",
]

LOADED_MAX = 256
KEPT_FINDINGS = 64


@dataclass(frozen=True, slots=True)
class StandIn:
    """A policy that was loaded without some artefacts, and which those are by their sha256."""

    policy: Policy
    vanished: tuple[str, ...]


def running_versions(*, at: datetime) -> tuple[RunningVersion, ...]:
    """Versions that live traffic meets at an instant, by policy, the longest in it first."""
    running = [row for row in _standing(at=at, name=None) if row["status"].runs]
    running.sort(key=itemgetter("name", "number"))
    return tuple(RunningVersion(**_columns(row, RunningVersion)) for row in running)


def shadow_stints() -> tuple[ShadowStint, ...]:
    """Every time that a version spent in shadow, by policy, the oldest first."""
    return tuple(ShadowStint(**row) for row in named_sql("policies", "shadow_stints").rows())


def running_number() -> int:
    """A number that moves whenever any version changes its status; cheap enough to poll."""
    return int(named_sql("policies", "running_number").rows()[0]["version"])


def active_version(*, name: str, at: datetime) -> RunningVersion | None:
    """The champion of a policy at an instant; None where nothing was activated yet."""
    for version in running_versions(at=at):
        if version.name == name and version.status is Status.CHAMPION:
            return version
    return None


def version_summaries(*, at: datetime, name: str | None = None) -> tuple[VersionSummary, ...]:
    """Published versions with their status at an instant, newest first; of one policy or all."""
    rows = _standing(at=at, name=name)
    return tuple(VersionSummary(**_columns(row, VersionSummary)) for row in rows)


def _standing(*, at: datetime, name: str | None) -> list[dict[str, Any]]:
    """Versions as they stand, lapsed emergencies counted: the one place that says who decides."""
    rows = named_sql("policies", "standing_versions").rows({"as_of": at, "name": name})
    return [{**row, "status": Status(row["status"])} for row in rows]


def _columns(row: dict[str, Any], shape: type[RunningVersion | VersionSummary]) -> dict[str, Any]:
    return {field.name: row[field.name] for field in fields(shape)}


def version_of(*, text_hash: str) -> PolicyVersion:
    """The published version with this hash; raises VersionUnknown."""
    found = PolicyVersion.objects.filter(text_hash=text_hash).first()
    if found is None:
        raise VersionUnknown(text_hash=text_hash[:12])
    return found


def version_labelled(*, name: str, label: str) -> PolicyVersion:
    """The version of a policy with this label; raises PolicyUnknown or VersionUnknown."""
    found = PolicyVersion.objects.filter(name=name, label=label).first()
    if found is None:
        require_policy(name=name)
        raise VersionUnknown(text_hash=label)
    return found


def require_policy(*, name: str) -> None:
    """Raise PolicyUnknown, naming the published ones, unless a version of it is published."""
    if not PolicyVersion.objects.filter(name=name).exists():
        known = PolicyVersion.objects.order_by("name").values_list("name", flat=True).distinct()
        raise PolicyUnknown(field="policy", name=name, known=", ".join(known) or "none yet")


def history_of(*, name: str) -> tuple[StatusChange, ...]:
    """Every step of every version of a policy, latest first."""
    rows = VersionStatus.objects.filter(name=name).select_related("version", "changed_by")
    return tuple(
        StatusChange(
            number=row.number,
            label=row.version.label,
            text_hash=row.version.text_hash,
            status=Status(row.status),
            share=row.share,
            by=row.changed_by.display_name,
            reason=row.reason,
            at=row.changed_at,
        )
        for row in rows.order_by("-number")
    )


def open_steps(*, text_hash: str, status: Status) -> frozenset[Status]:
    """What a version in this status may become.

    What decides was approved once, and so on; what was approved is not proposed again.
    """
    taken = set(
        VersionStatus.objects.filter(version__text_hash=text_hash).values_list("status", flat=True)
    )
    closed = UNTIL_APPROVED if Status.APPROVED.value in taken else frozenset[Status]()
    return frozenset(
        step for step in NEXT[status] - closed if step not in NEEDS or NEEDS[step].value in taken
    )


def earlier_champions(*, name: str, at: datetime) -> tuple[EarlierChampion, ...]:
    """The retired versions of a policy that decided before, who decided last first.

    One that decides again after an emergency ended is not retired, whatever its last step says.
    """
    deciding = active_version(name=name, at=at)
    steps = [step for step in reversed(history_of(name=name)) if step.at <= at]
    present = {step.text_hash: step.status for step in steps}
    found: dict[str, EarlierChampion] = {}
    for number, step in enumerate(steps):
        if deciding is not None and step.text_hash == deciding.text_hash:
            continue
        if step.status is Status.CHAMPION and present[step.text_hash] is Status.RETIRED:
            ended = next(
                later.at for later in steps[number + 1 :] if later.text_hash == step.text_hash
            )
            found[step.text_hash] = EarlierChampion(
                label=step.label,
                text_hash=step.text_hash,
                decided_from=step.at,
                decided_until=ended,
                gap=approval_gap(text_hash=step.text_hash, at=at),
            )
    return tuple(sorted(found.values(), key=lambda each: each.decided_until, reverse=True))


def approval_gap(*, text_hash: str, at: datetime) -> str:
    """Why the second line does not let a version, or a model that it pins, decide; else empty."""
    gate = read_gate_snapshot(at=at)
    registered = version_by_hash(content_hash=text_hash)
    pins = pinned_models(version_id=registered.version_id) if registered else []
    for content_hash in (text_hash, *(pin.content_hash for pin in pins)):
        standing = gate.standing_of(content_hash=content_hash, at=at)
        if not standing.is_current:
            return standing.reason
    return ""


@lru_cache(maxsize=LOADED_MAX)
def compiled(text_hash: str) -> Policy:
    """The policy behind a published hash, loaded and compiled once per process.

    A published text and its artefacts never change, so what is cached never goes stale.
    Raises VersionUnknown, and PolicyRefused where an artefact is not kept any more.
    """
    version = version_of(text_hash=text_hash)
    policy = read_policy(version.text, artefacts=artefact_of, lists=kept_list)
    _ = policy.compiled
    return policy


def compiled_without(text_hash: str, *, vanished: Collection[str] = ()) -> StandIn:
    """The policy behind a hash with a stand-in for each artefact that is not at hand.

    `vanished` are taken as not at hand whatever is. The stand-ins give no score, so that what
    reads them is UNKNOWN; such a policy may be shown and recorded, and never decides.
    Raises VersionUnknown, and PolicyRefused where more than artefacts is lacking.
    """
    missing: dict[str, None] = {}

    def find(sha256: str) -> Model:
        try:
            found = None if sha256 in vanished else artefact_of(sha256)
        except Refusal:  # kept, and not what its digest says
            found = None
        if found is None:
            missing.setdefault(sha256)
        return found or VanishedModel(sha256)

    text = version_of(text_hash=text_hash).text
    policy = read_policy(text, artefacts=find, lists=kept_list)
    _ = policy.compiled
    return StandIn(policy, tuple(missing))


def artefact_of(sha256: str) -> Model | None:
    """The kept model with this digest; None where there is none."""
    if not Artefact.objects.filter(sha256=sha256).exists():
        return None
    return _kept_model(sha256)


@lru_cache(maxsize=LOADED_MAX)
def _kept_model(sha256: str) -> Model:
    kept = Artefact.objects.get(sha256=sha256)
    return load_artifact(bytes(kept.content), expected_sha256=sha256)


def readiness(*, policy: Policy, at: datetime) -> Readiness:
    """Static findings and embedded tests of a policy as of an instant."""
    findings = check_policy(policy, on=at.date())
    return Readiness(findings=findings, tests=run_tests(policy), errors=errors_of(findings))


@lru_cache(maxsize=KEPT_FINDINGS)
def findings_of(*, text_hash: str, on: date) -> tuple[StaticFinding, ...]:
    """Static findings of a published version on a day; raises VersionUnknown.

    The text never changes, so that what was found once in this process stays found.
    """
    return check_policy(compiled(text_hash), on=on)


def emergencies_of(*, name: str, at: datetime) -> tuple[EmergencyView, ...]:
    """The emergency approvals of a policy up to an instant, latest first."""
    uses = EmergencyUse.objects.filter(version__name=name, approved_at__lte=at)
    rows = uses.select_related("version", "approved_by", "review__reviewed_by")
    return tuple(_emergency(row, at=at) for row in rows.order_by("-approved_at"))


def emergencies_to_review(*, person: Person, at: datetime) -> tuple[EmergencyView, ...]:
    """Emergency approvals that wait for this person's after-review, who ends first first.

    Who wrote the version, or approved it, reviews none.
    """
    waiting = EmergencyUse.objects.filter(approved_at__lte=at, expires_at__gt=at)
    others = waiting.exclude(version__author_id=person.id).exclude(approved_by_id=person.id)
    rows = others.select_related("version", "approved_by", "review__reviewed_by")
    found = (_emergency(row, at=at) for row in rows.order_by("expires_at"))
    return tuple(each for each in found if each.reviewed_at is None)


def _emergency(row: EmergencyUse, *, at: datetime) -> EmergencyView:
    found: EmergencyReview | None = getattr(row, "review", None)
    review = found if found is not None and found.reviewed_at <= at else None
    lapsed_at = row.expires_at if review is None and row.expires_at <= at else None
    if review is not None and not review.is_confirmed:
        lapsed_at = min(row.expires_at, review.reviewed_at)
    return EmergencyView(
        name=row.version.name,
        title=row.version.title,
        version_id=row.version_id,
        text_hash=row.version.text_hash,
        label=row.version.label,
        reason=row.reason,
        approved_by=row.approved_by.display_name,
        approved_at=row.approved_at,
        expires_at=row.expires_at,
        is_confirmed=review.is_confirmed if review else None,
        reviewed_by=review.reviewed_by.display_name if review else "",
        reviewed_at=review.reviewed_at if review else None,
        review=review.reason if review else "",
        lapsed_at=lapsed_at,
    )


def list_version_of(*, name: str, version: str) -> ListVersion:
    """A version of a kept list; raises ListUnknown, naming what there is."""
    found = ListVersion.objects.filter(kept_list__name=name, version=version)
    row = found.select_related("kept_list").first()
    if row is None:
        versions = ListVersion.objects.filter(kept_list__name=name).order_by("written_at")
        known = ", ".join(versions.values_list("version", flat=True))
        raise ListUnknown(name=name, version=version, known=known or "none")
    return row


def kept_list(name: str, version: str) -> KeptValues | None:
    """An approved version of a list for a policy that names it; None where there is none."""
    steps = ListStep.objects.filter(
        kind=ListStepKind.APPROVED.value, version__kept_list__name=name, version__version=version
    )
    approval = steps.select_related("by", "version__kept_list").first()
    if approval is None:
        return None
    found = approval.version
    return KeptValues(
        type_name=found.kept_list.type_name,
        values=tuple(found.values),
        label=found.kept_list.label,
        approved_by=approval.by.display_name,
        begins_on=found.valid_from,
        expires_on=found.expires_on,
    )


def withdrawn_lists(*, at: datetime) -> frozenset[tuple[str, str]]:
    """Name and version of every list version that was withdrawn by an instant."""
    steps = ListStep.objects.filter(kind=ListStepKind.WITHDRAWN.value, at__lte=at)
    return frozenset(steps.values_list("version__kept_list__name", "version__version"))


def list_summaries(*, at: datetime, name: str | None = None) -> tuple[ListSummary, ...]:
    """Versions of kept lists with their standing at an instant, by name, newest first."""
    rows = ListVersion.objects.filter(written_at__lte=at).select_related("kept_list", "author")
    if name is not None:
        rows = rows.filter(kept_list__name=name)
    steps: dict[UUID, dict[str, ListStep]] = {}
    for step in ListStep.objects.filter(at__lte=at).select_related("by"):
        steps.setdefault(step.version_id, {})[step.kind] = step
    return tuple(
        _list_summary(row, steps.get(row.id, {}), at)
        for row in rows.order_by("kept_list__name", "-written_at")
    )


def _list_summary(row: ListVersion, steps: Mapping[str, ListStep], at: datetime) -> ListSummary:
    approved = steps.get(ListStepKind.APPROVED.value)
    withdrawn = steps.get(ListStepKind.WITHDRAWN.value)
    return ListSummary(
        name=row.kept_list.name,
        label=row.kept_list.label,
        type_name=row.kept_list.type_name,
        version=row.version,
        values=tuple(row.values),
        reason=row.reason,
        author=row.author.display_name,
        author_id=row.author_id,
        written_at=row.written_at,
        valid_from=row.valid_from,
        expires_on=row.expires_on,
        approved_by=approved.by.display_name if approved else "",
        approved_at=approved.at if approved else None,
        withdrawn_by=withdrawn.by.display_name if withdrawn else "",
        is_expired=row.expires_on is not None and row.expires_on < at.date(),
    )


def draft_states(*, draft_id: UUID) -> tuple[DraftState, ...]:
    """Every state of a draft, latest first; raises NotFound."""
    rows = DraftText.objects.filter(draft_id=draft_id).select_related("written_by")
    found = tuple(map(_draft_state, rows.order_by("-number")))
    if not found:
        raise NotFound(what="draft", key=str(draft_id))
    return found


def open_drafts(*, name: str) -> tuple[DraftState, ...]:
    """The latest state of each draft of a policy that has not ended, latest first."""
    latest: dict[UUID, DraftText] = {}
    rows = DraftText.objects.filter(name=name).select_related("written_by")
    for row in rows.order_by("-number"):
        latest.setdefault(row.draft_id, row)
    states = [state for state in map(_draft_state, latest.values()) if not state.step.ends]
    return tuple(sorted(states, key=lambda state: state.written_at, reverse=True))


def _draft_state(row: DraftText) -> DraftState:
    return DraftState(
        draft_id=row.draft_id,
        number=row.number,
        name=row.name,
        base_hash=row.base_hash,
        text=row.text,
        step=DraftStep(row.step),
        words=row.words,
        written_by=row.written_by.display_name,
        written_at=row.written_at,
    )
