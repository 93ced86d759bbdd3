"""The credit desk's shipped models: their cards, what they say, and that they can be made anew."""

import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import goodstanding
from goodstanding.cli.train import app
from goodstanding.core.errors import NotFound
from goodstanding.scoring.artifact import load_artifact
from goodstanding.scoring.card_runtime import ScorecardModel
from goodstanding.scoring.training.errors import InputNotKnownAtDecision, SourceUnreadable
from goodstanding.scoring.training.recipe import load_recipe
from goodstanding.scoring.training.source import Sample, read_source, sample_of
from goodstanding.scoring.tree_runtime import TreesModel
from goodstanding.scoring.types import MissingHandling
from goodstanding.validation.development import score_replication
from goodstanding.validation.discrimination import paired_delong
from goodstanding.validation.leakage import input_too_good
from goodstanding.validation.types import Light
from tests.shared import shared_data

MODELS = Path(goodstanding.__file__).parent / "credit" / "models"
NAMES = ("sba_scorecard", "sba_gbm", "sba_leaky_demo")
APPLICANT: dict[str, object] = {
    "requested_amount": Decimal("50000.00"),
    "employees": 4,
    "new_business": True,
    "rural": False,
    "franchise": False,
    "sector": "72",
    "state": "FL",
}


def card_of(name: str) -> dict:
    return json.loads((MODELS / f"{name}.card.json").read_text(encoding="utf-8"))


def shipped(name: str) -> ScorecardModel | TreesModel:
    expected = card_of(name)["model"]["sha256"]
    return load_artifact(MODELS / f"{name}.model.json", expected_sha256=expected)


def window(name: str) -> Sample:
    """The rows of a window, read the way training reads them."""
    recipe, source = load_recipe(MODELS / "sba_gbm.recipe.yaml")
    rows = read_source(source=source, folder=shared_data("sba_loans"))
    chosen = recipe.train if name == "train" else recipe.test
    return sample_of(rows=rows, window=chosen, label=source.label)


@pytest.mark.parametrize("name", NAMES)
def test_a_card_describes_the_artefact_beside_it(name) -> None:
    model, card = shipped(name), card_of(name)

    assert (model.id, model.version, model.kind) == (
        card["model"]["id"],
        card["model"]["version"],
        card["model"]["kind"],
    )
    assert [(item.name, item.type, item.missing) for item in model.features] == [
        (told["name"], told["type"], told["missing"]) for told in card["inputs"]
    ]
    assert (MODELS / f"{name}.model.json").stat().st_size < 300_000
    assert card["windows"]["train"]["labels_known_on"] == "2007-12-30"
    assert card["windows"]["test"]["labels_known_on"] == "2009-02-24"
    assert (card["windows"]["train"]["n"], card["windows"]["train"]["bads"]) == (11_371, 669)
    assert (card["windows"]["test"]["n"], card["windows"]["test"]["bads"]) == (3_468, 214)


def test_only_the_demonstration_uses_what_was_written_later() -> None:
    for name in NAMES:
        late = [told["name"] for told in card_of(name)["inputs"] if not told["known_at_decision"]]
        assert late == (["term_months"] if name == "sba_leaky_demo" else [])
    assert card_of("sba_gbm")["demonstration"] is None
    assert "term_months" in card_of("sba_gbm")["inputs_left_out"]


def test_the_readme_lists_the_inputs_of_both_models() -> None:
    table = (MODELS / "README.md").read_text(encoding="utf-8")

    for model in (shipped("sba_scorecard"), shipped("sba_gbm")):
        for feature in model.features:
            assert f"| `{feature.name}` | {feature.type} | " in table


def test_the_scorecard_scores_an_applicant_with_gaps_and_the_trees_refuse_them() -> None:
    card, trees = shipped("sba_scorecard"), shipped("sba_gbm")

    assert isinstance(card, ScorecardModel)
    nothing = dict.fromkeys(APPLICANT)
    assert card.points(nothing) == card.card.base
    assert card.score(nothing) >= card.score(APPLICANT)
    assert all(item.missing is MissingHandling.REFUSE for item in trees.features)
    assert 0 < trees.score(APPLICANT) < 1


