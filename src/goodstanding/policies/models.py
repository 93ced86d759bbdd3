"""The tables of policies: versions that never change, artefacts they name, and their life."""

from typing import Any, ClassVar
from uuid import UUID

import pgtrigger
from django.db import models

from goodstanding.core.models import AppendOnly, transaction_index
from goodstanding.policies.types import (
    EMERGENCY_AT_MOST,
    SHARE_OF,
    DraftStep,
    ListStepKind,
    Status,
)

SHA256 = r"^[0-9a-f]{64}$"

NUMBER_MOVES = """
    insert into policies_number (id, version) values (1, 1)
    on conflict (id) do update set version = policies_number.version + 1;
    return null;
"""
APPROVER_IS_ANOTHER = """
    perform 1
    from policies_version as version
    where version.id = new.version_id and version.author_id = new.changed_by_id;
    if found then
        raise exception 'the author of a version cannot approve it'
            using errcode = 'check_violation', constraint = 'approver_is_another';
    end if;
    return new;
"""
AUTHOR_IS_THE_VERSIONS = """
    select version.author_id into strict new.author_id
    from policies_list_version as version
    where version.id = new.version_id;
    return new;
"""
REVIEWER_IS_ANOTHER = """
    perform 1
    from policies_emergency_use as emergency
    inner join policies_version as version on emergency.version_id = version.id
    where emergency.id = new.emergency_id
    and new.reviewed_by_id in (version.author_id, emergency.approved_by_id);
    if found then
        raise exception 'who wrote or approved a version cannot review its emergency'
            using errcode = 'check_violation', constraint = 'reviewer_is_another';
    end if;
    return new;
"""


def _number_moves() -> pgtrigger.Trigger:
    """Each statement that adds rows moves the number that processes poll."""
    return pgtrigger.Trigger(
        name="number_moves",
        operation=pgtrigger.Insert,
        when=pgtrigger.After,
        level=pgtrigger.Statement,
        func=NUMBER_MOVES,
    )


class Artefact(AppendOnly):
    """A model artefact that a published policy names, by the SHA-256 of its bytes."""

    sha256 = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()

    class Meta(AppendOnly.Meta):
        """Kept as long as a decision may be replayed."""

        db_table = "policies_artefact"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="artefact_named_by_digest", condition=models.Q(sha256__regex=SHA256)
            ),
        ]


class PolicyVersion(AppendOnly):
    """A policy's text as it was published; `text_hash` is its name everywhere else."""

    name = models.TextField()
    label = models.TextField()
    title = models.TextField()
    desk = models.TextField()
    text = models.TextField()
    text_hash = models.CharField(max_length=64, unique=True)
    tree_hash = models.CharField(max_length=64)
    author: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    author_id: UUID
    published_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One text, one version; one label a policy."""

        db_table = "policies_version"
        indexes: ClassVar[list[models.Index]] = [
            transaction_index("policy_version_by_transaction"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name", "label"], name="one_label_a_policy"),
            models.CheckConstraint(
                name="version_named_by_digest",
                condition=models.Q(text_hash__regex=SHA256, tree_hash__regex=SHA256),
            ),
        ]


class VersionStatus(AppendOnly):
    """A step in a version's life. The latest by `number` holds; `number` counts within the name.

    `share` is the number of the 10,000 buckets that a version in SHARE decides.
    """

    version: "models.ForeignKey[PolicyVersion]" = models.ForeignKey(
        "policies.PolicyVersion", on_delete=models.PROTECT, related_name="statuses"
    )
    version_id: UUID
    name = models.TextField()
    number = models.PositiveIntegerField()
    status = models.TextField()
    share = models.PositiveIntegerField(default=0)
    reason = models.TextField()
    changed_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    changed_by_id: UUID
    changed_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One step after the other; who approves did not write it."""

        db_table = "policies_version_status"
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            _number_moves(),
            pgtrigger.Trigger(
                name="approver_is_another",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__status=Status.APPROVED.value),
                func=APPROVER_IS_ANOTHER,
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["version", "-number"], name="latest_status_of_version"),
            transaction_index("policy_status_by_transaction"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name", "number"], name="one_step_after_another"),
            models.CheckConstraint(
                name="status_known", condition=models.Q(status__in=[item.value for item in Status])
            ),
            models.CheckConstraint(name="status_has_reason", condition=~models.Q(reason="")),
            models.CheckConstraint(
                name="share_of_buckets",
                condition=models.Q(status=Status.SHARE.value, share__gt=0, share__lt=SHARE_OF)
                | (~models.Q(status=Status.SHARE.value) & models.Q(share=0)),
            ),
        ]


