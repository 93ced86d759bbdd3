"""Keep the inventory: entries, versions, scope, tier, thresholds, changes."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from goodstanding.core.locks import lock_record
from goodstanding.governance.binding import digest
from goodstanding.governance.errors import (
    EntryExists,
    NotADigest,
    OverrideNeedsAnother,
    PinsNoModel,
    ScoreOutOfRange,
    VersionRegistered,
)
from goodstanding.governance.models import (
    Change,
    GovernedVersion,
    InventoryEntry,
    PinnedVersion,
    ScopeDecision,
    ThresholdSet,
    TierAssessment,
)
from goodstanding.governance.models.constraints import SHA256
from goodstanding.governance.operations.shared import (
    entry_named,
    keep_in_trail,
    one,
    refusing,
    require_text,
    use_case_named,
)
from goodstanding.governance.types.records import (
    Artefact,
    Person,
    ScopeAnswers,
    TierFactors,
    TierOverride,
)
from goodstanding.governance.types.tiers import (
    HIGHEST_SCORE,
    LOWEST_SCORE,
    SCHEDULE_VERSION,
    Tier,
    tier_from,
)
from goodstanding.governance.types.words import ChangeKind, VersionKind
from goodstanding.validation.types import Thresholds


@transaction.atomic
def enter_inventory(
    *,
    kind: VersionKind,
    name: str,
    title: str,
    use_case: str,
    owner: Person,
    by: Person,
    at: datetime,
    vendor: str = "",
) -> UUID:
    """Enter a policy or model by name; `owner` answers for it. Returns the entry's id.

    Raises NotFound for the use case, EntryExists, ReasonMissing.
    """
    exists = EntryExists(field="name", kind=kind, name=name)
    with refusing({"one_entry_a_name": exists}):
        entry = InventoryEntry.objects.create(
            kind=kind,
            name=require_text(name, field="name"),
            title=require_text(title, field="title"),
            use_case=use_case_named(use_case),
            owner_id=owner.id,
            vendor=vendor,
            entered_at=at,
        )
    keep_in_trail("enter_inventory", "inventory_entry", entry.id, by=by, at=at, name=name)
    return entry.id


@transaction.atomic
def register_version(
    *,
    kind: VersionKind,
    name: str,
    content_hash: str,
    label: str,
    developer: Person,
    by: Person,
    at: datetime,
    artefact: Artefact | None = None,
    pins: Sequence[str] = (),
) -> UUID:
    """Register one immutable version under the digest of its content; returns its id.

    `pins` are the content hashes of the models that a policy names as input. A registered version
    may not decide before it is approved.
    Raises NotFound, NotADigest, VersionRegistered, PinsNoModel.
    """
    if not re.fullmatch(SHA256, content_hash):
        raise NotADigest(field="content_hash")
    entry = entry_named(kind=kind, name=name)
    made = artefact or Artefact()
    known = VersionRegistered(field="content_hash", label=label, name=name)
    with refusing({"one_version_a_label": known, "governance_version_content_hash_key": known}):
        version = GovernedVersion.objects.create(
            entry=entry,
            content_hash=content_hash,
            label=require_text(label, field="label"),
            developer_id=developer.id,
            commit_author=made.commit_author,
            facts=dict(made.facts),
            card=dict(made.card),
            registered_by_id=by.id,
            registered_at=at,
        )
    _pin(version, pins, name=name)
    keep_in_trail(
        "register_version", "version", version.id, by=by, at=at, name=name, label=label,
        content_hash=content_hash,
    )  # fmt: skip
    return version.id


def _pin(version: GovernedVersion, pins: Sequence[str], *, name: str) -> None:
    for content_hash in dict.fromkeys(pins):
        pinned = one(GovernedVersion, what="registered version", content_hash=content_hash)
        with refusing({"a_policy_pins_models": PinsNoModel(field="pins", name=name)}):
            PinnedVersion.objects.create(version=version, pinned=pinned)


@transaction.atomic
def decide_scope(
    *, kind: VersionKind, name: str, answers: ScopeAnswers, by: Person, at: datetime
) -> UUID:
    """Record whether a jurisdiction's model-risk rules reach an entry, and why."""
    entry = entry_named(kind=kind, name=name)
    require_text(answers.rationale, field="rationale")
    decision = ScopeDecision.objects.create(
        entry=entry, decided_by_id=by.id, decided_at=at, **asdict(answers)
    )
    keep_in_trail(
        "decide_scope", "inventory_entry", entry.id, by=by, at=at,
        jurisdiction=answers.jurisdiction, in_scope=answers.in_scope,
    )  # fmt: skip
    return decision.id