def test_the_trees_keep_their_declared_directions_on_a_grid() -> None:
    trees = shipped("sba_gbm")
    for amount in (5_000, 10_000, 50_000, 250_000):
        for state in ("FL", "UT", "NY"):
            base = {**APPLICANT, "requested_amount": Decimal(amount), "state": state}
            by_size = [trees.score({**base, "employees": staff}) for staff in range(60)]
            new, old = (trees.score({**base, "new_business": flag}) for flag in (True, False))
            assert by_size == sorted(by_size, reverse=True)
            assert new >= old


def test_attributions_of_the_shipped_models_add_up() -> None:
    for name in ("sba_scorecard", "sba_gbm"):
        told = shipped(name).attributions(APPLICANT)
        total = told.baseline + sum(item.log_odds for item in told.contributions)
        assert total == pytest.approx(told.margin, abs=1e-9)


def test_the_figures_in_the_mapping_are_those_of_the_file() -> None:
    _, source = load_recipe(MODELS / "sba_gbm.recipe.yaml")
    rows = read_source(source=source, folder=shared_data("sba_loans"))
    odd = pl.col("term_months") % 12 != 0
    status, date = pl.col("final_status"), pl.col("charged_off_on")
    amount = pl.read_csv(shared_data("sba_loans") / source.file, infer_schema=False)
    year = pl.col("approved_on").dt.year()
    in_windows = rows.filter(year.is_between(2004, 2006), status == "P I F", date.is_not_null())
    old = rows.filter(year <= 1981)

    def count(*conditions: pl.Expr) -> int:
        return rows.filter(*conditions).height

    assert (count(status == "CHGOFF", odd), count(status == "CHGOFF")) == (4_061, 4_693)
    assert (count(status == "P I F", odd), count(status == "P I F")) == (1_975, 17_615)
    assert count(status == "P I F", date.is_not_null()) == 207
    paid_with_loss = amount.filter(
        pl.col("MIS_Status") == "P I F",
        pl.col("ChgOffDate").is_not_null(),
        pl.col("ChgOffPrinGr") != "0",
    )
    assert paid_with_loss.height == 202
    assert dict(in_windows.group_by("bad").len().iter_rows()) == {1: 23, 0: 160}
    assert (count(status.is_null()), count(status.is_null(), date.is_not_null())) == (119, 17)
    assert count(status == "CHGOFF", date.is_null()) == 1
    assert (old.height, old.filter(status == "CHGOFF").height) == (320, 293)
    assert old["charged_off_on"].min().isoformat() == "1988-10-06"
    assert count(date < pl.col("approved_on")) == 0
    fiscal = amount["ApprovalFY"].cast(pl.Int64) - amount["ApprovalDate"].str.slice(-4).cast(
        pl.Int64
    )
    assert set(fiscal.unique()) <= {0, 1}
    test_months = rows.filter(year.is_between(2005, 2006))["approved_on"].dt.truncate("1mo")
    assert [day.isoformat() for day in test_months.unique().sort()] == ["2005-01-01", "2006-02-01"]
    half = rows.filter(year == 2004)["guaranteed_share"] == Decimal("0.5")
    assert half.mean() == pytest.approx(0.97, abs=0.005)
    assert rows.filter(year.is_between(2005, 2006), pl.col("bank") == "BBCN BANK").height > 100


def test_a_validator_finds_the_leak_and_nothing_else() -> None:
    sample = window("test")
    fold = [at % 5 for at in range(sample.rows.height)]
    lights = {}
    for name in (*(item.name for item in shipped("sba_leaky_demo").features),):
        column = sample.rows[name]
        plain = column.cast(pl.Float64) if column.dtype.is_decimal() else column
        found = input_too_good(
            name=name,
            values=plain.to_list(),
            label=sample.rows["bad"].to_numpy(),
            fold=fold,
            segment="approvals 2005-06",
        )
        lights[name] = found.light

    assert lights.pop("term_months") is Light.RED
    assert set(lights.values()) == {Light.GREEN}


