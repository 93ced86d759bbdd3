"""From the definition to the plan: names resolved, expressions typed, order found.

Every fault of an expression is reported at its line and column of the policy text, and the
assembly goes on, so that an author sees all faults at once.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from goodstanding.language.expression import Expression
from goodstanding.language.tree import Literal
from goodstanding.language.types import INTEGER, TEXT, Cell, Type
from goodstanding.policies.engine.artefacts import FindArtefact
from goodstanding.policies.engine.assembly_rules import plan_rule, plan_score, plan_term
from goodstanding.policies.engine.assembly_tables import (
    is_closed,
    plan_table,
    rule_conditions,
    settled,
    table_rules,
    table_values,
)
from goodstanding.policies.engine.circles import circles_of
from goodstanding.policies.engine.definition import (
    DecisionTable,
    PolicyDefinition,
    RuleDeclaration,
    ScorecardDeclaration,
)
from goodstanding.policies.engine.evaluation import Effect
from goodstanding.policies.engine.mistakes import MistakeLog, Place, nearest
from goodstanding.policies.engine.ordering import above_models, in_order
from goodstanding.policies.engine.plan import (
    POINTS,
    Computed,
    Plan,
    PlannedCard,
    PlannedModel,
    PlannedRule,
    PlannedTable,
)
from goodstanding.policies.engine.scope import Scope
from goodstanding.policies.engine.trees import (
    PD,
    may_be_unknown,
    pd_expression,
    points_expression,
)
from goodstanding.policies.engine.values import NotOfType, read_text
from goodstanding.scoring.card_runtime import ScorecardModel
from goodstanding.scoring.types import Feature, MissingHandling, Model
from goodstanding.scoring.vanished import VanishedModel

_WORD = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = frozenset({"as_of", "as_of_date", POINTS, "outcome"})


def assemble(definition: PolicyDefinition, *, source: str, find: FindArtefact) -> Plan:
    """The plan of a definition.

    Raises PolicyRefused with every unknown name, type fault, circle, and artefact not at hand.
    """
    return _Assembly(definition, find).plan(source=source)


class _Assembly:
    def __init__(self, definition: PolicyDefinition, find: FindArtefact) -> None:
        self.definition = definition
        self.find = find
        self.tables: list[PlannedTable] = []
        self.row_conditions: dict[str, Expression] = {}
        self.rows: dict[str, Expression] = {}
        self.log = MistakeLog()
        self.vanished_cards: list[ScorecardDeclaration] = []
        self.scope = Scope(
            log=self.log,
            types={item.name: item.type for item in definition.inputs},
            constants={item.name: item for item in definition.constants},
            lists={item.name: item.type for item in definition.lists},
            withheld={
                item.name: item.withheld_because
                for item in definition.inputs
                if item.withheld_because
            },
        )

    def plan(self, *, source: str) -> Plan:
        self._check_names()
        self.scope.types.update(_table_types(self.definition.tables))
        cards = self._cards()
        models = self._models()
        computed = self._computed(cards)
        computed += self._tables()
        self._check_features(cards, models)
        self.log.refuse(source=source)
        ordered = in_order(self.log, computed, models, written=self.definition.derived)
        self.log.refuse(source=source)
        known = self._with_nullability(ordered, models)
        self._check_on_missing(known)
        draft = self._draft(known, models, cards)
        plan = replace(
            draft,
            rules=tuple(self._rules(draft)),
            score=plan_score(self.definition.score, scope=self.scope, draft=draft),
            terms=tuple(
                filter(
                    None,
                    (
                        plan_term(item, scope=self.scope, draft=draft)
                        for item in self.definition.terms
                    ),
                )
            ),
        )
        self._check_references(plan)
        self.log.refuse(source=source)
        return plan

    def _draft(
        self,
        computed: tuple[Computed, ...],
        models: tuple[PlannedModel, ...],
        cards: tuple[PlannedCard, ...],
    ) -> Plan:
        after = above_models(computed, {model.name for model in models})
        return Plan(
            definition=self.definition,
            types=dict(self.scope.types),
            before=tuple(item for item in computed if item.name not in after),
            models=models,
            after=tuple(item for item in computed if item.name in after),
            cards=cards,
            rules=(),
            score=None,
            terms=(),
            lists=self._lists(),
            tables=tuple(self.tables),
        )

    def _tables(self) -> list[Computed]:
        """What the decision tables compute; the rules they make join the definition's."""
        found: list[Computed] = []
        rules: list[RuleDeclaration] = []
        for declared in self.definition.tables:
            table, columns = plan_table(declared, scope=self.scope)
            if table is not None:
                self.tables.append(table)
                found += [*columns, *table_values(table, scope=self.scope)]
                rules += table_rules(table)
                self.row_conditions |= rule_conditions(table)
                self.rows |= {table.rule_id(row): row.condition for row in table.rows}
        self.definition = replace(self.definition, rules=(*self.definition.rules, *rules))
        return found

    def _check_on_missing(self, computed: tuple[Computed, ...]) -> None:
        unknown = {item.name for item in computed if item.may_be_unknown}
        known = {
            f"{table.declaration.name}.no-row"
            for table in self.tables
            if table.declaration.row_name not in unknown
        }
        rules = tuple(rule for rule in self.definition.rules if rule.id not in known)
        self.definition = replace(self.definition, rules=rules)
        for table in self.tables:
            declared = table.declaration
            if declared.on_missing is None and declared.row_name in unknown:
                names = ", ".join(dict.fromkeys(column.name for column in table.columns))
                self.log.add(
                    declared.place,
                    f"tables.{declared.name}",
                    f"Table {declared.name} is unknown where a value of {names} is missing, and"
                    " does not say what then.",
                    "Write on_missing: refer, decline or ignore, or a row whose cell is `missing`.",
                    code="on_missing",
                )

    def _check_names(self) -> None:
        definition = self.definition
        seen: dict[str, Place] = {}
        named = (
            *definition.inputs,
            *definition.constants,
            *definition.derived,
            *definition.scorecards,
            *definition.models,
            *definition.tables,
            *(output for table in definition.tables for output in table.outputs),
        )
        for item in named:
            if item.name in seen:
                message = (
                    f"The name {item.name!r} stands twice (first in line {seen[item.name].line})."
                )
                self.log.add(item.place, item.name, message, "Give each its own.")
            elif item.name in RESERVED:
                self.log.add(
                    item.place, item.name, f"{item.name!r} has a meaning already.", "Rename it."
                )
            seen.setdefault(item.name, item.place)

    def _lists(self) -> dict[str, frozenset[Cell]]:
        return {
            item.name: frozenset(read_text(_text_of(value), item.type) for value in item.values)
            for item in self.definition.lists
        }

    def _artefact(self, sha256: str, *, place: Place, path: str) -> Model | None:
        if not sha256:
            return None
        found = self.find(sha256)
        if found is None:
            self.log.add(
                place,
                path,
                f"No artefact with the sha256 {sha256[:12]}... is at hand.",
                "Put it beside the policy, in a folder `models`, or name its folder.",
                code="artefact_not_found",
            )
        return found

    def _cards(self) -> tuple[PlannedCard, ...]:
        found: list[PlannedCard] = []
        for item in self.definition.scorecards:
            path = f"scorecards.{item.name}"
            model: Model | None
            if item.card is not None:
                model = ScorecardModel(card=item.card, sha256="")
            else:
                model = self._artefact(item.artefact, place=item.place, path=path)
            if isinstance(model, VanishedModel):
                self.scope.types[item.name] = INTEGER
                self.scope.types[f"{item.name}_pd"] = PD
                self.vanished_cards.append(item)
            elif isinstance(model, ScorecardModel):
                reads = tuple(item.features.get(part.name, part.name) for part in model.features)
                self._check_mapping(item.features, model, item.place, path)
                found.append(PlannedCard(item, model, reads))
                self.scope.types[item.name] = INTEGER
                self.scope.types[f"{item.name}_pd"] = PD
            elif model is not None:
                self.log.add(item.place, path, "The artefact is no scorecard.", "Use `models`.")
        return tuple(found)

    def _models(self) -> tuple[PlannedModel, ...]:
        found: list[PlannedModel] = []
        for item in self.definition.models:
            path = f"models.{item.name}"
            model = self._artefact(item.artefact, place=item.place, path=path)
            self.scope.types[item.name] = PD
            if model is not None:
                reads = tuple(item.features.get(part.name, part.name) for part in model.features)
                if not isinstance(model, VanishedModel):
                    self._check_mapping(item.features, model, item.place, path)
                    self._check_mapping(item.reasons, model, item.place, path)
                found.append(PlannedModel(item, model, reads, may_be_unknown=True))
        return tuple(found)

    def _check_mapping(
        self, mapping: Mapping[str, str], model: Model, place: Place, path: str
    ) -> None:
        known = [feature.name for feature in model.features]
        for name in mapping:
            if name not in known:
                mend = nearest(name, known) or f"Its features are: {', '.join(known)}."
                self.log.add(place, path, f"{model.id} has no feature {name!r}.", mend)

    def _computed(self, cards: tuple[PlannedCard, ...]) -> list[Computed]:
        found: list[Computed] = []
        below = {item.name for item in self.definition.derived}
        self.scope.circles.update(circles_of(self.definition))
        for item in self.definition.derived:
            expression = self.scope.parse(item.written, path=item.path, below=below)
            if expression is None:
                self.scope.failed.add(item.name)
            else:
                self.scope.types[item.name] = expression.type
                found.append(Computed(item.name, item.label, expression))
            below.discard(item.name)
        for item in self.vanished_cards:
            for name, type_ in ((item.name, INTEGER), (f"{item.name}_pd", PD)):
                nothing = Expression(Literal(None, type_), "")
                found.append(Computed(name, item.label or name, nothing, is_card=True))
        for card in cards:
            names = dict(zip((part.name for part in card.model.features), card.reads, strict=True))
            if all(
                self._is_readable(name, card.declaration.place, card.name) for name in card.reads
            ):
                expression = points_expression(card.model.card, names=names, types=self.scope.types)
                label = card.declaration.label
                found.append(Computed(card.name, label, expression, is_card=True))
                if f"{card.name}_pd" in self._read_names():
                    pd = pd_expression(card.model.card, points_name=card.name)
                    found.append(Computed(f"{card.name}_pd", f"{label} PD", pd, is_card=True))
        return found

    def _read_names(self) -> frozenset[str]:
        """Words of the text that may be names, so that a card's PD is only computed if read."""
        definition = self.definition
        texts = [item.written.text for item in definition.derived]
        texts += [rule.when.text for rule in definition.rules]
        for term in definition.terms:
            texts += [row.value.text for row in term.rows]
            texts += [row.when.text for row in term.rows if row.when is not None]
        for table in definition.tables:
            texts += [column.written.text for column in table.columns]
            texts += [value.text for row in table.rows for value in row.values]
        if definition.score is not None:
            texts.append(definition.score.source)
        return frozenset(_WORD.findall(" ".join(texts)))

    def _is_readable(self, name: str, place: Place, path: str) -> bool:
        if name in self.scope.withheld:
            message = f"{name} may not be used here: {self.scope.withheld[name]}."
            self.log.add(place, path, message, "Train a model without it.", code="withheld_name")
            return False
        if name not in self.scope.types:
            mend = nearest(name, self.scope.types) or "Declare it, or map the feature to a name."
            self.log.add(place, path, f"The policy has no {name!r}.", mend, code="unknown_name")
            return False
        return True

    def _check_features(
        self, cards: tuple[PlannedCard, ...], models: tuple[PlannedModel, ...]
    ) -> None:
        for part in (*cards, *models):
            place, path = part.declaration.place, part.name
            for feature, name in zip(part.model.features, part.reads, strict=True):
                if isinstance(part, PlannedModel) and not self._is_readable(name, place, path):
                    continue
                given = self.scope.types.get(name)
                if given is not None and not _fits(given, feature):
                    self.log.add(
                        place,
                        path,
                        f"The model wants {feature.name} as {feature.type}, and {name} is {given}.",
                        "Convert it in a derived value and map the feature to that.",
                    )

    def _with_nullability(
        self, computed: tuple[Computed, ...], models: tuple[PlannedModel, ...]
    ) -> tuple[Computed, ...]:
        nullable = {item.name for item in self.definition.inputs if not item.is_required}
        nullable |= {model.name for model in models}
        found: list[Computed] = []
        closed = {
            table.declaration.row_name: len(table.rows) for table in self.tables if is_closed(table)
        }
        for item in (settled(each, nullable, closed=closed) for each in computed):
            is_nullable = may_be_unknown(item.expression.tree, nullable)
            if is_nullable:
                nullable.add(item.name)
            found.append(replace(item, may_be_unknown=is_nullable))
        return tuple(found)

    def _rules(self, draft: Plan) -> Iterable[PlannedRule]:
        for rule in self.definition.rules:
            condition = self.row_conditions.get(rule.id) if rule.table else None
            planned = plan_rule(rule, scope=self.scope, draft=draft, condition=condition)
            if planned is not None:
                yield replace(planned, row=self.rows.get(rule.id)) if rule.table else planned

    def _check_references(self, plan: Plan) -> None:
        """Reason codes, cancelled rules and tests name what exists."""
        definition = self.definition
        rule_ids = [rule.id for rule in definition.rules]
        used = [(rule.reason, rule.place, f"rules.{rule.id}") for rule in definition.rules]
        used.append((definition.fallback.reason, Place(1, 1), "fallback.reason"))
        for model in plan.models:
            codes = model.declaration.reasons.values()
            used += [(code, model.declaration.place, f"models.{model.name}") for code in codes]
        for card in plan.cards:
            for item in card.model.card.characteristics:
                codes = {item.reason, *(cell.reason for cell in item.cells if cell.reason)}
                used += [(code, card.declaration.place, card.name) for code in sorted(codes)]
        for code, place, path in used:
            if code and code not in definition.reasons:
                mend = nearest(code, definition.reasons) or "Write it under `reasons`."
                self.log.add(place, path, f"There is no reason {code!r}.", mend)
        for rule in definition.rules:
            for name in rule.cancels:
                target = next((item for item in definition.rules if item.id == name), None)
                if target is None:
                    mend = nearest(name, rule_ids)
                    self.log.add(rule.place, rule.id, f"There is no rule {name!r}.", mend)
                elif target.effect is Effect.CANCEL:
                    self.log.add(
                        rule.place, rule.id, f"{name} has no vote to cancel.", "Leave it out."
                    )
        self._check_tests()

    def _check_tests(self) -> None:
        definition = self.definition
        inputs = {item.name: item.type for item in definition.inputs}
        rule_ids = [rule.id for rule in definition.rules]
        terms = [term.name for term in definition.terms]
        for test in definition.tests:
            path = f"tests.{test.name}"
            for name, value in test.inputs.items():
                if name not in inputs:
                    mend = nearest(name, inputs) or "Declare it under `inputs`."
                    place = value.place if value is not None else test.place
                    self.log.add(place, path, f"There is no input {name!r}.", mend)
                elif value is not None:
                    try:
                        read_text(value.text, inputs[name])
                    except NotOfType as problem:
                        self.log.add(value.place, path, f"{name}: {problem}.", "Correct it.")
            for name in test.expect.rules:
                if name not in rule_ids:
                    mend = nearest(name, rule_ids)
                    self.log.add(test.place, path, f"There is no rule {name!r}.", mend)
            for name in test.expect.terms:
                if name not in terms:
                    self.log.add(test.place, path, f"There is no term {name!r}.", "Correct it.")


def _table_types(tables: Iterable[DecisionTable]) -> dict[str, Type]:
    """The names that tables give, before any of them is typed."""
    rows = {table.row_name: TEXT for table in tables}
    return rows | {output.name: output.type for table in tables for output in table.outputs}


def _fits(given: Type, feature: Feature) -> bool:
    if feature.type.startswith("DECIMAL"):
        return given.is_exact_number
    return str(given) == feature.type


def refuses_missing(model: Model) -> tuple[str, ...]:
    """The features without which a model gives no score."""
    return tuple(
        feature.name for feature in model.features if feature.missing is MissingHandling.REFUSE
    )


def _text_of(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
