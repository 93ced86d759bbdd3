"""Read an experiment: arms, split, and differences whose intervals hold at any time. Pure."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import numpy as np

from goodstanding.evidence.experiments.cases import Cases
from goodstanding.evidence.experiments.types import (
    ArmReading,
    Comparison,
    CurvePoint,
    ExperimentView,
    GuardRail,
    Metric,
    MetricKind,
    Reading,
    Recommendation,
    Verdict,
)
from goodstanding.validation.intervals import jeffreys_interval
from goodstanding.validation.sequences import (
    SequenceLook,
    SideFigures,
    difference_sequence,
    mean_sequence,
)
from goodstanding.validation.splits import SplitCheck, check_split

LOOKS_SHOWN = 24


def read_cases(
    view: ExperimentView,
    *,
    cases: Mapping[str, Cases],
    spent_minor: Mapping[str, int],
    at: datetime,
) -> Reading:
    """What an experiment shows at an instant. `cases` are the same decisions under each label."""
    plan, now = view.plan, at.timestamp()
    primary = cases[plan.metric.label]
    explores = plan.metric.kind is MetricKind.EXPLORED_BAD_RATE
    return Reading(
        at=at,
        arms=tuple(_arm(view, place, primary, spent_minor, now) for place in range(len(plan.arms))),
        split=_split(view, primary, now),
        primary=() if explores else tuple(_compared(view, plan.metric, primary, now)),
        guard_rails=tuple(
            each
            for rail in plan.guard_rails
            for each in _guarded(view, rail, cases[rail.metric.label], now)
        ),
        explored=tuple(_held_against(view, primary, now)) if explores else (),
        threshold=float(plan.base_rate) if explores else None,
        curve=tuple(_curve(view, primary, at)) if view.start is not None else (),
    )


def recorded_arm(view: ExperimentView, name: str) -> str:
    """An arm's name in the records of decisions: unique to the experiment."""
    return f"{view.plan.name}/{name}"


def verdict_of(view: ExperimentView, reading: Reading) -> Verdict:
    """What the pre-registered rule says.

    A broken split answers nothing; harm stops; only at the horizon, with the planned number of
    counted cases, may a difference ship; no difference keeps the control.
    """
    unread = _why_no_answer(view, reading)
    if unread is not None:
        return unread
    if reading.threshold is not None:
        return _cut_verdict(reading)
    better = [each for each in reading.primary if each.is_better]
    if better:
        best = min(better, key=_signed)
        return Verdict(recommendation=Recommendation.SHIP, arm=best.arm, why=_said(best))
    worse = next((each for each in reading.primary if each.is_worse), None)
    why = _said(worse) if worse else "no difference was shown with the planned number of cases"
    return Verdict(recommendation=Recommendation.KEEP_CONTROL, arm=view.plan.control.name, why=why)


def _arm(
    view: ExperimentView, place: int, cases: Cases, spent: Mapping[str, int], now: float
) -> ArmReading:
    planned, kind = view.plan.arms[place], view.plan.metric.kind
    recorded = recorded_arm(view, planned.name)
    mine = cases.in_arm(recorded, by=now)
    counted = mine & cases.countable(kind, by=now)
    about = mine & cases.matters(kind)
    waits = about & (cases.horizon > now) if kind.needs_label else np.zeros(len(mine), bool)
    events = int(cases.events(kind)[counted].sum())
    return ArmReading(
        name=planned.name,
        units=len(np.unique(cases.unit[mine].astype(str))),
        decided=int(mine.sum()),
        approved=int((mine & (cases.outcome == "approve")).sum()),
        referred=int((mine & (cases.outcome == "refer")).sum()),
        declined=int((mine & (cases.outcome == "decline")).sum()),
        counted=int(counted.sum()),
        events=events,
        waiting=int(waits.sum()),
        unknown=int((about & ~counted & ~waits).sum()),
        rate=jeffreys_interval(events=events, n=int(counted.sum())),
        explored=int((mine & cases.is_explored).sum()),
        spent_minor=spent.get(recorded, 0),
        budget_minor=planned.budget_minor,
    )


def _split(view: ExperimentView, cases: Cases, now: float) -> SplitCheck | None:
    counts: list[int] = []
    for arm in view.plan.arms:
        mine = cases.in_arm(recorded_arm(view, arm.name), by=now)
        counts.append(len(np.unique(cases.unit[mine].astype(str))))
    if not sum(counts):
        return None
    return check_split(counts=counts, shares=[arm.share_basis_points for arm in view.plan.arms])


def _compared(
    view: ExperimentView, metric: Metric, cases: Cases, now: float, rail: GuardRail | None = None
) -> Iterator[Comparison]:
    """Each treatment against the control; several share the alpha among them."""
    control = recorded_arm(view, view.plan.control.name)
    treatments = view.plan.arms[1:]
    alpha = float(view.plan.alpha) / len(treatments)
    for arm in treatments:
        yield Comparison(
            arm=arm.name,
            metric=metric,
            look=_difference(
                cases.side(metric.kind, recorded_arm(view, arm.name), by=now),
                cases.side(metric.kind, control, by=now),
                planned_n=view.control_n + view.treatment_n,
                alpha=alpha,
            ),
            harm=None if rail is None else rail.harm,
        )


