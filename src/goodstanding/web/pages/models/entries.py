"""An entry of the inventory: what it is, its tier, scope and thresholds, its versions."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from goodstanding.governance import operations, queries
from goodstanding.governance.types import EntrySummary, VersionKind
from goodstanding.second_line.operations import register_uploaded_model
from goodstanding.web.asking import verb_page
from goodstanding.web.cells import instant_text
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.models.intake_forms import (
    EntryForm,
    ScopeForm,
    ThresholdsForm,
    TierForm,
    VersionForm,
)
from goodstanding.web.pages.models.words import state_signal


@page(verb="governance.see_models")
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry, and what it still needs before a version of it can be approved."""
    as_of = moment_of(request).as_of
    found = queries.entry_at(entry_id=entry_id, as_of=as_of)
    versions = [row for row in queries.inventory_at(as_of=as_of) if row.entry_id == entry_id]
    context = {
        "entry": found,
        "facts": _facts(found),
        "needs": _needs(found),
        "versions": [(row, state_signal(row)) for row in versions],
        "tiers": queries.tiers_of(entry_id=entry_id, as_of=as_of),
        "scopes": queries.scopes_of(entry_id=entry_id, as_of=as_of),
    }
    return render(request, "models/entry.html", context)


def _facts(found: EntrySummary) -> list[tuple[str, Any]]:
    return [
        ("Kind", found.kind.capitalize()),
        ("Name", found.name),
        ("Owner", found.owner),
        ("Tier", found.tier or "Not assessed"),
        ("Thresholds of its tests", found.thresholds.version if found.thresholds else "Not set"),
        ("Vendor", found.vendor or "In house"),
        ("Entered", instant_text(found.entered_at)),
    ]


def _needs(found: EntrySummary) -> list[str]:
    """What is missing before a version can be validated and approved, in the order of the work."""
    registers = (
        "a version: publish the policy's text under this name"
        if found.kind is VersionKind.POLICY
        else "a version: register the model's artefact"
    )
    return [
        words
        for words, is_missing in (
            ("a tier: it says how long an approval may last", found.tier is None),
            ("the thresholds that light its tests", found.thresholds is None),
            (registers, not found.versions),
        )
        if is_missing
    ]


@page(verb="governance.register_version")
def new_entry(request: HttpRequest, code: str) -> HttpResponse:
    """Enter a policy or model for a use case."""
    at = moment_of(request).as_of
    use_case = queries.use_case_at(code=code, as_of=at)
    given = request.POST if request.method == "POST" else None
    form = EntryForm(given, initial={"owner": use_case.owner_email})

    def enter() -> str:
        said = form.cleaned_data
        entry_id = operations.enter_inventory(
            kind=VersionKind(said["kind"]),
            name=said["name"],
            title=said["title"],
            owner=said["owner"],
            vendor=said["vendor"],
            use_case=code,
            by=person_of(request),
            at=at,
        )
        return reverse("entry", args=[entry_id])

    return verb_page(
        request, form, enter, title="Enter a policy or model",
        purpose=f"It serves {use_case.title}; versions are registered under its name.",
        verb="Enter it", parent=use_case.title, back_url=reverse("use_case", args=[code]),
    )  # fmt: skip


@page(verb="governance.assess_tier")
def entry_tier(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Assess the tier that follows from the scores."""
    at = moment_of(request).as_of
    found = queries.entry_at(entry_id=entry_id, as_of=at)
    form = TierForm(request.POST if request.method == "POST" else None)
    back = reverse("entry", args=[entry_id])

    def assess() -> str:
        tier = operations.assess_tier(
            kind=found.kind, name=found.name, factors=form.factors(),
            rationale=form.cleaned_data["rationale"], override=form.other_tier(),
            by=person_of(request), at=at,
        )  # fmt: skip
        messages.success(
            request,
            f"Tier {tier.tier}, from materiality {tier.materiality} and complexity"
            f" {tier.complexity}.",
        )
        return back

    return verb_page(
        request, form, assess, title=f"Assess the tier of {found.title}",
        purpose=(
            "Tier 1 is the strictest. Materiality is the highest of share, use and criticality;"
            " complexity the mean of what is scored."
        ),
        verb="Assess the tier", parent=found.title, back_url=back,
    )  # fmt: skip


@page(verb="governance.assess_tier")
def entry_scope(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Decide whether a jurisdiction's model-risk rules reach an entry."""
    at = moment_of(request).as_of
    found = queries.entry_at(entry_id=entry_id, as_of=at)
    form = ScopeForm(request.POST if request.method == "POST" else None)
    back = reverse("entry", args=[entry_id])

    def decide() -> str:
        operations.decide_scope(
            kind=found.kind, name=found.name, answers=form.answers(), by=person_of(request), at=at
        )
        return back

    return verb_page(
        request, form, decide, title=f"Decide the scope of {found.title}",
        purpose="A scorecard is an estimate by theory and in scope; a hard rule is not.",
        verb="Keep the decision", parent=found.title, back_url=back,
    )  # fmt: skip


@page(verb="governance.set_thresholds")
def entry_thresholds(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Set the thresholds that light an entry's tests from now on."""
    at = moment_of(request).as_of
    found = queries.entry_at(entry_id=entry_id, as_of=at)
    given = request.POST if request.method == "POST" else None
    form = ThresholdsForm(given, initial=ThresholdsForm.first(found.thresholds))
    back = reverse("entry", args=[entry_id])

    def put() -> str:
        operations.set_thresholds(
            kind=found.kind, name=found.name, thresholds=form.thresholds(),
            reason=form.cleaned_data["reason"], by=person_of(request), at=at,
        )  # fmt: skip
        return back

    return verb_page(
        request, form, put, title=f"Set the thresholds of {found.title}",
        purpose=(
            "An approved version keeps the thresholds that it was approved with, and gets a"
            " material change: it waits for a new approval."
        ),
        verb="Set the thresholds", parent=found.title, back_url=back,
    )  # fmt: skip


@page(verb="governance.register_version")
def entry_version(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Register a version of a model by its artefact."""
    at = moment_of(request).as_of
    found = queries.entry_at(entry_id=entry_id, as_of=at)
    posted = request.method == "POST"
    form = VersionForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        initial={"developer": person_of(request).email},
    )

    def register() -> str:
        given = form.cleaned_data
        version_id = register_uploaded_model(
            entry=found, artefact=given["artefact"], card=given["card"],
            developer=given["developer"], by=person_of(request), at=at,
        )  # fmt: skip
        return reverse("version", args=[version_id])

    return verb_page(
        request, form, register, title=f"Register a version of {found.title}",
        purpose="It may not decide before it is validated and approved.",
        verb="Register it", parent=found.title, back_url=reverse("entry", args=[entry_id]),
    )  # fmt: skip
