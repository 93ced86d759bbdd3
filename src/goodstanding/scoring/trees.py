"""Gradient-boosted trees as an artefact: the native text of LightGBM, read without LightGBM.

The text is checked as a stranger's: sizes, links between nodes and numbers, before anything runs.
Format: LightGBM, src/io/tree.cpp (Tree::ToString) and gbdt_model_text.cpp.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from goodstanding.scoring.errors import ArtifactUnsafe
from goodstanding.scoring.types import Feature

FORMAT_VERSION = "v4"
MAX_TREES = 5_000
MAX_LEAVES = 1_024
MAX_CATEGORIES = 4_096
MAX_PATH_CELLS = 4_000_000
MAX_LOG_ODDS = 1_000.0
"""Of a leaf. Beyond 700 the outcome is certain; a huge one would swallow what the others add."""
_CATEGORICAL = 1
_DEFAULT_LEFT = 2
_MISSING_NONE, _MISSING_ZERO, _MISSING_NAN = 0, 1, 2


class Trees(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="trees",
    tag_field="kind",
):
    """Boosted trees for the log-odds of the bad outcome.

    `features` are in the order of the trees' columns. TEXT features enter as the position of the
    text among the feature's categories, BOOLEAN ones as 0 and 1.
    """

    id: str
    version: str
    features: tuple[Feature, ...]
    lightgbm_text: str


@dataclass(frozen=True, slots=True)
class Node:
    """A question. Numbers go left when <= threshold, categories when they are in `members`.

    Children >= 0 are nodes, the others are leaf ~child. `cover` is the training rows that came.
    """

    feature: int
    threshold: float
    members: frozenset[int] | None
    missing_goes_left: bool
    left: int
    right: int
    cover: float


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree; a tree of one leaf has no nodes."""

    nodes: tuple[Node, ...]
    leaf_values: tuple[float, ...]
    leaf_covers: tuple[float, ...]

    def cover_of(self, child: int) -> float:
        """Training rows that reached a node, or leaf ~child."""
        return self.nodes[child].cover if child >= 0 else self.leaf_covers[~child]


def parse_trees(body: Trees) -> tuple[Tree, ...]:
    """The trees of the native text, in order.

    Raises ArtifactUnsafe where the text is no binary model of constant leaves, names other
    columns than `features`, is too large, or its nodes do not form trees.
    """
    header, *sections = body.lightgbm_text.split("\nTree=")
    _check_header(_fields(header), header, body)
    if not 0 < len(sections) <= MAX_TREES:
        raise _unsafe(body, f"it has {len(sections)} trees")
    last, _, _ = sections[-1].partition("\nend of trees")
    try:
        trees = tuple(_tree(text, body) for text in (*sections[:-1], last))
    except (KeyError, ValueError, IndexError, OverflowError) as error:
        raise _unsafe(body, f"a tree cannot be read ({error})") from error
    leaves = sum(len(tree.leaf_values) for tree in trees)
    if leaves * len(body.features) > MAX_PATH_CELLS:
        raise _unsafe(body, f"{leaves} leaves of {len(body.features)} features are too many")
    return trees


def _unsafe(body: Trees, why: str) -> ArtifactUnsafe:
    return ArtifactUnsafe(source=f"model {body.id}", why=why)


def _fields(text: str) -> dict[str, str]:
    lines = (line.partition("=") for line in text.splitlines())
    return {key: value for key, equals, value in lines if equals}


def _check_header(fields: dict[str, str], header: str, body: Trees) -> None:
    if fields.get("version") != FORMAT_VERSION:
        raise _unsafe(body, f"its format is {fields.get('version')!r}, not {FORMAT_VERSION!r}")
    if fields.get("objective") != "binary sigmoid:1":
        raise _unsafe(body, f"its objective is {fields.get('objective')!r}, not a binary one")
    if "average_output" in header.splitlines() or fields.get("num_tree_per_iteration") != "1":
        raise _unsafe(body, "its trees are averaged or belong to several classes")
    names = [feature.name for feature in body.features]
    if fields.get("feature_names", "").split(" ") != names:
        raise _unsafe(body, "its columns are not the declared features")
    for feature in body.features:
        if not feature.is_known_type or len(feature.categories) > MAX_CATEGORIES:
            raise _unsafe(body, f"{feature.name} has a type or categories that trees cannot read")
        if (feature.type == "TEXT") != bool(feature.categories):
            raise _unsafe(body, f"{feature.name} must be TEXT with categories, or neither")


