"""A validator runs a model's validation on the rows it was developed on, read anew."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

import goodstanding
from goodstanding.cli.governance import app
from goodstanding.core.models import AuditEntry
from goodstanding.governance import operations as governance
from goodstanding.governance import queries
from goodstanding.governance.errors import ValidatorNotIndependent
from goodstanding.governance.types import Artefact, VersionKind
from goodstanding.second_line.errors import (
    DevelopmentAbsent,
    DevelopmentDiffers,
    NotAModel,
    NotAPolicy,
)
from goodstanding.second_line.operations import (
    enter_for_governance,
    run_model_tests,
    run_policy_tests,
)
from goodstanding.second_line.types import Hands
from goodstanding.validation.types import Light
from tests.instants import NOON
from tests.rooms.governance.conftest import People, content

MODELS = Path(goodstanding.__file__).parent / "credit" / "models"
HOUR = timedelta(hours=1)
Entered = Callable[..., UUID]


@pytest.fixture
def hands(people: People) -> Hands:
    return Hands(
        owner=people.owner, developer=people.developer, validator=people.validator,
        approver=people.approver,
    )  # fmt: skip


@pytest.fixture
def entered(use_case: str, hands: Hands) -> Entered:
    """Enter a shipped model, with whatever digest and card the test wants."""

    def enter(name: str, *, kind: VersionKind = VersionKind.MODEL, **changes: Any) -> UUID:
        card = json.loads((MODELS / f"{name}.card.json").read_text())
        enter_for_governance(
            kind=kind, name=name, title=name, use_case=use_case, hands=hands, at=NOON
        )
        given: dict[str, Any] = {"content_hash": card["model"]["sha256"], "card": card}
        asked = given | changes
        return governance.register_version(
            kind=kind, name=name, content_hash=asked["content_hash"], label="1",
            developer=hands.developer, by=hands.developer, at=NOON,
            artefact=Artefact(card=asked["card"]),
        )  # fmt: skip

    return enter


def test_a_run_opens_its_findings_and_the_next_cites_in_them(
    entered: Entered, people: People
) -> None:
    version = entered("sba_leaky_demo")

    first = run_model_tests(version_id=version, validator=people.validator, at=NOON)
    second = run_model_tests(version_id=version, validator=people.validator, at=NOON + HOUR)

    found = queries.findings_at(at=NOON + HOUR, version_id=version)
    assert [(each.title, each.severity, each.responsible) for each in found] == [
        ("Term months knows the outcome", "S1", "Olga"),
        ("Probabilities drift away from outcomes", "S3", "Olga"),
        ("Ranking against development is red on approvals of 3 Jan 2005 to 24 Feb 2006", "S3",
         "Olga"),
    ]  # fmt: skip
    for run in (first, second):
        red = [each for each in queries.results_of_run(run_id=run) if each.light is Light.RED]
        assert len(red) == 5
        assert all(each.finding_numbers for each in red)
    cited = AuditEntry.objects.filter(action="cite_result", actor=people.validator.email)
    assert cited.count() == 5


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"kind": VersionKind.POLICY}, NotAModel),
        ({"content_hash": content("made elsewhere")}, DevelopmentAbsent),
        ({"card": {"windows": {"train": {"fingerprint": "0" * 64}}}}, DevelopmentDiffers),
        ({"card": {}}, DevelopmentDiffers),
    ],
)
def test_what_has_no_rows_of_its_own_is_refused(
    entered: Entered, people: People, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    version = entered("sba_scorecard", **changes)

    with pytest.raises(refusal):
        run_model_tests(version_id=version, validator=people.validator, at=NOON)

    assert queries.runs_of(version_id=version, as_of=NOON) == []


def test_a_model_has_no_tests_of_its_own_to_run(entered: Entered, people: People) -> None:
    with pytest.raises(NotAPolicy):
        run_policy_tests(version_id=entered("sba_gbm"), validator=people.validator, at=NOON)


def test_the_developer_validates_nothing(entered: Entered, people: People) -> None:
    version = entered("sba_gbm")

    with pytest.raises(ValidatorNotIndependent):
        run_model_tests(version_id=version, validator=people.developer, at=NOON)

    assert queries.runs_of(version_id=version, as_of=NOON) == []
    assert queries.findings_at(at=NOON, version_id=version) == []


def test_the_command_prints_each_light_and_fails_on_red(entered: Entered) -> None:
    entered("sba_gbm")
    arguments = ["validate", "model/sba_gbm/1", "--by", "vera@northwind.example", "--json"]

    ran = CliRunner().invoke(app, arguments)

    told = json.loads(ran.stdout)
    lights = {each["test_id"]: each["light"] for each in told["results"]}
    assert ran.exit_code == 1
    assert (lights["score_replication"], lights["calibration_line"]) == ("GREEN", "RED")
    assert all(each["findings"] for each in told["results"] if each["light"] == "RED")
