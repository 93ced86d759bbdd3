"""The forms of the intake: a use case, an entry, its tier, scope, thresholds and versions."""

import json
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, ClassVar, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile

from goodstanding.accounts.queries import legal_entities
from goodstanding.governance.types import (
    AiActClass,
    AiActRole,
    Automation,
    Fallback,
    ScopeAnswers,
    TierFactors,
    TierOverride,
    UseCaseStatement,
    UseCaseSummary,
    VersionKind,
)
from goodstanding.validation.types import HOUSE_THRESHOLDS, Thresholds
from goodstanding.web.cells import words
from goodstanding.web.pages.models.forms import FALLBACKS, LONG, PersonField, ReasonForm

SCORES = [(1, "1, low"), (2, "2"), (3, "3"), (4, "4, high")]
UNSCORED = [("", "Not scored"), *SCORES]
FACTORS = {"algorithm": "algorithm", "data": "sources", "explainability": "explainability"}
DESKS = [("credit", "Credit"), ("sellers", "Sellers")]
JURISDICTION = re.compile(r"[A-Z]{2}")
ARTEFACT_BYTES, CARD_BYTES = 32 * 1024 * 1024, 1024 * 1024


def _choices(kinds: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """Every word of a vocabulary; none is chosen beforehand."""
    return [("", "Choose"), *((kind.value, words(kind.value)) for kind in kinds)]


def score_of(text: str) -> int | None:
    """The score that was chosen; None where it was left open."""
    return int(text) if text else None


class StatementForm(forms.Form):
    """What an owner states of a use case."""

    owner = PersonField(label="Owner", help_text="Their address; they answer for the use.")
    purpose = forms.CharField(label="What it is for", widget=LONG)
    decision = forms.CharField(label="What is decided", widget=LONG)
    affected_persons = forms.CharField(label="Persons affected", widget=LONG)
    jurisdictions = forms.CharField(
        label="Jurisdictions", help_text="Codes of two letters, for example GB, EU."
    )
    ai_act_role = forms.ChoiceField(label="Our role under the AI Act", choices=_choices(AiActRole))
    ai_act_class = forms.ChoiceField(
        label="Its class under the AI Act",
        choices=_choices(AiActClass),
        help_text="Recorded even where it is out of scope; a prohibited use is refused.",
    )
    automation = forms.ChoiceField(label="How far it decides alone", choices=_choices(Automation))
    yearly_decisions = forms.IntegerField(label="Decisions a year", required=False, min_value=0)
    fallback = forms.ChoiceField(label="What decides where nothing may", choices=FALLBACKS)

    def clean_jurisdictions(self) -> list[str]:
        """The codes; refused where one has not two letters."""
        given = [code.strip().upper() for code in self.cleaned_data["jurisdictions"].split(",")]
        codes = [code for code in given if code]
        wrong = [code for code in codes if not JURISDICTION.fullmatch(code)]
        if wrong or not codes:
            raise forms.ValidationError(
                f"{', '.join(wrong) or 'Nothing'} is no code of two letters."
            )
        return codes

    def statement(self) -> UseCaseStatement:
        """What the form states."""
        given = self.cleaned_data
        return UseCaseStatement(
            owner=given["owner"],
            purpose=given["purpose"],
            decision=given["decision"],
            affected_persons=given["affected_persons"],
            jurisdictions=given["jurisdictions"],
            ai_act_role=AiActRole(given["ai_act_role"]),
            ai_act_class=AiActClass(given["ai_act_class"]),
            automation=Automation(given["automation"]),
            fallback=Fallback(given["fallback"]),
            yearly_decisions=given["yearly_decisions"],
        )


class UseCaseForm(StatementForm):
    """A use case that is stated for the first time."""

    code = forms.SlugField(
        label="Code", help_text="Short and for good, for example invoice_terms: addresses use it."
    )
    title = forms.CharField(label="Title", max_length=200)
    desk = forms.ChoiceField(label="Desk", choices=DESKS)
    legal_entity = forms.ChoiceField(label="Legal entity")
    field_order: ClassVar[list[str]] = ["title", "code", "desk", "legal_entity", "owner"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the companies."""
        super().__init__(*args, **kwargs)
        choice = cast("forms.ChoiceField", self.fields["legal_entity"])
        choice.choices = [(each.code, f"{each.name} ({each.code})") for each in legal_entities()]

    def clean_code(self) -> str:
        """The code; `new` is the address of this page."""
        code = self.cleaned_data["code"]
        if code == "new":
            raise forms.ValidationError("This word is taken; choose another.")
        return code


class RevisionForm(StatementForm):
    """A use case stated anew, with the reason."""

    reason = forms.CharField(label="What changed, and why", widget=LONG)

    @staticmethod
    def first(found: UseCaseSummary) -> dict[str, Any]:
        """What holds now, to begin with."""
        return {
            "owner": found.owner_email,
            "purpose": found.purpose,
            "decision": found.decision,
            "affected_persons": found.affected_persons,
            "jurisdictions": ", ".join(found.jurisdictions),
            "ai_act_role": found.ai_act_role,
            "ai_act_class": found.ai_act_class,
            "automation": found.automation,
            "yearly_decisions": found.yearly_decisions,
            "fallback": found.fallback,
        }


class EntryForm(forms.Form):
    """A policy or model by name, whatever its versions."""

    kind = forms.ChoiceField(
        label="Kind",
        choices=[
            (VersionKind.POLICY.value, "Decision policy"),
            (VersionKind.MODEL.value, "Model that a policy names as input"),
        ],
    )
    name = forms.SlugField(label="Name", help_text="As its text or its artefact says, for good.")
    title = forms.CharField(label="Title", max_length=200)
    owner = PersonField(
        label="Owner", help_text="Their address; they answer for it and mend its findings."
    )
    vendor = forms.CharField(label="Vendor", required=False, help_text="Empty: made in house.")


class TierForm(forms.Form):
    """What a tier follows from, and an override that a second person bears."""

    exposure_share = forms.DecimalField(
        label="Share of the balance that it decides on",
        min_value=0,
        max_value=1,
        help_text="A fraction, 0.25 for 25 %.",
    )
    regulatory_use = forms.ChoiceField(label="Regulatory use", choices=SCORES)
    criticality = forms.ChoiceField(label="How critical the decision is", choices=SCORES)
    algorithm = forms.ChoiceField(
        label="Complexity of the algorithm", choices=UNSCORED, required=False
    )
    sources = forms.ChoiceField(label="Complexity of the data", choices=UNSCORED, required=False)
    explainability = forms.ChoiceField(
        label="How hard it is to explain", choices=UNSCORED, required=False
    )
    rationale = forms.CharField(label="Rationale", widget=LONG)
    override = forms.ChoiceField(
        label="Another tier than the computed one",
        required=False,
        choices=[
            ("", "No: what follows from the scores"),
            *((n, f"Tier {n}") for n in range(1, 5)),
        ],
    )
    approved_by = PersonField(
        label="Who approves the other tier",
        required=False,
        help_text="The address of a second person; only with another tier.",
    )

    def clean(self) -> dict[str, Any]:
        """Another tier names who approves it."""
        given = super().clean() or self.cleaned_data
        if given.get("override") and not given.get("approved_by") and not self.errors:
            self.add_error("approved_by", "Name who approves another tier than the computed one.")
        return given

    def factors(self) -> TierFactors:
        """The scores as they were given."""
        given = self.cleaned_data
        return TierFactors(
            exposure_share=given["exposure_share"],
            regulatory_use=int(given["regulatory_use"]),
            criticality=int(given["criticality"]),
            complexity={factor: score_of(given[field]) for factor, field in FACTORS.items()},
        )

    def other_tier(self) -> TierOverride | None:
        """The tier that a second person bears; None where the computed one holds."""
        given = self.cleaned_data
        if not given["override"]:
            return None
        return TierOverride(tier=int(given["override"]), approved_by=given["approved_by"])


class ScopeForm(forms.Form):
    """Whether a jurisdiction's model-risk rules reach an entry."""

    jurisdiction = forms.CharField(label="Jurisdiction", help_text="GB, US, EU.")
    profile = forms.ChoiceField(
        label="Rules",
        choices=[
            ("us-2026", "US: SR 26-2 / OCC 2026-13"),
            ("pra", "UK: PRA SS1/23"),
            ("eu", "EU: ECB guide and AI Act"),
            ("osfi-2027", "Canada: OSFI E-23"),
        ],
    )
    applies_theory = forms.BooleanField(label="It applies a theory or statistics", required=False)
    is_estimate = forms.BooleanField(label="What it answers is an estimate", required=False)
    is_deterministic = forms.BooleanField(label="It is deterministic", required=False)
    is_generative = forms.BooleanField(label="It is generative or acts alone", required=False)
    in_scope = forms.BooleanField(label="So the rules reach it", required=False)
    rationale = forms.CharField(label="Rationale", widget=LONG)

    def clean_jurisdiction(self) -> str:
        """The code in capitals; refused where it has not two letters."""
        code = self.cleaned_data["jurisdiction"].strip().upper()
        if not JURISDICTION.fullmatch(code):
            raise forms.ValidationError(f"{code} is no code of two letters.")
        return code

    def answers(self) -> ScopeAnswers:
        """What the form answers."""
        return ScopeAnswers(**self.cleaned_data)


class ThresholdsForm(ReasonForm):
    """The thresholds that light an entry's tests; no supervisor sets them: they name a source."""

    version = forms.CharField(label="Name of the thresholds", max_length=60)
    source = forms.CharField(label="Source", widget=forms.Textarea(attrs={"rows": 2}))
    amber_p = forms.FloatField(label="Amber below p", min_value=0, max_value=1)
    red_p = forms.FloatField(label="Red below p", min_value=0, max_value=1)
    min_events = forms.IntegerField(
        label="Events that a ranking needs", min_value=1, help_text="And as many good outcomes."
    )
    psi_amber = forms.FloatField(label="Shift: amber from", min_value=0)
    psi_red = forms.FloatField(label="Shift: red from", min_value=0)
    field_order: ClassVar[list[str]] = ["version", "source"]

    @staticmethod
    def first(present: Thresholds | None) -> dict[str, Any]:
        """The present thresholds, or the house's, to begin with."""
        chosen = present or HOUSE_THRESHOLDS
        return {key: getattr(chosen, key) for key in ThresholdsForm.base_fields if key != "reason"}

    def clean(self) -> dict[str, Any]:
        """Red is worse than amber."""
        given = super().clean() or self.cleaned_data
        if not self.errors and given["red_p"] > given["amber_p"]:
            self.add_error("red_p", "Red begins below amber: choose a smaller p.")
        if not self.errors and given["psi_red"] < given["psi_amber"]:
            self.add_error("psi_red", "Red begins above amber: choose a larger shift.")
        return given

    def thresholds(self) -> Thresholds:
        """The thresholds that the form states."""
        return Thresholds(**{key: self.cleaned_data[key] for key in self.fields if key != "reason"})


class VersionForm(forms.Form):
    """A model version by its artefact, and the card that training wrote."""

    artefact = forms.FileField(
        label="Artefact",
        help_text="NAME.model.json: read as data, never executed; its digest is kept.",
    )
    card = forms.FileField(
        label="Model card",
        required=False,
        help_text="NAME.card.json; the inventory's facts are read from it.",
    )
    developer = PersonField(
        label="Developer", help_text="Their address; they validate and approve nothing of it."
    )

    def clean_artefact(self) -> bytes:
        """The bytes of the artefact."""
        return _bytes_of(self.cleaned_data["artefact"], at_most=ARTEFACT_BYTES)

    def clean_card(self) -> dict[str, Any]:
        """The card as it was written; empty where none was chosen."""
        file = self.cleaned_data["card"]
        if file is None:
            return {}
        try:
            card = json.loads(_bytes_of(file, at_most=CARD_BYTES))
        except ValueError as error:
            raise forms.ValidationError("The file is no JSON document.") from error
        if not isinstance(card, dict):
            raise forms.ValidationError("The file is no model card.")
        return cast("dict[str, Any]", card)


def _bytes_of(file: UploadedFile, *, at_most: int) -> bytes:
    if file.size > at_most:
        raise forms.ValidationError(f"The file is larger than {at_most // 1024 // 1024} MB.")
    return file.read()
