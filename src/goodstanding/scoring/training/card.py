"""The model card: what the model is, what it was made from, and how well it did."""

import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

import polars as pl

import goodstanding
from goodstanding.scoring.training.recipe import DataSource, Recipe
from goodstanding.scoring.training.source import Sample, fingerprint, label_counts
from goodstanding.scoring.types import Model

LIBRARIES = ("lightgbm", "numpy", "onnxruntime", "optbinning", "polars", "scikit-learn", "scipy")
_DIGITS = 9


def model_card(
    *,
    recipe: Recipe,
    source: DataSource,
    recipe_sha256: str,
    model: Model,
    rows: pl.DataFrame,
    samples: Mapping[str, Sample],
    scored: Mapping[str, int],
    late_inputs: Iterable[str],
    strength: Mapping[str, float],
    figures: Mapping[str, object],
) -> Mapping[str, object]:
    """The card as a JSON document. Everything outside `made_with` is reproduced by a re-run.

    Figures are kept to nine significant digits: the last bits of a sum differ between CPUs.
    """
    late = sorted(late_inputs)
    document: dict[str, object] = {
        "model": {
            "id": model.id,
            "version": model.version,
            "kind": model.kind,
            "sha256": model.sha256,
            "output": "probability of the bad outcome, DECIMAL(9,6)",
        },
        "purpose": recipe.purpose,
        "demonstration": {"reason": recipe.demonstration, "late_inputs": late} if late else None,
        "recipe": {"sha256": recipe_sha256, "seed": recipe.seed},
        "inputs": [
            {
                "name": feature.name,
                "type": feature.type,
                "missing": feature.missing.value,
                "known_at_decision": feature.name not in late,
                "risk": recipe.inputs[feature.name].risk,
                "why": recipe.inputs[feature.name].why,
                "auc_alone": strength[feature.name],
                "auc_ceiling": source.ceiling_auc,
                "reason_above_ceiling": recipe.reasons_for_strong_inputs.get(feature.name),
            }
            for feature in model.features
        ],
        "inputs_left_out": {**recipe.inputs_left_out, **source.written_later},
        "label": _label(source, rows),
        "data": _data(source, rows),
        "windows": {
            name: _window(sample, model, scored=scored[name]) for name, sample in samples.items()
        },
        "figures": figures,
        "limits": list(recipe.limits),
        "made_with": _environment(),
    }
    if late:
        document["inputs_left_out"] = dict(recipe.inputs_left_out)
    return cast("Mapping[str, object]", _plain(document))


def _label(source: DataSource, rows: pl.DataFrame) -> dict[str, object]:
    rule = source.label
    return {
        "definition": rule.said,
        "horizon_months": rule.months,
        "counts_by_status": label_counts(rows=rows, source=source),
        "unknown_is": "left out, never good",
    }


def _data(source: DataSource, rows: pl.DataFrame) -> dict[str, object]:
    return {
        "name": source.name,
        "file": source.file,
        "licence": source.licence,
        "rows": rows.height,
        "rows_left_out": source.left_out_rows,
        "facts": list(source.facts),
    }


def _window(sample: Sample, model: Model, *, scored: int) -> dict[str, object]:
    names = [feature.name for feature in model.features]
    return {
        "first_approval": sample.first_approval.isoformat(),
        "last_approval": sample.last_approval.isoformat(),
        "labels_known_on": sample.labels_known_on.isoformat(),
        "n": sample.rows.height,
        "bads": sample.bads,
        "outcome_unknown": sample.unknown,
        "not_scored_for_a_gap": sample.rows.height - scored,
        "fingerprint": fingerprint(sample.rows.select("key", *names, "bad")),
    }


def _environment() -> dict[str, object]:
    package = Path(goodstanding.__file__).parent
    lock = package.parents[1] / "requirements" / "dev.txt"
    return {
        "goodstanding": goodstanding.__version__,
        "code_sha256": _digest(sorted((package / "scoring").rglob("*.py"))),
        "lock_sha256": _digest([lock]) if lock.is_file() else None,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def _version(package: str) -> str | None:
    """The installed version; None where the package runs from its source tree."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value)
        return {key: _plain(entry) for key, entry in entries.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in cast("list[object]", value)]
    return value
