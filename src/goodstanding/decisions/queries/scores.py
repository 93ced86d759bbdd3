"""The scores of a decision with their parts: points lost by characteristic, log-odds by feature."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from goodstanding.decisions.queries.labels import Labels, as_words
from goodstanding.policies.engine import Policy
from goodstanding.scoring.types import Attributions

ADDS_UP = 1e-6


@dataclass(frozen=True, slots=True)
class LostPoints:
    """A characteristic of a scorecard: its points, and what was lost against the reference."""

    label: str
    points: int
    lost: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class ScoredModel:
    """A model or scorecard that was read, by its version and hash."""

    name: str
    kind: str
    version: str
    sha256: str
    score: str
    why_not: str
    lost: Sequence[LostPoints] = ()
    parts: "Parts | None" = None


@dataclass(frozen=True, slots=True)
class Parts:
    """How a model's score came about, in log-odds of bad: baseline and parts add up to the margin.

    `is_derived` says that the record held none, since the score did not vote, and they were
    derived from it for this page.
    """

    baseline_name: str
    baseline: Decimal
    margin: Decimal
    contributions: Sequence[tuple[str, Decimal]]
    error: float
    is_derived: bool = False

    @property
    def total(self) -> Decimal:
        """What the features add to the baseline."""
        return self.margin - self.baseline

    @property
    def adds_up(self) -> bool:
        """Whether baseline and parts give the margin, to a millionth."""
        return self.error <= ADDS_UP


def cards_of(record: Mapping[str, Any], labels: Labels) -> list[ScoredModel]:
    return [
        ScoredModel(
            name=card["id"],
            kind="scorecard",
            version=card["version"],
            sha256=card["sha256"],
            score=f"{card['points']} points, PD {card['pd']}",
            why_not="",
            lost=sorted(
                (
                    LostPoints(
                        labels.of(cell["feature"]),
                        cell["points"],
                        Decimal(cell["points_lost"]),
                        cell["reason"],
                    )
                    for cell in card["cells"]
                ),
                key=lambda cell: cell.lost,
                reverse=True,
            ),
        )
        for card in record["scorecards"]
    ]


def models_of(
    record: Mapping[str, Any], labels: Labels, policy: Policy | None
) -> list[ScoredModel]:
    derived = _derived_parts(record, policy)
    return [
        ScoredModel(
            name=model["id"],
            kind="model",
            version=model["version"],
            sha256=model["sha256"],
            score=as_words(model["score"]),
            why_not=model["why_not"],
            parts=_recorded_parts(model["attributions"], labels)
            or _parts(derived.get(model["name"]), labels),
        )
        for model in record["models"]
    ]


def _recorded_parts(parts: Mapping[str, Any] | None, labels: Labels) -> Parts | None:
    if parts is None:
        return None
    found = {name: float(value) for name, value in parts["contributions"].items()}
    return _added(
        parts["baseline_name"],
        float(parts["baseline"]),
        float(parts["margin"]),
        found,
        labels,
        is_derived=False,
    )


def _parts(parts: Attributions | None, labels: Labels) -> Parts | None:
    if parts is None:
        return None
    found = {item.feature: item.log_odds for item in parts.contributions}
    return _added(parts.baseline_name, parts.baseline, parts.margin, found, labels, is_derived=True)


def _added(
    name: str,
    baseline: float,
    margin: float,
    found: Mapping[str, float],
    labels: Labels,
    *,
    is_derived: bool,
) -> Parts:
    pairs = [(labels.of(feature), _places(value)) for feature, value in found.items()]
    return Parts(
        baseline_name=name,
        baseline=_places(baseline),
        margin=_places(margin),
        contributions=sorted(pairs, key=lambda pair: abs(pair[1]), reverse=True),
        error=abs(baseline + sum(found.values()) - margin),
        is_derived=is_derived,
    )


def _places(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal("0.0001"))


def _derived_parts(record: Mapping[str, Any], policy: Policy | None) -> dict[str, Attributions]:
    """The parts of models whose score did not vote; none where a personal input was needed."""
    if policy is None or all(model["attributions"] for model in record["models"]):
        return {}
    given = {
        name: entry["value"] for name, entry in record["inputs"].items() if "missing" not in entry
    }
    if any(isinstance(value, dict) for value in given.values()):
        return {}
    as_of = datetime.fromisoformat(record["as_of"])
    evaluation = policy.evaluate(given, as_of=as_of, attributions=True)
    return {model.name: model.attributions for model in evaluation.models if model.attributions}
