"""What training asks of the statistics, and what it hands back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from numpy.typing import ArrayLike


class Evidence(Protocol):
    """The statistics that a model card needs; the validation room provides them.

    Scoring and validation are siblings and do not import each other, so who trains passes one
    to the other.
    """

    def univariate_auc(self, *, values: ArrayLike, label: ArrayLike, fold: ArrayLike) -> float:
        """AUC that one raw input reaches alone, whatever the form of its effect."""
        ...

    def quality_figures(
        self, *, label: ArrayLike, pd: ArrayLike, segment: str
    ) -> dict[str, object]:
        """Discrimination and calibration of PDs on labelled rows."""
        ...

    def stability_figures(
        self, *, reference: ArrayLike, current: ArrayLike, segment: str
    ) -> dict[str, object]:
        """PSI of the score between two samples, with its benchmark and light."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """An artefact's bytes and the card that says how it came to be."""

    artifact: bytes
    card: Mapping[str, object]
