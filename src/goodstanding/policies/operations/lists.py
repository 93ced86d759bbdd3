"""Keep lists: versions that never change, approved by a second person, withdrawn for good."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from psycopg import Error as DatabaseError

from goodstanding.core.audit import write_audit
from goodstanding.language.errors import ExpressionRefused
from goodstanding.language.types import parse_type
from goodstanding.policies.engine.values import NotOfType, read_text
from goodstanding.policies.errors import (
    ListApproverWroteIt,
    ListEnds,
    ListNameRefused,
    ListOfAnotherType,
    ListStepTaken,
    ListTooLong,
    ListTypeUnknown,
    ListValueRefused,
    ListVersionTaken,
    ReasonMissing,
)
from goodstanding.policies.models import KeptList, ListStep, ListVersion
from goodstanding.policies.queries import list_version_of
from goodstanding.policies.types import LIST_NAME, LIST_VALUES_MAX, ListStepKind, Person


@transaction.atomic
def add_list_version(
    *,
    name: str,
    version: str,
    values: Sequence[str],
    reason: str,
    valid_from: date,
    expires_on: date | None,
    by: Person,
    at: datetime,
    type_name: str = "TEXT",
    label: str = "",
) -> ListVersion:
    """Write a version of a list; the first version of a name begins the list.

    Values are texts of the list's type, each once. The version decides nothing until a second
    person approves it and a policy names it. Raises ListNameRefused, ListTypeUnknown,
    ListOfAnotherType, ListValueRefused, ListTooLong, ListEnds, ListVersionTaken, ReasonMissing.
    """
    if LIST_NAME.fullmatch(name) is None:
        raise ListNameRefused(field="name", name=name)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if expires_on is not None and expires_on <= valid_from:
        raise ListEnds(field="expires_on", valid_from=valid_from, expires_on=expires_on)
    kept = tuple(dict.fromkeys(text.strip() for text in values if text.strip()))
    _check_values(kept, type_name)
    found = _list(name, type_name=type_name, label=label, by=by, at=at)
    try:
        with transaction.atomic():
            written = ListVersion.objects.create(
                kept_list=found,
                version=version.strip(),
                values=list(kept),
                sha256=hashlib.sha256(json.dumps(kept).encode()).hexdigest(),
                reason=reason.strip(),
                valid_from=valid_from,
                expires_on=expires_on,
                author_id=by.id,
                written_at=at,
            )
    except IntegrityError as violation:
        if _constraint(violation) == "one_version_of_a_list":
            raise ListVersionTaken(field="version", name=name, version=version) from violation
        raise
    _keep("add_list_version", written, by=by, at=at, values=len(kept), reason=reason.strip())
    return written


def _check_values(values: tuple[str, ...], type_name: str) -> None:
    if not 0 < len(values) <= LIST_VALUES_MAX:
        raise ListTooLong(field="values", count=len(values), most=LIST_VALUES_MAX)
    try:
        type_ = parse_type(type_name)
    except ExpressionRefused as refused:
        raise ListTypeUnknown(field="type", type=type_name) from refused
    for number, text in enumerate(values, start=1):
        try:
            read_text(text, type_)
        except NotOfType as problem:
            raise ListValueRefused(field="values", number=number, why=str(problem)) from problem


def _list(name: str, *, type_name: str, label: str, by: Person, at: datetime) -> KeptList:
    found, is_new = KeptList.objects.get_or_create(
        name=name,
        defaults={
            "label": label.strip() or name.replace("_", " "),
            "type_name": type_name.upper(),
            "begun_by_id": by.id,
            "begun_at": at,
        },
    )
    if not is_new and found.type_name != type_name.upper():
        raise ListOfAnotherType(field="type", name=name, type=found.type_name)
    return found


@transaction.atomic
def approve_list_version(
    *, name: str, version: str, reason: str, by: Person, at: datetime
) -> ListStep:
    """Approve a version as the second person; policies may name it from then on.

    Raises ListUnknown, ListApproverWroteIt, ListStepTaken, ReasonMissing.
    """
    return _step(ListStepKind.APPROVED, name=name, version=version, reason=reason, by=by, at=at)


@transaction.atomic
def withdraw_list_version(
    *, name: str, version: str, reason: str, by: Person, at: datetime
) -> ListStep:
    """Withdraw a version for good: every policy that names it falls back within a second.

    Raises ListUnknown, ListStepTaken, ReasonMissing.
    """
    return _step(ListStepKind.WITHDRAWN, name=name, version=version, reason=reason, by=by, at=at)


def _step(
    kind: ListStepKind, *, name: str, version: str, reason: str, by: Person, at: datetime
) -> ListStep:
    found = list_version_of(name=name, version=version)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    try:
        with transaction.atomic():
            step = ListStep.objects.create(
                version=found,
                kind=kind.value,
                author_id=found.author_id,
                by_id=by.id,
                reason=reason.strip(),
                at=at,
            )
    except IntegrityError as violation:
        name_of = _constraint(violation)
        if name_of == "list_approver_is_another":
            raise ListApproverWroteIt(
                who=by.display_name, name=name, version=version
            ) from violation
        if name_of == "one_step_of_a_kind":
            raise ListStepTaken(name=name, version=version, kind=kind.value) from violation
        raise
    _keep(f"list_version_{kind.value}", found, by=by, at=at, reason=reason.strip())
    return step


def _constraint(violation: IntegrityError) -> str | None:
    cause = violation.__cause__
    return cause.diag.constraint_name if isinstance(cause, DatabaseError) else None


def _keep(action: str, version: ListVersion, *, by: Person, at: datetime, **detail: object) -> None:
    write_audit(
        actor=by.email,
        action=action,
        object_kind="policy_list_version",
        object_id=version.id,
        at=at,
        detail={"list": version.kept_list.name, "version": version.version, **detail},
    )
