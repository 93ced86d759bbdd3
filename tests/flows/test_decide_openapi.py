"""The OpenAPI document says what the decision service does, and the service does what it says."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from goodstanding.api.decision_service.openapi import OPERATIONS, openapi_document
from goodstanding.api.decision_service.routes import ROUTES
from goodstanding.core.time import utc_now
from tests.flows.approved import Company, stand_company
from tests.flows.installation import ROOT
from tests.flows.kills import first_of_two_free_ports, wait_until
from tests.flows.service import a_body, headers, running, the_service
from tests.rooms.policies.conftest import VERSION_7
from tests.running import run

EXAMPLES = 60
CONFORMS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture
def company(fresh_database: str) -> Company:
    company = stand_company(now=utc_now())
    company.publish(VERSION_7)
    return company


def test_each_route_is_in_the_document() -> None:
    described = {path: set(methods) for path, methods in openapi_document()["paths"].items()}

    assert described == {path: {name.lower() for name in found} for path, found in ROUTES.items()}
    assert {name for found in ROUTES.values() for name in found.values()} == set(OPERATIONS)


def test_each_operation_says_who_may_and_what_may_go_wrong() -> None:
    found = openapi_document()["paths"]["/v1/decisions"]["post"]

    assert found["security"] == [{"key": []}]
    assert set(found["responses"]) == {
        "201", "400", "401", "403", "404", "405", "409", "410", "413", "415", "422", "429", "500",
        "503",
    }  # fmt: skip
    stale = found["responses"]["422"]["content"]["application/problem+json"]["examples"]
    assert stale["as_of_stale"]["value"]["mend"].startswith("Send the moment of the event")


def test_the_example_of_a_body_fits_its_own_schema() -> None:
    document = openapi_document()
    schema = document["components"]["schemas"]["DecisionBody"]

    [example] = schema["examples"]
    validator(document, "DecisionBody").validate(example)


def validator(document: dict[str, Any], name: str) -> Draft202012Validator:
    """A validator of one of the document's schemas."""
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": document["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def test_answers_are_what_the_served_document_describes(company: Company) -> None:
    key = company.key()

    async def scenario() -> list[httpx.Response]:
        async with running(the_service()) as client:
            made = await client.post("/v1/decisions", json=a_body(), headers=headers(key, "k1"))
            referred = await client.post(
                "/v1/decisions", headers=headers(key, "k2"),
                json=a_body(inputs={"amount": 5, "vat_ok": False}),
            )  # fmt: skip
            read = await client.get(made.headers["location"], headers=headers(key, ""))
            refused = await client.post("/v1/decisions", json={}, headers=headers(key, "k3"))
            return [
                await client.get("/v1/openapi.json"), made, referred, read, refused,
                await client.get("/healthz"),
            ]  # fmt: skip

    document, *answers = run(scenario())

    assert document.json() == json.loads(json.dumps(openapi_document()))
    names = ["Answer", "Answer", "WholeDecision", "Problem", "Health"]
    for name, answer in zip(names, answers, strict=True):
        validator(document.json(), name).validate(answer.json())


@contextmanager
def served() -> Iterator[str]:
    """The decision service as the product starts it, on the database of the test."""
    port = first_of_two_free_ports()
    process = subprocess.Popen(
        [sys.executable, "-m", "goodstanding", "serve", "decisions", "--port", str(port)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until("the service is well", lambda: is_well(url))
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def is_well(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.slow
def test_whatever_is_sent_is_answered_as_described(company: Company) -> None:
    """Requests drawn from the document, and ones that break it: no 5xx, no undescribed answer."""
    key = company.key("decide", "read_experiments")
    with served() as url:
        schema = schemathesis.openapi.from_url(f"{url}/v1/openapi.json")
        operations = [found.ok() for found in schema.get_all_operations()]
        statuses = {operation.label: ask(operation, key) for operation in operations}

    # The document's own path is left out by the tool, which has just read it there.
    assert statuses.keys() == {
        "GET /healthz", "GET /v1/decisions/{decision_id}", "POST /v1/decisions",
        "GET /v1/experiments", "GET /v1/experiments/{name}", "GET /v1/experiments/{name}/memo",
        "GET /v1/power",
    }  # fmt: skip
    assert statuses["POST /v1/decisions"] >= {404, 422}
    assert statuses["GET /v1/decisions/{decision_id}"] >= {404}
    assert statuses["GET /v1/experiments/{name}/memo"] >= {404}
    assert statuses["GET /v1/power"] >= {200, 422}


def ask(operation: Any, key: str) -> set[int]:
    """Call the operation with what it describes and with what it does not; the statuses seen."""
    seen: set[int] = set()
    takes_something = bool(OPERATIONS[operation.definition.raw["operationId"]].parameters)
    for mode in GenerationMode if takes_something else [GenerationMode.POSITIVE]:

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case: Case) -> None:
            case.headers["Authorization"] = f"Bearer {key}"
            answer = case.call()
            case.validate_response(answer, checks=CONFORMS)
            seen.add(answer.status_code)

        call()
    return seen
