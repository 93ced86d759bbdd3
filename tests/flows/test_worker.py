"""What the worker does by itself, and when it rests."""

from datetime import timedelta
from pathlib import Path

import pytest

from goodstanding.accounts.operations import add_legal_entity
from goodstanding.ledger.operations import record_facts
from goodstanding.metrics.catalogue import catalogue
from goodstanding.metrics.operations import export_lake
from goodstanding.serve.worker import NUMBERS_STAND, Numbers
from tests.instants import NOON
from tests.rooms.ledger.conftest import a_loan, an_origin

pytestmark = pytest.mark.usefixtures("fresh_database")


def test_numbers_are_computed_when_the_lake_grew_or_the_clock_went_on(tmp_path: Path) -> None:
    numbers, minute = Numbers(folder=tmp_path), timedelta(minutes=1)
    export_lake(folder=tmp_path)

    first = numbers.compute(at=NOON)
    rested = numbers.compute(at=NOON + minute)
    add_legal_entity(code="GS-US", name="Test", country="US", simulated=True)
    record_facts(facts=[a_loan()], origin=an_origin())
    export_lake(folder=tmp_path)
    grown = numbers.compute(at=NOON + 2 * minute)
    rested_again = numbers.compute(at=NOON + 3 * minute)
    by_the_clock = numbers.compute(at=NOON + 2 * minute + NUMBERS_STAND)

    assert first == len(catalogue())
    assert (rested, grown, rested_again, by_the_clock) == (0, first, 0, first)
