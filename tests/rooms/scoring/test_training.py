"""Training on a small invented file: what is read, what is refused, what is reproduced."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from goodstanding.scoring.artifact import load_artifact
from goodstanding.scoring.card_runtime import ScorecardModel
from goodstanding.scoring.training.errors import (
    InputNotKnownAtDecision,
    InputTooGood,
    RecipeInvalid,
    SignReversed,
    SourceUnreadable,
)
from goodstanding.scoring.training.recipe import load_recipe
from goodstanding.scoring.training.run import train
from goodstanding.scoring.training.source import fingerprint, read_source, sample_of
from goodstanding.scoring.training.types import Trained
from goodstanding.scoring.tree_runtime import TreesModel
from goodstanding.scoring.types import MissingHandling
from goodstanding.validation import development

SOURCE: dict[str, object] = {
    "name": "invented loans",
    "file": "loans.csv",
    "licence": "invented",
    "key": "id",
    "columns": {
        "approved_on": {"kind": "date", "source": "approved", "format": "%Y-%m-%d"},
        "amount": {"kind": "money", "source": "amount"},
        "share": {"kind": "share", "source": "covered", "of": "amount"},
        "employees": {"kind": "integer", "source": "staff"},
        "new": {"kind": "truth", "source": "new", "true": ["2"], "false": ["1"]},
        "chain": {"kind": "truth", "source": "chain", "false": ["0"], "otherwise": True},
        "sector": {"kind": "text", "source": "code", "first": 2, "missing": ["0"]},
        "lost_on": {"kind": "date", "source": "lost", "format": "%d-%b-%y"},
        "term": {"kind": "integer", "source": "term"},
        "status": {"kind": "text", "source": "status"},
    },
    "known_at_decision": ["approved_on", "amount", "share", "employees", "new", "chain", "sector"],
    "written_later": {"term": "rewritten after default"},
    "label": {
        "start_on": "approved_on",
        "event_on": "lost_on",
        "status": "status",
        "good_status": ["paid"],
        "months": 36,
        "said": "lost within 36 months",
    },
    "left_out_rows": {},
    "ceiling_auc": 0.75,
}
RECIPE: dict[str, object] = {
    "id": "small",
    "version": "1",
    "purpose": "a test",
    "data": "small.data.yaml",
    "train": {"since": dt.date(2004, 1, 1), "until": dt.date(2004, 12, 31)},
    "test": {"since": dt.date(2005, 1, 1), "until": dt.date(2005, 12, 31)},
    "seed": 7,
    "inputs": {
        "amount": {"reason_code": "AMOUNT"},
        "employees": {"risk": "falls", "reason_code": "SIZE"},
        "chain": {},
        "sector": {},
    },
    "inputs_left_out": {"approved_on": "a date", "share": "not here", "new": "not here"},
    "scorecard": {
        "pdo": "20",
        "score": "600",
        "odds": "10",
        "reference": "max",
        "max_bands": 5,
        "min_band_share": 0.05,
        "rare_text_share": 0.05,
    },
}
TREES = {
    "trees": 20,
    "leaves": 4,
    "learning_rate": 0.1,
    "min_rows_in_leaf": 20,
    "l2": 1.0,
    "min_rows_per_text": 20,
    "text_smoothing": 10.0,
}


def invented_loans(rows: int = 1500) -> pl.DataFrame:
    """Loans whose risk depends on amount, staff, chain and sector; `term` knows the outcome."""
    random = np.random.default_rng(12)
    amount = random.integers(1_000, 200_000, rows)
    staff = random.integers(1, 40, rows)
    chain, sector = random.integers(0, 2, rows), random.choice(["11", "22", "33"], rows)
    margin = -1.5 + amount / 100_000 - staff / 20 - 0.7 * chain + 0.8 * (sector == "33")
    bad = random.random(rows) < 1 / (1 + np.exp(-margin))
    approved = [dt.date(2004 + at % 2, 1 + at % 12, 1 + at % 28) for at in range(rows)]
    lost = [
        (day + dt.timedelta(days=300)).strftime("%d-%b-%y").lstrip("0") if gone else None
        for day, gone in zip(approved, bad, strict=True)
    ]
    return pl.DataFrame(
        {
            "id": [f"L{at:05d}" for at in range(rows)],
            "approved": [day.isoformat() for day in approved],
            "amount": amount,
            "covered": amount // 2,
            "staff": staff,
            "new": random.choice(["1", "2"], rows),
            "chain": chain,
            "code": [f"{code}1234" for code in sector],
            "lost": lost,
            "term": np.where(bad, 37, 60),
            "status": ["gone" if gone else "paid" for gone in bad],
        }
    )


class Bench:
    """A folder with the file, its mapping and a recipe, each with changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write_loans(invented_loans())
        self.write_source()

    def write_loans(self, loans: pl.DataFrame) -> None:
        loans.write_csv(self.folder / "loans.csv")

    def write_source(self, **changes: object) -> None:
        text = yaml.safe_dump({**SOURCE, **changes}, sort_keys=False)
        (self.folder / "small.data.yaml").write_text(text)

    def recipe(self, **changes: object) -> Path:
        path = self.folder / "small.recipe.yaml"
        path.write_text(yaml.safe_dump({**RECIPE, **changes}, sort_keys=False))
        return path

    def train(self, *, leakage_allowed: bool = False, **changes: object) -> Trained:
        return train(
            recipe_path=self.recipe(**changes),
            data_folder=self.folder,
            evidence=development,
            leakage_allowed=leakage_allowed,
        )


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def with_term(**changes: object) -> dict[str, object]:
    inputs = {**RECIPE["inputs"], "term": {}}  # type: ignore[dict-item]
    return {"inputs": inputs, "scorecard": None, "trees": TREES, **changes}


