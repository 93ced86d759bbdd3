"""A verb on a page of its own: asked, done, or refused beside its field."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from goodstanding.core.errors import Refusal
from goodstanding.policies.engine import PolicyRefused
from goodstanding.web.cells import local_text

Act = Callable[[], str]


def verb_page(
    request: HttpRequest,
    form: forms.Form,
    act: Act,
    *,
    title: str,
    purpose: str,
    verb: str,
    parent: str,
    back_url: str,
    template: str = "models/verb.html",
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Ask by a form and do it: `act` answers with the address to go to; what it refuses is told.

    `more` is what `template` needs beside the form.
    """
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(act())
        except Refusal as refusal:
            refuse_on(form, refusal)
    context = {
        "form": form,
        "title": title,
        "purpose": purpose,
        "verb": verb,
        "parent": parent,
        "parent_url": back_url,
        "back_url": back_url,
        **(more or {}),
    }
    return render(request, template, context, status=422 if form.errors else 200)


def refuse_on(form: forms.Form, refusal: Refusal) -> None:
    """Put a refusal beside the field it names, or on top of the form.

    A policy's mistakes stand each beside the field it is about; `set_price` is the field that sets
    a `price`.
    """
    if isinstance(refusal, PolicyRefused):
        for mistake in refusal.mistakes:
            field = mistake.path if mistake.path in form.fields else None
            form.add_error(field, f"{mistake.message} {mistake.mend}".strip())
        return
    named = (name for name in (refusal.field, f"set_{refusal.field}") if name in form.fields)
    form.add_error(next(named, None), local_text(f"{refusal.message} {refusal.advice}".strip()))
