"""A change request as its page, its one-page print and its files show it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.accounts.queries import roles_of
from goodstanding.core.errors import Refusal
from goodstanding.evidence.datasets import Dataset, dataset_named
from goodstanding.evidence.queries import flips_tell, what_changed
from goodstanding.evidence.types import (
    CLASSES,
    GROUP,
    REASONS,
    ChangeState,
    ChangeSummary,
    ChangeView,
    Effect,
    GroupEffect,
    Quadrant,
    QueueLoad,
)
from goodstanding.policies.engine.difference import text_difference
from goodstanding.policies.queries import compiled
from goodstanding.web.cells import percent_text
from goodstanding.web.exports import FORMATS
from goodstanding.web.moment import moment_of
from goodstanding.web.page import person_of
from goodstanding.web.pages.changes.words import (
    CLASS_WORDS,
    QUADRANT_WORDS,
    STATES,
    finding_of,
    next_words,
    signed_money,
)
from goodstanding.web.pages.policies.matrix import matrix_of
from goodstanding.web.pages.policies.versions import text_lines
from goodstanding.web.pages.policies.words import (
    estimate_of,
    money_words,
    simulated_words,
    span_words,
)
from goodstanding.web.types import Column, Estimate

GROUPS_SHOWN = 6
REASONS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class QuadrantRow:
    """A quadrant with its rate, loss and what it rests on."""

    word: str
    moved: str
    quadrant: Quadrant
    rate: Estimate
    loss_span: str
    rests: str
    bounds: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure before and after, as text."""

    label: str
    before: str
    after: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group with its approval rates; `rates` is None where it is small."""

    group: GroupEffect
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class SegmentTable:
    """The groups of one segment."""

    title: str
    rows: Sequence[GroupRow]
    more: int


@dataclass(frozen=True, slots=True)
class FlatRow:
    """One figure of the exported evidence."""

    part: str
    name: str
    cases: int | None
    before: object
    after: object
    low: object
    high: object
    unit: str
    rests_on: str


FLAT = (
    Column("part", "Part"),
    Column("name", "Name"),
    Column("cases", "Cases", kind="number"),
    Column("before", "As it stands", kind="number"),
    Column("after", "As asked", kind="number"),
    Column("low", "Low", kind="number"),
    Column("high", "High", kind="number"),
    Column("unit", "Unit"),
    Column("rests_on", "Rests on"),
)


def change_context(request: HttpRequest, view: ChangeView) -> dict[str, Any]:
    """What the approver's page shows."""
    summary, effect, moment = view.summary, view.effect, moment_of(request)
    is_waiting = summary.state is ChangeState.WAITING and not summary.is_computing
    stale = what_changed(change_id=summary.change_id, at=moment.as_of) if is_waiting else ()
    definition = compiled(summary.text_hash).definition
    context: dict[str, Any] = {
        "view": view,
        "summary": summary,
        "signal": STATES[summary.state],
        "next_words": next_words(summary),
        "stale": stale,
        "looked_at": moment.as_of if is_waiting else None,
        "simulated": simulated_words(
            desk=definition.desk, legal_entities=definition.legal_entities
        ),
        "may": what_may_be_done(request, summary, stale=bool(stale)),
        "here": request.path,
    }
    if effect is not None:
        context |= effect_context(effect, summary)
        context["exports"] = [
            ("JSON", f"{reverse('change', args=[summary.change_id])}?format=json"),
            *(
                (words, f"{reverse('change', args=[summary.change_id])}?format={name}")
                for name, (words, _, _) in FORMATS.items()
            ),
        ]
    return context


