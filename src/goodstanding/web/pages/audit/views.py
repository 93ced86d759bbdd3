"""The audit trail: who did what, to what, when; and how far the sealed chain reaches."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from goodstanding.accounts.queries import User
from goodstanding.core.audit import audit_entries
from goodstanding.core.models import AuditEntry
from goodstanding.core.seal import seal_state
from goodstanding.web.cells import words
from goodstanding.web.listing import ListShape, QuerySource, list_rows, render_list
from goodstanding.web.navigation import verb_of
from goodstanding.web.objects import address_of_object
from goodstanding.web.page import page, person_of
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


def _trail_for(reader: User) -> ListShape:
    """The list; an object leads to its page where this reader may open it."""

    def address(line: AuditEntry) -> str:
        url = address_of_object(kind=line.object_kind, object_id=line.object_id)
        return url if url and reader.has_perm(verb_of(url)) else ""

    columns = (
        replace(column, link=address) if column.key == "object_id" else column
        for column in TRAIL.columns
    )
    return replace(TRAIL, columns=tuple(columns))


@page(verb="accounts.read_audit_trail")
@require_GET
def trail(request: HttpRequest) -> HttpResponse:
    """The lines that fit the filter, and the state of the seal."""
    form = TrailFilter(request.GET)
    found = audit_entries(**form.wanted()) if form.is_valid() else AuditEntry.objects.none()
    listing = list_rows(request, shape=_trail_for(person_of(request)), source=QuerySource(found))
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
