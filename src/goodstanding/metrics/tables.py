"""Which tables the lake has: each file `sql/lake_<table>.sql` of an installed room is one."""

from importlib.resources import files

from django.apps import apps

from goodstanding.metrics.export import LakeTable

PREFIX, SUFFIX = "lake_", ".sql"


def lake_tables() -> tuple[LakeTable, ...]:
    """The tables of the lake in the order of the rooms, bottom first."""
    found: list[LakeTable] = []
    for config in apps.get_app_configs():
        folder = (
            files(config.name).joinpath("sql") if config.name.startswith("goodstanding.") else None
        )
        if folder is None or not folder.is_dir():
            continue
        names = sorted(path.name for path in folder.iterdir())
        found += [
            LakeTable(name.removeprefix(PREFIX).removesuffix(SUFFIX), config.label)
            for name in names
            if name.startswith(PREFIX) and name.endswith(SUFFIX)
        ]
    return tuple(found)
