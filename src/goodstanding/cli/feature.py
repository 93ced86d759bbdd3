"""Features: list, show, compute for an entity, and look those of a decision up again."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from goodstanding.cli.django_start import start_django

if TYPE_CHECKING:
    from datetime import timedelta

    from goodstanding.policies.features import FeatureDefinition, SetEngine
    from goodstanding.policies.queries import FeatureFound, RateMissing

app = typer.Typer(help="Features from their files.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="name@version, or the name where it has one version.")]
ENGINES: "dict[str, SetEngine]" = {"duckdb": "duckdb", "spark": "spark"}
DIFFERS = 1


@app.callback()
def feature() -> None:
    """Features from their files."""


@app.command("list")
def list_features(as_json: AsJson = False) -> None:
    """Every version of every feature, desk by desk."""
    start_django()
    from goodstanding.policies.features import catalogue

    found = list(catalogue().values())
    if as_json:
        typer.echo(json.dumps([_document(item) for item in found], ensure_ascii=False))
        return
    table = Table("feature", "desk", "of", "measures", "window", "type", "unit")
    for item in found:
        table.add_row(
            item.reference, item.desk, item.entity.value, _measured(item), _length(item.window),
            str(item.type), item.unit,
        )  # fmt: skip
    Console().print(table)


@app.command()
def show(
    name: Name,
    engine: Annotated[str, typer.Option(help="Print its SQL: postgres, duckdb or spark.")] = "",
    as_json: AsJson = False,
) -> None:
    """What a feature measures; with --engine, the SQL that it becomes."""
    start_django()
    from goodstanding.policies.features import feature_named

    item = feature_named(name)
    document = _document(item)
    if engine:
        document["sql"] = _sql(item, engine)
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif engine:
        typer.echo(document["sql"])
    else:
        typer.echo(item.text.strip())


@app.command()
def compute(
    entity: Annotated[str, typer.Argument(help="Whose: scheme:value, as decisions name it.")],
    names: Annotated[list[str], typer.Argument(help="Features by name@version.")],
    legal_entity: Annotated[str, typer.Option(help="Code of the company whose facts count.")],
    as_of: Annotated[
        str | None, typer.Option(help="2026-11-22T14:05:00Z; now if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Features of an entity as of a moment, by the statement that decides live."""
    start_django()
    from goodstanding.cli.policy_files import moment_of
    from goodstanding.parties.queries import party_by_external_id
    from goodstanding.policies.features import feature_named
    from goodstanding.policies.queries import (
        AskedFeatures,
        foreign_currencies,
        look_up_features,
        rates_missing,
    )

    definitions = [feature_named(name) for name in names]
    scheme, _, value = entity.partition(":")
    party = party_by_external_id(scheme=scheme, value=value, legal_entity=legal_entity)
    moment = moment_of(as_of)
    asked = AskedFeatures(
        as_of=moment, legal_entity=legal_entity, party_id=party, entity=entity, event=entity
    )
    [found] = look_up_features(definitions, asked=[asked])
    unknown = [item.definition for item in found if item.missing == "invalid"]
    others = {item.reference: foreign_currencies(item, asked=asked) for item in unknown}
    lacking = {item.reference: rates_missing(item, asked=asked) for item in unknown}
    if as_json:
        values = {item.definition.reference: _value(item, others, lacking) for item in found}
        party_id = None if party is None else str(party)
        head = {"entity": entity, "party_id": party_id, "as_of": moment.isoformat()}
        typer.echo(json.dumps({**head, "features": values}, indent=2, ensure_ascii=False))
        return
    for item in found:
        shown = item.missing.replace("_", " ") if item.missing else str(item.value)
        typer.echo(f"{item.definition.reference:<32} {shown} {_unit(item)}".rstrip())
        for line in _why_unknown(item.definition, others, lacking):
            typer.echo(f"  {line}")


