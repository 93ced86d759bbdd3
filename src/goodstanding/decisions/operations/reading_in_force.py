"""Read what decides at present."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any

import structlog

from goodstanding.core.errors import Refusal
from goodstanding.decisions.arms import BUCKETS, Arm
from goodstanding.decisions.errors import PolicyTextMissing
from goodstanding.decisions.exploring import Exploration, ExploringArm, Purses
from goodstanding.decisions.trials import running_trials, trials_number, units_of
from goodstanding.decisions.types import InForce, PolicyInForce, RunningTrial, Standing, Unit
from goodstanding.decisions.types.in_force import VANISHED
from goodstanding.decisions.versions import policy_in_force
from goodstanding.governance.queries import gate_version, read_gate_snapshot
from goodstanding.policies.errors import PolicyRefused, VersionUnknown
from goodstanding.policies.queries import (
    compiled,
    compiled_without,
    running_number,
    running_versions,
    withdrawn_lists,
)
from goodstanding.policies.types import RunningVersion, Status

CHAMPION = "champion"
LOADED_MAX = 256
log = structlog.get_logger()
_SHA256 = re.compile(r"[0-9a-f]{64}")


def in_force_version() -> tuple[int, int, str]:
    """Numbers that move whenever anything moves that decides; cheap enough to poll."""
    return running_number(), gate_version(), trials_number()


def read_in_force(*, at: datetime, purses: Purses | None = None) -> InForce:
    """The versions that decide now, the trials and the gate; `at` is the clock of the reader.

    Who reads again and again, and has decisions on their way meanwhile, keeps one `purses`.
    """
    gate = read_gate_snapshot(at=at)
    trials = {trial.policy: trial for trial in running_trials(at=at)}
    kept = purses or Purses()
    deciding = [version for version in running_versions(at=at) if version.status.decides]
    standings = [
        _standing(name, list(versions), trials.get(name), kept, at)
        for name, versions in groupby(deciding, key=attrgetter("name"))
    ]
    return InForce(
        standings={standing.name: standing for standing in standings if standing is not None},
        gate=gate,
        read_at=at,
        checked_at=at,
        withdrawn_lists=withdrawn_lists(at=at),
    )


def version_by_hash(
    *, policy: str, content_hash: str, vanished: tuple[str, ...] = ()
) -> PolicyInForce:
    """The version of a policy with that hash; raises PolicyTextMissing.

    `vanished` are artefacts that were not at hand when it was asked, to derive what came of it.
    """
    try:
        if vanished:
            stand_in = compiled_without(content_hash, vanished=vanished)
            return policy_in_force(stand_in.policy, vanished=stand_in.vanished)
        return _version(content_hash)
    except (VersionUnknown, PolicyRefused) as refusal:
        raise PolicyTextMissing(policy=policy, policy_hash=content_hash[:12]) from refusal


def vanished_when_decided(record: Mapping[str, Any]) -> tuple[str, ...]:
    """The artefacts that were not at hand when a decision was recorded."""
    gate = record["gate"]
    return tuple(_SHA256.findall(gate["reason"])) if gate["code"] == VANISHED else ()


def _version_at_hand(content_hash: str) -> PolicyInForce:
    """The version as it may decide, or with stand-ins for what is not at hand, never cached."""
    try:
        return _version(content_hash)
    except Refusal:
        stand_in = compiled_without(content_hash)
        if not stand_in.vanished:
            raise
    log.error("artefact_vanished", policy_hash=content_hash, artefacts=stand_in.vanished)
    return policy_in_force(stand_in.policy, vanished=stand_in.vanished)


@lru_cache(maxsize=LOADED_MAX)
def _version(content_hash: str) -> PolicyInForce:
    return policy_in_force(compiled(content_hash))


def trial_applies(trial: RunningTrial, *, champion: str, sharing: int) -> bool:
    """Whether a trial still decides: its control is the champion, and nobody else shares."""
    return trial.control.policy_hash == champion and sharing == 0


def _standing(
    name: str,
    running: Iterable[RunningVersion],
    trial: RunningTrial | None,
    purses: Purses,
    at: datetime,
) -> Standing | None:
    """A policy's champion and the versions that share its traffic; None without a champion."""
    versions = list(running)
    champion = next((item for item in versions if item.status is Status.CHAMPION), None)
    if champion is None:
        return None
    sharing = [item for item in versions if item.status is Status.SHARE]
    if trial is not None and trial_applies(
        trial, champion=champion.text_hash, sharing=len(sharing)
    ):
        return _on_trial(trial, purses, at)
    return Standing(
        name=name,
        salt=name,
        champion=Arm(CHAMPION, champion.text_hash, BUCKETS),
        challengers=[Arm(f"version {item.label}", item.text_hash, item.share) for item in sharing],
        versions={
            item.text_hash: _version_at_hand(item.text_hash) for item in (champion, *sharing)
        },
    )


def _on_trial(trial: RunningTrial, purses: Purses, at: datetime) -> Standing:
    """A policy whose decisions the arms of a trial share."""
    control, *treatments = [
        Arm(arm.name, arm.policy_hash, arm.share_basis_points) for arm in trial.arms
    ]
    grouped = trial.unit is Unit.CONNECTED_GROUP
    return Standing(
        name=trial.policy,
        salt=trial.salt,
        champion=control,
        challengers=treatments,
        versions={arm.policy_hash: _version_at_hand(arm.policy_hash) for arm in trial.arms},
        units=units_of(trial_id=trial.trial_id) if grouped else {},
        exploration=_exploration(trial, purses, at),
    )


def _exploration(trial: RunningTrial, purses: Purses, at: datetime) -> Exploration | None:
    arms = tuple(
        ExploringArm(
            name=arm.name,
            chance=Decimal(arm.share_basis_points).scaleb(-4),
            limit_minor=arm.limit_minor,
            purse=purses.filled(
                trial_id=trial.trial_id,
                arm=arm.name,
                limit_minor=arm.limit_minor,
                remaining_minor=arm.budget_minor - trial.spent_minor.get(arm.name, 0),
                at=at,
            ),
        )
        for arm in trial.arms
        if arm.limit_minor is not None and arm.budget_minor is not None
    )
    if not arms:
        return None
    return Exploration(trial_id=trial.trial_id, arms=arms, lowest_score=trial.lowest_score)
