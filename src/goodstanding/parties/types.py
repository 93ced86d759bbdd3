"""Parties as other rooms see them: frozen values, never rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class PartyKind(StrEnum):
    """What a party is; the names follow FollowTheMoney.

    `LegalEntity` is a party whose kind is not known yet; it is linked and screened like any other.
    """

    PERSON = "Person"
    COMPANY = "Company"
    ORGANIZATION = "Organization"
    LEGAL_ENTITY = "LegalEntity"


class Desk(StrEnum):
    """The desk that made the party known to us."""

    CREDIT = "credit"
    SELLERS = "sellers"


class LinkKind(StrEnum):
    """How two parties hang together. Only `same_as` says that they are one."""

    SAME_AS = "same_as"
    SHARES_NAME_AND_PLACE = "shares_name_and_place"
    SHARES_BANK_ACCOUNT = "shares_bank_account"
    SHARES_PHONE = "shares_phone"
    SHARES_EMAIL = "shares_email"


class PersonalField(StrEnum):
    """Values that belong to a person and are kept encrypted."""

    LEGAL_NAME = "legal_name"
    OWNER_NAME = "owner_name"
    EMAIL = "email"
    PHONE = "phone"
    BANK_ACCOUNT = "bank_account"
    BIRTH_DATE = "birth_date"


@dataclass(frozen=True, slots=True)
class OtherName:
    """A further name of a party: trading, previous, alias or transliterated."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Address:
    """A further address of a party; the registered one stands in the version itself."""

    kind: str
    street: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyDetails:
    """What is known of a party at a moment: the content of one version.

    `region` is the state, province or county; `country` ISO 3166-1 alpha-2. `personal` holds the
    values that are kept encrypted; a Person's legal name belongs there and nowhere else.
    """

    legal_name: str | None = None
    trading_name: str | None = None
    legal_form: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: str | None = None
    other_names: tuple[OtherName, ...] = ()
    other_addresses: tuple[Address, ...] = ()
    personal: Mapping[PersonalField, str] = field(default_factory=dict[PersonalField, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class NewParty:
    """A party to register, with the identifiers under which its sources know it.

    `recorded_at` is given only for imported history, where it is the instant at which the source
    knew; otherwise it is the instant of writing.
    """

    kind: PartyKind
    desk: Desk
    details: PartyDetails
    identifiers: tuple[tuple[str, str], ...] = ()
    effective_at: datetime
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party in the version that held at a moment.

    `name` is the name to show: the trading or legal name, or what a sole trader is called where
    the person's name stays encrypted.
    """

    party_id: UUID
    version_id: UUID
    version_no: int
    kind: PartyKind
    desk: Desk
    legal_entity: str
    name: str
    legal_name: str | None
    trading_name: str | None
    legal_form: str | None
    street: str | None
    city: str | None
    region: str | None
    postcode: str | None
    country: str | None
    other_names: tuple[OtherName, ...]
    other_addresses: tuple[Address, ...]
    personal_fields: tuple[PersonalField, ...]
    source: str
    simulated: bool
    effective_at: datetime
    recorded_at: datetime

    @property
    def place(self) -> str:
        """City and region in words."""
        return ", ".join(part for part in (self.city, self.region) if part)


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier: the scheme that issued it and its canonical value."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Connection:
    """A party connected to another one, by which evidence, in words."""

    party_id: UUID
    name: str
    kind: LinkKind
    evidence: str


@dataclass(frozen=True, slots=True)
class SharedValue:
    """A personal value that other parties hold too: which field, the digest, who."""

    field: PersonalField
    digest: str
    party_ids: tuple[UUID, ...]
