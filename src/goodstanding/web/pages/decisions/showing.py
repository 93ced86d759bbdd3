"""What the page of one decision shows, gathered from the rooms that know of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from goodstanding.accounts.queries import simulated_companies
from goodstanding.cases.queries import case_of_decision
from goodstanding.core.errors import NotFound, Refusal
from goodstanding.core.time import utc_now
from goodstanding.decisions.operations import WhatWouldChange, what_would_change
from goodstanding.decisions.queries import DecisionDetail, decision_detail, is_natural_person
from goodstanding.evidence.experiments.queries import experiment_named
from goodstanding.evidence.experiments.types import ExperimentView
from goodstanding.governance.queries import approval_at
from goodstanding.governance.types import ApprovalSummary
from goodstanding.outcomes.queries import label_history
from goodstanding.outcomes.types import Label
from goodstanding.parties.queries import parties_as_of
from goodstanding.parties.types import PartyView
from goodstanding.policies.queries import version_summaries
from goodstanding.policies.types import VersionSummary
from goodstanding.web.cells import words
from goodstanding.web.forms import RevealForm
from goodstanding.web.listing import filter_chips
from goodstanding.web.moment import Moment, moment_of
from goodstanding.web.page import person_of
from goodstanding.web.pages.decisions.changes import ways_out
from goodstanding.web.pages.decisions.letters import LETTERS
from goodstanding.web.pages.decisions.shadows import shown_shadows
from goodstanding.web.pages.decisions.words import (
    LANGUAGES,
    ORIGINS,
    REGIMES,
    SIMULATED,
    duration_words,
    gate_signal,
    outcome_signal,
)
from goodstanding.web.types import ChipGroup, Event, Signal


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """The decision with what other rooms know of it."""

    detail: DecisionDetail
    business: str
    business_url: str
    case_number: int | None
    case_url: str
    case_words: str
    simulated: str
    events: list[Event]


@dataclass(frozen=True, slots=True)
class KnownLabel:
    """What came true of the decision, as it was known at one instant."""

    words: str
    signal: Signal
    label: Label


def context_of(
    request: HttpRequest, decision_id: UUID, *, unmasked: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The context of the page of a decision; raises UnknownDecision."""
    shown = unmasked or {}
    moment = moment_of(request)
    detail = decision_detail(
        decision_id=decision_id,
        known_at=moment.known_at,
        regime=request.GET.get("regime", ""),
        language=request.GET.get("language", ""),
    )
    version = version_that_decided(detail, moment)
    change = what_would_change_for(request, detail, moment)
    return {
        "change": change,
        "ways_out": ways_out(change.answer, LETTERS["en"], number_text)
        if change and change.answer
        else [],
        "page": page_of(detail, moment),
        "detail": detail,
        "outcome": outcome_signal(detail.outcome),
        "policy_outcome": outcome_signal(detail.policy_outcome),
        "gate": gate_signal(detail.gate["state"]),
        "facts": _facts(detail),
        "version": version,
        "policy_url": _policy_url(request, detail, version),
        "approval": _approval(detail, moment),
        "wording_chips": wording_chips(request, detail),
        "labels": _labels(detail, moment),
        "inputs": [(item, shown.get(item.name)) for item in detail.inputs],
        "unmasked": unmasked is not None,
        "reveal_form": RevealForm(),
        "missing_language": missing_language(
            request.GET.get("language", ""), detail.wording.languages
        ),
        "shadows": shown_shadows(request, decision_id=decision_id),
        "experiment": _experiment(detail),
        "explored_limit": _explored_limit(detail),
    }


def _explored_limit(detail: DecisionDetail) -> str:
    """The limit of an explored approval, with the currency that was asked for."""
    limit = (detail.exploration or {}).get("limit")
    if limit is None:
        return ""
    currency = f" {detail.amount.currency}" if detail.amount else ""
    return f"{number_text(str(limit))}{currency}"


def missing_language(asked: str, kept: Collection[str]) -> str:
    """Says so where words in the language that is asked for are not kept, and in which they are."""
    if asked in ("", *kept):
        return ""
    name = LANGUAGES.get(asked, f"the language {asked}")
    there = " and ".join(LANGUAGES.get(code, code) for code in kept)
    return f"There are no words in {name} here; they are kept in {there or 'English'}."


def _experiment(detail: DecisionDetail) -> ExperimentView | None:
    """The experiment whose arm decided; an arm's name begins with its experiment's."""
    name, slash, _ = str(detail.arm["name"]).partition("/")
    try:
        return experiment_named(name=name) if slash else None
    except NotFound:
        return None


def page_of(detail: DecisionDetail, moment: Moment) -> DecisionPage:
    """The decision with its business, its case and what happened to it later."""
    party = party_of(detail, moment)
    case = case_of_decision(decision_id=detail.decision_id, at=moment.as_of)
    return DecisionPage(
        detail=detail,
        business=party.name if party else "",
        business_url=_address("business", detail.party_id) if detail.party_id else "",
        case_number=case.number if case else None,
        case_url=_address("case", case.id) if case else "",
        case_words=_case_words(case.outcome, is_open=case.is_open) if case else "",
        simulated=SIMULATED.get(detail.desk, "")
        if detail.legal_entity in simulated_companies()
        else "",
        events=_events(detail),
    )


def party_of(detail: DecisionDetail, moment: Moment) -> PartyView | None:
    """The business as it was known at a moment; None where the entity is nobody we know."""
    if detail.party_id is None:
        return None
    found = parties_as_of(party_ids=[detail.party_id], as_of=moment.as_of, known_at=moment.known_at)
    return found.get(detail.party_id)


