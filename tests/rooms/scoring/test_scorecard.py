"""The guide's worked scorecard, its declarations, and one answer live and in batch."""

from decimal import Decimal

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from goodstanding.scoring.card_runtime import ScorecardModel
from goodstanding.scoring.errors import (
    InputAbsent,
    InputOfWrongType,
    ReferenceNotDeclared,
    ScorecardInvalid,
)
from goodstanding.scoring.numbers import quantise_score, quantise_scores
from goodstanding.scoring.scale import Scale, round_points
from goodstanding.scoring.scorecard import (
    Band,
    Characteristic,
    Fixed,
    Group,
    Scorecard,
    Special,
    check_scorecard,
)
from goodstanding.scoring.types import Feature, MissingHandling, Model
from tests.rooms.scoring.cards import (
    GUIDE_APPLICANT,
    GUIDE_SCALE,
    TENURE,
    UTILISATION,
    guide_card,
)

SECTOR = Characteristic(
    id="sector",
    feature=Feature(
        name="sector", type="TEXT", missing=MissingHandling.OWN_BAND, categories=("44", "72")
    ),
    rank=5,
    reason="SECTOR",
    missing=Fixed(points=1),
    groups=(Group(values=("44", "45"), points=7), Group(values=("72",), points=2, reason="FOOD")),
    other=Fixed(points=4),
)
FRANCHISE = Characteristic(
    id="franchise",
    feature=Feature(name="franchise", type="BOOLEAN", missing=MissingHandling.OWN_BAND),
    rank=6,
    reason="FRANCHISE",
    missing=Fixed(points=0),
    groups=(Group(values=("TRUE",), points=9), Group(values=("FALSE",), points=3)),
)
RATE = Characteristic(
    id="rate",
    feature=Feature(name="rate", type="DOUBLE", missing=MissingHandling.OWN_BAND),
    rank=7,
    reason="RATE",
    missing=Fixed(points=0),
    bands=(
        Band(lower=None, upper=Decimal("0.1"), points=5),
        Band(lower=Decimal("0.1"), upper=None, points=8),
    ),
    special=(Special(values=(Decimal(-1),), points=1),),
    monotone="increasing",
)


def model_of(card: Scorecard) -> ScorecardModel:
    return ScorecardModel(card=card, sha256="0" * 64)


def test_the_scale_of_the_guide() -> None:
    assert GUIDE_SCALE.factor == pytest.approx(28.853901, abs=1e-6)
    assert GUIDE_SCALE.offset == pytest.approx(487.122876, abs=1e-6)
    assert GUIDE_SCALE.pd_at(560) == Decimal("0.074074")
    assert GUIDE_SCALE.pd_at(640) == Decimal("0.004975")


def test_rounded_points_win_over_the_rounded_sum() -> None:
    exact = [204.568, 170.838, 188.583]

    assert sum(map(round_points, exact)) == 565
    assert round_points(sum(exact)) == 564


def test_points_of_a_band_add_up_to_the_log_odds() -> None:
    scale = Scale(pdo=Decimal(20), score=Decimal(600), odds=Decimal(50))
    evidence = (0.4, -0.7, 1.1)

    points = [
        scale.points(weight_of_evidence=woe, slope=0.9, intercept=2.5, n=3) for woe in evidence
    ]

    assert -scale.log_odds_bad_at(sum(points)) == pytest.approx(0.9 * sum(evidence) + 2.5)


def test_the_guides_applicant_scores_541() -> None:
    model = model_of(guide_card())

    assert model.points(GUIDE_APPLICANT) == 541
    assert model.score(GUIDE_APPLICANT) == Decimal("0.133862")
    assert isinstance(model, Model)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("max", [("UTIL", 37), ("TENURE", 15), ("DISPUTE", 12)]),
        ("mean", [("UTIL", 25), ("DISPUTE", 6), ("TENURE", 3)]),
    ],
)
def test_reasons_depend_on_the_declared_reference(reference, expected) -> None:
    by_argument = model_of(guide_card()).reasons(GUIDE_APPLICANT, reference=reference)
    by_declaration = model_of(guide_card(reference=reference)).reasons(GUIDE_APPLICANT)

    assert [(reason.code, int(reason.points_lost)) for reason in by_argument] == expected
    assert by_declaration == by_argument


