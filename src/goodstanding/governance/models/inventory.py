"""The inventory: policies and models, their versions, what they pin, their tier."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from goodstanding.core.models import AppendOnly
from goodstanding.governance.models.constraints import (
    append_only_triggers,
    different,
    is_sha256,
    moves_the_gate,
    one_of,
    refuses,
    said,
)
from goodstanding.governance.models.use_cases import UseCase
from goodstanding.governance.types.words import ChangeKind, VersionKind

TIERS = (1, 2, 3, 4)


class InventoryEntry(AppendOnly):
    """A policy or model by name, whatever its version; `owner` answers for it (first line)."""

    kind = models.TextField()
    name = models.SlugField(max_length=120)
    title = models.TextField()
    use_case: "models.ForeignKey[UseCase]" = models.ForeignKey(
        "governance.UseCase", on_delete=models.PROTECT, related_name="entries"
    )
    use_case_id: UUID
    owner: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    owner_id: UUID
    vendor = models.TextField(blank=True, default="")
    entered_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One entry a kind and name."""

        db_table = "governance_inventory_entry"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "name"], name="one_entry_a_name"),
            one_of("kind", VersionKind, name="entry_kind_known"),
            said("name", "title", name="entry_is_named"),
        ]


class GovernedVersion(AppendOnly):
    """One immutable version, named by the digest of its content.

    `facts` holds what the artefact is: features, training-data fingerprint, lock digest, intended
    use; each `{"value": ..., "status": present|derivable|convention|n-a|missing, "evidence": ...}`.
    `card` is the model card as the scoring room wrote it.
    """

    entry: "models.ForeignKey[InventoryEntry]" = models.ForeignKey(
        "governance.InventoryEntry", on_delete=models.PROTECT, related_name="versions"
    )
    entry_id: UUID
    content_hash = models.CharField(max_length=64, unique=True)
    label = models.TextField()
    developer: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    developer_id: UUID
    commit_author = models.TextField(blank=True, default="")
    facts: "models.JSONField[dict[str, Any]]" = models.JSONField(default=dict)
    card: "models.JSONField[dict[str, Any]]" = models.JSONField(default=dict)
    registered_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    registered_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One row a content; labels are unique within an entry."""

        db_table = "governance_version"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["entry", "label"], name="one_version_a_label"),
            is_sha256("content_hash", name="content_hash_is_a_digest"),
            said("label", name="version_is_labelled"),
        ]
        triggers = append_only_triggers(moves_the_gate())


class PinnedVersion(AppendOnly):
    """A policy version names a model version as input; so pins cannot run in circles."""

    version: "models.ForeignKey[GovernedVersion]" = models.ForeignKey(
        "governance.GovernedVersion", on_delete=models.PROTECT, related_name="pins"
    )
    version_id: UUID
    pinned: "models.ForeignKey[GovernedVersion]" = models.ForeignKey(
        "governance.GovernedVersion", on_delete=models.PROTECT, related_name="pinned_by"
    )
    pinned_id: UUID

    class Meta(AppendOnly.Meta):
        """Once a pair; a policy pins, a model is pinned."""

        db_table = "governance_pinned_version"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "pinned"], name="one_pin_a_pair"),
        ]
        triggers = append_only_triggers(
            refuses(
                "a_policy_pins_models",
                unless="""
                    exists (
                        select 1 from governance_version as version
                        inner join governance_inventory_entry as entry
                            on version.entry_id = entry.id
                        where version.id = new.version_id and entry.kind = 'policy'
                    ) and exists (
                        select 1 from governance_version as version
                        inner join governance_inventory_entry as entry
                            on version.entry_id = entry.id
                        where version.id = new.pinned_id and entry.kind = 'model'
                    )
                """,
            )
        )


class ScopeDecision(AppendOnly):
    """Whether a jurisdiction's model-risk rules reach an entry, question by question."""

    entry: "models.ForeignKey[InventoryEntry]" = models.ForeignKey(
        "governance.InventoryEntry", on_delete=models.PROTECT, related_name="scope_decisions"
    )
    entry_id: UUID
    jurisdiction = models.CharField(max_length=2)
    profile = models.TextField()
    applies_theory = models.BooleanField()
    is_estimate = models.BooleanField()
    is_deterministic = models.BooleanField()
    is_generative = models.BooleanField()
    in_scope = models.BooleanField()
    rationale = models.TextField()
    decided_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """The latest of a jurisdiction holds."""

        db_table = "governance_scope_decision"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            said("rationale", "profile", name="scope_has_a_rationale"),
        ]


