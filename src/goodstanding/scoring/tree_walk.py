"""Few trees, one row: their questions as a generated Python function.

Among the other work of a service, a call into the ONNX Runtime costs several times what it costs
in a loop, since it touches much memory to answer a few hundred questions. The function asks the
same questions of the same parsed trees and adds the same leaves in the same order, so that its
margin is the graph's bit for bit. Only numbers of the trees enter its source.
"""

from collections.abc import Callable, Sequence
from typing import cast

from goodstanding.scoring.trees import Tree

MOST_QUESTIONS = 1_500
MOST_LEAVES = 32
"""Above either, one row too is quicker with the ONNX Runtime; see `bench/trees.py`."""

Walk = Callable[[Sequence[float]], float]


def walk_of(trees: Sequence[Tree], *, n_features: int) -> Walk | None:
    """A function from a row, as the graph takes it, to its margin in log-odds of bad.

    Missing values are NaN, of which no comparison and no membership holds. None for trees that
    are too many or too deep to be asked one question after the other.
    """
    questions = sum(len(tree.nodes) for tree in trees)
    if questions > MOST_QUESTIONS or any(len(tree.leaf_values) > MOST_LEAVES for tree in trees):
        return None
    writer = _Writer()
    added = "".join(f"    margin += {writer.branch(tree, 0)}\n" for tree in trees)
    row = "".join(f"x{at}, " for at in range(n_features))
    source = f"def walk(row):\n    {row}= row\n    margin = 0.0\n{added}    return margin\n"
    scope: dict[str, object] = {"__builtins__": {}, "inf": float("inf"), **writer.sets}
    exec(compile(source, "<trees>", "exec"), scope)  # noqa: S102 - numbers of parsed trees only
    return cast("Walk", scope["walk"])


class _Writer:
    """Writes trees as conditional expressions; `sets` are the globals that they name."""

    def __init__(self) -> None:
        self.sets: dict[str, frozenset[float]] = {}
        self._names: dict[frozenset[int], str] = {}

    def branch(self, tree: Tree, child: int) -> str:
        """What a node comes to, or the value of leaf ~child."""
        if child < 0 or not tree.nodes:
            return f"({tree.leaf_values[~child if child < 0 else 0]!r})"
        node = tree.nodes[child]
        value = f"x{node.feature}"
        if node.members is not None:
            holds = f"{value} in {self._set(node.members)}"
        elif node.missing_goes_left:
            holds = f"not {value} > {node.threshold!r}"
        else:
            holds = f"{value} <= {node.threshold!r}"
        return f"({self.branch(tree, node.left)} if {holds} else {self.branch(tree, node.right)})"

    def _set(self, members: frozenset[int]) -> str:
        name = self._names.setdefault(members, f"s{len(self._names)}")
        self.sets[name] = frozenset(map(float, members))
        return name