def effect_context(effect: Effect, summary: ChangeSummary) -> dict[str, Any]:
    """The evidence as shown."""
    from goodstanding.web.pages.changes.pictures import flow_picture, hours_picture

    flips_url = reverse("change_flips", args=[summary.change_id])
    comparison = effect.result.comparison
    weak, swapped = effect.resting_on_models
    lines = text_difference(compiled(summary.against_hash), compiled(summary.text_hash))[2:]
    return {
        "effect": effect,
        "finding": finding_of(effect, desk=summary.desk),
        "flow": flow_picture(effect, url=flips_url if effect.flips else ""),
        "hours_chart": hours_picture(effect),
        "matrix": matrix_of(comparison.moves, url=flips_url) if comparison else None,
        "facts": list(_facts(effect)),
        "quadrants": [_quadrant_row(each, effect.result.currency) for each in effect.quadrants],
        "weak": weak,
        "swapped": swapped,
        "reasons": effect.reasons[:REASONS_SHOWN],
        "lanes": [(load, _rostered(load)) for load in effect.queues],
        "segments": segment_tables(effect.groups),
        "lines": text_lines(lines),
        "flips_url": flips_url if effect.flips else "",
        "flips_tell": _told_of(summary),
        "dataset": _dataset(effect.dataset),
        "classes": [(name, CLASS_WORDS[name]) for name in CLASSES],
    }


def _told_of(summary: ChangeSummary) -> frozenset[str]:
    """What the list of flipped cases can be narrowed to: segments by title, and `reasons`."""
    if summary.evidence_id is None:
        return frozenset()
    columns = flips_tell(run_id=summary.evidence_id)
    groups = {name.removeprefix(GROUP) for name in columns if name.startswith(GROUP)}
    return frozenset(groups | ({"reasons"} if columns.issuperset(REASONS) else set()))


def what_may_be_done(
    request: HttpRequest, summary: ChangeSummary, *, stale: bool
) -> dict[str, bool]:
    """Which verbs this person is offered now; the operation refuses again."""
    person = person_of(request)
    is_past = moment_of(request).is_past
    is_open = not summary.state.is_over and not is_past
    is_involved = person.id in {summary.author_id, summary.requested_by_id}
    is_next = summary.next_role is not None and summary.next_role in roles_of(person)
    answers = is_open and not is_involved and is_next and person.has_perm("evidence.sign_change")
    has_evidence = summary.evidence_id is not None and not summary.is_computing
    return {
        "sign": answers and has_evidence and not stale,
        "return": answers,
        "withdraw": is_open and is_involved and person.has_perm("evidence.ask_for_change"),
        "recompute": is_open
        and not summary.is_computing
        and person.has_perm("evidence.run_change_evidence"),
        "mend": summary.state in {ChangeState.RETURNED, ChangeState.WITHDRAWN}
        and not is_past
        and is_involved
        and person.has_perm("evidence.ask_for_change"),
        "run": summary.state is ChangeState.APPROVED
        and not is_past
        and person.has_perm("policies.activate_version"),
        "discuss": not is_past and person.has_perm("evidence.discuss_change"),
    }


def _rostered(load: QueueLoad) -> float | None:
    """Rostered hours a week of the queue's people; None where no roster is known."""
    minutes = load.queue.roster_minutes_a_week if load.queue else None
    return None if minutes is None else minutes / 60


def _dataset(name: str) -> Dataset | None:
    """The declared history; None where it is not declared any more."""
    try:
        return dataset_named(name)
    except Refusal:
        return None


def _facts(effect: Effect) -> Iterator[Fact]:
    before, after = effect.approval_rates
    currency = effect.result.currency
    yield Fact(
        "Approved", percent_text(before), percent_text(after), "of the decided; a referral is not"
    )
    exposure_before, exposure_after = effect.exposures
    if currency:
        yield Fact(
            "Exposure approved",
            money_words(exposure_before, currency),
            money_words(exposure_after, currency),
        )
    if effect.result.has_labels:
        (stopped_before, stopped), (through_before, through) = (
            effect.wrongly_stopped,
            effect.let_through,
        )
        yield Fact(
            "Wrongly stopped", f"{stopped_before:,}", f"{stopped:,}", "good, and not approved"
        )
        yield Fact("Wrongly let through", f"{through_before:,}", f"{through:,}", "bad, approved")
    if effect.expected_loss_change is not None and effect.lgd is not None:
        yield Fact(
            "Expected loss, by the model",
            "",
            signed_money(effect.expected_loss_change, currency),
            f"PD x exposure x LGD {effect.lgd}",
        )
    if effect.need is not None:
        yield from _need_facts(effect, currency)


