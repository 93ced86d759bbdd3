"""Lists that a policy names and does not hold: kept elsewhere, under a version that it pins."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeAlias

from goodstanding.language.errors import ExpressionRefused
from goodstanding.language.types import parse_type
from goodstanding.policies.engine.definition import ListDeclaration, PolicyDefinition
from goodstanding.policies.engine.evaluation import Value
from goodstanding.policies.engine.mistakes import MistakeLog
from goodstanding.policies.engine.values import NotOfType, read_text, value_of


@dataclass(frozen=True, slots=True)
class KeptValues:
    """An approved version of a list: values as texts, the type that they have."""

    values: tuple[str, ...]
    type_name: str = "TEXT"
    label: str = ""
    approved_by: str = ""
    begins_on: date | None = None
    expires_on: date | None = None


FindList: TypeAlias = Callable[[str, str], KeptValues | None]
"""From name and version to the values; None where no such version is approved."""


def lists_beside(policy: Path | None) -> FindList:
    """Lists in a folder `lists` beside a policy's file: `name@version.txt`, one value a line."""

    def find(name: str, version: str) -> KeptValues | None:
        if policy is None or not version.replace("-", "").replace(".", "").isalnum():
            return None
        path = policy.parent / "lists" / f"{name}@{version}.txt"
        if not path.is_file():
            return None
        lines = path.read_text("utf-8").splitlines()
        return KeptValues(values=tuple(line.strip() for line in lines if line.strip()))

    return find


def with_kept_lists(
    definition: PolicyDefinition, *, find: FindList, source: str
) -> PolicyDefinition:
    """The definition with the values of every kept list put in, so that its hash covers them.

    Raises PolicyRefused where a version is not at hand, or does not have the declared type.
    """
    if not any(item.kept for item in definition.lists):
        return definition
    log = MistakeLog()
    lists = tuple(_filled(item, find, log) if item.kept else item for item in definition.lists)
    log.refuse(source=source)
    return replace(definition, lists=lists)


def _filled(item: ListDeclaration, find: FindList, log: MistakeLog) -> ListDeclaration:
    path = f"lists.{item.name}"
    found = find(item.kept, item.version)
    if found is None:
        log.add(
            item.place,
            path,
            f"No version {item.version} of the list {item.kept} is approved and at hand.",
            f"Have it approved, or put it beside the policy as lists/{item.kept}@{item.version}.txt"
            ", one value a line.",
            code="list_not_found",
        )
        return item
    try:
        type_ = parse_type(found.type_name)
        cells = [read_text(text, type_) for text in found.values]
    except (ExpressionRefused, NotOfType) as refused:
        log.add(item.place, path, f"The list {item.kept} cannot be read: {refused}.", "Correct it.")
        return item
    values: list[Value] = [value for cell in cells if (value := value_of(cell, type_)) is not None]
    return replace(
        item,
        type=type_,
        values=tuple(values),
        label=item.label or found.label,
        approved_by=found.approved_by,
        begins_on=found.begins_on,
        expires_on=found.expires_on,
    )
