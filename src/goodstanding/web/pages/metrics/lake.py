"""Ask the lake: one SELECT, within limits, on ids and keyed digests."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goodstanding.core.audit import write_audit
from goodstanding.core.errors import Refusal
from goodstanding.core.time import utc_now
from goodstanding.metrics.operations import save_query
from goodstanding.metrics.queries import lake_state, query_lake, saved_queries
from goodstanding.metrics.types import QueryResult
from goodstanding.web.cells import NONE
from goodstanding.web.exports import FORMATS, export_rows
from goodstanding.web.page import page, person_of, require_verb
from goodstanding.web.types import Column

ROW_LIMIT = 1000
SECONDS = 10
LONGEST_AUDITED = 4000
LONGEST_SHOWN = 2000
BY_OUTCOME = """select
    policy,
    outcome,
    count(*) as decisions
from decision
group by policy, outcome
order by policy, outcome"""
REASONS = """select
    reason,
    count(*) as decisions
from (
    select unnest(string_split(reason_codes, ',')) as reason
    from decision
    where recorded_at > now() - interval 30 days and reason_codes <> ''
)
group by reason
order by decisions desc"""
CASES_BY_WEEK = """select
    date_trunc('week', opened_at)::date as week,
    count(*) as opened,
    count(case_closure.case_id) as closed
from "case"
left join case_closure using (case_id)
group by week
order by week"""
EXAMPLES = (
    ("Decisions by policy and outcome", BY_OUTCOME),
    ("Reasons of the last 30 days", REASONS),
    ("Cases opened by week, and how many of them closed", CASES_BY_WEEK),
)


class QueryForm(forms.Form):
    """A person's own SELECT."""

    query = forms.CharField(
        label="Query",
        help_text=f"One SELECT in DuckDB's dialect; {SECONDS} seconds, {ROW_LIMIT:,} rows.",
        widget=forms.Textarea(attrs={"rows": 9, "spellcheck": "false", "class": "code"}),
    )


class KeepForm(forms.Form):
    """A name for a query that everybody may use."""

    query = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="Everybody who may ask the lake sees it; an earlier one of that name gives way.",
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave: rows as they are shown, or why there are none."""

    result: QueryResult | None = None
    refusal: Refusal | None = None

    @property
    def cells(self) -> list[list[tuple[str, str, bool]]]:
        """Each row's values with their column's name and whether they are numbers."""
        if self.result is None:
            return []
        names = [name for name, _kind in self.result.columns]
        return [
            [
                (name, NONE if value is None else _shortened(value), _is_number(value))
                for name, value in zip(names, row, strict=True)
            ]
            for row in self.result.rows
        ]


@page(verb="metrics.query_lake")
@require_http_methods(["GET", "POST"])
def lake(request: HttpRequest) -> HttpResponse:
    """The tables of the lake, and a query on them; posting keeps a query under a name."""
    if request.method == "POST":
        keeping = KeepForm(request.POST)
        text = request.POST.get("query", "")
        if keeping.is_valid():
            return _keep(request, keeping.cleaned_data)
        return _shown(request, text, Answer(), keeping=keeping, status=422)
    text = request.GET.get("query", "")
    answer = _asked(request, text) if text.strip() else Answer()
    if answer.result is not None and "format" in request.GET:
        return export_rows(
            request,
            columns=_columns(answer.result),
            rows=_mappings(answer.result),
            name="lake-query",
        )
    return _shown(request, text, answer, status=answer.refusal.status if answer.refusal else 200)


def _asked(request: HttpRequest, text: str) -> Answer:
    """Run the query after a line in the audit trail, so that it stands there however it ends."""
    write_audit(
        actor=person_of(request).email,
        action="query_lake",
        object_kind="lake",
        object_id="query",
        at=utc_now(),
        detail={"query": text[:LONGEST_AUDITED]},
    )
    try:
        result = query_lake(
            text=text, folder=settings.GOODSTANDING_LAKE, seconds=SECONDS, limit=ROW_LIMIT
        )
    except Refusal as refusal:
        return Answer(refusal=refusal)
    return Answer(result)


def _shown(
    request: HttpRequest,
    text: str,
    answer: Answer,
    *,
    status: int,
    keeping: KeepForm | None = None,
) -> HttpResponse:
    form = QueryForm({"query": text}) if text else QueryForm()
    if answer.refusal is not None:
        form.add_error("query", f"{answer.refusal.message} {answer.refusal.advice}".strip())
    context = {
        "form": form,
        "keep_form": keeping or KeepForm(initial={"query": text}),
        "may_keep": request.user.has_perm("metrics.save_query"),
        "answer": answer,
        "result": answer.result,
        "exports": [
            (words, f"{request.path}?{urlencode({'query': text, 'format': name})}")
            for name, (words, _, _) in FORMATS.items()
        ],
        "tables": lake_state(folder=settings.GOODSTANDING_LAKE),
        "saved": saved_queries(),
        "examples": EXAMPLES,
        "query": text,
        "row_limit": ROW_LIMIT,
    }
    return render(request, "metrics/lake.html", context, status=status)


def _keep(request: HttpRequest, cleaned: dict[str, Any]) -> HttpResponse:
    require_verb(request, verb="metrics.save_query")
    person = person_of(request)
    save_query(
        name=cleaned["name"],
        text=cleaned["query"],
        by=person.id,
        actor=person.email,
        at=utc_now(),
    )
    messages.success(request, f"Kept as {cleaned['name']}, for everybody.")
    return redirect(f"{request.path}?{urlencode({'query': cleaned['query']})}")


def _columns(result: QueryResult) -> list[Column]:
    return [Column(name, name) for name, _kind in result.columns]


def _mappings(result: QueryResult) -> list[dict[str, Any]]:
    names = [name for name, _kind in result.columns]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in result.rows]


def _plain(value: Any) -> Any:
    return json.dumps(value, default=str) if isinstance(value, dict | list) else value


def _shortened(value: Any) -> str:
    """The value as a page shows it; a text without end would stop the browser."""
    text = str(_plain(value))
    if len(text) <= LONGEST_SHOWN:
        return text
    return f"{text[:LONGEST_SHOWN]}\N{HORIZONTAL ELLIPSIS} ({len(text):,} characters)"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
