"""The manual is what the tables say, and the tables name everything the language has."""

import re

from goodstanding.language.conform import operations
from tests.spec.contents import VALUE_TABLES
from tests.spec.manual import PAGE, render

WORDS = {"AND", "OR", "NOT", "IS", "IN", "BETWEEN", "LIKE", "CASE"}


def test_the_manual_is_rendered_from_the_tables():
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m tests.spec.manual"


def test_every_operator_and_function_has_a_row():
    texts = "\n".join(text for table in VALUE_TABLES for text, _, _ in table.rows)

    missing = [
        name
        for name in operations()
        if not re.search(rf"\b{name}\b" if name in WORDS else re.escape(name), texts)
    ]

    assert missing == []


def test_the_manual_names_every_operator_and_function():
    page = PAGE.read_text(encoding="utf-8")

    assert [name for name in operations() if name not in page] == []
