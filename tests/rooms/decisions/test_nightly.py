"""A day's decisions derived again: bit for bit in Python, and set-wise in every table engine."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from goodstanding.core.encryption import destroy_key
from goodstanding.core.ids import new_id
from goodstanding.core.models import AuditEntry, PersonalValue
from goodstanding.core.named_sql import named_sql
from goodstanding.core.time import utc_now
from goodstanding.decisions.canonical import encode_canonical, text_hash
from goodstanding.decisions.models import Decision, Replay, ReplayRun
from goodstanding.decisions.operations import (
    decide,
    decide_many,
    read_in_force,
    replay_day,
    replay_yesterday,
)
from goodstanding.decisions.types import InForce, Origin
from tests.flows.approved import stand_company
from tests.instants import NOON
from tests.rooms.decisions.requests import a_request
from tests.rooms.decisions.test_shadow import BUYER_3, CHAMPION

pytestmark = pytest.mark.django_db
ANA, CI = "ana@example.com", "system:ci"


@dataclass
class Day:
    """A day of live decisions under two policies."""

    in_force: InForce

    def decide(self, policy: str = "trade_uk", **inputs: Any) -> Decision:
        made = decide(
            request=a_request(policy, **inputs), legal_entity="GS-UK", by=ANA, at=NOON,
            in_force=self.in_force,
        )  # fmt: skip
        return Decision.objects.get(id=made.decision_id)

    @property
    def today(self) -> date:
        """The day on which the decisions of this test are recorded."""
        decision = Decision.objects.first()
        assert decision is not None
        return decision.recorded_at.date()

    def replay(self, most: int = 100, **more: Any) -> dict[str, ReplayRun]:
        runs = replay_day(day=self.today, most=most, by=CI, at=NOON, **more)
        return {run.policy: run for run in runs}


@pytest.fixture
def day(db: None) -> Iterator[Day]:
    company = stand_company(now=NOON)
    company.publish(CHAMPION)
    company.publish(BUYER_3)
    return Day(read_in_force(at=NOON))


ODD_BUYERS: list[dict[str, Any]] = [
    {},
    {"born_on": "2015-01-01"},
    {"share": 0.51, "checked": False, "country": "Köln"},
    {"born_on": None, "since": {"missing": "source_error"}, "share": "not a number"},
    {"visits": {"value": 0, "observed_at": "2026-01-01T00:00:00Z"}, "amount": "0.01"},
    {"amount": 99999999999, "visits": 0, "seen_at": "2026-11-18T11:59:59.999999Z"},
]


def test_every_engine_says_what_was_said(day: Day) -> None:
    for days in (0, 30, 31, None):
        day.decide(dpd_max=days)
    day.decide(vat_ok=None, utilisation="0.95", amount="1000.01", tenure_months=None)
    for inputs in ODD_BUYERS:
        day.decide("buyer_check", **inputs)

    runs = day.replay()

    assert {name: (run.population, run.replayed, run.differing) for name, run in runs.items()} == {
        "trade_uk": (5, 5, 0),
        "buyer_check": (6, 6, 0),
    }
    for run in runs.values():
        assert {
            name: (each["replayed"], each["differing"]) for name, each in run.engines.items()
        } == dict.fromkeys(("python", "polars", "duckdb"), (run.replayed, 0))
    assert AuditEntry.objects.filter(action="replay_day", actor=CI).count() == 2
    assert not Replay.objects.exists()


def test_a_record_that_says_otherwise_is_found_by_every_engine(day: Day) -> None:
    _forge(day.decide(dpd_max=0), policy_outcome="decline", points=7)

    run = day.replay()["trade_uk"]

    assert (run.population, run.differing) == (2, 1)
    assert [item["engine"] for item in run.first_differences] == ["python", "polars", "duckdb"]
    assert run.first_differences[1]["path"] == "policy_outcome"
    assert (run.first_differences[1]["recorded"], run.first_differences[1]["derived"]) == (
        "decline",
        "approve",
    )
    kept = Replay.objects.get()
    assert str(kept.decision_id) == run.first_differences[0]["decision_id"]
    assert "duckdb: policy_outcome" in kept.difference


def test_a_record_that_is_not_what_was_hashed_is_found(day: Day) -> None:
    _forge(day.decide(), is_hashed=False, policy_outcome="decline")

    run = day.replay()["trade_uk"]

    assert run.differing == 1
    assert run.first_differences[0]["path"] == "record_hash"


def test_the_erased_are_counted_and_not_made_up(day: Day) -> None:
    kept = day.decide("buyer_check").personal_value_id
    destroy_key(subject_id=PersonalValue.objects.get(id=kept).subject_id, by=ANA, at=NOON)

    run = day.replay()["buyer_check"]

    assert (run.sampled, run.replayed, run.erased, run.differing) == (1, 0, 1, 0)


def test_a_seed_draws_the_same_sample_again(day: Day) -> None:
    for _ in range(12):
        day.decide()
    start = utc_now() - timedelta(days=2)
    span = {"since": start, "until": start + timedelta(days=4), "policy": "trade_uk", "most": 5}

    def drawn(seed: str) -> list[Any]:
        rows = named_sql("decisions", "replay_sample").rows({**span, "seed": seed})
        return [row["id"] for row in rows]

    assert drawn("a") == drawn("a")
    assert {tuple(drawn(seed)) for seed in "abcd"} != {tuple(drawn("a"))}
    run = day.replay(most=5, seed="a")["trade_uk"]
    assert (run.population, run.sampled, run.seed) == (12, 5, "a")


def test_imported_history_is_no_live_decision(day: Day) -> None:
    requests = [a_request(dpd_max=40)]
    list(
        decide_many(
            requests=requests, legal_entity="GS-UK", by=ANA, at=NOON, in_force=day.in_force,
            origin=Origin.IMPORTED_HISTORY,
        )
    )  # fmt: skip

    assert day.replay() == {}


def test_a_night_is_replayed_once(day: Day) -> None:
    day.decide()
    tomorrow = utc_now() + timedelta(days=1)

    first, second = replay_yesterday(at=tomorrow), replay_yesterday(at=tomorrow)

    assert ([run.policy for run in first], second) == (["trade_uk"], ())


def test_the_command_fails_on_a_difference_only(day: Day) -> None:
    from goodstanding.cli.replay import app

    genuine = day.decide()
    wanted = ["--sample", "10", "--day", day.today.isoformat()]
    well = CliRunner().invoke(app, [*wanted, "--json"])
    _forge(genuine, points=1)
    ill = CliRunner().invoke(app, wanted)
    none = CliRunner().invoke(app, ["--sample", "10", "--day", "2020-01-01"])

    assert (well.exit_code, ill.exit_code, none.exit_code) == (0, 1, 0), well.output + ill.output
    [told] = msgspec.json.decode(well.stdout)["policies"]
    assert (told["policy"], told["differing"], told["replayed"]) == ("trade_uk", 0, 1)
    assert "trade_uk: 1 of 2 differ" in ill.stdout
    assert "no live decision" in none.stdout


def _forge(genuine: Decision, *, is_hashed: bool = True, **changes: Any) -> Decision:
    """Another decision whose record claims what its policy does not say."""
    record = encode_canonical(msgspec.json.decode(genuine.record) | changes)
    values = {
        field.name: getattr(genuine, field.name)
        for field in Decision._meta.fields
        if field.name not in {"id", "xid", "recorded_at"}
    }
    values |= {"idempotency_key": str(new_id()), "record": record.decode()}
    if is_hashed:
        values["record_hash"] = text_hash(record)
    return Decision.objects.create(**values)