def test_a_validator_replicates_every_score_and_compares_the_models() -> None:
    rows = window("test").rows.drop_nulls(["new_business", "rural"])
    card, trees = shipped("sba_scorecard"), shipped("sba_gbm")
    batch = {model.id: model.score_many(rows) for model in (card, trees)}

    for model in (card, trees):
        live = [model.score(record) for record in rows.iter_rows(named=True)]
        replicated = score_replication(
            recorded=batch[model.id].to_list(), recomputed=live, segment="approvals 2005-06"
        )
        assert (replicated.light, replicated.statistic) == (Light.GREEN, 0.0)
        assert replicated.n == rows.height
    compared = paired_delong(
        label=rows["bad"].to_numpy(),
        champion=batch["sba_gbm"].cast(pl.Float64).to_numpy(),
        challenger=batch["sba_scorecard"].cast(pl.Float64).to_numpy(),
        segment="approvals 2005-06",
    )
    assert compared.n_events is not None
    assert compared.n_events > 200
    assert compared.light is Light.GREEN


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_the_shipped_scorecard_is_made_anew_bit_for_bit() -> None:
    code, said = run("credit/sba_scorecard", "--check", "--data", str(shared_data("sba_loans")))

    assert code == 0
    assert "equal bit for bit" in said


@pytest.mark.slow
def test_all_shipped_models_are_made_anew_bit_for_bit() -> None:
    code, said = run("--check", "--data", str(shared_data("sba_loans")))

    assert code == 0
    assert said.count("equal bit for bit, the same") == 3


def test_a_shipped_model_that_cannot_be_made_anew_is_told(tmp_path, monkeypatch) -> None:
    data = shared_data("sba_loans")
    desk = tmp_path / "credit" / "models"
    desk.mkdir(parents=True)
    for file in MODELS.glob("sba*"):
        (desk / file.name).write_bytes(file.read_bytes())
    recipe = desk / "sba_scorecard.recipe.yaml"
    recipe.write_text(recipe.read_text().replace('odds: "30"', 'odds: "25"'))
    monkeypatch.setattr("goodstanding.cli.train.PACKAGE", tmp_path)

    code, said = run("credit/sba_scorecard", "--check", "--data", str(data))

    assert code == 1
    assert "NOT equal bit for bit" in said
    assert "card.recipe.sha256" in said.replace("\n", "")
    (desk / "sba_scorecard.model.json").unlink()
    assert run("credit/sba_scorecard", "--check", "--data", str(data))[0] == 1


def test_training_writes_the_artefact_and_the_card(tmp_path) -> None:
    data = str(shared_data("sba_loans"))

    code, said = run("credit/sba_scorecard", "--output", str(tmp_path), "--data", data)

    assert code == 0
    assert card_of("sba_scorecard")["model"]["sha256"] in said.replace("\n", "")
    model = (tmp_path / "sba_scorecard.model.json").read_bytes()
    assert model == (MODELS / "sba_scorecard.model.json").read_bytes()


def test_the_leaky_model_is_only_trained_on_request(tmp_path) -> None:
    data = str(shared_data("sba_loans"))

    with pytest.raises(InputNotKnownAtDecision, match="term_months"):
        run("credit/sba_leaky_demo", "--output", str(tmp_path), "--data", data)
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_names_nothing_and_data_that_are_not_there_are_refused(tmp_path) -> None:
    for target in ("credit/unknown", "../credit/sba", "nobody/sba"):
        with pytest.raises(NotFound, match="recipe"):
            run(target)
    with pytest.raises(SourceUnreadable, match="--data"):
        run("credit/sba_scorecard", "--data", str(tmp_path))
