"""Rows in quarantine are settled: first which, then, with a reason, done."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from goodstanding.core.errors import NotFound, Refusal
from goodstanding.core.time import utc_now
from goodstanding.ledger.errors import NoRowWaits
from goodstanding.ledger.operations import settle_rows
from goodstanding.ledger.queries import imports_by_id, quarantined_rows
from goodstanding.ledger.types import ImportView, QuarantinedView
from goodstanding.web.asking import refuse_on
from goodstanding.web.page import page, person_of


class SettlementForm(forms.Form):
    """Why the rows wait no longer."""

    reason = forms.CharField(
        label="Reason",
        help_text="Mended in the source and imported again, or left out on purpose, and why.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@page(verb="ledger.settle_row")
@require_POST
def settlement(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Settle the ticked rows; raises NotFound, and NoRowWaits where none of them waits."""
    run = imports_by_id(run_ids=[run_id]).get(run_id)
    if run is None:
        raise NotFound(what="import", key=run_id)
    ticked = {text for text in request.POST.getlist("row") if text.isdecimal()}
    rows = [row for row in quarantined_rows(run_id=run_id) if str(row.line) in ticked and row.waits]
    if not rows:
        raise NoRowWaits(field="row")
    form = SettlementForm(request.POST if "confirmed" in request.POST else None)
    if form.is_valid():
        try:
            count = settle_rows(
                run_id=run_id,
                lines=[row.line for row in rows],
                reason=form.cleaned_data["reason"],
                by=person_of(request).email,
                at=utc_now(),
            )
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, f"{_count_of(count)} settled.")
            return redirect("import", run_id)
    context = _shown(run, rows) | {"form": form}
    return render(request, "components/confirm.html", context, status=422 if form.errors else 200)


def _shown(run: ImportView, rows: list[QuarantinedView]) -> dict[str, object]:
    back = reverse("import", args=[run.run_id])
    return {
        "title": f"Settle {_count_of(len(rows))} of {run.file_name}",
        "purpose": "For rows that were mended where they come from, or that nobody will load.",
        "effect": f"{_count_of(len(rows))} will wait no longer. Nothing is loaded or deleted.",
        "effects": [f"Line {row.line}: {row.reason}" for row in rows],
        "verb": "Settle",
        "back_url": back,
        "parent": run.file_name,
        "parent_url": back,
        "kept": [("row", row.line) for row in rows],
    }


def _count_of(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"
