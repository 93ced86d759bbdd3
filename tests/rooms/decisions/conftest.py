"""What decides in these tests: real policies, compiled, under a real gate."""

from datetime import timedelta

import pytest

from goodstanding.decisions.types import InForce
from tests.instants import NOON
from tests.rooms.decisions.in_force import approval_of, in_force_of
from tests.rooms.decisions.texts import BUYER_CHECK
from tests.rooms.policies.texts import TRADE_UK


@pytest.fixture(scope="session")
def in_force() -> InForce:
    """Two policies with an approval in force until the end of the month."""
    return in_force_of(
        TRADE_UK, BUYER_CHECK, permit=approval_of(expires_at=NOON + timedelta(days=12))
    )
