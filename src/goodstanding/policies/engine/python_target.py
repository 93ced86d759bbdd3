"""The live engine: the whole policy as one generated Python function.

Inputs are its arguments, computed values its locals, rules bits of three masks. Nothing of the
author's text is in the source: it is emitted from the typed trees.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from goodstanding.language.expression import Expression
from goodstanding.language.python_engine import PythonEmitter, compile_function
from goodstanding.language.types import PARAMETERS, Cell, Type
from goodstanding.policies.engine.evaluation import OUTCOMES, Effect, Outcome
from goodstanding.policies.engine.plan import POINTS, Plan, PlannedModel, PlannedRule
from goodstanding.policies.engine.python_rules import RuleWriter
from goodstanding.scoring.errors import InputMissing


class Decided(msgspec.Struct, frozen=True, gc=False):
    """What the generated function returns: numbers and masks; `expand` makes words of them.

    `outcome` counts 0 approve, 1 refer, 2 decline. Bit i of `true`, `unknown` and `defaulted` is
    rule i in the order of the policy: TRUE, UNKNOWN after its defaults, decided by a default.
    `cancelled` are the rules whose vote an allow-list took away. `band` is the number of the
    score band, None where the score is missing. `computed` holds computed values and model
    scores in the order of `Layout.computed`, `terms` the terms in the order of the policy; both
    as cells.
    """

    outcome: int
    true: int
    unknown: int
    defaulted: int
    cancelled: int
    points: int
    band: int | None
    computed: tuple[Cell | None, ...]
    terms: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands where in the arguments and in `Decided`."""

    arguments: tuple[str, ...]
    computed: tuple[str, ...]
    terms: tuple[str, ...]
    rules: tuple[str, ...]


def layout_of(plan: Plan) -> Layout:
    """The order of arguments and results; every engine keeps it."""
    computed = (
        *(item.name for item in plan.before),
        *(model.name for model in plan.models),
        *(item.name for item in plan.after),
    )
    return Layout(
        arguments=(*(item.name for item in plan.inputs), *PARAMETERS),
        computed=computed,
        terms=tuple(term.name for term in plan.terms),
        rules=tuple(rule.declaration.id for rule in plan.rules),
    )


@dataclass(frozen=True, slots=True)
class Votes:
    """Which rules vote for what, as masks."""

    decline_if_true: int
    refer_if_true: int
    decline_if_unknown: int
    refer_if_unknown: int

    @classmethod
    def of(cls, plan: Plan) -> "Votes":
        """The masks of a plan's rules."""

        def mask(wanted: Outcome, votes: Callable[[PlannedRule], Outcome | None]) -> int:
            return sum(1 << at for at, rule in enumerate(plan.rules) if votes(rule) is wanted)

        return cls(
            decline_if_true=mask(Outcome.DECLINE, lambda rule: rule.vote),
            refer_if_true=mask(Outcome.REFER, lambda rule: rule.vote),
            decline_if_unknown=mask(Outcome.DECLINE, lambda rule: rule.vote_if_missing),
            refer_if_unknown=mask(Outcome.REFER, lambda rule: rule.vote_if_missing),
        )


def cancellations(plan: Plan) -> tuple[tuple[int, int], ...]:
    """For each cancelling rule its bit and the mask of the rules that it cancels."""
    bits = {rule.declaration.id: 1 << at for at, rule in enumerate(plan.rules)}
    return tuple(
        (bits[rule.declaration.id], sum(bits[name] for name in set(rule.declaration.cancels)))
        for rule in plan.rules
        if rule.declaration.effect is Effect.CANCEL
    )


def bits(mask: int, count: int) -> tuple[int, ...]:
    """The numbers of the bits that are set, lowest first."""
    left, found = mask & ((1 << count) - 1), list[int]()
    while left:  # few are set, however many there are
        lowest = left & -left
        found.append(lowest.bit_length() - 1)
        left ^= lowest
    return tuple(found)


Decide = Callable[..., Decided]


