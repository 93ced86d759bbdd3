"""API keys: made for one caller, shown once, revoked with a reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from goodstanding.accounts.operations import make_api_key, revoke_api_key
from goodstanding.accounts.queries import ApiKey, api_keys
from goodstanding.core.errors import NotFound, Refusal
from goodstanding.core.time import utc_now
from goodstanding.web.listing import ListShape, ListSource, list_rows, render_list
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.api_keys.forms import KeyForm
from goodstanding.web.pages.people.forms import ReasonForm
from goodstanding.web.types import Column, Empty, Signal

SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as the list shows it."""

    id: UUID
    label: str
    prefix: str
    scopes: str
    legal_entity: str
    made_by: str
    made_at: datetime
    expires_at: datetime | None
    state: Signal
    is_in_force: bool


KEYS = ListShape(
    name="api_keys",
    caption="API keys",
    sort="-made_at",
    columns=(
        Column("label", "Caller", sortable=True),
        Column("prefix", "Begins with", kind="code", value=lambda key: f"gs_{key.prefix}_"),
        Column("scopes", "May"),
        Column("legal_entity", "Legal entity"),
        Column("made_by", "Made by"),
        Column("made_at", "Made", kind="instant", sortable=True),
        Column("expires_at", "Ends", kind="instant", sortable=True),
        Column("state", "State", kind="signal"),
        Column("revoke", "", value=lambda key: key.is_in_force, template="api_keys/revoke.html"),
    ),
    empty=Empty(
        "No key was made yet",
        "A machine asks for decisions with a key of its own.",
        "Make a key",
        "new/",
        "api_keys",
    ),
)


@page(verb="accounts.manage_keys")
@require_GET
def keys(request: HttpRequest) -> HttpResponse:
    """Every key ever made, and what became of it."""
    now = moment_of(request).as_of
    rows = [_row(key, now=now) for key in api_keys()]
    listing = list_rows(request, shape=KEYS, source=ListSource(rows))
    in_force = sum(row.is_in_force for row in rows)
    ending = sum(row.state.word == "Ends soon" for row in rows)
    return render_list(
        request, "api_keys/keys.html", listing=listing, in_force=in_force, ending=ending
    )


@page(verb="accounts.manage_keys")
@require_http_methods(["GET", "POST"])
def new_key(request: HttpRequest) -> HttpResponse:
    """Make a key and show it, this once; `?after=` fills in what another key is for."""
    form = KeyForm(request.POST or None, initial=_as_before(request.GET.get("after", "")))
    if not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "api_keys/new_key.html", {"form": form}, status=status)
    now = utc_now()
    token = make_api_key(
        label=form.cleaned_data["label"],
        scopes=form.cleaned_data["scopes"],
        legal_entity=form.cleaned_data["legal_entity"],
        by=person_of(request),
        at=now,
        expires_at=form.expires_at(at=now),
    )
    context = {
        "token": token,
        "label": form.cleaned_data["label"],
        "expires_at": form.expires_at(at=now),
    }
    response = render(request, "api_keys/made_key.html", context)
    response["Cache-Control"] = "no-store"
    return response


@page(verb="accounts.manage_keys")
@require_http_methods(["GET", "POST"])
def revocation(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """End a key at once, with a reason."""
    key = api_keys().filter(id=key_id).first()
    if key is None:
        raise NotFound(what="API key", key=key_id)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            revoke_api_key(
                key_id=key_id,
                by=person_of(request),
                reason=form.cleaned_data["reason"],
                at=utc_now(),
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, f"The key of {key.label} does not work any more.")
            return redirect("api_keys")
    context = {
        "form": form,
        "title": f"Revoke the key of {key.label}",
        "purpose": "For a key that others may know, or that nobody needs.",
        "effect": f"Every call with gs_{key.prefix}_… is refused within a second.",
        "effects": ["What was decided with it stays as it is.", "It cannot be brought back."],
        "verb": "Revoke the key",
        "parent": "API keys",
        "parent_url": reverse("api_keys"),
        "back_url": reverse("api_keys"),
    }
    return render(request, "components/confirm.html", context, status=422 if form.errors else 200)


def _as_before(key_id: str) -> dict[str, Any]:
    """The form as it was for an earlier key, for the one that takes its place."""
    try:
        key = api_keys().filter(id=UUID(key_id)).first()
    except ValueError:
        return {}
    if key is None:
        return {}
    return {"label": key.label, "scopes": key.scopes, "legal_entity": key.legal_entity.code}


def _row(key: ApiKey, *, now: datetime) -> KeyRow:
    revocation_of = getattr(key, "apikeyrevocation", None)
    state = _state(key, is_revoked=revocation_of is not None, now=now)
    return KeyRow(
        id=key.id,
        label=key.label,
        prefix=key.prefix,
        scopes=", ".join(key.scopes),
        legal_entity=key.legal_entity.name,
        made_by=key.made_by.display_name,
        made_at=key.recorded_at,
        expires_at=revocation_of.revoked_at if revocation_of else key.expires_at,
        state=state,
        is_in_force=state.level in {"good", "watch"},
    )


def _state(key: ApiKey, *, is_revoked: bool, now: datetime) -> Signal:
    if is_revoked:
        return Signal("neutral", "Revoked")
    if key.expires_at is None:
        return Signal("watch", "Never ends")
    if key.expires_at <= now:
        return Signal("neutral", "Ended")
    return (
        Signal("watch", "Ends soon") if key.expires_at - now < SOON else Signal("good", "In force")
    )