def _need_facts(effect: Effect, currency: str) -> Iterator[Fact]:
    need = effect.need
    if need is None:
        return
    yield Fact(
        "Asked for, by who is approved",
        money_words(need.requested_before, currency),
        money_words(need.requested_after, currency),
    )
    yield Fact(
        f"Granted ({need.title})",
        money_words(need.granted_before, currency),
        money_words(need.granted_after, currency),
        f"{need.cut_before:,} → {need.cut_after:,} get less than they asked for",
    )


def _quadrant_row(quadrant: Quadrant, currency: str) -> QuadrantRow:
    counts = [f"{name} {n:,}" for name, n in quadrant.by_class.items() if n]
    return QuadrantRow(
        QUADRANT_WORDS[quadrant.name],
        {"swapped in": "in", "swapped out": "out"}.get(quadrant.name, ""),
        quadrant,
        estimate_of(quadrant.bad_rate),
        span_words(quadrant.tally.loss_ends, currency),
        ", ".join(counts) or "nobody",
        quadrant.bad_bounds if quadrant.unknown else None,
    )


def segment_tables(groups: Sequence[GroupEffect]) -> list[SegmentTable]:
    """The most affected groups of each segment."""
    found: list[SegmentTable] = []
    for title in dict.fromkeys(group.segment for group in groups):
        rows = [_group_row(group) for group in groups if group.segment == title]
        small = [row for row in rows if row.group.is_small]
        large = [row for row in rows if not row.group.is_small]
        shown = [*large[:GROUPS_SHOWN], *small]
        found.append(SegmentTable(title, shown, len(rows) - len(shown)))
    return found


def _group_row(group: GroupEffect) -> GroupRow:
    if not group.n or group.approved_before is None or group.approved_after is None:
        return GroupRow(group, None, None)
    return GroupRow(group, group.approved_before / group.n, group.approved_after / group.n)


def flat_rows(effect: Effect) -> Iterator[FlatRow]:
    """Every figure of the page, one line each."""
    currency = effect.result.currency
    before, after = effect.approval_rates
    yield FlatRow(
        "change", "approval rate", effect.result.decided, before, after, None, None, "ratio", ""
    )
    loss = effect.loss_change
    if loss is not None:
        yield FlatRow(
            "change", "loss", effect.flips, None, loss.value, loss.low, loss.high, currency,
            loss.rests_on,
        )  # fmt: skip
    for each in effect.quadrants:
        low, high = each.loss_bounds
        yield FlatRow(
            "quadrant", each.name, each.tally.n, each.tally.amount, each.tally.loss, low, high,
            currency, each.rests_on,
        )  # fmt: skip
    for reason in effect.reasons:
        yield FlatRow(
            "reason", reason.code, effect.reasons_of, reason.before, reason.after, None, None,
            "cases", "A",
        )  # fmt: skip
    for load in effect.queues:
        yield _lane_row(load)
    for group in effect.groups:
        yield FlatRow(
            f"group, {group.segment}", group.value, group.n, group.approved_before,
            group.approved_after, None, None, "approved", "A",
        )  # fmt: skip
    yield FlatRow(
        "parity", "rows that differ", effect.parity.rows, None, effect.parity.differ, None, None,
        "cases", "",
    )  # fmt: skip


def _lane_row(load: QueueLoad) -> FlatRow:
    return FlatRow(
        "queue", load.code, sum(load.after), load.hours_before, load.hours_after, None, None,
        "hours a week", "",
    )  # fmt: skip
