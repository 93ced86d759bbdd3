"""What changed between two versions of a policy, in words, part by part."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any, Protocol, TypeVar

from goodstanding.policies.engine.definition import (
    DecisionRow,
    DecisionTable,
    InputDeclaration,
    ListDeclaration,
    RuleDeclaration,
    ScoreDeclaration,
    TermDeclaration,
)
from goodstanding.policies.engine.plan import Plan, PlannedRule
from goodstanding.policies.engine.policy import Policy
from goodstanding.policies.engine.row_difference import row_details
from goodstanding.policies.engine.words import missing_words

MOST_TOLD = 12


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `kind` is added, removed or changed; `decides` says whether outcomes,
    amounts or reasons can differ because of it, and not only words."""

    kind: str
    what: str
    name: str
    words: str
    decides: bool = True


class _Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T")
N = TypeVar("N", bound=_Named)
Details = Iterator[tuple[str, bool]]


def compare_policies(before: Policy, after: Policy) -> tuple[Change, ...]:
    """Every difference, in the order of the sections; none for equal tree hashes."""
    if before.tree_hash == after.tree_hash:
        return ()
    old, new = before.definition, after.definition
    return (
        *_head(before, after),
        *_section("input", _named(old.inputs), _named(new.inputs), _input_details),
        *_section("constant", _named(old.constants), _named(new.constants), _constant_details),
        *_section("derived value", _derived(before.plan), _derived(after.plan), _text_details),
        *_section("list", _named(old.lists), _named(new.lists), _list_details),
        *_section("scorecard", _named(old.scorecards), _named(new.scorecards), _card_details),
        *_section("model", _named(old.models), _named(new.models), _model_details),
        *_section("table", _named(old.tables), _named(new.tables), _table_details),
        *_section("row", _rows_of(before), _rows_of(after), row_details),
        *_section("rule", _rules(before.plan), _rules(after.plan), _rule_details),
        *_order(before.plan, after.plan),
        *_score(old.score, new.score),
        *_section("term", _named(old.terms), _named(new.terms), _term_details),
        *_outcomes(before, after),
        *_section("reason", old.reasons, new.reasons, _reason_details),
        *_tests(before, after),
    )


def text_difference(before: Policy, after: Policy) -> tuple[str, ...]:
    """The two texts as a unified difference with three lines around each change."""
    return tuple(
        line.rstrip("\n")
        for line in unified_diff(
            before.text.splitlines(),
            after.text.splitlines(),
            fromfile=f"{before.name} {before.version}",
            tofile=f"{after.name} {after.version}",
            lineterm="",
        )
    )


def _named(items: Iterable[N]) -> dict[str, N]:
    return {item.name: item for item in items}


def _rules(plan: Plan) -> dict[str, PlannedRule]:
    """The rules that the author wrote; those of tables are told by their rows."""
    return {rule.declaration.id: rule for rule in plan.rules if not rule.declaration.table}


def _derived(plan: Plan) -> dict[str, str]:
    """The derived values that the author wrote; those of tables are told by their rows."""
    return {
        item.name: item.expression.to_text()
        for item in plan.computed
        if not item.is_card and not item.table
    }


def _rows_of(policy: Policy) -> dict[str, tuple[DecisionTable, DecisionRow]]:
    return {
        f"{table.name}.{row.id}": (table, row)
        for table in policy.definition.tables
        for row in table.rows
    }


def _section(
    what: str,
    old: Mapping[str, T],
    new: Mapping[str, T],
    details: Callable[[T, T], Details],
) -> Iterator[Change]:
    for name in old:
        if name not in new:
            yield Change("removed", what, name, f"The {what} {name} is gone.")
    for name, item in new.items():
        if name not in old:
            yield Change("added", what, name, f"The {what} {name} is new.")
            continue
        for words, decides in details(old[name], item):
            yield Change("changed", what, name, f"{what.capitalize()} {name}: {words}.", decides)


def _shown(value: object) -> str:
    if value is None or value in ("", ()):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType]
    return str(value)


def _moved(label: str, old: object, new: object, *, decides: bool = True) -> Details:
    if old != new:
        yield f"{label} changes from {_shown(old)} to {_shown(new)}", decides


def _head(before: Policy, after: Policy) -> Iterator[Change]:
    words_only = {"title", "owner", "purpose", "version", "language", "sign_off"}
    for key in (
        "version", "title", "owner", "purpose", "language", "desk", "time_zone", "currency",
        "legal_entities", "sign_off",
    ):  # fmt: skip
        old: Any = getattr(before.definition, key)
        new: Any = getattr(after.definition, key)
        for words, _ in _moved(f"the {key.replace('_', ' ')}", old, new):
            yield Change(
                "changed", "policy", key, words[:1].upper() + words[1:] + ".", key not in words_only
            )


def _source(item: InputDeclaration) -> str:
    return "the ledger" if item.is_looked_up else "the caller"


def _input_details(old: InputDeclaration, new: InputDeclaration) -> Details:
    yield from _moved("the type", old.type, new.type)
    yield from _moved("required", old.is_required, new.is_required)
    yield from _moved("the smallest value", old.low, new.low)
    yield from _moved("the largest value", old.high, new.high)
    yield from _moved("the longest text", old.max_length, new.max_length)
    yield from _moved("the set of values", old.values, new.values)
    yield from _moved("the greatest age", old.max_age, new.max_age)
    yield from _moved("the feature", old.feature, new.feature)
    yield from _moved("the source", _source(old), _source(new))
    yield from _moved("personal", old.is_personal, new.is_personal, decides=False)
    yield from _moved("protected", old.is_protected, new.is_protected)
    yield from _moved("proxy for", old.proxy_for, new.proxy_for)
    yield from _moved("actionable", old.actionable.value, new.actionable.value, decides=False)
    yield from _moved("the label", old.label, new.label, decides=False)
    yield from _moved("the description", old.description, new.description, decides=False)


def _constant_details(old: Any, new: Any) -> Details:
    yield from _moved("the value", old.value, new.value)
    yield from _moved("the type", old.type, new.type)
    yield from _moved("the label", old.label, new.label, decides=False)


def _text_details(old: str, new: str) -> Details:
    if old != new:
        yield f"the expression changes from `{old}` to `{new}`", True


def _list_details(old: ListDeclaration, new: ListDeclaration) -> Details:
    added = [str(value) for value in new.values if value not in old.values]
    removed = [str(value) for value in old.values if value not in new.values]
    if added:
        yield f"{len(added)} added ({_few(added)})", True
    if removed:
        yield f"{len(removed)} removed ({_few(removed)})", True
    yield from _moved("the kept list", old.kept, new.kept, decides=False)
    yield from _moved("the version", old.version, new.version, decides=False)
    yield from _moved("the last day", old.expires_on, new.expires_on)
    yield from _moved("the approver", old.approved_by, new.approved_by, decides=False)


def _few(items: list[str]) -> str:
    return ", ".join(items[:5]) + (", ..." if len(items) > 5 else "")


def _pairs(mapping: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{feature} = {name}" for feature, name in mapping.items())


def _card_details(old: Any, new: Any) -> Details:
    yield from _moved("the artefact", old.artefact[:12], new.artefact[:12])
    if old.card != new.card:
        yield "a band or points change", True
    yield from _moved("the mapping of features", _pairs(old.features), _pairs(new.features))
    yield from _moved("the label", old.label, new.label, decides=False)


def _model_details(old: Any, new: Any) -> Details:
    yield from _moved("the artefact", old.artefact[:12], new.artefact[:12])
    yield from _moved("the mapping of features", _pairs(old.features), _pairs(new.features))
    if old.reasons != new.reasons:
        yield "the reasons of its features change", True
    yield from _moved("the label", old.label, new.label, decides=False)


def _rule_details(old: PlannedRule, new: PlannedRule) -> Details:
    left: RuleDeclaration = old.declaration
    right: RuleDeclaration = new.declaration
    if old.condition != new.condition:
        yield (
            (
                f"the condition changes from `{old.condition.to_text()}`"
                f" to `{new.condition.to_text()}`"
            ),
            True,
        )
    yield from _moved("the effect", left.effect.value, right.effect.value)
    yield from _moved("the points", left.points, right.points)
    yield from _moved("the reason", left.reason, right.reason)
    yield from _moved("the answer to a missing value", missing_words(old), missing_words(new))
    yield from _moved("the queue", left.queue, right.queue)
    yield from _moved("the set of cancelled rules", left.cancels, right.cancels)
    yield from _moved("the last day", left.expires_on, right.expires_on)
    yield from _moved("the label", left.label, right.label, decides=False)


def _order(before: Plan, after: Plan) -> Iterator[Change]:
    first, second = _rules(before), _rules(after)
    old = [name for name in first if name in second]
    new = [name for name in second if name in first]
    if old != new:
        yield Change(
            "changed",
            "policy",
            "rules",
            f"The rules stand in another order, so reasons do too: {_moved_ones(old, new)}.",
        )


def _moved_ones(old: Sequence[str], new: Sequence[str]) -> str:
    """The stretch that stands otherwise now, from its first rule to its last."""
    differs = [at for at, (was, now) in enumerate(zip(old, new, strict=True)) if was != now]
    stretch = new[differs[0] : differs[-1] + 1]
    told = ", ".join(stretch[:MOST_TOLD])
    return f"{told} and {len(stretch) - MOST_TOLD:,} more" if len(stretch) > MOST_TOLD else told


def _table_details(old: DecisionTable, new: DecisionTable) -> Details:
    yield from _moved("the hit policy", old.hit.value, new.hit.value)
    yield from _moved("the answer to a missing value", old.on_missing, new.on_missing)
    yield from _moved("the label", old.label, new.label, decides=False)
    for what, left, right in (
        ("columns", _columns(old), _columns(new)),
        ("outputs", _outputs(old), _outputs(new)),
    ):
        yield from _moved(f"the set of {what}", left, right)
    order = [{row.id: None for row in table.rows} for table in (old, new)]
    kept = [[name for name in names if name in order[1 - at]] for at, names in enumerate(order)]
    if kept[0] != kept[1]:
        yield f"the rows stand in another order: {_moved_ones(*kept)}", True


def _columns(table: DecisionTable) -> tuple[str, ...]:
    return tuple(f"{item.name} ({item.written.text.strip()})" for item in table.columns)


def _outputs(table: DecisionTable) -> tuple[str, ...]:
    return tuple(f"{item.name} ({item.type})" for item in table.outputs)


def _score(old: ScoreDeclaration | None, new: ScoreDeclaration | None) -> Iterator[Change]:
    if old is None or new is None:
        if old is not new:
            kind = "removed" if new is None else "added"
            yield Change(kind, "score", "score", f"The score bands are {kind}.")
        return
    for words, decides in (
        *_moved("the source", old.source, new.source),
        *_moved("the division into bands", _bands(old), _bands(new)),
        *_moved("a missing score", old.on_missing.value, new.on_missing.value),
        *_moved("the source of its reasons", old.reasons_from, new.reasons_from),
        *_moved("the label", old.label, new.label, decides=False),
    ):
        yield Change("changed", "score", "score", f"Score: {words}.", decides)


def _bands(score: ScoreDeclaration) -> str:
    return "; ".join(
        f"{band.name} "
        + (f"below {band.below.text.strip()}" if band.below else "above")
        + f" {band.outcome.value if band.outcome else 'no vote'}"
        for band in score.bands
    )


def _term_details(old: TermDeclaration, new: TermDeclaration) -> Details:
    yield from _moved("the table", _rows(old), _rows(new))
    yield from _moved("the currency", old.currency, new.currency)
    yield from _moved(
        "where it is given",
        tuple(item.value for item in old.given_on),
        tuple(item.value for item in new.given_on),
    )
    yield from _moved("a missing value", old.on_missing.value, new.on_missing.value)
    yield from _moved("the label", old.label, new.label, decides=False)


def _rows(term: TermDeclaration) -> str:
    return "; ".join(
        (f"{' '.join(row.when.text.split())}: " if row.when else "") + row.value.text.strip()
        for row in term.rows
    )


def _outcomes(before: Policy, after: Policy) -> Iterator[Change]:
    old, new = before.definition, after.definition
    for outcome in new.outcomes:
        for words, decides in (
            *_moved("the queue", old.outcomes[outcome].queue, new.outcomes[outcome].queue),
            *_moved(
                "the label", old.outcomes[outcome].label, new.outcomes[outcome].label, decides=False
            ),
        ):
            text = f"Outcome {outcome.value}: {words}."
            yield Change("changed", "outcome", outcome.value, text, decides)
    if old.fallback != new.fallback:
        yield Change(
            "changed",
            "fallback",
            "fallback",
            f"Without an approval in force the answer changes from {old.fallback.outcome.value}"
            f" to {new.fallback.outcome.value}.",
        )


def _reason_details(old: Any, new: Any) -> Details:
    if old.texts != new.texts or old.regimes != new.regimes:
        yield f"the text changes from {_shown(old.text())!r} to {_shown(new.text())!r}", True


def _tests(before: Policy, after: Policy) -> Iterator[Change]:
    old, new = before.definition.tests, after.definition.tests
    if old != new:
        yield Change(
            "changed",
            "tests",
            "tests",
            f"The tests change: {len(old)} before, {len(new)} now.",
            False,  # noqa: FBT003 - decides nothing
        )
