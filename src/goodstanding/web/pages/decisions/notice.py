"""The notice for the person who receives a decision: to print, in plain words."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goodstanding.accounts.queries import company_named
from goodstanding.decisions.queries import DecisionDetail, decision_detail
from goodstanding.parties.types import PartyView
from goodstanding.regimes.queries import provisions_in_force
from goodstanding.regimes.types import ReasonText
from goodstanding.web.moment import Moment, moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.decisions.changes import ways_out
from goodstanding.web.pages.decisions.letters import LETTERS, MONTHS, Words
from goodstanding.web.pages.decisions.showing import (
    is_about_a_person,
    missing_language,
    number_text,
    party_of,
    what_would_change_for,
)
from goodstanding.web.pages.decisions.words import LANGUAGES, REGIMES
from goodstanding.web.types import Chip, ChipGroup

NOTICE = "decision_notice"
EUROPEAN_UNION = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the notice: what, and what we had of it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice in one language, under one regime; every text is ready to print."""

    language: str
    words: Words
    headline: str
    lead: str
    recipient: str
    address: tuple[str, ...]
    company: str
    reference: str
    day: str
    terms: list[Told]
    information: list[Told]
    how: str
    contest: str
    rights: str
    citation: str
    is_by_gate: bool
    only_in_english: bool


@page(verb="decisions.see_decisions")
@require_GET
def notice(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """The notice of one decision, in a regime's words and a language."""
    moment = moment_of(request)
    asked = request.GET.get("language", "")
    language = asked if asked in LETTERS else "en"
    plain = decision_detail(decision_id=decision_id, known_at=moment.known_at)
    rights = _rights(plain, moment)
    regime = request.GET.get("regime", _usual_regime(plain, moment, rights))
    detail = decision_detail(
        decision_id=decision_id, known_at=moment.known_at, regime=regime, language=language
    )
    change = what_would_change_for(request, plain, moment)
    words = LETTERS[language]
    return render(
        request,
        "decisions/notice.html",
        {
            "detail": detail,
            "notice": _notice(detail, moment, rights, regime=regime, language=language),
            "ways_out": ways_out(change.answer, words, partial(number_text, language=language))
            if change and change.answer
            else [],
            "change": change,
            "missing_language": missing_language(asked, LETTERS),
            "chips": _chips(request.path, detail, rights, regime=regime, language=language),
        },
    )


def _rights(detail: DecisionDetail, moment: Moment) -> list[ReasonText]:
    """What each regime says to the person, as the law stood on the day of the decision."""
    found = provisions_in_force(as_of=detail.as_of.date(), known_at=moment.known_at)
    return [item for item in found if isinstance(item, ReasonText) and item.code == NOTICE]


def _usual_regime(detail: DecisionDetail, moment: Moment, rights: list[ReasonText]) -> str:
    """The regime of our company's country that has words for this: data protection for people."""
    company = company_named(code=detail.legal_entity)
    country = company.country if company else ""
    is_natural = is_about_a_person(detail, moment)
    usual = "us_reg_b" if country == "US" and detail.desk == "credit" else ""
    if is_natural and country in EUROPEAN_UNION:
        usual = "eu_gdpr"
    if is_natural and country == "GB":
        usual = "uk_gdpr"
    return usual if usual in {item.regime for item in rights} else ""


def _notice(
    detail: DecisionDetail, moment: Moment, rights: list[ReasonText], *, regime: str, language: str
) -> Notice:
    words, party = LETTERS[language], party_of(detail, moment)
    day = _day(_local(detail), language)
    company = company_named(code=detail.legal_entity)
    from_whom = company.name if company else detail.legal_entity
    right = _right(rights, regime, language)
    names = {"policy": detail.policy_title, "version": detail.policy["version"]}
    return Notice(
        language=language,
        words=words,
        headline=words[detail.outcome],
        lead=words[f"{detail.outcome}_lead"].format(day=day),
        recipient=party.name if party and party.name else detail.entity,
        address=_address_lines(party),
        company=from_whom,
        reference=str(detail.decision_id),
        day=day,
        terms=[Told(label, text) for label, text in detail.terms]
        if detail.outcome == "approve"
        else [],  # what a referral would grant is not agreed to yet
        information=_information(detail, words, language),
        how=words["automated_refer" if detail.outcome == "refer" else "automated"].format(**names),
        contest=words["contest_lead"].format(company=from_whom),
        rights=right.text if right else "",
        citation=right.citation if right else "",
        is_by_gate=detail.decided_by == "gate",
        only_in_english=any(not reason.is_in_language for reason in detail.wording.reasons),
    )


def _local(detail: DecisionDetail) -> date:
    """The day of the decision where the policy applies."""
    return detail.as_of.astimezone(ZoneInfo(detail.time_zone)).date()


def _day(day: date, language: str) -> str:
    month = MONTHS[language][day.month - 1]
    return f"{day.day}. {month} {day.year}" if language == "de" else f"{day.day} {month} {day.year}"


def _address_lines(party: PartyView | None) -> tuple[str, ...]:
    if party is None:
        return ()
    place = " ".join(filter(None, (party.postcode, party.city)))
    return tuple(line for line in (party.street, place, party.region, party.country) if line)


def _information(detail: DecisionDetail, words: Words, language: str) -> list[Told]:
    """What was used; a personal value is the reader's own and is not printed."""
    found: list[Told] = []
    for item in detail.inputs:
        if item.missing:
            text = words["not_given"]
        elif item.is_personal:
            text = words["your_own"]
        elif item.is_number:
            text = number_text(item.text, language=language)
        else:
            text = words[item.text] if item.text in {"yes", "no"} else item.text
        found.append(Told(item.label[:1].upper() + item.label[1:], text))
    return found


def _right(rights: list[ReasonText], regime: str, language: str) -> ReasonText | None:
    of_regime = {item.language: item for item in rights if item.regime == regime}
    return of_regime.get(language) or of_regime.get("en")


def _chips(
    path: str, detail: DecisionDetail, rights: list[ReasonText], *, regime: str, language: str
) -> list[ChipGroup]:
    """The switch of regime and language; the regime that is usual here needs no asking."""
    shown = {"regime": regime, "language": language}
    known = dict.fromkeys((*detail.wording.regimes, *(item.regime for item in rights)))
    regimes = {"": "Plain words"} | {code: REGIMES.get(code, code) for code in known}
    languages = {code: LANGUAGES[code] for code in LETTERS}

    def chip(name: str, value: str, words: str) -> Chip:
        return Chip(words, f"{path}?{urlencode(shown | {name: value})}", shown[name] == value)

    return [
        ChipGroup("Regime", [chip("regime", code, words) for code, words in regimes.items()]),
        ChipGroup("Language", [chip("language", code, words) for code, words in languages.items()]),
    ]
