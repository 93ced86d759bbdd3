"""Posts to the pages of models and approvals: kept, refused beside the field, or forbidden."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.http import HttpResponse

from goodstanding.accounts.types import Role
from goodstanding.core.time import utc_now
from goodstanding.governance import operations, queries
from goodstanding.governance.types import Effect, FindingStatus, Severity, VersionKind
from tests.pages.conftest import Site
from tests.pages.governed import DAY, Governed, govern, leakage
from tests.rooms.governance.conftest import content


@pytest.fixture
def governed(site: Site) -> Governed:
    return govern(site)


def post(governed: Governed, role: Role, path: str, **fields: str) -> HttpResponse:
    return governed.site.client(role).post(path, fields)


def text(response: HttpResponse) -> str:
    return response.content.decode()


def finding_path(governed: Governed) -> str:
    return f"/models/findings/{governed.leak_finding}/state/"


ACCEPTING = "/models/findings/{leak_finding}/state/?to=risk_accepted"
FINDING = {
    "title": "Monitoring has no owner",
    "description": "Nobody reads the weekly report",
    "severity": "S3",
    "effect": "cap",
    "cap": "25,000.00",
    "currency": "usd",
    "record": "case C-12",
    "responsible": "credit_risk_manager@example.com",
}


def test_a_finding_is_opened_with_its_cap(governed: Governed) -> None:
    path = f"/models/versions/{governed.clean}/finding/"

    response = post(governed, Role.INTERNAL_AUDITOR, path, **FINDING)

    found = queries.findings_at(at=utc_now(), version_id=governed.clean)[-1]
    assert response.status_code == 302
    assert (found.severity, found.effect, found.cap_minor) == (Severity.S3, Effect.CAP, 2_500_000)
    assert found.opened_by == "Ingrid Solberg"


def test_a_finding_cites_a_result_of_the_version(governed: Governed) -> None:
    run = queries.runs_of(version_id=governed.clean, as_of=utc_now())[0]
    cited = str(run.results[0].result_id)
    fields = FINDING | {"test_result": cited, "effect": "none", "cap": "", "record": ""}

    post(governed, Role.MODEL_RISK_MANAGER, f"/models/versions/{governed.clean}/finding/", **fields)

    assert queries.findings_at(at=utc_now(), version_id=governed.clean)[-1].test_result_id == UUID(
        cited
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"severity": "S1"}, "A finding of severity S1 blocks"),
        ({"cap": ""}, "names an amount"),
        ({"cap": "much"}, "is not an exact amount"),
        ({"currency": "XXY"}, "is not an ISO 4217 currency"),
        ({"responsible": "nobody@example.com"}, "Nobody here signs in as nobody@example.com"),
        ({"record": ""}, "points to a test result"),
        ({"title": ""}, "This field is required"),
    ],
)
def test_a_refused_finding_keeps_what_was_typed(
    governed: Governed, changes: dict[str, str], words: str
) -> None:
    path = f"/models/versions/{governed.clean}/finding/"
    before = len(queries.findings_at(at=utc_now()))

    response = post(governed, Role.MODEL_RISK_MANAGER, path, **(FINDING | changes))

    assert response.status_code == 422
    assert words in text(response)
    assert "Nobody reads the weekly report" in text(response)
    assert len(queries.findings_at(at=utc_now())) == before


def test_a_request_is_made_with_its_conditions(governed: Governed) -> None:
    run = queries.runs_of(version_id=governed.clean, as_of=utc_now())[0]
    today = utc_now().date()
    proposed = governed.site.client(Role.ANALYST).get(f"/models/runs/{run.run_id}/request/")
    assert f'value="{today.isoformat()}"' in text(proposed)  # as a browser's date field wants it

    response = post(
        governed, Role.ANALYST, f"/models/runs/{run.run_id}/request/",
        use_case="sba_lending", countries="us, gb", other_conditions="population: new, existing",
        max_exposure="350,000.00", currency="usd", monitoring_every_days="30", fallback="decline",
        valid_from=today.isoformat(), expires_at=(today + timedelta(days=90)).isoformat(),
        reason="Renewal",
    )  # fmt: skip

    asked = queries.requests_at(as_of=utc_now(), version_id=governed.clean)[0]
    assert response.status_code == 302
    assert asked.allowed == {"country": ["GB", "US"], "population": ["existing", "new"]}
    assert asked.max_exposure is not None
    assert asked.max_exposure.amount_minor == 35_000_000
    assert (asked.monitoring_every_days, asked.fallback, asked.is_waiting) == (30, "decline", True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"other_conditions": "population"}, "is not a key, a colon and values"),
        ({"max_exposure": "a lot"}, "is not an exact amount"),
        ({"expires_at": "2099-01-01"}, "Choose"),
        ({"expires_at": "2001-01-01"}, "is not after"),
        ({"reason": ""}, "This field is required"),
    ],
)
def test_a_refused_request_says_where(
    governed: Governed, changes: dict[str, str], words: str
) -> None:
    run = queries.runs_of(version_id=governed.clean, as_of=utc_now())[0]
    today = utc_now().date()
    fields = {
        "use_case": "sba_lending", "fallback": "refer", "reason": "Renewal", "currency": "USD",
        "valid_from": today.isoformat(), "expires_at": (today + timedelta(days=90)).isoformat(),
    }  # fmt: skip

    response = post(
        governed, Role.ANALYST, f"/models/runs/{run.run_id}/request/", **(fields | changes)
    )

    assert response.status_code == 422
    assert words in text(response)


def test_an_opinion_is_given_once_by_its_validator(governed: Governed) -> None:
    run = operations.record_validation_run(
        version_id=governed.clean, plan={}, data_description="again",
        results=[leakage("state", auc=0.6)], by=governed.hands.validator,
        at=utc_now() - DAY,
    )  # fmt: skip
    path = f"/models/runs/{run}/opinion/"

    given = post(governed, Role.MODEL_RISK_MANAGER, path, summary="Sound", impact_share="0.12")
    again = post(governed, Role.MODEL_RISK_MANAGER, path, summary="Sound")

    assert given.status_code == 302
    assert queries.runs_of(version_id=governed.clean, as_of=utc_now())[0].grade == 4
    assert again.status_code == 422
    assert "is given already" in text(again)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"how": "expire"}, "lapsed"),
        ({"how": "revoke"}, "revoked"),
        ({"how": "later"}, "approval_in_force"),
    ],
)
def test_an_approval_is_ended_in_three_ways(
    governed: Governed, fields: dict[str, str], state: str
) -> None:
    on = (utc_now() + 5 * DAY).date().isoformat()

    response = post(
        governed, Role.APPROVER, f"/models/approvals/{governed.approval}/end/",
        reason="Rates moved", on=on, **fields,
    )  # fmt: skip

    row = queries.version_at(version_id=governed.clean, as_of=utc_now())
    assert response.status_code == 302
    assert row.state == state
    if fields["how"] == "later":
        assert row.days_left is not None
        assert row.days_left < 5


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"how": "later", "on": "", "reason": "x"}, "Say on which day"),
        ({"how": "later", "on": "2099-01-01", "reason": "x"}, "never later"),
        ({"how": "later", "on": "2001-01-01", "reason": "x"}, "is not after"),
        ({"how": "expire", "reason": "   "}, "This field is required"),
    ],
)
def test_an_end_that_cannot_be_is_refused(
    governed: Governed, fields: dict[str, str], words: str
) -> None:
    response = post(
        governed, Role.MODEL_RISK_MANAGER, f"/models/approvals/{governed.approval}/end/", **fields
    )

    assert response.status_code == 422
    assert words in text(response)
    assert queries.version_at(version_id=governed.clean, as_of=utc_now()).may_decide


def test_a_risk_is_accepted_until_a_day(governed: Governed) -> None:
    until = utc_now().date() + timedelta(days=10)

    response = post(
        governed, Role.APPROVER, finding_path(governed), to="risk_accepted",
        requested_by="credit_risk_manager@example.com", reason="Demonstration only",
        expires_at=until.isoformat(),
    )  # fmt: skip

    found = queries.finding_at(finding_id=governed.leak_finding, at=utc_now())
    assert response.status_code == 302
    assert found.state is FindingStatus.RISK_ACCEPTED
    assert found.accepted_until is not None
    assert found.accepted_until.date() == until


def test_a_finding_is_closed_by_another_validator_with_the_rerun(governed: Governed) -> None:
    now = utc_now()
    for step in ("action_plan_agreed", "in_progress", "submitted_for_closure"):
        operations.advance_finding(
            finding_id=governed.leak_finding, to=FindingStatus(step), reason="done",
            by=governed.hands.owner, at=now - 2 * DAY,
        )  # fmt: skip
    rerun = operations.record_validation_run(
        version_id=governed.leaky, plan={}, data_description="Term as of the approval",
        results=[leakage("term_months", auc=0.61)], by=governed.second_validator, at=now - DAY,
    )  # fmt: skip
    result_id = str(queries.results_of_run(run_id=rerun)[0].result_id)
    client = governed.site.client(Role.MODEL_RISK_MANAGER)
    client.force_login(
        governed.second_validator, backend="django.contrib.auth.backends.ModelBackend"
    )

    offered = client.get(finding_path(governed), {"to": "validated_closed"})
    assert "Leakage through term months, green," in offered.content.decode()
    without = client.post(finding_path(governed), {"to": "validated_closed", "reason": "Read"})
    closed = client.post(
        finding_path(governed), {"to": "validated_closed", "reason": "Read", "rerun": result_id}
    )

    assert result_id in offered.content.decode()
    assert without.status_code == 422
    assert "cites a test" in without.content.decode()
    assert closed.status_code == 302
    found = queries.finding_at(finding_id=governed.leak_finding, at=utc_now())
    assert found.state is FindingStatus.VALIDATED_CLOSED


@pytest.mark.parametrize(
    ("role", "path", "who"),
    [
        (Role.ANALYST, "/models/requests/{request}/", "Approver"),
        (Role.ANALYST, "/models/approvals/{approval}/end/", "Model risk manager"),
        (Role.ANALYST, "/models/versions/{clean}/finding/", "Internal auditor"),
        (Role.CREDIT_RISK_MANAGER, ACCEPTING, "Approver"),
        (Role.SPECIALIST, "/models/", "Analyst"),
    ],
)  # fmt: skip
def test_who_may_not_learns_who_may(governed: Governed, role: Role, path: str, who: str) -> None:
    address = path.format(**vars(governed))
    client = governed.site.client(role)

    response = (
        client.get(address) if address == "/models/" else client.post(address, {"reason": "x"})
    )

    assert response.status_code == 403
    assert who in response.content.decode()


def test_from_the_past_nothing_changes(governed: Governed) -> None:
    client = governed.site.client(Role.MODEL_RISK_MANAGER)
    past = (utc_now() - 10 * DAY).strftime("%Y-%m-%d %H:%M")
    client.post("/moment/", {"as_of": past, "known_at": ""})

    page = client.get(f"/models/versions/{governed.clean}/")
    response = client.post(
        f"/models/approvals/{governed.approval}/end/", {"how": "expire", "reason": "x"}
    )

    assert "103 days of approval left" in page.content.decode()
    assert "End this approval" not in page.content.decode()
    assert response.status_code == 409


def test_lists_export_exactly_what_they_show(governed: Governed) -> None:
    client = governed.site.client(Role.INTERNAL_AUDITOR)

    models = client.get("/models/", {"format": "csv", "kind": "model"}).content.decode()
    findings = client.get("/models/findings/", {"format": "csv", "state": "open"}).content.decode()

    assert len(models.strip().splitlines()) == 3
    assert "sba_underwriting" not in models
    assert len(findings.strip().splitlines()) == 3


@pytest.mark.parametrize(
    ("asked", "words"), [("scorecard", "sba_scorecard 1"), ("knows the outcome", "Finding 1")]
)
def test_search_finds_versions_and_findings(governed: Governed, asked: str, words: str) -> None:
    response = governed.site.client(Role.MODEL_RISK_MANAGER).get("/search/", {"q": asked})

    assert words in text(response)


def test_what_is_not_there_is_said(governed: Governed) -> None:
    client = governed.site.client(Role.MODEL_RISK_MANAGER)
    nothing = UUID(int=7)

    for path in ("versions", "findings", "approvals", "requests"):
        assert client.get(f"/models/{path}/{nothing}/").status_code == 404
    assert client.get(f"/models/runs/{nothing}/opinion/").status_code == 404
    assert client.get("/models/use-cases/nothing/").status_code == 404


def test_a_validator_runs_a_model_on_its_development_data(governed: Governed) -> None:
    client = governed.site.client(Role.MODEL_RISK_MANAGER)
    path = f"/models/versions/{governed.clean}/"
    assert "Run the validation on its development data" in text(client.get(path))

    response = client.post(f"{path}validation/", follow=True)

    run = queries.runs_of(version_id=governed.clean, as_of=utc_now())[0]
    assert response.redirect_chain[-1][0] == f"/models/runs/{run.run_id}/opinion/"
    assert "12 tests ran: 7 green, 4 red, 1 amber. Findings 3, 4 answer what is red." in text(
        response
    )
    assert "Leakage through requested amount" in text(response)
    assert "11,371 labelled rows of approvals of 2 Jan 2004 to 30 Dec 2004" in text(
        client.get(path)
    )


def test_a_model_without_its_data_cannot_be_run_here(governed: Governed) -> None:
    entry = queries.version_at(version_id=governed.clean, as_of=utc_now())
    bought = operations.register_version(
        kind=VersionKind.MODEL, name=entry.name, content_hash=content("bought"), label="2",
        developer=governed.hands.developer, by=governed.hands.developer, at=utc_now(),
    )  # fmt: skip
    client = governed.site.client(Role.MODEL_RISK_MANAGER)

    shown = client.get(f"/models/versions/{bought}/")
    refused = client.post(f"/models/versions/{bought}/validation/")
    forbidden = post(governed, Role.ANALYST, f"/models/versions/{bought}/validation/")

    assert "cannot be run here: no recipe here made this artefact" in text(shown)
    assert (refused.status_code, forbidden.status_code) == (409, 403)
    assert "The data that model sba_scorecard 2 was developed on is not here" in text(refused)
    assert queries.runs_of(version_id=bought, as_of=utc_now()) == []
