"""Ask the lake: one SELECT, within limits, on ids and keyed digests."""

import json
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goodstanding.core.audit import write_audit
from goodstanding.core.errors import Refusal
from goodstanding.core.time import utc_now
from goodstanding.metrics.operations import save_query
from goodstanding.metrics.queries import lake_state, query_lake, saved_queries
from goodstanding.metrics.types import QueryResult
from goodstanding.web.exports import export_rows
from goodstanding.web.page import page, person_of, require_verb
from goodstanding.web.types import Column

ROW_LIMIT = 1000
SECONDS = 10


class QueryForm(forms.Form):
    """A person's own SELECT."""

    query = forms.CharField(
        label="Query",
        help_text=f"One SELECT in DuckDB's dialect; {SECONDS} seconds, {ROW_LIMIT:,} rows.",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "code"}),
    )
    name = forms.CharField(
        label="Name", required=False, help_text="Give a name to keep the query for everybody."
    )


@page(verb="metrics.query_lake")
@require_http_methods(["GET", "POST"])
def lake(request: HttpRequest) -> HttpResponse:
    """The tables of the lake, and a query on them."""
    text = request.GET.get("query", "")
    form = QueryForm(request.POST or None, initial={"query": text})
    if request.method == "POST" and form.is_valid():
        return _keep(request, form.cleaned_data)
    result, refusal = _run(request, text) if text else (None, None)
    if result is not None and "format" in request.GET:
        return export_rows(
            request, columns=_columns(result), rows=_mappings(result), name="lake-query"
        )
    if refusal is not None:
        form = QueryForm({"query": text, "name": ""})
        form.add_error("query", str(refusal))
    context = {
        "form": form,
        "result": result,
        "tables": lake_state(folder=settings.GOODSTANDING_LAKE),
        "saved": saved_queries(),
        "query": text,
        "row_limit": ROW_LIMIT,
    }
    return render(request, "metrics/lake.html", context, status=422 if refusal else 200)


def _run(request: HttpRequest, text: str) -> tuple[QueryResult | None, Refusal | None]:
    write_audit(
        actor=person_of(request).email,
        action="query_lake",
        object_kind="lake",
        object_id="query",
        at=utc_now(),
        detail={"query": text[:4000]},
    )
    try:
        result = query_lake(
            text=text, folder=settings.GOODSTANDING_LAKE, seconds=SECONDS, limit=ROW_LIMIT
        )
    except Refusal as refusal:
        return None, refusal
    return result, None


def _keep(request: HttpRequest, cleaned: dict[str, Any]) -> HttpResponse:
    require_verb(request, verb="metrics.save_query")
    person = person_of(request)
    if cleaned["name"]:
        save_query(
            name=cleaned["name"],
            text=cleaned["query"],
            by=person.id,
            actor=person.email,
            at=utc_now(),
        )
    return redirect(f"{request.path}?{_address(cleaned['query'])}")


def _address(query: str) -> str:
    from urllib.parse import urlencode

    return urlencode({"query": query})


def _columns(result: QueryResult) -> list[Column]:
    return [Column(name, name) for name, _kind in result.columns]


def _mappings(result: QueryResult) -> list[dict[str, Any]]:
    names = [name for name, _kind in result.columns]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in result.rows]


def _plain(value: Any) -> Any:
    return json.dumps(value, default=str) if isinstance(value, dict | list) else value
