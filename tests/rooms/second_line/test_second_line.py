"""The second line on the real SBA file: the leak is found and blocks, the clean model decides."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import goodstanding
from goodstanding.core.money import Money
from goodstanding.governance import queries
from goodstanding.governance.types import (
    Conditions,
    Effect,
    Fallback,
    GateStatus,
    Severity,
    VersionKind,
)
from goodstanding.scoring.types import Model
from goodstanding.second_line import operations
from goodstanding.second_line.development import read_development
from goodstanding.second_line.queries import (
    embedded_tests,
    model_results,
    outcome_replication,
    plan_of,
)
from goodstanding.second_line.types import Hands, LabelledRows
from goodstanding.validation.errors import InputShape
from goodstanding.validation.types import Light
from tests.instants import NOON
from tests.rooms.governance.conftest import People
from tests.shared import shared_data

MODELS = Path(goodstanding.__file__).parent / "credit" / "models"
DATA = "sba_loans/sba_national_22k_full.csv.gz"


def windows(name: str) -> tuple[Model, LabelledRows, LabelledRows]:
    found = read_development(recipe=MODELS / f"{name}.recipe.yaml", rows=shared_data(DATA).parent)
    return found.model, found.learned, found.tested


@pytest.fixture
def hands(people: People) -> Hands:
    return Hands(
        owner=people.owner,
        developer=people.developer,
        validator=people.validator,
        approver=people.approver,
    )


@pytest.fixture
def validated(use_case: str, hands: Hands) -> Callable[[str], tuple[Any, Any, str]]:
    def validate(name: str) -> tuple[Any, Any, str]:
        model, development, current = windows(name)
        card = json.loads((MODELS / f"{name}.card.json").read_text())
        operations.enter_for_governance(
            kind=VersionKind.MODEL, name=name, title=name, use_case=use_case, hands=hands,
            at=NOON,
        )  # fmt: skip
        version = operations.register_model(
            card=card, content_hash=model.sha256, name=name, hands=hands, at=NOON
        )
        run = operations.validate_model(
            version_id=version, model=model, development=development, current=current,
            validator=hands.validator, at=NOON,
        )  # fmt: skip
        return version, run, model.sha256

    return validate


def test_the_leak_is_the_only_input_above_the_ceiling() -> None:
    model, development, current = windows("sba_leaky_demo")

    results = model_results(model=model, development=development, current=current)

    leaks = {each.test_id: each for each in results if each.test_id.startswith("leakage_auc:")}
    red = {name for name, each in leaks.items() if each.light is Light.RED}
    assert red == {"leakage_auc:term_months"}
    assert leaks["leakage_auc:term_months"].statistic == pytest.approx(0.9614, abs=5e-5)
    assert len(leaks) == len(model.features)


def test_a_run_names_what_it_takes_to_run_it_again() -> None:
    model, development, current = windows("sba_scorecard")

    plan = plan_of(model=model, development=development, current=current)
    replication = next(
        each
        for each in model_results(model=model, development=development, current=current)
        if each.test_id == "score_replication"
    )

    assert plan["model"] == model.sha256
    assert plan["development"] == {
        "window": development.name, "fingerprint": development.fingerprint,
    }  # fmt: skip
    assert (replication.light, replication.n, replication.statistic) == (Light.GREEN, 500, 0.0)


def test_the_leaky_model_is_blocked(
    validated: Callable[[str], tuple[Any, Any, str]], hands: Hands
) -> None:
    version, run, sha256 = validated("sba_leaky_demo")

    findings = operations.block_leaks(
        run_id=run, written_later={"term_months": "rewritten after default"},
        responsible=hands.owner, validator=hands.validator, at=NOON,
    )  # fmt: skip

    found = queries.finding_at(finding_id=findings[0], at=NOON)
    assert len(findings) == 1
    assert (found.severity, found.effect) == (Severity.S1, Effect.BLOCK)
    assert found.title == "Term months knows the outcome"
    assert found.version_id == version
    standing = queries.read_gate_snapshot(at=NOON).standing_of(content_hash=sha256, at=NOON)
    assert standing.state is GateStatus.SUSPENDED


def test_the_clean_model_is_approved_with_conditions(
    validated: Callable[[str], tuple[Any, Any, str]], hands: Hands, use_case: str
) -> None:
    _, run, sha256 = validated("sba_scorecard")
    assert not operations.block_leaks(
        run_id=run, written_later={}, responsible=hands.owner, validator=hands.validator, at=NOON
    )
    light = operations.answer_red_results(
        run_id=run, responsible=hands.owner, validator=hands.validator, at=NOON
    )

    approval = operations.approve_for_demonstration(
        run_id=run, use_case=use_case,
        conditions=Conditions(allowed={"country": ["US"]}, max_exposure=Money(50_000_000, "USD")),
        fallback=Fallback.REFER, expires_at=NOON + timedelta(days=180), hands=hands,
        summary="Ranks, and drifts in level; recalibrate", at=NOON,
    )  # fmt: skip

    titles = {queries.finding_at(finding_id=each, at=NOON).title for each in light}
    assert titles == {
        "Probabilities drift away from outcomes",
        "Ranking against development is red on approvals of 3 Jan 2005 to 24 Feb 2006",
    }
    standing = queries.read_gate_snapshot(at=NOON).standing_of(content_hash=sha256, at=NOON)
    assert (standing.state, standing.approval_id) == (GateStatus.CURRENT, approval)
    cited = {
        number for each in queries.results_of_run(run_id=run) for number in each.finding_numbers
    }
    assert cited == {1, 2}


def test_facts_come_from_the_card_with_their_place() -> None:
    card = json.loads((MODELS / "sba_gbm.card.json").read_text())

    facts = operations.facts_of(card)

    assert facts["Seed"] == {
        "value": card["recipe"]["seed"], "status": "present",
        "evidence": "model card, recipe.seed",
    }  # fmt: skip
    assert "requested_amount" in facts["Features"]["value"]


def test_a_missing_fact_says_so() -> None:
    card = json.loads((MODELS / "sba_gbm.card.json").read_text())
    card["made_with"]["lock_sha256"] = None

    assert operations.facts_of(card)["Lock file"]["status"] == "missing"


def test_policy_results_have_the_light_that_the_count_means() -> None:
    failing = embedded_tests(answers={"declines thin files": True, "refers unknown": False})
    holding = embedded_tests(answers={"declines thin files": True})
    nothing = embedded_tests(answers={})
    equal = outcome_replication(recorded=["approve"], recomputed=["approve"], segment="live")
    apart = outcome_replication(recorded=["approve"], recomputed=["refer"], segment="live")

    assert (failing.light, failing.note) == (Light.RED, "failing: refers unknown")
    assert [each.light for each in (holding, nothing, equal, apart)] == [
        Light.GREEN, Light.NOT_EVALUATED, Light.GREEN, Light.RED,
    ]  # fmt: skip
    with pytest.raises(InputShape):
        outcome_replication(recorded=["approve"], recomputed=[], segment="live")
