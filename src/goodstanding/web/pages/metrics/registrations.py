"""What metrics add to home, to search and to commands."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.accounts.types import Role
from goodstanding.metrics.queries import metric_cards, metric_definitions
from goodstanding.web.home import register_card
from goodstanding.web.moment import moment_of
from goodstanding.web.pages.metrics.segments import segment_names
from goodstanding.web.pages.metrics.views import ShownMetric, asks, shown_metric
from goodstanding.web.search import Hit, register_command, register_search

MOST_SHOWN = 4
DESK_OF_ROLE = {
    Role.CREDIT_RISK_MANAGER: "credit",
    Role.SELLER_RISK_MANAGER: "sellers",
    Role.MODEL_RISK_MANAGER: "second_line",
}


@dataclass(frozen=True, slots=True)
class AskingMetrics:
    """The metrics of a desk that ask for attention, action first."""

    metrics: Sequence[ShownMetric]
    total: int
    state: str
    url: str


def asking_metrics(desk: str) -> Callable[[HttpRequest], AskingMetrics | None]:
    """What the desk's numbers ask for; None before anything was computed."""

    def query(request: HttpRequest) -> AskingMetrics | None:
        cards = metric_cards(desk=desk)
        if not any(card.latest for card in cards):
            return None
        asking = sorted((card for card in cards if asks(card)), key=lambda card: card.signal.value)
        state = (
            f"{len(asking)} of {len(cards)} ask for attention"
            if asking
            else "All within their limits, or too young to tell"
        )
        named = segment_names(at=moment_of(request).as_of)
        return AskingMetrics(
            metrics=[shown_metric(card, named) for card in asking[:MOST_SHOWN]],
            total=len(cards),
            state=state,
            url=f"{reverse('metrics')}?desk={desk}",
        )

    return query


def find_metrics(_: HttpRequest, text: str) -> Iterator[Hit]:
    """Metrics whose name, title or question holds every word of the text."""
    words = text.casefold().split()
    for definition in metric_definitions():
        told = f"{definition.name} {definition.title} {definition.question}".casefold()
        if all(word in told for word in words):
            url = reverse("metric", args=[definition.name])
            yield Hit(definition.title, url, definition.question)


for role, desk in DESK_OF_ROLE.items():
    register_card(
        role=role, order=40, template="metrics/card_metrics.html", query=asking_metrics(desk)
    )
register_search(words="Metrics", verb="metrics.see_metrics", find=find_metrics)
register_command(words="Ask the lake in SQL", url_name="lake")