def test_characteristics_that_share_a_code_are_added_up() -> None:
    shared = msgspec.structs.replace(TENURE, reason="UTIL")
    others = guide_card().characteristics[1:]

    reasons = model_of(guide_card(characteristics=(shared, *others))).reasons(GUIDE_APPLICANT)

    assert [(reason.code, int(reason.points_lost)) for reason in reasons] == [
        ("UTIL", 52),
        ("DISPUTE", 12),
    ]
    assert reasons[0].characteristics == ("tenure_months", "utilisation")


def test_equal_losses_are_ordered_by_rank_and_cut_at_the_limit() -> None:
    twins = tuple(
        msgspec.structs.replace(TENURE, id=name, reason=name, rank=rank, feature=feature)
        for name, rank in (("b", 2), ("a", 2), ("z", 1), ("c", 3), ("d", 4))
        for feature in [Feature(name=name, type="INTEGER", missing=MissingHandling.OWN_BAND)]
    )
    model = model_of(guide_card(characteristics=twins))

    reasons = model.reasons(dict.fromkeys("abzcd", 12))

    assert [reason.code for reason in reasons] == ["z", "a", "b", "c"]


def test_a_band_may_name_a_reason_of_its_own() -> None:
    model = model_of(guide_card(characteristics=(SECTOR,)))

    assert [reason.code for reason in model.reasons({"sector": "72"})] == ["FOOD"]
    assert [reason.code for reason in model.reasons({"sector": "11"})] == ["SECTOR"]


@pytest.mark.parametrize(
    ("card", "record", "points"),
    [
        ((TENURE,), {"tenure_months": 11}, 10),
        ((TENURE,), {"tenure_months": 12}, 25),
        ((TENURE,), {"tenure_months": None}, 5),
        ((UTILISATION,), {"utilisation": Decimal("0.2999")}, 45),
        ((UTILISATION,), {"utilisation": Decimal("0.30")}, 30),
        ((UTILISATION,), {"utilisation": 1}, 8),
        ((SECTOR,), {"sector": "45"}, 7),
        ((SECTOR,), {"sector": "99"}, 4),
        ((SECTOR,), {"sector": None}, 1),
        ((FRANCHISE,), {"franchise": True}, 9),
        ((FRANCHISE,), {"franchise": None}, 0),
        ((RATE,), {"rate": 0.1}, 8),
        ((RATE,), {"rate": 0.09999999999999999}, 5),
        ((RATE,), {"rate": -1.0}, 1),
        ((RATE,), {"rate": float("nan")}, 0),
    ],
)
def test_a_value_falls_into_its_half_open_band(card, record, points) -> None:
    model = model_of(guide_card(base=0, characteristics=card, reference="max"))
    columns = {name: [value] for name, value in record.items()}

    assert model.points(record) == points
    if type(next(iter(record.values()))) is not float or record["rate"] == record["rate"]:
        assert list(model.points_many(columns)) == [points]


@pytest.mark.parametrize(
    ("card", "record"),
    [
        ((TENURE,), {"tenure_months": Decimal(12)}),
        ((TENURE,), {"tenure_months": True}),
        ((TENURE,), {"tenure_months": "12"}),
        ((UTILISATION,), {"utilisation": 0.5}),
        ((SECTOR,), {"sector": 44}),
        ((FRANCHISE,), {"franchise": 1}),
        ((RATE,), {"rate": Decimal("0.1")}),
    ],
)
def test_a_value_of_another_type_is_refused(card, record) -> None:
    model = model_of(guide_card(characteristics=card))

    with pytest.raises(InputOfWrongType, match=next(iter(record))):
        model.points(record)
    with pytest.raises(InputOfWrongType, match=next(iter(record))):
        model.points_many({name: [value] for name, value in record.items()})


