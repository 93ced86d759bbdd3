"""Choices in generated Python: one condition after the other, or the middle one first."""

from collections.abc import Sequence
from itertools import takewhile

from goodstanding.language.tree import Case, Literal, Node, Operation


def shared_beginning(conditions: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The texts that every condition starts with."""
    shared = conditions[0]
    for condition in conditions[1:]:
        same = takewhile(lambda pair: pair[0] == pair[1], zip(shared, condition, strict=False))
        shared = tuple(part for part, _ in same)
    return shared


def is_ladder(node: Case, steps: int) -> bool:
    """Whether each of the first conditions holds wherever the one before it does.

    So it is where one value is held below limits that rise, or above limits that fall.
    """
    if node.operand is not None:
        return False
    limits: list[int | float] = []
    values: set[Node] = set()
    signs: set[str] = set()
    for branch in node.branches[:steps]:
        match branch.when:
            case Operation(
                name="<" | "<=" | ">" | ">=", arguments=(value, Literal(int() | float() as limit))
            ):
                limits.append(limit)
                values.add(value)
                signs.add(branch.when.name[0])
            case _:
                return False
    rising = sorted(set(limits), reverse=signs == {">"})
    return len(values) == len(signs) == 1 and limits == rising


def in_turn(conditions: Sequence[str], results: Sequence[str], last: str) -> str:
    """The result of the first condition that holds, else the last one."""
    asked = "".join(
        f"{result} if {condition} else "
        for condition, result in zip(conditions, results, strict=False)
    )
    return f"({asked}{last})"


def by_halves(conditions: Sequence[str], results: Sequence[str]) -> str:
    """The steps of a ladder: the middle one is asked first; one result more than conditions."""
    if not conditions:
        return results[0]
    middle = len(conditions) // 2
    below = by_halves(conditions[:middle], results[: middle + 1])
    above = by_halves(conditions[middle + 1 :], results[middle + 1 :])
    return f"({below} if {conditions[middle]} else {above})"
