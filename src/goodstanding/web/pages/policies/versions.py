"""The versions of a policy: who wrote what when, who let it decide, and what changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.governance.queries import inventory_at
from goodstanding.policies.engine.difference import Change, compare_policies, text_difference
from goodstanding.policies.queries import compiled, history_of
from goodstanding.policies.types import SHARE_OF, StatusChange, VersionSummary
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.models.words import state_signal
from goodstanding.web.pages.policies.shown import (
    ShownPolicy,
    context_of,
    shown_policy,
    version_asked,
)
from goodstanding.web.pages.policies.words import STATUSES
from goodstanding.web.types import Event, Signal

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
    rows = {row.content_hash: row for row in inventory_at(as_of=at)}
    steps = [step for step in history_of(name=name) if step.at <= at]
    return render(
        request,
        "policies/versions.html",
        context_of(
            shown,
            versions=[
                ShownVersion(
                    version,
                    STATUSES[version.status],
                    state_signal(rows[version.text_hash])
                    if version.text_hash in rows
                    else Signal("act", "Not in the inventory"),
                    f"{reverse('policy', args=[name])}?version={version.label}",
                    reverse("version", args=[rows[version.text_hash].version_id])
                    if version.text_hash in rows
                    else "",
                )
                for version in shown.versions
            ],
            events=[_event(step) for step in steps],
            before=_older(shown),
        ),
    )


def _older(shown: ShownPolicy) -> VersionSummary:
    """What the newest version is compared with unless somebody chooses: the one that decides."""
    newest = shown.versions[0]
    if shown.champion is not None and shown.champion.label != newest.label:
        return shown.champion
    return shown.versions[1] if len(shown.versions) > 1 else newest


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
            lines=[TextLine(line[:1], line[1:] or " ") for line in lines],
            added=sum(line.startswith("+") for line in lines),
            removed=sum(line.startswith("-") for line in lines),
        ),
    )


def _shown_changes(changes: Sequence[Change], *, decides: bool) -> list[tuple[Change, Signal]]:
    return [(each, KINDS[each.kind]) for each in changes if each.decides is decides]
