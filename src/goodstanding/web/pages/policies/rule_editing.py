"""The form of one rule: what is looked at, how it is compared, what it does, what if not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goodstanding.core.errors import NotFound, Refusal
from goodstanding.language.errors import ExpressionRefused
from goodstanding.policies.engine import Policy, PolicyRefused
from goodstanding.policies.engine.conditions import (
    Condition,
    Joiner,
    Line,
    Vocabulary,
    operators_of,
    problems_of,
    read_condition,
    write_condition,
)
from goodstanding.policies.engine.definition import OnMissing
from goodstanding.policies.engine.evaluation import Effect
from goodstanding.policies.engine.rule_edits import RuleAnswer, add_rule, change_rule
from goodstanding.policies.engine.values import NotOfType
from goodstanding.web.page import page
from goodstanding.web.pages.policies.condition_fields import (
    FieldMaker,
    changed,
    condition_of,
)
from goodstanding.web.pages.policies.editing import VERB
from goodstanding.web.pages.policies.open_draft import OpenDraft, keep_change, open_draft
from goodstanding.web.pages.policies.shown import context_of

EFFECT_CHOICES = {
    Effect.DECLINE: "Decline",
    Effect.REFER: "Refer to a person",
    Effect.NOTE: "Note it: points and a line in the trace, no vote",
    Effect.CANCEL: "Cancel other rules (which ones stands in the text)",
}
MISSING_CHOICES = [
    ("", "Nothing: its values are always there"),
    (OnMissing.REFER.value, "Refer to a person"),
    (OnMissing.DECLINE.value, "Decline"),
    (OnMissing.IGNORE.value, "Pass the rule over"),
    (OnMissing.DEFAULT.value, "Take another value instead"),
]


class RuleForm(forms.Form):
    """Everything of a rule but its condition."""

    rule_id = forms.CharField(
        label="Id",
        max_length=63,
        help_text="Letters, digits, _ . and -. It stays when a rule is renamed: figures follow it.",
    )
    label = forms.CharField(label="What people call it", max_length=200)
    effect = forms.ChoiceField(label="Where it is true")
    reason = forms.ChoiceField(label="Reason that is told", required=False)
    queue = forms.CharField(
        label="Queue",
        required=False,
        max_length=63,
        help_text="Only where its referrals go to another queue than the policy's.",
    )
    points = forms.IntegerField(label="Points", required=False)
    on_missing = forms.ChoiceField(
        label="Where a value is missing", required=False, choices=MISSING_CHOICES
    )

    def __init__(self, *args: Any, policy: Policy, rule: RuleAnswer | None, **kwargs: Any) -> None:
        """Offer the policy's reasons; a cancelling rule stays one, and no other becomes one."""
        super().__init__(*args, **kwargs)
        reasons = policy.definition.reasons
        self._choice("reason").choices = [
            ("", "None"),
            *((code, f"{code}: {reason.text()}") for code, reason in reasons.items()),
        ]
        cancels = rule is not None and rule.effect is Effect.CANCEL
        self._choice("effect").choices = [
            (effect.value, words)
            for effect, words in EFFECT_CHOICES.items()
            if (effect is Effect.CANCEL) is cancels
        ]

    def _choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        return field


@dataclass(frozen=True, slots=True)
class Default:
    """The value taken for an input that is missing."""

    name: str
    label: str
    value: str


@page(verb=VERB)
@require_http_methods(["GET", "POST"])
def draft_rule(request: HttpRequest, name: str, draft_id: UUID, rule_id: str = "") -> HttpResponse:
    """Change a rule of a draft, or add one; saving keeps every other line as it is."""
    found = open_draft(request, name=name, draft_id=draft_id)
    try:
        editor = _Editor(request, found, found.need(), rule_id)
    except PolicyRefused:
        return redirect(found.address("draft_text"))
    if request.method == "POST" and request.POST.get("do", "save") == "save" and editor.save():
        messages.success(request, f"Rule {editor.saved_id} is kept in the draft.")
        return redirect(
            f"{found.url}?{urlencode({'rule': editor.saved_id})}#rule-{quote(editor.saved_id)}"
        )
    status = 422 if editor.is_refused else 200
    return render(request, "policies/draft_rule.html", editor.context(), status=status)


