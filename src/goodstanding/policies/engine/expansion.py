"""From masks to words: the full trace of a decision, made when somebody wants it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from goodstanding.language.types import Cell
from goodstanding.policies.engine.definition import InputDeclaration
from goodstanding.policies.engine.evaluation import (
    OUTCOMES,
    CardCell,
    CardScore,
    Evaluation,
    EvaluationWarning,
    InputValue,
    MissingKind,
    MissingValue,
    ModelScore,
    Outcome,
    RuleResult,
    ScoreBand,
    TermGranted,
    Truth,
    Value,
)
from goodstanding.policies.engine.plan import POINTS, Plan, PlannedCard, PlannedModel
from goodstanding.policies.engine.python_target import (
    Decided,
    Layout,
    bits,
    cancellations,
)
from goodstanding.policies.engine.reading import RecordReading
from goodstanding.policies.engine.reasons import Voted, reasons_of
from goodstanding.policies.engine.values import read_text, shower, value_of
from goodstanding.scoring.errors import InputMissing
from goodstanding.scoring.types import Attributions, Feature

Cells = Mapping[str, Cell | None]
CellFinder = tuple[str, Callable[[Cell | None], object], Callable[[object], object]]
Gaps = tuple[tuple[str, MissingKind], ...]
CARD_SCORES_MAX = 20_000
RULE_LISTS_MAX = 200_000
"""Rule results in remembered lists, all together: cases tend to fire the same few sets of rules."""


class Expander:
    """Makes evaluations of one policy; rule results and card scores that repeat are made once."""

    def __init__(self, plan: Plan, layout: Layout, *, text_hash: str, tree_hash: str) -> None:
        """Prepare what does not change from record to record."""
        self._plan = plan
        self._layout = layout
        self._text_hash, self._tree_hash = text_hash, tree_hash
        self._types = dict(plan.types)
        self._show = {name: shower(type_) for name, type_ in plan.types.items()}
        self._computed = frozenset(layout.computed)
        self._lists = {item.name: item.version for item in plan.list_declarations}
        self._cancellations = cancellations(plan)
        self._rule_results = lru_cache(maxsize=20_000)(self._rule)
        most = max(16, RULE_LISTS_MAX // max(1, len(plan.rules)))
        self._rules = lru_cache(maxsize=most)(self._rule_list)
        self._all_false = [
            self._rule(at, Truth.FALSE, is_defaulted=False, canceller=None, lacking=())
            for at in range(len(plan.rules))
        ]
        self._shown_inputs = [
            (item.name, shower(item.type), item.is_personal, item.feature) for item in plan.inputs
        ]
        self._shown_derived = [
            (item.name, shower(plan.types[item.name])) for item in plan.computed if not item.is_card
        ]
        self._show_term = [shower(term.expression.type) for term in plan.terms]
        self._show_score = None if plan.score is None else shower(plan.score.type)
        self._card_finders: list[tuple[PlannedCard, list[CellFinder]]] = [
            (
                card,
                [
                    (name, self._show[name], find)
                    for name, find in zip(card.reads, card.model.finders, strict=True)
                ],
            )
            for card in plan.cards
        ]
        self._card_scores: dict[tuple[int, ...], CardScore] = {}
        self._given_nothing = dict(_rows_without_value(plan))

    def expand(
        self, reading: RecordReading, decided: Decided, *, attributions: bool = False
    ) -> Evaluation:
        """The evaluation behind a decision.

        `attributions` asks for every model's parts; without it only those are computed that
        may explain a vote of the score.
        """
        cells: dict[str, Cell | None] = {}
        cells.update(zip(self._layout.arguments, reading.cells, strict=True))
        cells.update(zip(self._layout.computed, decided.computed, strict=True))
        outcome = OUTCOMES[decided.outcome]
        gaps = self._gaps(cells, decided, reading.missing)
        masks = decided.true, decided.unknown, decided.defaulted, decided.cancelled
        rules = self._rules(*masks, gaps)
        band = self._band(decided)
        explains = band is not None and band.vote is outcome is not Outcome.APPROVE
        cards = tuple(self._cards(cells))
        models = tuple(
            self._model(model, cells, wanted=attributions or explains)
            for model in self._plan.models
        )
        voted = Voted(outcome, rules, band, cards, models, decided.terms, cells)
        definition = self._plan.definition
        return Evaluation(
            policy=definition.name,
            version=definition.version,
            text_hash=self._text_hash,
            tree_hash=self._tree_hash,
            as_of=reading.as_of,
            inputs=tuple(self._inputs(reading)),
            derived={name: show(cells[name]) for name, show in self._shown_derived},
            models=models,
            scorecards=cards,
            rules=rules,
            points=decided.points,
            score=self._score(cells, decided),
            band=band,
            outcome=outcome,
            queue=self._queue(outcome, rules),
            terms=tuple(self._terms(decided, outcome)),
            reasons=reasons_of(self._plan, voted),
            lists=self._lists,
            warnings=tuple(self._warnings(cells, gaps)),
        )

    def _inputs(self, reading: RecordReading) -> list[InputValue]:
        missing, told = reading.missing, reading.given.keys() | reading.problems.keys()
        return [
            InputValue(name, show(cell), missing.get(name), "", is_personal, definition)
            if name not in told
            else self._input(self._plan.inputs[at], show(cell), reading)
            for at, ((name, show, is_personal, definition), cell) in enumerate(
                zip(self._shown_inputs, reading.cells, strict=False)
            )
        ]

    def _input(
        self, item: InputDeclaration, value: Value | None, reading: RecordReading
    ) -> InputValue:
        given = reading.given.get(item.name)
        return InputValue(
            name=item.name,
            value=value,
            missing=reading.missing.get(item.name),
            problem=reading.problems.get(item.name, ""),
            is_personal=item.is_personal,
            definition=item.feature,
            source=given.source if given else "",
            observed_at=given.observed_at if given else None,
        )

    def _gaps(self, cells: Cells, decided: Decided, missing: Mapping[str, MissingKind]) -> Gaps:
        """Every name without a value, and why.

        A computed one is missing for the reason of the first thing it reads that is missing;
        where everything it reads is there, the computation itself had no result.
        """
        if not missing and None not in decided.computed:
            return ()
        found: dict[str, MissingKind] = dict(missing)
        for name in self._layout.computed:
            if cells[name] is None:
                below = [found[read] for read in self._plan.reads(name) if read in found]
                found[name] = below[0] if below else self._why_not(name, cells)
        return tuple(found.items())

    def _why_not(self, name: str, cells: Cells) -> MissingKind:
        """A row of a table that gives no value leaves the question open; else it overflowed."""
        row, silent = self._given_nothing.get(name, ("", frozenset[str]()))
        asks_nothing = bool(row) and cells[row] in silent
        return MissingKind.NOT_APPLICABLE if asks_nothing else MissingKind.OVERFLOW

    def _rule_list(
        self, true: int, unknown: int, defaulted: int, cancelled: int, gaps: Gaps
    ) -> tuple[RuleResult, ...]:
        """The results of all rules: those that are FALSE are ready, the rest is looked up."""
        found, kinds = self._all_false.copy(), dict(gaps)
        for at in bits(true | unknown | defaulted, len(found)):
            bit = 1 << at
            canceller = self._canceller(bit, true) if cancelled & bit else None
            is_defaulted = bool(defaulted & bit)
            truth = Truth.TRUE if true & bit else Truth.UNKNOWN if unknown & bit else Truth.FALSE
            lacking: Gaps = ()
            if is_defaulted or truth is Truth.UNKNOWN:
                names = self._plan.rules[at].condition.names
                lacking = tuple((name, kinds[name]) for name in names if name in kinds)
            found[at] = self._rule_results(at, truth, is_defaulted, canceller, lacking)
        return tuple(found)

    def _rule(
        self,
        at: int,
        truth: Truth,
        is_defaulted: bool,  # noqa: FBT001 - a key of a cache stands by position
        canceller: str | None,
        lacking: Gaps,
    ) -> RuleResult:
        rule = self._plan.rules[at]
        declared = rule.declaration
        by_missing = truth is Truth.UNKNOWN
        vote = rule.vote_if_missing if by_missing else rule.vote if truth is Truth.TRUE else None
        missing = tuple(
            MissingValue(name, self._plan.label_of(name), kind) for name, kind in lacking
        )
        return RuleResult(
            id=declared.id,
            label=declared.label,
            effect=declared.effect,
            truth=truth,
            points=declared.points if truth is Truth.TRUE else 0,
            text=declared.when.text.strip(),
            vote=None if canceller else vote,
            by_missing=by_missing,
            missing=missing,
            defaults=self._defaults(at) if is_defaulted else None,
            cancelled_by=canceller,
            reason_code=declared.reason,
        )

    def _canceller(self, bit: int, true: int) -> str | None:
        for by, cancels in self._cancellations:
            if true & by and cancels & bit:
                return self._layout.rules[by.bit_length() - 1]
        return None

    def _defaults(self, at: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name, scalar in self._plan.rules[at].declaration.defaults.items():
            value = value_of(read_text(scalar.text, self._types[name]), self._types[name])
            if value is not None:
                found[name] = value
        return found

    def _cards(self, cells: Cells) -> list[CardScore]:
        return [self._card(card, finders, cells) for card, finders in self._card_finders]

    def _card(self, card: PlannedCard, finders: Sequence[CellFinder], cells: Cells) -> CardScore:
        """A card's score, made once for all records of the same cells."""
        found = [id(find(show(cells[name]))) for name, show, find in finders]
        key = (id(card), *found)
        score = self._card_scores.get(key)
        if score is None:
            if len(self._card_scores) >= CARD_SCORES_MAX:
                self._card_scores.clear()
            record = self._record(card.model.features, card.reads, cells)
            score = self._card_scores[key] = _card_score(card, record)
        return score

    def _model(self, model: PlannedModel, cells: Cells, *, wanted: bool) -> ModelScore:
        cell = cells[model.name]
        parts: Attributions | None = None
        why_not = ""
        if cell is None or wanted:
            record = self._record(model.model.features, model.reads, cells)
            try:
                parts = model.model.attributions(record)
                model.model.score(record)
            except InputMissing as refused:
                parts, why_not = None, refused.message
        return ModelScore(
            name=model.name,
            model_id=model.model.id,
            version=model.model.version,
            sha256=model.model.sha256,
            score=None if cell is None else Decimal(int(cell)).scaleb(-6),
            attributions=parts,
            why_not=why_not,
        )

    def _record(
        self, features: Sequence[Feature], reads: Sequence[str], cells: Cells
    ) -> dict[str, object]:
        """What a model reads, as people's values."""
        return {
            feature.name: self._show[name](cells[name])
            for feature, name in zip(features, reads, strict=True)
        }

    def _band(self, decided: Decided) -> ScoreBand | None:
        score = self._plan.score
        if score is None:
            return None
        if decided.band is None:
            return ScoreBand("missing", score.vote_if_missing, by_missing=True)
        band = score.bands[decided.band]
        return ScoreBand(band.name, band.outcome)

    def _score(self, cells: Cells, decided: Decided) -> Decimal | int | None:
        score, show = self._plan.score, self._show_score
        if score is None or show is None:
            return None
        if score.declaration.source == POINTS:
            return decided.points
        value = show(cells[score.declaration.source])
        return value if isinstance(value, int | Decimal | None) else Decimal(repr(value))

    def _terms(self, decided: Decided, outcome: Outcome) -> list[TermGranted]:
        found: list[TermGranted] = []
        for term, show, cell in zip(self._plan.terms, self._show_term, decided.terms, strict=True):
            is_given = outcome in term.declaration.given_on
            found.append(
                TermGranted(
                    name=term.name,
                    label=term.declaration.label,
                    value=show(cell) if is_given else None,
                    is_given=is_given,
                    currency=term.declaration.currency,
                )
            )
        return found

    def _queue(self, outcome: Outcome, rules: tuple[RuleResult, ...]) -> str:
        if outcome is not Outcome.REFER:
            return ""
        for rule, result in zip(self._plan.rules, rules, strict=True):
            if result.vote is outcome and rule.declaration.queue:
                return rule.declaration.queue
        return self._plan.definition.outcomes[Outcome.REFER].queue

    def _warnings(self, cells: Cells, gaps: Gaps) -> list[EvaluationWarning]:
        return [
            EvaluationWarning(name, kind, f"{self._plan.label_of(name)} could not be computed")
            for name, kind in gaps
            if name in self._computed
            and kind is not MissingKind.NOT_APPLICABLE
            and all(cells.get(read) is not None for read in self._plan.reads(name))
        ]


def _rows_without_value(plan: Plan) -> Iterator[tuple[str, tuple[str, frozenset[str]]]]:
    """Of each output of a table: the value that names the row, and the rows that give nothing."""
    for table in plan.tables:
        for at, output in enumerate(table.declaration.outputs):
            silent = {row.declaration.id for row in table.rows if row.values[at] is None}
            yield output.name, (table.declaration.row_name, frozenset({*silent, ""}))


def _card_score(card: PlannedCard, record: Mapping[str, object]) -> CardScore:
    """What a card says of a record, cell by cell; the same for all records of the same cells."""
    lost = card.model.attributions(record).contributions
    parts = zip(card.model.cells(record), lost, card.reads, strict=True)
    return CardScore(
        name=card.name,
        card_id=card.model.id,
        version=card.model.version,
        sha256=card.model.sha256,
        points=card.model.points(record),
        pd=card.model.score(record),
        cells=tuple(
            CardCell(
                characteristic=item.id,
                feature=name,
                points=cell.points,
                points_lost=part.points_lost or Decimal(0),
                reason_code=cell.reason or item.reason,
            )
            for (item, cell), part, name in parts
        ),
        reasons=card.model.reasons(record),
    )
