"""Register and amend parties, link them, read what is personal. One operation, one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from goodstanding.core.audit import write_audit
from goodstanding.core.encryption import (
    PersonalValuesErased,
    erase_subject,
    erased_at,
    read_personal,
)
from goodstanding.core.named_sql import named_sql
from goodstanding.parties.errors import (
    IdentifierTaken,
    NoPersonalValues,
    PartyChangedMeanwhile,
    UnknownParty,
)
from goodstanding.parties.models import ExternalId, Link, Party, PartyVersion
from goodstanding.parties.normalise import canonical_identifier
from goodstanding.parties.types import LinkKind, NewParty, PartyDetails, PartyKind, PersonalField
from goodstanding.parties.writing import (
    Origin,
    VersionDraft,
    check_party,
    content_digest,
    write_identifiers,
    write_parties,
    write_versions,
)

__all__ = [
    "Origin",
    "add_identifier",
    "add_identifiers",
    "amend_parties",
    "amend_party",
    "check_party",
    "erase_personal",
    "link_parties",
    "link_shared_names",
    "link_shared_values",
    "register_parties",
    "register_party",
    "reveal_personal",
]


@transaction.atomic
def register_party(
    *, party: NewParty, legal_entity: str, source: str, by: str, at: datetime
) -> UUID:
    """Make one party known, with its first version and its identifiers; returns its id.

    Raises IdentifierTaken if another party holds one of the identifiers.
    """
    origin = Origin(legal_entity=legal_entity, source=source, at=at)
    party_id = register_parties(parties=[party], origin=origin)[0]
    write_audit(
        actor=by, action="register_party", object_kind="party", object_id=party_id, at=at,
        detail={"source": source, "identifiers": [list(pair) for pair in party.identifiers]},
    )  # fmt: skip
    return party_id


@transaction.atomic
def register_parties(*, parties: Sequence[NewParty], origin: Origin) -> list[UUID]:
    """Make many parties known at once, set-wise; returns their ids in order.

    The caller writes the audit line of what it does (an import has one for all of its rows).
    Raises IdentifierTaken, NameMissing, UnknownCountry, PersonNameInClear or RecordedInFuture, and
    then nothing is written.
    """
    checked = [check_party(party, origin=origin) for party in parties]
    party_ids = write_parties(checked, origin=origin)
    drafts = [
        VersionDraft(
            party_id=party_id,
            version_no=1,
            kind=party.kind,
            details=party.details,
            effective_at=party.effective_at,
            recorded_at=party.recorded_at or origin.at,
        )
        for party_id, party in zip(party_ids, checked, strict=True)
    ]
    write_versions(drafts, origin=origin)
    identifiers = [
        (party_id, scheme, value)
        for party_id, party in zip(party_ids, checked, strict=True)
        for scheme, value in party.identifiers
    ]
    _write_identifiers_or_refuse(identifiers, origin=origin)
    return party_ids


@transaction.atomic
def amend_party(
    *,
    party_id: UUID,
    details: PartyDetails,
    source: str,
    effective_at: datetime,
    by: str,
    at: datetime,
) -> UUID:
    """Write a party's next version, whole; returns the version's id. Older versions stand.

    Where nothing differs from the version in force, that version's id is returned.
    """
    party = Party.objects.filter(id=party_id).first()
    if party is None:
        raise UnknownParty(field="party_id", key=party_id)
    origin = Origin(legal_entity=party.legal_entity_id, source=source, at=at)
    amend_parties(
        amendments=[(party_id, details, effective_at, None)],
        origin=origin,
    )
    write_audit(
        actor=by, action="amend_party", object_kind="party", object_id=party_id, at=at,
        detail={"source": source},
    )  # fmt: skip
    return PartyVersion.objects.filter(party_id=party_id).latest("version_no").id


@transaction.atomic
def amend_parties(
    *,
    amendments: Sequence[tuple[UUID, PartyDetails, datetime, datetime | None]],
    origin: Origin,
) -> int:
    """Write next versions of many parties: party, details, effective_at, recorded_at or None.

    Details equal to the party's latest version write nothing. Returns how many versions were
    written. A party appears at most once among the amendments.
    Raises UnknownParty or PartyChangedMeanwhile, and then nothing is written.
    """
    party_ids = [party_id for party_id, *_ in amendments]
    kinds = {party.id: PartyKind(party.kind) for party in Party.objects.filter(id__in=party_ids)}
    latest = {
        row["party_id"]: row
        for row in named_sql("parties", "latest_versions").rows({"party_ids": party_ids})
    }
    drafts: list[VersionDraft] = []
    for party_id, details, effective_at, recorded_at in amendments:
        if party_id not in kinds:
            raise UnknownParty(field="party_id", key=party_id)
        if content_digest(details) == latest[party_id]["content_digest"]:
            continue
        draft = VersionDraft(
            party_id=party_id,
            version_no=latest[party_id]["version_no"] + 1,
            kind=kinds[party_id],
            details=details,
            effective_at=effective_at,
            recorded_at=_known_since(recorded_at, latest[party_id]["recorded_at"], origin=origin),
        )
        drafts.append(draft.checked(origin=origin))
    _write_versions_or_refuse(drafts, origin=origin)
    return len(drafts)


@transaction.atomic
def add_identifier(
    *, party_id: UUID, scheme: str, value: str, source: str, by: str, at: datetime
) -> None:
    """Give a party a further identifier.

    Raises IdentifierTaken if another party of the legal entity holds it.
    """
    party = Party.objects.filter(id=party_id).first()
    if party is None:
        raise UnknownParty(field="party_id", key=party_id)
    origin = Origin(legal_entity=party.legal_entity_id, source=source, at=at)
    _write_identifiers_or_refuse([(party_id, scheme, value)], origin=origin)
    write_audit(
        actor=by, action="add_identifier", object_kind="party", object_id=party_id, at=at,
        detail={"scheme": scheme, "value": value, "source": source},
    )  # fmt: skip


@transaction.atomic
def add_identifiers(*, identifiers: Sequence[tuple[UUID, str, str]], origin: Origin) -> None:
    """Give parties further identifiers, set-wise: party, scheme, value. The caller audits."""
    _write_identifiers_or_refuse(identifiers, origin=origin)


@transaction.atomic
def link_shared_names(
    *, decided_by: str, party_ids: Sequence[UUID] | None = None, import_id: UUID | None = None
) -> int:
    """Link parties whose latest versions carry the same declared key of name and place.

    The earliest party of a key becomes the star's centre. `party_ids`, or `import_id`, limits the
    work to the groups of these parties, or of those an import wrote. The links say
    `shares_name_and_place`: evidence, never identity.
    Returns how many links are new.
    """
    return _run_linking(
        "link_shared_names", decided_by=decided_by, party_ids=party_ids, import_id=import_id
    )


@transaction.atomic
def link_shared_values(
    *, decided_by: str, party_ids: Sequence[UUID] | None = None, import_id: UUID | None = None
) -> int:
    """Link parties that hold the same bank account, phone number or e-mail address.

    Equal keyed digests meet; nothing is decrypted. Returns how many links are new.
    """
    return _run_linking(
        "link_shared_values", decided_by=decided_by, party_ids=party_ids, import_id=import_id
    )


@transaction.atomic
def link_parties(
    *, left: UUID, right: UUID, kind: LinkKind, key: str, by: str, at: datetime
) -> None:
    """Link two parties by a person's decision, in their latest versions; once is enough."""
    versions = {
        party_id: PartyVersion.objects.filter(party_id=party_id).order_by("-version_no").first()
        for party_id in (left, right)
    }
    for party_id, version in versions.items():
        if version is None:
            raise UnknownParty(field="party_id", key=party_id)
    Link.objects.bulk_create(
        [
            Link(
                kind=kind.value,
                left_party_id=left,
                right_party_id=right,
                left_version=versions[left],
                right_version=versions[right],
                key=key,
                decided_by=by,
            )
        ],
        ignore_conflicts=True,
    )
    write_audit(
        actor=by, action="link_parties", object_kind="party", object_id=left, at=at,
        detail={"right": str(right), "kind": kind.value},
    )  # fmt: skip


