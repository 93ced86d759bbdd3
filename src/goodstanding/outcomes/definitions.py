"""Label definitions: one YAML file each, in the desk's folder `labels/`."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec
import yaml

from goodstanding.outcomes.errors import LabelFileRefused, UnknownLabel
from goodstanding.outcomes.types import FactWhere, LabelDefinition

_desks: list[str] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    version: int
    title: str
    policies: list[str]
    event_kinds: list[str]
    horizon_months: int
    reporting_lag_days: int
    source: str
    indeterminate: FactWhere | None = None


def register_labels(*, desk: str) -> None:
    """Take the labels in `goodstanding/<desk>/labels/*.yaml`; called from a desk's `apps.py`."""
    if desk not in _desks:
        _desks.append(desk)
    label_definitions.cache_clear()


@cache
def label_definitions() -> Mapping[str, LabelDefinition]:
    """All labels by name."""
    found = [
        read_label_file(path.read_text("utf-8"), path=f"{desk}/labels/{path.name}", desk=desk)
        for desk in _desks
        for path in sorted(_label_files(desk), key=lambda file: file.name)
    ]
    return {definition.name: definition for definition in found}


def label_named(name: str) -> LabelDefinition:
    """The definition; raises UnknownLabel with those that exist."""
    known = label_definitions()
    if name not in known:
        raise UnknownLabel(field="label", name=name, known=", ".join(known) or "none")
    return known[name]


def read_label_file(text: str, *, path: str, desk: str) -> LabelDefinition:
    """Read one file; raises LabelFileRefused naming the key that is missing or wrong."""
    try:
        read = msgspec.convert(yaml.safe_load(text), _File)
    except (yaml.YAMLError, msgspec.ValidationError) as surprise:
        raise LabelFileRefused(path=path, reason=str(surprise)) from surprise
    if read.horizon_months < 1 or read.reporting_lag_days < 0 or not read.event_kinds:
        raise LabelFileRefused(path=path, reason="horizon, lag or event_kinds make no label")
    return LabelDefinition(
        name=read.name,
        version=read.version,
        title=read.title,
        desk=desk,
        policies=tuple(read.policies),
        event_kinds=tuple(read.event_kinds),
        indeterminate=read.indeterminate,
        horizon_months=read.horizon_months,
        reporting_lag_days=read.reporting_lag_days,
        source=read.source,
    )


def _label_files(desk: str) -> list[Traversable]:
    folder = files(f"goodstanding.{desk}").joinpath("labels")
    return [path for path in folder.iterdir() if path.name.endswith(".yaml")]
