"""What changed in one row of a decision table, cell by cell."""

from collections.abc import Iterator

from goodstanding.policies.engine.definition import DecisionRow, DecisionTable

Row = tuple[DecisionTable, DecisionRow]


def row_details(old: Row, new: Row) -> Iterator[tuple[str, bool]]:
    """The cells that differ, under the heads of their columns; and whether that can decide."""
    left, right = _cells(*old), _cells(*new)
    for name in dict.fromkeys([*left, *right]):
        before, after = left.get(name, "-"), right.get(name, "-")
        if before != after:
            yield f"{name} changes from {before} to {after}", name != "label"


def _cells(table: DecisionTable, row: DecisionRow) -> dict[str, str]:
    found = {
        column.name: _plain(cell.text)
        for column, cell in zip(table.columns, row.tests, strict=True)
    }
    found |= {
        output.name: cell.text for output, cell in zip(table.outputs, row.values, strict=True)
    }
    effect = row.effect.value if row.effect else "-"
    own = {"effect": effect, "reason": row.reason or "-", "points": str(row.points)}
    return found | own | {"priority": str(row.priority), "label": row.label}


def _plain(text: str) -> str:
    return ", ".join(part.strip() for part in text.split(","))
