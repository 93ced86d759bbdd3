"""Which version a policy can go back to, as its pages offer it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.policies.queries import earlier_champions
from goodstanding.policies.types import EarlierChampion
from goodstanding.web.moment import moment_of


@dataclass(frozen=True, slots=True)
class WayBack:
    """A version to go back to, as pages offer it: its address, or why not."""

    earlier: EarlierChampion
    url: str


def way_back(request: HttpRequest, *, name: str) -> WayBack | None:
    """The last version before the one that decides, for who may activate versions."""
    if moment_of(request).is_past or not request.user.has_perm("policies.activate_version"):
        return None
    earlier = earlier_champions(name=name, at=moment_of(request).as_of)
    return WayBack(earlier[0], address_of_way_back(name, earlier[0])) if earlier else None


def address_of_way_back(name: str, earlier: EarlierChampion) -> str:
    """The page that goes back to a version."""
    query = urlencode({"to": earlier.label})
    return f"{reverse('policy_rollback', args=[name])}?{query}"
