"""From a registered model's files to an artefact of ours: the native text of LightGBM, as data.

`MLmodel` says which flavours the model was logged in and what its columns are. Only a Booster's
native text is taken; whatever needs a pickle, or Python of its own, is refused by name.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml

from goodstanding.scoring.artifact import encode_artifact
from goodstanding.scoring.errors import ArtifactUnsafe
from goodstanding.scoring.mlflow.errors import ModelIsAProgram, ModelNotReadable
from goodstanding.scoring.mlflow.registry import RegisteredModel
from goodstanding.scoring.trees import Trees
from goodstanding.scoring.types import Feature, MissingHandling

FORMAT = "goodstanding-lineage/1"
BOOSTER = "lightgbm.basic.Booster"
_TYPES = {
    "long": "INTEGER",
    "integer": "INTEGER",
    "double": "DOUBLE",
    "float": "DOUBLE",
    "boolean": "BOOLEAN",
    "string": "TEXT",
}
_CATEGORIES = re.compile(r"^pandas_categorical:(.*)$", re.MULTILINE)
_NAN = 2  # of decision_type: what LightGBM learned from a gap in training


@dataclass(frozen=True, slots=True)
class Imported:
    """An artefact and where it came from, ready to be written and pinned by `sha256`.

    `lineage` holds the registry's URI, run, metrics, parameters and tags, and the digests of the
    file that was read and of the artefact that was made.
    """

    id: str
    content: bytes
    sha256: str
    features: tuple[Feature, ...]
    lineage: Mapping[str, Any]


def import_model(
    registered: RegisteredModel, *, types: Mapping[str, str] | None = None, name: str = ""
) -> Imported:
    """The artefact of a registered LightGBM model, with its lineage.

    `types` gives features another type of the language, such as DECIMAL(14,2) for money that was
    trained as a double; `name` another id than the registry's.
    Raises ModelIsAProgram, ModelNotReadable, FileAbsent.
    """
    described = _described(registered)
    file = _native_file(registered, described)
    raw = registered.read_file(file)
    text = _text(registered, raw)
    try:
        features = _features(registered, described, text, types or {})
    except (ValueError, TypeError, AttributeError) as error:  # a stranger's text, not as documented
        why = f"its text or signature is not as LightGBM and MLflow write it ({error})"
        raise ModelNotReadable(uri=registered.uri, why=why) from error
    body = Trees(
        id=_identifier(name or registered.name),
        version=registered.version,
        features=features,
        lightgbm_text=_without_categories(text),
    )
    try:
        content = encode_artifact(body)
    except ArtifactUnsafe as refusal:
        raise ModelNotReadable(uri=registered.uri, why=refusal.message) from refusal
    digest = hashlib.sha256(content).hexdigest()
    return Imported(
        body.id, content, digest, body.features, _lineage(registered, described, file, raw, digest)
    )


def _described(registered: RegisteredModel) -> dict[str, Any]:
    """The file MLmodel, as data."""
    try:
        found: object = yaml.safe_load(registered.read_file("MLmodel"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ModelNotReadable(uri=registered.uri, why="its MLmodel is not YAML") from error
    if not isinstance(found, dict):
        raise ModelNotReadable(uri=registered.uri, why="its MLmodel holds no mapping")
    return cast("dict[str, Any]", found)


def _native_file(registered: RegisteredModel, described: Mapping[str, Any]) -> str:
    """The path of the native text below the model's folder."""
    flavours: Mapping[str, Any] = described.get("flavors") or {}
    native: Mapping[str, Any] = flavours.get("lightgbm") or {}
    if not native:
        named = ", ".join(flavours) or "nothing"
        why = "only the native text of LightGBM is data"
        raise ModelIsAProgram(uri=registered.uri, flavours=named, why=why)
    file, kind = str(native.get("data", "")), str(native.get("model_class", BOOSTER))
    if kind != BOOSTER or not file or file.endswith((".pkl", ".pickle", ".joblib")):
        why = f"its file {file or '(none)'} holds an object of {kind}, not the native text"
        raise ModelIsAProgram(uri=registered.uri, flavours=", ".join(flavours), why=why)
    return file