@transaction.atomic
def assess_tier(
    *,
    kind: VersionKind,
    name: str,
    factors: TierFactors,
    rationale: str,
    by: Person,
    at: datetime,
    override: TierOverride | None = None,
) -> Tier:
    """Record the tier that follows from the factors, or the override of a second person.

    Raises NotFound, ScoreOutOfRange, OverrideNeedsAnother, ReasonMissing.
    """
    _check_scores(factors)
    computed = tier_from(
        exposure_share=factors.exposure_share,
        regulatory_use=factors.regulatory_use,
        criticality=factors.criticality,
        factors=factors.complexity,
    )
    if override is not None and override.tier == computed.tier:
        override = None
    if override is not None and override.approved_by.id == by.id:
        raise OverrideNeedsAnother(field="override", computed=computed.tier)
    tier = override.tier if override else computed.tier
    if not LOWEST_SCORE <= tier <= HIGHEST_SCORE:
        raise ScoreOutOfRange(field="override", what="the override")
    entry = entry_named(kind=kind, name=name)
    TierAssessment.objects.create(
        entry=entry,
        schedule_version=SCHEDULE_VERSION,
        exposure_share=factors.exposure_share,
        regulatory_use=factors.regulatory_use,
        criticality=factors.criticality,
        factors=dict(factors.complexity),
        materiality=computed.materiality,
        complexity=computed.complexity,
        computed_tier=computed.tier,
        tier=tier,
        rationale=require_text(rationale, field="rationale"),
        assessed_by_id=by.id,
        override_approved_by_id=override.approved_by.id if override else None,
        assessed_at=at,
    )
    keep_in_trail(
        "assess_tier", "inventory_entry", entry.id, by=by, at=at, tier=tier,
        computed_tier=computed.tier,
    )  # fmt: skip
    return Tier(computed.materiality, computed.complexity, tier)


def _check_scores(factors: TierFactors) -> None:
    if not 0 <= factors.exposure_share <= 1:
        raise ScoreOutOfRange(field="exposure_share", what="exposure (a share from 0 to 1)")
    named = {"regulatory_use": factors.regulatory_use, "criticality": factors.criticality}
    scored = {key: score for key, score in factors.complexity.items() if score is not None}
    if not scored:
        raise ScoreOutOfRange(field="complexity", what="complexity")
    for key, score in {**named, **scored}.items():
        if not LOWEST_SCORE <= score <= HIGHEST_SCORE:
            raise ScoreOutOfRange(field=key, what=key.replace("_", " "))


@transaction.atomic
def set_thresholds(
    *,
    kind: VersionKind,
    name: str,
    thresholds: Thresholds,
    reason: str,
    by: Person,
    at: datetime,
) -> int:
    """Set the cuts that light an entry's tests from now on; returns their number.

    Versions that were approved under other cuts get a material change: what is in force keeps the
    cuts it was approved with, and waits for a new approval.
    """
    entry = entry_named(kind=kind, name=name)
    lock_record(entry.id)
    document = asdict(thresholds)
    number = ThresholdSet.objects.filter(entry=entry).count() + 1
    ThresholdSet.objects.create(
        entry=entry,
        number=number,
        thresholds=document,
        thresholds_hash=digest(document),
        source=thresholds.source,
        reason=require_text(reason, field="reason"),
        set_by_id=by.id,
        set_at=at,
    )
    for version in GovernedVersion.objects.filter(entry=entry, approvals__isnull=False).distinct():
        Change.objects.create(
            version=version,
            kind=ChangeKind.THRESHOLDS,
            is_material=True,
            description=f"Thresholds {thresholds.version} were set: {reason.strip()}",
            made_by_id=by.id,
            made_at=at,
        )
    keep_in_trail("set_thresholds", "inventory_entry", entry.id, by=by, at=at, number=number)
    return number


@transaction.atomic
def record_change(
    *,
    version_id: UUID,
    kind: ChangeKind,
    is_material: bool,
    description: str,
    by: Person,
    at: datetime,
) -> UUID:
    """Record what changed around a version; a material change waits for a new approval."""
    version = one(GovernedVersion, what="version", id=version_id)
    change = Change.objects.create(
        version=version,
        kind=kind,
        is_material=is_material,
        description=require_text(description, field="description"),
        made_by_id=by.id,
        made_at=at,
    )
    keep_in_trail(
        "record_change", "version", version.id, by=by, at=at, change=kind, is_material=is_material
    )
    return change.id
