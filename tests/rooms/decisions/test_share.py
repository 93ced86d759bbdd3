"""Shares by business: the same buckets on every engine, ramping moves nobody, the gate per arm."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
from django.db import connection

from goodstanding.decisions.arms import Engine, bucket, bucket_sql
from goodstanding.decisions.models import Decision
from goodstanding.decisions.operations import decide, read_in_force
from goodstanding.decisions.queries import arms_of_share, share_preview, units_by_bucket
from goodstanding.decisions.types import Entity
from goodstanding.governance.operations import revoke_approval
from goodstanding.language.conform import RUNNERS
from goodstanding.policies.errors import ShareTaken
from goodstanding.policies.models import PolicyVersion
from goodstanding.policies.operations import publish_version, share_version
from tests.flows.approved import Company, approve_by_desk, stand_company
from tests.instants import NOON
from tests.rooms.decisions.requests import a_request
from tests.rooms.decisions.test_shadow import CHAMPION, STRICTER

ANA = "ana@example.com"
LATER = datetime(2100, 1, 1, tzinfo=UTC)
KOELN = "companies_house:Köln 北京"
KNOWN = [
    ("exp-limit-01", "seller-1", 1009),
    ("exp-limit-01", "seller-2", 6328),
    ("exp-terms-07", "buyer-000042", 7979),
    ("trade_uk", KOELN, bucket(salt="trade_uk", unit=KOELN)),
]


def query_of(engine: Engine, salt: str, unit: str) -> str:
    expression = bucket_sql(engine, salt=f"'{salt}'", unit=f"'{unit}'")
    return f"select {expression} as bucket"


def on_postgres(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query.replace("%", "%%"), [])
        return cursor.fetchall()[0][0]


def on_duckdb(query: str) -> int:
    return duckdb.connect().execute(query).fetchall()[0][0]


@pytest.mark.django_db
@pytest.mark.parametrize(("engine", "run"), [("postgres", on_postgres), ("duckdb", on_duckdb)])
def test_the_known_buckets_on_every_database(engine: Any, run: Callable[[str], int]) -> None:
    found = [run(query_of(engine, salt, unit)) for salt, unit, _ in KNOWN]

    assert found == [expected for _, _, expected in KNOWN]


@dataclass
class Trial:
    """Version 7 decides, version 8 is approved by the desk and by the second line."""

    company: Company
    second: PolicyVersion

    def share(self, buckets: int, *, at: datetime = NOON) -> None:
        share_version(
            text_hash=self.second.text_hash, share=buckets, reason="ramp", by=self.company.owner,
            at=at,
        )  # fmt: skip

    def decide(self, business: str) -> Decision:
        made = decide(
            request=a_request(entity=Entity("companies_house", business), dpd_max=30),
            legal_entity="GS-UK", by=ANA, at=NOON, in_force=read_in_force(at=NOON),
        )  # fmt: skip
        return Decision.objects.get(id=made.decision_id)


@pytest.fixture
def trial(db: None) -> Trial:
    company = stand_company(now=NOON)
    company.publish(CHAMPION)
    second = publish_version(
        text=STRICTER, artefacts={}, author=company.developer, by=company.developer,
        at=NOON - timedelta(days=12),
    )  # fmt: skip
    company.approve(second.text_hash)
    approve_by_desk(company, second.text_hash)
    return Trial(company, second)


BUSINESSES = [f"{number:08}" for number in range(60)]


def test_ramping_up_and_down_keeps_every_business(trial: Trial) -> None:
    trial.share(2500)
    at_quarter = {name: trial.decide(name).arm for name in BUSINESSES}
    trial.share(5000)
    at_half = {name: trial.decide(name).arm for name in BUSINESSES}
    trial.share(2500)
    again = {name: trial.decide(name).arm for name in BUSINESSES}

    assert again == at_quarter
    moved = [name for name in BUSINESSES if at_quarter[name] != at_half[name]]
    assert moved
    assert all(at_half[name] == "version 8" for name in moved)


def test_the_preview_counts_who_will_fall_in(trial: Trial) -> None:
    for name in BUSINESSES:
        trial.decide(name)
    span = {"policy": "trade_uk", "salt": "trade_uk", "since": NOON - timedelta(days=3650)}
    preview = share_preview(**span, share=2500, share_now=500, known_at=LATER)
    units = units_by_bucket(**span, known_at=LATER)
    trial.share(2500)

    arms = [trial.decide(name).arm for name in BUSINESSES]

    assert preview.businesses == sum(units.values()) == len(BUSINESSES)
    assert preview.inside == arms.count("version 8")
    assert preview.joining == preview.inside - preview.inside_now
    assert preview.leaving == 0
    expected = {bucket(salt="trade_uk", unit=f"companies_house:{name}") for name in BUSINESSES}
    assert set(units) == expected


def test_records_keep_arm_bucket_and_propensity(trial: Trial) -> None:
    trial.share(2500)
    decisions = [trial.decide(name) for name in BUSINESSES[:20]]

    for decision in decisions:
        inside = decision.bucket < 2500
        assert decision.arm == ("version 8" if inside else "champion")
        assert (decision.outcome == "decline") is inside
        expected = '"propensity":"0.2500"' if inside else '"propensity":"0.7500"'
        assert expected in decision.record
    arms = {arm.arm: arm for arm in arms_of_share(policy="trade_uk", since=NOON, known_at=LATER)}
    assert arms["champion"].units + arms["version 8"].units == 20
    assert arms["version 8"].declined == arms["version 8"].decisions


def test_a_share_whose_approval_lapses_falls_back_alone(trial: Trial) -> None:
    trial.share(5000)
    revoke_approval(
        approval_id=trial.company.approvals[trial.second.text_hash], reason="losses doubled",
        by=trial.company.validator, at=NOON,
    )  # fmt: skip

    decisions = [trial.decide(name) for name in BUSINESSES[:20]]

    by_arm = {decision.arm: decision for decision in decisions}
    assert by_arm["champion"].outcome == "approve"
    assert (by_arm["version 8"].outcome, by_arm["version 8"].gate_state) == (
        "refer",
        "not_approved",
    )


def test_one_version_shares_at_a_time(trial: Trial) -> None:
    trial.share(500)
    third = publish_version(
        text=STRICTER.replace('"8"', '"9"'), artefacts={}, author=trial.company.developer,
        by=trial.company.developer, at=NOON,
    )  # fmt: skip

    with pytest.raises(ShareTaken, match="Version 8"):
        share_version(
            text_hash=third.text_hash, share=500, reason="too", by=trial.company.owner, at=NOON
        )


@pytest.mark.slow
def test_the_known_buckets_on_spark() -> None:
    pytest.importorskip("pyspark", reason="Spark is an extra")
    runner = RUNNERS["spark"]()
    session: Any = getattr(runner, "_session")  # noqa: B009 - the session that is open
    for salt, unit, expected in KNOWN:
        assert session.sql(query_of("spark", salt, unit)).collect()[0]["bucket"] == expected
