"""Backtests: what a version would have decided over a history, run by the worker."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodstanding.core.errors import NotFound, Refusal
from goodstanding.core.time import utc_now
from goodstanding.evidence import operations, queries
from goodstanding.evidence.datasets import dataset_named, datasets_for
from goodstanding.evidence.types import BacktestRequest, BacktestState, BacktestSummary
from goodstanding.web.asking import refuse_on
from goodstanding.web.listing import (
    ListShape,
    ListSource,
    filter_chips,
    list_rows,
    render_list,
)
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.policies.flips import FLIPS, flipped_rows, moves_of, narrowed
from goodstanding.web.pages.policies.forms import BacktestForm
from goodstanding.web.pages.policies.results import exported, result_context
from goodstanding.web.pages.policies.shown import context_of, shown_policy
from goodstanding.web.pages.policies.words import BACKTESTS, DONE, simulated_words
from goodstanding.web.types import Column, Empty


def changed_words(row: BacktestSummary) -> str:
    """The constants that were given other values."""
    return ", ".join(f"{name} = {value}" for name, value in row.constants.items())


def against_words(row: BacktestSummary) -> str:
    """What it is compared with."""
    return f"version {row.against_label}" if row.against_label else ""


def cases_words(row: BacktestSummary) -> str:
    """The window of the history; its bare name where the history is not declared any more."""
    try:
        return dataset_named(row.dataset).window(row.window).title
    except Refusal:
        return f"{row.dataset}, {row.window}"


EMPTY = Empty(
    "No backtest yet",
    "A backtest decides every case of a history again, and says what would have been otherwise.",
    icon="policies",
)
SHAPE = ListShape(
    name="backtests",
    caption="Backtests",
    columns=(
        Column("requested_at", "Asked", kind="instant", sortable=True),
        Column("state", "State", kind="signal", value=lambda row: BACKTESTS[row.state]),
        Column("policy", "Policy", kind="code"),
        Column("label", "Version", kind="code"),
        Column("changed", "With", value=changed_words),
        Column("against_label", "Compared with", value=against_words),
        Column("cases", "Cases", value=cases_words),
        Column("rows_done", "Decided", kind="number"),
        Column("seconds", "Took", kind="duration"),
        Column("requested_by", "Asked by"),
    ),
    row_url=lambda row: reverse("backtest", args=[row.run_id]),
    row_id=lambda row: row.run_id,
    empty=EMPTY,
)


@page(verb="evidence.see_backtests")
@require_GET
def backtests(request: HttpRequest) -> HttpResponse:
    """Every backtest, the latest first."""
    rows = _known(request, queries.backtests())
    names = sorted({row.policy for row in rows})
    policy = request.GET.get("policy", "")
    chips = [
        filter_chips(
            request, parameter="policy", label="Policy", everything="Every policy",
            choices=[(name, name, sum(row.policy == name for row in rows)) for name in names],
        )
    ]  # fmt: skip
    wanted = [row for row in rows if policy in {"", row.policy}]
    listing = list_rows(request, shape=SHAPE, source=ListSource(wanted), chips=chips)
    return render_list(request, "policies/backtests.html", listing=listing)


@page(verb="evidence.see_backtests")
@require_GET
def policy_backtests(request: HttpRequest, name: str) -> HttpResponse:
    """The backtests of one policy."""
    shown = shown_policy(request, name=name, tab="policy_backtests")
    rows = _known(request, queries.backtests(policy=name))
    listing = list_rows(request, shape=SHAPE, source=ListSource(rows))
    return render_list(
        request, "policies/policy_backtests.html", listing=listing,
        **context_of(shown, has_history=bool(datasets_for(name))),
    )  # fmt: skip


def _known(request: HttpRequest, rows: Sequence[BacktestSummary]) -> list[BacktestSummary]:
    as_of = moment_of(request).as_of
    return [row for row in rows if row.requested_at <= as_of]


@page(verb="evidence.run_backtest")
@require_http_methods(["GET", "POST"])
def new_backtest(request: HttpRequest, name: str) -> HttpResponse:
    """Ask for a backtest of the version shown; the worker runs it."""
    shown = shown_policy(request, name=name, tab="policy_backtests")
    datasets = datasets_for(name)
    if not datasets:
        raise NotFound(what="history to test on for policy", key=name)
    form = BacktestForm(
        request.POST if request.method == "POST" else None,
        policy=shown.policy,
        datasets=datasets,
        versions=[(each.text_hash, each.label) for each in shown.versions],
    )
    if request.method == "POST" and form.is_valid():
        try:
            run_id = operations.request_backtest(
                request=BacktestRequest(
                    text_hash=shown.version.text_hash,
                    dataset=form.dataset_name,
                    window=form.window_name,
                    constants=form.changed,
                    against_hash=form.cleaned_data["against"],
                    engine=form.cleaned_data["engine"],
                    lists=form.lists_read,
                ),
                by=person_of(request),
                at=utc_now(),
            )
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            return redirect("backtest", run_id)
    context = context_of(shown, form=form, datasets=datasets)
    status = 422 if form.errors else 200
    return render(request, "policies/new_backtest.html", context, status=status)


@page(verb="evidence.see_backtests")
@require_GET
def backtest(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """One backtest: how far it is, or what it found."""
    view = queries.backtest_view(run_id=run_id)
    if view.result is not None and "format" in request.GET:
        return exported(request, view.result, run_id=run_id)
    summary = view.summary
    context: dict[str, Any] = {
        "summary": summary,
        "signal": BACKTESTS[summary.state],
        "changed": changed_words(summary),
        "cases": cases_words(summary),
        "is_over": summary.state.is_over,
        "is_failed": summary.state is BacktestState.FAILED,
        "policy_url": f"{reverse('policy', args=[summary.policy])}?version={summary.label}",
    }
    if view.result is not None:
        flips_url = reverse("backtest_flips", args=[run_id]) if view.flips else ""
        has_records = queries.records_path(run_id=run_id).exists()
        context |= result_context(request, view.result, url=flips_url, has_records=has_records)
        context["flips_url"] = flips_url
    definition = queries.policy_of(run_id=run_id).definition
    context["title"] = definition.title
    context["simulated"] = simulated_words(
        desk=definition.desk, legal_entities=definition.legal_entities
    )
    context["dataset"] = dataset_named(summary.dataset)
    return render(request, "policies/backtest.html", context)


@page(verb="evidence.run_backtest")
@require_POST
def backtest_cancellation(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Ask the backtest to stop; it does at its next batch."""
    operations.cancel_backtest(run_id=run_id, by=person_of(request), at=utc_now())
    messages.success(request, "It stops at its next batch; nothing it found is kept.")
    return redirect("backtest", run_id)


@page(verb="evidence.see_backtests")
@require_GET
def backtest_flips(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The cases that were answered otherwise, down to one."""
    summary = queries.backtest_summary(run_id=run_id)
    dataset = dataset_named(summary.dataset)
    rows = flipped_rows(queries.flipped_cases(run_id=run_id), dataset)
    chips = [
        filter_chips(
            request, parameter="after", label="As asked", everything="Every outcome",
            choices=[(outcome, DONE[outcome], count) for outcome, count in moves_of(rows)],
        )
    ]  # fmt: skip
    wanted = narrowed(rows, dict(request.GET.items()))
    listing = list_rows(request, shape=FLIPS, source=ListSource(wanted), chips=chips)
    definition = queries.policy_of(run_id=run_id).definition
    return render_list(
        request, "policies/backtest_flips.html", listing=listing, dataset=dataset,
        summary=summary, title=definition.title, back=reverse("backtest", args=[run_id]),
        simulated=simulated_words(
            desk=definition.desk, legal_entities=definition.legal_entities
        ),
    )  # fmt: skip