class _Editor:
    """One request's view of one rule."""

    def __init__(
        self, request: HttpRequest, found: OpenDraft, policy: Policy, rule_id: str
    ) -> None:
        self.request, self.found, self.policy = request, found, policy
        self.vocabulary = Vocabulary.of(policy.plan)
        self.before = self._before(rule_id)
        self.problems: dict[tuple[int, int], str] = {}
        self.saved_id = rule_id
        posted = request.POST
        if request.method != "POST":
            self.condition = self._read()
            self.form = RuleForm(initial=self._initial(), policy=policy, rule=self.before)
            return
        act = posted.get("do", "save")
        self.condition = condition_of(posted)
        if act != "save":
            self.condition = changed(self.condition, act, self.vocabulary)
        bound = posted if act == "save" else None
        kept = {key: posted.get(key, "") for key in RuleForm.base_fields}
        self.form = RuleForm(bound, initial=kept, policy=policy, rule=self.before)

    def _before(self, rule_id: str) -> RuleAnswer | None:
        if not rule_id:
            return None
        for rule in self.policy.definition.rules:
            if rule.id == rule_id:
                return RuleAnswer.of(rule)
        raise NotFound(what="rule", key=rule_id, mend="It may have been switched off.")

    def _read(self) -> Condition:
        if self.before is not None:
            return read_condition(self.before.when, self.vocabulary)
        first = next(iter(self.vocabulary.types.items()), None)
        name, of = first or ("as_of_date", self.vocabulary.types["as_of_date"])
        return Condition(Joiner.ALL, (Line(name, operators_of(of, self.vocabulary.lists)[0]),))

    def _initial(self) -> dict[str, object]:
        rule = self.before
        if rule is None:
            return {"effect": Effect.REFER.value, "on_missing": OnMissing.REFER.value}
        return {
            "rule_id": rule.id, "label": rule.label, "effect": rule.effect.value,
            "reason": rule.reason, "queue": rule.queue, "points": rule.points or None,
            "on_missing": rule.on_missing.value if rule.on_missing else "",
        }  # fmt: skip

    @property
    def is_refused(self) -> bool:
        """Whether something must be mended."""
        return bool(self.problems) or (self.form.is_bound and bool(self.form.errors))

    def save(self) -> bool:
        """Keep the rule in the draft; False with its problems where it cannot be."""
        self.problems = problems_of(self.condition, self.vocabulary)
        if not self.form.is_valid() or self.problems:
            return False
        answer = self._answer()
        words = f"{answer.id} changed" if self.before else f"{answer.id} added"
        try:
            keep_change(self.request, self.found, lambda text: self._put(text, answer), words=words)
        except PolicyRefused as refused:
            for mistake in refused.mistakes:
                self.form.add_error(self._field(mistake.code), f"{mistake.message} {mistake.mend}")
            return False
        except Refusal as refusal:
            self.form.add_error(None, f"{refusal.message} {refusal.advice}".strip())
            return False
        self.saved_id = answer.id
        return True

    def _field(self, code: str) -> str | None:
        return "on_missing" if code in {"on_missing", "default_unread"} else None

    def _put(self, text: str, answer: RuleAnswer) -> str:
        if self.before is None:
            return add_rule(text, answer)
        return change_rule(text, self.before, answer)

    def _answer(self) -> RuleAnswer:
        given = self.form.cleaned_data
        on_missing = OnMissing(given["on_missing"]) if given["on_missing"] else None
        defaults = {item.name: item.value for item in self.defaults() if item.value}
        return RuleAnswer(
            id=given["rule_id"].strip(),
            label=" ".join(given["label"].split()),
            when=self._when(),
            effect=Effect(given["effect"]),
            reason=given["reason"],
            queue=given["queue"].strip(),
            on_missing=on_missing,
            defaults=defaults if on_missing is OnMissing.DEFAULT else {},
            points=given["points"] or 0,
        )

    def _when(self) -> str:
        """The condition's text: the author's own where its meaning is the same as before."""
        written = write_condition(self.condition, self.vocabulary)
        if self.before is not None:
            before = self.vocabulary.parse(self.before.when)
            if self.vocabulary.parse(written).sha256 == before.sha256:
                return self.before.when
        return written

    def defaults(self) -> list[Default]:
        """Every optional input that the condition reads, with what stands in for it."""
        try:
            written = write_condition(self.condition, self.vocabulary)
            read = self.vocabulary.parse(written).names
        except (NotOfType, ExpressionRefused):
            read = self.before_names()
        plan = self.policy.plan
        known = {item.name for item in (*plan.inputs, *plan.computed)}
        below = plan.inputs_below(tuple(name for name in read if name in known))
        given: Mapping[str, str] = self.before.defaults if self.before else {}
        return [
            Default(
                name,
                plan.label_of(name),
                self.request.POST.get(f"default-{name}", given.get(name, "")).strip(),
            )
            for name in below
            if not plan.definition.input(name).is_required
        ]

    def before_names(self) -> tuple[str, ...]:
        """What the rule reads as it stands in the draft."""
        return self.vocabulary.parse(self.before.when).names if self.before else ()

    def context(self) -> dict[str, Any]:
        """What the page shows."""
        maker = FieldMaker(self.policy.plan, self.vocabulary)
        chosen = self.form["on_missing"].value()
        return context_of(
            self.found.shown,
            draft=self.found,
            before=self.before,
            form=self.form,
            joiner=self.condition.joiner.value,
            parts=maker.fields(self.condition, self.problems),
            is_opaque=self.condition.is_opaque,
            problems=self.problems,
            defaults=self.defaults() if chosen == OnMissing.DEFAULT.value else [],
            number=self.request.POST.get("number", self.found.number),
        )
