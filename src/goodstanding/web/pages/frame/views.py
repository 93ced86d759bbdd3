"""What belongs to the frame: search, the moment, appearance, shortcuts."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodstanding.web.asking import refuse_on
from goodstanding.web.context import THEMES
from goodstanding.web.errors import NotAMoment
from goodstanding.web.moment import choose_moment, moment_of, return_to_now
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.frame.forms import MomentForm, ViewForm
from goodstanding.web.saved_views import remove_view, save_view
from goodstanding.web.search import found

A_YEAR = 365 * 24 * 3600


@page(verb="accounts.see_home")
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Everything that the query finds; only the hits where the palette asks."""
    text = request.GET.get("q", "")
    template = "frame/hits.html" if request.headers.get("HX-Request") else "frame/search.html"
    groups = found(request, text=text)
    count = sum(len(group.hits) for group in groups)
    return render(request, template, {"searched": text, "groups": groups, "count": count})


@page(verb="accounts.see_home", in_past=True)
@require_http_methods(["GET", "POST"])
def moment(request: HttpRequest) -> HttpResponse:
    """Choose the moment to look from, or return to now."""
    if request.POST.get("now"):
        return_to_now(request)
        return _back(request)
    form = MomentForm(request.POST or None, initial={"next": request.GET.get("next", "")})
    if form.is_valid():
        try:
            choose_moment(request, **form.chosen())
        except NotAMoment as refusal:
            refuse_on(form, refusal)
        else:
            return _back(request)
    context = {"form": form, "seen_from": moment_of(request)}
    return render(request, "frame/moment.html", context, status=422 if form.errors else 200)


@page(verb="accounts.see_home", in_past=True)
@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Keep light, dark or the system's choice in a cookie of this browser."""
    theme = request.POST.get("theme", "system")
    response = _back(request)
    if theme in THEMES:
        response.set_cookie(
            "theme",
            theme,
            max_age=A_YEAR,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return response


@page(verb="accounts.see_home")
@require_GET
def shortcuts(request: HttpRequest) -> HttpResponse:
    """The keys of the house, for those without the dialog."""
    return render(request, "frame/shortcuts.html")


@page(verb="accounts.see_home", in_past=True)
@require_POST
def saved_views(request: HttpRequest) -> HttpResponse:
    """Keep the filter and order of a list under a name."""
    form = ViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The view was not saved: give it a name of up to 60 characters.")
        return redirect(form.address())
    name = form.cleaned_data["name"]
    if save_view(owner=person_of(request), **form.cleaned_data):
        messages.success(request, f"{name} shows this from now on; what it showed before is gone.")
    else:
        messages.success(request, f"Saved as {name}.")
    return redirect(form.address())


@page(verb="accounts.see_home", in_past=True)
@require_POST
def saved_view_removal(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Forget a view of one's own."""
    path = remove_view(owner=person_of(request), view_id=view_id)
    messages.success(request, "The view was forgotten.")
    return redirect(path)


def _back(request: HttpRequest) -> HttpResponseRedirect:
    wanted = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(wanted if allowed else reverse("home"))
