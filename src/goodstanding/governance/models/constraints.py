"""Constraints and triggers that the tables of this room share."""

from enum import StrEnum
from typing import Any

import pgtrigger
from django.db import models

from goodstanding.core.models import AppendOnly

SHA256 = r"^[0-9a-f]{64}$"


def one_of(field: str, words: type[StrEnum], *, name: str) -> models.CheckConstraint:
    """The field holds a word of the closed vocabulary."""
    return models.CheckConstraint(name=name, condition=models.Q(**{f"{field}__in": list(words)}))


def said(*fields: str, name: str) -> models.CheckConstraint:
    """None of the texts is empty: a reason is a reason."""
    condition = models.Q()
    for field in fields:
        condition &= ~models.Q(**{field: ""})
    return models.CheckConstraint(name=name, condition=condition)


def different(left: str, right: str, *, name: str) -> models.CheckConstraint:
    """Two identities that may not be one person."""
    return models.CheckConstraint(name=name, condition=~models.Q(**{left: models.F(right)}))


def is_sha256(field: str, *, name: str) -> models.CheckConstraint:
    """The field is a SHA-256 digest in lowercase hex."""
    return models.CheckConstraint(name=name, condition=models.Q(**{f"{field}__regex": SHA256}))


def append_only_triggers(*more: pgtrigger.Trigger) -> list[Any]:
    """The triggers of a decided fact, and these."""
    return [*AppendOnly.Meta.triggers, *more]


def moves_the_gate() -> pgtrigger.Trigger:
    """Each statement that adds rows moves the number that processes poll, when it commits."""
    return pgtrigger.Trigger(
        name="gate_moves",
        operation=pgtrigger.Insert,
        when=pgtrigger.After,
        level=pgtrigger.Statement,
        func="""
            insert into governance_gate (id, version) values (1, 1)
            on conflict (id) do update set version = governance_gate.version + 1;
            return null;
        """,
    )


def refuses(name: str, *, unless: str) -> pgtrigger.Trigger:
    """Refuse a new row unless the condition, written over `new`, holds.

    The violation carries `name` as its constraint, so that operations can tell what it was.
    """
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func=f"""
            if ({unless}) is not true then
                raise exception 'refused by {name}'
                    using errcode = 'check_violation', constraint = '{name}';
            end if;
            return new;
        """,
    )
