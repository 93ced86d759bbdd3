"""One's own account: name, roles, password, second factor."""

from allauth.mfa.utils import is_mfa_enabled  # pyright: ignore[reportUnknownVariableType]
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from goodstanding.accounts.queries import roles_of
from goodstanding.web.page import page, person_of


@page(verb="accounts.see_home")
def account_home(request: HttpRequest) -> HttpResponse:
    """Who one is here, and how one signs in."""
    person = person_of(request)
    context = {
        "roles": sorted(role.label for role in roles_of(person)),
        "has_second_factor": is_mfa_enabled(person),
    }
    return render(request, "account/account_home.html", context)
