"""A use case is taken in, its policies and models are entered, and what is in use is watched."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from playwright.sync_api import Page, expect

import goodstanding
from goodstanding.accounts.types import Role
from goodstanding.core.models import AuditEntry
from goodstanding.core.time import utc_now
from goodstanding.governance import queries
from goodstanding.governance.types import VersionKind, VersionState
from goodstanding.validation.types import Light
from tests.pages.conftest import Site
from tests.pages.governed import DAY, Governed, govern
from tests.pages.looks import assert_accessible, at_phone, shoot

MODELS = Path(goodstanding.__file__).parent / "credit" / "models"
OWNER = "credit_risk_manager@example.com"
STATEMENT = {
    "owner": OWNER, "purpose": "Decide terms of invoices", "decision": "Give days, or none",
    "affected_persons": "Buyers, sole traders among them", "jurisdictions": "gb, EU",
    "ai_act_role": "deployer", "ai_act_class": "high_risk", "automation": "human_in_loop",
    "yearly_decisions": "40000", "fallback": "refer",
}  # fmt: skip
USE_CASE = STATEMENT | {
    "code": "invoice_terms", "title": "Terms of invoices", "desk": "credit", "legal_entity": "NW",
}  # fmt: skip
ENTRY = {"kind": "model", "name": "sba_gbm", "title": "Trees of terms", "owner": OWNER}
TIER = {
    "exposure_share": "0.3", "regulatory_use": "1", "criticality": "2", "algorithm": "3",
    "sources": "", "explainability": "", "rationale": "A third of the book",
}  # fmt: skip
SEEN = {
    "kind": "defaults", "segment": "loans of the third quarter", "n": "1000", "defaults": "20",
    "pd": "0.01", "evidence": "Lake, loans of July to September",
}  # fmt: skip


@pytest.fixture
def governed(site: Site) -> Governed:
    return govern(site)


def post(governed: Governed, role: Role, path: str, fields: dict[str, Any]) -> HttpResponse:
    return governed.site.client(role).post(path, fields)


def text(response: HttpResponse) -> str:
    return response.content.decode()


def entered(governed: Governed) -> UUID:
    """A model entered for the use case of the house, with nothing beside its name."""
    post(governed, Role.CREDIT_RISK_MANAGER, "/models/use-cases/sba_lending/entry/", ENTRY)
    entries = queries.entries_of(use_case="sba_lending", as_of=utc_now())
    return next(each.entry_id for each in entries if each.name == "sba_gbm")


def test_a_use_case_is_stated_and_stated_anew(governed: Governed) -> None:
    stated = post(governed, Role.CREDIT_RISK_MANAGER, "/models/use-cases/new/", USE_CASE)
    client = governed.site.client(Role.CREDIT_RISK_MANAGER)
    offered = text(client.get("/models/use-cases/invoice_terms/statement/"))
    anew = client.post(
        "/models/use-cases/invoice_terms/statement/",
        STATEMENT | {"yearly_decisions": "", "reason": "Volume is not known yet"},
    )

    assert (stated.status_code, anew.status_code) == (302, 302)
    assert "Decide terms of invoices" in offered
    history = queries.use_case_history(code="invoice_terms")
    assert [(each.number, each.yearly_decisions) for each in history] == [(2, None), (1, 40_000)]
    assert history[0].jurisdictions == ["EU", "GB"]
    page = text(client.get("/models/use-cases/invoice_terms/"))
    assert "Nothing serves it yet" in page
    assert "Volume is not known yet" in page
    lines = AuditEntry.objects.filter(action__in=["state_use_case", "revise_use_case"])
    assert lines.filter(actor=OWNER, detail__contains={"code": "invoice_terms"}).exists()


def test_a_use_case_that_lacks_something_is_refused(governed: Governed) -> None:
    for changes, words in (
        ({"purpose": " "}, "This field is required"),
        ({"ai_act_class": "prohibited"}, "that the AI Act prohibits"),
        ({"code": "sba_lending"}, "is stated already"),
        ({"code": "new"}, "This word is taken"),
        ({"ai_act_role": ""}, "This field is required"),
        ({"jurisdictions": "Britain"}, "BRITAIN is no code of two letters"),
        ({"owner": "nobody@example.com"}, "Nobody here signs in as"),
    ):
        refused = post(governed, Role.ANALYST, "/models/use-cases/new/", USE_CASE | changes)
        assert refused.status_code == 422, changes
        assert words in text(refused)
        assert "Buyers, sole traders among them" in text(refused)
    assert len(queries.use_cases_at(as_of=utc_now())) == 1


def test_an_entry_says_what_it_needs_until_it_has_it(governed: Governed) -> None:
    entry_id = entered(governed)
    path, validator = f"/models/entries/{entry_id}/", Role.MODEL_RISK_MANAGER
    client = governed.site.client(validator)
    bare = text(client.get(path))
    again = post(governed, Role.ANALYST, "/models/use-cases/sba_lending/entry/", ENTRY)
    unscored = post(governed, validator, f"{path}tier/", TIER | {"algorithm": ""})
    alone = post(governed, validator, f"{path}tier/", TIER | {"override": "4"})
    own = post(
        governed, validator, f"{path}tier/",
        TIER | {"override": "4", "approved_by": "model_risk_manager@example.com"},
    )  # fmt: skip
    assessed = client.post(f"{path}tier/", TIER, follow=True)
    first = text(client.get(f"{path}thresholds/"))
    backwards = post(governed, validator, f"{path}thresholds/", _cuts(red_p="0.2"))
    cut = post(governed, validator, f"{path}thresholds/", _cuts())
    scoped = post(
        governed, validator, f"{path}scope/",
        {"jurisdiction": "us", "profile": "us-2026", "is_estimate": "on", "in_scope": "on",
         "rationale": "It estimates a probability"},
    )  # fmt: skip

    for needed in ("a tier:", "the thresholds that light", "register the model&#x27;s artefact"):
        assert needed in bare
    assert "holds the model sba_gbm already" in text(again)
    for refused, words in (
        (unscored, "A score of complexity"),
        (alone, "Name who approves another tier"),
        (own, "is approved by a second person"),
        (backwards, "Red begins below amber"),
    ):
        assert refused.status_code == 422
        assert words in text(refused)
    assert "Tier 1, from materiality 4 and complexity 3." in text(assessed)
    assert 'value="0.05"' in first
    assert (cut.status_code, scoped.status_code) == (302, 302)
    found = queries.entry_at(entry_id=entry_id, as_of=utc_now())
    assert found.thresholds is not None
    assert (found.tier, found.thresholds.version, found.thresholds.min_events) == (1, "ours-1", 40)
    assert "US (us-2026): in scope" in text(client.get(path)).replace("\n", "")


def _cuts(**changes: str) -> dict[str, str]:
    return {
        "version": "ours-1", "source": "Committee of November", "amber_p": "0.05",
        "red_p": "0.01", "min_events": "40", "psi_amber": "0.1", "psi_red": "0.25",
        "reason": "As the committee set them",
    } | changes  # fmt: skip


def test_a_model_is_registered_by_its_artefact_and_card(governed: Governed) -> None:
    path = f"/models/entries/{entered(governed)}/version/"

    def send(artefact: str, card: bytes | None) -> HttpResponse:
        files = {"artefact": _file(f"{artefact}.model.json")} | (
            {"card": SimpleUploadedFile("card.json", card)} if card is not None else {}
        )
        return post(governed, Role.ANALYST, path, {"developer": "analyst@example.com", **files})

    another = send("sba_scorecard", None)
    no_card = send("sba_gbm", b"{}, but no card")
    foreign = send("sba_gbm", (MODELS / "sba_leaky_demo.card.json").read_bytes())
    bare = send("sba_gbm", b'{"purpose": "none"}')
    nothing = post(governed, Role.ANALYST, path, {"developer": "analyst@example.com"})
    kept = send("sba_gbm", (MODELS / "sba_gbm.card.json").read_bytes())

    for refused, words in (
        (another, "The artefact is of sba_scorecard, not of sba_gbm"),
        (no_card, "The file is no JSON document"),
        (foreign, "it describes another artefact"),
        (bare, "it lacks"),
        (nothing, "This field is required"),
    ):
        assert refused.status_code == 422
        assert words in text(refused)
    assert kept.status_code == 302
    version = queries.version_named(kind=VersionKind.MODEL, name="sba_gbm", label="1")
    card = json.loads((MODELS / "sba_gbm.card.json").read_text())
    assert version.content_hash == card["model"]["sha256"]
    assert queries.content_of(version_id=version.version_id).facts["Seed"]["status"] == "present"


def _file(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, (MODELS / name).read_bytes())


def test_an_exception_is_asked_by_one_granted_by_another_and_ended(governed: Governed) -> None:
    until = (utc_now() + 20 * DAY).date().isoformat()
    path = f"/models/versions/{governed.policy}/exception/"
    given = {
        "use_case": "sba_lending", "requested_by": OWNER, "reason": "The old one is gone",
        "controls": "Every tenth case is read", "expires_at": until, "fallback": "refer",
    }  # fmt: skip

    for changes, words in (
        ({"controls": ""}, "This field is required"),
        ({"expires_at": "2001-01-01"}, "It would end on 1 Jan 2001 00:00"),
        ({"requested_by": "approver@example.com"}, "is the requester"),
        ({"requested_by": ""}, "This field is required"),
    ):
        refused = post(governed, Role.APPROVER, path, given | changes)
        assert refused.status_code == 422
        assert words in text(refused)
    assert post(governed, Role.ANALYST, path, given).status_code == 403
    client = governed.site.client(Role.APPROVER)
    assert "Allow it before validation" in text(client.get(f"/models/versions/{governed.policy}/"))
    assert client.post(path, given).status_code == 302
    assert _state(governed.policy) is VersionState.IN_FORCE_BY_EXCEPTION
    shown = text(client.get(f"/models/versions/{governed.policy}/"))
    [made] = queries.exceptions_at(as_of=utc_now(), version_id=governed.policy)
    assert f"/models/exceptions/{made.exception_id}/end/" in shown
    assert "Allow it before validation" not in shown
    assert "Exception granted" in shown
    assert "It may decide, by an exception in force until" in shown
    assert "an exception ends" in shown
    ending = f"/models/exceptions/{made.exception_id}/end/"
    assert client.post(ending, {"reason": ""}).status_code == 422
    assert client.post(ending, {"reason": "The new one is ready"}).status_code == 302
    assert "has ended already" in text(client.post(ending, {"reason": "Again"}))
    assert _state(governed.policy) is VersionState.REVOKED
    assert "The exception of policy sba_underwriting 1 was ended: The new one is ready" in text(
        client.get(f"/models/versions/{governed.policy}/")
    )


def test_an_exception_quiets_a_finding_until_its_day(governed: Governed) -> None:
    path = f"/models/findings/{governed.leak_finding}/"
    given = {
        "requested_by": OWNER, "reason": "For the close", "controls": "Read every case",
        "expires_at": (utc_now() + 2 * DAY).date().isoformat(),
    }  # fmt: skip
    client = governed.site.client(Role.APPROVER)

    assert "1 blocked by a finding" in text(client.get("/models/"))
    offered = text(client.get(path))
    granted = client.post(f"{path}exception/", given)

    assert "Allow use in spite of it" in offered
    assert granted.status_code == 302
    assert queries.finding_at(finding_id=governed.leak_finding, at=utc_now()).is_excepted
    excepted = text(client.get(path))
    assert "Allow use in spite of it" not in excepted
    assert "Stops nothing until" in excepted
    assert "blocked by a finding" not in text(client.get("/models/"))
    assert queries.blocking_finding(at=utc_now()) is None


def _state(version_id: UUID) -> VersionState:
    return queries.version_at(version_id=version_id, as_of=utc_now()).state


def test_counts_that_do_not_fit_are_refused(governed: Governed) -> None:
    path = f"/models/versions/{governed.clean}/observation/"
    for changes, words in (
        ({"n": ""}, "This field is required"),
        ({"defaults": "1001"}, "more bad outcomes than cases"),
        ({"pd": "1"}, "lies between 0 and 1"),
        ({"evidence": " "}, "This field is required"),
        ({"kind": "shift", "expected": "10, 20", "actual": "10"}, "Both name the same bins"),
        ({"kind": "shift", "expected": "10, x", "actual": "10, 20"}, "Only whole numbers"),
        ({"kind": "shift", "expected": "30", "actual": "10"}, "at least two"),
    ):
        refused = post(governed, Role.ANALYST, path, SEEN | changes)
        assert refused.status_code == 422, changes
        assert words in text(refused)
    assert queries.observations_of(version_id=governed.clean, as_of=utc_now()) == []


def test_a_red_observation_stops_the_version_until_a_finding_answers(governed: Governed) -> None:
    path = f"/models/versions/{governed.clean}/"
    fine = post(
        governed, Role.ANALYST, f"{path}observation/",
        SEEN | {"kind": "shift", "expected": "250, 250, 250, 250", "actual": "25, 24, 26, 25"},
    )  # fmt: skip
    assert fine["Location"] == f"{path}#monitoring"
    assert _state(governed.clean) is VersionState.IN_FORCE

    client = governed.site.client(Role.MODEL_RISK_MANAGER)
    red = client.post(f"{path}observation/", SEEN)

    newest, _ = queries.observations_of(version_id=governed.clean, as_of=utc_now())
    assert (newest.light, newest.measure) == (
        Light.RED, "Defaults against the PD (Jeffreys) on loans of the third quarter",
    )  # fmt: skip
    assert red["Location"] == f"{path}finding/?observation={newest.observation_id}"
    assert _state(governed.clean) is VersionState.SUSPENDED
    shown = text(client.get(path))
    assert f"finding/?observation={newest.observation_id}" in shown
    assert "Monitoring saw red" in shown
    form = text(client.get(red["Location"]))
    assert f'value="{newest.observation_id}" selected' in form
    client.post(
        f"{path}finding/",
        {"title": "Losses rise", "description": "Twice what was said", "severity": "S3",
         "effect": "none", "responsible": OWNER, "observation": str(newest.observation_id)},
    )  # fmt: skip
    assert _state(governed.clean) is VersionState.IN_FORCE
    answered = queries.observations_of(version_id=governed.clean, as_of=utc_now())[0]
    assert answered.finding_numbers == (3,)
    finding = queries.findings_at(at=utc_now(), version_id=governed.clean)[-1]
    assert "statistic 0.0200, n 1,000" in text(
        client.get(f"/models/findings/{finding.finding_id}/")
    )


@pytest.mark.browser
def test_every_new_page_is_accessible_in_both_widths(governed: Governed, page: Page) -> None:
    site, entry_id = governed.site, entered(governed)
    post(governed, Role.ANALYST, f"/models/versions/{governed.clean}/observation/", SEEN)
    for role, paths in (
        (Role.CREDIT_RISK_MANAGER, (
            "use-cases/", "use-cases/new/", "use-cases/sba_lending/",
            "use-cases/sba_lending/entry/",
        )),
        (Role.MODEL_RISK_MANAGER, (
            f"entries/{entry_id}/", f"entries/{entry_id}/tier/", f"entries/{entry_id}/thresholds/",
            f"entries/{entry_id}/version/", f"versions/{governed.clean}/",
            f"versions/{governed.clean}/observation/",
        )),
        (Role.APPROVER, (
            f"versions/{governed.policy}/exception/",
        )),
    ):  # fmt: skip
        site.sign_in(page, role)
        for path in paths:
            response = page.goto(site.url(f"/models/{path}"))
            assert response is not None
            assert response.status == 200, path
            name = "intake-" + "-".join(part for part in path.split("/") if "-" not in part[8:9])
            shoot(page, f"{name}-1280")
            assert_accessible(page)
            at_phone(page)
            shoot(page, f"{name}-400")
            assert_accessible(page)
            page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.get_by_role("button", name="Grant the exception")).to_be_visible()
