"""Named statements for psycopg's raw cursors: numbered parameters, parsed and planned once."""

import re
from dataclasses import dataclass
from functools import cache

from goodstanding.core.named_sql import named_sql

_PARAMETER = re.compile(r"%\((\w+)\)s|%%")


@dataclass(frozen=True, slots=True)
class NumberedStatement:
    """A statement with `$1`, `$2`, ... and the names that they stand for, in order."""

    text: str
    names: tuple[str, ...]


@cache
def numbered(name: str) -> NumberedStatement:
    """The named query of this room for a raw cursor.

    psycopg would otherwise parse a statement of this length anew at each call.
    """
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] is None:
            return "%"
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    text = _PARAMETER.sub(number, named_sql("decisions", name).statement)
    return NumberedStatement(text, tuple(names))
