"""Rules, score bands and terms with their expressions typed."""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import cast

from goodstanding.language.errors import ExpressionRefused
from goodstanding.language.expression import Expression
from goodstanding.language.syntax import Place as SyntaxPlace
from goodstanding.language.tree import Branch, Case, Input, Literal, Node, Operation, walk
from goodstanding.language.types import BOOLEAN, INTEGER, Cell, Type
from goodstanding.language.typing_rules import unify
from goodstanding.policies.engine.definition import (
    OnMissing,
    RuleDeclaration,
    ScoreDeclaration,
    TableRow,
    TermDeclaration,
)
from goodstanding.policies.engine.document import Scalar
from goodstanding.policies.engine.evaluation import Effect
from goodstanding.policies.engine.mistakes import nearest
from goodstanding.policies.engine.plan import (
    POINTS,
    Plan,
    PlannedRule,
    PlannedScore,
    PlannedTerm,
)
from goodstanding.policies.engine.scope import Scope
from goodstanding.policies.engine.trees import literal_of, may_be_unknown, substitute
from goodstanding.policies.engine.values import NotOfType, read_text, wanted

_BOUND = re.compile(r"-?[0-9]{1,38}(\.[0-9]{1,38})?|[a-z][a-z0-9_]*", re.ASCII)
EXPANDED_MAX = 20_000


def plan_rule(
    rule: RuleDeclaration, *, scope: Scope, draft: Plan, condition: Expression | None = None
) -> PlannedRule | None:
    """The rule with its condition typed; None after a fault.

    `condition` is there for the rules that a table makes.
    """
    if condition is None:
        condition = scope.parse(rule.when, path=rule.path, expect=BOOLEAN)
    if condition is None:
        return None
    nullable = tuple(name for name in condition.names if name not in draft.never_null)
    can_be_unknown = may_be_unknown(condition.tree, nullable)
    is_open = rule.on_missing is None and rule.effect is not Effect.CANCEL
    if can_be_unknown and is_open and not rule.table:
        missing = ", ".join(nullable) or "a value that cannot be computed"
        scope.log.add(
            rule.place,
            rule.path.removesuffix(".when"),
            f"Rule {rule.id} is unknown where {missing} is missing, and does not say what then.",
            "Write on_missing: refer, decline, ignore or {default: {name: value}}.",
            code="on_missing",
        )
    with_defaults = _with_defaults(rule, condition, scope=scope, draft=draft)
    tree = with_defaults.tree if with_defaults else condition.tree
    return PlannedRule(
        declaration=rule,
        condition=condition,
        with_defaults=with_defaults,
        nullable=nullable,
        can_be_unknown=can_be_unknown,
        remains_unknown=can_be_unknown and may_be_unknown(tree, nullable),
    )


def _with_defaults(
    rule: RuleDeclaration, condition: Expression, *, scope: Scope, draft: Plan
) -> Expression | None:
    """The condition with each default put in where its name is missing, through derived values."""
    if rule.on_missing is not OnMissing.DEFAULT:
        return None
    cells: dict[str, Cell] = {}
    for name, scalar in rule.defaults.items():
        cell = _default(rule, name, scalar, condition, scope=scope, draft=draft)
        if cell is not None:
            cells[name] = cell
    trees = _affected(cells, draft)
    size = _size(condition.tree, trees)
    if size > EXPANDED_MAX:
        scope.log.add(
            rule.place,
            rule.path.removesuffix(".when"),
            f"Rule {rule.id} grows to {size:,} operations when its default is put in everywhere;"
            f" {EXPANDED_MAX:,} are the most.",
            "Put the default into the derived value itself, with coalesce(name, value).",
            code="too_large",
        )
        return None

    def put(node: Input) -> Node:
        if node.name in cells:
            constant = literal_of(cells[node.name], node.type)
            return Operation("coalesce", (node, constant), node.type)
        return substitute(trees[node.name], put) if node.name in trees else node

    return Expression(substitute(condition.tree, put), "")


def _affected(cells: Mapping[str, Cell], draft: Plan) -> dict[str, Node]:
    """The trees of the derived values that read a name with a default, directly or not."""
    found: dict[str, Node] = {}
    for item in draft.computed:
        if any(name in cells or name in found for name in item.expression.names):
            found[item.name] = item.expression.tree
    return found


def _size(tree: Node, trees: Mapping[str, Node]) -> int:
    """How many nodes a tree has once the trees stand in for their names; counted, not built."""
    sizes: dict[str, int] = {}
    for name, inner in trees.items():
        sizes[name] = _counted(inner, sizes)
    return _counted(tree, sizes)


def _counted(tree: Node, sizes: Mapping[str, int]) -> int:
    return sum(sizes.get(node.name, 2) if isinstance(node, Input) else 1 for node in walk(tree))


def _default(
    rule: RuleDeclaration,
    name: str,
    scalar: Scalar,
    condition: Expression,
    *,
    scope: Scope,
    draft: Plan,
) -> Cell | None:
    readable = {below for read in condition.names for below in (read, *_closure(read, draft))}
    if name not in readable:
        mend = nearest(name, readable) or f"It reads: {', '.join(sorted(readable))}."
        message = f"Rule {rule.id} does not read {name!r}."
        scope.log.add(scalar.place, rule.path, message, mend, code="default_unread")
        return None
    try:
        return read_text(scalar.text, draft.types[name])
    except NotOfType as problem:
        scope.log.add(scalar.place, rule.path, f"{problem}.", f"Write {wanted(draft.types[name])}.")
        return None


