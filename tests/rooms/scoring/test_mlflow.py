"""Models of an MLflow registry: taken over as data, pinned by digest, never executed."""

import hashlib
import json
import pickle
import sqlite3
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from goodstanding.cli.model import ArtefactDiffers, TypeUnreadable, app
from goodstanding.scoring.artifact import load_artifact
from goodstanding.scoring.mlflow import import_model, open_folder, open_registry
from goodstanding.scoring.mlflow.errors import (
    FileAbsent,
    FilesOutOfReach,
    ModelIsAProgram,
    ModelNotReadable,
    ModelNotRegistered,
    ModelUriUnknown,
    RegistryAway,
    RegistryUnknown,
)
from goodstanding.scoring.tree_runtime import TreesModel
from goodstanding.scoring.types import MissingHandling

RUN = CliRunner()
SECTORS = ["33", "44", "62"]
COLUMNS = [
    {"type": "double", "name": "amount"}, {"type": "long", "name": "employees"},
    {"type": "boolean", "name": "new_business"}, {"type": "string", "name": "sector"},
]  # fmt: skip
# What a tracking server of MLflow 3.17 makes, the tables that are read here (`.schema`).
TABLES = """
create table model_versions (name varchar(256) not null, version integer not null,
    creation_time bigint, last_updated_time bigint, description varchar(5000), user_id varchar(256),
    current_stage varchar(20), source varchar(500), run_id varchar(32), status varchar(20),
    status_message varchar(500), run_link varchar(500), storage_location varchar(500));
create table registered_model_aliases (alias varchar(256), version integer, name varchar(256));
create table model_version_tags (key varchar(250), value text, name varchar(256), version integer);
create table latest_metrics (key varchar(250), value float, timestamp bigint, step bigint,
    is_nan boolean, run_uuid varchar(32));
create table params (key varchar(250), value varchar(8000), run_uuid varchar(32));
create table tags (key varchar(250), value varchar(8000), run_uuid varchar(32));
create table logged_models (model_id varchar(34), artifact_location varchar(1000));
"""


@pytest.fixture(scope="module")
def loans() -> pd.DataFrame:
    chance = np.random.default_rng(7)
    count = 2_000
    amount = chance.gamma(2, 5_000, count).round(2)
    amount[chance.random(count) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "amount": amount,
            "employees": chance.integers(0, 50, count),
            "new_business": chance.random(count) < 0.3,
            "sector": pd.Categorical(chance.choice(SECTORS, count), categories=SECTORS),
        }
    )


@pytest.fixture(scope="module")
def booster(loans: pd.DataFrame) -> Any:
    bad = (loans["amount"].fillna(9_000) > 12_000) ^ (loans["sector"] == "44")
    settings = {"objective": "binary", "num_leaves": 7, "verbose": -1, "seed": 1}
    return lightgbm.train(settings, lightgbm.Dataset(loans, bad.astype(int)), 20)


@pytest.fixture
def logged(tmp_path: Path, booster: Any) -> Path:
    """A model's folder as mlflow.lightgbm.log_model writes it for a Booster."""
    folder = tmp_path / "artifacts"
    folder.mkdir()
    described: dict[str, Any] = {
        "flavors": {
            "lightgbm": {"data": "model.lgb", "model_class": "lightgbm.basic.Booster"},
            "python_function": {"loader_module": "mlflow.lightgbm"},
        },
        "mlflow_version": "3.17.2",
        "signature": {"inputs": json.dumps(COLUMNS)},
        "utc_time_created": "2026-11-20 09:00:00",
    }
    (folder / "MLmodel").write_text(yaml.safe_dump(described))
    (folder / "model.lgb").write_text(booster.model_to_string())
    return folder


@pytest.fixture
def tracking(tmp_path: Path, logged: Path) -> str:
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as tables:
        tables.executescript(TABLES)
        version = ("Sba PD", 3, "None", "models:/m-1", "run1", "READY", "models:/m-1")
        tables.execute(
            "insert into model_versions (name, version, current_stage, source, run_id, status,"
            " storage_location) values (?, ?, ?, ?, ?, ?, ?)", version,
        )  # fmt: skip
        away = ("away", 1, "None", "s3://bucket/model", "run1", "READY", "s3://bucket/model")
        tables.execute(
            "insert into model_versions (name, version, current_stage, source, run_id, status,"
            " storage_location) values (?, ?, ?, ?, ?, ?, ?)", away,
        )  # fmt: skip
        tables.execute("insert into logged_models values ('m-1', ?)", (logged.as_uri(),))
        tables.execute("insert into registered_model_aliases values ('champion', 3, 'Sba PD')")
        tables.execute("insert into latest_metrics values ('auc', 0.71, 1, 0, 0, 'run1')")
        tables.execute("insert into params values ('trees', '20', 'run1')")
        tables.execute("insert into tags values ('team', 'credit', 'run1')")
        tables.execute("insert into model_version_tags values ('validated', 'no', 'Sba PD', 3)")
        tables.commit()
    return f"sqlite:///{path}"


