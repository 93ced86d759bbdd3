"""A room is entered by its doors: operations, queries, types, errors."""

import re
from pathlib import Path

import grimp
import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "goodstanding"
DOORS = {"operations", "queries", "types", "errors"}
OPEN_ROOMS = {"core", "language", "scoring", "validation"}
EXTRA_DOORS = {
    "goodstanding.policies.engine",  # pure: runs in a notebook
    "goodstanding.policies.features",  # pure, and where desks register their features
    "goodstanding.metrics.lake",  # pure: runs in a notebook
    "goodstanding.metrics.catalogue",  # where desks register their metrics
    "goodstanding.evidence.datasets",  # where desks register their data sets
    "goodstanding.outcomes.definitions",  # where desks register their labels
    "goodstanding.second_line.development",  # where the rows under models are registered
}
# A part of a room that has grown doors of its own.
PARTS_WITH_DOORS = {"goodstanding.evidence.experiments"}
WIRING = {"cli", "serve", "samples", "web", "api"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("goodstanding", cache_dir=None)


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def _is_door(module: str) -> bool:
    parts = module.split(".")
    if len(parts) <= 2 or parts[2] in DOORS:
        return True
    if len(parts) > 3 and ".".join(parts[:3]) in PARTS_WITH_DOORS and parts[3] in DOORS:
        return True
    return any(module == door or module.startswith(f"{door}.") for door in EXTRA_DOORS)


def test_no_side_doors(graph: grimp.ImportGraph) -> None:
    side_doors = [
        f"{importer} -> {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if _room(importer) != _room(imported)
        and _room(imported) not in OPEN_ROOMS | WIRING
        and not _is_door(imported)
    ]

    assert sorted(side_doors) == []


def test_tables_are_named_room_and_noun() -> None:
    from django.apps import apps

    misnamed = [
        model._meta.label
        for config in apps.get_app_configs()
        if config.name.startswith("goodstanding.")
        for model in config.get_models()
        if not re.fullmatch(rf"{config.label}_[a-z0-9_]+", model._meta.db_table)
    ]

    assert misnamed == []


def test_files_and_functions_stay_short() -> None:
    import ast

    too_long = []
    for path in SOURCE.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        text = path.read_text()
        if text.count("\n") > 500:
            too_long.append(f"{path.name}: {text.count(chr(10))} lines")
        too_long += [
            f"{path.name}:{node.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (node.end_lineno or 0) - node.lineno > 50
        ]

    assert too_long == []


def test_every_verb_is_held_by_a_role() -> None:
    from goodstanding.accounts.types import declared_verbs

    orphans = [
        f"{room}.{verb.code}"
        for room, verbs in declared_verbs().items()
        for verb in verbs.values()
        if not verb.roles
    ]

    assert orphans == []
