"""Refusals of accounts."""

from goodstanding.core.errors import Refusal


class KeyRefused(Refusal):
    """The API key is not known, was revoked, or has expired."""

    code = "key_refused"
    status = 401
    mend = "Send `Authorization: Bearer <key>` with a key in force; an administrator makes them."


class KeyLacksScope(Refusal):
    """The API key {prefix} may not {scope}."""

    code = "key_lacks_scope"
    status = 403
    mend = "Ask an administrator for a key with the scope {scope}."


class KeyAlreadyRevoked(Refusal):
    """The API key was revoked before."""

    code = "key_already_revoked"
    status = 409


class EmailTaken(Refusal):
    """Somebody already signs in as {email}."""

    code = "email_taken"
    status = 409
    mend = "Open that person's page to change their roles or open their account."


class RoleMissing(Refusal):
    """A person without a role can do nothing here."""

    code = "role_missing"
    mend = "Give at least one role."


class OwnRoles(Refusal):
    """Nobody changes their own roles or closes their own account."""

    code = "own_roles"
    status = 409
    mend = "Ask another administrator."


class ManagesThemselves(Refusal):
    """{person} cannot be their own manager."""

    code = "manages_themselves"
    mend = "Choose somebody else, or nobody."


class MakesOneselfManager(Refusal):
    """Nobody makes themselves the manager of others: a manager reads their figures."""

    code = "makes_oneself_manager"
    status = 409
    mend = "Ask another administrator."


class LastAdministrator(Refusal):
    """{person} is the only administrator: without one nobody could be added."""

    code = "last_administrator"
    status = 409
    mend = "Give somebody else the role Administrator first."