@pytest.fixture
def server(logged: Path) -> Iterator[str]:
    """A tracking server that answers as MLflow's REST API documents, and hands out its files."""
    version = {"name": "Sba PD", "version": "3", "run_id": "run1", "status": "READY",
               "source": "models:/m-1", "tags": [{"key": "validated", "value": "no"}]}  # fmt: skip
    answers: dict[str, Any] = {
        "model-versions/get": {"model_version": version},
        "registered-models/alias": {"model_version": version},
        "model-versions/get-download-uri": {
            "artifact_uri": "mlflow-artifacts:/1/models/m-1/artifacts"
        },
        "runs/get": {"run": {"data": {
            "metrics": [{"key": "auc", "value": 0.71, "timestamp": 1, "step": 0}],
            "params": [{"key": "trees", "value": "20"}],
            "tags": [{"key": "team", "value": "credit"}],
        }}},
    }  # fmt: skip

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urllib.parse.urlsplit(self.path)
            asked = dict(urllib.parse.parse_qsl(parts.query))
            place = parts.path.removeprefix("/api/2.0/")
            files = "mlflow-artifacts/artifacts/1/models/m-1/artifacts/"
            if place.startswith(files):
                self._file(logged / place.removeprefix(files))
            elif asked.get("name", "Sba PD") != "Sba PD":
                self._say(404, b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}')
            else:
                self._say(200, json.dumps(answers[place.removeprefix("mlflow/")]).encode())

        def _file(self, path: Path) -> None:
            found = path.is_file()
            self._say(200 if found else 404, path.read_bytes() if found else b"{}")

        def _say(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as served:
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{served.server_address[1]}"
        served.shutdown()
        thread.join()


def test_an_imported_model_scores_as_the_native_one_to_the_bit(
    tracking: str, loans: pd.DataFrame, booster: Any
) -> None:
    imported = import_model(open_registry("models:/Sba PD/3", tracking=tracking))

    model = load_artifact(imported.content, expected_sha256=imported.sha256)
    assert isinstance(model, TreesModel)
    rows = loans.head(300)
    native = booster.predict(rows, raw_score=True)
    ours = [
        model.margins({name: [value] for name, value in record.items()})[0]
        for record in _records(rows)
    ]
    assert ours == list(native)
    parts = model.attributions(_records(rows)[0])
    added = parts.baseline + sum(part.log_odds for part in parts.contributions)
    assert added == pytest.approx(parts.margin, abs=1e-6)


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "amount": None if np.isnan(row.amount) else float(row.amount),
            "employees": int(row.employees),
            "new_business": bool(row.new_business),
            "sector": str(row.sector),
        }
        for row in rows.itertuples()
    ]


def test_columns_become_features_with_what_a_gap_means(tracking: str) -> None:
    registered = open_registry("models:/Sba PD/3", tracking=tracking)

    found = {item.name: item for item in import_model(registered).features}
    money = import_model(registered, types={"amount": "DECIMAL(14,2)"}).features[0]

    assert {name: item.type for name, item in found.items()} == {
        "amount": "DOUBLE", "employees": "INTEGER", "new_business": "BOOLEAN", "sector": "TEXT",
    }  # fmt: skip
    assert found["amount"].missing is MissingHandling.LEARNED
    assert found["employees"].missing is MissingHandling.REFUSE
    assert found["sector"].categories == tuple(SECTORS)
    assert money.type == "DECIMAL(14,2)"


def test_server_and_database_give_one_artefact_and_one_lineage(
    tracking: str, server: str, logged: Path
) -> None:
    uris = ("models:/Sba%20PD/3", "models:/Sba PD@champion")
    found = [
        import_model(open_registry(uri, tracking=at)) for at in (tracking, server) for uri in uris
    ]

    assert len({item.sha256 for item in found}) == 1
    assert found[0].id == "sba_pd"
    for item in found:
        lineage = item.lineage
        assert (lineage["version"], lineage["run_id"], lineage["metrics"]) == (
            "3", "run1", {"auc": 0.71},
        )  # fmt: skip
        assert lineage["params"] == {"trees": "20"}
        assert lineage["tags"] == {"team": "credit", "validated": "no"}
        native = (logged / "model.lgb").read_bytes()
        assert lineage["file_sha256"] == hashlib.sha256(native).hexdigest()
        assert lineage["artefact_sha256"] == item.sha256