def _difference(
    side: SideFigures | None, other: SideFigures | None, *, planned_n: int, alpha: float
) -> SequenceLook | None:
    if side is None or other is None:
        return None
    return difference_sequence(side=side, other=other, planned_n=planned_n, alpha=alpha)


def _guarded(
    view: ExperimentView, rail: GuardRail, cases: Cases, now: float
) -> Iterator[Comparison]:
    yield from _compared(view, rail.metric, cases, now, rail)


def _held_against(view: ExperimentView, cases: Cases, now: float) -> Iterator[Comparison]:
    """The explored of each exploring arm, as a mean of its own."""
    exploring = [arm for arm in view.plan.arms if arm.explores]
    for arm in exploring:
        side = cases.side(view.plan.metric.kind, recorded_arm(view, arm.name), by=now)
        look = None
        if side is not None:
            look = mean_sequence(
                side=side,
                planned_n=view.treatment_n,
                alpha=float(view.plan.alpha) / len(exploring),
            )
        yield Comparison(arm=arm.name, metric=view.plan.metric, look=look)


def _curve(view: ExperimentView, cases: Cases, at: datetime) -> Iterator[CurvePoint]:
    """The primary metric as somebody would have read it at evenly spaced looks until the end."""
    assert view.start is not None  # noqa: S101 - the caller has looked
    until = at if view.end is None else min(at, view.end.at)
    first, last = view.start.at.timestamp(), until.timestamp()
    explores = view.plan.metric.kind is MetricKind.EXPLORED_BAD_RATE
    for moment in np.linspace(first, last, LOOKS_SHOWN + 1)[1:]:
        now = float(moment)
        found = (
            _held_against(view, cases, now)
            if explores
            else _compared(view, view.plan.metric, cases, now)
        )
        for each in found:
            if each.look is not None:
                when = datetime.fromtimestamp(now, tz=UTC)
                yield CurvePoint(at=when, arm=each.arm, look=each.look)


def _why_no_answer(view: ExperimentView, reading: Reading) -> Verdict | None:
    control = view.plan.control.name
    if reading.split is not None and reading.split.is_mismatch:
        why = "units did not fall into the arms in the planned shares; something else decides"
        return Verdict(recommendation=Recommendation.NO_ANSWER, arm=control, why=why)
    if reading.harmful:
        broken = reading.harmful[0]
        why = f"guard-rail broken: {_said(broken)}"
        return Verdict(recommendation=Recommendation.KEEP_CONTROL, arm=control, why=why)
    counted = sum(arm.counted for arm in reading.arms)
    wanted = view.treatment_n if reading.threshold is not None else _wanted(view)
    if reading.threshold is None and view.ends_at is not None and reading.at < view.ends_at:
        why = "the horizon is not reached, and a difference ships only there"
        return Verdict(recommendation=Recommendation.NO_ANSWER, arm=control, why=why)
    if counted < wanted and not _is_settled(reading):
        why = f"{counted:,} of {wanted:,} planned cases can be counted, and nothing is sure yet"
        return Verdict(recommendation=Recommendation.NO_ANSWER, arm=control, why=why)
    return None


def _wanted(view: ExperimentView) -> int:
    return view.control_n + view.treatment_n


def _is_settled(reading: Reading) -> bool:
    """Whether an interval that holds at any time has excluded what it had to already."""
    if reading.threshold is not None:
        return any(
            each.look is not None and not each.look.low <= reading.threshold <= each.look.high
            for each in reading.explored
        )
    return any(each.is_better or each.is_worse for each in reading.primary)


def _cut_verdict(reading: Reading) -> Verdict:
    threshold = reading.threshold or 0.0
    for each in reading.explored:
        if each.look is not None and each.look.high < threshold:
            why = f"{_rate(each)} of the explored went bad, surely under {threshold:.2%}"
            return Verdict(recommendation=Recommendation.LOWER_CUT, arm=each.arm, why=why)
    first = reading.explored[0]
    above = first.look is not None and first.look.low > threshold
    why = (
        f"{_rate(first)} of the explored went bad, surely above {threshold:.2%}"
        if above
        else f"it is not shown that fewer than {threshold:.2%} of the explored go bad"
    )
    return Verdict(recommendation=Recommendation.KEEP_CUT, arm=first.arm, why=why)


def _rate(each: Comparison) -> str:
    return "none" if each.look is None else f"{each.look.value:.2%}"


def _signed(each: Comparison) -> float:
    return 0.0 if each.look is None else -each.metric.kind.better * each.look.value


def _said(each: Comparison) -> str:
    look = each.look
    if look is None:
        return f"{each.arm}: {each.metric.words} not known"
    return (
        f"{each.arm}: {each.metric.words} {100 * look.value:+.2f} points against the control"
        f" ({100 * look.low:+.2f} to {100 * look.high:+.2f}, valid at any time)"
    )
