"""The two hashes: bytes, and meaning."""

import pytest

from goodstanding.policies.engine import read_policy
from tests.rooms.policies.texts import TRADE_UK


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rules:\n", "# a comment\nrules:\n\n"),
        ("when: dpd_max > 30", "when: dpd_max   >  30"),
        ("when: dpd_max > 30", 'when: "(dpd_max > 30)"'),
        ("when: NOT vat_ok", "when: not vat_ok"),
        ("desk: credit\nowner: Credit risk", "owner: Credit risk\ndesk: credit"),
    ],
)
def test_comments_spacing_and_quotes_change_the_text_hash_only(old, new):
    policy, other = read_policy(TRADE_UK), read_policy(TRADE_UK.replace(old, new, 1))

    assert other.text_hash != policy.text_hash
    assert other.tree_hash == policy.tree_hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("dpd_max > 30", "dpd_max > 31"),
        ("dpd_max > 30", "dpd_max >= 30"),
        ("label: Late payer", "label: Pays late"),
        ("on_missing: refer", "on_missing: decline"),
        ("tenure_months: 0", "tenure_months: 1"),
        ("Invoices were paid", "Bills were paid"),
        ("queue: trade_credit", "queue: credit"),
        ("time_zone: Europe/London", "time_zone: Europe/Berlin"),
        ('DECIMAL(14,2)", label: order', 'DECIMAL(15,2)", label: order'),
    ],
)
def test_what_the_policy_says_changes_both(old, new):
    policy, other = read_policy(TRADE_UK), read_policy(TRADE_UK.replace(old, new, 1))

    assert other.tree_hash != policy.tree_hash
