"""Boosted trees: one answer native, live and in batch; attributions add up; text is untrusted."""

import math
from decimal import Decimal

import msgspec
import numpy as np
import onnx
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from goodstanding.scoring.artifact import encode_artifact, load_artifact
from goodstanding.scoring.errors import (
    ArtifactUnsafe,
    InputAbsent,
    InputMissing,
    InputOfWrongType,
)
from goodstanding.scoring.numbers import millionths_nearly, quantise_score
from goodstanding.scoring.tree_runtime import TreesModel
from goodstanding.scoring.tree_walk import walk_of
from goodstanding.scoring.trees import Node, Tree, parse_trees
from goodstanding.scoring.types import MissingHandling, Model
from tests.rooms.scoring.forests import FEATURES, as_frame, draw_matrix, forest_body, grown

SHAPES = [(2, 3), (4, 40), (7, 25), (31, 10)]


def model_of(booster) -> TreesModel:
    return TreesModel(body=forest_body(booster), sha256="0" * 64)


@pytest.mark.parametrize(("leaves", "trees"), SHAPES)
def test_onnx_repeats_the_native_margin_bit_for_bit(leaves, trees) -> None:
    booster = grown(leaves, trees)
    matrix = draw_matrix(3_000, seed=9)

    margins = model_of(booster).margins(as_frame(matrix))

    assert np.array_equal(margins, booster.predict(matrix, raw_score=True))


def test_values_on_and_beside_every_threshold_go_the_native_way() -> None:
    booster = grown()
    model = model_of(booster)
    walk = walk_of(parse_trees(model.body), n_features=len(FEATURES))
    assert walk is not None
    matrix = draw_matrix(1, seed=3)
    rows = []
    for tree in parse_trees(model.body):
        for node in tree.nodes:
            if node.members is None:
                for value in (
                    node.threshold,
                    np.nextafter(node.threshold, np.inf),
                    np.nextafter(node.threshold, -np.inf),
                ):
                    row = matrix[0].copy()
                    row[node.feature] = value
                    rows.append(row)

    margins = model._margins(np.array(rows))

    assert np.array_equal(margins, booster.predict(np.array(rows), raw_score=True))
    assert np.array_equal(margins, [walk(row) for row in rows])


@pytest.mark.parametrize(("leaves", "trees"), SHAPES)
def test_few_trees_are_asked_one_by_one_and_say_the_same_to_the_bit(leaves, trees) -> None:
    booster = grown(leaves, trees)
    matrix = draw_matrix(2_000, seed=13)
    walk = walk_of(parse_trees(forest_body(booster)), n_features=len(FEATURES))

    assert walk is not None
    found = [walk(row) for row in matrix.tolist()]
    assert np.array_equal(found, booster.predict(matrix, raw_score=True))


def test_many_or_deep_trees_stay_with_the_graph() -> None:
    many, deep = (parse_trees(forest_body(grown(*shape))) for shape in ((31, 60), (40, 2)))

    assert walk_of(many, n_features=len(FEATURES)) is None
    assert walk_of(deep, n_features=len(FEATURES)) is None
    frame = as_frame(draw_matrix(50, seed=17))
    model = model_of(grown(31, 60))
    one_by_one = [model.score(record) for record in frame.iter_rows(named=True)]
    assert one_by_one == model.score_many(frame).to_list()


def test_a_split_at_infinity_asks_only_whether_there_is_a_value() -> None:
    nodes = (Node(0, math.inf, None, False, ~0, ~1, 2.0),)
    tree = Tree(nodes, leaf_values=(-0.5, 0.25), leaf_covers=(1.0, 1.0))
    alone = Tree((), leaf_values=(1.0,), leaf_covers=(1.0,))

    walk = walk_of([tree, alone], n_features=1)

    assert walk is not None
    assert [walk([value]) for value in (1e308, -math.inf, math.nan)] == [0.5, 0.5, 1.25]


def test_live_and_batch_give_the_same_score() -> None:
    model = model_of(grown())
    frame = as_frame(draw_matrix(500, seed=11))

    together = model.score_many(frame)

    assert together.dtype == pl.Decimal(9, 6)
    assert together.to_list() == [model.score(record) for record in frame.iter_rows(named=True)]
    assert model.score_many(frame.slice(7, 1)).to_list() == together.to_list()[7:8]
    assert model.score_many(frame.clear()).to_list() == []


def test_values_in_units_score_as_the_record_does() -> None:
    model = model_of(grown())
    frame = as_frame(draw_matrix(500, seed=12))
    of_units = model.scorer_of_units([2, 0, 0, 0, 0])

    for amount, *others in frame.iter_rows():
        record = dict(zip(frame.columns, [amount, *others], strict=True))

        assert of_units(int(amount.scaleb(2)), *others) == int(model.score(record).scaleb(6))