class RunningNumber(models.Model):
    """One row whose number moves whenever a version changes its status; processes poll it."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    version = models.BigIntegerField()

    class Meta:
        """Only a trigger writes it."""

        db_table = "policies_number"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="one_number", condition=models.Q(id=1)),
        ]


class EmergencyUse(AppendOnly):
    """A version approved at once, without a change request, until an instant.

    Its after-review is a deadline of its own (`deadline_id`). Passed over without a review that
    confirms it, the version decides nothing from `expires_at` on.
    """

    version: "models.OneToOneField[PolicyVersion]" = models.OneToOneField(
        "policies.PolicyVersion", on_delete=models.PROTECT, related_name="emergency"
    )
    version_id: UUID
    reason = models.TextField()
    approved_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    approved_by_id: UUID
    approved_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    deadline_id = models.UUIDField()

    class Meta(AppendOnly.Meta):
        """Once a version, for fourteen days at most, by a second person."""

        db_table = "policies_emergency_use"
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            _number_moves(),
            pgtrigger.Trigger(
                name="emergency_by_another",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=APPROVER_IS_ANOTHER.replace("changed_by_id", "approved_by_id"),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="emergency_has_reason", condition=~models.Q(reason="")),
            models.CheckConstraint(
                name="emergency_ends_within_days",
                condition=models.Q(
                    expires_at__gt=models.F("approved_at"),
                    expires_at__lte=models.F("approved_at") + EMERGENCY_AT_MOST,
                ),
            ),
        ]


class EmergencyReview(AppendOnly):
    """What a third person found afterwards: confirmed, or taken back at once."""

    emergency: "models.OneToOneField[EmergencyUse]" = models.OneToOneField(
        "policies.EmergencyUse", on_delete=models.PROTECT, related_name="review"
    )
    emergency_id: UUID
    is_confirmed = models.BooleanField()
    reason = models.TextField()
    reviewed_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    reviewed_by_id: UUID
    reviewed_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Once, with its reason, by somebody who neither wrote nor approved."""

        db_table = "policies_emergency_review"
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            _number_moves(),
            pgtrigger.Trigger(
                name="reviewer_is_another",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=REVIEWER_IS_ANOTHER,
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="review_has_reason", condition=~models.Q(reason="")),
        ]


class KeptList(AppendOnly):
    """A list that policies may name: its name, what it holds, the type of its values."""

    name = models.TextField(unique=True)
    label = models.TextField()
    type_name = models.TextField()
    begun_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    begun_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Its values are those of its versions."""

        db_table = "policies_list"


class ListVersion(AppendOnly):
    """The values of a list as somebody wrote them, from a day on and up to one."""

    kept_list: "models.ForeignKey[KeptList]" = models.ForeignKey(
        "policies.KeptList", on_delete=models.PROTECT, related_name="versions"
    )
    version = models.TextField()
    values: "models.JSONField[list[str]]" = models.JSONField()
    sha256 = models.CharField(max_length=64)
    reason = models.TextField()
    valid_from = models.DateField()
    expires_on = models.DateField(null=True)
    author: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    author_id: UUID
    written_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One text a version; its steps name the author that it has."""

        db_table = "policies_list_version"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kept_list", "version"], name="one_version_of_a_list"),
            models.CheckConstraint(
                name="list_version_named_by_digest", condition=models.Q(sha256__regex=SHA256)
            ),
            models.CheckConstraint(name="list_version_named", condition=~models.Q(version="")),
            models.CheckConstraint(name="list_version_has_reason", condition=~models.Q(reason="")),
            models.CheckConstraint(
                name="list_version_ends_after_it_begins",
                condition=models.Q(expires_on__isnull=True)
                | models.Q(expires_on__gt=models.F("valid_from")),
            ),
        ]


class ListStep(AppendOnly):
    """A version of a list approved, or withdrawn for good; `author` is who wrote the version."""

    version: "models.ForeignKey[ListVersion]" = models.ForeignKey(
        "policies.ListVersion", on_delete=models.PROTECT, related_name="steps"
    )
    version_id: UUID
    kind = models.TextField()
    author: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One of each; who approves did not write it, whatever a writer claims."""

        db_table = "policies_list_step"
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="number_moves",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                func=NUMBER_MOVES,
            ),
            pgtrigger.Trigger(
                name="author_is_the_versions",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=AUTHOR_IS_THE_VERSIONS,
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "kind"], name="one_step_of_a_kind"),
            models.CheckConstraint(
                name="list_step_known",
                condition=models.Q(kind__in=[item.value for item in ListStepKind]),
            ),
            models.CheckConstraint(name="list_step_has_reason", condition=~models.Q(reason="")),
            models.CheckConstraint(
                name="list_approver_is_another",
                condition=~models.Q(kind=ListStepKind.APPROVED.value)
                | ~models.Q(by=models.F("author")),
            ),
        ]


class DraftText(AppendOnly):
    """One state of a draft, written in a form or as text; the latest by `number` holds.

    `base_hash` is the version that the draft began from. `words` say what changed since the state
    before; after a step that ends the draft nothing follows.
    """

    draft_id = models.UUIDField()
    number = models.PositiveIntegerField()
    name = models.TextField()
    base_hash = models.CharField(max_length=64)
    text = models.TextField()
    step = models.TextField()
    words = models.TextField()
    written_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    written_by_id: UUID
    written_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One state after the other; nothing that was typed is lost."""

        db_table = "policies_draft_text"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["name", "-written_at"], name="drafts_of_policy"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["draft_id", "number"], name="one_state_after_another"),
            models.CheckConstraint(
                name="draft_step_known",
                condition=models.Q(step__in=[item.value for item in DraftStep]),
            ),
            models.CheckConstraint(name="draft_step_said", condition=~models.Q(words="")),
        ]
