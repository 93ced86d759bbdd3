"""A model that is gone suspends the approval that rests on it: its policy falls back, by record."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from goodstanding.core.postgres import EmbeddedServer
from goodstanding.core.time import utc_now
from goodstanding.decisions.answer import StoredDecision
from goodstanding.decisions.operations import decide, reading_in_force, replay
from goodstanding.decisions.types import DecisionRequest, Entity
from goodstanding.policies import queries
from goodstanding.policies.models import Artefact
from tests.flows.approved import stand_company
from tests.pages.published import TEXT
from tests.pages.test_decisions import SOUND, artefacts_named_in
from tests.rooms.policies.texts import TRADE_UK, TRADE_UK_TESTS

CACHES = (reading_in_force._version, queries.compiled, queries._kept_model)


@pytest.fixture(autouse=True)
def _as_another_process() -> Iterator[None]:
    """What a process has loaded it keeps; these tests are about the next one."""
    forget()
    yield
    forget()


def forget() -> None:
    for cache in CACHES:
        cache.cache_clear()


def asked(key: str, policy: str = "sba_underwriting", **inputs: Any) -> StoredDecision:
    now = utc_now()
    request = DecisionRequest(
        policy=policy, entity=Entity("sba_loan", "1000000001"), as_of=now,
        inputs=inputs or SOUND, idempotency_key=key,
    )  # fmt: skip
    return decide(request=request, legal_entity="GS-US", by="key:lender", at=now)


@pytest.mark.parametrize("kind", ["trees", "scorecard"])
def test_a_vanished_model_suspends_falls_back_and_replays(
    kind: str, fresh_database: str, postgres: EmbeddedServer
) -> None:
    now = utc_now()
    artefacts = artefacts_named_in(TEXT)
    stand_company(now=now, code="GS-US").publish(TEXT, artefacts=artefacts)
    before = asked("before")
    gone = next(sha for sha, content in artefacts.items() if f'"kind":"{kind}"'.encode() in content)
    kept = Artefact.objects.get(sha256=gone)

    _remove(gone, fresh_database, postgres)
    forget()
    after = asked("after")

    assert (before.record["outcome"], before.record["gate"]["state"]) == ("approve", "current")
    gate = after.record["gate"]
    assert (gate["state"], gate["code"]) == ("suspended", "artefact_vanished")
    assert gone in gate["reason"]
    assert after.record["decided_by"] == "gate"
    assert after.record["outcome"] == "refer"
    assert after.record["terms"] == []
    assert [reason["code"] for reason in after.record["reasons"]] == ["GATE_ARTEFACT_VANISHED"]
    at = utc_now() + timedelta(seconds=1)
    assert replay(decision_id=after.decision_id, by="ina", at=at).is_same
    assert replay(decision_id=before.decision_id, by="ina", at=at).verdict == "policy_missing"

    kept.pk = None
    Artefact.objects.bulk_create([kept])
    forget()
    again = asked("again")

    assert again.record["gate"]["state"] == "current"
    for stored in (before, after, again):
        assert replay(decision_id=stored.decision_id, by="ina", at=at).is_same


def test_the_other_policies_go_on(fresh_database: str, postgres: EmbeddedServer) -> None:
    now = utc_now()
    artefacts = artefacts_named_in(TEXT)
    company = stand_company(now=now, code="GS-US")
    company.publish(TEXT, artefacts=artefacts)
    company.publish((TRADE_UK + TRADE_UK_TESTS).replace("GS-UK", "GS-US"))

    _remove(next(iter(artefacts)), fresh_database, postgres)
    forget()

    amount = {"amount": Decimal("100.00"), "dpd_max": 0, "vat_ok": True, "tenure_months": 24}
    decided = asked("trade", policy="trade_uk", **amount)
    assert decided.record["gate"]["state"] == "current"


def _remove(sha256: str, database: str, postgres: EmbeddedServer) -> None:
    """As a restore of half a backup would leave it; nobody here can remove an artefact."""
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(postgres.url(database=str(name)), autocommit=True) as owner:
        owner.execute("set session_replication_role = replica")
        owner.execute("delete from policies_artefact where sha256 = %s", (sha256,))
