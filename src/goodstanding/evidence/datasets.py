"""Histories that policies are tested on: declared by the desks, made once, kept as Parquet."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from goodstanding.core.errors import Refusal
from goodstanding.evidence.as_of_features import with_features
from goodstanding.policies.engine.backtest import History
from goodstanding.policies.features import FeatureDefinition, feature_named

MakeHistory = Callable[[], pl.DataFrame]


class DatasetUnknown(Refusal):
    """There is no history {name}."""

    code = "dataset_unknown"
    status = 404
    mend = "Declared histories: {known}."


class WindowUnknown(Refusal):
    """The history {dataset} has no window {name}."""

    code = "window_unknown"
    mend = "Its windows are: {known}."


class DatasetUnavailable(Refusal):
    """The history {name} cannot be made: {why}."""

    code = "dataset_unavailable"
    status = 409


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `first` to `last`, both included, of the column as_of."""

    name: str
    title: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Segment:
    """Groups of cases by the values of a column; `edges` cut a number into ranges [a, b)."""

    column: str
    title: str
    edges: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A history: which policy it fits, what its columns mean, how the table is made.

    `version` is part of the name of the file that keeps the table, so that a change of `make` is
    seen. `everybody_was_approved` as in `History`. `words` say in a sentence what the rows are
    and what is real about them. `scheme` is the scheme under which `key` identifies the entity of
    a decision, where the rows of the history were decided on here too. The rows of an `is_live`
    history come from our tables and are read again for every evidence. `segments` are the groups
    that a change is looked at by; `lgd` is the share of the exposure that is lost with a bad case,
    and `lgd_words` say where it comes from. `propensity` is the column with the chance by which a
    case was let in for a test, NULL where no chance decided.

    Where `make_facts` is given, each of `features`, `name@version`, is a column of its own name,
    as of each row, over those facts: `entity` is the column that says whose they are, `event` the
    one with the subject of what the row decides. `evidence.as_of_features` says what facts hold.
    """

    name: str
    title: str
    policy: str
    version: str
    words: str
    make: MakeHistory
    windows: tuple[Window, ...]
    as_of: str
    key: str
    label: str | None = None
    label_words: str = ""
    amount: str | None = None
    loss: str | None = None
    currency: str = ""
    everybody_was_approved: bool = False
    scheme: str = ""
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    is_live: bool = False
    segments: tuple[Segment, ...] = ()
    lgd: Decimal | None = None
    lgd_words: str = ""
    propensity: str | None = None
    make_facts: MakeHistory | None = None
    features: tuple[str, ...] = ()
    entity: str = ""
    event: str = ""

    @property
    def definitions(self) -> tuple[FeatureDefinition, ...]:
        """The features that are joined onto the rows; raises FeatureUnknown."""
        return tuple(feature_named(reference) for reference in self.features)

    def window(self, name: str) -> Window:
        """The window of this name; raises WindowUnknown."""
        for window in self.windows:
            if window.name == name:
                return window
        known = ", ".join(window.name for window in self.windows)
        raise WindowUnknown(field="window", dataset=self.name, name=name, known=known)


_datasets: dict[str, Dataset] = {}


def register_dataset(dataset: Dataset) -> None:
    """Declare a history; called from a desk's `apps.py`."""
    _datasets[dataset.name] = dataset


def datasets_for(policy: str) -> tuple[Dataset, ...]:
    """The histories that fit a policy, by name."""
    found = [dataset for dataset in _datasets.values() if dataset.policy == policy]
    return tuple(sorted(found, key=lambda dataset: dataset.name))


def dataset_named(name: str) -> Dataset:
    """The history of this name; raises DatasetUnknown."""
    if name not in _datasets:
        raise DatasetUnknown(field="dataset", name=name, known=", ".join(sorted(_datasets)))
    return _datasets[name]


def kept_table(dataset: Dataset, *, folder: Path) -> Path:
    """The Parquet file of a history, made now if it is not there; replaced in one step."""
    texts = "".join(item.text_hash for item in dataset.definitions)
    name = f"{dataset.name}:{dataset.version}{texts}"
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    path = folder / f"{dataset.name}-{digest}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        _made(dataset).write_parquet(draft)
        draft.replace(path)
    return path


def _made(dataset: Dataset) -> pl.DataFrame:
    """The rows, with the features of their entities as of each."""
    rows = dataset.make()
    if dataset.make_facts is None:
        return rows
    return with_features(
        rows,
        facts=dataset.make_facts(),
        definitions=dataset.definitions,
        entity=dataset.entity,
        event=dataset.event,
        as_of=dataset.as_of,
    )


def history_of(dataset: Dataset, *, window: str, folder: Path) -> History:
    """The rows of a window as a backtest reads them; those of a live history as they are now."""
    days = dataset.window(window)
    rows = (
        _made(dataset).lazy()
        if dataset.is_live
        else pl.scan_parquet(kept_table(dataset, folder=folder))
    )
    moment = pl.col(dataset.as_of)
    return History(
        source=rows.filter(moment.is_between(days.first, days.last)),
        as_of=dataset.as_of,
        key=dataset.key,
        label=dataset.label,
        amount=dataset.amount,
        loss=dataset.loss,
        currency=dataset.currency,
        everybody_was_approved=dataset.everybody_was_approved,
        columns=dataset.renamed,
    )