def _closure(name: str, draft: Plan) -> tuple[str, ...]:
    """Every name below a derived value; a model's inputs are not below its score."""
    reads = {item.name: item.expression.names for item in draft.computed}
    found: dict[str, None] = {}
    waiting = list(reads.get(name, ()))
    while waiting:
        read = waiting.pop(0)
        if read not in found:
            found[read] = None
            waiting.extend(reads.get(read, ()))
    return tuple(found)


def plan_score(score: ScoreDeclaration | None, *, scope: Scope, draft: Plan) -> PlannedScore | None:
    """The score with the number of its band as an expression; None where there is none."""
    if score is None:
        return None
    types = {**draft.types, POINTS: INTEGER}
    source = types.get(score.source)
    if source is None or not source.is_number:
        numbers = [name for name, type_ in types.items() if type_.is_number]
        mend = nearest(score.source, numbers) or "Name a scorecard, a model, or `points`."
        scope.log.add(score.place, score.path, f"There is no number {score.source!r}.", mend)
        return None
    parts = {part.name for part in (*draft.cards, *draft.models)}
    if score.reasons_from and score.reasons_from not in parts:
        mend = nearest(score.reasons_from, parts) or "Name a scorecard or a model."
        scope.log.add(score.place, score.path, f"There is no {score.reasons_from!r}.", mend)
    bounds = [_bound(band.below, score, scope, source) for band in score.bands]
    numbers = [bound for bound in bounds[:-1] if bound is not None]
    if len(numbers) != len(bounds) - 1:
        return None
    cells = [cast("int | float", number.value) for number in numbers]
    if any(left >= right for left, right in pairwise(cells)):
        scope.log.add(
            score.place, score.path, "The bounds of the bands do not grow.", "Order them."
        )
        return None
    band = _band_tree(score.source, source, numbers)
    return PlannedScore(
        declaration=score,
        type=source,
        band=Expression(band, ""),
        bounds=(*cells, None),
        may_be_unknown=score.source not in {*draft.never_null, POINTS},
    )


def _bound(
    below: Scalar | None, score: ScoreDeclaration, scope: Scope, source: Type
) -> Literal | None:
    """A bound as a constant of the score's own type or one that holds both."""
    if below is None:
        return None
    text = below.text.strip()
    found = scope.parse(below, path=score.path) if _BOUND.fullmatch(text) else None
    if found is None or not isinstance(found.tree, Literal) or not found.type.is_number:
        scope.log.add(
            below.place,
            score.path,
            f"{text!r} is no bound.",
            "Write a number, or the name of a constant.",
        )
        return None
    try:
        pair = unify((Literal(_zero(source), source), found.tree), SyntaxPlace(1, 1))
    except ExpressionRefused as refused:
        scope.log.add(below.place, score.path, f"{refused.problem}", refused.remedy)
        return None
    bound = pair[1]
    return bound if isinstance(bound, Literal) else None


def _zero(type_: Type) -> Cell:
    return 0.0 if str(type_) == "DOUBLE" else 0


def _band_tree(name: str, source: Type, bounds: list[Literal]) -> Node:
    score: Node = Input(name, source)
    branches = [Branch(Operation("is_null", (score,), BOOLEAN), Literal(None, INTEGER))]
    for number, bound in enumerate(bounds):
        (widened,) = unify((score, bound), SyntaxPlace(1, 1))[:1]
        below = Operation("<", (widened, bound), BOOLEAN)
        branches.append(Branch(below, Literal(number, INTEGER)))
    return Case(None, tuple(branches), Literal(len(bounds), INTEGER), INTEGER)


def plan_term(term: TermDeclaration, *, scope: Scope, draft: Plan) -> PlannedTerm | None:
    """The term as one expression: a CASE over the rows of its table; None after a fault."""
    values = [scope.parse(row.value, path=row.path) for row in term.rows]
    whens = [_row_condition(row, scope) for row in term.rows[:-1]]
    trees = [value.tree for value in values if value is not None]
    conditions = [when.tree for when in whens if when is not None]
    if not trees or len(trees) < len(values) or len(conditions) < len(whens):
        return None
    try:
        results = unify(trees, SyntaxPlace(1, 1))
    except ExpressionRefused as refused:
        scope.log.add(term.place, term.path, refused.problem, refused.remedy)
        return None
    tree = results[-1]
    if conditions:
        branches = tuple(map(Branch, conditions, results[:-1]))
        tree = Case(None, branches, results[-1], results[-1].type)
    nullable = [name for name in draft.types if name not in draft.never_null]
    return PlannedTerm(
        declaration=term,
        expression=Expression(tree, " ".join(row.value.text for row in term.rows)),
        may_be_unknown=may_be_unknown(tree, nullable),
    )


def _row_condition(row: TableRow, scope: Scope) -> Expression | None:
    return scope.parse(row.when, path=row.path, expect=BOOLEAN) if row.when else None
