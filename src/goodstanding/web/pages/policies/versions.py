"""The versions of a policy: who wrote what when, who let it decide, and what changed."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.evidence.datasets import datasets_for
from goodstanding.evidence.queries import changes
from goodstanding.governance.queries import inventory_at
from goodstanding.governance.types import InventoryRow
from goodstanding.policies.engine.difference import Change, compare_policies, text_difference
from goodstanding.policies.queries import compiled, emergencies_of, history_of, open_steps
from goodstanding.policies.types import (
    SHARE_OF,
    EmergencyView,
    Status,
    StatusChange,
    VersionSummary,
)
from goodstanding.web.cells import instant_text
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.models.words import state_signal
from goodstanding.web.pages.policies.shown import (
    ShownPolicy,
    context_of,
    shown_policy,
    version_asked,
)
from goodstanding.web.pages.policies.ways_back import way_back
from goodstanding.web.pages.policies.words import STATUSES
from goodstanding.web.types import Event, Signal

PART = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)")
ASKABLE = {Status.DRAFT, Status.PROPOSED, Status.SHADOW}
EMERGENCY_VERB = "policies.approve_in_emergency"
ACTIVATED = {Status.SHADOW, Status.SHARE, Status.CHAMPION, Status.RETIRED}
KINDS = {
    "added": Signal("good", "Added"),
    "removed": Signal("act", "Removed"),
    "changed": Signal("watch", "Changed"),
}


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version's row."""

    version: VersionSummary
    status: Signal
    approval: Signal
    url: str
    governance_url: str
    acts: Sequence[tuple[str, str]]
    emergency: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """What is under way for a version: an emergency approval, a change request that is open."""

    emergency: EmergencyView | None
    change_id: UUID | None

    @property
    def has_lapsed(self) -> bool:
        """Whether its emergency ended: then nothing is left but the after-review."""
        return self.emergency is not None and self.emergency.lapsed_at is not None


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of the difference of two texts."""

    mark: str
    text: str

    @property
    def css(self) -> str:
        """The class that colours it; the mark says the same without colour."""
        return {"+": "is-added", "-": "is-removed", "@": "is-place"}.get(self.mark, "")


@page(verb="policies.see_policies")
@require_GET
def policy_versions(request: HttpRequest, name: str) -> HttpResponse:
    """Every published version, and every step in their lives."""
    shown = shown_policy(request, name=name, tab="policy_versions")
    at = moment_of(request).as_of
    emergencies = {each.text_hash: each for each in emergencies_of(name=name, at=at)}
    rows = {row.content_hash: row for row in inventory_at(as_of=at)}
    steps = [step for step in history_of(name=name) if step.at <= at]
    asked = {
        each.text_hash: each.change_id
        for each in changes(at=at, policy=name)
        if not each.state.is_over
    }
    versions = [
        _shown_version(
            request,
            shown,
            each,
            rows.get(each.text_hash),
            Pending(emergencies.get(each.text_hash), asked.get(each.text_hash)),
        )
        for each in shown.versions
    ]
    return render(
        request,
        "policies/versions.html",
        context_of(
            shown,
            versions=versions,
            may_act=any(each.acts for each in versions),
            events=_events(steps, emergencies.values()),
            before=_older(shown),
            way_back=way_back(request, name=name),
        ),
    )


def _shown_version(
    request: HttpRequest,
    shown: ShownPolicy,
    version: VersionSummary,
    row: InventoryRow | None,
    pending: Pending,
) -> ShownVersion:
    query = urlencode({"version": version.label})
    return ShownVersion(
        version,
        STATUSES[version.status],
        state_signal(row) if row else Signal("act", "Not in the inventory"),
        f"{reverse('policy', args=[version.name])}?{query}",
        reverse("version", args=[row.version_id]) if row else "",
        acts_of(request, shown, version, pending),
        _emergency_words(pending.emergency) if pending.emergency else "",
    )


def _emergency_words(emergency: EmergencyView) -> str:
    """What an emergency approval says now."""
    if emergency.lapsed_at is not None:
        return f"emergency ended {instant_text(emergency.lapsed_at)}: it decides nothing"
    if emergency.is_confirmed:
        return f"emergency, confirmed by {emergency.reviewed_by}"
    return f"emergency until {instant_text(emergency.expires_at)}, then reviewed or gone"


def acts_of(
    request: HttpRequest,
    shown: ShownPolicy,
    version: VersionSummary,
    pending: Pending,
) -> list[tuple[str, str]]:
    """The steps that this person may take with a version now, as words and addresses.

    What was approved is not asked for again, in shadow or not; a request that is open is read.
    """
    if moment_of(request).is_past:
        return []
    may_become = (
        frozenset[Status]()
        if pending.has_lapsed
        else open_steps(text_hash=version.text_hash, status=version.status)
    )
    is_approved = Status.CHAMPION in may_become
    replaces = shown.champion is not None and version.status in ASKABLE and not is_approved
    offered = (
        ("Ask for this change", "new_change", "evidence.ask_for_change", ASKABLE),
        ("Propose", "version_proposal", "policies.propose_version", {Status.PROPOSED}),
        ("Approve", "version_approval", "policies.approve_version", {Status.APPROVED}),
        ("Share", "version_share", "policies.activate_version", {Status.SHARE}),
        ("Activate or retire", "version_activation", "policies.activate_version", ACTIVATED),
        ("Approve in an emergency", "version_emergency", EMERGENCY_VERB, {Status.APPROVED}),
        ("Review the emergency", "emergency_review", EMERGENCY_VERB, set(Status)),
    )
    fits = {
        "new_change": replaces and not pending.change_id and bool(datasets_for(version.name)),
        "version_approval": version.status is Status.PROPOSED and shown.champion is None,
        "version_emergency": replaces,
        "emergency_review": (
            pending.emergency is not None and pending.emergency.reviewed_at is None
        ),
    }
    query = urlencode({"version": version.label})
    reads = pending.change_id is not None and request.user.has_perm("evidence.see_changes")
    reading = (
        [("Read its change request", reverse("change", args=[pending.change_id]))] if reads else []
    )
    return reading + [
        (words, f"{reverse(name, args=[version.name])}?{query}")
        for words, name, verb, targets in offered
        if fits.get(name, bool(may_become & targets)) and request.user.has_perm(verb)
    ]


def _older(shown: ShownPolicy) -> VersionSummary:
    """What the newest version is compared with unless somebody chooses: the one that decides."""
    newest = shown.versions[0]
    if shown.champion is not None and shown.champion.label != newest.label:
        return shown.champion
    return shown.versions[1] if len(shown.versions) > 1 else newest


def _events(steps: Iterable[StatusChange], emergencies: Iterable[EmergencyView]) -> list[Event]:
    """Every step, and every emergency that ended without one; the newest first."""
    ended = [
        Event(
            each.lapsed_at,
            f"Version {each.label}: its emergency ended",
            who=each.reviewed_by,
            level="watch",
            note=each.review or "No third person confirmed it; the champion before it decides.",
        )
        for each in emergencies
        if each.lapsed_at is not None
    ]
    return sorted([*ended, *map(_event, steps)], key=lambda event: event.at, reverse=True)


def _event(step: StatusChange) -> Event:
    signal = STATUSES[step.status]
    share = f" of {100 * step.share / SHARE_OF:g} %" if step.share else ""
    return Event(
        step.at,
        f"Version {step.label}: {signal.word.lower()}{share}",
        who=step.by,
        level=signal.level,
        note=step.reason,
    )


@page(verb="policies.see_policies")
@require_GET
def policy_difference(request: HttpRequest, name: str) -> HttpResponse:
    """What changed between two versions, in words and in the text."""
    shown = shown_policy(request, name=name, tab="policy_versions")
    before = version_asked(shown.versions, request.GET.get("before", _older(shown).label))
    after = version_asked(shown.versions, request.GET.get("after", shown.versions[0].label))
    old, new = compiled(before.text_hash), compiled(after.text_hash)
    changes = compare_policies(old, new)
    lines = text_difference(old, new)[2:]
    return render(
        request,
        "policies/difference.html",
        context_of(
            shown,
            before=before,
            after=after,
            deciding=_shown_changes(changes, decides=True),
            words_only=_shown_changes(changes, decides=False),
            lines=text_lines(lines),
            added=sum(line.startswith("+") for line in lines),
            removed=sum(line.startswith("-") for line in lines),
        ),
    )


def text_lines(lines: Sequence[str]) -> list[TextLine]:
    """A difference of two texts, line by line, without the heads that name the files."""
    return list(map(_text_line, lines))


def _text_line(line: str) -> TextLine:
    """A line with its mark; where a part begins, the number of its line in the newer text."""
    found = PART.match(line)
    if found is not None:
        return TextLine("@", f"from line {found.group(1)}")
    return TextLine(line[:1], line[1:] or " ")


def _shown_changes(changes: Sequence[Change], *, decides: bool) -> list[tuple[Change, Signal]]:
    return [(each, KINDS[each.kind]) for each in changes if each.decides is decides]
