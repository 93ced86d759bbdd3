"""Note what monitoring saw of a version in use."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from goodstanding.governance import queries
from goodstanding.second_line.operations import note_observation
from goodstanding.validation.types import Light
from goodstanding.web.asking import verb_page
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.models.in_use_forms import DefaultsForm, ShiftForm
from goodstanding.web.pages.models.words import LIGHT_WORDS

DEFAULTS, SHIFT = "defaults", "shift"
FORMS: Mapping[str, type[DefaultsForm] | type[ShiftForm]] = {
    DEFAULTS: DefaultsForm,
    SHIFT: ShiftForm,
}
KIND_WORDS = {
    DEFAULTS: "Bad outcomes against the predicted rate",
    SHIFT: "Shift of the score against development",
}


@page(verb="governance.note_observation")
def version_observation(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Note counts of a version in use; a red light stops it until a finding answers."""
    at = moment_of(request).as_of
    row = queries.version_at(version_id=version_id, as_of=at)
    asked = (request.POST.get("kind") or request.GET.get("kind", ""), DEFAULTS)
    kind = next(each for each in asked if each in FORMS)
    form = FORMS[kind](request.POST if request.method == "POST" else None)
    back = reverse("version", args=[version_id])

    def note() -> str:
        observation_id, light = note_observation(
            version_id=version_id, seen=form.seen(), evidence=form.cleaned_data["evidence"],
            by=person_of(request), at=at,
        )  # fmt: skip
        if light is not Light.RED:
            messages.success(request, f"{LIGHT_WORDS[light]}. It is kept with the version.")
            return f"{back}#monitoring"
        messages.warning(request, "Red. The version is suspended until a finding answers it.")
        if not request.user.has_perm("governance.open_finding"):
            return f"{back}#monitoring"
        return f"{reverse('version_finding', args=[version_id])}?observation={observation_id}"

    return verb_page(
        request, form, note, title=f"Note what monitoring saw of {row.name} {row.label}",
        purpose=(
            "You give the counts; the light follows from the thresholds that are set. A red one"
            " stops the version until a finding answers it."
        ),
        verb="Note it", parent=f"{row.name} {row.label}", back_url=back,
        template="models/observation.html",
        more={"kinds": [(each, KIND_WORDS[each], each == kind) for each in FORMS],
              "kept": [("kind", kind)]},
    )  # fmt: skip
