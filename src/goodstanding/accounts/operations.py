"""Make people, roles and keys."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction

from goodstanding.accounts.errors import (
    EmailTaken,
    KeyAlreadyRevoked,
    LastAdministrator,
    MakesOneselfManager,
    ManagesThemselves,
    OwnRoles,
    RoleMissing,
)
from goodstanding.accounts.models import ApiKey, ApiKeyRevocation, LegalEntity, User
from goodstanding.accounts.types import Role, declared_verbs
from goodstanding.core.audit import write_audit

KEY_PREFIX = "gs"


@transaction.atomic
def add_person(
    *,
    email: str,
    display_name: str,
    roles: Iterable[Role],
    password: str | None = None,
    manager: User | None = None,
) -> User:
    """Add a person with roles; without a password they can sign in only by other means."""
    user = User.objects.create_user(email=email, display_name=display_name, password=password)
    if manager is not None:
        user.manager = manager
        user.save(update_fields=["manager"])
    user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    return user


@transaction.atomic
def invite_person(
    *,
    email: str,
    display_name: str,
    roles: Iterable[Role],
    by: User,
    at: datetime,
    manager_id: UUID | None = None,
) -> User:
    """Add a person in an administrator's name; they choose a password by a sign-in link.

    Raises EmailTaken and RoleMissing.
    """
    wanted = _wanted(roles)
    if User.objects.filter(email__iexact=email).exists():
        raise EmailTaken(field="email", email=email)
    manager = User.objects.get(id=manager_id) if manager_id else None
    person = add_person(email=email, display_name=display_name, roles=wanted, manager=manager)
    _write_about(person, "add_person", by=by, at=at, roles=sorted(wanted))
    return person


@transaction.atomic
def change_roles(
    *, person_id: UUID, roles: Iterable[Role], reason: str, by: User, at: datetime
) -> None:
    """Give a person these roles and no others; the trail keeps those before and after.

    Raises OwnRoles, RoleMissing and LastAdministrator.
    """
    person, wanted = User.objects.get(id=person_id), _wanted(roles)
    if person.id == by.id:
        raise OwnRoles
    if Role.ADMINISTRATOR not in wanted:
        _require_other_administrator(person)
    before = sorted(person.groups.values_list("name", flat=True))
    person.groups.set(Group.objects.filter(name__in=wanted))
    _write_about(
        person, "change_roles", by=by, at=at, before=before, after=sorted(wanted), reason=reason
    )


@transaction.atomic
def change_manager(
    *, person_id: UUID, manager_id: UUID | None, reason: str, by: User, at: datetime
) -> None:
    """Let somebody else, or nobody, read a person's own figures; the trail keeps both.

    Raises ManagesThemselves and MakesOneselfManager.
    """
    person = User.objects.select_for_update().get(id=person_id)
    if manager_id == person.id:
        raise ManagesThemselves(field="manager", person=person.display_name)
    if manager_id == by.id:
        raise MakesOneselfManager(field="manager")
    before = person.manager_id
    User.objects.filter(id=person.id).update(manager_id=manager_id)
    _write_about(
        person, "change_manager", by=by, at=at, reason=reason,
        was=str(before) if before else None, now=str(manager_id) if manager_id else None,
    )  # fmt: skip


@transaction.atomic
def close_account(*, person_id: UUID, reason: str, by: User, at: datetime) -> None:
    """End a person's access at once; what they did stays. Raises OwnRoles, LastAdministrator."""
    person = User.objects.get(id=person_id)
    if person.id == by.id:
        raise OwnRoles
    _require_other_administrator(person)
    User.objects.filter(id=person.id).update(is_active=False)
    _write_about(person, "close_account", by=by, at=at, reason=reason)


@transaction.atomic
def open_account(*, person_id: UUID, reason: str, by: User, at: datetime) -> None:
    """Let a person whose account was closed sign in again."""
    person = User.objects.get(id=person_id)
    User.objects.filter(id=person.id).update(is_active=True)
    _write_about(person, "open_account", by=by, at=at, reason=reason)


def _wanted(roles: Iterable[Role]) -> frozenset[Role]:
    wanted = frozenset(roles)
    if not wanted:
        raise RoleMissing(field="roles")
    return wanted


def _require_other_administrator(person: User) -> None:
    """Locks the role, so that two administrators cannot end each other at once."""
    group = Group.objects.select_for_update().get(name=Role.ADMINISTRATOR)
    administrators = User.objects.filter(groups=group, is_active=True)
    if administrators.filter(id=person.id).exists() and administrators.count() == 1:
        raise LastAdministrator(person=person.display_name)


def _write_about(person: User, action: str, *, by: User, at: datetime, **detail: Any) -> None:
    write_audit(
        actor=by.email,
        action=action,
        object_kind="person",
        object_id=person.id,
        at=at,
        detail=detail,
    )


def add_legal_entity(*, code: str, name: str, country: str, simulated: bool) -> LegalEntity:
    """Add a company of ours, or return the one of that code. `country` is ISO 3166-1 alpha-2."""
    entity, _made = LegalEntity.objects.get_or_create(
        code=code, defaults={"name": name, "country": country, "simulated": simulated}
    )
    return entity


@transaction.atomic
def make_api_key(
    *,
    label: str,
    scopes: Iterable[str],
    legal_entity: str,
    by: User,
    at: datetime,
    expires_at: datetime | None = None,
) -> str:
    """Make a key and return it whole, the only time it can be seen: `gs_<prefix>_<secret>`."""
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        prefix=prefix,
        secret_digest=secret_digest(secret),
        label=label,
        scopes=sorted(scopes),
        legal_entity=LegalEntity.objects.get(code=legal_entity),
        made_by=by,
        expires_at=expires_at,
    )
    write_audit(
        actor=by.email, action="make_api_key", object_kind="api_key", object_id=key.id, at=at,
        detail={"prefix": prefix, "scopes": sorted(scopes)},
    )  # fmt: skip
    return f"{KEY_PREFIX}_{prefix}_{secret}"


@transaction.atomic
def revoke_api_key(*, key_id: UUID, by: User, reason: str, at: datetime) -> None:
    """End a key at once. Raises KeyAlreadyRevoked."""
    try:
        with transaction.atomic():
            ApiKeyRevocation.objects.create(
                key_id=key_id, revoked_by=by, reason=reason, revoked_at=at
            )
    except IntegrityError as violation:
        raise KeyAlreadyRevoked from violation
    write_audit(
        actor=by.email, action="revoke_api_key", object_kind="api_key", object_id=key_id, at=at,
        detail={"reason": reason},
    )  # fmt: skip


def secret_digest(secret: str) -> str:
    """What is kept of a key's secret; it is random and long, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def sync_roles(**_: Any) -> None:
    """Make the declared verbs permissions and the roles groups, after each migration."""
    granted: dict[Role, list[Permission]] = {role: [] for role in Role}
    for room, verbs in declared_verbs().items():
        content_type, _made = ContentType.objects.get_or_create(app_label=room, model="verb")
        for verb in verbs.values():
            permission, _made = Permission.objects.update_or_create(
                content_type=content_type, codename=verb.code, defaults={"name": verb.label[:255]}
            )
            for role in verb.roles:
                granted[role].append(permission)
        Permission.objects.filter(content_type=content_type).exclude(codename__in=verbs).delete()
    for role, permissions in granted.items():
        group, _made = Group.objects.get_or_create(name=role.value)
        group.permissions.set(permissions)
