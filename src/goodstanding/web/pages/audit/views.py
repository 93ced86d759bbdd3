"""The audit trail: who did what, to what, when; and how far the sealed chain reaches."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from goodstanding.core.audit import audit_entries
from goodstanding.core.models import AuditEntry
from goodstanding.core.seal import seal_state
from goodstanding.web.cells import words
from goodstanding.web.listing import ListShape, QuerySource, list_rows, render_list
from goodstanding.web.page import page
from goodstanding.web.pages.audit.forms import TrailFilter
from goodstanding.web.types import Column, Empty

TRAIL = ListShape(
    name="audit_trail",
    caption="Lines of the audit trail",
    sort="-at",
    columns=(
        Column("at", "When", kind="instant", sortable=True),
        Column("actor", "Actor", sortable=True),
        Column("action", "Action", value=lambda line: words(line.action)),
        Column("object_kind", "Object", value=lambda line: words(line.object_kind)),
        Column("object_id", "Object's id", template="audit/object.html"),
        Column("detail", "Detail", template="audit/detail.html"),
    ),
    empty=Empty(
        "No line fits",
        "The trail keeps every write by a person and every read of personal data.",
        icon="audit_trail",
    ),
)


@page(verb="accounts.read_audit_trail")
@require_GET
def trail(request: HttpRequest) -> HttpResponse:
    """The lines that fit the filter, and the state of the seal."""
    form = TrailFilter(request.GET)
    found = audit_entries(**form.wanted()) if form.is_valid() else AuditEntry.objects.none()
    listing = list_rows(request, shape=TRAIL, source=QuerySource(found))
    state = seal_state()
    return render_list(
        request,
        "audit/trail.html",
        listing=listing,
        form=form,
        seal=state,
        unsealed=sum(state.unsealed.values()),
        unsealed_words=" · ".join(
            f"{words(stream)} {rows:,}" for stream, rows in state.unsealed.items() if rows
        ),
        is_filtered=any(request.GET.get(name) for name in form.fields),
    )
