"""What people call the segments of a metric."""

import pytest

from goodstanding.web.pages.metrics.segments import segment_names
from tests.instants import NOON
from tests.rooms.policies.conftest import VERSION_7, desk

__all__ = ["desk"]


@pytest.mark.parametrize(
    ("segment", "words"),
    [
        ("decision_review", "Decision review"),
        ("manual", "Manual"),
        ("all", "All"),
        ("policy says decline", "Policy says decline"),
        ("turnover_year: source_error", "Turnover year: source error"),
        ("R1", "R1"),
        ("trade_uk", "Pay by invoice, United Kingdom"),
        ("trade_uk 8", "Pay by invoice, United Kingdom, version 8"),
    ],
)
def test_a_segment_is_named_in_words(desk, segment: str, words: str) -> None:
    desk.publish(VERSION_7)

    assert segment_names(at=NOON)(segment) == words