def test_an_absent_input_is_refused_and_a_missing_one_is_not() -> None:
    model = model_of(guide_card(characteristics=(TENURE,)))

    assert model.points({"tenure_months": None}) == 435
    with pytest.raises(InputAbsent, match="tenure_months"):
        model.score({})
    with pytest.raises(InputAbsent, match="tenure_months"):
        model.score_many({"tenure": [1]})


def test_attributions_add_up_to_the_margin() -> None:
    model = model_of(guide_card())

    told = model.attributions(GUIDE_APPLICANT)

    assert told.baseline_name == "reference points (max)"
    assert [(item.feature, item.points_lost) for item in told.contributions] == [
        ("tenure_months", 15),
        ("dpd_max_12m", 0),
        ("utilisation", 37),
        ("disputed_share", 12),
    ]
    assert told.baseline + sum(item.log_odds for item in told.contributions) == pytest.approx(
        told.margin, abs=1e-12
    )
    assert quantise_score(1 / (1 + np.exp(-told.margin))) == model.score(GUIDE_APPLICANT)


def test_the_pd_table_covers_every_score() -> None:
    card = guide_card()

    table = card.pd_table()

    assert (min(table), max(table)) == card.score_range == (430 + 5 + 0 + 8 + 2, 605)
    assert table[541] == Decimal("0.133862")


def replaced(item: Characteristic, **changes: object) -> Characteristic:
    return msgspec.structs.replace(item, **changes)


