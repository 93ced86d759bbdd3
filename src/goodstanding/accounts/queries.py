"""Read people and keys."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from goodstanding.accounts.errors import KeyRefused
from goodstanding.accounts.models import ApiKey, LegalEntity, User
from goodstanding.accounts.operations import KEY_PREFIX, secret_digest
from goodstanding.accounts.types import Role
from goodstanding.core.named_sql import named_sql

KEY_PARTS = 3


@dataclass(frozen=True, slots=True)
class KeyInForce:
    """An API key that works now."""

    prefix: str
    scopes: frozenset[str]
    legal_entity: str

    @property
    def actor(self) -> str:
        """How records name the key."""
        return f"key:{self.prefix}"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What a key must show to be in force, and what it is then."""

    secret_digest: str
    expires_at: datetime | None
    in_force: KeyInForce


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys that were not revoked when it was read, by prefix.

    For a process that checks thousands of keys a second and reads the ring again when
    `key_ring_version` moves.
    """

    version: int
    keys: Mapping[str, KnownKey]

    def key_in_force(self, *, token: str, at: datetime) -> KeyInForce:
        """The key behind a bearer token; raises KeyRefused unless it is known and in force."""
        parts = token.split("_", KEY_PARTS - 1)
        if len(parts) != KEY_PARTS or parts[0] != KEY_PREFIX:
            raise KeyRefused(field="Authorization")
        return _checked(self.keys.get(parts[1]), secret=parts[2], at=at)


def read_key_ring() -> KeyRing:
    """All keys that are not revoked."""
    version = key_ring_version()
    keys = ApiKey.objects.filter(apikeyrevocation=None)
    return KeyRing(version, {key.prefix: _known(key) for key in keys})


def key_ring_version() -> int:
    """A number that grows with every key made or revoked; neither row ever goes away."""
    return int(named_sql("accounts", "key_ring_version").rows()[0]["version"])


def key_in_force(*, token: str, at: datetime) -> KeyInForce:
    """The key behind a bearer token; raises KeyRefused unless it is known and in force."""
    parts = token.split("_", KEY_PARTS - 1)
    if len(parts) != KEY_PARTS or parts[0] != KEY_PREFIX:
        raise KeyRefused(field="Authorization")
    key = ApiKey.objects.filter(prefix=parts[1], apikeyrevocation=None).first()
    return _checked(None if key is None else _known(key), secret=parts[2], at=at)


def _known(key: ApiKey) -> KnownKey:
    in_force = KeyInForce(key.prefix, frozenset(key.scopes), key.legal_entity_id)
    return KnownKey(key.secret_digest, key.expires_at, in_force)


def _checked(key: KnownKey | None, *, secret: str, at: datetime) -> KeyInForce:
    if key is None or not hmac.compare_digest(key.secret_digest, secret_digest(secret)):
        raise KeyRefused(field="Authorization")
    if key.expires_at is not None and key.expires_at <= at:
        raise KeyRefused(field="Authorization")
    return key.in_force


def person_by_email(*, email: str) -> User | None:
    """The person who signs in by that address."""
    return User.objects.filter(email=email).first()


def roles_of(user: User) -> frozenset[Role]:
    """The roles a person holds."""
    names = user.groups.values_list("name", flat=True)
    return frozenset(Role(name) for name in names if name in set(Role))


def people() -> QuerySet[User]:
    """Everybody, with their roles at hand."""
    return User.objects.select_related("manager").prefetch_related("groups").order_by("email")


def people_of_role(role: Role) -> QuerySet[User]:
    """Those who hold the role and may sign in."""
    return people().filter(groups__name=role.value, is_active=True)


def api_keys() -> QuerySet[ApiKey]:
    """Every key ever made, newest first, with its maker and its revocation."""
    related = ("made_by", "legal_entity", "apikeyrevocation__revoked_by")
    return ApiKey.objects.select_related(*related).order_by("-id")


def legal_entities() -> QuerySet[LegalEntity]:
    """The companies of ours."""
    return LegalEntity.objects.order_by("code")


def company_named(*, code: str) -> LegalEntity | None:
    """A company of ours by its code; None where there is none."""
    return LegalEntity.objects.filter(code=code).first()


def simulated_companies() -> frozenset[str]:
    """The codes of the legal entities that were made up for a demonstration."""
    return frozenset(LegalEntity.objects.filter(simulated=True).values_list("code", flat=True))
