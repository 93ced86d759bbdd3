"""Reading an MLflow registry: a tracking server over its REST API, or its SQLite database.

Nothing is written, and no code of a model is run. The API is that of MLflow 2 and 3:
https://mlflow.org/docs/latest/rest-api.html; the tables are those that its server makes.
"""

import base64
import json
import os
import re
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from goodstanding.scoring.artifact import MAX_ARTIFACT_BYTES
from goodstanding.scoring.mlflow.errors import (
    FileAbsent,
    FilesOutOfReach,
    ModelNotRegistered,
    ModelUriUnknown,
    RegistryAway,
    RegistryUnknown,
)

SECONDS = 30
_URI = re.compile(r"models:/([^/@]+)(?:/([0-9]+)|@([^/@]+))")
_API = "/api/2.0/mlflow"
ReadFile = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """One version of a registered model, where it came from, and how its files are read.

    `read_file` takes a path below the model's folder and raises FileAbsent.
    """

    uri: str
    tracking: str
    name: str
    version: str
    run_id: str
    source: str
    read_file: ReadFile
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


def open_registry(uri: str, *, tracking: str) -> RegisteredModel:
    """The model version that `models:/NAME/VERSION` or `models:/NAME@ALIAS` names.

    Raises ModelUriUnknown, RegistryUnknown, RegistryAway, ModelNotRegistered, FilesOutOfReach.
    """
    match = _URI.fullmatch(uri)
    if match is None:
        raise ModelUriUnknown(field="uri", uri=uri)
    name, version, alias = urllib.parse.unquote(match[1]), match[2] or "", match[3] or ""
    if tracking.startswith(("http://", "https://")):
        return _Server(tracking.rstrip("/"), uri).model(name, version, alias)
    if tracking.startswith("sqlite:///"):
        return _Database(tracking, uri).model(name, version, alias)
    raise RegistryUnknown(field="tracking", tracking=tracking)


def open_folder(folder: Path, *, name: str, version: str) -> RegisteredModel:
    """A model's folder that was downloaded from a registry, under the name it has there."""
    uri = f"models:/{name}/{version}"
    return RegisteredModel(
        uri=uri,
        tracking=folder.name,
        name=name,
        version=version,
        run_id="",
        source=str(folder),
        read_file=_from_folder(folder, uri),
    )


def _from_folder(folder: Path, uri: str) -> ReadFile:
    root = folder.resolve()

    def read(file: str) -> bytes:
        path = (root / file).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            raise FileAbsent(uri=uri, file=file)
        if path.stat().st_size > MAX_ARTIFACT_BYTES:
            raise FilesOutOfReach(uri=uri, location=f"a file of {path.stat().st_size} bytes")
        return path.read_bytes()

    return read


def _pairs(rows: Any) -> dict[str, Any]:
    """MLflow's lists of key and value as one mapping."""
    return {str(row["key"]): row["value"] for row in rows or ()}


class _Server:
    """A tracking server, asked over HTTP."""

    def __init__(self, tracking: str, uri: str) -> None:
        self._tracking, self._uri = tracking, uri

    def model(self, name: str, version: str, alias: str) -> RegisteredModel:
        if alias:
            found = self._ask("registered-models/alias", name=name, alias=alias)
        else:
            found = self._ask("model-versions/get", name=name, version=version)
        model = found["model_version"]
        named = {"name": name, "version": str(model["version"])}
        location = self._ask("model-versions/get-download-uri", **named)["artifact_uri"]
        run_id = model.get("run_id", "")
        run: dict[str, Any] = {}
        if run_id:
            run = self._ask("runs/get", run_id=run_id)["run"]["data"]
        return RegisteredModel(
            uri=self._uri,
            tracking=self._tracking,
            name=name,
            version=named["version"],
            run_id=run_id,
            source=location,
            read_file=self._reader(location),
            metrics=_pairs(run.get("metrics")),
            params=_pairs(run.get("params")),
            tags=_pairs(run.get("tags")) | _pairs(model.get("tags")),
        )

    def _reader(self, location: str) -> ReadFile:
        """Files that the server hands out itself, or that lie on a disk both can see."""
        parts = urllib.parse.urlsplit(location)
        if parts.scheme == "mlflow-artifacts":
            folder = PurePosixPath(parts.path.lstrip("/"))
            return lambda file: self._file(folder / file, file)
        local = _local(location)
        if local is None:
            raise FilesOutOfReach(uri=self._uri, location=location)
        return _from_folder(local, self._uri)

    def _file(self, path: PurePosixPath, file: str) -> bytes:
        if ".." in path.parts:
            raise FileAbsent(uri=self._uri, file=file)
        asked = urllib.parse.quote(f"/api/2.0/mlflow-artifacts/artifacts/{path}")
        try:
            return self._read(asked)
        except ModelNotRegistered as absent:
            raise FileAbsent(uri=self._uri, file=file) from absent

    def _ask(self, path: str, **asked: str) -> dict[str, Any]:
        content = self._read(f"{_API}/{path}?{urllib.parse.urlencode(asked)}")
        try:
            return json.loads(content)
        except ValueError as error:
            why = "what it said is not JSON"
            raise RegistryAway(tracking=self._tracking, why=why) from error

    def _read(self, path: str) -> bytes:
        request = urllib.request.Request(self._tracking + path, headers=_signed())  # noqa: S310 - http or https alone
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                content = answer.read(MAX_ARTIFACT_BYTES + 1)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                raise ModelNotRegistered(tracking=self._tracking, uri=self._uri) from error
            why = f"it said {error.code} {error.reason}"
            raise RegistryAway(tracking=self._tracking, why=why) from error
        except (urllib.error.URLError, OSError) as error:
            raise RegistryAway(tracking=self._tracking, why=str(error)) from error
        if len(content) > MAX_ARTIFACT_BYTES:
            raise FilesOutOfReach(uri=self._uri, location="a file of more than 32 MB")
        return content


