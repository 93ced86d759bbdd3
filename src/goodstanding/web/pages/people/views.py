"""People: who may sign in, with which roles, and what an administrator did about them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict
from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled  # pyright: ignore[reportUnknownVariableType]
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodstanding.accounts.operations import (
    change_manager,
    change_roles,
    close_account,
    invite_person,
    open_account,
)
from goodstanding.accounts.queries import User, people, roles_of
from goodstanding.accounts.types import Role
from goodstanding.core.audit import audit_entries, write_audit
from goodstanding.core.errors import NotFound, Refusal
from goodstanding.core.time import utc_now
from goodstanding.web.asking import Act, refuse_on, verb_page
from goodstanding.web.cells import words
from goodstanding.web.listing import ListShape, QuerySource, filter_chips, list_rows, render_list
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.people.forms import InvitationForm, ManagerForm, ReasonForm, RolesForm
from goodstanding.web.signin import end_second_factor, sign_in_link
from goodstanding.web.types import Column, Empty, Event, Signal

RECENT = 12
FIRST_LINK, NEXT_LINK = "first", "next"


def _roles_words(person: User) -> str:
    return ", ".join(sorted(Role(group.name).label for group in person.groups.all()))


def _access(person: User) -> Signal:
    if not person.is_active:
        return Signal("neutral", "Closed")
    if not person.has_usable_password():
        return Signal("watch", "Has not chosen a password")
    return Signal("good", "May sign in")


PEOPLE = ListShape(
    name="people",
    caption="People",
    sort="display_name",
    columns=(
        Column("display_name", "Name", sortable=True),
        Column("email", "E-mail address", sortable=True),
        Column("roles", "Roles", value=_roles_words),
        Column("manager", "Manager"),
        Column("last_login", "Last signed in", kind="instant", sortable=True),
        Column("access", "Access", kind="signal", value=_access),
    ),
    row_url=lambda person: reverse("person", args=[person.id]),
    empty=Empty("Nobody holds this role", "Choose another role, or add a person.", icon="people"),
)


@page(verb="accounts.manage_people")
@require_GET
def people_list(request: HttpRequest) -> HttpResponse:
    """Everybody, by role."""
    found = people()
    chips = filter_chips(
        request,
        parameter="role",
        label="Role",
        choices=[
            (role.value, role.label, found.filter(groups__name=role.value).count()) for role in Role
        ],
        everything="Everybody",
    )
    role = request.GET.get("role", "")
    shown = found.filter(groups__name=role) if role else found
    listing = list_rows(request, shape=PEOPLE, source=QuerySource(shown), chips=[chips])
    closed = found.filter(is_active=False).count()
    return render_list(request, "people/people.html", listing=listing, closed=closed)


@page(verb="accounts.manage_people")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Add a person; their sign-in link is shown once."""
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        try:
            person = invite_person(
                email=form.cleaned_data["email"],
                display_name=form.cleaned_data["display_name"],
                roles=form.chosen_roles(),
                manager_id=form.chosen_manager(),
                by=person_of(request),
                at=utc_now(),
            )
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            return _link_page(request, person, kind=FIRST_LINK)
    return render(
        request, "people/invitation.html", {"form": form}, status=422 if form.errors else 200
    )


@page(verb="accounts.manage_people")
@require_GET
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One person: roles, access, and the trail about them."""
    return _person_page(request, _person(person_id), form=None)


@page(verb="accounts.manage_people")
@require_POST
def roles(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Give the ticked roles and no others."""
    somebody, form = _person(person_id), RolesForm(request.POST)
    if form.is_valid():
        try:
            change_roles(
                person_id=person_id,
                roles=form.chosen_roles(),
                reason=form.cleaned_data["reason"],
                by=person_of(request),
                at=utc_now(),
            )
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, f"{somebody.display_name}'s roles were changed.")
            return redirect("person", person_id=person_id)
    return _person_page(request, somebody, form=form)


