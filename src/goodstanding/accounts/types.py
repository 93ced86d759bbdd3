"""Roles and verbs: who may do what."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person does here; each is a group of Django's."""

    CREDIT_RISK_MANAGER = "credit_risk_manager"
    SELLER_RISK_MANAGER = "seller_risk_manager"
    MODEL_RISK_MANAGER = "model_risk_manager"
    SPECIALIST = "specialist"
    ANALYST = "analyst"
    APPROVER = "approver"
    INTERNAL_AUDITOR = "internal_auditor"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        """The role in words."""
        return self.value.replace("_", " ").capitalize()


EVERYONE = tuple(Role)
MANAGERS = (Role.CREDIT_RISK_MANAGER, Role.SELLER_RISK_MANAGER, Role.MODEL_RISK_MANAGER)


@dataclass(frozen=True, slots=True)
class Verb:
    """A thing a person may do: `code` within its room, a label in words, the roles that may."""

    code: str
    label: str
    roles: tuple[Role, ...]


_verbs: dict[str, dict[str, Verb]] = {}


def declare_verbs(*, room: str, verbs: Iterable[Verb]) -> None:
    """Declare a room's verbs, from its `apps.py`; they become permissions `<room>.<code>`."""
    _verbs[room] = {verb.code: verb for verb in verbs}


def declared_verbs() -> dict[str, dict[str, Verb]]:
    """All verbs by room and code."""
    return {room: dict(verbs) for room, verbs in sorted(_verbs.items())}


def verb_named(name: str) -> Verb:
    """The verb `<room>.<code>`; raises KeyError if no room declares it."""
    room, code = name.split(".", 1)
    return _verbs[room][code]


# What a machine may do with an API key, in words; an endpoint asks for one of these codes.
SCOPES = {
    "decide": "Ask for decisions, and read those it asked for",
    "read_decisions": "Read decisions",
    "read_experiments": "Read experiments and their memos",
}
