"""Businesses, facts and imports: found, as of a moment, connected, personal only on record."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from uuid import UUID

import polars as pl
import pytest
from django.test import Client
from playwright.sync_api import Page

from goodstanding.accounts.operations import add_legal_entity, add_person
from goodstanding.accounts.types import Role
from goodstanding.core.audit import audit_entries
from goodstanding.core.encryption import erase_subject, keeps_personal
from goodstanding.core.time import utc_now
from goodstanding.ledger.operations import import_file, record_fact, retract_fact
from goodstanding.ledger.queries import facts_of
from goodstanding.ledger.types import FactOrigin, NewFact
from goodstanding.parties.operations import Origin, amend_parties, register_parties
from goodstanding.parties.queries import party_by_external_id
from goodstanding.parties.types import Desk, NewParty, PartyDetails, PartyKind, PersonalField
from tests.pages.conftest import DESK, Site
from tests.pages.looks import assert_accessible, at_phone, shoot

GROUP = "ABILITIES REHABILITATION CENTE"
LOANS = ("1145975006", "1145995001", "1146005010")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Book:
    """Real loans, three of one business; a row without a name; an invented bakery, shop."""

    run_id: UUID
    loan: UUID
    bakery: UUID
    seller: UUID


def fill_book(folder: Path) -> Book:
    """Import a part of the shipped file, and register a bakery and a shop that do not exist."""
    now = utc_now()
    add_legal_entity(code="GS-US", name="Lending", country="US", simulated=True)
    add_legal_entity(code="GS-MARKET", name="Marketplace", country="DE", simulated=True)
    run_id = _import_loans(folder)
    loan = party_by_external_id(scheme="sba_loan", value=LOANS[0], legal_entity="GS-US")
    assert loan is not None
    bakery = _correct_and_retract()
    origin = Origin(legal_entity="GS-MARKET", source="invented", at=now, simulated=True)
    [seller] = register_parties(
        parties=[
            NewParty(
                kind=PartyKind.COMPANY,
                desk=Desk.SELLERS,
                details=_named("Invented Shop 0001", owner="Person Invented-0001"),
                identifiers=(("seller_registration", "INV-0001"),),
                effective_at=now - 30 * DAY,
                recorded_at=now - 30 * DAY,
            )
        ],
        origin=origin,
    )
    renamed = _named("Invented Shop Renamed", owner="Person Invented-0001")
    amend_parties(amendments=[(seller, renamed, now - 10 * DAY, now - 9 * DAY)], origin=origin)
    return Book(run_id, loan, bakery, seller)


def _named(name: str, *, owner: str) -> PartyDetails:
    return PartyDetails(
        trading_name=name, city="Porto", country="PT", personal={PersonalField.OWNER_NAME: owner}
    )


def _import_loans(folder: Path) -> UUID:
    with as_file(files("goodstanding.samples") / "data" / "sba_loans") as data:
        loans = pl.read_csv(data / "sba_national_22k_full.csv.gz", infer_schema=False)
    part = pl.concat(
        [
            loans.filter(pl.col("Name") == GROUP),
            loans.filter(pl.col("Name").is_null() | (pl.col("Name") == "")).head(1),
            loans.filter(pl.col("Name") != GROUP).head(20),
        ]
    )
    file = folder / "loans.csv"
    part.write_csv(file)
    with as_file(files("goodstanding.credit") / "mappings" / "sba_loans.yaml") as mapping:
        report = import_file(mapping_path=mapping, file=file, by="system:test", at=utc_now())
    assert report.counts.rows_quarantined == 1
    return report.run_id


def _correct_and_retract() -> UUID:
    """An invented bakery: its approval is corrected, its disbursement taken back."""
    now = utc_now()
    since = now - 30 * DAY
    [bakery] = register_parties(
        parties=[
            NewParty(
                kind=PartyKind.COMPANY,
                desk=Desk.CREDIT,
                details=PartyDetails(legal_name="Invented Bakery Ltd", city="Ames", country="US"),
                identifiers=(("sba_loan", "9990000001"),),
                effective_at=since,
                recorded_at=since,
            )
        ],
        origin=Origin(legal_entity="GS-US", source="invented", at=now, simulated=True),
    )

    def say(kind: str, amount_minor: int, *, known_at: datetime) -> None:
        record_fact(
            fact=NewFact(
                kind=kind, subject="sba_loan:9990000001", party_id=bakery, effective_at=since,
                recorded_at=known_at, amount_minor=amount_minor, currency="USD",
                attributes={"employees": 5},
            ),
            origin=FactOrigin(legal_entity="GS-US", source="invented", at=now, simulated=True),
            by="carla@example.com",
        )  # fmt: skip

    say("loan_approved", 6_900_000, known_at=since)
    say("loan_disbursed", 6_900_000, known_at=since)
    say("loan_approved", 7_000_000, known_at=now - DAY)
    retract_fact(
        kind="loan_disbursed", subject="sba_loan:9990000001", legal_entity="GS-US",
        reason="never paid out", by="carla@example.com", at=now,
    )  # fmt: skip
    return bakery


@pytest.fixture
def book(db: None, tmp_path: Path) -> Book:
    return fill_book(tmp_path)


def client_of(role: Role) -> Client:
    """Somebody of this role, signed in."""
    person = add_person(email=f"{role.value}@example.com", display_name=role.label, roles=[role])
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_business_is_found_by_name_identifier_and_filters(book: Book) -> None:
    carla = client_of(Role.CREDIT_RISK_MANAGER)

    def total(query: str) -> int:
        return carla.get(f"/businesses/?{query}").context["listing"].total

    assert total("") == 25
    assert total("q=abilities+rehab") == 3
    assert total(f"q={LOANS[1]}") == 1
    assert total(f"q={book.seller}") == 1
    assert total("desk=sellers") == 1
    assert total("desk=sellers&kind=Person") == 0
    exported = carla.get("/businesses/?q=abilities&format=csv").content.decode()
    assert exported.count(GROUP) == 3
    assert "country" in exported.split("\n", 1)[0].lower()


def test_connected_exposure_sums_the_loans_of_one_business_and_says_why(book: Book) -> None:
    carla = client_of(Role.CREDIT_RISK_MANAGER)

    page = carla.get(f"/businesses/{book.loan}/")
    exposure = page.context["exposure"]
    text = page.content.decode()
    [group] = carla.get("/businesses/connected/").context["listing"].source.items

    assert exposure.approved.as_text() == "US$117,000.00"
    assert exposure.own_approved.as_text() == "US$69,000.00"
    assert sorted(loan.subject for loan in exposure.loans) == [f"sba_loan:{n}" for n in LOANS]
    assert "abilities rehabilitation cente|portsmouth|nh|us" in text
    assert (group.loans, group.amount, group.businesses) == (3, exposure.approved, 3)


def test_corrections_and_retractions_are_shown_and_hidden_from_before(book: Book) -> None:
    carla = client_of(Role.CREDIT_RISK_MANAGER)

    facts = carla.get(f"/businesses/{book.bakery}/facts/")
    text = facts.content.decode()
    states = {
        (change.kind, change.version.version_no): state.word
        for change, state, _ in facts.context["changed"]
    }
    retracted = next(
        change.version.fact_id
        for change, state, _ in facts.context["changed"]
        if state.word == "Retracted"
    )
    fact = carla.get(f"/businesses/{book.bakery}/facts/{retracted}/")
    carla.post("/moment/", {"as_of": (utc_now() - 2 * DAY).isoformat()})
    before = carla.get(f"/businesses/{book.bakery}/facts/")

    assert states == {
        ("loan_approved", 1): "Corrected since", ("loan_approved", 2): "In force",
        ("loan_disbursed", 1): "Corrected since", ("loan_disbursed", 2): "Retracted",
    }  # fmt: skip
    assert "US$70,000.00" in text
    assert "US$69,000.00" in text
    assert "loan_disbursed" not in {each.kind for each in facts.context["listing"].source.items}
    assert fact.context["state"].word == "Retracted"
    assert before.context["changed"] == []
    assert "US$70,000.00" not in before.content.decode()


def test_a_version_is_seen_from_its_own_moment(book: Book) -> None:
    sam = client_of(Role.SELLER_RISK_MANAGER)
    shown = sam.get(f"/businesses/{book.seller}/").context["versions"]
    first = shown[-1]

    assert [each.version.name for each in shown] == ["Invented Shop Renamed", "Invented Shop 0001"]
    assert shown[0].changes == "Changed: trading name"
    sam.post(
        "/moment/",
        {"as_of": first.version.effective_at.isoformat(), "known_at": first.seen_from.isoformat()},
    )
    then = sam.get(f"/businesses/{book.seller}/")
    assert then.context["business"].name == "Invented Shop 0001"
    assert len(then.context["versions"]) == 1


def test_personal_values_are_read_for_a_reason_and_on_record(book: Book) -> None:
    sam = client_of(Role.SELLER_RISK_MANAGER)
    address = f"/businesses/{book.seller}/personal-values/"

    closed = sam.get(f"/businesses/{book.seller}/").content.decode()
    without = sam.post(address, {"reason": ""})
    opened = sam.post(address, {"reason": "The bank asks who owns it"})
    again = sam.get(f"/businesses/{book.seller}/").content.decode()
    [entry] = [each for each in audit_entries() if each.action == "read_personal"]

    assert "Person Invented-0001" not in closed
    assert without.status_code == 422
    assert "Person Invented-0001" not in without.content.decode()
    assert "Person Invented-0001" in opened.content.decode()
    assert "Person Invented-0001" not in again
    assert entry.actor == "seller_risk_manager@example.com"
    assert entry.detail["reason"] == "The bank asks who owns it"
    assert entry.object_id == str(book.seller)
    erase_subject(subject_id=book.seller, by="o@example.com", reason="asked for", at=utc_now())
    erased = sam.get(f"/businesses/{book.seller}/").content.decode()
    assert "nothing can bring them back" in erased
    assert "Show them once" not in erased


def test_what_is_personal_is_erased_by_a_page_of_its_own(book: Book) -> None:
    admin, address = client_of(Role.ADMINISTRATOR), f"/businesses/{book.seller}/erasure/"
    done = {"reason": "Letter of 3 Nov", "sure": "ERASE"}

    assert address in admin.get(f"/businesses/{book.seller}/").content.decode()
    shown = admin.get(address).content.decode()
    unsure = admin.post(address, {**done, "sure": "yes"})
    without = admin.post(address, {**done, "reason": ""})
    assert keeps_personal(subject_id=book.seller)
    erased = admin.post(address, done, follow=True).content.decode()

    assert "The key to these values is destroyed." in shown
    assert (unsure.status_code, without.status_code) == (422, 422)
    assert not keeps_personal(subject_id=book.seller)
    assert "What was personal is erased" in erased
    assert address not in erased
    [entry] = [each for each in audit_entries() if each.action == "erase_subject"]
    assert (entry.actor, entry.detail) == (
        "administrator@example.com", {"reason": "Letter of 3 Nov"},
    )  # fmt: skip
    assert admin.get(address).status_code == 404
    assert "were erased on" in admin.post(address, done).content.decode()


def test_only_an_administrator_erases(book: Book) -> None:
    for role in (Role.SELLER_RISK_MANAGER, Role.MODEL_RISK_MANAGER, Role.INTERNAL_AUDITOR):
        client, address = client_of(role), f"/businesses/{book.seller}/erasure/"
        assert client.post(address, {"reason": "r", "sure": "ERASE"}).status_code == 403
        assert address not in client.get(f"/businesses/{book.seller}/").content.decode()
    assert keeps_personal(subject_id=book.seller)


def test_an_analyst_may_not_read_personal_values(book: Book) -> None:
    analyst = client_of(Role.ANALYST)
    refused = analyst.post(f"/businesses/{book.seller}/personal-values/", {"reason": "curious"})

    assert refused.status_code == 403
    assert "Person Invented-0001" not in refused.content.decode()
    assert "Show them once" not in analyst.get(f"/businesses/{book.seller}/").content.decode()


def test_an_import_shows_its_counts_and_its_quarantine_can_be_taken_home(book: Book) -> None:
    dev = client_of(Role.ANALYST)

    [run] = dev.get("/imports/").context["listing"].source.items
    page = dev.get(f"/imports/{book.run_id}/")
    [row] = page.context["listing"].source.items
    exported = dev.get(f"/imports/{book.run_id}/?format=csv").content.decode()

    assert (run.rows_read, run.rows_loaded, run.rows_quarantined) == (24, 23, 1)
    assert (row.line, row.field, row.code) == (5, "Name", "value_missing")
    assert "Name is missing" in exported
    assert row.raw["LoanNr_ChkDgt"] in exported
    assert dev.get(f"/imports/{book.loan}/").status_code == 404


def test_rows_that_could_not_be_split_have_a_filter_of_their_own(
    book: Book, tmp_path: Path
) -> None:
    text = (tmp_path / "loans.csv").read_text().splitlines()
    (tmp_path / "short.csv").write_text(f"{text[0]}\n1,too few\n")
    with as_file(files("goodstanding.credit") / "mappings" / "sba_loans.yaml") as mapping:
        report = import_file(
            mapping_path=mapping, file=tmp_path / "short.csv", by="system:test", at=utc_now()
        )

    dev, address = client_of(Role.ANALYST), f"/imports/{report.run_id}/"
    shown = dev.get(address).content.decode()

    assert "the whole row" in shown
    assert dev.get(f"{address}?field=the+whole+row").context["listing"].total == 1
    assert dev.get(f"{address}?field=Name").context["listing"].total == 0


def test_a_row_in_quarantine_is_settled_with_a_reason(book: Book) -> None:
    dev, address = client_of(Role.ANALYST), f"/imports/{book.run_id}/"
    done = {"row": "5", "confirmed": "1", "reason": "Has a name in the source now"}

    offered = dev.get(address).content.decode()
    shown = dev.post(f"{address}settlement/", {"row": "5"}).content.decode()
    without = dev.post(f"{address}settlement/", {**done, "reason": ""})
    waiting = dev.get("/imports/").content.decode()
    settled = dev.post(f"{address}settlement/", done, follow=True).content.decode()

    assert f"{address}settlement/" in offered
    assert "Line 5: Name is missing." in shown
    assert without.status_code == 422
    assert "Rows wait" in waiting
    assert "1 row settled." in settled
    assert "Has a name in the source now (analyst@example.com" in settled
    assert "Rows wait" not in dev.get("/imports/").content.decode()
    [entry] = [each for each in audit_entries() if each.action == "settle_quarantine"]
    assert entry.detail == {"lines": [5], "reason": "Has a name in the source now"}
    for rows in ("5", "6", "x"):
        assert dev.post(f"{address}settlement/", {**done, "row": rows}).status_code == 409
    assert client_of(Role.SPECIALIST).post(f"{address}settlement/", done).status_code == 403


def test_what_is_real_and_what_is_simulated_is_said(book: Book) -> None:
    carla = client_of(Role.CREDIT_RISK_MANAGER)

    real = carla.get(f"/businesses/{book.loan}/").content.decode()
    invented = carla.get(f"/businesses/{book.seller}/").content.decode()

    assert "Real. US Small Business Administration" in real
    assert "loans.csv" in real
    assert "everything about this business is invented" in invented


def test_empty_lists_say_what_fills_them(db: None) -> None:
    carla = client_of(Role.CREDIT_RISK_MANAGER)

    assert "No business matches" in carla.get("/businesses/").content.decode()
    assert "Nothing was imported yet" in carla.get("/imports/").content.decode()
    assert "several entries" in carla.get("/businesses/connected/").content.decode()


@pytest.mark.browser
@pytest.mark.slow
def test_every_page_is_accessible_in_both_widths_and_themes(
    site: Site, page: Page, tmp_path: Path
) -> None:
    book = fill_book(tmp_path)
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    now = utc_now()
    fact = facts_of(party_id=book.bakery, as_of=now, known_at=now)[0].fact_id
    for name, path in {
        "businesses": "/businesses/",
        "business-loan": f"/businesses/{book.loan}/",
        "business-seller": f"/businesses/{book.seller}/",
        "business-facts": f"/businesses/{book.bakery}/facts/",
        "business-fact": f"/businesses/{book.bakery}/facts/{fact}/",
        "connected": "/businesses/connected/",
        "imports": "/imports/",
        "import": f"/imports/{book.run_id}/",
    }.items():
        page.set_viewport_size(DESK)
        page.goto(path)
        for theme in ("light", "dark"):
            page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
            page.set_viewport_size(DESK)
            assert_accessible(page)
            shoot(page, f"{name}-1280-{theme}")
            at_phone(page)
            assert_accessible(page)
            shoot(page, f"{name}-400-{theme}")
    page.set_viewport_size(DESK)
    page.goto(f"/businesses/{book.loan}/")
    shoot(page, "business-1280", for_docs=True)
