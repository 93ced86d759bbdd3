"""Metrics on real rows: pictures, the rows under a number, the past, and one's own query."""

import json
import math
import os
import random
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Page, expect
from pytest_django import DjangoDbBlocker

from goodstanding.accounts.operations import add_legal_entity
from goodstanding.accounts.types import Role
from goodstanding.core.ids import new_id
from goodstanding.core.models import AuditEntry
from goodstanding.core.postgres import EmbeddedServer
from goodstanding.decisions.models import Decision
from goodstanding.metrics.operations import compute_all, export_lake
from goodstanding.metrics.queries import latest_result, rows_under
from goodstanding.outcomes.models import Label
from goodstanding.web.pages.metrics.views import rows_url_of
from tests.conftest import clone, point_django_at
from tests.pages.conftest import Site
from tests.pages.looks import assert_accessible, at_phone, shoot

pytestmark = pytest.mark.browser
YEARS = range(2018, 2027)
A_YEAR = 200


def _add_decisions(now: datetime) -> None:
    """Two hundred decisions a year; the lower the score, the more go bad; scores sink slowly."""
    draw = random.Random(7)
    made, labels = [], []
    for year in YEARS:
        for number in range(A_YEAR):
            as_of = datetime(year, 1 + number % 12, 10, tzinfo=UTC)
            score = round(draw.gauss(575 - 4 * (year - YEARS[0]), 60))
            outcome = "approve" if score >= 540 else "refer" if score >= 500 else "decline"
            row = _decision(number + 1000 * year, as_of, outcome, score)
            made.append(row)
            bad = draw.random() < 1 / (1 + math.exp((score - 470) / 45))
            mature_at = as_of + timedelta(days=1126)
            if mature_at <= now:
                labels.append(_label(row.id, bad, as_of, mature_at))
    Decision.objects.bulk_create(made)
    Label.objects.bulk_create(labels)


def _decision(number: int, as_of: datetime, outcome: str, score: int) -> Decision:
    return Decision(
        id=new_id(), legal_entity="GS", claimed_by="test", idempotency_key=f"{number}",
        request_digest="0" * 64, origin="imported_history", actor="test",
        policy="sba_underwriting", policy_hash="0" * 64, entity=f"sba:{number}", as_of=as_of,
        outcome=outcome, gate_state="current", arm="champion", bucket=0,
        rule_states="TFU"[number % 3],
        reason_codes=["TENURE"], amount_minor=1_000_000, currency="USD",
        score=str(score), record_hash="0" * 64, recorded_at=as_of, desk="credit",
        record='{"inputs":{"staff_size":{"missing":"source_error"}}}' if number % 9 == 0 else "{}",
    )  # fmt: skip


def _label(decision_id: UUID, bad: bool, as_of: datetime, mature_at: datetime) -> Label:
    return Label(
        decision_id=decision_id, definition="charged_off_36m", version=1, value=bad,
        event_at=as_of + timedelta(days=400) if bad else None, mature_at=mature_at,
        observed_at=mature_at,
    )  # fmt: skip


@pytest.fixture(scope="module")
def filled(
    postgres: EmbeddedServer,
    template: str,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, Path]:
    """A database with nine years of decisions, and the lake of them, computed as of now."""
    name, folder = f"goodstanding_filled_{os.getpid()}", tmp_path_factory.mktemp("metrics") / "lake"
    before = dict(connections["default"].settings_dict)
    now = datetime.now(UTC)
    with django_db_blocker.unblock():
        point_django_at(clone(postgres, template, name))
        add_legal_entity(code="GS", name="Test", country="GB", simulated=True)
        _add_decisions(now)
        export_lake(folder=folder)
        compute_all(folder=folder, at=now)
        connections.close_all()
        connections["default"].settings_dict.update(before)
    return name, folder


@pytest.fixture
def starting_point(filled: tuple[str, Path]) -> str:
    """Every test here begins with the filled database."""
    return filled[0]


@pytest.fixture
def lake(site: Site, filled: tuple[str, Path], tmp_path: Path) -> Iterator[Path]:
    """Nine years of decisions in a lake of the test's own."""
    before = settings.GOODSTANDING_LAKE
    settings.GOODSTANDING_LAKE = tmp_path / "lake"
    shutil.copytree(filled[1], settings.GOODSTANDING_LAKE)
    yield settings.GOODSTANDING_LAKE
    settings.GOODSTANDING_LAKE = before