def test_values_in_units_are_refused_where_the_record_is() -> None:
    of_units = model_of(grown()).scorer_of_units([2, 0, 0, 0, 0])

    with pytest.raises(InputMissing, match="amount"):
        of_units(None, 3, 0.5, False, "OH")


@given(st.floats(0, 1), st.floats(-4e-16, 4e-16))
@example(0.1234565, 1e-16)
@example(0.0000005, -1e-20)
@example(1.0, 0.0)
def test_a_score_off_by_its_last_bits_rounds_as_the_exact_one(value, off) -> None:
    nearly = min(max(value + off * value, 0.0), 1.0)

    found = millionths_nearly(nearly, exact=lambda: value)

    assert found == int(quantise_score(value).scaleb(6))


@pytest.mark.parametrize(("leaves", "trees"), SHAPES)
def test_contributions_are_those_of_the_native_library(leaves, trees) -> None:
    booster = grown(leaves, trees)
    model = model_of(booster)
    matrix = draw_matrix(60, seed=21)
    native = booster.predict(matrix, pred_contrib=True)

    for record, expected in zip(as_frame(matrix).iter_rows(named=True), native, strict=True):
        told = model.attributions(record)

        ours = [item.log_odds for item in told.contributions]
        assert [item.feature for item in told.contributions] == [item.name for item in FEATURES]
        assert np.allclose([*ours, told.baseline], expected, rtol=0, atol=1e-9)
        assert told.baseline + sum(ours) == pytest.approx(told.margin, abs=1e-9)
        assert quantise_score(float(1 / (1 + np.exp(-told.margin)))) == model.score(record)


def test_the_graph_is_valid_onnx_with_both_outputs() -> None:
    model = model_of(grown())

    graph = onnx.load_from_string(model.onnx_bytes)

    onnx.checker.check_model(graph)
    assert [node.op_type for node in graph.graph.node] == ["TreeEnsemble", "Sigmoid"]
    assert [output.name for output in graph.graph.output] == ["margin", "pd"]


def test_trees_survive_their_file() -> None:
    content = encode_artifact(forest_body(grown()))

    model = load_artifact(content)

    assert isinstance(model, Model)
    assert model.kind == "trees"
    assert model.features == FEATURES
    assert encode_artifact(forest_body(grown())) == content


RECORD: dict[str, object] = {
    "amount": Decimal("50000.00"),
    "employees": 3,
    "rate": 0.1,
    "new": True,
    "state": "S07",
}


@pytest.mark.parametrize(
    ("changes", "same_as"),
    [
        ({"amount": 50000}, {}),
        ({"state": "unknown"}, {"state": None}),
        ({"rate": float("nan")}, {"rate": None}),
        ({"rate": float("inf")}, {"rate": None}),
    ],
)
def test_values_that_mean_the_same_score_the_same(changes, same_as) -> None:
    model = model_of(grown())

    assert model.score({**RECORD, **changes}) == model.score({**RECORD, **same_as})
    assert model.score_many({key: [value] for key, value in {**RECORD, **changes}.items()})[
        0
    ] == model.score({**RECORD, **same_as})


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": None}, InputMissing),
        ({"amount": 5.0}, InputOfWrongType),
        ({"employees": Decimal(3)}, InputOfWrongType),
        ({"new": 1}, InputOfWrongType),
        ({"rate": 1}, InputOfWrongType),
        ({"state": 7}, InputOfWrongType),
    ],
)
def test_a_value_that_the_model_cannot_read_is_refused(changes, refusal) -> None:
    model = model_of(grown())
    record = {**RECORD, **changes}

    with pytest.raises(refusal, match=next(iter(changes))):
        model.score(record)
    with pytest.raises(refusal, match=next(iter(changes))):
        model.score_many({name: [value] for name, value in record.items()})


def test_an_absent_input_is_refused() -> None:
    model = model_of(grown())
    record = {name: value for name, value in RECORD.items() if name != "new"}

    with pytest.raises(InputAbsent, match="new"):
        model.score(record)
    with pytest.raises(InputAbsent, match="new"):
        model.score_many({name: [value] for name, value in record.items()})


def test_an_unknown_text_is_no_gap_for_a_feature_that_refuses_gaps() -> None:
    strict = tuple(
        msgspec.structs.replace(item, missing=MissingHandling.REFUSE)
        if item.name == "state"
        else item
        for item in FEATURES
    )
    model = TreesModel(body=forest_body(grown(), features=strict), sha256="0" * 64)
    unknown = {name: [value] for name, value in {**RECORD, "state": "elsewhere"}.items()}

    assert model.score_many(unknown)[0] == model.score({**RECORD, "state": "elsewhere"})
    with pytest.raises(InputMissing, match="state"):
        model.score_many({**unknown, "state": [None]})


