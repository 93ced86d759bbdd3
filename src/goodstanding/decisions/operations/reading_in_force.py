"""Read what decides at present."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

from goodstanding.decisions.arms import BUCKETS, Arm
from goodstanding.decisions.errors import PolicyTextMissing
from goodstanding.decisions.types import InForce, PolicyInForce, Standing
from goodstanding.decisions.versions import policy_in_force
from goodstanding.governance.queries import gate_version, read_gate_snapshot
from goodstanding.policies.errors import PolicyRefused, VersionUnknown
from goodstanding.policies.queries import compiled, running_number, running_versions
from goodstanding.policies.types import RunningVersion, Status

CHAMPION = "champion"
LOADED_MAX = 256


def in_force_version() -> tuple[int, int]:
    """Numbers that move whenever anything moves that decides; cheap enough to poll."""
    return running_number(), gate_version()


def read_in_force(*, at: datetime) -> InForce:
    """The versions that decide now and the gate; `at` is the clock of the reader."""
    gate = read_gate_snapshot(at=at)
    deciding = [version for version in running_versions(at=at) if version.status.decides]
    standings = [
        _standing(name, list(versions))
        for name, versions in groupby(deciding, key=attrgetter("name"))
    ]
    return InForce(
        standings={standing.name: standing for standing in standings if standing is not None},
        gate=gate,
        read_at=at,
        checked_at=at,
    )


def version_by_hash(*, policy: str, content_hash: str) -> PolicyInForce:
    """The version of a policy with that hash; raises PolicyTextMissing."""
    try:
        return _version(content_hash)
    except (VersionUnknown, PolicyRefused) as refusal:
        raise PolicyTextMissing(policy=policy, policy_hash=content_hash[:12]) from refusal


@lru_cache(maxsize=LOADED_MAX)
def _version(content_hash: str) -> PolicyInForce:
    return policy_in_force(compiled(content_hash))


def _standing(name: str, running: Iterable[RunningVersion]) -> Standing | None:
    """A policy's champion and the versions that share its traffic; None without a champion."""
    versions = list(running)
    champion = next((item for item in versions if item.status is Status.CHAMPION), None)
    if champion is None:
        return None
    sharing = [item for item in versions if item.status is Status.SHARE]
    return Standing(
        name=name,
        salt=name,
        champion=Arm(CHAMPION, champion.text_hash, BUCKETS),
        challengers=[Arm(f"version {item.label}", item.text_hash, item.share) for item in sharing],
        versions={item.text_hash: _version(item.text_hash) for item in (champion, *sharing)},
    )
