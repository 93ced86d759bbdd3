"""Which past cases a page counts over: a window of a declared history, asked for or usual."""

from dataclasses import dataclass

from django.http import HttpRequest

from goodstanding.evidence.datasets import Dataset, Window, datasets_for
from goodstanding.evidence.queries import last_backtests
from goodstanding.web.listing import changed_url
from goodstanding.web.pages.policies.forms import period_choices
from goodstanding.web.types import Chip, ChipGroup


@dataclass(frozen=True, slots=True)
class Period:
    """A window of a history."""

    dataset: Dataset
    window: Window

    @property
    def name(self) -> str:
        """`dataset:window`, as addresses and commands have it."""
        return f"{self.dataset.name}:{self.window.name}"


def usual_period(policy: str) -> Period | None:
    """The cases of the newest finished backtest of a policy, else the first that are declared."""
    periods = _periods(policy)
    newest = last_backtests().get(policy)
    if newest is not None:
        wanted = f"{newest.dataset}:{newest.window}"
        return next((each for each in periods if each.name == wanted), periods[0])
    return periods[0] if periods else None


def period_asked(request: HttpRequest, policy: str) -> Period | None:
    """The window that the address names; None where it names none that there is."""
    asked = request.GET.get("period", "")
    return next((each for each in _periods(policy) if each.name == asked), None)


def _periods(policy: str) -> list[Period]:
    return [
        Period(dataset, window) for dataset in datasets_for(policy) for window in dataset.windows
    ]


def period_chips(
    request: HttpRequest, policy: str, current: Period | None, *, without: str = ""
) -> ChipGroup:
    """A link for each window, and one for none of them under the words `without`."""
    asked = dict(request.GET.items())
    chips = [
        Chip(
            words,
            changed_url(request.path, asked, period=name),
            current is not None and current.name == name,
        )
        for name, words in period_choices(datasets_for(policy))
    ]
    if without:
        plain = {key: value for key, value in asked.items() if key != "period"}
        chips.insert(0, Chip(without, changed_url(request.path, plain), current is None))
    return ChipGroup("Cases", chips)
