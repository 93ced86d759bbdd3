"""What nothing reaches: parts of a policy without a test or a past case, and tests to write."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.core.errors import NotFound
from goodstanding.evidence.datasets import datasets_for, history_of
from goodstanding.evidence.queries import coverage_over, datasets_folder
from goodstanding.policies.engine import Policy
from goodstanding.policies.engine.coverage import Coverage, CoveredPart, coverage
from goodstanding.policies.engine.histories import cases_of
from goodstanding.policies.engine.parts import Part, PartKey, PartKind, key_named
from goodstanding.policies.engine.witness import Witness, find_witness
from goodstanding.policies.engine.written_tests import WrittenTest, witnessed
from goodstanding.web.pages.policies.periods import Period, period_asked, period_chips
from goodstanding.web.pages.policies.shown import ShownPolicy
from goodstanding.web.types import Chip, ChipGroup

SHOWN_MAX = 100
KINDS = {
    PartKind.RULE: "Rule is true",
    PartKind.MISSING: "Value is missing",
    PartKind.BAND: "Band",
    PartKind.ROW: "Table row",
    PartKind.REASON: "Reason",
}


@dataclass(frozen=True, slots=True)
class UncoveredRow:
    """A part that tests or cases do not reach."""

    item: CoveredPart
    kind: str

    @property
    def is_untested(self) -> bool:
        """Whether a test is to be written for it."""
        return not self.item.by_tests


def covering_of(request: HttpRequest, shown: ShownPolicy) -> dict[str, Any]:
    """The section of the page of tests: what nothing reaches, of which kind, over which cases."""
    period = period_asked(request, shown.name)
    found = _coverage(shown, period)
    missed = [item for item in found.parts if not item.by_tests or item.cases == 0]
    asked = request.GET.get("part", "")
    wanted = [item for item in missed if asked in {"", item.kind.value}]
    groups = [_kind_chips(request, missed, asked)]
    if datasets_for(shown.name):
        groups.append(period_chips(request, shown.name, period, without="Tests alone"))
    return {
        "coverage": found,
        "coverage_period": period,
        "coverage_groups": groups,
        "uncovered": [UncoveredRow(item, KINDS[item.kind]) for item in wanted[:SHOWN_MAX]],
        "uncovered_more": max(0, len(wanted) - SHOWN_MAX),
        "write_url": _write_url(shown, period),
        "reached_by_tests": len(found.parts) - len(found.untested),
        "reached_by_cases": len(found.parts) - len(found.unseen),
    }


def _coverage(shown: ShownPolicy, period: Period | None) -> Coverage:
    if period is None:
        return coverage(shown.policy)
    return coverage_over(
        text_hash=shown.version.text_hash, dataset=period.dataset.name, window=period.window.name
    )


def _kind_chips(request: HttpRequest, missed: Sequence[CoveredPart], asked: str) -> ChipGroup:
    kept = {key: value for key, value in request.GET.items() if key != "part"}
    chips = [Chip("Every kind", f"?{urlencode(kept)}", not asked, len(missed))]
    for kind, words in KINDS.items():
        count = sum(item.kind is kind for item in missed)
        if count:
            url = f"?{urlencode({**kept, 'part': kind.value})}"
            chips.append(Chip(words, url, asked == kind.value, count))
    return ChipGroup("Kind", chips)


def _write_url(shown: ShownPolicy, period: Period | None) -> str:
    """Where a draft of the next version with a test begins."""
    asked = {"version": shown.version.label}
    if period is not None:
        asked["period"] = period.name
    return f"{reverse('drafts', args=[shown.name])}?{urlencode(asked)}"


def test_for(policy: Policy, asked: str, period: Period | None) -> WrittenTest | None:
    """A test that reaches a part: from a case of the period, else searched; None if none is found.

    Raises NotFound for a part that the policy does not have.
    """
    key = key_named(asked)
    part = next((item.part for item in coverage(policy).parts if item.part.key == key), None)
    if part is None:
        raise NotFound(what="part of policy", key=asked, mend="Choose one on the page of tests.")
    witness = _from_cases(policy, part, period) or find_witness(policy, part.key)
    taken = [test.name for test in policy.definition.tests]
    return witnessed(part, witness, taken=taken) if witness else None


def _from_cases(policy: Policy, part: Part, period: Period | None) -> Witness | None:
    """A witness among the cases of a period, with every value that the case has."""
    if period is None:
        return None
    row = _first_case(policy, part.key, period)
    if row is None:
        return None
    history = history_of(period.dataset, window=period.window.name, folder=datasets_folder())
    known = [(case.record, case.as_of) for case in cases_of(policy.plan, history, [row])]
    return find_witness(policy, part.key, known=known)


def _first_case(policy: Policy, key: PartKey, period: Period) -> int | None:
    found = coverage_over(
        text_hash=policy.text_hash, dataset=period.dataset.name, window=period.window.name
    ).of(key)
    return found.first_case if found else None
