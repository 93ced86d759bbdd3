"""The record of one test: what was asked, on which rows, by whose thresholds, and the light."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Literal

from goodstanding.validation.errors import ResultIncomplete


class Light(StrEnum):
    """What a test says; later ones outrank earlier ones when lights are put together."""

    GREEN = "GREEN"
    NOT_EVALUATED = "NOT_EVALUATED"
    INSUFFICIENT = "INSUFFICIENT"
    AMBER = "AMBER"
    RED = "RED"
    ERROR = "ERROR"


Side = Literal["lower", "upper", "two-sided", "none"]
_DECIDED = {Light.GREEN, Light.AMBER, Light.RED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The cuts that turn figures into lights; no supervisor sets them, so they name a source.

    A light is AMBER below `amber_p` and RED below `red_p`. Discrimination needs `min_events`
    events and as many non-events. PSI also needs its size to reach the `psi_` cuts.
    """

    version: str
    source: str
    amber_p: float = 0.05
    red_p: float = 0.01
    min_events: int = 30
    psi_amber: float = 0.10
    psi_red: float = 0.25

    def light_of_p(self, p: float) -> Light:
        """The light of a p-value; a p equal to a cut is on its good side."""
        if p < self.red_p:
            return Light.RED
        return Light.AMBER if p < self.amber_p else Light.GREEN


HOUSE_THRESHOLDS = Thresholds(
    version="house-1", source="house convention, field guide on model risk, section 5"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """One test on one segment. It cannot be built without what makes it evidence.

    `statistic` and `p` are None only where nothing was decided or, for p, where the test gives
    none (`side` is then "none"). `n_events` is None where the test counts no events. The light
    must be the one that p means under the thresholds; where the size of the effect counts too,
    `effect_gate` says how, and the light may be milder. `figures` holds what else a reader needs
    to check the result.
    """

    __test__: ClassVar[bool] = False

    test_id: str
    null_hypothesis: str
    side: Side
    reference: str
    statistic: float | None
    p: float | None
    n: int
    n_events: int | None
    segment: str
    thresholds: Thresholds
    light: Light
    inputs_hash: str
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    effect_gate: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a result that claims more than its figures."""
        named = {
            "test_id": self.test_id,
            "null_hypothesis": self.null_hypothesis,
            "reference": self.reference,
            "segment": self.segment,
        }
        for name, value in named.items():
            self._require(ok=bool(value.strip()), why=f"it has no {name}")
        self._require(ok=len(self.inputs_hash) == 64, why="it has no hash of its inputs")
        for name, value in (("statistic", self.statistic), ("p", self.p)):
            finite = value is None or math.isfinite(value)
            self._require(ok=finite, why=f"its {name} is not a finite number")
        if self.light in _DECIDED:
            self._require(ok=self.statistic is not None, why="a decided light needs a statistic")
            self._check_light()

    def _check_light(self) -> None:
        if self.side == "none":
            return
        if self.p is None:
            raise ResultIncomplete(test_id=self.test_id, why="a decided light needs a p-value")
        worst = self.thresholds.light_of_p(self.p)
        milder = bool(self.effect_gate) and _RANK[self.light] < _RANK[worst]
        self._require(
            ok=milder or self.light == worst, why=f"p = {self.p:g} means {worst}, not {self.light}"
        )

    def _require(self, *, ok: bool, why: str) -> None:
        if not ok:
            raise ResultIncomplete(test_id=self.test_id or "without a name", why=why)


_RANK = {light: rank for rank, light in enumerate(Light)}


def worst_light(lights: Iterable[Light]) -> Light:
    """The light of a run: ERROR outranks RED; nothing at all is NOT_EVALUATED."""
    return max(lights, key=_RANK.__getitem__, default=Light.NOT_EVALUATED)
