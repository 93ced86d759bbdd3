"""The law is loaded as dated rows, corrected by revisions, and read as it stood."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from goodstanding.regimes import models
from goodstanding.regimes.errors import ProvisionNotFound, RegimeFileInvalid
from goodstanding.regimes.operations import load_regimes
from goodstanding.regimes.queries import (
    legal_clock,
    provisions_in_force,
    qualified_on,
    reason_text,
    threshold,
)
from goodstanding.regimes.types import Sale

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)

TOY = """
code: toy
title: A toy law
jurisdiction: XX
citation: Toy 1
valid_from: 2024-01-01
thresholds:
  - {code: line, value: 10, unit: sales}
  - {code: line, value: 20, unit: sales, valid_from: 2026-01-01, valid_until: 2026-06-30}
clocks:
  - {code: notice, kind: calendar_days, target: 30}
reasons:
  - {code: why, texts: {en: Because., de: Darum.}}
"""


@pytest.fixture
def load(tmp_path):
    def load_text(text):
        file = tmp_path / "toy.yaml"
        file.write_text(text)
        return load_regimes(files=[file])

    return load_text


def test_the_shipped_regimes_load_once():
    first = load_regimes()
    again = load_regimes()

    assert first.written > 20
    assert (again.written, again.unchanged) == (0, first.written)
    assert len(provisions_in_force(as_of=TODAY)) == first.written
    notice = legal_clock(regime="eu_p2b", code="termination_notice", as_of=TODAY)
    assert (notice.clock_kind, notice.target, notice.roll) == ("calendar_days", 30, "none")


def test_a_seller_qualifies_by_the_thresholds_of_the_law():
    load_regimes()
    first = date(2026, 1, 1)
    sales = [Sale(sold_on=first + timedelta(days=n), amount_minor=30_00) for n in range(300)]

    assert qualified_on(regime="us_inform", sales=sales, as_of=TODAY) == date(2026, 7, 19)


def test_a_provision_holds_from_its_date_until_its_end(load):
    load(TOY)

    values = [
        threshold(regime="toy", code="line", as_of=day).value
        for day in (date(2025, 12, 31), date(2026, 1, 1))
    ]

    assert values == [Decimal(10), Decimal(20)]
    with pytest.raises(ProvisionNotFound, match="2026-07-01"):
        threshold(regime="toy", code="line", as_of=date(2026, 7, 1))
    with pytest.raises(ProvisionNotFound):
        threshold(regime="toy", code="line", as_of=date(2023, 12, 31))


def test_changed_words_become_the_next_revision(load):
    load(TOY)

    changed = load(TOY.replace("Darum.", "Deshalb."))

    text = reason_text(regime="toy", code="why", language="de", as_of=TODAY)
    assert (changed.written, changed.unchanged) == (1, 4)
    assert (text.text, text.revision) == ("Deshalb.", 2)
    assert models.ReasonText.objects.filter(language="de").count() == 2


def test_the_law_is_read_as_it_was_known(load):
    load(TOY)
    before_anybody_knew = datetime(2020, 1, 1, tzinfo=UTC)

    with pytest.raises(ProvisionNotFound):
        threshold(regime="toy", code="line", as_of=TODAY, known_at=before_anybody_knew)


def test_an_unknown_provision_is_refused(load):
    load(TOY)

    with pytest.raises(ProvisionNotFound, match="no clock nothing"):
        legal_clock(regime="toy", code="nothing", as_of=TODAY)
    with pytest.raises(ProvisionNotFound, match="fr reason text why"):
        reason_text(regime="toy", code="why", language="fr", as_of=TODAY)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[1, 2]", "mapping"),
        ("a: [", "parsing"),
        (TOY.replace("title: A toy law", ""), "title"),
        (TOY.replace("unit: sales}", "}"), "unit"),
        (TOY.replace("valid_from: 2024-01-01", ""), "valid_from"),
        (TOY.replace("kind: calendar_days,", ""), "kind"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(load, text, why):
    with pytest.raises(RegimeFileInvalid, match=why):
        load(text)

    assert models.Threshold.objects.count() == 0


def test_a_clock_that_deadlines_do_not_know_is_refused_by_the_database(load):
    with pytest.raises(DatabaseError, match="clock_counts_as_deadlines_do"), transaction.atomic():
        load(TOY.replace("kind: calendar_days", "kind: fortnights"))
