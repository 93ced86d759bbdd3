"""Move the cut-off over a book whose outcomes are known, and see at once what it does."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.core.errors import NotFound, Refusal
from goodstanding.evidence.datasets import Dataset, dataset_named, datasets_for
from goodstanding.evidence.queries import lines_of, moved_lines
from goodstanding.evidence.types import MovedLines
from goodstanding.policies.queries import compiled, version_summaries
from goodstanding.web.asking import refuse_on
from goodstanding.web.listing import ListSource, changed_url, filter_chips, list_rows, render_list
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.policies.flips import FLIPS, flipped_rows, moves_of, narrowed
from goodstanding.web.pages.policies.forms import CutOffForm, cut_off_defaults
from goodstanding.web.pages.policies.matrix import matrix_of
from goodstanding.web.pages.policies.results import outcome_rows
from goodstanding.web.pages.policies.shown import (
    ShownPolicy,
    champion_of,
    context_of,
    shown_policy,
)
from goodstanding.web.pages.policies.words import DONE, headline_of, money_words, span_words
from goodstanding.web.types import Chip

STEPS = (-20, -10, 10, 20)


@page(verb="policies.see_policies")
@require_GET
def any_cut_off(request: HttpRequest) -> HttpResponse:
    """The cut-off of the first policy that has one and a history to move it on; of `?desk=`."""
    return redirect("policy_cut_off", first_movable(request))


@page(verb="policies.see_policies")
@require_GET
def any_flips(request: HttpRequest) -> HttpResponse:
    """Who flips where that policy is made stricter by ten steps of its approving line."""
    name = first_movable(request)
    champion = champion_of(version_summaries(at=moment_of(request).as_of, name=name))
    version = champion or version_summaries(at=moment_of(request).as_of, name=name)[0]
    lines = lines_of(compiled(version.text_hash))
    wanted = {lines[-1].constant: str(lines[-1].value + STEPS[2] * lines[-1].step)}
    return redirect(f"{reverse('policy_flips', args=[name])}?{urlencode(wanted)}")


def first_movable(request: HttpRequest) -> str:
    """The name of the first policy with lines and a history, of `?desk=`; raises NotFound."""
    desk = request.GET.get("desk", "")
    for version in version_summaries(at=moment_of(request).as_of):
        is_asked = desk in ("", version.desk)
        if is_asked and datasets_for(version.name) and lines_of(compiled(version.text_hash)):
            return version.name
    raise NotFound(
        what="policy with a cut-off and a history",
        key=desk or "any desk",
        mend="Publish a policy, and declare a history of its desk.",
    )


@page(verb="policies.see_policies")
@require_GET
def policy_cut_off(request: HttpRequest, name: str) -> HttpResponse:
    """What the policy would have decided with its lines elsewhere."""
    shown = shown_policy(request, name=name, tab="policy_cut_off")
    form, moved = asked_of(request, shown)
    context: dict[str, Any] = {"form": form}
    if moved is not None:
        dataset = dataset_named(form.dataset_name)
        context |= figures_of(request, shown, form, moved, dataset)
    status = 422 if form.errors else 200
    return render(request, "policies/cut_off.html", context_of(shown, **context), status=status)


@page(verb="policies.see_policies")
@require_GET
def policy_flips(request: HttpRequest, name: str) -> HttpResponse:
    """Who would be answered otherwise, down to one case."""
    shown = shown_policy(request, name=name, tab="policy_cut_off")
    form, moved = asked_of(request, shown)
    back = _address("policy_cut_off", shown, request)
    if moved is None:
        return redirect(back)
    dataset = dataset_named(form.dataset_name)
    rows = flipped_rows(moved.flips, dataset)
    chips = [
        filter_chips(
            request, parameter="after", label="As asked", everything="Every outcome",
            choices=[(outcome, DONE[outcome], count) for outcome, count in moves_of(rows)],
        )
    ]  # fmt: skip
    source = ListSource(narrowed(rows, dict(request.GET.items())))
    listing = list_rows(request, shape=FLIPS, source=source, chips=chips)
    return render_list(
        request, "policies/flips.html", listing=listing, dataset=dataset, back=back,
        **context_of(shown, headline=_headline(moved)),
    )  # fmt: skip


@page(verb="policies.see_policies")
@require_GET
def policy_curve(request: HttpRequest, name: str) -> HttpResponse:
    """What the line costs wherever it may stand; drawing takes longer than deciding."""
    from goodstanding.web.pages.policies.pictures import curve_pictures

    shown = shown_policy(request, name=name, tab="policy_cut_off")
    form, moved = asked_of(request, shown)
    back = _address("policy_cut_off", shown, request)
    if moved is None:
        return redirect(back)
    dataset = dataset_named(form.dataset_name)
    present = {line.constant: float(line.value) for line in lines_of(shown.policy)}
    charts = (
        []
        if moved.line is None
        else curve_pictures(
            moved.curve,
            line=moved.line,
            present=present[moved.line.constant],
            currency=dataset.currency,
        )
    )
    context = context_of(shown, charts=charts, dataset=dataset, back=back)
    return render(request, "policies/curve.html", context)


def asked_of(request: HttpRequest, shown: ShownPolicy) -> tuple[CutOffForm, MovedLines | None]:
    """The form as the address fills it, and what it finds; nothing where the form is refused."""
    lines, datasets = lines_of(shown.policy), datasets_for(shown.name)
    if not lines or not datasets:
        raise NotFound(
            what="cut-off with a history of policy",
            key=shown.name,
            mend="Its score needs bands with named constants, and its desk a declared history.",
        )
    given = cut_off_defaults(lines, datasets, dict(request.GET.items()))
    form = CutOffForm(given, lines=lines, datasets=datasets)
    if not form.is_valid():
        return form, None
    try:
        moved = moved_lines(
            text_hash=shown.version.text_hash,
            dataset=form.dataset_name,
            window=form.window_name,
            constants=form.moved,
        )
    except Refusal as refusal:
        refuse_on(form, refusal)
        return form, None
    return form, moved


def figures_of(
    request: HttpRequest, shown: ShownPolicy, form: CutOffForm, moved: MovedLines, dataset: Dataset
) -> dict[str, Any]:
    """Everything beside the form."""
    comparison = moved.result.comparison
    assert comparison is not None  # noqa: S101 - both sides were decided
    flips_url = _address("policy_flips", shown, request)
    return {
        "moved": moved,
        "result": moved.result,
        "comparison": comparison,
        "dataset": dataset,
        "window": dataset.window(form.window_name),
        "flips_url": flips_url,
        "headline": headline_of(comparison, currency=dataset.currency),
        "rows": outcome_rows(moved.result),
        "matrix": matrix_of(comparison.moves, url=flips_url),
        "money": _money_facts(moved),
        "presets": presets(request, form),
        "curve_url": _address("policy_curve", shown, request),
    }


def _headline(moved: MovedLines) -> str:
    comparison = moved.result.comparison
    assert comparison is not None  # noqa: S101 - both sides were decided
    return headline_of(comparison, currency=moved.result.currency)


@dataclass(frozen=True, slots=True)
class MoneyFacts:
    """Money moved by the lines: what is avoided, what is taken on, and what is given up for it."""

    avoided: Decimal
    avoided_span: str
    taken: Decimal
    taken_span: str
    given_up: str
    won: str


def _money_facts(moved: MovedLines) -> MoneyFacts:
    comparison, currency = moved.result.comparison, moved.result.currency
    assert comparison is not None  # noqa: S101 - both sides were decided
    out, back = comparison.swap_out, comparison.swap_in
    return MoneyFacts(
        avoided=out.loss,
        avoided_span=span_words(out.loss_ends, currency),
        taken=back.loss,
        taken_span=span_words(back.loss_ends, currency),
        given_up=money_words(out.amount, currency),
        won=money_words(back.amount, currency),
    )


def presets(request: HttpRequest, form: CutOffForm) -> list[Chip]:
    """Links that move the approving line by some steps, and one back to the policy."""
    line = form.lines[-1]
    asked = dict(request.GET.items())
    current = form.cleaned_data[line.constant]
    chips = [
        Chip(
            f"{by:+d}".replace("-", "\N{MINUS SIGN}"),
            changed_url(request.path, asked, **{line.constant: str(line.value + by * line.step)}),
            current == line.value + by * line.step,
        )
        for by in STEPS
    ]
    plain = {"version": asked["version"]} if "version" in asked else {}
    here = changed_url(request.path, plain)
    return [Chip("As it stands", here, is_current=not form.moved), *chips]


def _address(name: str, shown: ShownPolicy, request: HttpRequest) -> str:
    """Another page of this policy with the same lines and cases."""
    known = {"version", "period", *(line.constant for line in lines_of(shown.policy))}
    kept = {key: value for key, value in dict(request.GET.items()).items() if key in known}
    return changed_url(reverse(name, args=[shown.name]), kept)