def _dark(page: Page) -> None:
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")


def test_the_overview_says_what_asks_for_attention(site: Site, page: Page, lake: Path) -> None:
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)

    page.goto("/metrics/")

    expect(page.locator(".state")).to_contain_text("ask for attention")
    row = page.get_by_role("row", name="Charge-off rate, 36 months")
    expect(row).to_contain_text("Policy says")
    assert_accessible(page)
    shoot(page, "metrics-1280", for_docs=True)
    _dark(page)
    assert_accessible(page)
    shoot(page, "metrics-1280-dark")
    at_phone(page)
    shoot(page, "metrics-400")
    assert_accessible(page)


def test_filters_leave_what_they_say(site: Site, page: Page, lake: Path) -> None:
    site.sign_in(page, Role.ANALYST)
    page.goto("/metrics/")

    page.get_by_role("navigation", name="Desk").get_by_role("link", name="Second line").click()
    expect(page.get_by_role("heading", level=2)).to_have_text(["Second line"])
    page.get_by_role("navigation", name="Desk").get_by_role("link", name="All desks").click()
    expect(page.get_by_role("heading", level=2)).to_have_count(3)
    page.get_by_role("link", name="Asks for attention").click()
    expect(page).to_have_url(re.compile("ask=1"))

    for signal in page.locator("tbody .signal").all():
        assert signal.inner_text() in {"Watch", "Act"}


def test_a_metric_shows_its_picture_its_table_and_its_definition(
    site: Site, page: Page, lake: Path
) -> None:
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)

    page.goto("/metrics/charge_off_rate/")

    expect(page.locator("figure.chart svg:visible")).to_contain_text("Policy says approve")
    expect(page.locator("figure.chart svg:visible")).to_contain_text("watch 20.0 %")
    expect(page.locator(".banner.is-demonstration")).to_contain_text("lenders approved every row")
    expect(page.locator(".summary dl")).to_contain_text("36 months after as_of")
    assert_accessible(page)
    shoot(page, "metric-1280", for_docs=True)
    _dark(page)
    shoot(page, "metric-1280-dark")
    assert_accessible(page)
    at_phone(page)
    shoot(page, "metric-400")
    assert_accessible(page)


@pytest.mark.parametrize(
    "name", ["approval_rate", "score_gini", "score_stability", "missing_inputs_credit"]
)
def test_every_kind_of_measure_has_its_picture(
    site: Site, page: Page, lake: Path, name: str
) -> None:
    site.sign_in(page, Role.MODEL_RISK_MANAGER)

    page.goto(f"/metrics/{name}/")

    drawn = latest_result(name=name).latest != ()
    expect(page.locator("figure.chart" if drawn else ".empty")).to_be_visible()
    shoot(page, f"metric-{name}-1280")
    at_phone(page)
    assert_accessible(page)


def test_a_gap_is_named_in_words_and_leads_to_its_decisions(
    site: Site, page: Page, lake: Path
) -> None:
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto("/metrics/missing_inputs_credit/")
    result = latest_result(name="missing_inputs_credit")
    point = next(each for each in result.points if each.value)

    shoot(page, "metric-missing-1280")
    expect(page.get_by_role("heading", name="Staff size: source error")).to_be_visible()
    page.locator(f"a[href='{rows_url_of(result.definition, point)}']").first.click()

    expect(page.locator(".state")).to_contain_text(f"n {point.n}")
    expect(page.locator("main")).to_contain_text("Staff size: source error")
    assert 0 < point.value < 1


def test_a_number_opens_exactly_its_rows(site: Site, page: Page, lake: Path) -> None:
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto("/metrics/charge_off_rate/")
    result = latest_result(name="charge_off_rate")
    declined = [point for point in result.points if point.segment == "policy says decline"]
    point = next(point for point in declined if point.period.year == 2020)

    page.get_by_role("heading", name="Policy says decline").click()
    page.locator(f"a[href='{rows_url_of(result.definition, point)}']").click()

    expect(page.locator(".state")).to_contain_text(f"n {point.n}")
    expect(page.locator("tbody tr")).to_have_count(point.n)
    counted = page.locator("td[data-label=Counted]").all_inner_texts()
    assert sum(map(float, counted)) / len(counted) == pytest.approx(point.value)
    assert_accessible(page)
    shoot(page, "metric-rows-1280", for_docs=True)
    at_phone(page)
    shoot(page, "metric-rows-400")


