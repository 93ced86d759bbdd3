"""Derive a sample of one day's live decisions again: in Python bit for bit, and set-wise."""

import time
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from goodstanding.core.audit import write_audit
from goodstanding.core.encryption import PersonalValuesErased, read_personal
from goodstanding.core.errors import Refusal
from goodstanding.core.ids import new_id
from goodstanding.core.named_sql import named_sql
from goodstanding.decisions.errors import PolicyTextMissing
from goodstanding.decisions.models import Replay, ReplayRun
from goodstanding.decisions.operations.reading_in_force import (
    vanished_when_decided,
    version_by_hash,
)
from goodstanding.decisions.replaying import (
    Difference,
    Verdict,
    changed_since,
    compare_evaluated,
    evaluate_again,
)
from goodstanding.decisions.set_wise import Evaluated, set_wise_differences
from goodstanding.decisions.types import PolicyInForce
from goodstanding.policies.engine.batch import Engine

PYTHON = "python"
# Spark wants Java and half a minute to start: a sample of a day is no work for it.
ENGINES: tuple[Engine, ...] = ("polars", "duckdb")
SHOWN_DIFFERENCES = 50
NIGHTLY = "system:nightly_replay"
NIGHTLY_SAMPLE = 1000


@dataclass(slots=True)
class _Found:
    """What became of a policy's sample."""

    differences: dict[UUID, list[tuple[str, Difference]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    evaluated: dict[str, list[Evaluated]] = field(default_factory=lambda: defaultdict(list))
    erased: int = 0
    missing: int = 0
    replayed: int = 0
    seconds: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys((PYTHON, *ENGINES), 0.0)
    )


def replay_day(
    *,
    day: date,
    most: int,
    by: str,
    at: datetime,
    policy: str | None = None,
    seed: str | None = None,
) -> tuple[ReplayRun, ...]:
    """Derive a sample of each policy's live decisions of a day (UTC) again, and keep what is found.

    At most `most` decisions a policy, drawn by `seed` (the day, unless another is given): the
    same seed draws the same sample. Each is derived in Python, bit for bit, and all together by
    the engines that decide tables. A decision that differs is kept beside its others. Returns a
    row a policy, none for a policy without live decisions that day.
    """
    since = datetime.combine(day, clock_time(), UTC)
    span = {"since": since, "until": since + timedelta(days=1)}
    drawn_by = seed or f"replay:{day.isoformat()}"
    run_id = new_id()
    counted = named_sql("decisions", "replay_population").rows({**span, "policy": policy})
    return tuple(
        _replay_policy(
            ReplayRun(
                run_id=run_id, day=day, policy=row["policy"], seed=drawn_by,
                population=row["decisions"], replayed_by=by, replayed_at=at,
            ),
            span,
            most=most,
        )
        for row in counted
    )  # fmt: skip


def replay_yesterday(*, at: datetime) -> tuple[ReplayRun, ...]:
    """The nightly replay of the day before, once; nothing where it was done already."""
    day = (at - timedelta(days=1)).astimezone(UTC).date()
    if ReplayRun.objects.filter(day=day, replayed_by=NIGHTLY).exists():
        return ()
    return replay_day(day=day, most=NIGHTLY_SAMPLE, by=NIGHTLY, at=at)


def _replay_policy(run: ReplayRun, span: Mapping[str, datetime], *, most: int) -> ReplayRun:
    began = time.monotonic()
    sample = named_sql("decisions", "replay_sample").rows(
        {**span, "policy": run.policy, "seed": run.seed, "most": most}
    )
    found = _replay(run.policy, sample)
    run.sampled, run.replayed = len(sample), found.replayed
    run.differing, run.erased, run.missing = len(found.differences), found.erased, found.missing
    run.engines, run.first_differences = _by_engine(found), list(_first(found))
    run.duration_ms = round(1000 * (time.monotonic() - began))
    _keep(run, found)
    return run


def _replay(policy: str, sample: Sequence[Mapping[str, Any]]) -> _Found:
    found = _Found()
    with _timed(found, PYTHON):
        for decision in sample:
            _replay_one(policy, decision, found)
    for policy_hash, evaluated in found.evaluated.items():
        version = version_by_hash(policy=policy, content_hash=policy_hash)
        for engine in ENGINES:
            with _timed(found, engine):
                differing = set_wise_differences(
                    policy=version.policy, sample=evaluated, engine=engine
                )
            for decision_id, difference in differing.items():
                found.differences[decision_id].append((engine, difference))
    return found


def _replay_one(policy: str, decision: Mapping[str, Any], found: _Found) -> None:
    decision_id, text = decision["id"], decision["record"].encode()
    kept = decision["personal_value_id"]
    try:
        version = version_by_hash(
            policy=policy,
            content_hash=decision["policy_hash"],
            vanished=vanished_when_decided(msgspec.json.decode(text)),
        )
        personal = {} if kept is None else read_personal(value_id=kept)
    except PolicyTextMissing:
        found.missing += 1
        return
    except PersonalValuesErased:
        found.erased += 1
        return
    found.replayed += 1
    changed = changed_since(decision_id=decision_id, text=text, record_hash=decision["record_hash"])
    if changed is not None and changed.difference is not None:
        found.differences[decision_id].append((PYTHON, changed.difference))
        return
    _evaluate(decision_id, text, version, personal, found)


def _evaluate(
    decision_id: UUID,
    text: bytes,
    version: PolicyInForce,
    personal: Mapping[str, str | None],
    found: _Found,
) -> None:
    recorded = msgspec.json.decode(text)
    try:
        evaluation = evaluate_again(recorded=recorded, version=version, personal=personal)
    except Refusal as refusal:
        refused = Difference("inputs", "decided", f"refused: {refusal.code}")
        found.differences[decision_id].append((PYTHON, refused))
        return
    report = compare_evaluated(
        decision_id=decision_id, text=text, version=version, evaluation=evaluation
    )
    if report.difference is not None:
        found.differences[decision_id].append((PYTHON, report.difference))
    if version.vanished:  # decided without a model that is here now: no table has it so
        return
    evaluated = Evaluated(decision_id, recorded, evaluation)
    found.evaluated[version.content_hash].append(evaluated)


def _by_engine(found: _Found) -> dict[str, dict[str, float]]:
    in_tables = sum(map(len, found.evaluated.values()))
    return {
        engine: {
            "replayed": found.replayed if engine == PYTHON else in_tables,
            "differing": sum(
                any(by == engine for by, _ in differences)
                for differences in found.differences.values()
            ),
            "ms": round(1000 * seconds),
        }
        for engine, seconds in found.seconds.items()
    }


def _first(found: _Found) -> Iterator[dict[str, Any]]:
    for decision_id, differences in list(found.differences.items())[:SHOWN_DIFFERENCES]:
        for engine, difference in differences:
            yield {
                "decision_id": str(decision_id),
                "engine": engine,
                "path": difference.path,
                "recorded": _shown(difference.recorded),
                "derived": _shown(difference.derived),
            }


def _shown(value: object) -> str:
    return str(value)[:200]


@contextmanager
def _timed(found: _Found, engine: str) -> Generator[None]:
    began = time.monotonic()
    yield
    found.seconds[engine] += time.monotonic() - began


@transaction.atomic
def _keep(run: ReplayRun, found: _Found) -> None:
    run.save(force_insert=True)
    Replay.objects.bulk_create(
        Replay(
            decision_id=decision_id,
            verdict=Verdict.DIFFERS.value,
            difference="; ".join(f"{engine}: {each}" for engine, each in differences),
            replayed_by=run.replayed_by,
            replayed_at=run.replayed_at,
        )
        for decision_id, differences in found.differences.items()
    )
    write_audit(
        actor=run.replayed_by, action="replay_day", object_kind="policy", object_id=run.policy,
        at=run.replayed_at,
        detail={
            "day": run.day.isoformat(), "sampled": run.sampled, "differing": run.differing,
        },
    )  # fmt: skip
