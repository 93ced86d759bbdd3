"""One click back: a version that decided before decides again, within a second."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goodstanding.core.errors import Refusal
from goodstanding.core.time import utc_now
from goodstanding.decisions.queries import outcomes_of_version
from goodstanding.policies.engine.difference import Change, compare_policies
from goodstanding.policies.errors import NothingToGoBackTo, VersionUnknown
from goodstanding.policies.operations import roll_back_version
from goodstanding.policies.queries import compiled, earlier_champions
from goodstanding.policies.types import EarlierChampion
from goodstanding.web.asking import refuse_on
from goodstanding.web.cells import instant_text
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.policies.forms import ReasonForm
from goodstanding.web.pages.policies.shown import ShownPolicy, context_of, shown_policy
from goodstanding.web.pages.policies.versions import KINDS
from goodstanding.web.pages.policies.ways_back import address_of_way_back
from goodstanding.web.pages.policies.words import DONE
from goodstanding.web.types import Signal


@page(verb="policies.activate_version")
@require_http_methods(["GET", "POST"])
def policy_rollback(request: HttpRequest, name: str) -> HttpResponse:
    """Show what going back changes; with a reason, go back."""
    shown = shown_policy(request, name=name, tab="policy_versions")
    now = moment_of(request).as_of
    others = earlier_champions(name=name, at=now)
    earlier = _asked(others, name=name, label=request.GET.get("to", ""))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            roll_back_version(
                text_hash=earlier.text_hash, reason=form.cleaned_data["reason"],
                by=person_of(request), at=utc_now(),
            )  # fmt: skip
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(
                request, f"Rolled back: version {earlier.label} decides within a second."
            )
            return redirect(reverse("policy_versions", args=[name]))
    context = context_of(
        shown,
        earlier=earlier,
        others=[(each, address_of_way_back(name, each)) for each in others if each != earlier],
        effect=_effect(shown, earlier),
        effects=_effects(shown, earlier, request),
        changes=_changes(shown, earlier),
        form=form,
        back_url=reverse("policy_versions", args=[name]),
    )
    return render(request, "policies/rollback.html", context, status=422 if form.errors else 200)


def _asked(others: tuple[EarlierChampion, ...], *, name: str, label: str) -> EarlierChampion:
    """The version asked for, else the last that decided.

    Raises NothingToGoBackTo where none did, VersionUnknown for another label.
    """
    if not others:
        raise NothingToGoBackTo(name=name)
    found = next((each for each in others if label in {"", each.label}), None)
    if found is None:
        raise VersionUnknown(field="to", text_hash=label)
    return found


def _effect(shown: ShownPolicy, earlier: EarlierChampion) -> str:
    champion = shown.champion
    now = f"Version {champion.label} retires, and version" if champion else "Version"
    return f"{now} {earlier.label} decides everything again, within a second, without a restart."


def _effects(shown: ShownPolicy, earlier: EarlierChampion, request: HttpRequest) -> list[str]:
    span = f"{earlier.decided_from:%-d %b %Y} to {earlier.decided_until:%-d %b %Y}"
    lines = [f"Version {earlier.label} decided from {span}."]
    champion = shown.champion
    if champion is not None:
        counts = outcomes_of_version(
            policy_hash=champion.text_hash, since=champion.since,
            known_at=moment_of(request).known_at,
        )  # fmt: skip
        said = ", ".join(f"{n:,} {DONE[outcome].lower()}" for outcome, n in counts.items())
        total = sum(counts.values())
        made = f"{total:,} decision{'' if total == 1 else 's'}"
        since = f"since {instant_text(champion.since)}"
        lines.append(
            f"Version {champion.label} made {made} {since}{f': {said}' if said else ''}."
            " They stay as they are."
        )
    return lines


def _changes(shown: ShownPolicy, earlier: EarlierChampion) -> list[tuple[Change, Signal]]:
    """What alters decisions, from the version that decides to the one that comes back."""
    if shown.champion is None:
        return []
    changes = compare_policies(compiled(shown.champion.text_hash), compiled(earlier.text_hash))
    return [(each, KINDS[each.kind]) for each in changes if each.decides]
