"""The ONNX graph of parsed trees, written from the trees each time they are loaded.

An artefact therefore carries no ONNX that would have to be trusted, and the graph that scores
cannot differ from the trees that explain. All numbers are doubles (operator TreeEnsemble,
ai.onnx.ml version 5), so the graph repeats the native arithmetic exactly.

ONNX is a protocol-buffer format (https://protobuf.dev/programming-guides/encoding/). The `onnx`
package is needed for training alone, and the few messages used here are written directly.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from goodstanding.scoring.trees import Tree

_IR_VERSION, _OPSET, _ML_OPSET = 10, 19, 5
_UINT8, _DOUBLE = 2, 11
_ATTRIBUTE_INT, _ATTRIBUTE_TENSOR, _ATTRIBUTE_INTS = 2, 4, 7
_LESS_OR_EQUAL, _MEMBER = 0, 6
_SUM, _NO_TRANSFORM = 1, 0


def onnx_graph(*, trees: Sequence[Tree], n_features: int, name: str) -> bytes:
    """An ONNX model with input `features` (rows x n_features, double).

    Outputs: `margin`, the log-odds of the bad outcome, and `pd`, its probability, both rows x 1.
    """
    columns = _Columns()
    for tree in trees:
        columns.add(tree)
    ensemble = _node(
        "TreeEnsemble",
        domain="ai.onnx.ml",
        ends=("features", "margin"),
        attributes=columns.attributes(),
    )
    sigmoid = _node("Sigmoid", domain="", ends=("margin", "pd"), attributes=())
    graph = b"".join(
        [
            _bytes(1, ensemble),
            _bytes(1, sigmoid),
            _text(2, name),
            _bytes(11, _value("features", n_features)),
            _bytes(12, _value("margin", 1)),
            _bytes(12, _value("pd", 1)),
        ]
    )
    opsets = (_int(2, _OPSET), _text(1, "ai.onnx.ml") + _int(2, _ML_OPSET))
    return b"".join(
        [
            _int(1, _IR_VERSION),
            _text(2, "goodstanding"),
            _bytes(7, graph),
            *(_bytes(8, opset) for opset in opsets),
        ]
    )


@dataclass
class _Columns:
    """The attributes of TreeEnsemble: parallel lists over all nodes and all leaves."""

    roots: list[int] = field(default_factory=list[int])
    features: list[int] = field(default_factory=list[int])
    modes: list[int] = field(default_factory=list[int])
    splits: list[float] = field(default_factory=list[float])
    missing_true: list[int] = field(default_factory=list[int])
    true_ids: list[int] = field(default_factory=list[int])
    true_leaves: list[int] = field(default_factory=list[int])
    false_ids: list[int] = field(default_factory=list[int])
    false_leaves: list[int] = field(default_factory=list[int])
    members: list[float] = field(default_factory=list[float])
    weights: list[float] = field(default_factory=list[float])

    def add(self, tree: Tree) -> None:
        """Append a tree; a lone leaf becomes a question with the same answer on both sides."""
        first_node, first_leaf = len(self.modes), len(self.weights)
        self.roots.append(first_node)
        self.weights.extend(tree.leaf_values)
        if not tree.nodes:
            self._question(0, _LESS_OR_EQUAL, 0.0, missing_true=True)
            self._children(-1, -1, first_node, first_leaf)
        for node in tree.nodes:
            if node.members is None:
                missing_true = node.missing_goes_left
                self._question(
                    node.feature, _LESS_OR_EQUAL, node.threshold, missing_true=missing_true
                )
            else:
                self._question(node.feature, _MEMBER, 0.0, missing_true=False)
                self.members.extend([*map(float, sorted(node.members)), float("nan")])
            self._children(node.left, node.right, first_node, first_leaf)

    def _question(self, feature: int, mode: int, split: float, *, missing_true: bool) -> None:
        self.features.append(feature)
        self.modes.append(mode)
        self.splits.append(split)
        self.missing_true.append(int(missing_true))

    def _children(self, left: int, right: int, first_node: int, first_leaf: int) -> None:
        for child, ids, leaves in (
            (left, self.true_ids, self.true_leaves),
            (right, self.false_ids, self.false_leaves),
        ):
            ids.append(first_node + child if child >= 0 else first_leaf + ~child)
            leaves.append(int(child < 0))

    def attributes(self) -> Iterable[bytes]:
        """The attributes in the order of their names."""
        yield _int_attribute("aggregate_function", _SUM)
        yield _ints_attribute("leaf_targetids", [0] * len(self.weights))
        yield _tensor_attribute("leaf_weights", _doubles(self.weights))
        if self.members:
            yield _tensor_attribute("membership_values", _doubles(self.members))
        yield _int_attribute("n_targets", 1)
        yield _ints_attribute("nodes_falseleafs", self.false_leaves)
        yield _ints_attribute("nodes_falsenodeids", self.false_ids)
        yield _ints_attribute("nodes_featureids", self.features)
        yield _ints_attribute("nodes_missing_value_tracks_true", self.missing_true)
        yield _tensor_attribute("nodes_modes", _tensor(_UINT8, len(self.modes), bytes(self.modes)))
        yield _tensor_attribute("nodes_splits", _doubles(self.splits))
        yield _ints_attribute("nodes_trueleafs", self.true_leaves)
        yield _ints_attribute("nodes_truenodeids", self.true_ids)
        yield _int_attribute("post_transform", _NO_TRANSFORM)
        yield _ints_attribute("tree_roots", self.roots)


def _node(op: str, *, domain: str, ends: tuple[str, str], attributes: Iterable[bytes]) -> bytes:
    given, made = ends
    parts = [_text(1, given), _text(2, made), _text(4, op)]
    parts.extend(_bytes(5, attribute) for attribute in attributes)
    return b"".join([*parts, _text(7, domain)])


def _value(name: str, width: int) -> bytes:
    """A ValueInfoProto: doubles, any number of rows, `width` columns."""
    rows, columns = _bytes(1, _text(2, "rows")), _bytes(1, _int(1, width))
    tensor = _int(1, _DOUBLE) + _bytes(2, rows + columns)
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _int_attribute(name: str, value: int) -> bytes:
    return _text(1, name) + _int(3, value) + _int(20, _ATTRIBUTE_INT)


def _ints_attribute(name: str, values: Iterable[int]) -> bytes:
    repeated = b"".join(_int(8, value) for value in values)
    return _text(1, name) + repeated + _int(20, _ATTRIBUTE_INTS)


def _tensor_attribute(name: str, tensor: bytes) -> bytes:
    return _text(1, name) + _bytes(5, tensor) + _int(20, _ATTRIBUTE_TENSOR)


def _doubles(values: Sequence[float]) -> bytes:
    return _tensor(_DOUBLE, len(values), struct.pack(f"<{len(values)}d", *values))


def _tensor(kind: int, length: int, raw: bytes) -> bytes:
    return _int(1, length) + _int(2, kind) + _bytes(9, raw)


def _int(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _text(number: int, value: str) -> bytes:
    return _bytes(number, value.encode())


def _bytes(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
