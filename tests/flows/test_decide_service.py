"""The decision service: what a caller sees."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest

from goodstanding.accounts.models import ApiKey, LegalEntity, User
from goodstanding.accounts.operations import make_api_key, revoke_api_key
from goodstanding.api.decision_service.application import STRANGERS_PER_SECOND
from goodstanding.core.encryption import read_personal
from goodstanding.core.models import OutboxMessage
from goodstanding.core.time import utc_now
from goodstanding.decisions.models import Decision, RejectedEvent
from goodstanding.decisions.operations import DatabaseThread
from goodstanding.governance import operations as governance
from tests.flows.approved import Company, stand_company
from tests.flows.service import a_body, headers, running, the_service
from tests.rooms.policies.conftest import VERSION_7 as TRADE_UK
from tests.running import run as run_to_end

Answer = TypeVar("Answer")


@pytest.fixture
def company(fresh_database: str) -> Company:
    company = stand_company(now=utc_now())
    company.publish(TRADE_UK)
    return company


def ask(scenario: Callable[[httpx.AsyncClient], Awaitable[Answer]], **service: Any) -> Answer:
    """Run the scenario against a service of its own."""

    async def run() -> Answer:
        async with running(the_service(**service)) as client:
            return await scenario(client)

    return run_to_end(run())


async def elsewhere(call: Callable[[], object]) -> None:
    """Somebody else does something, in a thread and a connection of their own."""
    thread = DatabaseThread("elsewhere")
    await thread.run(call)
    await thread.close()


def post(key: str, **changed: Any) -> httpx.Response:
    """One request, one answer."""
    idempotency_key = changed.pop("idempotency_key", "k-1")

    async def scenario(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post(
            "/v1/decisions", json=a_body(**changed), headers=headers(key, idempotency_key)
        )

    return ask(scenario)


def test_a_decision_is_answered_and_stored(company: Company) -> None:
    answer = post(company.key())

    assert answer.status_code == 201
    body = answer.json()
    kept = Decision.objects.get()
    assert answer.headers["location"] == f"/v1/decisions/{kept.id}"
    assert body["decision_id"] == str(kept.id)
    assert (body["outcome"], body["gate"]["state"]) == ("approve", "current")
    assert body["gate"]["approval_id"] == str(*company.approvals.values())
    assert body["record_hash"] == kept.record_hash
    assert (kept.actor[:4], kept.legal_entity, kept.amount_minor) == ("key:", "GS-UK", 10_000)
    assert kept.duration_us is not None


def test_the_stored_decision_is_read_back_with_its_record(company: Company) -> None:
    key = company.key()

    async def scenario(client: httpx.AsyncClient) -> tuple[httpx.Response, httpx.Response]:
        made = await client.post("/v1/decisions", json=a_body(), headers=headers(key, "k"))
        read = await client.get(made.headers["location"], headers=headers(key, ""))
        return made, read

    made, read = ask(scenario)

    assert read.status_code == 200
    assert read.json()["record"]["outcome"] == made.json()["outcome"]
    assert read.json()["record_hash"] == made.json()["record_hash"]


def test_a_hundred_at_once_share_commits_and_each_is_kept(company: Company) -> None:
    key = company.key()

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        return await asyncio.gather(
            *(
                client.post(
                    "/v1/decisions",
                    json=a_body(inputs={"amount": number, "vat_ok": number % 2 == 0}),
                    headers=headers(key, f"k-{number}"),
                )
                for number in range(1, 101)
            )
        )

    answers = ask(scenario)

    assert {answer.status_code for answer in answers} == {201}
    assert Decision.objects.count() == 100
    transactions = Decision.objects.values_list("xid", flat=True).distinct().count()
    assert transactions < 100
    referred = {answer.json()["decision_id"] for answer in answers
                if answer.json()["outcome"] == "refer"}  # fmt: skip
    messages = OutboxMessage.objects.filter(kind="decision_referred")
    assert {str(message.subject_id) for message in messages} == referred
    assert len(referred) == 100


def test_the_same_key_many_times_at_once_is_decided_once(company: Company) -> None:
    key, body = company.key(), a_body()

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        posts = (
            client.post("/v1/decisions", json=body, headers=headers(key, "k")) for _ in range(20)
        )
        return await asyncio.gather(*posts)

    answers = ask(scenario)

    assert len({answer.content for answer in answers}) == 1
    assert Decision.objects.count() == 1
    replayed = [answer.headers.get("idempotency-replayed") for answer in answers]
    assert replayed.count("true") == 19


def test_a_key_used_for_another_body_is_refused(company: Company) -> None:
    key = company.key()
    first = post(key)

    second = post(key, inputs={"amount": 7})

    assert second.status_code == 409
    assert second.headers["content-type"] == "application/problem+json"
    assert second.json()["code"] == "idempotency_key_reused"
    assert "k-1" in second.json()["title"]
    assert first.json()["decision_id"] in second.json()["title"]


def test_a_finding_stops_the_policy_within_a_second(company: Company) -> None:
    key = company.key()
    [text_hash] = company.approvals

    async def scenario(client: httpx.AsyncClient) -> list[dict[str, Any]]:
        before = await client.post("/v1/decisions", json=a_body(), headers=headers(key, "k1"))
        await elsewhere(lambda: company.block(text_hash, at=utc_now()))
        await asyncio.sleep(1)
        after = await client.post("/v1/decisions", json=a_body(), headers=headers(key, "k2"))
        return [before.json(), after.json()]

    before, after = ask(scenario)

    assert (before["outcome"], after["outcome"]) == ("approve", "refer")
    assert after["gate"]["state"] == "suspended"
    assert "finding" in after["reasons"][0]["text"]


def test_an_expired_approval_refers_and_says_why(company: Company) -> None:
    [approval] = company.approvals.values()
    governance.revoke_approval(
        approval_id=approval, reason="losses doubled", by=company.approver, at=utc_now()
    )

    body = post(company.key()).json()

    assert (body["outcome"], body["decided_by"]) == ("refer", "gate")
    assert "losses doubled" in body["reasons"][0]["text"]


def test_a_revoked_key_is_refused_within_a_second(company: Company) -> None:
    key = company.key()

    async def scenario(client: httpx.AsyncClient) -> list[int]:
        before = await client.post("/v1/decisions", json=a_body(), headers=headers(key, "k1"))
        await elsewhere(
            lambda: revoke_api_key(
                key_id=ApiKey.objects.get().id, by=company.owner, reason="leaked", at=utc_now()
            )
        )
        await asyncio.sleep(1)
        after = await client.post("/v1/decisions", json=a_body(), headers=headers(key, "k2"))
        return [before.status_code, after.status_code]

    assert ask(scenario) == [201, 401]


def test_a_service_that_cannot_read_the_gate_stops_deciding(company: Company) -> None:
    key = company.key()
    drift = [timedelta()]

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        drift[0] = timedelta(seconds=6)
        posted = await client.post("/v1/decisions", json=a_body(), headers=headers(key, "k"))
        return [posted, await client.get("/healthz")]

    posted, health = ask(scenario, clock=lambda: datetime.now(UTC) + drift[0])

    assert (posted.status_code, health.status_code) == (503, 503)
    assert posted.json()["code"] == "keys_not_read"
    assert "retry-after" in posted.headers


HUGE = "x" * 1_000_000


BAD_INPUT: list[tuple[dict[str, Any], int, str, str]] = [
    ({"policy": "trade_fr"}, 404, "unknown_policy", "policy"),
    ({"policy": 7}, 422, "wrong_value", "policy"),
    ({"policy": None}, 422, "missing_field", "policy"),
    ({"entity": None}, 422, "missing_field", "entity"),
    ({"entity": {"scheme": "a", "valu": "b"}}, 422, "unknown_field", "entity.valu"),
    ({"entity": {"scheme": "a", "value": " "}}, 422, "entity_empty", "entity.value"),
    ({"as_of": None}, 422, "missing_field", "as_of"),
    ({"as_of": "2026-11-22T10:00:00"}, 422, "wrong_value", "as_of"),
    ({"as_of": "2020-11-22T10:00:00Z"}, 422, "as_of_stale", "as_of"),
    ({"as_of": "2999-11-22T10:00:00Z"}, 422, "as_of_ahead", "as_of"),
    ({"inputs": [1]}, 422, "wrong_value", "inputs"),
    ({"inputs": {"amount": 1, "dpd_mx": 3}}, 422, "input_unknown", "inputs.dpd_mx"),
    ({"inputs": {"dpd_max": 3}}, 422, "input_required", "inputs.amount"),
    ({"inputs": {"amount": "lots"}}, 422, "input_required", "inputs.amount"),
    ({"inputs": {"amount": 1, "dpd_max": "a\0b"}}, 400, "null_character", "inputs.dpd_max"),
    ({"supersedes": "seven"}, 422, "wrong_value", "supersedes"),
    (
        {"supersedes": "00000000-0000-0000-0000-000000000000"}, 422, "supersedes_unknown",
        "supersedes",
    ),
    ({"polcy": "trade_uk"}, 422, "unknown_field", "polcy"),
    ({"inputs": {"amount": HUGE}}, 413, "body_too_large", "inputs.amount"),
]  # fmt: skip


def test_bad_input_is_refused_by_name_with_its_mend(company: Company) -> None:
    key = company.key()

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [
            await client.post("/v1/decisions", json=a_body(**changed), headers=headers(key, "k"))
            for changed, *_ in BAD_INPUT
        ]

    answers = ask(scenario)

    problems = [answer.json() for answer in answers]
    assert [
        (answer.status_code, problem["code"], problem["field"])
        for answer, problem in zip(answers, problems, strict=True)
    ] == [(status, code, field) for _, status, code, field in BAD_INPUT]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert all(problem["mend"] for problem in problems)
    assert Decision.objects.count() == 0


NOT_JSON: list[tuple[bytes, str, str]] = [
    (b"", "malformed_json", "body"),
    (b"{", "malformed_json", "body"),
    (b"\xff", "malformed_json", "body"),
    (b"[" * 50_000, "wrong_value", "body"),
    (json.dumps(a_body(inputs={"amount": float("nan")})).encode(), "not_a_number",
     "inputs.amount"),
    (json.dumps(a_body(inputs={"amount": float("inf")})).encode(), "not_a_number",
     "inputs.amount"),
    (b'{"policy": ' + b"9" * 10_000 + b"}", "wrong_value", "policy"),
    (b'{"policy": "\\ud800"}', "malformed_json", "body"),
    (json.dumps(a_body())[:-1].encode() + b', "policy": "other"}', "doubled_name", "policy"),
]  # fmt: skip


def test_what_is_not_json_is_refused_and_kept(company: Company) -> None:
    sent = headers(company.key(), "k") | {"content-type": "application/json"}

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [
            await client.post("/v1/decisions", content=body, headers=sent) for body, *_ in NOT_JSON
        ]

    answers = [answer.json() for answer in ask(scenario)]

    wanted = [(code, field) for _, code, field in NOT_JSON]
    assert [(problem["code"], problem["field"]) for problem in answers] == wanted
    kept = RejectedEvent.objects.order_by("id").values_list("code", "field")
    assert list(kept) == wanted


def test_a_refused_event_is_kept_encrypted(company: Company) -> None:
    post(company.key(), as_of=None)

    kept = RejectedEvent.objects.get()
    assert (kept.code, kept.field, kept.legal_entity) == ("missing_field", "as_of", "GS-UK")
    body = read_personal(value_id=kept.personal_value_id)["body"]
    assert body is not None
    assert json.loads(body)["policy"] == "trade_uk"


def test_a_bad_optional_value_never_rejects_an_event(company: Company) -> None:
    body = post(
        company.key(),
        inputs={"amount": 1, "vat_ok": "perhaps", "dpd_max": [], "utilisation": "0.5",
                "tenure_months": 24},
    ).json()  # fmt: skip

    assert body["outcome"] == "refer"
    kinds = Decision.objects.get().record
    assert json.loads(kinds)["inputs"]["vat_ok"]["missing"] == "invalid"


STRANGERS: list[tuple[dict[str, str], int, str]] = [
    ({}, 401, "key_refused"),
    ({"authorization": "Basic abc"}, 401, "key_refused"),
    ({"authorization": "Bearer gs_nothing_here"}, 401, "key_refused"),
    ({"authorization": "Bearer {key}x"}, 401, "key_refused"),
    ({"authorization": "Bearer {reader}", "idempotency-key": "k"}, 403, "key_lacks_scope"),
    ({"authorization": "Bearer {key}"}, 400, "idempotency_key_missing"),
    (
        {"authorization": "Bearer {key}", "idempotency-key": "k" * 201},
        400, "idempotency_key_missing",
    ),
    (
        {"authorization": "Bearer {key}", "idempotency-key": "k", "content-type": "text/csv"},
        415, "unsupported_media_type",
    ),
]  # fmt: skip


def test_who_may_not_ask_is_told_why(company: Company) -> None:
    keys = {"key": company.key(), "reader": company.key("read_decisions")}
    json_type = {"content-type": "application/json"}

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [
            await client.post(
                "/v1/decisions",
                content=json.dumps(a_body()),
                headers=json_type | {name: value.format(**keys) for name, value in sent.items()},
            )
            for sent, *_ in STRANGERS
        ]

    answers = ask(scenario)

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (status, code) for _, status, code in STRANGERS
    ]
    assert ["www-authenticate" in answer.headers for answer in answers] == [
        status == 401 for _, status, _ in STRANGERS
    ]
    assert Decision.objects.count() == 0


def test_a_caller_who_asks_too_often_waits(company: Company) -> None:
    key = company.key()

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [
            await client.post("/v1/decisions", json=a_body(), headers=headers(key, f"k-{number}"))
            for number in range(4)
        ]

    answers = ask(scenario, per_second=3)

    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert answers[-1].headers["retry-after"] == "1"


def test_an_address_without_a_key_in_force_is_held_up_and_no_other_caller(
    company: Company,
) -> None:
    key = company.key()
    wrong = headers("gs_000000000000_wrong", "k")

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        tried = [
            await client.post("/v1/decisions", json=a_body(), headers=wrong) for _ in range(40)
        ]
        return [
            *tried, await client.post("/v1/decisions", json=a_body(), headers=headers(key, "k"))
        ]  # fmt: skip

    *refused, served = ask(scenario)

    assert [answer.status_code for answer in refused[:STRANGERS_PER_SECOND]] == [
        401
    ] * STRANGERS_PER_SECOND
    assert refused[-1].status_code == 429
    assert refused[-1].json()["code"] == "too_many_strangers"
    assert refused[-1].headers["retry-after"] == "1"
    assert served.status_code == 201


def test_a_decision_of_another_company_is_not_there(company: Company) -> None:
    made = post(company.key())
    other = key_of_another_company()

    async def scenario(client: httpx.AsyncClient) -> httpx.Response:
        return await client.get(made.headers["location"], headers=headers(other, ""))

    assert ask(scenario).status_code == 404


def key_of_another_company() -> str:
    LegalEntity.objects.create(code="OTHER", name="Other", country="GB")
    return make_api_key(
        label="other", scopes=["decide"], legal_entity="OTHER", by=User.objects.first(),
        at=utc_now(),
    )  # fmt: skip


def test_other_paths_and_methods_are_refused(company: Company) -> None:
    key = company.key()
    wrong = [
        ("GET", "/v1/decisions", 405),
        ("POST", "/healthz", 405),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/decisions/seven", 404),
    ]

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [
            await client.request(method, path, headers=headers(key, "k"))
            for method, path, _ in wrong
        ]

    answers = ask(scenario)

    assert [answer.status_code for answer in answers] == [status for *_, status in wrong]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert [answer.headers.get("allow") for answer in answers] == ["POST", "GET", None, None]
