"""The rules of a version as a table: found by text, effect and firing, a page at a time."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from goodstanding.policies.engine.plan import Plan, PlannedRule
from goodstanding.policies.engine.words import RuleInWords, rule_in_words
from goodstanding.validation.intervals import Interval
from goodstanding.web.listing import PAGE_SIZE, changed_url, filter_chips
from goodstanding.web.pages.policies.words import EFFECTS, estimate_of
from goodstanding.web.paging import page_of_rows
from goodstanding.web.types import ChipGroup, Estimate, Signal

FIRED, NEVER = "fired", "never"


@dataclass(frozen=True, slots=True)
class Firing:
    """How often a rule was TRUE and UNKNOWN among `of` cases; `rate` says how those went."""

    true: int
    unknown: int
    of: int
    rate: Callable[[], Interval] | None = None

    @property
    def share(self) -> float | None:
        """The share of the cases where it was TRUE."""
        return self.true / self.of if self.of else None

    @property
    def bad_rate(self) -> Estimate | None:
        """The bad rate where it was TRUE; computed for the rows that are shown."""
        return estimate_of(self.rate()) if self.rate is not None else None


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule's row."""

    rule: RuleInWords
    effect: Signal
    firing: Firing | None


Placed = tuple[int, PlannedRule]


def rules_context(
    request: HttpRequest, plan: Plan, firings: Mapping[int, Firing]
) -> dict[str, Any]:
    """The page of rules that the address asks for, with what else there is to find.

    `q` is looked for in id, label, condition and reason; `effect` and `fires` narrow further;
    `rule` opens the page on which one rule stands.
    """
    text = request.GET.get("q", "").strip()
    every: list[Placed] = list(enumerate(plan.rules))
    found = [each for each in every if _names(each[1], text.casefold())]
    fires = _narrowed(found, request.GET.get("fires", ""), firings)
    wanted = [each for each in fires if _has_effect(each, request.GET.get("effect", ""))]
    rule_id = request.GET.get("rule", "")
    page = page_of_rows(request, wanted, holding=lambda each: each[1].declaration.id == rule_id)
    return {
        "rows": [
            ShownRule(rule_in_words(plan, rule), EFFECTS[rule.declaration.effect], firings.get(at))
            for at, rule in page.rows
        ],
        "rules_page": page,
        "rules_total": len(every),
        "rules_text": text,
        "rules_are_many": len(every) > PAGE_SIZE,
        "rules_chips": [
            _effect_chips(request, fires),
            *([_fires_chips(request, found, firings)] if firings else []),
        ],
        "rules_kept": [
            (name, value)
            for name, value in request.GET.items()
            if name in {"version", "fired", "effect", "fires"}
        ],
        "every_rule_url": changed_url(
            request.path, dict(request.GET.items()), q="", effect="", fires="", page="", rule=""
        ),
    }


def _names(rule: PlannedRule, text: str) -> bool:
    declared = rule.declaration
    words = f"{declared.id}\n{declared.label}\n{declared.when.text}\n{declared.reason}"
    return text in words.casefold()


def _has_effect(placed: Placed, asked: str) -> bool:
    return asked in {"", placed[1].declaration.effect.value}


def _narrowed(
    rules: Sequence[Placed], asked: str, firings: Mapping[int, Firing]
) -> Sequence[Placed]:
    if asked not in {FIRED, NEVER} or not firings:
        return rules
    return [each for each in rules if _fired(each, firings) == (asked == FIRED)]


def _fired(placed: Placed, firings: Mapping[int, Firing]) -> bool:
    firing = firings.get(placed[0])
    return firing is not None and firing.true > 0


def _effect_chips(request: HttpRequest, rules: Sequence[Placed]) -> ChipGroup:
    counts = Counter(rule.declaration.effect for _, rule in rules)
    return filter_chips(
        request, parameter="effect", label="Effect", everything="Every effect",
        choices=[
            (effect.value, signal.word, counts[effect])
            for effect, signal in EFFECTS.items()
            if counts[effect] or request.GET.get("effect") == effect.value
        ],
    )  # fmt: skip


def _fires_chips(
    request: HttpRequest, rules: Sequence[Placed], firings: Mapping[int, Firing]
) -> ChipGroup:
    fired = sum(_fired(each, firings) for each in rules)
    return filter_chips(
        request, parameter="fires", label="Fired", everything="Fired or not",
        choices=[(FIRED, "Fired", fired), (NEVER, "Never fired", len(rules) - fired)],
    )  # fmt: skip
