"""What experiments add to search, commands and links."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.evidence.experiments.queries import experiments
from goodstanding.web.moment import moment_of
from goodstanding.web.objects import register_object
from goodstanding.web.search import Hit, register_command, register_search


def find_experiments(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Experiments by name or question."""
    wanted, as_of = text.casefold(), moment_of(request).as_of
    for view in experiments():
        found = f"{view.plan.name} {view.plan.question}".casefold()
        if wanted in found and view.proposed_at <= as_of:
            yield Hit(
                view.plan.name, reverse("experiment", args=[view.plan.name]), view.plan.question
            )


register_object(kind="experiment", url=lambda key: reverse("experiment", args=[key]))
register_search(words="Experiments", verb="evidence.see_experiments", find=find_experiments)
register_command(words="Experiments", url_name="experiments")
