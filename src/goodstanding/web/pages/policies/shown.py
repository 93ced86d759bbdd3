"""What every page of one policy shares: which version is shown, its head, its tabs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.evidence.datasets import datasets_for
from goodstanding.evidence.queries import lines_of
from goodstanding.governance.queries import inventory_at
from goodstanding.governance.types import InventoryRow
from goodstanding.policies.engine import Policy
from goodstanding.policies.errors import PolicyUnknown, VersionUnknown
from goodstanding.policies.queries import compiled, version_summaries
from goodstanding.policies.types import Status, VersionSummary
from goodstanding.web.moment import moment_of
from goodstanding.web.pages.models.words import state_signal
from goodstanding.web.pages.policies.words import STATUSES, simulated_words
from goodstanding.web.types import Chip, Signal

TABS = (
    ("policy", "Rules"),
    ("policy_inputs", "Inputs and scores"),
    ("policy_text", "Text"),
    ("policy_versions", "Versions"),
    ("policy_shadow", "Live trials"),
    ("policy_replays", "Replays"),
    ("policy_tests", "Tests"),
    ("policy_backtests", "Backtests"),
    ("policy_experiments", "Experiments"),
    ("policy_cut_off", "Move the cut-off"),
)
UNVERSIONED = {"policy_versions", "policy_shadow", "policy_replays", "policy_experiments"}


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """A policy as its pages show it: one version, and all versions there are.

    `standing` is what governance says of the version; None where it does not know it.
    """

    version: VersionSummary
    versions: Sequence[VersionSummary]
    policy: Policy
    standing: InventoryRow | None
    tab: str

    @property
    def name(self) -> str:
        """The policy's name."""
        return self.version.name

    @property
    def champion(self) -> VersionSummary | None:
        """The version that decides; None where none was activated."""
        return champion_of(self.versions)

    @property
    def status(self) -> Signal:
        """Where the version is in its life."""
        return STATUSES[self.version.status]

    @property
    def approval(self) -> Signal:
        """What governance says of it."""
        if self.standing is None:
            return Signal("act", "Not in the inventory")
        return state_signal(self.standing)

    @property
    def state(self) -> str:
        """The state of the version in words, for the head of the page."""
        label, champion = self.version.label, self.champion
        if champion is None:
            return f"Version {label} is shown; no version decides yet"
        if champion.label == label and not self._may_decide:
            return f"Version {label} is in place; the fallback answers until it may decide"
        if champion.label == label:
            return f"Version {label} decides{self._days_left()}"
        return f"Version {label} is shown; version {champion.label} decides"

    @property
    def _may_decide(self) -> bool:
        return self.standing is not None and self.standing.may_decide

    def _days_left(self) -> str:
        days = self.standing.days_left if self.standing else None
        return "" if days is None else f", {days:,} days of approval left"

    @property
    def pinned_lists(self) -> str:
        """The kept lists in the versions that this version pins: `banks 2026-11`; else empty."""
        lists = self.policy.definition.lists
        return ", ".join(f"{item.kept} {item.version}" for item in lists if item.kept)

    @property
    def can_move_lines(self) -> bool:
        """Whether there is a history and a cut-off to move on it."""
        return bool(datasets_for(self.name)) and bool(lines_of(self.policy))

    @property
    def query(self) -> str:
        """What keeps this version in a link; empty for the one shown by itself."""
        default = self.champion or self.versions[0]
        if self.version.label == default.label:
            return ""
        return "?" + urlencode({"version": self.version.label})

    @property
    def tabs(self) -> list[Chip]:
        """The tabs of a policy's pages."""
        counts = {
            "policy": len(self.policy.plan.rules),
            "policy_versions": len(self.versions),
            "policy_tests": len(self.policy.definition.tests),
        }
        return [
            Chip(
                words,
                reverse(name, args=[self.name]) + ("" if name in UNVERSIONED else self.query),
                name == self.tab,
                counts.get(name),
            )
            for name, words in TABS
            if name != "policy_cut_off" or self.can_move_lines
        ]

    @property
    def simulated(self) -> str:
        """What is simulated about it, for the banner."""
        definition = self.policy.definition
        return simulated_words(desk=definition.desk, legal_entities=definition.legal_entities)


def champion_of(versions: Sequence[VersionSummary]) -> VersionSummary | None:
    """The version that decides."""
    return next((each for each in versions if each.status is Status.CHAMPION), None)


def shown_policy(request: HttpRequest, *, name: str, tab: str) -> ShownPolicy:
    """The policy with the version that the address asks for: else the one that decides, or the
    newest. Raises PolicyUnknown, and VersionUnknown for a label that was not published.
    """
    at = moment_of(request).as_of
    versions = version_summaries(at=at, name=name)
    if not versions:
        known = sorted({each.name for each in version_summaries(at=at)})
        raise PolicyUnknown(field="policy", name=name, known=", ".join(known) or "none yet")
    version = version_asked(versions, request.GET.get("version", ""))
    standing = next(
        (row for row in inventory_at(as_of=at) if row.content_hash == version.text_hash), None
    )
    return ShownPolicy(version, versions, compiled(version.text_hash), standing, tab)


def version_asked(versions: Sequence[VersionSummary], label: str) -> VersionSummary:
    """The version of this label; without one the version that decides, else the newest."""
    if not label:
        return champion_of(versions) or versions[0]
    found = next((each for each in versions if each.label == label), None)
    if found is None:
        raise VersionUnknown(field="version", text_hash=label)
    return found


def context_of(shown: ShownPolicy, **more: Any) -> dict[str, Any]:
    """The context of a page of one policy."""
    return {"shown": shown, "policy": shown.policy, **more}
