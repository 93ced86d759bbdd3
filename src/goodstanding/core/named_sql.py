"""SQL that has a name: one query a file, in the room's `sql/` folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import sqlglot
from django.db import connection
from sqlglot.tokenizer_core import TokenType
from sqlglot.tokens import Tokenizer


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query as its file holds it: header comment, text, and the text psycopg takes."""

    name: str
    header: str
    text: str
    statement: str

    def rows(self, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """All rows in Django's connection, each a mapping of column to value.

        Columns of JSON come as text: Django decodes them in its fields, not in its connection.
        """
        with connection.cursor() as cursor:
            cursor.execute(self.statement, dict(parameters or {}))
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@cache
def named_sql(room: str, name: str) -> NamedQuery:
    """The query in `goodstanding/<room>/sql/<name>.sql`; parameters are written `:name`."""
    text = files(f"goodstanding.{room}").joinpath("sql", f"{name}.sql").read_text("utf-8")
    lines = text.splitlines()
    header = "\n".join(line[2:].strip() for line in lines if line.startswith("--"))
    return NamedQuery(f"{room}.{name}", header, text, with_driver_parameters(text))


def with_driver_parameters(text: str) -> str:
    """The same SQL with `:name` written `%(name)s` and every other percent sign doubled.

    Strings, comments and casts (`::`) are left as they are: sqlglot's tokenizer tells them apart.
    """
    pieces: list[str] = []
    position = 0
    tokens = Tokenizer(dialect=sqlglot.Dialect.get_or_raise("postgres")).tokenize(text)
    for colon, word in pairwise(tokens):
        if colon.token_type is TokenType.COLON and word.start == colon.end + 1:
            pieces += [text[position : colon.start].replace("%", "%%"), f"%({word.text})s"]
            position = word.end + 1
    return "".join([*pieces, text[position:].replace("%", "%%")])
