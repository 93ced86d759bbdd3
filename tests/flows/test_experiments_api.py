"""Experiments over HTTP: what a machine reads of them, and what it is refused."""

from datetime import timedelta

import httpx
import pytest

from goodstanding.accounts.models import LegalEntity
from goodstanding.accounts.operations import make_api_key
from goodstanding.core.time import utc_now
from goodstanding.evidence.experiments import operations
from goodstanding.evidence.experiments.planning import document_hash
from goodstanding.evidence.experiments.types import MetricKind
from tests.flows.service import running, the_service
from tests.flows.test_decide_openapi import validator
from tests.instants import NOON
from tests.rooms.evidence.experimenting import DAY, Floor, decide_some, lay_floor, rail
from tests.rooms.policies.conftest import stand_desk
from tests.running import run

EXPERIMENTS = "/v1/experiments"


@pytest.fixture
def floor(fresh_database: str) -> Floor:
    return lay_floor(stand_desk())


def key_of(floor: Floor, *, scope: str = "read_experiments", company: str = "GS-UK") -> str:
    return make_api_key(
        label="bench", scopes=[scope], legal_entity=company, by=floor.desk.manager,
        at=utc_now() - timedelta(hours=1),
    )  # fmt: skip


def get(*asked: tuple[str, str], method: str = "GET") -> list[httpx.Response]:
    """Ask for each path with its key."""

    async def scenario() -> list[httpx.Response]:
        async with running(the_service()) as client:
            return [
                await client.request(method, path, headers={"authorization": f"Bearer {key}"})
                for path, key in asked
            ]

    return run(scenario())


def test_an_experiment_is_read_as_the_served_document_describes(floor: Floor) -> None:
    floor.run(floor.plan(guard_rails=(rail(MetricKind.REFERRAL_RATE, "0.05"),)))
    decide_some(range(400), at=NOON + DAY)
    operations.end_experiment(
        name="exp-cut-01", reason="Horizon reached", by=floor.desk.manager, at=NOON + 31 * DAY
    )
    floor.run(floor.plan(name="exp-cut-02"))
    key = key_of(floor)

    document, every, none, ended, young, memo, power = (
        each.json()
        for each in get(
            ("/v1/openapi.json", ""), (EXPERIMENTS, key), (f"{EXPERIMENTS}?policy=other", key),
            (f"{EXPERIMENTS}/exp-cut-01", key), (f"{EXPERIMENTS}/exp-cut-02", key),
            (f"{EXPERIMENTS}/exp-cut-01/memo", key),
            ("/v1/power?base_rate=0.01&effect=-0.2&effect=-0.5", key),
        )
    )  # fmt: skip

    described = {
        "ExperimentList": [every, none], "WholeExperiment": [ended, young], "MemoAnswer": [memo],
        "PowerTable": [power],
    }  # fmt: skip
    for name, answers in described.items():
        for answer in answers:
            validator(document, name).validate(answer)
    assert [each["name"] for each in every["experiments"]] == ["exp-cut-02", "exp-cut-01"]
    assert none == {"experiments": []}
    assert ended["experiment"]["state"] == "ended"
    assert ended["steps"]["registered"]["who"] == "Anna"
    assert sum(arm["units"] for arm in ended["figures"]["arms"]) == 400
    assert not ended["figures"]["split"]["is_mismatch"]
    (primary,) = ended["figures"]["primary"]
    assert primary["low"] < 0.4 < primary["high"]
    assert young["verdict"]["code"] == "no_answer"
    assert young["figures"]["primary"][0]["value"] is None
    assert memo["memo"]["recommendation"]["code"] == "ship"
    assert memo["sha256"] == document_hash(memo["memo"])
    assert [size["control_n"] for size in power["sizes"]] == [35_001, 4_673]


def test_who_may_not_read_experiments_is_told_why(floor: Floor) -> None:
    floor.run(floor.plan())
    LegalEntity.objects.create(code="OTHER", name="Other", country="GB", simulated=True)
    reader, decider = key_of(floor), key_of(floor, scope="decide")
    stranger = key_of(floor, company="OTHER")
    one = f"{EXPERIMENTS}/exp-cut-01"
    paths = (EXPERIMENTS, one, f"{one}/memo", "/v1/power?base_rate=0.1")

    refused = get(*((path, key) for path in paths for key in (decider, "gs_nothing_here")))
    elsewhere = get((EXPERIMENTS, stranger), (one, stranger), (f"{one}/memo", stranger))
    absent = get((f"{EXPERIMENTS}/no-such", reader), (f"{one}/memo", reader), (f"{one}%00", reader))
    nothing = get((f"{EXPERIMENTS}?policy=line%00", reader))
    written = get(*((path, reader) for path in paths[:3]), method="POST")

    codes = [(answer.status_code, answer.json()["code"]) for answer in refused]
    assert codes == [(403, "key_lacks_scope"), (401, "key_refused")] * 4
    assert elsewhere[0].json() == {"experiments": []}
    assert [answer.status_code for answer in elsewhere[1:]] == [404, 404]
    assert [answer.json()["code"] for answer in absent] == ["not_found"] * 3
    assert nothing[0].json() == {"experiments": []}
    assert "memo" in absent[1].json()["title"]
    assert [answer.status_code for answer in written] == [405, 405, 405]


WRONG: list[tuple[str, str, str]] = [
    ("", "missing_field", "base_rate"),
    ("?base_rate=much", "wrong_value", "base_rate"),
    ("?base_rate=nan", "wrong_value", "base_rate"),
    ("?base_rate=0.1&share=1", "wrong_value", "share"),
    ("?base_rate=0.1" + "&effect=0.1" * 21, "wrong_value", "effect"),
    ("?base_rate=1.5", "input_shape", ""),
    ("?base_rate=0.1&effect=1e-300", "input_shape", ""),
    ("?base_rate=0.1&alpha=2", "input_shape", ""),
]


def test_a_size_that_cannot_be_reckoned_is_refused(floor: Floor) -> None:
    key = key_of(floor)

    answers = get(*((f"/v1/power{query}", key) for query, _, _ in WRONG))

    for answer, (query, code, field) in zip(answers, WRONG, strict=True):
        problem = answer.json()
        assert answer.status_code == 422, query
        assert answer.headers["content-type"] == "application/problem+json"
        assert (problem["code"], problem.get("field", "")) == (code, field), query
