"""Edit a policy in a form: a draft of the next version, its rules in order, its checks, its end."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodstanding.core.errors import Refusal
from goodstanding.core.time import utc_now
from goodstanding.policies.engine.difference import text_difference
from goodstanding.policies.engine.rule_edits import (
    move_rule,
    set_version,
    switch_off,
    switch_on,
    switched_off,
)
from goodstanding.policies.engine.written_tests import with_test
from goodstanding.policies.errors import DraftChanged, PolicyRenamed
from goodstanding.policies.operations import (
    begin_draft,
    end_draft,
    publish_version,
    restore_draft,
    save_draft,
)
from goodstanding.policies.queries import open_drafts
from goodstanding.policies.types import DraftStep, VersionSummary
from goodstanding.web.asking import refuse_on
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.policies.covering import test_for
from goodstanding.web.pages.policies.drafts import checked_of
from goodstanding.web.pages.policies.forms import VersionForm
from goodstanding.web.pages.policies.open_draft import (
    OpenDraft,
    keep_change,
    made_from,
    open_draft,
    read_back,
    read_draft,
)
from goodstanding.web.pages.policies.periods import period_asked
from goodstanding.web.pages.policies.rules_list import rules_context
from goodstanding.web.pages.policies.shown import ShownPolicy, context_of, shown_policy
from goodstanding.web.pages.policies.versions import text_lines

VERB = "policies.publish_version"


@page(verb=VERB)
@require_http_methods(["GET", "POST"])
def drafts(request: HttpRequest, name: str) -> HttpResponse:
    """The drafts that somebody began; posting begins another from the version that is shown."""
    shown = shown_policy(request, name=name, tab="policy_versions")
    if request.method != "POST":
        context = context_of(shown, drafts=open_drafts(name=name))
        return render(request, "policies/drafts.html", context)
    label = next_label(list(shown.versions))
    text, words = _first_text(request, shown, label)
    draft_id = begin_draft(
        base_hash=shown.version.text_hash, text=text, words=words,
        by=person_of(request), at=utc_now(),
    )  # fmt: skip
    return redirect("draft", name, draft_id)


def _first_text(request: HttpRequest, shown: ShownPolicy, label: str) -> tuple[str, str]:
    """The text of the version under its next label, with the test that was asked for."""
    text = set_version(shown.policy.text, label)
    words = f"begun from version {shown.version.label}"
    asked = request.POST.get("test", "")
    if not asked:
        return text, words
    written = test_for(shown.policy, asked, period_asked(request, shown.name))
    if written is None:
        messages.warning(request, f"No record was found that reaches {asked}: write its test.")
        return text, words
    return with_test(text, written), f"{words}, with a test for {asked}"


def next_label(versions: list[VersionSummary]) -> str:
    """The label after the newest: one more where it is a number, else with a mark behind it."""
    taken = {each.label for each in versions}
    numbers = [int(label) for label in taken if label.isascii() and label.isdecimal()]
    if numbers:
        return str(max(numbers) + 1)
    newest, at = versions[0].label, 2
    while f"{newest}.{at}" in taken:
        at += 1
    return f"{newest}.{at}"


@page(verb=VERB)
@require_GET
def draft(request: HttpRequest, name: str, draft_id: UUID) -> HttpResponse:
    """The rules in their order, what the draft changes, its checks and tests, and every step."""
    found = open_draft(request, name=name, draft_id=draft_id)
    return render(request, "policies/draft.html", _overview(request, found))


def _overview(request: HttpRequest, found: OpenDraft) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if found.policy is not None:
        own = [rule.id for rule in found.policy.definition.rules]
        more = {
            **rules_context(request, found.policy.plan, {}),
            "shown_rules": _shown_rules(dict(request.GET.items())),
            "own_rules": set(own),
            "first_rule": own[0] if own else "",
            "last_rule": own[-1] if own else "",
            "lines": text_lines(text_difference(found.shown.policy, found.policy)[2:]),
            **checked_of(found.shown, found.policy),
        }
    return context_of(
        found.shown, draft=found, off_rules=switched_off(found.text),
        mistakes=found.mistakes, **more,
    )  # fmt: skip


@page(verb=VERB)
@require_POST
def draft_step(request: HttpRequest, name: str, draft_id: UUID) -> HttpResponse:
    """Move a rule, switch it off or on, or bring an earlier state back."""
    found = open_draft(request, name=name, draft_id=draft_id)
    act, _, target = request.POST.get("do", "").partition(":")
    try:
        if act == "restore":
            restore_draft(
                draft_id=draft_id, number=int(target) if target.isdecimal() else found.number,
                by=person_of(request), at=utc_now(),
            )  # fmt: skip
        else:
            _turn(request, found, act, target)
    except Refusal as refusal:
        messages.error(request, _told(refusal))
    return redirect(f"{found.url}{_place_after(request, found, act, target)}")


def _told(refusal: Refusal) -> str:
    """A refusal of a step, for which nothing was typed that could be lost."""
    if isinstance(refusal, DraftChanged):
        return "Somebody changed the draft meanwhile. Here it is as it stands now; repeat the step."
    return f"{refusal.message} {refusal.advice}".strip()


FOUND_BY = ("q", "effect")


def _shown_rules(parameters: Mapping[str, str]) -> str:
    """How the rules on the page were found, as a query."""
    found = {name: parameters.get(name, "") for name in FOUND_BY}
    return urlencode({name: text for name, text in found.items() if text})


def _place_after(request: HttpRequest, found: OpenDraft, act: str, target: str) -> str:
    """The page of rules and the place on it from which somebody goes on after a step."""
    own = [rule.id for rule in found.policy.definition.rules] if found.policy else []
    if target not in own or act not in {"up", "down", "off"}:
        return ""
    if act == "off":
        at = own.index(target)
        target = own[at - 1] if at else own[min(1, len(own) - 1)]
    kept = _shown_rules(dict(parse_qsl(request.POST.get("shown", ""))))
    return f"?{kept}{'&' if kept else ''}{urlencode({'rule': target})}#rule-{quote(target)}"


def _turn(request: HttpRequest, found: OpenDraft, act: str, target: str) -> None:
    changes: dict[str, tuple[Callable[[str], str], str]] = {
        "up": (partial(move_rule, rule_id=target, by=-1), f"{target} moved up"),
        "down": (partial(move_rule, rule_id=target, by=1), f"{target} moved down"),
        "off": (partial(switch_off, rule_id=target), f"{target} switched off"),
        "on": (partial(switch_on, rule_id=target), f"{target} switched on"),
    }
    if act in changes:
        change, words = changes[act]
        keep_change(request, found, change, words=words)


@page(verb=VERB)
@require_http_methods(["GET", "POST"])
def draft_text(request: HttpRequest, name: str, draft_id: UUID) -> HttpResponse:
    """The draft as text; what cannot be read yet is kept too, with what is to be mended."""
    found = open_draft(request, name=name, draft_id=draft_id)
    form = VersionForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        form = VersionForm(initial={"text": found.text})
    elif form.is_valid():
        try:
            _require_name(form.cleaned_data["text"], name)
            save_draft(
                draft_id=draft_id, number=made_from(request, found),
                text=form.cleaned_data["text"], words="changed as text",
                by=person_of(request), at=utc_now(),
            )  # fmt: skip
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            return redirect(found.url)
    status = 422 if form.errors else 200
    context = context_of(found.shown, draft=found, form=form, mistakes=found.mistakes)
    return render(request, "policies/draft_text.html", context, status=status)


def _require_name(text: str, name: str) -> None:
    """Raise PolicyRenamed where a text that can be read is that of another policy."""
    policy, _ = read_draft(text)
    if policy is not None and policy.name != name:
        raise PolicyRenamed(field="text", name=name, given=policy.name)


@page(verb=VERB)
@require_POST
def draft_end(request: HttpRequest, name: str, draft_id: UUID) -> HttpResponse:
    """Publish the draft as a version that decides nothing yet, or throw it away."""
    found = open_draft(request, name=name, draft_id=draft_id)
    step = DraftStep.PUBLISHED if "publish" in request.POST else DraftStep.DISCARDED
    if step is DraftStep.DISCARDED and "confirmed" not in request.POST:
        return _confirm_discarding(request, found)
    try:
        words = "thrown away"
        if step is DraftStep.PUBLISHED:
            words = f"published as version {_published(request, found)}"
        end_draft(
            draft_id=draft_id, number=found.number, step=step, words=words,
            by=person_of(request), at=utc_now(),
        )  # fmt: skip
    except Refusal as refusal:
        messages.error(request, _told(refusal))
        return redirect(found.url)
    messages.success(request, f"The draft is {words}.")
    return redirect(reverse("policy_versions", args=[name]))


def _confirm_discarding(request: HttpRequest, found: OpenDraft) -> HttpResponse:
    """What is lost with a draft, before it is."""
    writers = sorted({state.written_by for state in found.states})
    steps = len(found.states)
    context = {
        "form": forms.Form(),
        "title": "Throw the draft away",
        "purpose": "For a draft that nobody wants to publish.",
        "effect": f"{steps:,} {'step' if steps == 1 else 'steps'} by {', '.join(writers)} "
        "will not be published, and nobody can go on with them.",
        "verb": "Throw it away",
        "kept": [("discard", "1"), ("number", str(found.number))],
        "parent": "The draft",
        "parent_url": found.url,
        "back_url": found.url,
    }
    return render(request, "components/confirm.html", context)


def _published(request: HttpRequest, found: OpenDraft) -> str:
    policy = read_back(found.text, name=found.shown.name)
    if made_from(request, found) != found.number:
        raise DraftChanged(latest=found.number, number=made_from(request, found))
    person = person_of(request)
    version = publish_version(
        text=policy.text, artefacts={}, author=person, by=person, at=utc_now()
    )
    return version.label
