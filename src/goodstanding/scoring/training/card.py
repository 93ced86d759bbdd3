"""The model card: what the model is, what it was made from, and how well it did."""

import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import polars as pl

import goodstanding
from goodstanding.scoring.training.recipe import DataSource, Recipe
from goodstanding.scoring.training.source import Sample, fingerprint, label_counts
from goodstanding.scoring.types import Feature, Model

LIBRARIES = ("lightgbm", "numpy", "onnxruntime", "optbinning", "polars", "scikit-learn", "scipy")
_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRun:
    """What a model was made from: `late_inputs` is empty but for a demonstration of leakage."""

    recipe: Recipe
    source: DataSource
    recipe_sha256: str
    rows: pl.DataFrame
    samples: Mapping[str, Sample]
    late_inputs: tuple[str, ...]
    strength: Mapping[str, float]


def model_card(
    *, run: TrainingRun, model: Model, scored: Mapping[str, int], figures: Mapping[str, object]
) -> Mapping[str, object]:
    """The card as a JSON document. Everything outside `made_with` is reproduced by a re-run.

    `scored` is the number of rows of each window that the model scores. Figures are kept to nine
    significant digits: the last bits of a sum differ between CPUs.
    """
    recipe, late = run.recipe, list(run.late_inputs)
    written_later = {
        name: why for name, why in run.source.written_later.items() if name not in late
    }
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
        "recipe": {"sha256": run.recipe_sha256, "seed": recipe.seed},
        "inputs": [_input(feature, run) for feature in model.features],
        "inputs_left_out": {**recipe.inputs_left_out, **written_later},
        "label": _label(run),
        "data": _data(run),
        "windows": {
            name: _window(sample, model, scored=scored[name])
            for name, sample in run.samples.items()
        },
        "figures": figures,
        "limits": list(recipe.limits),
        "made_with": _environment(),
    }
    return cast("Mapping[str, object]", _plain(document))


def _input(feature: Feature, run: TrainingRun) -> dict[str, object]:
    choice = run.recipe.inputs[feature.name]
    return {
        "name": feature.name,
        "type": feature.type,
        "missing": feature.missing.value,
        "known_at_decision": feature.name not in run.late_inputs,
        "risk": choice.risk,
        "why": choice.why,
        "auc_alone": run.strength[feature.name],
        "auc_ceiling": run.source.ceiling_auc,
        "reason_above_ceiling": run.recipe.reasons_for_strong_inputs.get(feature.name),
    }


def _label(run: TrainingRun) -> dict[str, object]:
    rule = run.source.label
    return {
        "definition": rule.said,
        "horizon_months": rule.months,
        "counts_by_status": label_counts(rows=run.rows, source=run.source),
        "unknown_is": "left out, never good",
    }


def _data(run: TrainingRun) -> dict[str, object]:
    source = run.source
    return {
        "name": source.name,
        "file": source.file,
        "licence": source.licence,
        "rows": run.rows.height,
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
