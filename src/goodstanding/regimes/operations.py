"""Load regimes from YAML: new rows for what is new or changed, nothing for what stands.

load_regimes(files=None) -> Loaded
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, cast

import yaml
from django.db import transaction

from goodstanding.regimes.errors import RegimeFileInvalid
from goodstanding.regimes.models import LegalClock, Provision, ReasonText, Regime, Threshold
from goodstanding.regimes.types import Loaded

CLOCK_DEFAULTS: dict[str, Any] = {
    "count_from": "day_after",
    "end_of_day": True,
    "roll": "none",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One provision as its file states it: what finds it, and what it says."""

    model: type[Provision]
    key: dict[str, Any]
    says: dict[str, Any]


def shipped_regime_files() -> list[Traversable]:
    """The regime files of the package, by name."""
    folder = resources.files("goodstanding.regimes") / "rows"
    return sorted(
        (file for file in folder.iterdir() if file.name.endswith(".yaml")),
        key=lambda file: file.name,
    )


@transaction.atomic
def load_regimes(*, files: Iterable[Traversable] | None = None) -> Loaded:
    """Bring the tables to what the files say, all or nothing; safe to repeat.

    A provision whose words changed under the same valid_from becomes the next revision; earlier
    revisions stay, so that what was decided on them can be explained.
    Raises RegimeFileInvalid naming file and place.
    """
    written = unchanged = 0
    for file in shipped_regime_files() if files is None else files:
        content = _read(file)
        regime = _regime(file.name, content)
        for row in _rows(file.name, content):
            if _write_if_new(regime, row):
                written += 1
            else:
                unchanged += 1
    return Loaded(written=written, unchanged=unchanged)


def _read(file: Traversable) -> dict[str, Any]:
    try:
        content: object = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as unreadable:
        raise RegimeFileInvalid(file=file.name, why=str(unreadable)) from unreadable
    if not isinstance(content, dict):
        raise RegimeFileInvalid(file=file.name, why="it must hold a mapping")
    return cast("dict[str, Any]", content)


def _regime(file: str, content: Mapping[str, Any]) -> Regime:
    named = {
        field: str(_field(file, content, field)) for field in ("title", "jurisdiction", "citation")
    }
    regime, _made = Regime.objects.get_or_create(
        code=str(_field(file, content, "code")), defaults=named
    )
    return regime


def _rows(file: str, content: Mapping[str, Any]) -> Iterable[_Row]:
    for entry in content.get("thresholds", []):
        value, unit = _field(file, entry, "value"), _field(file, entry, "unit")
        says = {"value": Decimal(str(value)), "unit": str(unit)}
        yield _row(file, content, entry, Threshold, says)
    for entry in content.get("clocks", []):
        says = {
            "clock_kind": str(_field(file, entry, "kind")),
            "target": int(_field(file, entry, "target")),
            **{field: entry.get(field, default) for field, default in CLOCK_DEFAULTS.items()},
        }
        yield _row(file, content, entry, LegalClock, says)
    for entry in content.get("reasons", []):
        for language, text in _field(file, entry, "texts").items():
            yield _row(file, content, entry, ReasonText, {"text": str(text)}, language=language)


def _row(
    file: str,
    content: Mapping[str, Any],
    entry: Mapping[str, Any],
    model: type[Provision],
    says: dict[str, Any],
    **more_key: Any,
) -> _Row:
    valid_from = entry.get("valid_from", content.get("valid_from"))
    valid_until = entry.get("valid_until", content.get("valid_until"))
    if not isinstance(valid_from, date):
        code = entry.get("code")
        raise RegimeFileInvalid(file=file, why=f"{code}: valid_from is not a date")
    return _Row(
        model=model,
        key={"code": str(_field(file, entry, "code")), "valid_from": valid_from, **more_key},
        says={
            **says,
            "valid_until": valid_until,
            "citation": str(entry.get("citation", content.get("citation", ""))),
            "verified": bool(entry.get("verified", True)),
        },
    )


def _write_if_new(regime: Regime, row: _Row) -> bool:
    rows = row.model.objects.filter(regime=regime, **row.key)  # pyright: ignore[reportAttributeAccessIssue]
    latest = rows.order_by("-revision").first()
    if latest is not None and all(getattr(latest, name) == said for name, said in row.says.items()):
        return False
    revision = 1 if latest is None else latest.revision + 1
    row.model(regime=regime, revision=revision, **row.key, **row.says).save(force_insert=True)
    return True


def _field(file: str, entry: Mapping[str, Any], name: str) -> Any:
    if name not in entry:
        where = entry.get("code", "the file")
        raise RegimeFileInvalid(file=file, why=f"{where}: field {name!r} is missing")
    return entry[name]