@transaction.atomic
def reveal_personal(
    *, party_id: UUID, reason: str, by: str, at: datetime
) -> dict[PersonalField, str]:
    """Read a party's personal values in clear; the reading, with its reason, is audited.

    Raises NoPersonalValues if none are kept, PersonalValuesErased if the person was erased.
    """
    version = (
        PartyVersion.objects.filter(party_id=party_id, personal_value_id__isnull=False)
        .order_by("-version_no")
        .first()
    )
    if version is None or version.personal_value_id is None:
        raise NoPersonalValues(field="party_id", party_id=party_id)
    values = read_personal(value_id=version.personal_value_id)
    write_audit(
        actor=by, action="read_personal", object_kind="party", object_id=party_id, at=at,
        detail={"reason": reason, "fields": sorted(values), "version_id": str(version.id)},
    )  # fmt: skip
    return {PersonalField(name): value for name, value in values.items() if value is not None}


@transaction.atomic
def erase_personal(*, party_id: UUID, reason: str, by: str, at: datetime) -> None:
    """Destroy the key of everything personal that is kept of a party: its own values and those
    that its decisions were made with. Nothing brings them back; records and digests remain.

    Raises NoPersonalValues if none are kept, PersonalValuesErased if it was done before.
    """
    before = erased_at(subject_id=party_id)
    if before is not None:
        raise PersonalValuesErased(subject_id=party_id, erased_at=before)
    if not erase_subject(subject_id=party_id, by=by, reason=reason, at=at):
        raise NoPersonalValues(field="party_id", party_id=party_id)


