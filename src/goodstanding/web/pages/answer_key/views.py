"""The page of the answer key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from goodstanding.web.cells import words
from goodstanding.web.listing import (
    ListShape,
    ListSource,
    filter_chips,
    list_rows,
    render_list,
)
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.answer_key.answers import (
    LIFTED,
    POLICY,
    About,
    Answer,
    Verdict,
    answers_at,
    policy_decisions,
)
from goodstanding.web.types import ChipGroup, Column, Empty, Signal

VERDICTS = {
    Verdict.CAUGHT: Signal("good", "Caught"),
    Verdict.MISSED: Signal("act", "Missed"),
    Verdict.WRONGLY_STOPPED: Signal("act", "Wrongly stopped"),
    Verdict.PUT_RIGHT: Signal("watch", "Wrongly stopped, put right"),
    Verdict.LET_THROUGH: Signal("good", "Rightly let through"),
    Verdict.OPEN: Signal("neutral", "Open"),
}
ABOUT = {
    About.REGISTRATION: "Registration",
    About.BANK_CHANGE: "Payout account changed",
    About.ENFORCEMENT: "Enforcement",
}
HEADS = {
    About.REGISTRATION: "Registrations",
    About.BANK_CHANGE: "Payout changes",
    About.ENFORCEMENT: "Enforcements",
}
TRUTHS = {
    "honest": "Honest",
    "honest_but_looks_alike": "Honest, looks like another",
    "honest_with_gaps": "Honest, papers incomplete",
    "returned_after_removal": "Removed seller who came back",
    "false_identity": "False identity",
    "own_bank_change": "The owner changed it",
    "account_taken_over": "Account taken over",
    "violation": "The violation happened",
    "wrongly_stopped": "It was somebody else",
}
OUTCOMES = {"approve": "Approved", "refer": "Referred", "decline": "Declined"}
HAPPENED = {
    "": "Not decided yet",
    "refer": "Not decided yet",
    "stands": "Measure stands",
    LIFTED: "Measure lifted on appeal",
    "approve": "Approved",
    "approve_watch": "Approved with monitoring",
    "decline": "Declined",
    "hold": "Payouts held",
    "release": "Payouts released",
}
SIDES = {"stop": "Should be stopped", "start": "Should be let through"}
FILTERS: Mapping[str, Callable[[Answer], str]] = {
    "verdict": lambda answer: answer.verdict.value,
    "about": lambda answer: answer.about.value,
    "policy": lambda answer: answer.policy_outcome,
    "side": lambda answer: answer.side,
}
HEADLINES = (Verdict.CAUGHT, Verdict.MISSED, Verdict.WRONGLY_STOPPED, Verdict.OPEN)


def _happened(answer: Answer) -> str:
    return HAPPENED.get(answer.happened, words(answer.happened))


def _business_url(answer: Answer) -> str:
    return reverse("business", args=[answer.party_id]) if answer.party_id else ""


ANSWERS = ListShape(
    name="answer-key",
    caption="Answer key",
    columns=(
        Column("business", "Invented business", sortable=True),
        Column("about", "About", value=lambda answer: ABOUT[answer.about]),
        Column("truth", "What is true", value=lambda answer: TRUTHS[answer.truth]),
        Column(
            "policy_outcome",
            "Policy",
            value=lambda answer: OUTCOMES.get(answer.policy_outcome, ""),
        ),
        Column("happened", "What happened", value=_happened),
        Column("verdict", "Verdict", kind="signal", value=lambda answer: VERDICTS[answer.verdict]),
        Column("because", "How we know"),
    ),
    row_url=lambda answer: answer.url or _business_url(answer),
    empty=Empty(
        "No answer matches",
        "The key comes with the sample data, where the truth about each invented seller is known."
        " Take a filter away, or load the samples.",
        action="Show every answer",
        url="/answer-key/",
        icon="help",
    ),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of answers and the address of exactly these."""

    label: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table of counts: its words, its signal where it has one, its numbers."""

    label: str
    signal: Signal | None
    cells: Sequence[Cell]


@page(verb="cases.see_cases")
@require_GET
def answer_key(request: HttpRequest) -> HttpResponse:
    """What was caught, missed and wrongly stopped, where the truth is known."""
    moment = moment_of(request)
    answers = answers_at(moment)
    shown = [answer for answer in answers if _is_wanted(request, answer)]
    listing = list_rows(
        request, shape=ANSWERS, source=ListSource(shown), chips=_chips(request, answers)
    )
    return render_list(
        request,
        "answer_key/answer_key.html",
        listing=listing,
        known=len(answers),
        headlines=[_headline(answers, verdict) for verdict in HEADLINES],
        verdicts=_by_verdict(answers),
        abouts=list(HEADS.values()),
        said=_by_policy(answers),
        sides=list(SIDES.values()),
        tie=_tie(answers, policy_decisions(moment)),
        decisions_url=f"{reverse('decisions')}?{urlencode({'policy': POLICY})}",
    )


def _is_wanted(request: HttpRequest, answer: Answer, *, but: str = "") -> bool:
    return all(
        name == but or not (value := request.GET.get(name, "")) or read(answer) == value
        for name, read in FILTERS.items()
    )


def _chips(request: HttpRequest, answers: Sequence[Answer]) -> list[ChipGroup]:
    offered = {
        "about": ("About", {kind.value: label for kind, label in ABOUT.items()}),
        "verdict": ("Verdict", {kind.value: signal.word for kind, signal in VERDICTS.items()}),
        "side": ("Truth", SIDES),
        "policy": ("Policy", OUTCOMES),
    }
    groups: list[ChipGroup] = []
    for name, (label, choices) in offered.items():
        left = [answer for answer in answers if _is_wanted(request, answer, but=name)]
        counted = [
            (value, said, sum(FILTERS[name](answer) == value for answer in left))
            for value, said in choices.items()
        ]
        groups.append(filter_chips(request, parameter=name, label=label, choices=counted))
    return groups


def _cell(label: str, answers: Sequence[Answer], **wanted: str) -> Cell:
    """The answers that pass these filters, counted, with the address that lists them."""
    kept = {name: value for name, value in wanted.items() if value}
    count = sum(
        all(FILTERS[name](answer) == value for name, value in kept.items()) for answer in answers
    )
    return Cell(label, count, f"{reverse('answer_key')}?{urlencode(kept)}#list")


def _headline(answers: Sequence[Answer], verdict: Verdict) -> tuple[Signal, Cell]:
    return VERDICTS[verdict], _cell("", answers, verdict=verdict.value)


def _by_verdict(answers: Sequence[Answer]) -> list[Line]:
    """Verdicts down, kinds of invention across, all last."""
    lines: list[Line] = []
    for verdict in [*Verdict, None]:
        chosen = verdict.value if verdict else ""
        cells = [
            _cell(label, answers, about=about.value, verdict=chosen)
            for about, label in HEADS.items()
        ]
        cells.append(_cell("All", answers, verdict=chosen))
        lines.append(Line("All", VERDICTS[verdict] if verdict else None, cells))
    return lines


def _by_policy(answers: Sequence[Answer]) -> list[Line]:
    """What the policy said of the registrations, by who should have been stopped."""
    asked = About.REGISTRATION.value
    lines: list[Line] = []
    for outcome, word in [*OUTCOMES.items(), ("", "All")]:
        cells = [
            _cell(label, answers, about=asked, policy=outcome, side=side)
            for side, label in SIDES.items()
        ]
        cells.append(_cell("All", answers, about=asked, policy=outcome))
        lines.append(Line(word, None, cells))
    return lines


def _tie(answers: Sequence[Answer], decided: dict[str, int]) -> Signal:
    """Whether the key and the policy's own decisions agree, outcome by outcome."""
    keyed = {
        outcome: sum(answer.policy_outcome == outcome for answer in answers) for outcome in OUTCOMES
    }
    beyond = sum(decided.values()) - sum(keyed.values())
    if any(decided.get(outcome, 0) < count for outcome, count in keyed.items()):
        return Signal("act", "The key names decisions that the policy's list lacks")
    if beyond:
        return Signal("neutral", f"The policy has {beyond:,} more decisions, which no key is about")
    return Signal("good", f"Ties out: {sum(keyed.values()):,} decisions of the policy, all here")
