"""Home: what waits for this person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from goodstanding.web.page import page


@page(verb="accounts.see_home")
def home(request: HttpRequest) -> HttpResponse:
    """The person's own morning."""
    return render(request, "home/home.html")