@pytest.mark.parametrize(
    ("flavours", "why"),
    [
        ({"sklearn": {"pickled_model": "m.pkl"}, "xgboost": {}}, "sklearn, xgboost"),
        ({"python_function": {"loader_module": "anything"}}, "python_function"),
        ({"lightgbm": {"data": "model.pkl", "model_class": "lightgbm.sklearn.LGBMClassifier"}},
         "holds an object of lightgbm.sklearn.LGBMClassifier"),
        ({"lightgbm": {"data": "model.pkl"}}, "its file model.pkl holds an object"),
        ({"onnx": {"data": "model.onnx"}}, "only the native text of LightGBM is data"),
    ],
)  # fmt: skip
def test_a_program_is_refused_and_never_opened(
    logged: Path, flavours: dict[str, Any], why: str
) -> None:
    (logged / "MLmodel").write_text(yaml.safe_dump({"flavors": flavours}))
    (logged / "model.pkl").write_bytes(pickle.dumps(_Trap()))

    with pytest.raises(ModelIsAProgram, match=why) as refused:
        import_model(open_folder(logged, name="sba_pd", version="3"))

    assert "A pickle is never loaded" in (refused.value.mend or "")
    assert not _Trap.sprung


class _Trap:
    """Whoever unpickles it springs it."""

    sprung = False

    def __reduce__(self) -> tuple[Any, ...]:
        return _spring, ()


def _spring() -> None:
    _Trap.sprung = True


def test_a_description_cannot_run_code_or_leave_its_folder(logged: Path) -> None:
    registered = open_folder(logged, name="sba_pd", version="3")
    (logged / "MLmodel").write_text("!!python/object/apply:os.system ['true']")

    with pytest.raises(ModelNotReadable, match="not YAML"):
        import_model(registered)
    (logged / "MLmodel").write_text("flavors: {lightgbm: {data: ../mlflow.db}}")
    with pytest.raises(FileAbsent, match="no file"):
        import_model(registered)
    (logged / "MLmodel").write_text("flavors: {lightgbm: {data: gone.lgb}}")
    with pytest.raises(FileAbsent, match="no file gone"):
        import_model(registered)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("objective=binary sigmoid:1", "objective=regression", "not a binary one"),
        ("tree\n", "forest\n", "not the native text"),
        ('[["33", "44", "62"]]', '[["33"], ["44"]]', "the texts of 2 are kept"),
        ('[["33", "44", "62"]]', "[[33, 44, 62]]", "a category is not a text"),
        ('[["33", "44", "62"]]', '[["33"', "not as LightGBM and MLflow write it"),
        ("decision_type=", "decision_type=x ", "not as LightGBM and MLflow write it"),
    ],
)
def test_a_model_that_is_none_of_ours_says_why(logged: Path, old: str, new: str, why: str) -> None:
    file = logged / "model.lgb"
    file.write_text(file.read_text().replace(old, new, 1))

    with pytest.raises(ModelNotReadable, match=why):
        import_model(open_folder(logged, name="sba_pd", version="3"))


def test_types_that_nobody_states_are_asked_for(logged: Path) -> None:
    (logged / "MLmodel").write_text("flavors: {lightgbm: {data: model.lgb}}")
    registered = open_folder(logged, name="sba_pd", version="3")

    with pytest.raises(ModelNotReadable, match="does not say the type of amount"):
        import_model(registered)
    with pytest.raises(ModelNotReadable, match="it has no column amont"):
        import_model(registered, types={"amont": "DOUBLE"})


def test_what_is_not_there_is_refused(tracking: str, server: str, tmp_path: Path) -> None:
    for at in (tracking, server):
        with pytest.raises(ModelNotRegistered, match="has no models:/nobody/1"):
            open_registry("models:/nobody/1", tracking=at)
    with pytest.raises(ModelNotRegistered):
        open_registry("models:/Sba PD@nobody", tracking=tracking)
    with pytest.raises(FilesOutOfReach, match="s3://bucket/model"):
        open_registry("models:/away/1", tracking=tracking)
    with pytest.raises(ModelUriUnknown, match="Production"):
        open_registry("models:/Sba PD/Production", tracking=tracking)
    with pytest.raises(RegistryUnknown):
        open_registry("models:/Sba PD/3", tracking="mlruns")
    with pytest.raises(RegistryAway, match="no such file"):
        open_registry("models:/Sba PD/3", tracking=f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(RegistryAway):
        open_registry("models:/Sba PD/3", tracking="http://127.0.0.1:9")


def test_the_command_writes_artefact_and_lineage_once(tracking: str, tmp_path: Path) -> None:
    out = tmp_path / "models"
    asked = ["import", "models:/Sba PD/3", "--tracking", tracking, "--out", str(out)]

    first, again = RUN.invoke(app, [*asked, "--json"]), RUN.invoke(app, asked)
    said = json.loads(first.stdout)
    shown = json.loads(RUN.invoke(app, ["show", said["file"], "--json"]).stdout)
    other = RUN.invoke(app, [*asked, "--type", "amount=DECIMAL(14,2)"])
    wrong = RUN.invoke(app, [*asked, "--type", "amount"])

    assert first.exit_code == again.exit_code == 0, first.output
    assert f"artefact: {said['sha256']}" in again.stdout
    assert shown["sha256"] == said["sha256"]
    assert shown["lineage"]["uri"] == "models:/Sba PD/3"
    assert isinstance(other.exception, ArtefactDiffers)
    assert isinstance(wrong.exception, TypeUnreadable)