@pytest.mark.parametrize(
    ("characteristic", "why"),
    [
        (replaced(TENURE, bands=()), "no bands"),
        (replaced(TENURE, bands=TENURE.bands[1:]), "no lower end"),
        (replaced(TENURE, bands=TENURE.bands[:2]), "no lower end"),
        (replaced(TENURE, bands=(TENURE.bands[0], TENURE.bands[2])), "do not meet"),
        (replaced(TENURE, bands=TENURE.bands[::-1]), "no lower end"),
        (replaced(TENURE, monotone="decreasing"), "rise somewhere"),
        (replaced(UTILISATION, monotone="increasing"), "fall somewhere"),
        (replaced(TENURE, groups=SECTOR.groups), "bands, not groups"),
        (replaced(SECTOR, bands=TENURE.bands), "groups, without bands"),
        (replaced(SECTOR, other=None), "declare `other`"),
        (replaced(SECTOR, groups=()), "empty"),
        (replaced(SECTOR, groups=(SECTOR.groups[0],) * 2), "name a value twice"),
        (replaced(FRANCHISE, groups=FRANCHISE.groups[:1]), "TRUE and FALSE"),
        (replaced(RATE, special=RATE.special * 2), "stands twice"),
        (replaced(TENURE, feature=replaced(TENURE.feature, type="TIMESTAMP")), "not a type"),
        (replaced(TENURE, feature=replaced(TENURE.feature, type="DECIMAL(3,9)")), "not a type"),
        (replaced(TENURE, feature=replaced(TENURE.feature, missing="refuse")), "band of its own"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(characteristic, why) -> None:
    with pytest.raises(ScorecardInvalid, match=why):
        check_scorecard(guide_card(characteristics=(characteristic,)))


def test_bounds_must_grow() -> None:
    bands = (
        Band(lower=None, upper=Decimal(36), points=1),
        Band(lower=Decimal(36), upper=Decimal(12), points=2),
        Band(lower=Decimal(12), upper=None, points=3),
    )

    with pytest.raises(ScorecardInvalid, match="do not grow"):
        check_scorecard(guide_card(characteristics=(replaced(TENURE, bands=bands),)))


def test_a_characteristic_stands_once_on_the_card() -> None:
    with pytest.raises(ScorecardInvalid, match="twice"):
        check_scorecard(guide_card(characteristics=(TENURE, TENURE)))


def test_a_reference_that_is_not_declared_is_refused() -> None:
    without = replaced(TENURE, mean_points=None)

    with pytest.raises(ReferenceNotDeclared, match="mean"):
        check_scorecard(guide_card(characteristics=(without,), reference="mean"))
    with pytest.raises(ReferenceNotDeclared, match="neutral"):
        model_of(guide_card()).reasons(GUIDE_APPLICANT, reference="neutral")


WHOLE = (TENURE, UTILISATION, SECTOR, FRANCHISE, RATE)
RECORDS = st.fixed_dictionaries(
    {
        "tenure_months": st.none() | st.integers(-(2**63), 2**63 - 1),
        "utilisation": st.none()
        | st.decimals("-99.99", "99.99", places=2)
        | st.sampled_from([Decimal("0.30"), Decimal("0.80")]),
        "sector": st.none() | st.sampled_from(["44", "45", "72", "", "é"]),
        "franchise": st.none() | st.booleans(),
        "rate": st.none() | st.floats(allow_infinity=True) | st.sampled_from([0.1, -1.0, -0.0]),
    }
)
SCHEMA = {
    "tenure_months": pl.Int64,
    "utilisation": pl.Decimal(5, 2),
    "sector": pl.String,
    "franchise": pl.Boolean,
    "rate": pl.Float64,
}


@given(st.lists(RECORDS, max_size=12))
def test_live_and_batch_give_the_same_score(records) -> None:
    model = model_of(guide_card(characteristics=WHOLE))

    table = pl.DataFrame(records, schema=SCHEMA)

    assert model.score_many(table).to_list() == [model.score(record) for record in records]
    assert model.score_many(table.slice(1)).to_list() == [
        model.score(record) for record in records[1:]
    ]


@given(RECORDS)
@example(dict.fromkeys(SCHEMA) | {"utilisation": Decimal("0.80"), "rate": -1.0})
def test_values_in_units_score_as_the_record_does(record) -> None:
    rare = Special(values=(Decimal("-0.01"), Decimal("0.305")), points=77)
    watched = replaced(UTILISATION, special=(rare,))
    model = model_of(guide_card(characteristics=(TENURE, watched, SECTOR, FRANCHISE, RATE)))
    scaled = record["utilisation"]
    units = record | {"utilisation": None if scaled is None else int(scaled.scaleb(2))}

    found = model.scorer_of_units([0, 2, 0, 0, 0])(*(units[name] for name in SCHEMA))

    assert found == int(model.score(record).scaleb(6))


def test_units_of_more_digits_than_a_context_holds_are_searched_exactly() -> None:
    wide = replaced(UTILISATION, feature=replaced(UTILISATION.feature, type="DECIMAL(38,37)"))
    model = model_of(guide_card(characteristics=(wide,)))
    of_units = model.scorer_of_units([37])

    below, at = of_units(3 * 10**36 - 1), of_units(3 * 10**36)

    assert below == int(model.score({"utilisation": Decimal("0.29")}).scaleb(6))
    assert at == int(model.score({"utilisation": Decimal("0.30")}).scaleb(6)) != below


def test_a_column_without_any_value_is_missing_everywhere() -> None:
    model = model_of(guide_card(characteristics=WHOLE))

    empty = {name: [None, None, None] for name in SCHEMA}

    assert list(model.points_many(empty)) == [model.points(dict.fromkeys(SCHEMA))] * 3


def test_a_wide_decimal_is_searched_exactly() -> None:
    wide = replaced(UTILISATION, feature=replaced(UTILISATION.feature, type="DECIMAL(38,20)"))
    model = model_of(guide_card(base=0, characteristics=(wide,)))
    just_below = Decimal("0.29999999999999999999")

    column = pl.Series([just_below, Decimal("0.30"), None], dtype=pl.Decimal(38, 20))

    assert list(model.points_many({"utilisation": column})) == [45, 30, 15]


@given(st.lists(st.floats(0, 1) | st.sampled_from([0.0000005, 0.1234565, 0.9999995, 1e-300])))
def test_a_column_of_scores_is_rounded_like_each_of_them(values) -> None:
    together = quantise_scores(np.array(values, dtype=np.float64)).to_list()

    assert together == [quantise_score(value) for value in values]
