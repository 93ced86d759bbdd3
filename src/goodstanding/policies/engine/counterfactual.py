"""The smallest change that would have altered the outcome, found by asking the policy itself.

Only inputs that the policy declares actionable are moved, each in its declared direction and
within its bounds. One input is tried first, then every pair, then up to three by the change that
helps most. Every answer is checked by the ordinary evaluation of the changed record, so that
nothing is claimed that does not happen. The search counts evaluations, not seconds, and is
therefore the same on every machine. Source: field guide on decisions, section 9 (C-203/22).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import permutations
from typing import cast

from goodstanding.language.types import Cell, Kind
from goodstanding.policies.engine.counterfactual_answer import (
    Change,
    Counterfactual,
    CounterfactualAnswer,
)
from goodstanding.policies.engine.critical_values import critical_cells, ends_of, is_within, probes
from goodstanding.policies.engine.definition import Actionable, InputDeclaration
from goodstanding.policies.engine.evaluation import OUTCOMES, Outcome, Value
from goodstanding.policies.engine.plan import POINTS, PlannedRule
from goodstanding.policies.engine.policy import Policy
from goodstanding.policies.engine.python_target import Decided
from goodstanding.policies.engine.values import value_of

CHANGES_MAX = 3
EVALUATIONS_MAX = 12_000
EVALUATIONS_MAX_WITH_MODELS = 3_000
VALUES_TOGETHER_MAX = 80
VALUES_TOGETHER_MAX_WITH_MODELS = 24
DAYS_A_YEAR = 365.0
MICROSECONDS_A_DAY = 86_400_000_000


def find_counterfactual(
    policy: Policy, record: Mapping[str, object], *, as_of: datetime | None = None
) -> CounterfactualAnswer:
    """The smallest change to a record under which the policy answers more mildly.

    Fewer changed inputs are smaller than more; among as many, the least distance is. Takes well
    under a second. Raises what `Policy.evaluate` raises for the record.
    """
    search = _Search(policy, record, as_of=as_of)
    if search.outcome == 0:
        return search.answer(why_not="The outcome is the best that the policy gives.")
    if not search.offered:
        return search.answer(why_not="The policy declares no input that the applicant can change.")
    fixed = search.fixed_against(search.outcome - 1)
    if fixed:
        return search.answer(why_not=_cannot(fixed), fixed=fixed)
    nearest = search.find(search.outcome - 1)
    if nearest is None:
        return search.answer(why_not=search.nothing_found())
    approval = None
    if nearest.outcome is not Outcome.APPROVE and not search.fixed_against(0):
        approval = search.find(0)
    return search.answer(nearest=nearest, approval=approval)


def _cannot(fixed: Sequence[str]) -> str:
    return f"{'; '.join(fixed)}: the applicant cannot change this."


Cells = tuple[Cell | None, ...]
Moves = tuple[tuple[int, Cell], ...]  # the place of an input, and its new cell


class _SpentError(Exception):
    """The evaluations that a search may make are used up."""


class _Search:
    """One record and the policy around it."""

    def __init__(
        self, policy: Policy, record: Mapping[str, object], *, as_of: datetime | None
    ) -> None:
        self._policy, self._record, self._as_of = policy, record, as_of
        self._plan = policy.plan
        reading = policy.compiled.read(record, as_of=as_of)
        self._base: Cells = reading.cells
        self._missing = reading.missing
        self._decide = policy.compiled.decide
        self._known: dict[Cells, Decided] = {}
        self._reaches_of: dict[int, list[frozenset[str]]] = {}
        self._most = EVALUATIONS_MAX_WITH_MODELS if self._plan.models else EVALUATIONS_MAX
        self._is_cut_off = False
        self.outcome = self._decided(self._base).outcome
        read = set(self._inputs_that_count())
        self.offered = tuple(
            at
            for at, item in enumerate(self._plan.inputs)
            if item.actionable is not Actionable.NO and item.name in read
        )

    # -------------------------------------------------------------- what is asked

    def find(self, target: int) -> Counterfactual | None:
        """The smallest change to an outcome of at most this rank that evaluation confirms."""
        for moves in self._found(target):
            confirmed = self._confirmed(moves, target)
            if confirmed is not None:
                return confirmed
        return None

    def answer(
        self,
        *,
        nearest: Counterfactual | None = None,
        approval: Counterfactual | None = None,
        why_not: str = "",
        fixed: tuple[str, ...] = (),
    ) -> CounterfactualAnswer:
        """What is handed back."""
        return CounterfactualAnswer(
            outcome=OUTCOMES[self.outcome],
            nearest=nearest,
            approval=approval,
            why_not=why_not,
            offered=tuple(self._plan.inputs[at].label for at in self.offered),
            fixed=fixed,
            evaluations=len(self._known),
            is_complete=not self._is_cut_off,
        )

    def nothing_found(self) -> str:
        """Why a search that found nothing can say no more."""
        labels = ", ".join(self._plan.inputs[at].label for at in self.offered)
        count = min(CHANGES_MAX, len(self.offered))
        many = "No change" if count == 1 else f"No change of at most {count}"
        tried = "" if not self._is_cut_off else " that was tried"
        return f"{many} of {labels} within their bounds{tried} alters the outcome."

    def fixed_against(self, target: int) -> tuple[str, ...]:
        """What votes for worse than the target and reads nothing that the applicant can change."""
        decided, found = self._decided(self._base), list[str]()
        for at, rule in enumerate(self._plan.rules):
            if self._votes(decided, at, target) and not self._is_touched(self._names_around(rule)):
                unknown = decided.unknown >> at & 1
                label = rule.declaration.label
                found.append(f"{label} (a value is missing)" if unknown else label)
        score = self._plan.score
        is_against = score is not None and self._band_rank(decided) > target
        if score and is_against and not self._is_touched(self._names_of_score()):
            found.append(score.declaration.label.capitalize())
        return tuple(dict.fromkeys(found))

    # ------------------------------------------------------------------- searching

    def _found(self, target: int) -> Iterator[Moves]:
        """Changes that reach the target, the smallest first: of one input, of two, of three."""
        try:
            able = [at for at in self.offered if self._can_settle((at,), target)]
            singles = [self._nearest(self._base, at, target) for at in able]
            yield from self._sorted(((at, cell),) for at, cell in singles_of(able, singles))
            yield from self._pairs(target)
            yield from self._greedy(target)
        except _SpentError:
            self._is_cut_off = True

    def _sorted(self, found: Iterable[Moves]) -> list[Moves]:
        return sorted(found, key=self._size)

    def _size(self, moves: Moves) -> tuple[int, float, tuple[int, ...]]:
        total = sum(self._distance(at, cell) for at, cell in moves)
        return len(moves), total, tuple(at for at, _ in moves)

    def _nearest(self, cells: Cells, at: int, target: int) -> Cell | None:
        """The nearest value of one input that reaches the target, the others as in `cells`."""
        item = self._plan.inputs[at]
        best: Cell | None = None
        for way in self._ways(at):
            before = self._base[at]
            for cell in way:
                if best is not None and self._distance(at, cell) >= self._distance(at, best):
                    break
                if self._reaches(with_cell(cells, at, cell), target):
                    if before is not None and item.type.kind not in {Kind.TEXT, Kind.BOOLEAN}:
                        cell = self._halved(cells, at, before, cell, target)  # noqa: PLW2901
                    if best is None or self._distance(at, cell) < self._distance(at, best):
                        best = cell
                    break
                before = cell
        return best

    def _halved(self, cells: Cells, at: int, short: Cell, enough: Cell, target: int) -> Cell:
        """The cell nearest to `short` that still reaches the target, between the two."""
        while True:
            middle = between(short, enough)
            if middle is None:
                return enough
            if self._reaches(with_cell(cells, at, middle), target):
                enough = middle
            else:
                short = middle

    def _pairs(self, target: int) -> Iterator[Moves]:
        """The smallest change of two: one at each of its values, the other as far as needed."""
        best: Moves | None = None
        for one, other in permutations(self.offered, 2):
            if not self._can_settle((one, other), target):
                continue
            for first in self._options[one]:
                if best is not None and self._distance(one, first) >= self._size(best)[1]:
                    break
                second = self._nearest(with_cell(self._base, one, first), other, target)
                if second is None:
                    continue
                moves = self._tightened(((one, first), (other, second)), target)
                if best is None or self._size(moves) < self._size(best):
                    best = moves
        if best is not None:
            yield best

    def _can_settle(self, places: Sequence[int], target: int) -> bool:
        """Whether some input reaches each vote for worse; a vote that reads none of them stays."""
        names = {self._plan.inputs[at].name for at in places}
        return all(names & reached for reached in self._reach(target))

    def _reach(self, target: int) -> list[frozenset[str]]:
        """For each vote for worse than the target, the inputs that reach it or what cancels it."""
        found = self._reaches_of.get(target)
        if found is None:
            decided = self._decided(self._base)
            found = [
                self._below(self._names_around(rule))
                for at, rule in enumerate(self._plan.rules)
                if self._votes(decided, at, target)
            ]
            if self._band_rank(decided) > target:
                found.append(self._below(self._names_of_score()))
            self._reaches_of[target] = found
        return found

    def _greedy(self, target: int) -> Iterator[Moves]:
        """Step by step the move that leaves least against the target, then tightened."""
        moves: Moves = ()
        cells = self._base
        left = self._against(cells, target)
        for _ in range(CHANGES_MAX):
            steps = [
                (self._against(with_cell(cells, at, cell), target), self._distance(at, cell), at, n)
                for at in self.offered
                if at not in {moved for moved, _ in moves}
                for n, cell in enumerate(self._options[at])
            ]
            if not steps or min(steps)[0] >= left:
                return
            left, _, at, number = min(steps)
            moves = (*moves, (at, self._options[at][number]))
            cells = with_cell(cells, at, self._options[at][number])
            if self._reaches(cells, target):
                yield self._tightened(moves, target)
                return

    def _tightened(self, moves: Moves, target: int) -> Moves:
        """Each move as small as the others allow; those that are not needed left out."""
        kept = dict(moves)
        for at in [at for at, _ in moves]:
            cells = self._base
            for other, cell in kept.items():
                cells = cells if other == at else with_cell(cells, other, cell)
            if len(kept) > 1 and self._reaches(cells, target):
                del kept[at]
                continue
            nearest = self._nearest(cells, at, target)
            if nearest is not None and self._distance(at, nearest) < self._distance(at, kept[at]):
                kept[at] = nearest
        return tuple(sorted(kept.items()))

    @cached_property
    def _options(self) -> dict[int, tuple[Cell, ...]]:
        """The values of each input that are tried together with others, nearest first.

        Of very many some are left out evenly; what is found is then tightened over all of them.
        """
        most = VALUES_TOGETHER_MAX_WITH_MODELS if self._plan.models else VALUES_TOGETHER_MAX
        return {at: _thinned(self._by_distance(at), most) for at in self.offered}

    def _by_distance(self, at: int) -> list[Cell]:
        tried = (cell for way in self._ways(at) for cell in way)
        return sorted(tried, key=lambda cell: (self._distance(at, cell), repr(cell)))

    def _ways(self, at: int) -> list[list[Cell]]:
        """The values of an input that may be tried, outwards from what it is: up, and down."""
        item, base = self._plan.inputs[at], self._base[at]
        critical = self._critical[at]
        if item.type.kind in {Kind.TEXT, Kind.BOOLEAN}:
            return [[cell] for cell in critical if cell != base]
        if base is None:
            return [[cell] for cell in sorted(critical, key=lambda cell: (abs(cell), cell))]  # pyright: ignore[reportArgumentType, reportUnknownLambdaType]
        every = sorted({*critical, *probes(item, base)})  # pyright: ignore[reportArgumentType]
        ups = [cell for cell in every if cell > base]  # pyright: ignore[reportOperatorIssue]
        downs = [cell for cell in reversed(every) if cell < base]  # pyright: ignore[reportOperatorIssue]
        ways: list[list[Cell]] = []
        if item.actionable in {Actionable.ANY, Actionable.INCREASE}:
            ways.append(ups)
        if item.actionable in {Actionable.ANY, Actionable.DECREASE}:
            ways.append(downs)
        return ways

    @cached_property
    def _critical(self) -> dict[int, tuple[Cell, ...]]:
        return {at: critical_cells(self._plan, self._plan.inputs[at]) for at in self.offered}

    # ------------------------------------------------------------ asking the policy

    def _reaches(self, cells: Cells, target: int) -> bool:
        return self._decided(cells).outcome <= target

    def _decided(self, cells: Cells) -> Decided:
        found = self._known.get(cells)
        if found is None:
            if len(self._known) >= self._most:
                raise _SpentError
            found = self._known[cells] = self._decide(*cells)
        return found

    def _confirmed(self, moves: Moves, target: int) -> Counterfactual | None:
        """The changes, if the ordinary evaluation of the changed record agrees."""
        values: dict[str, Value] = {}
        for at, cell in moves:
            item = self._plan.inputs[at]
            value = value_of(cell, item.type)
            if value is None:
                return None
            values[item.name] = value
        evaluation = self._policy.evaluate({**self._record, **values}, as_of=self._as_of)
        if evaluation.outcome.rank > target:
            return None
        changes = tuple(self._change(at, cell, values) for at, cell in moves)
        distance = sum(change.distance for change in changes)
        return Counterfactual(evaluation.outcome, changes, distance, values)

    def _change(self, at: int, cell: Cell, values: Mapping[str, Value]) -> Change:
        item, base = self._plan.inputs[at], self._base[at]
        return Change(
            name=item.name,
            label=item.label,
            before=value_of(base, item.type),
            missing=self._missing.get(item.name),
            after=values[item.name],
            direction=_direction(item, base, cell),
            distance=self._distance(at, cell),
        )

    def _distance(self, at: int, cell: Cell) -> float:
        kind, base = self._plan.inputs[at].type.kind, self._base[at]
        if base is None or kind in {Kind.TEXT, Kind.BOOLEAN}:
            return 1.0
        apart = abs(float(cell) - float(base))
        if kind in {Kind.DATE, Kind.TIMESTAMP}:
            days = apart if kind is Kind.DATE else apart / MICROSECONDS_A_DAY
            return days / (days + DAYS_A_YEAR)
        sizes = abs(float(cell)) + abs(float(base))
        nearly = apart / sizes if sizes else 0.0
        # Where one side is zero every move is the whole way: the nearer one stays the smaller.
        return nearly if base else 1.0 - 1.0 / (2.0 + apart)

    # ----------------------------------------------------------- what stands against it

    def _against(self, cells: Cells, target: int) -> tuple[int, int, float]:
        """How much votes for worse than the target: rules, steps of the band, way to its line."""
        decided = self._decided(cells)
        rules = sum(self._votes(decided, at, target) for at in range(len(self._plan.rules)))
        steps, way = self._band_steps(decided, target)
        return rules + (1 if steps else 0), steps, way

    def _votes(self, decided: Decided, at: int, target: int) -> bool:
        """Whether a rule votes for something worse than the target."""
        bit, rule = 1 << at, self._plan.rules[at]
        if decided.cancelled & bit:
            return False
        vote = (
            rule.vote
            if decided.true & bit
            else rule.vote_if_missing
            if decided.unknown & bit
            else None
        )
        return vote is not None and vote.rank > target

    def _band_rank(self, decided: Decided) -> int:
        score = self._plan.score
        if score is None:
            return 0
        vote = score.vote_if_missing if decided.band is None else score.bands[decided.band].outcome
        return 0 if vote is None else vote.rank

    def _band_steps(self, decided: Decided, target: int) -> tuple[int, float]:
        score = self._plan.score
        if score is None or self._band_rank(decided) <= target:
            return 0, 0.0
        if decided.band is None:
            return len(score.bands), 0.0
        fine = [
            at
            for at, band in enumerate(score.bands)
            if band.outcome is None or band.outcome.rank <= target
        ]
        if not fine:
            return len(score.bands), 0.0
        nearest = min(fine, key=lambda at: abs(at - cast("int", decided.band)))
        line = score.bounds[nearest - 1 if nearest > decided.band else nearest]
        value = self._score_cell(decided)
        way = 0.0 if line is None or value is None else abs(float(line) - float(value))
        return abs(nearest - decided.band), way

    def _score_cell(self, decided: Decided) -> Cell | None:
        source = self._plan.score.declaration.source if self._plan.score else POINTS
        if source == POINTS:
            return decided.points
        layout = self._policy.compiled.layout
        if source in layout.computed:
            return decided.computed[layout.computed.index(source)]
        return self._base[layout.arguments.index(source)]

    def _names_around(self, rule: PlannedRule) -> tuple[str, ...]:
        """What the rule reads, and what those read that can cancel it."""
        around = [
            each for each in self._plan.rules if rule.declaration.id in each.declaration.cancels
        ]
        return tuple(name for each in (rule, *around) for name in each.condition.names)

    def _names_of_score(self) -> tuple[str, ...]:
        source = self._plan.score.declaration.source if self._plan.score else POINTS
        if source != POINTS:
            return (source,)
        rules = [rule for rule in self._plan.rules if rule.declaration.points]
        return tuple(name for rule in rules for name in rule.condition.names)

    def _below(self, names: tuple[str, ...]) -> frozenset[str]:
        return frozenset(self._plan.inputs_below(names))

    def _is_touched(self, names: tuple[str, ...]) -> bool:
        """Whether something that the applicant can change lies below some names."""
        offered = {self._plan.inputs[at].name for at in self.offered}
        return bool(offered & self._below(names))

    def _inputs_that_count(self) -> tuple[str, ...]:
        """The inputs that anything that can vote reads."""
        names = [name for rule in self._plan.rules for name in rule.condition.names]
        names += [name for term in self._plan.terms for name in term.expression.names]
        if self._plan.score is not None:
            source = self._plan.score.declaration.source
            names += [] if source == POINTS else [source]
        return self._plan.inputs_below(tuple(names))


def _thinned(cells: Sequence[Cell], most: int) -> tuple[Cell, ...]:
    """At most so many, evenly spread, the last one among them."""
    step = -(-len(cells) // most) or 1
    return tuple(cells[::-1][::step][::-1])


def singles_of(places: Sequence[int], found: Sequence[Cell | None]) -> Iterator[tuple[int, Cell]]:
    """The inputs for which a value was found."""
    for at, cell in zip(places, found, strict=True):
        if cell is not None:
            yield at, cell


def with_cell(cells: Cells, at: int, cell: Cell) -> Cells:
    """The same record with another value in one place."""
    return (*cells[:at], cell, *cells[at + 1 :])


def between(left: Cell, right: Cell) -> Cell | None:
    """A cell strictly between two ordered ones; None where there is none."""
    if isinstance(left, float) or isinstance(right, float):
        middle = float(left) + (float(right) - float(left)) / 2
        return None if middle in {left, right} else middle + 0.0  # never minus zero
    half = (int(left) + int(right)) // 2
    return None if half in {left, right} else half


def _direction(item: InputDeclaration, base: Cell | None, cell: Cell) -> str:
    if base is None:
        return "state"
    if item.type.kind in {Kind.TEXT, Kind.BOOLEAN}:
        return "other"
    low, high = ends_of(item)
    assert is_within(cell, low, high)  # noqa: S101 - every value tried lies within the bounds
    return "increase" if cell > base else "decrease"  # pyright: ignore[reportOperatorIssue]