def test_an_input_written_after_the_decision_is_refused(bench) -> None:
    with pytest.raises(InputNotKnownAtDecision, match=r"term \(rewritten after default\)"):
        bench.train(**with_term())


def test_a_demonstration_of_leakage_needs_the_flag_a_reason_and_a_name(bench) -> None:
    reason = "to show what a validator finds"

    with pytest.raises(InputNotKnownAtDecision):
        bench.train(**with_term(id="small_demo", demonstration=reason))
    with pytest.raises(RecipeInvalid, match="written reason"):
        bench.train(leakage_allowed=True, **with_term(id="small_demo"))
    with pytest.raises(RecipeInvalid, match="end with _demo"):
        bench.train(leakage_allowed=True, **with_term(demonstration=reason))
    shown = bench.train(leakage_allowed=True, **with_term(id="small_demo", demonstration=reason))

    assert shown.card["demonstration"] == {"reason": reason, "late_inputs": ["term"]}
    late = [item["name"] for item in shown.card["inputs"] if not item["known_at_decision"]]
    assert late == ["term"]


def test_an_input_that_alone_ranks_too_well_needs_a_written_reason(bench) -> None:
    known = [*SOURCE["known_at_decision"], "term"]  # type: ignore[misc]
    bench.write_source(known_at_decision=known)

    with pytest.raises(InputTooGood, match=r"term \(AUC 1.000\)"):
        bench.train(**with_term())
    explained = bench.train(**with_term(reasons_for_strong_inputs={"term": "agreed beforehand"}))

    told = next(item for item in explained.card["inputs"] if item["name"] == "term")
    assert told["auc_alone"] == 1.0
    assert told["reason_above_ceiling"] == "agreed beforehand"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"trees": TREES}, "a scorecard or for trees"),
        ({"scorecard": None}, "a scorecard or for trees"),
        ({"inputs": {"colour": {}}}, "no column is mapped for colour"),
        ({"inputs_left_out": {}}, "say why these are left out"),
        ({"test": RECIPE["train"]}, "must follow"),
        (
            {"train": {"since": dt.date(2004, 2, 1), "until": dt.date(2004, 1, 1)}},
            "ends before it begins",
        ),
        ({"surprise": 1}, "surprise"),
        ({"seed": "seven"}, "seed"),
        ({"data": "gone.yaml"}, "there is no file"),
        ({"inputs": {**RECIPE["inputs"], "employees": {"risk": "rises"}}}, "separates nothing"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(bench, changes, why) -> None:
    with pytest.raises(RecipeInvalid, match=why):
        bench.train(**changes)


def test_an_input_that_counts_against_its_evidence_is_refused(bench) -> None:
    loans = invented_loans()
    bad = (loans["status"] == "gone").to_numpy()
    random = np.random.default_rng(3)
    echo = loans["staff"].to_numpy() * 1_000 + random.integers(0, 2_500, loans.height)
    bench.write_loans(loans.with_columns(amount=pl.Series(echo - 2_000 * bad), covered=pl.lit(0)))
    only = {"amount": {"risk": "falls"}, "employees": {"risk": "falls"}}
    left_out = {**RECIPE["inputs_left_out"], "chain": "not here", "sector": "not here"}

    with pytest.raises(SignReversed, match="employees"):
        bench.train(inputs=only, inputs_left_out=left_out)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda loans: loans.drop("staff"), "no column staff"),
        (lambda loans: pl.concat([loans, loans.head(1)]), "id stands twice"),
        (lambda loans: loans.with_columns(staff=pl.lit("many")), "many"),
        (lambda loans: loans.with_columns(approved=pl.lit("01/02/2004")), "01/02/2004"),
        (lambda loans: loans.with_columns(status=pl.lit("paid"), lost=None), "both outcomes"),
    ],
)
def test_a_file_that_cannot_be_read_as_declared_is_refused(bench, change, why) -> None:
    bench.write_loans(change(invented_loans()))

    with pytest.raises(SourceUnreadable, match=why):
        bench.train()


