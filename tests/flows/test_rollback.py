"""One click back, seen by a caller of the decision service that nobody restarts."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from goodstanding.core.models import AuditEntry
from goodstanding.core.time import utc_now
from goodstanding.policies.operations import activate_version, publish_version, roll_back_version
from tests.flows.approved import Company, approve_by_desk, stand_company
from tests.flows.service import a_body, headers
from tests.flows.test_decide_service import ask, elsewhere
from tests.rooms.decisions.test_shadow import CHAMPION, STRICTER

INPUTS = a_body()["inputs"] | {"dpd_max": 30}


@pytest.fixture
def company(fresh_database: str) -> Company:
    company = stand_company(now=utc_now())
    company.publish(CHAMPION)
    second = publish_version(
        text=STRICTER, artefacts={}, author=company.developer, by=company.developer,
        at=company.now - timedelta(days=12),
    )  # fmt: skip
    company.approve(second.text_hash)
    approve_by_desk(company, second.text_hash)
    activate_version(
        text_hash=second.text_hash, reason="fewer late payers", by=company.owner,
        at=company.now - timedelta(days=1),
    )  # fmt: skip
    return company


def test_a_rollback_decides_within_a_second_without_a_restart(company: Company) -> None:
    key = company.key()
    first = next(iter(company.approvals))

    async def decide(client: httpx.AsyncClient, name: str) -> dict[str, Any]:
        answer = await client.post(
            "/v1/decisions", json=a_body(inputs=INPUTS), headers=headers(key, name)
        )
        return answer.json()

    async def scenario(client: httpx.AsyncClient) -> list[dict[str, Any]]:
        before = await decide(client, "k1")
        await elsewhere(
            lambda: roll_back_version(
                text_hash=first, reason="too strict", by=company.owner, at=utc_now()
            )
        )
        await asyncio.sleep(1)
        return [before, await decide(client, "k2")]

    before, after = ask(scenario)

    assert (before["policy"]["version"], before["outcome"]) == ("8", "decline")
    assert (after["policy"]["version"], after["outcome"]) == ("7", "approve")
    line = AuditEntry.objects.get(action="roll_back_policy")
    assert (line.actor, line.detail["replaced"]) == (company.owner.email, "8")
    assert line.detail["reason"] == "too strict"
