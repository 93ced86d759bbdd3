"""The catalogue: each metric is a file, a header of comments and a query of the rows it counts.

    -- title: Approval rate
    -- question: How many of the decided did the policy approve?
    -- version: 1
    -- owner: Credit risk manager
    -- unit: ratio
    -- measure: proportion
    -- grain: decision by month
    -- direction: neither
    -- watch: 0.4
    -- act: 0.3
    -- maturity: a decision is final when it is recorded
    -- source: docs/metrics.md
    -- reads: decision,
    --   case
    select ...

A comment without a key goes on with the key before it. `rows: open_cases` instead of a query takes
that of `shared/open_cases.sql`, which several desks count alike; `:desk` is the metric's desk.
`with: known_fact` puts the relation of `relations/known_fact.sql` before the query.

Desks register their folders in `apps.py` by `register_metrics`.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import dropwhile

from goodstanding.metrics.errors import MetricFileRefused, UnknownMetric
from goodstanding.metrics.types import (
    Direction,
    Measure,
    MetricDefinition,
    Thresholds,
    Unit,
)

REQUIRED = (
    "title question version owner unit measure grain direction maturity source reads".split()  # noqa: SIM905
)
OPTIONAL = ("watch", "act", "pair", "horizon_days", "simulated", "banner", "rows", "with")
HEADER_LINE = re.compile(r"--\s*([a-z_]+):\s*(.*)")

_desks: list[str] = []


def register_metrics(*, desk: str) -> None:
    """Take the metrics in `goodstanding/<desk>/metrics/*.sql` into the catalogue."""
    if desk not in _desks:
        _desks.append(desk)
    catalogue.cache_clear()


@cache
def catalogue() -> Mapping[str, MetricDefinition]:
    """All metrics by name, desk by desk."""
    found: dict[str, MetricDefinition] = {}
    for desk in _desks:
        for path in sorted(_files(desk), key=lambda file: file.name):
            definition = read_metric(path.read_text("utf-8"), name=path.name[:-4], desk=desk)
            if definition.name in found:
                raise MetricFileRefused(path=path.name, reason="another desk has that name")
            found[definition.name] = definition
    return found


def metric_named(name: str) -> MetricDefinition:
    """The metric; raises UnknownMetric."""
    definition = catalogue().get(name)
    if definition is None:
        raise UnknownMetric(field="metric", name=name)
    return definition


def read_metric(text: str, *, name: str, desk: str) -> MetricDefinition:
    """Read a metric's file; raises MetricFileRefused naming the key that is missing or wrong."""
    header = _header(text)
    missing = [key for key in REQUIRED if not header.get(key)]
    unknown = sorted(set(header) - {*REQUIRED, *OPTIONAL})
    if missing or unknown:
        reason = f"the header lacks {', '.join(missing)}" if missing else f"unknown {unknown[0]!r}"
        raise MetricFileRefused(path=f"{desk}/metrics/{name}.sql", reason=reason)
    try:
        return _definition(text, header, name=name, desk=desk)
    except ValueError as surprise:
        path = f"{desk}/metrics/{name}.sql"
        raise MetricFileRefused(path=path, reason=str(surprise)) from surprise


def _definition(text: str, header: Mapping[str, str], *, name: str, desk: str) -> MetricDefinition:
    horizon = header.get("horizon_days")
    query = _query(text, header)
    return MetricDefinition(
        name=name,
        title=header["title"],
        question=header["question"],
        desk=desk,
        version=int(header["version"]),
        owner=header["owner"],
        unit=Unit(header["unit"]),
        measure=Measure(header["measure"]),
        grain=header["grain"],
        direction=Direction(header["direction"]),
        thresholds=Thresholds(_number(header.get("watch")), _number(header.get("act"))),
        maturity=header["maturity"],
        source=header["source"],
        reads=tuple(table.strip() for table in header["reads"].split(",")),
        pair=header.get("pair"),
        horizon_days=int(horizon) if horizon else None,
        simulated=header.get("simulated"),
        banner=header.get("banner"),
        sql=query,
        sha256=hashlib.sha256(
            (text if query == _body(text) else text + query).encode()
        ).hexdigest(),
    )


def _files(desk: str) -> list[Traversable]:
    folder = files(f"goodstanding.{desk}").joinpath("metrics")
    return [path for path in folder.iterdir() if path.name.endswith(".sql")]


def _header(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        match = HEADER_LINE.fullmatch(line.strip())
        if match:
            last = match[1]
            found[last] = match[2].strip()
        elif last:
            found[last] = f"{found[last]} {line.removeprefix('--').strip()}".strip()
    return found


def _query(text: str, header: Mapping[str, str]) -> str:
    own, shared = _body(text), header.get("rows")
    if bool(own) == bool(shared):
        raise ValueError("it needs a query, or rows: of a shared one, and not both")
    if shared:
        own = _text_of("shared", shared, what="query")
    return _with_relations(own, header.get("with", ""))


def _with_relations(query: str, names: str) -> str:
    """The query behind the relations it names, as one statement."""
    if not names:
        return query
    relations = [
        f"{name} as (\n{_text_of('relations', name, what='relation')}\n)"
        for name in map(str.strip, names.split(","))
    ]
    is_first = not query.startswith("with ")
    parts = [*relations, *([] if is_first else [query.removeprefix("with ")])]
    return "with " + ",\n\n".join(parts) + (f"\n\n{query}" if is_first else "")


def _text_of(folder: str, name: str, *, what: str) -> str:
    path = files("goodstanding.metrics").joinpath(folder, f"{name}.sql")
    if not path.is_file():
        raise ValueError(f"no shared {what} is called {name!r}")
    return _body(path.read_text("utf-8"))


def _body(text: str) -> str:
    return "\n".join(dropwhile(lambda line: line.startswith("--"), text.splitlines())).strip()


def _number(text: str | None) -> float | None:
    return float(text) if text else None
