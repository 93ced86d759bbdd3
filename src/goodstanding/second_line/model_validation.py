"""What the second line re-performs on a model that answers a probability of the bad outcome.

Pure: rows in, test results out. The rows are read anew from the source, not taken from whoever
developed the model.
"""

import zlib
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from goodstanding.scoring.training.gate import plain_values
from goodstanding.scoring.types import MissingHandling, Model
from goodstanding.second_line.types import LabelledRows
from goodstanding.validation.calibration import calibration_line, hosmer_lemeshow, spiegelhalter
from goodstanding.validation.development import score_replication
from goodstanding.validation.discrimination import area_under_curve, auc_against_development
from goodstanding.validation.leakage import input_too_good
from goodstanding.validation.stability import bin_counts, bin_edges, population_stability
from goodstanding.validation.types import TestResult

FOLDS = 5
REPLICATED_ROWS = 500


def model_results(
    *, model: Model, development: LabelledRows, current: LabelledRows
) -> list[TestResult]:
    """Every test of the plan: leakage by input, replication, discrimination, calibration, drift.

    Leakage is tested on the development window, where the model learned; the rest on the current
    window. Rows that the model refuses to score for a gap are left out.
    """
    learned, seen = (_scored(model, window.rows) for window in (development, current))
    pd_learned, pd_seen = (_pd(model, rows) for rows in (learned, seen))
    label, segment = seen["bad"].to_numpy(), current.name
    at_development = area_under_curve(label=learned["bad"].to_numpy(), score=pd_learned)
    results = [
        *_leakage(model, development),
        _replication(model, seen, segment=segment),
        spiegelhalter(label=label, pd=pd_seen, segment=segment),
        hosmer_lemeshow(label=label, pd=pd_seen, segment=segment, in_sample=False),
        calibration_line(label=label, pd=pd_seen, segment=segment),
        _drift(pd_learned, pd_seen, segment=f"{development.name} to {current.name}"),
    ]
    if at_development is not None:
        results.append(
            auc_against_development(
                label=label,
                score=pd_seen,
                auc_at_development=at_development.auc,
                segment=segment,
            )
        )
    return results


def plan_of(*, model: Model, development: LabelledRows, current: LabelledRows) -> dict[str, object]:
    """What it takes to run the same tests again."""
    return {
        "tests": "leakage by input, replication, calibration, drift, discrimination",
        "folds": FOLDS,
        "replicated_rows": REPLICATED_ROWS,
        "model": model.sha256,
        "development": {"window": development.name, "fingerprint": development.fingerprint},
        "current": {"window": current.name, "fingerprint": current.fingerprint},
    }


def _scored(model: Model, rows: pl.DataFrame) -> pl.DataFrame:
    refusing = [each.name for each in model.features if each.missing is MissingHandling.REFUSE]
    return rows.drop_nulls(refusing) if refusing else rows


def _pd(model: Model, rows: pl.DataFrame) -> NDArray[np.float64]:
    return model.score_many(rows).cast(pl.Float64).to_numpy()


def _leakage(model: Model, window: LabelledRows) -> Iterator[TestResult]:
    rows = window.rows
    fold = np.array([zlib.crc32(str(key).encode()) % FOLDS for key in rows["key"]])
    label = rows["bad"].to_numpy()
    for feature in model.features:
        yield input_too_good(
            name=feature.name,
            values=plain_values(rows[feature.name]),
            label=label,
            fold=fold,
            segment=window.name,
        )


def _replication(model: Model, rows: pl.DataFrame, *, segment: str) -> TestResult:
    """Scores one by one, as the decision service asks for them, against scores in batch."""
    sample = rows.head(REPLICATED_ROWS)
    names = [feature.name for feature in model.features]
    one_by_one = [model.score(record) for record in sample.select(names).to_dicts()]
    in_batch = [Decimal(str(score)) for score in model.score_many(sample)]
    return score_replication(recorded=one_by_one, recomputed=in_batch, segment=segment)


def _drift(learned: NDArray[np.float64], seen: NDArray[np.float64], *, segment: str) -> TestResult:
    edges = bin_edges(learned)
    expected, actual = (bin_counts(values, edges=edges) for values in (learned, seen))
    return population_stability(expected=expected, actual=actual, segment=segment)