def test_a_file_that_is_not_there_is_refused(bench) -> None:
    with pytest.raises(SourceUnreadable, match="not in the data folder"):
        train(recipe_path=bench.recipe(), data_folder=bench.folder / "gone", evidence=development)


LABELS = """
approved    lost       status  bad
2004-01-31  31-Jan-07  gone    1
2004-01-31  1-Feb-07   gone    0
2004-02-29  28-Feb-07  paid    1
2004-02-29  1-Mar-07   paid    0
2004-05-05  -          paid    0
2004-05-05  -          gone    -
2004-05-05  -          -       -
2004-05-05  5-May-05   -       1
"""


def test_every_combination_of_status_and_date_is_labelled_as_stated(bench) -> None:
    lines = [line.split() for line in LABELS.strip().splitlines()[1:]]
    first = invented_loans(len(lines))
    texts = [[None if cell == "-" else cell for cell in line] for line in lines]
    bench.write_loans(
        first.with_columns(
            approved=pl.Series([line[0] for line in texts]),
            lost=pl.Series([line[1] for line in texts]),
            status=pl.Series([line[2] for line in texts]),
        )
    )
    _, source = load_recipe(bench.recipe())

    rows = read_source(source=source, folder=bench.folder)

    expected = [None if line[3] is None else int(line[3]) for line in texts]
    assert rows["bad"].to_list() == expected


def test_columns_are_typed_exactly(bench) -> None:
    bench.write_loans(
        invented_loans(4).with_columns(
            amount=pl.Series(["30000", "3", "0.01", "0"]),
            covered=pl.Series(["15001.5", "1", "0.00", "0"]),
            new=pl.Series(["1", "2", "0", None]),
            chain=pl.Series(["0", "7", None, "x"]),
            code=pl.Series(["541110", "0", "72", None]),
        )
    )
    _, source = load_recipe(bench.recipe())

    rows = read_source(source=source, folder=bench.folder)

    assert rows["share"].to_list() == [
        Decimal("0.5001"),
        Decimal("0.3333"),
        Decimal("0.0000"),
        None,
    ]
    assert rows["new"].to_list() == [False, True, None, None]
    assert rows["chain"].to_list() == [False, True, None, True]
    assert rows["sector"].to_list() == ["54", None, "72", None]
    assert rows["amount"].dtype == pl.Decimal(14, 2)


