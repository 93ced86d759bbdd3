"""What policies add to search, commands and links."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.policies.queries import compiled, version_summaries
from goodstanding.web.moment import moment_of
from goodstanding.web.objects import register_object
from goodstanding.web.search import Hit, register_command, register_search


def find_policies(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Policies by name, title or hash; rules of the newest versions by id or label."""
    wanted = text.casefold()
    newest = {each.name: each for each in reversed(version_summaries(at=moment_of(request).as_of))}
    for name, version in newest.items():
        named = f"{name} {version.title}".casefold()
        if wanted in named or version.text_hash.startswith(wanted):
            yield Hit(version.title, reverse("policy", args=[name]), f"{name} {version.label}")
        for rule in compiled(version.text_hash).plan.rules:
            declared = rule.declaration
            if wanted in f"{declared.id} {declared.label}".casefold():
                yield Hit(
                    f"{declared.id}: {declared.label}",
                    f"{reverse('policy', args=[name])}?{urlencode({'rule': declared.id})}"
                    f"#rule-{declared.id}",
                    f"rule of {name} {version.label}",
                )


register_object(kind="backtest", url=lambda key: reverse("backtest", args=[key]))
register_search(words="Policies and rules", verb="policies.see_policies", find=find_policies)
register_command(words="Move a cut-off", url_name="cut_off")
register_command(words="Backtests", url_name="backtests")
register_command(words="Lists that policies name", url_name="kept_lists")