@app.command()
def rederive(
    decision: Annotated[UUID, typer.Argument(help="Id of a decision.")],
    by: Annotated[str, typer.Option(help="Who asks, for the audit trail.")] = "system:rederive",
    as_json: AsJson = False,
) -> None:
    """Look a decision's features up again, as of the decision; exits 1 where one differs."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.decisions.operations import rederive_features

    found = rederive_features(decision_id=decision, by=by, at=utc_now())
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str, ensure_ascii=False))
    else:
        typer.echo(str(found))
        for item in found.differing:
            typer.echo(f"  {item.name} ({item.definition}): {item.recorded}, now {item.derived}")
    raise typer.Exit(DIFFERS if found.differing else 0)


def _sql(item: "FeatureDefinition", engine: str) -> str:
    from goodstanding.policies.features import as_of_join, point_lookup

    if engine == "postgres":
        lookup = point_lookup([item])
        return f"select {', '.join(lookup.columns)}\nfrom asked\n{lookup.joins}"
    if engine not in ENGINES:
        raise typer.BadParameter(f"{engine!r} is none of postgres, {', '.join(ENGINES)}")
    return as_of_join([item], engine=ENGINES[engine], facts="facts", asked="decisions")


def _document(item: "FeatureDefinition") -> dict[str, Any]:
    return {
        "feature": item.name,
        "version": item.version,
        "title": item.title,
        "description": item.description,
        "desk": item.desk,
        "owner": item.owner,
        "entity": item.entity.value,
        "entity_type": item.entity.type_name,
        "source": list(item.kinds),
        "attributes": {name: str(type_) for name, type_ in item.attributes.items()},
        "filter": None if item.filter is None else item.filter.to_text(),
        "measure": item.measure.value,
        "of": None if item.value is None else item.value.to_text(),
        "window_hours": item.window.total_seconds() / 3600,
        "max_age_hours": None if item.max_age is None else item.max_age.total_seconds() / 3600,
        "type": str(item.type),
        "unit": item.unit,
        "currency": item.currency or None,
        "other_currencies": item.other_currencies.value if item.currency else None,
        "rate_max_age_hours": _rate_hours(item),
        "text_hash": item.text_hash,
    }


def _rate_hours(item: "FeatureDefinition") -> float | None:
    return None if item.conversion is None else item.rate_max_age.total_seconds() / 3600


def _measured(item: "FeatureDefinition") -> str:
    of = "" if item.value is None else f" of {item.value.to_text()}"
    where = "" if item.filter is None else f" where {item.filter.to_text()}"
    return f"{item.measure}{of} over {', '.join(item.kinds)}{where}"


def _length(of: "timedelta") -> str:
    hours = of.total_seconds() / 3600
    return f"{hours / 24:g} d" if hours % 24 == 0 else f"{hours:g} h"


def _value(
    item: "FeatureFound",
    others: dict[str, tuple[str, ...]],
    lacking: "dict[str, tuple[RateMissing, ...]]",
) -> dict[str, Any]:
    from goodstanding.policies.engine import as_text

    reference = item.definition.reference
    found: dict[str, Any] = {"value": as_text(item.value), "missing": item.missing}
    if others.get(reference):
        found["facts_in"] = list(others[reference])
    if lacking.get(reference):
        found["rates_missing"] = [
            {"currency": rate.currency, "effective_on": rate.effective_on.isoformat()}
            for rate in lacking[reference]
        ]
    return found


def _why_unknown(
    item: "FeatureDefinition",
    others: dict[str, tuple[str, ...]],
    lacking: "dict[str, tuple[RateMissing, ...]]",
) -> list[str]:
    """What the currencies of facts have to do with it, and the mend."""
    lines: list[str] = []
    if found := others.get(item.reference):
        lines.append(
            f"some facts are in {', '.join(found)}, and it measures {item.currency}: declare a"
            " feature for each currency, or write other_currencies: converted or left_out"
        )
    rates = lacking.get(item.reference, ())
    for rate in rates:
        pairs = f"{rate.currency}/{item.currency} or {item.currency}/{rate.currency}"
        lines.append(
            f"{rate.currency} of {rate.effective_on} has no rate: none of {pairs} was known that"
            f" is at most {_length(item.rate_max_age)} older"
        )
    return [*lines, "import the rates; docs/features.md says how"] if rates else lines


def _unit(item: "FeatureFound") -> str:
    return "" if item.missing else item.definition.unit
