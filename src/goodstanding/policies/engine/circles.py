"""Derived values that need themselves."""

import re
from collections.abc import Mapping

from goodstanding.policies.engine.definition import PolicyDefinition

_WORD = re.compile(r"[a-z][a-z0-9_]*")


def circles_of(definition: PolicyDefinition) -> dict[str, str]:
    """The derived values that need themselves, by name, with the way round in words.

    Read from the texts alone, since a value in a circle has no type yet.
    """
    names = {item.name for item in definition.derived}
    reads = {
        item.name: [name for name in _WORD.findall(item.written.text) if name in names]
        for item in definition.derived
    }
    found: dict[str, str] = {}
    for start in reads:
        way = _way_back(start, reads)
        if way:
            found[start] = " -> ".join(way)
    return found


def _way_back(start: str, reads: Mapping[str, list[str]]) -> list[str]:
    """The shortest way from a name over what it reads back to itself; empty without one."""
    ways, seen = [[start]], set[str]()
    while ways:
        way = ways.pop(0)
        for name in reads[way[-1]]:
            if name == start:
                return [*way, name]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []
