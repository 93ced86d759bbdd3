"""Shapley values of trees with path-dependent expectations, exact, without LightGBM.

A leaf's value is paid when every feature on its path says yes. For a leaf with the features
1..D, let one_k be 1 where the record follows the path at feature k and 0 elsewhere, and zero_k
the share of training rows that follow it there. The leaf pays feature i

    value * (one_i - zero_i) * integral over q in [0, 1] of
        product over k != i of (zero_k + (one_k - zero_k) q)

which is Owen's multilinear extension of the game of Lundberg et al. (2020, algorithm 2). The
integrand is a polynomial of degree D - 1, so ceil(D / 2) Gauss-Legendre nodes integrate it
exactly. All leaves are computed at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goodstanding.scoring.trees import Node, Tree

Floats = NDArray[np.float64]


@dataclass(slots=True)
class _Slot:
    """What a path asks of one feature: an interval or a set, and what it does with missing."""

    feature: int
    zero: float = 1.0
    above: float = -np.inf
    up_to: float = np.inf
    allowed: frozenset[int] | None = None
    barred: frozenset[int] = frozenset()
    missing: bool = True

    def follow(self, node: Node, *, left: bool, share: float) -> "_Slot":
        """The slot after one more question about the same feature."""
        missing = self.missing and node.missing_goes_left == left
        zero, allowed, barred = self.zero * share, self.allowed, self.barred
        above, up_to = self.above, self.up_to
        if node.members is not None:
            if left:
                allowed = node.members if allowed is None else allowed & node.members
            else:
                barred |= node.members
        elif left:
            up_to = min(up_to, node.threshold)
        else:
            above = max(above, node.threshold)
        return _Slot(self.feature, zero, above, up_to, allowed, barred, missing)


class LeafTable:
    """Every leaf of every tree with what its path asks, as arrays (leaves x slots)."""

    def __init__(self, *, trees: Sequence[Tree], categories: Sequence[int]) -> None:
        """Lay out the leaves; `categories` is the number of known categories per feature."""
        paths = [path for tree in trees for path in _paths(tree)]
        width = max((len(slots) for slots, _ in paths), default=0) or 1
        self._n_features = len(categories)
        self._unknown = max(categories, default=0)
        self.values: Floats = np.array([value for _, value in paths])
        shape = (len(paths), width)
        self._feature = np.zeros(shape, dtype=np.intp)
        self._zero = np.ones(shape)
        self._above = np.full(shape, -np.inf)
        self._up_to = np.full(shape, np.inf)
        self._missing = np.ones(shape, dtype=bool)
        self._set = np.zeros(shape, dtype=np.intp)
        self._sets = [np.ones(self._unknown + 1, dtype=bool)]
        for at, (slots, _) in enumerate(paths):
            for place, slot in enumerate(slots):
                self._place(at, place, slot)
        self._set_table = np.array(self._sets)
        self._nodes, self._weights = _quadrature(width)
        self.baseline = float(np.sum(self.values * np.prod(self._zero, axis=1)))

    def _place(self, at: int, place: int, slot: _Slot) -> None:
        self._feature[at, place] = slot.feature
        self._zero[at, place] = slot.zero
        self._above[at, place], self._up_to[at, place] = slot.above, slot.up_to
        self._missing[at, place] = slot.missing
        if slot.allowed is not None or slot.barred:
            known = slot.allowed if slot.allowed is not None else range(self._unknown)
            mask = np.zeros(self._unknown + 1, dtype=bool)
            mask[[code for code in known if code not in slot.barred and code < self._unknown]] = (
                True
            )
            mask[self._unknown] = slot.missing
            self._set[at, place] = len(self._sets)
            self._sets.append(mask)

    def _follows(self, row: Floats) -> NDArray[np.bool_]:
        """Where the record says yes; padding always does."""
        value = row[self._feature]
        missing = np.isnan(value)
        inside = np.where(missing, self._missing, (value > self._above) & (value <= self._up_to))
        code = np.where(missing | (self._set == 0), self._unknown, value).astype(np.intp)
        return inside & self._set_table[self._set, np.minimum(code, self._unknown)]

    def margin(self, row: Floats) -> float:
        """Sum of the leaves reached, tree by tree: the native arithmetic."""
        reached = self._follows(row).all(axis=1)
        return float(np.add.accumulate(self.values[reached])[-1])

    def contributions(self, row: Floats) -> Floats:
        """What each feature adds to the margin above the baseline."""
        one = self._follows(row).astype(np.float64)
        gain = one - self._zero
        terms = self._zero[..., None] + gain[..., None] * self._nodes
        share = np.sum(_product_of_others(terms) * self._weights, axis=-1)
        paid = self.values[:, None] * gain * share
        total = np.zeros(self._n_features)
        np.add.at(total, self._feature, paid)
        return total


def _paths(tree: Tree) -> list[tuple[list[_Slot], float]]:
    """Each leaf's slots, one a feature, and its value; leaves in the order of the tree."""
    if not tree.nodes:
        return [([], tree.leaf_values[0])]
    found: dict[int, dict[int, _Slot]] = {}
    open_nodes: list[tuple[int, dict[int, _Slot]]] = [(0, {})]
    while open_nodes:
        at, slots = open_nodes.pop()
        node = tree.nodes[at]
        for child, left in ((node.left, True), (node.right, False)):
            before = slots.get(node.feature) or _Slot(node.feature)
            share = tree.cover_of(child) / node.cover
            extended = {**slots, node.feature: before.follow(node, left=left, share=share)}
            if child >= 0:
                open_nodes.append((child, extended))
            else:
                found[~child] = extended
    return [(list(found[leaf].values()), value) for leaf, value in enumerate(tree.leaf_values)]


def _product_of_others(terms: Floats) -> Floats:
    """Along axis 1, the product of all entries but one's own, without dividing."""
    ones = np.ones_like(terms[:, :1])
    before = np.cumprod(np.concatenate([ones, terms[:, :-1]], axis=1), axis=1)
    after = np.cumprod(np.concatenate([ones, terms[:, :0:-1]], axis=1), axis=1)[:, ::-1]
    return before * after


def _quadrature(degree: int) -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss((degree + 1) // 2)
    return (nodes + 1) / 2, weights / 2
