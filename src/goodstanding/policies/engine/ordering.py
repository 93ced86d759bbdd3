"""In which order computed values are computed: each after what it reads."""

from collections.abc import Iterable, Mapping, Sequence

from goodstanding.language.tree import Input, Literal, Node, Operation, children
from goodstanding.policies.engine.definition import DerivedDeclaration
from goodstanding.policies.engine.mistakes import MistakeLog, Place
from goodstanding.policies.engine.plan import Computed, PlannedModel

CHAIN_MAX = 64
JOINED_MAX = 256
Reads = Mapping[str, Iterable[str]]
Places = Mapping[str, tuple[Place, str]]


def in_order(
    log: MistakeLog,
    computed: list[Computed],
    models: tuple[PlannedModel, ...],
    *,
    written: Sequence[DerivedDeclaration],
) -> tuple[Computed, ...]:
    """Computed values, each after what it reads; `written` says where the author's stand.

    A circle, a chain of more than `CHAIN_MAX` values, a text joined of more than `JOINED_MAX`
    others, and a model that reads what comes from a model's score are mistakes, written to the log.
    """
    reads: dict[str, Iterable[str]] = {item.name: item.expression.names for item in computed}
    reads |= {model.name: model.reads for model in models}
    order = _after_what_they_read(log, reads)
    _check_models(log, computed, models)
    by_name = {item.name: item for item in computed}
    at = {item.name: (item.place, item.path) for item in written}
    _check_chains(log, order, reads, at)
    _check_texts(log, [by_name[name] for name in order if name in by_name], at)
    return tuple(by_name[name] for name in order if name in by_name)


def _after_what_they_read(log: MistakeLog, reads: Reads) -> list[str]:
    done: dict[str, None] = {}
    open_names: list[str] = []

    def visit(name: str) -> None:
        if name in done or name not in reads:
            return
        if name in open_names:
            circle = " -> ".join([*open_names[open_names.index(name) :], name])
            log.add(Place(1, 1), name, f"Values go in a circle: {circle}.", "Break the circle.")
            return
        open_names.append(name)
        for below in reads[name]:
            visit(below)
        open_names.pop()
        done[name] = None

    for name in reads:
        visit(name)
    return list(done)


def _check_models(
    log: MistakeLog, computed: Iterable[Computed], models: tuple[PlannedModel, ...]
) -> None:
    names = {model.name for model in models}
    above = above_models(computed, names)
    for model in models:
        for name in model.reads:
            if name in above or name in names:
                log.add(
                    model.declaration.place,
                    model.name,
                    f"{model.name} reads {name}, which comes from a model's score.",
                    "A model reads inputs, features and what is derived from them.",
                )


def above_models(computed: Iterable[Computed], models: set[str]) -> set[str]:
    """The computed values that stand on a model's score, by name."""
    above = set(models)
    found: set[str] = set()
    for item in computed:
        if above & set(item.expression.names):
            above.add(item.name)
            found.add(item.name)
    return found


def _check_chains(log: MistakeLog, ordered: Iterable[str], reads: Reads, at: Places) -> None:
    """Engines take a level of a query for each value above another."""
    levels: dict[str, int] = {}
    for name in ordered:
        levels[name] = 1 + max((levels.get(read, 0) for read in reads[name]), default=0)
    deepest = max(levels, key=levels.__getitem__, default="")
    if deepest and levels[deepest] > CHAIN_MAX:
        log.add(
            *at.get(deepest, (Place(1, 1), deepest)),
            f"{deepest} stands on {levels[deepest]:,} derived values, one above the other;"
            f" {CHAIN_MAX} are the most.",
            "Compute it from fewer steps.",
            code="too_deep",
        )


def _check_texts(log: MistakeLog, ordered: Iterable[Computed], at: Places) -> None:
    """Each value may join the one below it to itself: forty steps make a billion of one."""
    joined: dict[str, int] = {}
    for item in ordered:
        joined[item.name] = count = _joined(item.expression.tree, joined)
        if count > JOINED_MAX:
            log.add(
                *at.get(item.name, (Place(1, 1), item.name)),
                f"{item.name} joins {count:,} texts, those within what it reads counted;"
                f" {JOINED_MAX} are the most.",
                "Join fewer texts with ||.",
                code="too_large",
            )
            return


def _joined(tree: Node, known: Mapping[str, int]) -> int:
    """Of how many texts the longest text within a tree is joined at most."""
    match tree:
        case Literal():
            return 1
        case Input():
            return known.get(tree.name, 1)
        case Operation(name="||"):
            return sum(_joined(side, known) for side in tree.arguments)
        case _:
            return max((_joined(below, known) for below in children(tree)), default=1)