def rewritten(old: str, new: str) -> str:
    text = grown().model_to_string()
    assert old in text
    return text.replace(old, new, 1)


def line_of(name: str) -> str:
    return next(
        line for line in grown().model_to_string().splitlines() if line.startswith(f"{name}=")
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "format"),
        (rewritten("version=v4", "version=v5"), "format"),
        (rewritten("objective=binary sigmoid:1", "objective=regression"), "objective"),
        (rewritten("objective=binary", "average_output\nobjective=binary"), "averaged"),
        (rewritten("num_tree_per_iteration=1", "num_tree_per_iteration=3"), "several classes"),
        (rewritten("feature_names=amount", "feature_names=total"), "declared features"),
        (rewritten("num_leaves=7", "num_leaves=999999999"), "too many leaves"),
        (rewritten("num_leaves=7", "num_leaves=6"), "cannot be read"),
        (rewritten("is_linear=0", "is_linear=1"), "constant"),
        (rewritten("leaf_value=", "leaf_value=nan "), "not 7 numbers"),
        (rewritten("split_feature=", "split_feature=99 "), "cannot be read"),
        (rewritten(line_of("left_child"), "left_child=0 0 0 0 0 0"), "form a tree"),
        (rewritten(line_of("internal_count"), "internal_count=1 1 1 1 1 1"), "add up"),
        (rewritten(line_of("decision_type"), "decision_type=4 4 4 4 4 4"), "zero stands|asked in"),
        (grown().model_to_string().split("\nTree=")[0], "it has 0 trees"),
    ],
)
def test_text_that_is_no_model_of_ours_is_refused(text, why) -> None:
    with pytest.raises(ArtifactUnsafe, match=why):
        encode_artifact(forest_body(grown(), lightgbm_text=text))


LINES = grown(4, 5).model_to_string().split("\n")


def test_a_leaf_that_would_swallow_the_others_is_refused() -> None:
    first = next(line for line in LINES if line.startswith("leaf_value="))
    text = "\n".join(LINES).replace(first, "leaf_value=1e20 0.1 0.1 0.1")

    with pytest.raises(ArtifactUnsafe, match="a leaf is beyond 1,000 in log-odds"):
        encode_artifact(forest_body(grown(4, 5), lightgbm_text=text))


@given(st.integers(0, len(LINES) - 1), st.data())
def test_changed_text_is_refused_or_still_scores(at, data) -> None:
    name, equals, value = LINES[at].partition("=")
    parts = value.split(" ")
    place = data.draw(st.integers(0, len(parts) - 1))
    parts[place] = data.draw(
        st.sampled_from(["", "-1", "0", "7", "1e400", "-inf", "nan", "99999999999999999999", "x"])
    )
    changed = name + equals + " ".join(parts) if equals else data.draw(st.text(max_size=5))
    text = "\n".join([*LINES[:at], changed, *LINES[at + 1 :]])

    try:
        model = TreesModel(body=forest_body(grown(4, 5), lightgbm_text=text), sha256="0" * 64)
    except ArtifactUnsafe:
        return

    told = model.attributions(RECORD)
    assert 0 <= model.score(RECORD) <= 1
    assert told.baseline + sum(item.log_odds for item in told.contributions) == pytest.approx(
        told.margin, rel=1e-6, abs=1e-6
    )


def test_trees_too_large_to_explain_are_refused(monkeypatch) -> None:
    monkeypatch.setattr("goodstanding.scoring.trees.MAX_PATH_CELLS", 100)

    with pytest.raises(ArtifactUnsafe, match="too many"):
        encode_artifact(forest_body(grown()))


def test_declared_types_and_categories_must_belong_together() -> None:
    without = tuple(msgspec.structs.replace(item, categories=()) for item in FEATURES)

    with pytest.raises(ArtifactUnsafe, match="TEXT with categories"):
        encode_artifact(forest_body(grown(), features=without))


def test_a_tree_of_one_leaf_is_a_constant() -> None:
    text = grown(2, 3).model_to_string()
    head, tail = text.split("\nTree=1\n")[0], text.split("\nend of trees")[1]
    only_leaf = "\nTree=1\nnum_leaves=1\nnum_cat=0\nleaf_value=0.25\nshrinkage=1\n\n"

    model = TreesModel(
        body=forest_body(grown(), lightgbm_text=head + only_leaf + "\nend of trees" + tail),
        sha256="0" * 64,
    )
    first = TreesModel(
        body=forest_body(grown(), lightgbm_text=head + "\n\nend of trees" + tail), sha256="0" * 64
    )

    frame = as_frame(draw_matrix(5, seed=2))
    assert np.allclose(model.margins(frame) - first.margins(frame), 0.25, atol=1e-12)
    told = model.attributions(frame.row(0, named=True))
    assert told.baseline + sum(item.log_odds for item in told.contributions) == pytest.approx(
        told.margin
    )