def _signed() -> dict[str, str]:
    """The caller's own sign-in, from the variables that MLflow's client reads."""
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    if token:
        return {"Authorization": f"Bearer {token}"}
    name = os.environ.get("MLFLOW_TRACKING_USERNAME")
    if name:
        secret = f"{name}:{os.environ.get('MLFLOW_TRACKING_PASSWORD', '')}"
        return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
    return {}


def _local(location: str) -> Path | None:
    """A folder of this machine; None for any other place."""
    parts = urllib.parse.urlsplit(location)
    if parts.scheme not in {"", "file"} or parts.netloc not in {"", "localhost"}:
        return None
    path = Path(urllib.parse.unquote(parts.path))
    return path if path.is_absolute() else None


class _Database:
    """The SQLite database of a tracking server, read and never written."""

    def __init__(self, tracking: str, uri: str) -> None:
        self._tracking, self._uri = tracking, uri
        self._path = Path(tracking.removeprefix("sqlite:///"))

    def model(self, name: str, version: str, alias: str) -> RegisteredModel:
        if not self._path.is_file():
            raise RegistryAway(tracking=self._tracking, why="there is no such file")
        quoted = urllib.parse.quote(str(self._path.resolve()))
        try:
            with closing(sqlite3.connect(f"file:{quoted}?mode=ro", uri=True)) as tables:
                return self._model(tables, name, version, alias)
        except sqlite3.DatabaseError as error:
            raise RegistryAway(tracking=self._tracking, why=str(error)) from error

    def _model(
        self, tables: sqlite3.Connection, name: str, version: str, alias: str
    ) -> RegisteredModel:
        if alias:
            aliased = "select version from registered_model_aliases where name = ? and alias = ?"
            found = tables.execute(aliased, (name, alias)).fetchone()
            version = str(found[0]) if found else "0"
        row = tables.execute(
            "select coalesce(run_id, ''), coalesce(storage_location, source) from model_versions"
            " where name = ? and version = ? and current_stage <> 'Deleted_Internal'",
            (name, int(version)),
        ).fetchone()
        if row is None:
            raise ModelNotRegistered(tracking=self._tracking, uri=self._uri)
        run_id, location = row[0], self._resolved(tables, row[1])
        folder = _local(location)
        if folder is None:
            raise FilesOutOfReach(uri=self._uri, location=location)
        of_run = "from {} where run_uuid = ?"
        tags = dict(tables.execute("select key, value " + of_run.format("tags"), (run_id,)))
        tags |= dict(
            tables.execute(
                "select key, value from model_version_tags where name = ? and version = ?",
                (name, int(version)),
            )
        )
        return RegisteredModel(
            uri=self._uri,
            tracking=self._tracking,
            name=name,
            version=version,
            run_id=run_id,
            source=location,
            read_file=_from_folder(folder, self._uri),
            metrics=dict(
                tables.execute("select key, value " + of_run.format("latest_metrics"), (run_id,))
            ),
            params=dict(tables.execute("select key, value " + of_run.format("params"), (run_id,))),
            tags=tags,
        )

    def _resolved(self, tables: sqlite3.Connection, location: str) -> str:
        """Where a logged model of MLflow 3 (`models:/m-...`) lies."""
        if not location.startswith("models:/m-"):
            return location
        found = tables.execute(
            "select artifact_location from logged_models where model_id = ?",
            (location.removeprefix("models:/"),),
        ).fetchone()
        if found is None:
            raise FilesOutOfReach(uri=self._uri, location=location)
        return str(found[0])