def test_a_window_knows_its_unknowns_and_when_its_labels_were_known(bench) -> None:
    loans = invented_loans()
    unknown = loans.with_columns(
        status=pl.when(pl.col("id") == "L00000").then(None).otherwise(pl.col("status")),
        lost=pl.when(pl.col("id") == "L00000").then(None).otherwise(pl.col("lost")),
    )
    bench.write_loans(unknown)
    recipe, source = load_recipe(bench.recipe())

    sample = sample_of(
        rows=read_source(source=source, folder=bench.folder),
        window=recipe.train,
        label=source.label,
    )

    assert (sample.rows.height, sample.unknown) == (749, 1)
    assert sample.first_approval == dt.date(2004, 1, 1)
    assert sample.labels_known_on.replace(year=2004) == sample.last_approval


def test_a_fingerprint_is_of_the_rows_and_not_of_the_file(bench) -> None:
    _, source = load_recipe(bench.recipe())
    rows = read_source(source=source, folder=bench.folder)

    shuffled = rows.sample(fraction=1, shuffle=True, seed=1).select(rows.columns[::-1])
    changed = rows.with_columns(
        employees=pl.when(pl.col("key") == "L00007").then(1_000).otherwise(pl.col("employees"))
    )

    assert fingerprint(shuffled) == fingerprint(rows)
    assert fingerprint(changed) != fingerprint(rows)


def test_training_again_gives_the_same_bytes_and_the_same_card(bench) -> None:
    for changes in ({}, {"scorecard": None, "trees": TREES}):
        first, second = bench.train(**changes), bench.train(**changes)

        assert first.artifact == second.artifact
        assert json.dumps(first.card, sort_keys=True) == json.dumps(second.card, sort_keys=True)


def test_the_scorecard_follows_its_recipe(bench) -> None:
    trained = bench.train()

    model = load_artifact(trained.artifact)

    assert isinstance(model, ScorecardModel)
    assert [item.id for item in model.card.characteristics] == list(RECIPE["inputs"])  # type: ignore[call-overload]
    by_id = {item.id: item for item in model.card.characteristics}
    staff = by_id["employees"]
    assert staff.monotone == "increasing"
    assert staff.reason == "SIZE"
    assert len(staff.bands) > 1
    assert all(min(cell.points for cell in item.cells) == 0 for item in by_id.values())
    figures = trained.card["figures"]
    assert figures["train"]["auc"] > 0.65
    assert figures["train"]["mean_pd"] == pytest.approx(figures["train"]["bad_rate"], abs=0.02)
    assert figures["native_parity"] is None


def test_the_scorecards_mean_points_are_those_of_the_training_rows(bench) -> None:
    model = load_artifact(bench.train().artifact)
    recipe, source = load_recipe(bench.recipe())
    rows = read_source(source=source, folder=bench.folder)
    sample = sample_of(rows=rows, window=recipe.train, label=source.label)

    assert isinstance(model, ScorecardModel)
    means = sum(item.mean_points for item in model.card.characteristics)
    assert float(model.points_many(sample.rows).mean()) == pytest.approx(
        float(model.card.base + means), abs=0.03
    )


def test_the_trees_keep_the_declared_direction_and_the_native_answer(bench) -> None:
    trained = bench.train(scorecard=None, trees=TREES)

    model = load_artifact(trained.artifact)

    assert isinstance(model, TreesModel)
    assert trained.card["figures"]["native_parity"]["largest_difference_in_log_odds"] == 0
    assert all(item.missing is MissingHandling.REFUSE for item in model.features)
    record: dict[str, object] = {"amount": 50_000, "chain": True, "sector": "33"}
    scores = [model.score({**record, "employees": staff}) for staff in range(1, 40)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]


def test_rows_with_a_gap_that_the_model_refuses_are_counted_not_scored(bench) -> None:
    gaps = (pl.col("approved") >= "2005") & (pl.col("id") < "L00010")
    bench.write_loans(
        invented_loans().with_columns(code=pl.when(gaps).then(pl.lit("0")).otherwise("code"))
    )

    trained = bench.train(scorecard=None, trees=TREES)

    windows, figures = trained.card["windows"], trained.card["figures"]
    assert windows["train"]["not_scored_for_a_gap"] == 0
    assert windows["test"]["not_scored_for_a_gap"] == 5
    assert figures["test"]["n"] == windows["test"]["n"] - 5
