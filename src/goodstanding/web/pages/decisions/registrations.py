"""What decisions add to search and commands."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.decisions.queries import DecisionFilter, DecisionList, decisions_matching
from goodstanding.web.cells import instant_text
from goodstanding.web.moment import moment_of
from goodstanding.web.pages.decisions.words import outcome_signal
from goodstanding.web.search import HITS_PER_GROUP, Hit, register_search


def find_decisions(request: HttpRequest, text: str) -> Iterable[Hit]:
    """The newest decisions with this id, identifier or business name."""
    moment = moment_of(request)
    found = decisions_matching(DecisionFilter(text=text, known_at=moment.known_at))
    rows = DecisionList(found, moment.known_at).rows(start=0, stop=HITS_PER_GROUP, sort="")
    for row in rows:
        yield Hit(
            f"{outcome_signal(row.outcome).word}: {row.business or row.entity}",
            reverse("decision", args=[row.id]),
            f"{row.policy}, {instant_text(row.recorded_at)}",
        )


register_search(words="Decisions", verb="decisions.see_decisions", find=find_decisions)
