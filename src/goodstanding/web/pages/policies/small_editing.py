"""Smaller parts of a draft in forms: cut-offs, texts of reasons, tests."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goodstanding.core.errors import NotFound, Refusal
from goodstanding.language.types import Kind
from goodstanding.policies.engine import Policy
from goodstanding.policies.engine.definition import Constant, ReasonDeclaration, TestDeclaration
from goodstanding.policies.engine.embedded_tests import run_tests
from goodstanding.policies.engine.evaluation import OUTCOMES, as_text
from goodstanding.policies.engine.rule_edits import (
    add_reason,
    set_constant,
    set_reason,
    set_version,
)
from goodstanding.policies.engine.values import NotOfType, read_text, wanted
from goodstanding.policies.engine.written_tests import WrittenTest, with_test, with_test_changed
from goodstanding.web.asking import refuse_on
from goodstanding.web.page import page
from goodstanding.web.pages.policies.editing import VERB
from goodstanding.web.pages.policies.open_draft import OpenDraft, keep_change, open_draft
from goodstanding.web.pages.policies.shown import context_of


class ValuesForm(forms.Form):
    """The version label, every constant and every text of a reason; and one more reason."""

    version = forms.CharField(label="Version label", max_length=40)

    def __init__(self, *args: Any, policy: Policy, **kwargs: Any) -> None:
        """A field for each constant and each text."""
        definition = policy.definition
        initial: dict[str, str] = {"version": definition.version}
        for item in definition.constants:
            initial[f"constant_{item.name}"] = _constant_text(item)
        for code, language, words in _texts(definition.reasons):
            initial[f"reason_{code}_{language}"] = words
        super().__init__(*args, initial=initial, **kwargs)
        self.policy = policy
        self.constants = {item.name: item for item in definition.constants}
        for item in definition.constants:
            self.fields[f"constant_{item.name}"] = forms.CharField(
                label=_first_large(item.label or item.name.replace("_", " ")),
                help_text=f"{item.name}: {wanted(item.type)}.",
            )
        for code, language, _ in _texts(definition.reasons):
            many = len(definition.reasons[code].texts) > 1
            self.fields[f"reason_{code}_{language}"] = forms.CharField(
                label=f"{code} ({language})" if many else code,
            )
        self.fields["new_code"] = forms.RegexField(
            r"^[A-Z][A-Z0-9_]{0,62}$", label="Code of a further reason", required=False,
            help_text="In capitals, for example DAYS_LATE.",
        )  # fmt: skip
        self.fields["new_text"] = forms.CharField(label="Its text", required=False)

    def clean(self) -> dict[str, Any]:
        """Each constant of its type; a further reason has its text."""
        given = super().clean() or self.cleaned_data
        for name, item in self.constants.items():
            text = given.get(f"constant_{name}")
            if text is not None:
                try:
                    read_text(text.strip(), item.type)
                except NotOfType as problem:
                    self.add_error(f"constant_{name}", f"{_first_large(str(problem))}.")
        if given.get("new_code") and not given.get("new_text"):
            self.add_error("new_text", "Say it in words that a person can read.")
        return given

    def groups(self) -> list[tuple[str, list[Any]]]:
        """The fields by what they are."""
        constants = [self[name] for name in self.fields if name.startswith("constant_")]
        reasons = [self[name] for name in self.fields if name.startswith("reason_")]
        found = [
            ("The version", [self["version"]]), ("Cut-offs and other constants", constants),
            ("What people are told", [*reasons, self["new_code"], self["new_text"]]),
        ]  # fmt: skip
        return [(words, fields) for words, fields in found if fields]

    def put(self, text: str) -> str:
        """The text with what was changed, and nothing else."""
        given, was = self.cleaned_data, self.initial
        if given["version"].strip() != was["version"]:
            text = set_version(text, given["version"].strip())
        for name in self.constants:
            value = given[f"constant_{name}"].strip()
            if value != was[f"constant_{name}"]:
                text = set_constant(text, name, value)
        for code, language, words in _texts(self.policy.definition.reasons):
            said = " ".join(given[f"reason_{code}_{language}"].split())
            if said != " ".join(words.split()):
                shared = len(self.policy.definition.reasons[code].texts) == 1
                text = set_reason(text, code, said, language="" if shared else language)
        if given["new_code"]:
            text = add_reason(text, given["new_code"], " ".join(given["new_text"].split()))
        return text


def _first_large(words: str) -> str:
    return words[:1].upper() + words[1:]


def _constant_text(item: Constant) -> str:
    return str(as_text(item.value))


def _texts(reasons: Mapping[str, ReasonDeclaration]) -> Iterator[tuple[str, str, str]]:
    for code, reason in reasons.items():
        for language, words in reason.texts.items():
            yield code, language, words


@page(verb=VERB)
@require_http_methods(["GET", "POST"])
def draft_values(request: HttpRequest, name: str, draft_id: UUID) -> HttpResponse:
    """Cut-offs, reason texts and the version label of a draft."""
    found = open_draft(request, name=name, draft_id=draft_id)
    if found.policy is None:
        return redirect(found.address("draft_text"))
    form = ValuesForm(request.POST if request.method == "POST" else None, policy=found.policy)
    if form.is_bound and form.is_valid() and _kept(request, found, form, "values changed"):
        messages.success(request, "The values are kept in the draft.")
        return redirect(found.url)
    context = context_of(found.shown, draft=found, form=form)
    return render(request, "policies/draft_values.html", context, status=_status(form))


def _kept(request: HttpRequest, found: OpenDraft, form: Any, words: str) -> bool:
    try:
        keep_change(request, found, form.put, words=words)
    except Refusal as refusal:
        refuse_on(form, refusal)
        return False
    return True


def _status(form: forms.Form) -> int:
    return 422 if form.is_bound and form.errors else 200


class TestForm(forms.Form):
    """A test: a record, and what must come of it. An empty value is not in the record."""

    __test__ = False  # not a test of pytest

    name = forms.CharField(label="What it shows", max_length=120)
    outcome = forms.ChoiceField(
        label="The answer must be",
        required=False,
        choices=[("", "Any answer"), *((each.value, each.capitalize()) for each in OUTCOMES)],
    )
    reasons = forms.CharField(
        label="Reasons, in their order",
        required=False,
        help_text="Codes with commas between. Empty demands nothing of them; “none” demands none.",
    )
    as_of = forms.DateTimeField(
        label="Decided at (UTC)",
        required=False,
        help_text="2026-11-22 14:05",
    )

    def __init__(
        self, *args: Any, policy: Policy, test: TestDeclaration | None, **kwargs: Any
    ) -> None:
        """A field for each input."""
        initial = _test_initial(test) if test else {"outcome": "approve"}
        super().__init__(*args, initial=initial, **kwargs)
        self.policy, self.test = policy, test
        for item in policy.plan.inputs:
            self.fields[f"input_{item.name}"] = _input_field(item.name, item.label, policy)
        self.fields["as_of"].required = bool(policy.plan.parameters)

    def clean(self) -> dict[str, Any]:
        """Each value of its type."""
        given = super().clean() or self.cleaned_data
        for item in self.policy.plan.inputs:
            text = (given.get(f"input_{item.name}") or "").strip()
            if text not in {"", "null"}:
                try:
                    read_text(text, item.type)
                except NotOfType as problem:
                    self.add_error(f"input_{item.name}", f"{_first_large(str(problem))}.")
        known = self.policy.definition.reasons
        for code in self._codes(given.get("reasons", "")) or ():
            if code not in known and not code.startswith("MISSING_"):
                self.add_error("reasons", f"The policy has no reason {code}.")
        return given

    def _codes(self, text: str) -> tuple[str, ...] | None:
        codes = tuple(part.strip() for part in text.split(",") if part.strip())
        return () if codes == ("none",) else codes or None

    def input_fields(self) -> list[Any]:
        """The fields of the record."""
        return [self[name] for name in self.fields if name.startswith("input_")]

    def demand_fields(self) -> list[Any]:
        """The other fields."""
        return [self[name] for name in ("name", "as_of", "outcome", "reasons")]

    def put(self, text: str) -> str:
        """The text with this test in it."""
        given = self.cleaned_data
        inputs: dict[str, str | None] = {}
        for item in self.policy.plan.inputs:
            value = (given[f"input_{item.name}"] or "").strip()
            if value:
                inputs[item.name] = None if value == "null" else value
        expect = self.test.expect if self.test else None
        written = WrittenTest(
            name=" ".join(given["name"].split()),
            inputs=inputs,
            as_of=given["as_of"],
            outcome=given["outcome"],
            reasons=self._codes(given["reasons"]),
            score="" if expect is None or expect.score is None else str(expect.score),
            points=expect.points if expect else None,
            queue=(expect.queue or "") if expect else "",
            terms={key: each and each.text for key, each in expect.terms.items()} if expect else {},
            rules=dict(expect.rules) if expect else {},
        )
        if self.test is None:
            return with_test(text, written)
        return with_test_changed(text, self.test.name, written)


def _test_initial(test: TestDeclaration) -> dict[str, Any]:
    expect = test.expect
    reasons = "" if expect.reasons is None else ", ".join(expect.reasons) or "none"
    found: dict[str, Any] = {
        "name": test.name, "outcome": expect.outcome.value if expect.outcome else "",
        "reasons": reasons, "as_of": test.as_of,
    }  # fmt: skip
    for name, scalar in test.inputs.items():
        found[f"input_{name}"] = "null" if scalar is None else scalar.text
    return found


def _input_field(name: str, label: str, policy: Policy) -> forms.Field:
    item = policy.definition.input(name)
    words = _first_large(label)
    closed = [(value, value) for value in item.values]
    if item.type.kind is Kind.BOOLEAN:
        closed = [("true", "Yes"), ("false", "No")]
    if closed:
        choices = [("", "Not in the record"), *closed]
        if not item.is_required:
            choices.append(("null", "Missing (null)"))
        return forms.ChoiceField(label=words, choices=choices, required=item.is_required)
    return forms.CharField(
        label=words, required=item.is_required, strip=False,
        help_text=f"{name}: {wanted(item.type)}." + ("" if item.is_required else " null: missing."),
    )  # fmt: skip


@page(verb=VERB)
@require_http_methods(["GET", "POST"])
def draft_test(request: HttpRequest, name: str, draft_id: UUID, place: int = 0) -> HttpResponse:
    """Change the test at a place of the draft, counted from 1; or write one, at 0."""
    found = open_draft(request, name=name, draft_id=draft_id)
    if found.policy is None:
        return redirect(found.address("draft_text"))
    tests = found.policy.definition.tests
    if place > len(tests):
        raise NotFound(what="test", key=str(place), mend="The draft has fewer tests.")
    test = tests[place - 1] if place else None
    posted = request.POST if request.method == "POST" else None
    form = TestForm(posted, policy=found.policy, test=test)
    words = "test changed" if test else "test added"
    if form.is_bound and form.is_valid() and _kept(request, found, form, words):
        messages.success(request, "The test is kept in the draft.")
        return redirect(f"{found.url}#tests")
    result = run_tests(found.policy).results[place - 1] if test else None
    context = context_of(found.shown, draft=found, form=form, test=test, result=result)
    return render(request, "policies/draft_test.html", context, status=_status(form))