def _text(registered: RegisteredModel, raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ModelNotReadable(uri=registered.uri, why="its file is not text") from error
    if not text.startswith("tree\n"):
        raise ModelNotReadable(
            uri=registered.uri, why="its file is not the native text of LightGBM"
        )
    return text


def _features(
    registered: RegisteredModel,
    described: Mapping[str, Any],
    text: str,
    types: Mapping[str, str],
) -> tuple[Feature, ...]:
    """The columns with their types, categories, and what a gap means for each."""
    names = _header(text, "feature_names").split(" ")
    signed = _signature(registered, described)
    unknown = sorted(set(types) - set(names))
    if unknown:
        why = f"it has no column {', '.join(unknown)}; its columns are {', '.join(names)}"
        raise ModelNotReadable(uri=registered.uri, why=why)
    categories = _categories(registered, names, text)
    gaps = _learned_gaps(text)
    found: list[Feature] = []
    for at, name in enumerate(names):
        known = categories.get(name, ())
        type_ = types.get(name) or ("TEXT" if known else signed.get(name, ""))
        if not type_:
            raise ModelNotReadable(
                uri=registered.uri, why=f"its signature does not say the type of {name}"
            )
        learned = at in gaps or bool(known)
        missing = MissingHandling.LEARNED if learned else MissingHandling.REFUSE
        found.append(Feature(name=name, type=type_, missing=missing, categories=known))
    return tuple(found)


def _header(text: str, key: str) -> str:
    head, _, _ = text.partition("\nTree=")
    lines = (line.partition("=") for line in head.splitlines())
    return next((value for name, equals, value in lines if equals and name == key), "")


def _signature(registered: RegisteredModel, described: Mapping[str, Any]) -> dict[str, str]:
    """The types of the columns that the signature names, as types of the language."""
    signature: Mapping[str, Any] = described.get("signature") or {}
    try:
        columns: list[dict[str, Any]] = json.loads(signature.get("inputs") or "[]")
    except ValueError as error:
        raise ModelNotReadable(uri=registered.uri, why="its signature is not JSON") from error
    return {
        str(column.get("name")): _TYPES[str(column.get("type"))]
        for column in columns
        if str(column.get("type")) in _TYPES
    }


def _categories(
    registered: RegisteredModel, names: list[str], text: str
) -> dict[str, tuple[str, ...]]:
    """The texts of each categorical column, in the order of the codes that were trained on."""
    match = _CATEGORIES.search(text)
    kept: list[list[object]] = json.loads(match[1]) if match and match[1] != "null" else []
    infos = _header(text, "feature_infos").split(" ")
    columns = [name for name, info in zip(names, infos, strict=True) if _is_categorical(info)]
    if len(columns) != len(kept):
        why = f"{len(columns)} columns are categories, and the texts of {len(kept)} are kept"
        raise ModelNotReadable(uri=registered.uri, why=why)
    if not all(isinstance(value, str) for values in kept for value in values):
        raise ModelNotReadable(uri=registered.uri, why="a category is not a text")
    return {
        name: tuple(str(value) for value in values)
        for name, values in zip(columns, kept, strict=True)
    }


def _is_categorical(info: str) -> bool:
    """LightGBM writes `[low:high]` for numbers, `0:1:2` for categories and `none` for neither."""
    return info != "none" and not info.startswith("[")


def _learned_gaps(text: str) -> set[int]:
    """The columns in which gaps were seen in training, by what the nodes say of them."""
    found: set[int] = set()
    for section in text.split("\nTree=")[1:]:
        lines = dict(line.split("=", 1) for line in section.splitlines() if "=" in line)
        columns = lines.get("split_feature", "").split()
        kinds = lines.get("decision_type", "").split()
        for column, kind in zip(columns, kinds, strict=False):
            if int(kind) >> 2 & 3 == _NAN:
                found.add(int(column))
    return found


def _without_categories(text: str) -> str:
    """The text without the pandas line: the categories stand with the features."""
    return _CATEGORIES.sub("pandas_categorical:null", text)


def _identifier(name: str) -> str:
    """The registry's name as ids are written here: small letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "model"


def _lineage(
    registered: RegisteredModel,
    described: Mapping[str, Any],
    file: str,
    raw: bytes,
    artefact: str,
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "uri": registered.uri,
        "tracking": registered.tracking,
        "name": registered.name,
        "version": registered.version,
        "run_id": registered.run_id,
        "source": registered.source,
        "file": file,
        "file_sha256": hashlib.sha256(raw).hexdigest(),
        "artefact_sha256": artefact,
        "mlflow_version": str(described.get("mlflow_version", "")),
        "logged_at": str(described.get("utc_time_created", "")),
        "metrics": dict(sorted(registered.metrics.items())),
        "params": dict(sorted(registered.params.items())),
        "tags": dict(sorted(registered.tags.items())),
    }