class TierAssessment(AppendOnly):
    """How much an entry matters (M) and how hard it is to check (C), and the tier that follows.

    An override names a tier other than the computed one, its rationale and its approver.
    """

    entry: "models.ForeignKey[InventoryEntry]" = models.ForeignKey(
        "governance.InventoryEntry", on_delete=models.PROTECT, related_name="tier_assessments"
    )
    entry_id: UUID
    schedule_version = models.TextField()
    exposure_share = models.DecimalField(max_digits=7, decimal_places=6)
    regulatory_use = models.PositiveSmallIntegerField()
    criticality = models.PositiveSmallIntegerField()
    factors: "models.JSONField[dict[str, int | None]]" = models.JSONField()
    materiality = models.PositiveSmallIntegerField()
    complexity = models.PositiveSmallIntegerField()
    computed_tier = models.PositiveSmallIntegerField()
    tier = models.PositiveSmallIntegerField()
    rationale = models.TextField()
    assessed_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    assessed_by_id: UUID
    override_approved_by: "models.ForeignKey[Any] | models.ForeignKey[None]" = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    override_approved_by_id: UUID | None
    assessed_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """The latest holds; an override has a second person."""

        db_table = "governance_tier_assessment"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="tier_known",
                condition=models.Q(tier__in=TIERS, computed_tier__in=TIERS),
            ),
            models.CheckConstraint(
                name="exposure_share_is_a_share",
                condition=models.Q(exposure_share__gte=0, exposure_share__lte=1),
            ),
            models.CheckConstraint(
                name="override_has_an_approver",
                condition=models.Q(tier=models.F("computed_tier"), override_approved_by=None)
                | (
                    ~models.Q(tier=models.F("computed_tier"))
                    & models.Q(override_approved_by__isnull=False)
                ),
            ),
            different("assessed_by", "override_approved_by", name="override_has_two_people"),
            said("rationale", name="tier_has_a_rationale"),
        ]


class ThresholdSet(AppendOnly):
    """The cuts that turn an entry's test statistics into lights, numbered."""

    entry: "models.ForeignKey[InventoryEntry]" = models.ForeignKey(
        "governance.InventoryEntry", on_delete=models.PROTECT, related_name="threshold_sets"
    )
    entry_id: UUID
    number = models.PositiveIntegerField()
    thresholds: "models.JSONField[dict[str, Any]]" = models.JSONField()
    thresholds_hash = models.CharField(max_length=64)
    source = models.TextField()
    reason = models.TextField()
    set_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    set_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Numbered from 1; approvals name the one they approve."""

        db_table = "governance_threshold_set"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["entry", "number"], name="one_threshold_set_a_number"),
            is_sha256("thresholds_hash", name="thresholds_hash_is_a_digest"),
            said("source", "reason", name="thresholds_have_a_source"),
        ]


class Change(AppendOnly):
    """Something changed around a version; a material change waits for a new approval."""

    version: "models.ForeignKey[GovernedVersion]" = models.ForeignKey(
        "governance.GovernedVersion", on_delete=models.PROTECT, related_name="changes"
    )
    version_id: UUID
    kind = models.TextField()
    is_material = models.BooleanField()
    description = models.TextField()
    made_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Read by version."""

        db_table = "governance_change"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("kind", ChangeKind, name="change_kind_known"),
            said("description", name="change_is_described"),
        ]
