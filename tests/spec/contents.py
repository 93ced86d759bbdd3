"""All tables, in the order of the manual."""

from tests.spec import guide
from tests.spec.numbers import NUMBERS
from tests.spec.refusals import REFUSALS
from tests.spec.tables import Refusals, Table
from tests.spec.values import DATES, LOGIC, TEXTS

CHAPTERS: list[tuple[str, list[Table]]] = [
    ("Known answers", guide.CASES),
    ("Logic and missing values", LOGIC),
    ("Numbers", NUMBERS),
    ("Dates and instants", DATES),
    ("Text and lists", TEXTS),
]
VALUE_TABLES: list[Table] = [table for _, tables in CHAPTERS for table in tables]
REFUSED_TABLES: list[Refusals] = [*guide.REFUSED, *REFUSALS]