def is_about_a_person(detail: DecisionDetail, moment: Moment) -> bool:
    """Whether a natural person may stand behind the decision, by the legal form that it read."""
    party = party_of(detail, moment)
    read = next((item.text for item in detail.inputs if item.name == "legal_form"), "")
    return is_natural_person(
        kind=party.kind if party else None,
        legal_form=read or (party.legal_form if party else None),
    )


def what_would_change_for(
    request: HttpRequest, detail: DecisionDetail, moment: Moment
) -> WhatWouldChange | None:
    """What would have altered a decision about a natural person; None for a company.

    None too for who was approved by chance: nothing better than the approval could be told.
    """
    if "approve" in (detail.policy_outcome, detail.outcome):
        return None
    if not is_about_a_person(detail, moment):
        return None
    return what_would_change(
        decision_id=detail.decision_id, by=person_of(request).email, at=utc_now()
    )


def number_text(text: str, *, language: str = "en") -> str:
    """An exact number with its thousands apart, as the language writes it."""
    written = f"{Decimal(text):,}"
    return written.translate(str.maketrans(",.", ".,")) if language == "de" else written


def version_that_decided(detail: DecisionDetail, moment: Moment) -> VersionSummary | None:
    """The published version whose text decided; None where it is not published here."""
    name, text_hash = detail.policy["name"], detail.policy["text_hash"]
    published = version_summaries(at=moment.as_of, name=name)
    return next((each for each in published if each.text_hash == text_hash), None)


def wording_chips(request: HttpRequest, detail: DecisionDetail) -> list[ChipGroup]:
    """The switch of regime and language, where the version has more than one wording."""
    wording = detail.wording
    groups: list[ChipGroup] = []
    if wording.regimes:
        groups.append(
            filter_chips(
                request, parameter="regime", label="Regime", everything="Plain words",
                choices=[(code, REGIMES.get(code, words(code)), None) for code in wording.regimes],
            )
        )  # fmt: skip
    others = [code for code in wording.languages if code != wording.languages[0]]
    if others:
        groups.append(
            filter_chips(
                request, parameter="language", label="Language",
                everything=LANGUAGES.get(wording.languages[0], wording.languages[0]),
                choices=[(code, LANGUAGES.get(code, code), None) for code in others],
            )
        )  # fmt: skip
    return groups


def _case_words(outcome: str, *, is_open: bool) -> str:
    return "open" if is_open else words(outcome).lower()


def _address(name: str, key: object) -> str:
    """Where an object of another room is shown; nothing while no room serves it."""
    try:
        return reverse(name, args=[key])
    except NoReverseMatch:
        return ""


def _policy_url(
    request: HttpRequest, detail: DecisionDetail, version: VersionSummary | None
) -> str:
    """The rules of the version that decided, for who may see policies and where it is published."""
    if version is None or not request.user.has_perm("policies.see_policies"):
        return ""
    query = urlencode({"version": detail.policy["version"]})
    return f"{reverse('policy', args=[detail.policy['name']])}?{query}"


def _approval(detail: DecisionDetail, moment: Moment) -> ApprovalSummary | None:
    """The approval that the gate found in force when it decided."""
    approval_id = detail.gate["approval_id"]
    if approval_id is None:
        return None
    try:
        return approval_at(approval_id=UUID(approval_id), as_of=moment.as_of)
    except Refusal:  # decided under an approval that this place does not hold
        return None


def _labels(detail: DecisionDetail, moment: Moment) -> list[KnownLabel]:
    known = [
        label
        for label in label_history(decision_id=detail.decision_id)
        if label.observed_at is None or label.observed_at <= moment.known_at
    ]
    signals = {
        True: Signal("act", "Bad"),
        False: Signal("good", "Good"),
        None: Signal("neutral", "Not known"),
    }
    return [KnownLabel(words(label.definition), signals[label.value], label) for label in known]


def _facts(detail: DecisionDetail) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [
        ("Version", detail.policy["version"]),
        ("Amount", detail.amount.as_text() if detail.amount else None),
        *((f"{label[:1].upper()}{label[1:]}", value) for label, value in detail.terms),
        ("Arm", f"{detail.arm['name']}, chance {detail.arm['propensity']}"),
        ("Origin", ORIGINS[detail.origin]),
        ("Asked by", detail.actor),
        ("Company", detail.legal_entity),
        ("Took", duration_words(detail.duration_us) or None),
    ]
    return [(term, value) for term, value in facts if value is not None]


def _events(detail: DecisionDetail) -> list[Event]:
    events = [
        Event(
            row.at,
            row.what,
            who=row.who,
            level="good" if row.what.endswith("bit for bit") else "watch",
            url=_later_url(detail, row.kind, row.decision_id, row.replay_id),
        )
        for row in detail.later
    ]
    signal = outcome_signal(detail.outcome)
    events.append(Event(detail.recorded_at, f"Decided: {signal.word.lower()}", level=signal.level))
    if detail.supersedes is not None:
        events.append(
            Event(
                detail.as_of, "Supersedes an earlier decision",
                url=reverse("decision", args=[detail.supersedes]),
            )
        )  # fmt: skip
    return events


def _later_url(
    detail: DecisionDetail, kind: str, decision_id: UUID | None, replay_id: UUID | None
) -> str:
    if kind == "replay":
        return reverse("decision_replay", args=[detail.decision_id, replay_id])
    return reverse("decision", args=[decision_id]) if decision_id else ""