def _tree(text: str, body: Trees) -> Tree:
    fields = _fields(text)
    leaves = int(fields["num_leaves"])
    if not 1 <= leaves <= MAX_LEAVES or fields.get("is_linear", "0") != "0":
        raise ValueError("too many leaves, or leaves that are not constant")
    values = _floats(fields["leaf_value"], leaves)
    if any(abs(value) > MAX_LOG_ODDS for value in values):
        raise ValueError(f"a leaf is beyond {MAX_LOG_ODDS:,.0f} in log-odds")
    if leaves == 1:
        return Tree(nodes=(), leaf_values=values, leaf_covers=(1.0,))
    nodes = _nodes(fields, leaves - 1, body)
    covers = _floats(fields["leaf_count"], leaves)
    tree = Tree(nodes=nodes, leaf_values=values, leaf_covers=covers)
    _check_links(tree)
    return tree


def _nodes(fields: dict[str, str], count: int, body: Trees) -> tuple[Node, ...]:
    features = _ints(fields["split_feature"], count)
    kinds = _ints(fields["decision_type"], count)
    thresholds = _floats(fields["threshold"], count, endless=True)
    left, right = (_ints(fields[side], count) for side in ("left_child", "right_child"))
    covers = _floats(fields["internal_count"], count)
    sets = _category_sets(fields)
    nodes: list[Node] = []
    for at in range(count):
        feature = body.features[features[at]]
        categorical = bool(kinds[at] & _CATEGORICAL)
        if features[at] < 0 or categorical != (feature.type == "TEXT"):
            raise ValueError(f"{feature.name} is asked in another way than its type allows")
        nodes.append(
            Node(
                feature=features[at],
                threshold=math.nan if categorical else thresholds[at],
                members=_members(sets, thresholds[at]) if categorical else None,
                missing_goes_left=not categorical and _missing_left(kinds[at], thresholds[at]),
                left=left[at],
                right=right[at],
                cover=covers[at],
            )
        )
    return tuple(nodes)


def _members(sets: list[frozenset[int]], place: float) -> frozenset[int]:
    if not 0 <= place < len(sets):
        raise ValueError("a set of categories is not there")
    return sets[int(place)]


def _missing_left(kind: int, threshold: float) -> bool:
    """Where a missing number goes: by the learned default, or as 0 where none was learned."""
    handling = kind >> 2 & 3
    if handling == _MISSING_ZERO:
        raise ValueError("zero stands for missing, which is not supported")
    return bool(kind & _DEFAULT_LEFT) if handling == _MISSING_NAN else threshold >= 0


def _category_sets(fields: dict[str, str]) -> list[frozenset[int]]:
    if fields.get("num_cat", "0") == "0":
        return []
    bounds = [int(part) for part in fields["cat_boundaries"].split(" ")]
    words = [int(part) for part in fields["cat_threshold"].split(" ")]
    if len(words) > MAX_LEAVES * MAX_CATEGORIES // 32:
        raise ValueError("too many categories")
    return [
        frozenset(
            32 * place + bit
            for place, word in enumerate(words[start:stop])
            for bit in range(32)
            if word >> bit & 1
        )
        for start, stop in pairwise(bounds)
    ]


def _check_links(tree: Tree) -> None:
    """Every node and leaf hangs under exactly one earlier node, and covers add up."""
    children = [child for node in tree.nodes for child in (node.left, node.right)]
    expected = {*range(1, len(tree.nodes)), *(~leaf for leaf in range(len(tree.leaf_values)))}
    if len(children) != len(expected) or set(children) != expected:
        raise ValueError("its nodes do not form a tree")
    for at, node in enumerate(tree.nodes):
        if any(0 <= child <= at for child in (node.left, node.right)):
            raise ValueError("a node hangs under a later one")
        if node.cover <= 0 or tree.cover_of(node.left) + tree.cover_of(node.right) != node.cover:
            raise ValueError("the training rows of two branches do not add up")


def _ints(text: str, count: int) -> tuple[int, ...]:
    values = tuple(int(part) for part in text.split(" "))
    if len(values) != count:
        raise ValueError(f"{len(values)} entries where {count} belong")
    return values


def _floats(text: str, count: int, *, endless: bool = False) -> tuple[float, ...]:
    """Numbers; `endless` allows infinity, which as a threshold asks only "is it missing?"."""
    values = tuple(float(part) for part in text.split(" "))
    if len(values) != count or any(map(math.isnan, values)):
        raise ValueError(f"not {count} numbers")
    if not endless and not all(map(math.isfinite, values)):
        raise ValueError(f"not {count} finite numbers")
    return values