class PythonSource:
    """Writes the function `decide` for a plan."""

    def __init__(self, plan: Plan) -> None:
        """Name the locals; nothing is emitted yet."""
        self._plan = plan
        self.layout = layout_of(plan)
        names = (*self.layout.arguments, *self.layout.computed)
        self._local = {name: f"v{at}" for at, name in enumerate(names)}
        self._lists = {name: f"l{at}" for at, name in enumerate(plan.lists)}
        self._emitter = PythonEmitter(
            naming={**self._local, POINTS: "points"},
            never_null={*plan.never_null, POINTS},
            lists=self._lists,
        )
        self._lines: list[str] = []
        self._constants: dict[str, object] = {
            **{self._lists[name]: members for name, members in plan.lists.items()},
            "Decided": Decided,
        }

    def compile(self) -> tuple[Decide, str]:
        """The function and its source."""
        source = self.source()
        constants = {**self._emitter.constants, **self._constants}
        return cast("Decide", compile_function(source, name="decide", constants=constants)), source

    def source(self) -> str:
        """The function's text."""
        plan = self._plan
        for item in plan.before:
            self._assign(item.name, item.expression)
        for at, model in enumerate(plan.models):
            self._score(at, model)
        for item in plan.after:
            self._assign(item.name, item.expression)
        self._rules()
        self._vote()
        self._score_band()
        terms = self._terms()
        computed = _tuple(self._local[name] for name in self.layout.computed)
        self._line(
            "return Decided(outcome, true, unknown, defaulted, cancelled, points, band,"
            f" {computed}, {terms})"
        )
        arguments = ", ".join(self._local[name] for name in self.layout.arguments)
        return f"def decide({arguments}):\n" + "".join(f"    {line}\n" for line in self._lines)

    def _line(self, text: str) -> None:
        self._lines.append(text)

    def _assign(self, name: str, expression: Expression) -> None:
        self._line(f"{self._local[name]} = {self._emitter.value(expression)}")

    def _score(self, at: int, model: PlannedModel) -> None:
        types = [self._plan.types[name] for name in model.reads]
        self._constants[f"model{at}"] = live_scorer(model, types)
        arguments = ", ".join(self._local[name] for name in model.reads)
        self._line(f"{self._local[model.name]} = model{at}({arguments})")

    def _rules(self) -> None:
        self._line("true = unknown = defaulted = cancelled = points = 0")
        writer = RuleWriter(self._emitter, self._local)
        for at, rule in enumerate(self._plan.rules):
            self._lines.extend(writer.lines(rule, 1 << at))

    def _vote(self) -> None:
        plan, votes = self._plan, Votes.of(self._plan)
        cancels = cancellations(plan)
        for bit, cancelled in cancels:
            self._line(f"if true & {bit}: cancelled |= {cancelled}")
        true, unknown = "true", "unknown"
        if cancels:
            self._line("kept, open = true & ~cancelled, unknown & ~cancelled")
            true, unknown = "kept", "open"
        decline = _mask_test(true, votes.decline_if_true, unknown, votes.decline_if_unknown)
        refer = _mask_test(true, votes.refer_if_true, unknown, votes.refer_if_unknown)
        self._line(f"outcome = 2 if {decline} else 1 if {refer} else 0")

    def _score_band(self) -> None:
        score = self._plan.score
        if score is None:
            self._line("band = None")
            return
        self._line(f"band = {self._emitter.value(score.band)}")
        ranks = [0 if band.outcome is None else band.outcome.rank for band in score.bands]
        vote = f"{_tuple(map(str, ranks))}[band]"
        if score.may_be_unknown:
            missing = score.vote_if_missing.rank if score.vote_if_missing else 0
            vote = f"{missing} if band is None else {vote}"
        self._line(f"vote = {vote}")
        self._line("if vote > outcome: outcome = vote")

    def _terms(self) -> str:
        names: list[str] = []
        for at, term in enumerate(self._plan.terms):
            name = f"term{at}"
            names.append(name)
            self._line(f"{name} = {self._emitter.value(term.expression)}")
            if term.may_be_unknown and term.vote_if_missing is not None:
                ranks = {outcome.rank for outcome in term.declaration.given_on}
                given = " or ".join(f"outcome == {rank}" for rank in sorted(ranks))
                vote = term.vote_if_missing.rank
                self._line(f"if {name} is None and ({given}) and outcome < {vote}:")
                self._line(f"    outcome = {vote}")
        return _tuple(names)


def _mask_test(true: str, if_true: int, unknown: str, if_unknown: int) -> str:
    parts = [f"{true} & {if_true}"] if if_true else []
    parts += [f"{unknown} & {if_unknown}"] if if_unknown else []
    return " or ".join(parts) or "False"


def _tuple(names: Any) -> str:
    return "(" + "".join(f"{name}, " for name in names) + ")"


def live_scorer(model: PlannedModel, types: Sequence[Type]) -> Callable[..., int | None]:
    """A function from cells to the score in millionths, None where the model gives none.

    A model that has never seen a value missing gives no score where it is missing.
    """
    score = model.model.scorer_of_units([type_.scale for type_ in types])

    def run(*cells: Cell | None) -> int | None:
        try:
            return score(*cells)
        except InputMissing:
            return None

    return run


__all__ = ["OUTCOMES", "Decided", "Layout", "PythonSource", "Votes", "layout_of"]