def test_the_rows_leave_as_a_file(site: Site, lake: Path) -> None:
    result = latest_result(name="approval_rate")
    total = rows_under(
        name="approval_rate", folder=lake, as_of=result.as_of, known_at=result.known_at,
        period=None, segment=None,
    ).total  # fmt: skip

    answer = site.client(Role.ANALYST).get("/metrics/approval_rate/rows/?format=csv")

    assert answer.status_code == 200
    assert len(answer.content.decode().splitlines()) == total + 1


def test_the_past_shows_what_was_known_then(site: Site, page: Page, lake: Path) -> None:
    site.sign_in(page, Role.INTERNAL_AUDITOR)
    page.goto("/moment/")
    page.get_by_label("What was true at").fill("2022-06-30 12:00")
    page.get_by_role("button", name="Look from then").click()

    page.goto("/metrics/charge_off_rate/")

    expect(page.locator(".banner.is-past")).to_contain_text("30 Jun 2022")
    expect(page.get_by_role("rowheader", name="1 Jan 2020").first).to_be_visible()
    expect(page.get_by_text("1 Jan 2023")).to_have_count(0)
    assert_accessible(page)
    shoot(page, "metric-past-1280")


def test_home_names_the_metrics_that_ask(site: Site, page: Page, lake: Path) -> None:
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)

    page.goto("/")

    card = page.locator("section[aria-labelledby=card-metrics]")
    expect(card).to_contain_text("ask for attention")
    card.get_by_role("listitem").first.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("/metrics/[a-z_]+/$"))


def test_search_finds_a_metric(site: Site, page: Page, lake: Path) -> None:
    site.sign_in(page, Role.ANALYST)

    page.goto("/search/?q=charge-off+rate")
    page.locator(".results").get_by_role("link", name="Charge-off rate, 36 months").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Charge-off rate, 36 months")


def test_a_query_answers_is_kept_and_is_audited(site: Site, page: Page, lake: Path) -> None:
    analyst = site.sign_in(page, Role.ANALYST)
    page.goto("/metrics/lake/")
    shoot(page, "lake-empty-1280")

    page.get_by_label("Query").fill("select outcome, count(*) as n from decision group by all")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    assert_accessible(page)
    shoot(page, "lake-1280", for_docs=True)
    page.get_by_text("Keep this query").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Outcomes")
    page.get_by_role("button", name="Keep").click()

    expect(page.get_by_role("status")).to_contain_text("Kept as Outcomes")
    expect(page.get_by_role("link", name="Outcomes", exact=True)).to_be_visible()
    at_phone(page)
    shoot(page, "lake-400")
    lines = AuditEntry.objects.filter(actor=analyst.email, action="query_lake")
    assert "group by all" in json.dumps(lines.first().detail)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select nothing from decision", "nothing"),
        ("delete from decision", "Write one SELECT"),
        ("select 1; select 2", "2 statements"),
        ("select * from read_csv('/etc/hostname')", "/etc/hostname"),
    ],
)
def test_a_refusal_stands_beside_the_query_and_nothing_typed_is_lost(
    site: Site, page: Page, lake: Path, query: str, words: str
) -> None:
    site.sign_in(page, Role.ANALYST)
    page.goto("/metrics/lake/")

    page.get_by_label("Query").fill(query)
    page.get_by_role("button", name="Run").click()

    expect(page.locator(".field.has-error")).to_contain_text(words)
    expect(page.get_by_label("Query")).to_have_value(query)
    assert_accessible(page)


def test_instants_are_shown_and_an_endless_text_is_cut(site: Site, lake: Path) -> None:
    query = "select repeat('x', 5000) as endless, recorded_at from decision limit 1"

    answer = site.client(Role.ANALYST).get("/metrics/lake/", {"query": query})

    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "(5,000 characters)" in shown
    assert "x" * 2001 not in shown


def test_a_name_is_asked_for_and_the_query_stays(site: Site, lake: Path) -> None:
    answer = site.client(Role.ANALYST).post("/metrics/lake/", {"query": "select 1", "name": ""})

    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()
    assert "select 1" in answer.content.decode()


def test_who_may_not_ask_the_lake_may_not(site: Site, lake: Path) -> None:
    client = site.client(Role.SPECIALIST)

    assert client.get("/metrics/lake/?query=select+1").status_code == 403
    assert "Ask the lake" not in client.get("/metrics/").content.decode()
    assert "Ask the lake" in site.client(Role.ANALYST).get("/metrics/").content.decode()
