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
