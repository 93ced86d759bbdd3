"""What businesses and imports add to search, commands, home and the audit trail."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.parties.queries import parties_as_of, parties_named
from goodstanding.web.moment import moment_of
from goodstanding.web.objects import register_object
from goodstanding.web.pages.businesses.words import DESKS
from goodstanding.web.search import HITS_PER_GROUP, Hit, register_command, register_search


def find_businesses(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Businesses by part of a name or a whole identifier."""
    moment = moment_of(request)
    found = parties_named(text=text, most=HITS_PER_GROUP)
    known = parties_as_of(party_ids=found, as_of=moment.as_of, known_at=moment.known_at)
    for party_id in found:
        if party_id in known:
            business = known[party_id]
            detail = " · ".join(filter(None, (business.place, DESKS[business.desk])))
            yield Hit(business.name, business_page_of(str(party_id)), detail)


def business_page_of(party_id: str) -> str:
    """Where a business's page is."""
    return reverse("business", args=[party_id])


def import_page_of(run_id: str) -> str:
    """Where an import's page is."""
    return reverse("import", args=[run_id])


register_search(words="Businesses", verb="parties.see_businesses", find=find_businesses)
register_object(kind="party", url=business_page_of)
register_object(kind="data_subject", url=business_page_of)
register_object(kind="import", url=import_page_of)
register_command(words="Follow connected exposure", url_name="connected_exposure")
register_command(words="See imports and quarantine", url_name="imports")
