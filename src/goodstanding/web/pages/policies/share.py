"""How large a share of the businesses a version decides: who falls in, before and after."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goodstanding.core.errors import Refusal
from goodstanding.core.time import utc_now
from goodstanding.decisions.queries import (
    ArmOfShare,
    SharePreview,
    arms_of_share,
    running_trials,
    share_preview,
)
from goodstanding.decisions.types import RunningTrial
from goodstanding.policies.operations import share_version
from goodstanding.policies.queries import open_steps, running_versions
from goodstanding.policies.types import SHARE_OF, RunningVersion, Status
from goodstanding.validation.splits import SplitCheck, check_split
from goodstanding.web.asking import refuse_on
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.policies.forms import ShareForm
from goodstanding.web.pages.policies.shown import ShownPolicy, context_of, shown_policy
from goodstanding.web.types import Chip, ChipGroup, Signal

OFFERED = ("1", "5", "25", "50")
WINDOW = timedelta(days=30)
CHAMPION = "champion"


@dataclass(frozen=True, slots=True)
class ShownShare:
    """A version's share as it runs: its arms, and whether they got what they were meant to."""

    version: RunningVersion
    arms: tuple[ArmOfShare, ...]
    split: SplitCheck | None

    @property
    def percent(self) -> float:
        """The share of the businesses in per cent."""
        return 100 * self.version.share / SHARE_OF

    @property
    def propensity(self) -> str:
        """The chance that records keep for the version's arm."""
        return f"{Decimal(self.version.share) / SHARE_OF:.4f}"

    @property
    def signal(self) -> Signal:
        """Whether the split is as planned."""
        if self.split is None or self.split.p is None:
            return Signal("neutral", "Nothing decided yet")
        if self.split.is_mismatch:
            return Signal("act", "Not the shares that were planned")
        return Signal("good", "As planned")


def running_share(request: HttpRequest, *, name: str) -> ShownShare | None:
    """The version that decides a share of a policy's traffic; None where none does."""
    moment = moment_of(request)
    version = next(
        (
            each
            for each in running_versions(at=moment.as_of)
            if each.name == name and each.status is Status.SHARE
        ),
        None,
    )
    if version is None:
        return None
    found = {
        arm.arm: arm
        for arm in arms_of_share(policy=name, since=version.since, known_at=moment.known_at)
    }
    arms = tuple(
        found.get(arm, ArmOfShare(arm, 0, 0, 0, 0, 0, 0))
        for arm in (CHAMPION, f"version {version.label}")
    )
    split = check_split(
        counts=[arm.units for arm in arms], shares=[SHARE_OF - version.share, version.share]
    )
    return ShownShare(version, arms, split)


@page(verb="policies.activate_version")
@require_http_methods(["GET", "POST"])
def version_share(request: HttpRequest, name: str) -> HttpResponse:
    """Set the share of businesses that a version decides, having seen who falls in."""
    shown = shown_policy(request, name=name, tab="policy_versions")
    label, present = shown.version.label, _present(request, shown)
    asked = request.POST if request.method == "POST" else request.GET
    given = {"percent": asked.get("percent") or _default(present), "reason": asked.get("reason")}
    form = ShareForm(given)
    if request.method == "POST" and form.is_valid():
        try:
            share_version(
                text_hash=shown.version.text_hash, share=form.buckets,
                reason=form.cleaned_data["reason"], by=person_of(request), at=utc_now(),
            )  # fmt: skip
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, f"Version {label} decides {form.percent_words}.")
            return redirect(reverse("policy_shadow", args=[name]))
    buckets = form.buckets_asked
    if request.method == "GET":
        form = ShareForm(initial=given)
    context = context_of(
        shown,
        form=form,
        share=buckets,
        present=present,
        preview=_preview(request, shown, buckets, present) if buckets else None,
        chips=_chips(request, label, buckets),
        trial=_running_trial(request, name),
        may_share=Status.SHARE
        in open_steps(text_hash=shown.version.text_hash, status=shown.version.status),
        back_url=reverse("policy_versions", args=[name]),
    )
    return render(request, "policies/share.html", context, status=422 if form.errors else 200)


def _running_trial(request: HttpRequest, name: str) -> RunningTrial | None:
    """The experiment that a share would stop: it decides only while no version shares."""
    running = running_trials(at=moment_of(request).as_of)
    return next((trial for trial in running if trial.policy == name), None)


def _default(present: int) -> str:
    return f"{Decimal(present) / 100:f}" if present else OFFERED[0]


def _present(request: HttpRequest, shown: ShownPolicy) -> int:
    """The buckets that this version decides now; 0 where it does not share."""
    running = running_versions(at=moment_of(request).as_of)
    return next((each.share for each in running if each.text_hash == shown.version.text_hash), 0)


def _preview(request: HttpRequest, shown: ShownPolicy, buckets: int, present: int) -> SharePreview:
    moment = moment_of(request)
    return share_preview(
        policy=shown.name, salt=shown.name, share=buckets, share_now=present,
        since=moment.as_of - WINDOW, known_at=moment.known_at,
    )  # fmt: skip


def _chips(request: HttpRequest, label: str, buckets: int | None) -> list[ChipGroup]:
    return [
        ChipGroup(
            "Share",
            [
                Chip(
                    f"{percent} %",
                    f"{request.path}?{urlencode({'version': label, 'percent': percent})}",
                    buckets == int(percent) * 100,
                )
                for percent in OFFERED
            ],
        )
    ]