def _run_linking(
    name: str, *, decided_by: str, party_ids: Sequence[UUID] | None, import_id: UUID | None
) -> int:
    parameters = {
        "decider": decided_by,
        "everybody": party_ids is None and import_id is None,
        "party_ids": list(party_ids or ()),
        "import_id": import_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(named_sql("parties", name).statement, parameters)
        return cursor.rowcount


def _known_since(declared: datetime | None, before: datetime, *, origin: Origin) -> datetime:
    """When a version was known: as declared, but never before the version it follows."""
    return declared if declared is not None and declared >= before else origin.at


def _write_versions_or_refuse(drafts: Sequence[VersionDraft], *, origin: Origin) -> None:
    try:
        with transaction.atomic():
            write_versions(drafts, origin=origin)
    except IntegrityError as surprise:
        if "one_version_per_number" not in str(surprise):
            raise
        raise PartyChangedMeanwhile(field="party_id") from surprise


def _write_identifiers_or_refuse(
    identifiers: Iterable[tuple[UUID, str, str]], *, origin: Origin
) -> None:
    wanted = list(identifiers)
    try:
        with transaction.atomic():
            write_identifiers(wanted, origin=origin)
    except IntegrityError as surprise:
        if "one_party_per_identifier" not in str(surprise):
            raise
        scheme, value = _first_taken(wanted, legal_entity=origin.legal_entity)
        raise IdentifierTaken(field=scheme, scheme=scheme, value=value) from surprise


def _first_taken(
    identifiers: Sequence[tuple[UUID, str, str]], *, legal_entity: str
) -> tuple[str, str]:
    seen: set[tuple[str, str]] = set()
    for _party_id, scheme, value in identifiers:
        pair = (scheme, canonical_identifier(scheme=scheme, value=value))
        known = ExternalId.objects.filter(
            scheme=pair[0], value=pair[1], legal_entity_id=legal_entity
        )
        if pair in seen or known.exists():
            return pair
        seen.add(pair)
    raise LookupError("the identifier that was taken a moment ago is free again")
