"""How parties reach their tables: checked, canonical, by COPY."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from goodstanding.core.bulk import copy_rows
from goodstanding.core.encryption import keep_personal_of_many, keyed_digest
from goodstanding.core.ids import new_id
from goodstanding.core.time import require_utc
from goodstanding.parties.errors import (
    IdentifierEmpty,
    NameMissing,
    PersonNameInClear,
    RecordedInFuture,
    UnknownCountry,
)
from goodstanding.parties.normalise import (
    canonical_identifier,
    comparable_name,
    comparable_personal,
    name_and_place_key,
    split_legal_form,
)
from goodstanding.parties.types import NewParty, PartyDetails, PartyKind, PersonalField

COUNTRY_LETTERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where written rows come from: our legal entity, the source, the instant, the import."""

    legal_entity: str
    source: str
    at: datetime
    simulated: bool = False
    import_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDraft:
    """A version about to be written."""

    party_id: UUID
    version_no: int
    kind: PartyKind
    details: PartyDetails
    effective_at: datetime
    recorded_at: datetime

    def checked(self, *, origin: Origin) -> "VersionDraft":
        """The same draft, once its details and instants hold."""
        _check_details(self.details, kind=self.kind)
        _check_recorded(self.recorded_at, origin=origin)
        return replace(
            self,
            effective_at=require_utc(self.effective_at, field="effective_at"),
            recorded_at=require_utc(self.recorded_at, field="recorded_at"),
        )


def check_party(party: NewParty, *, origin: Origin) -> NewParty:
    """The party with blanks taken away; raises the refusal of the first thing that is wrong."""
    details = party.details
    _check_details(details, kind=party.kind)
    _check_recorded(party.recorded_at, origin=origin)
    identifiers = tuple(
        (scheme, canonical_identifier(scheme=scheme, value=value))
        for scheme, value in party.identifiers
    )
    for scheme, value in identifiers:
        if not value:
            raise IdentifierEmpty(field=scheme, scheme=scheme)
    return replace(
        party,
        identifiers=identifiers,
        effective_at=require_utc(party.effective_at, field="effective_at"),
    )


def content_digest(details: PartyDetails) -> str:
    """The digest of what a version says; personal values enter it by their keyed digests only."""
    content = [
        details.legal_name, details.trading_name, details.legal_form, details.street, details.city,
        details.region, details.postcode, details.country,
        [asdict(name) for name in details.other_names],
        [asdict(address) for address in details.other_addresses],
        {field.value: _personal_digest(field, text) for field, text in details.personal.items()},
    ]  # fmt: skip
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def write_parties(parties: Sequence[NewParty], *, origin: Origin) -> list[UUID]:
    """The parties themselves; returns their new ids in order."""
    party_ids = [new_id() for _ in parties]
    copy_rows(
        table="parties_party",
        columns=("id", "kind", "desk", "legal_entity_id", "recorded_at"),
        rows=(
            (
                party_id,
                party.kind.value,
                party.desk.value,
                origin.legal_entity,
                party.recorded_at or origin.at,
            )
            for party_id, party in zip(party_ids, parties, strict=True)
        ),
    )
    return party_ids


def write_versions(drafts: Sequence[VersionDraft], *, origin: Origin) -> list[UUID]:
    """The versions, their personal values encrypted, and the digests of these."""
    personal = {draft.party_id: draft.details.personal for draft in drafts}
    kept = keep_personal_of_many(
        values_of={
            party_id: {field.value: value for field, value in values.items()}
            for party_id, values in personal.items()
            if values
        }
    )
    version_ids = [new_id() for _ in drafts]
    copy_rows(
        table="parties_party_version",
        columns=VERSION_COLUMNS,
        rows=(
            _version_row(
                version_id, draft, origin=origin, personal_value_id=kept.get(draft.party_id)
            )
            for version_id, draft in zip(version_ids, drafts, strict=True)
        ),
    )
    copy_rows(
        table="parties_personal_digest",
        columns=("id", "version_id", "party_id", "field", "digest", "recorded_at"),
        rows=(
            (new_id(), version_id, draft.party_id, field.value, _personal_digest(field, value),
             draft.recorded_at)
            for version_id, draft in zip(version_ids, drafts, strict=True)
            for field, value in draft.details.personal.items()
        ),
    )  # fmt: skip
    return version_ids


def write_identifiers(identifiers: Iterable[tuple[UUID, str, str]], *, origin: Origin) -> None:
    """The identifiers: party, scheme, value."""
    copy_rows(
        table="parties_external_id",
        columns=("id", "party_id", "scheme", "value", "legal_entity_id", "source", "recorded_at"),
        rows=(
            (
                new_id(),
                party_id,
                scheme,
                canonical_identifier(scheme=scheme, value=value),
                origin.legal_entity,
                origin.source,
                origin.at,
            )
            for party_id, scheme, value in identifiers
        ),
    )


VERSION_COLUMNS = (
    "id", "party_id", "version_no", "legal_name", "trading_name", "shown_name", "comparable_name",
    "legal_form", "street", "city", "region", "postcode", "country", "name_and_place_key",
    "other_names", "other_addresses", "personal_fields", "personal_value_id", "content_digest",
    "source", "simulated", "import_id", "effective_at", "recorded_at",
)  # fmt: skip


def _version_row(
    version_id: UUID, draft: VersionDraft, *, origin: Origin, personal_value_id: UUID | None
) -> tuple[object, ...]:
    details = draft.details
    public_name = details.trading_name or details.legal_name
    shown = public_name or _sole_trader_name(details)
    _bare, form = split_legal_form(details.legal_name or public_name or "")
    return (
        version_id, draft.party_id, draft.version_no, details.legal_name, details.trading_name,
        shown, comparable_name(public_name or ""), details.legal_form or form, details.street,
        details.city, details.region, details.postcode, details.country,
        name_and_place_key(
            name=details.legal_name or details.trading_name,
            city=details.city, region=details.region, country=details.country,
        ),
        [asdict(name) for name in details.other_names],
        [asdict(address) for address in details.other_addresses],
        sorted(field.value for field in details.personal), personal_value_id,
        content_digest(details), origin.source, origin.simulated, origin.import_id,
        draft.effective_at, draft.recorded_at,
    )  # fmt: skip


def _sole_trader_name(details: PartyDetails) -> str:
    where = ", ".join(part for part in (details.city, details.region) if part)
    return f"Sole trader in {where}" if where else "Sole trader"


def _personal_digest(field: PersonalField, value: str) -> str:
    return keyed_digest(f"{field.value}:{comparable_personal(field=field, value=value)}")


def _check_details(details: PartyDetails, *, kind: PartyKind) -> None:
    if kind is PartyKind.PERSON and details.legal_name:
        raise PersonNameInClear(field="legal_name")
    named = details.legal_name or details.trading_name
    if not named and PersonalField.LEGAL_NAME not in details.personal:
        raise NameMissing(field="legal_name")
    country = details.country
    if country is not None and not (
        len(country) == COUNTRY_LETTERS and country.isascii() and country.isupper()
    ):
        raise UnknownCountry(field="country", country=country)


def _check_recorded(recorded_at: datetime | None, *, origin: Origin) -> None:
    if recorded_at is None:
        return
    if require_utc(recorded_at, field="recorded_at") > origin.at:
        raise RecordedInFuture(field="recorded_at", recorded_at=recorded_at, now=origin.at)
