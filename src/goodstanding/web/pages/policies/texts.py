"""The text of a policy with the numbers of its lines, and what it is taken elsewhere as."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goodstanding.core.audit import write_audit
from goodstanding.core.time import utc_now
from goodstanding.policies.engine.dmn import policy_dmn
from goodstanding.policies.engine.policy_document import policy_document
from goodstanding.policies.engine.view_target import ENGINES, policy_view
from goodstanding.web.errors import NotAFormat
from goodstanding.web.listing import changed_url
from goodstanding.web.page import page
from goodstanding.web.pages.policies.shown import ShownPolicy, context_of, shown_policy

FORMS = {
    "yaml": "The text, YAML",
    "json": "JSON",
    "duckdb": "SQL view, DuckDB",
    "postgres": "SQL view, PostgreSQL",
    "spark": "SQL view, Spark",
    "dmn": "Decision tables, DMN 1.3",
}
RELATION = "applications"


@page(verb="policies.see_policies")
@require_GET
def policy_text(request: HttpRequest, name: str) -> HttpResponse:
    """The YAML as it was published, each line with its number and address; or a file of it."""
    shown = shown_policy(request, name=name, tab="policy_text")
    if "format" in request.GET:
        return _exported(request, shown)
    lines = list(enumerate(shown.policy.text.splitlines(), start=1))
    asked = dict(request.GET.items())
    exports = [
        (words, changed_url(request.path, asked, format=form))
        for form, words in FORMS.items()
        if form != "dmn" or shown.policy.plan.tables
    ]
    context = context_of(shown, lines=lines, exports=exports)
    return render(request, "policies/text.html", context)


def _exported(request: HttpRequest, shown: ShownPolicy) -> HttpResponse:
    form = request.GET.get("format", "")
    if form not in FORMS:
        raise NotAFormat(field="format", asked=form, formats=", ".join(FORMS))
    content, ending = _written(shown, form)
    response = HttpResponse(content, "text/plain; charset=utf-8")
    name = f"{shown.name}-{shown.version.label}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    write_audit(
        actor=request.user.get_username(),
        action="export_policy",
        object_kind="policy_version",
        object_id=shown.version.version_id,
        at=utc_now(),
        detail={"format": form, "policy": shown.name, "label": shown.version.label},
    )
    return response


def _written(shown: ShownPolicy, form: str) -> tuple[str, str]:
    if form == "yaml":
        return shown.policy.text, "yaml"
    if form == "dmn":
        return policy_dmn(shown.policy), "dmn"
    if form in ENGINES:
        view = policy_view(shown.policy.plan, engine=form, name=shown.name, relation=RELATION)
        return view, "sql"
    return json.dumps(policy_document(shown.policy), indent=2, ensure_ascii=False), "json"
