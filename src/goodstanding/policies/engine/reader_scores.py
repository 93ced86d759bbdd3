"""The sections `scorecards` and `models` of a policy."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from goodstanding.policies.engine.definition import ModelDeclaration, ScorecardDeclaration
from goodstanding.policies.engine.section import Section, unique
from goodstanding.scoring.errors import ReferenceNotDeclared, ScorecardInvalid
from goodstanding.scoring.scale import Scale
from goodstanding.scoring.scorecard import (
    Band,
    Characteristic,
    Fixed,
    Group,
    Scorecard,
    Special,
    check_scorecard,
)
from goodstanding.scoring.types import Feature, MissingHandling

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class _Monotone(StrEnum):
    INCREASING = "increasing"
    DECREASING = "decreasing"
    NONE = "none"


class _Reference(StrEnum):
    MAX = "max"
    NEUTRAL = "neutral"
    MEAN = "mean"


def read_scorecards(root: Section, *, types: Mapping[str, str]) -> tuple[ScorecardDeclaration, ...]:
    """Scorecards by artefact, or written out; `types` are those of the declared inputs.

    A characteristic of a derived value names its type itself.
    """
    return tuple(_scorecard(name, section, types) for name, section in root.sections("scorecards"))


def read_models(root: Section) -> tuple[ModelDeclaration, ...]:
    """Models by artefact."""
    found: list[ModelDeclaration] = []
    for name, section in root.sections("models"):
        found.append(
            ModelDeclaration(
                name=name,
                artefact=_sha256(section),
                features=_names(section, "features"),
                reasons=_names(section, "reasons"),
                label=section.text("label", default=name.replace("_", " ")),
                place=section.place,
            )
        )
        section.finish()
    return tuple(found)


def _sha256(section: Section) -> str:
    found = section.text("artefact", required=True)
    if found and _SHA256.fullmatch(found) is None:
        section.fault(
            "artefact", f"{found!r} is no sha256.", "Write the 64 hex digits of the artefact."
        )
    return found


def _names(section: Section, key: str) -> dict[str, str]:
    inner = section.section(key)
    if inner is None:
        return {}
    return {name: inner.text(name, required=True) for name in inner.table}


def _scorecard(name: str, section: Section, types: Mapping[str, str]) -> ScorecardDeclaration:
    artefact = _sha256(section) if section.has("artefact") else ""
    card = None if artefact else _inline_card(name, section, types)
    declared = ScorecardDeclaration(
        name=name,
        artefact=artefact,
        card=card,
        features=_names(section, "features"),
        label=section.text("label", default=name.replace("_", " ")),
        place=section.place,
    )
    section.finish()
    return declared


def _inline_card(name: str, section: Section, types: Mapping[str, str]) -> Scorecard | None:
    scale = section.section("scale", required=True)
    if scale is None:
        return None
    items = section.items("characteristics", required=True)
    characteristics = tuple(_characteristic(item, types) for item in items)
    card = Scorecard(
        id=name,
        version=section.text("version", default="1"),
        base=section.integer("base", required=True),
        scale=Scale(
            pdo=scale.decimal("pdo", required=True) or Decimal(1),
            score=scale.decimal("score", required=True) or Decimal(0),
            odds=scale.decimal("odds", required=True) or Decimal(1),
        ),
        reference=(section.choice("reference", _Reference, default=_Reference.MAX) or "max"),  # pyright: ignore[reportArgumentType]
        characteristics=characteristics,
    )
    scale.finish()
    pairs = ((item.id, at.place) for item, at in zip(characteristics, items, strict=True))
    unique(pairs, what="characteristic", path=section.path, log=section.log)
    try:
        check_scorecard(card)
    except (ScorecardInvalid, ReferenceNotDeclared) as refused:
        section.log.add(section.place, section.path, refused.message, "Correct the card.")
        return None
    return card


def _characteristic(section: Section, types: Mapping[str, str]) -> Characteristic:
    bands = section.items("bands")
    lower: Decimal | None = None
    found: list[Band] = []
    for item in bands:
        upper = item.decimal("below")
        found.append(Band(lower=lower, upper=upper, points=_points(item), reason=_reason(item)))
        lower = upper
        item.finish()
    name = section.name("input")
    feature = Feature(
        name=name,
        type=section.text("type", default=types.get(name, "INTEGER")),
        missing=MissingHandling.OWN_BAND,
    )
    result = Characteristic(
        id=section.text("id", required=True),
        feature=feature,
        rank=section.integer("rank"),
        reason=section.text("reason", required=True),
        missing=_fixed(section, "missing") or Fixed(points=0),
        bands=tuple(found),
        groups=tuple(map(_group, section.items("groups"))),
        other=_fixed(section, "other"),
        special=tuple(map(_special, section.items("special"))),
        monotone=str(section.choice("monotone", _Monotone, default=_Monotone.NONE)),  # pyright: ignore[reportArgumentType]
        neutral_points=section.decimal("neutral_points"),
        mean_points=section.decimal("mean_points"),
    )
    if not section.has("missing"):
        section.fault("missing", "A missing value needs points.", "Write `missing: {points: 5}`.")
    section.finish()
    return result


def _points(section: Section) -> int:
    return section.integer("points", required=True)


def _reason(section: Section) -> str | None:
    return section.text("reason") or None


def _fixed(section: Section, key: str) -> Fixed | None:
    inner = section.section(key)
    if inner is None:
        return None
    found = Fixed(points=_points(inner), reason=_reason(inner))
    inner.finish()
    return found


def _group(section: Section) -> Group:
    found = Group(
        values=section.texts("values", required=True),
        points=_points(section),
        reason=_reason(section),
    )
    section.finish()
    return found


def _special(section: Section) -> Special:
    values: list[Decimal] = []
    for item in section.scalars("values", required=True):
        try:
            values.append(Decimal(item.text))
        except ArithmeticError:
            section.fault("values", f"{item.text!r} is no number.", "Write digits, such as -999.")
    found = Special(values=tuple(values), points=_points(section), reason=_reason(section))
    section.finish()
    return found
