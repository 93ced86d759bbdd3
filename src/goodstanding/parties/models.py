"""The tables of parties. A party never changes; what is known of it is a chain of versions."""

from typing import Any, ClassVar
from uuid import UUID

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from goodstanding.core.models import AppendOnly, transaction_index
from goodstanding.parties.types import Desk, LinkKind, PartyKind, PersonalField


def _one_of(column: str, values: type[PartyKind | Desk | LinkKind | PersonalField]) -> Q:
    return Q(**{f"{column}__in": [member.value for member in values]})


# A version follows the one before it: no gap in the numbers, never known before it.
VERSIONS_FOLLOW = """
    perform 1
    from parties_party_version as before
    where
        before.party_id = new.party_id
        and before.version_no = new.version_no - 1
        and before.recorded_at <= new.recorded_at;
    if not found then
        raise exception 'version % of party % does not follow version %',
            new.version_no, new.party_id, new.version_no - 1
            using errcode = 'check_violation';
    end if;
    return new;
"""


class Party(AppendOnly):
    """A business or a person we deal with, within one of our legal entities."""

    kind = models.TextField()
    desk = models.TextField()
    legal_entity: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.LegalEntity", on_delete=models.PROTECT, db_index=False
    )
    legal_entity_id: str

    class Meta(AppendOnly.Meta):
        """Listed by desk and kind."""

        db_table = "parties_party"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=_one_of("kind", PartyKind), name="party_kind_known"),
            models.CheckConstraint(condition=_one_of("desk", Desk), name="party_desk_known"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["legal_entity", "desk", "kind"], name="party_by_desk"),
            transaction_index("party_by_transaction"),
        ]


class PartyVersion(AppendOnly):
    """What was known of a party from `effective_at` on, as recorded at `recorded_at`.

    Every score, check, link and decision names a version, never only the party.
    """

    party: "models.ForeignKey[Party]" = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, db_index=False
    )
    party_id: UUID
    version_no = models.IntegerField()
    legal_name = models.TextField(null=True)
    trading_name = models.TextField(null=True)
    shown_name = models.TextField()
    comparable_name = models.TextField()
    legal_form = models.TextField(null=True)
    street = models.TextField(null=True)
    city = models.TextField(null=True)
    region = models.TextField(null=True)
    postcode = models.TextField(null=True)
    country = models.CharField(max_length=2, null=True)
    name_and_place_key = models.TextField(null=True)
    other_names: "models.JSONField[list[dict[str, Any]]]" = models.JSONField(default=list)
    other_addresses: "models.JSONField[list[dict[str, Any]]]" = models.JSONField(default=list)
    personal_fields: "models.JSONField[list[str]]" = models.JSONField(default=list)
    personal_value_id = models.UUIDField(null=True)
    content_digest = models.CharField(max_length=64)
    source = models.TextField()
    simulated = models.BooleanField(default=False)
    import_id = models.UUIDField(null=True)
    effective_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Numbered within the party; found by name, place and declared key."""

        db_table = "parties_party_version"
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="versions_follow",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__version_no__gt=1),
                func=VERSIONS_FOLLOW,
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["party", "version_no"], name="one_version_per_number"),
            models.CheckConstraint(condition=Q(version_no__gte=1), name="versions_count_from_one"),
            models.CheckConstraint(
                condition=~Q(shown_name="") & ~Q(source=""), name="version_has_name_and_source"
            ),
            models.CheckConstraint(
                condition=Q(personal_fields=[]) | Q(personal_value_id__isnull=False),
                name="personal_fields_are_kept",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["name_and_place_key"],
                name="version_by_name_and_place",
                condition=Q(name_and_place_key__isnull=False),
            ),
            GinIndex(
                fields=["comparable_name"], opclasses=["gin_trgm_ops"], name="version_by_name"
            ),
            transaction_index("version_by_transaction"),
        ]


class ExternalId(AppendOnly):
    """The identifier under which a source or a register knows a party."""

    party: "models.ForeignKey[Party]" = models.ForeignKey("parties.Party", on_delete=models.PROTECT)
    party_id: UUID
    scheme = models.TextField()
    value = models.TextField()
    legal_entity: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.LegalEntity", on_delete=models.PROTECT, db_index=False
    )
    legal_entity_id: str
    source = models.TextField()

    class Meta(AppendOnly.Meta):
        """One party per scheme, value and legal entity."""

        db_table = "parties_external_id"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["scheme", "value", "legal_entity"], name="one_party_per_identifier"
            ),
            models.CheckConstraint(condition=~Q(value="") & ~Q(scheme=""), name="identifier_said"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["value"], name="identifier_by_value"),
        ]


class PersonalDigest(AppendOnly):
    """The keyed digest of a personal value, by which equal values meet without being read."""

    version: "models.ForeignKey[PartyVersion]" = models.ForeignKey(
        "parties.PartyVersion", on_delete=models.PROTECT
    )
    version_id: UUID
    party: "models.ForeignKey[Party]" = models.ForeignKey("parties.Party", on_delete=models.PROTECT)
    party_id: UUID
    field = models.TextField()
    digest = models.CharField(max_length=64)

    class Meta(AppendOnly.Meta):
        """One digest per version and field; found by digest."""

        db_table = "parties_personal_digest"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "field"], name="one_digest_per_field"),
            models.CheckConstraint(
                condition=_one_of("field", PersonalField), name="personal_field_known"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["digest", "field"], name="digest_by_value"),
        ]


class Link(AppendOnly):
    """Evidence that two parties hang together: which versions, what kind, by which key.

    Groups are stars: the earliest party of a key is `left` of every later one. Only `same_as`
    says that two parties are one, and nothing here writes that kind by itself.
    """

    kind = models.TextField()
    left_party: "models.ForeignKey[Party]" = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+"
    )
    left_party_id: UUID
    right_party: "models.ForeignKey[Party]" = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+"
    )
    right_party_id: UUID
    left_version: "models.ForeignKey[PartyVersion]" = models.ForeignKey(
        "parties.PartyVersion", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    right_version: "models.ForeignKey[PartyVersion]" = models.ForeignKey(
        "parties.PartyVersion", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    key = models.TextField()
    decided_by = models.TextField()

    class Meta(AppendOnly.Meta):
        """One link of a kind between two parties."""

        db_table = "parties_link"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["kind", "left_party", "right_party"], name="one_link_of_a_kind"
            ),
            models.CheckConstraint(condition=_one_of("kind", LinkKind), name="link_kind_known"),
            models.CheckConstraint(
                condition=~Q(left_party=F("right_party")), name="link_joins_two_parties"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [transaction_index("link_by_transaction")]