@page(verb="accounts.manage_people")
@require_POST
def link(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A new sign-in link, shown once."""
    somebody = _person(person_id)
    write_audit(
        actor=request.user.get_username(),
        action="make_sign_in_link",
        object_kind="person",
        object_id=person_id,
        at=utc_now(),
    )
    return _link_page(request, somebody, kind=NEXT_LINK)


@page(verb="accounts.manage_people")
@require_http_methods(["GET", "POST"])
def access(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Close the person's account, or open it again, with a reason."""
    somebody = _person(person_id)
    form = ReasonForm(request.POST or None)

    def change() -> str:
        put = close_account if somebody.is_active else open_account
        reason = form.cleaned_data["reason"]
        put(person_id=person_id, reason=reason, by=person_of(request), at=utc_now())
        words = "closed" if somebody.is_active else "opened"
        return _done(request, somebody, f"{somebody.display_name}'s account was {words}.")

    return _confirmed(request, somebody, form, change, **_access_words(somebody))


@page(verb="accounts.manage_people")
@require_http_methods(["GET", "POST"])
def manager(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Give the person another manager, or none, with a reason."""
    somebody = _person(person_id)
    form = ManagerForm(
        request.POST or None, person_id=person_id, initial={"manager": somebody.manager_id}
    )

    def change() -> str:
        change_manager(
            person_id=person_id,
            manager_id=form.chosen_manager(),
            reason=form.cleaned_data["reason"],
            by=person_of(request),
            at=utc_now(),
        )
        return _done(request, somebody, f"{somebody.display_name}'s manager was changed.")

    return _confirmed(
        request,
        somebody,
        form,
        change,
        title=f"Change {somebody.display_name}'s manager",
        purpose="When somebody joins another team, or their manager left.",
        effect="The manager reads this person's own figures; the one before no longer does.",
        verb="Change the manager",
    )


@page(verb="accounts.manage_people")
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """End the second factor of somebody who lost the app and the recovery codes."""
    somebody = _person(person_id)
    form, name = ReasonForm(request.POST or None), somebody.display_name

    def change() -> str:
        reason = form.cleaned_data["reason"]
        end_second_factor(person=somebody, reason=reason, by=person_of(request), at=utc_now())
        return _done(request, somebody, f"{name} signs in by password alone.")

    return _confirmed(
        request,
        somebody,
        form,
        change,
        title=f"End {name}'s second factor",
        purpose="For somebody who lost the phone and the recovery codes. Be sure who asks.",
        effect=f"{name} signs in by password alone until they set up a new app.",
        effects=["The old app and the recovery codes stop working at once."],
        verb="End the second factor",
    )


def _done(request: HttpRequest, somebody: User, told: str) -> str:
    messages.success(request, told)
    return _url(somebody)


def _confirmed(
    request: HttpRequest,
    somebody: User,
    form: Form,
    change: Act,
    *,
    title: str,
    purpose: str,
    verb: str,
    effect: str,
    effects: Sequence[str] = (),
) -> HttpResponse:
    """A change to a person, confirmed with a reason."""
    return verb_page(
        request,
        form,
        change,
        title=title,
        purpose=purpose,
        verb=verb,
        parent=somebody.display_name,
        back_url=_url(somebody),
        template="components/confirm.html",
        more={"effect": effect, "effects": effects},
    )


class _Words(TypedDict):
    title: str
    purpose: str
    effect: str
    effects: Sequence[str]
    verb: str


def _access_words(somebody: User) -> _Words:
    name = somebody.display_name
    if somebody.is_active:
        return {
            "title": f"Close {name}'s account",
            "purpose": "For somebody who left, or whose password is known to others.",
            "effect": f"{name} is signed out everywhere and cannot sign in.",
            "effects": ["What they decided and wrote stays as it is.", "It can be opened again."],
            "verb": "Close the account",
        }
    return {
        "title": f"Open {name}'s account",
        "purpose": "They keep their roles and their password.",
        "effect": f"{name} can sign in again as {_roles_words(somebody)}.",
        "effects": (),
        "verb": "Open the account",
    }


def _person(person_id: UUID) -> User:
    found = people().filter(id=person_id).first()
    if found is None:
        raise NotFound(what="person", key=person_id)
    return found


def _url(somebody: User) -> str:
    return reverse("person", args=[somebody.id])


def _person_page(request: HttpRequest, somebody: User, *, form: RolesForm | None) -> HttpResponse:
    trail = audit_entries(object_kind="person", object_id=str(somebody.id))[:RECENT]
    asked = {"roles": [role.value for role in roles_of(somebody)]}
    context = {
        "person": somebody,
        "access": _access(somebody),
        "has_second_factor": is_mfa_enabled(somebody),
        "is_oneself": somebody.id == person_of(request).id,
        "form": form or RolesForm(initial=asked),
        "facts": [
            ("E-mail", somebody.email),
            ("Roles", _roles_words(somebody)),
            ("Manager", somebody.manager),
            ("Joined", somebody.joined_at.strftime("%-d %b %Y")),
        ],
        "events": [
            Event(line.at, words(line.action), line.actor, note=_note(line.detail))
            for line in trail
        ],
    }
    return render(request, "people/person.html", context, status=422 if form else 200)


def _note(detail: Mapping[str, Any]) -> str:
    """What a line of the trail about a person says besides: what changed, and why."""
    parts = [detail.get("what", "")]
    if "before" in detail:
        held, holds = (
            ", ".join(Role(role).label for role in detail[key]) for key in ("before", "after")
        )
        parts.append(f"{held} \N{RIGHTWARDS ARROW} {holds}")
    return " · ".join(filter(None, [*parts, detail.get("reason", "")]))


def _link_page(request: HttpRequest, somebody: User, *, kind: str) -> HttpResponse:
    context = {
        "person": somebody,
        "link": sign_in_link(request, person=somebody),
        "is_first": kind == FIRST_LINK,
    }
    response = render(request, "people/link.html", context)
    response["Cache-Control"] = "no-store"
    return response
