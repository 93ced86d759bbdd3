"""`goodstanding model`: take models over from an MLflow registry, and show what was taken over."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goodstanding.core.errors import Refusal

if TYPE_CHECKING:
    from goodstanding.scoring.mlflow import Imported

app = typer.Typer(help="Models: take over from a registry, show.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class TypeUnreadable(Refusal):
    """{text!r} gives no feature a type."""

    code = "feature_type_unreadable"
    mend = "Write it as name=TYPE, for example requested_amount=DECIMAL(14,2)."


class ArtefactDiffers(Refusal):
    """{path} holds another artefact than the one taken over now."""

    code = "artefact_differs"
    status = 409
    mend = "A version never changes: register a new one, or write to another folder by --out."


@app.callback()
def model() -> None:
    """Models: take over from a registry, show."""


@app.command("import")
def import_from_registry(
    uri: Annotated[str, typer.Argument(help="models:/NAME/VERSION or models:/NAME@ALIAS.")],
    tracking: Annotated[
        str, typer.Option(help="The registry: https://..., or sqlite:///mlflow.db.")
    ] = "",
    folder: Annotated[
        Path | None, typer.Option(help="The model's files, where they were downloaded before.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the artefact.")] = Path("models"),
    name: Annotated[str, typer.Option(help="Another id than the registry's name.")] = "",
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="name=TYPE: the type of a feature, such as DECIMAL(14,2)."),
    ] = None,
    register_by: Annotated[
        str | None,
        typer.Option("--register-by", help="Who registers the version in the inventory."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Take a registered LightGBM model over as an artefact that policies pin by its sha256.

    The native text is read as data and checked; a pickle is never loaded. The artefact and its
    lineage (run, metrics, tags, digests) are written side by side. With --register-by the version
    enters the inventory of models, where it may not decide before it is approved.
    """
    from goodstanding.scoring.mlflow import import_model, open_folder, open_registry
    from goodstanding.scoring.mlflow.errors import ModelUriUnknown

    if folder is not None:
        parts = uri.removeprefix("models:/").split("/")
        if len(parts) != 2:
            raise ModelUriUnknown(field="uri", uri=uri)
        registered = open_folder(folder, name=parts[0], version=parts[1])
    else:
        registered = open_registry(uri, tracking=tracking)
    imported = import_model(registered, types=_types(types or []), name=name)
    path = _write(imported, out)
    version_id = None if register_by is None else _register(imported, by=register_by)
    _say(imported, path, version_id, as_json=as_json)


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="An artefact: NAME.model.json.")],
    as_json: Json = False,
) -> None:
    """Say what an artefact is: its sha256, its features, and where it came from."""
    from goodstanding.scoring.artifact import load_artifact

    loaded = load_artifact(file)
    lineage = _lineage_of(file)
    document = {
        "id": loaded.id,
        "version": loaded.version,
        "kind": loaded.kind,
        "sha256": loaded.sha256,
        "features": [
            {"name": item.name, "type": item.type, "missing": item.missing.value}
            for item in loaded.features
        ],
        "lineage": lineage,
    }
    if as_json:
        typer.echo(json.dumps(document, indent=2))
        return
    typer.echo(f"{loaded.id} {loaded.version}, {loaded.kind}: sha256 {loaded.sha256}")
    for item in loaded.features:
        typer.echo(f"  {item.name:24} {item.type:16} missing: {item.missing.value}")
    if lineage:
        typer.echo(f"  from {lineage['uri']} at {lineage['tracking']}, run {lineage['run_id']}")


def _types(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        feature, equals, type_ = text.partition("=")
        if not (feature and equals and type_):
            raise TypeUnreadable(field="type", text=text)
        found[feature] = type_.upper()
    return found


def _write(imported: "Imported", out: Path) -> Path:
    """The artefact and its lineage beside it; what stands there already must be the same."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{imported.id}_{imported.lineage['version']}.model.json"
    if path.exists() and path.read_bytes() != imported.content:
        raise ArtefactDiffers(path=str(path))
    path.write_bytes(imported.content)
    text = json.dumps(imported.lineage, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    _lineage_path(path).write_text(text, "utf-8")
    return path


def _lineage_path(artefact: Path) -> Path:
    return artefact.with_name(artefact.name.removesuffix(".model.json") + ".lineage.yaml")


def _lineage_of(artefact: Path) -> dict[str, Any] | None:
    path = _lineage_path(artefact)
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def _register(imported: "Imported", *, by: str) -> str:
    """Register the version in the inventory, with its lineage as facts; returns its id."""
    from goodstanding.cli.django_start import start_django

    start_django()
    from goodstanding.accounts.queries import person_by_email
    from goodstanding.core.errors import Forbidden, NotFound
    from goodstanding.core.time import utc_now
    from goodstanding.governance.operations import register_version
    from goodstanding.governance.types import Artefact, VersionKind

    person = person_by_email(email=by)
    if person is None:
        raise NotFound(what="person who signs in as", key=by)
    if not person.has_perm("governance.register_version"):
        raise Forbidden(who=person.display_name, verb="register a version", roles="the first line")
    lineage = imported.lineage
    facts = {
        key: {"value": lineage[key], "status": "present", "evidence": lineage["uri"]}
        for key in ("uri", "tracking", "run_id", "file_sha256", "metrics", "params", "tags")
    }
    version_id = register_version(
        kind=VersionKind.MODEL,
        name=imported.id,
        label=str(lineage["version"]),
        content_hash=imported.sha256,
        developer=person,
        by=person,
        at=utc_now(),
        artefact=Artefact(facts=facts),
    )
    return str(version_id)


def _say(imported: "Imported", path: Path, version_id: str | None, *, as_json: bool) -> None:
    if as_json:
        document = {
            "id": imported.id,
            "sha256": imported.sha256,
            "file": str(path),
            "features": [{"name": item.name, "type": item.type} for item in imported.features],
            "lineage": dict(imported.lineage),
            "version_id": version_id,
        }
        typer.echo(json.dumps(document, indent=2))
        return
    typer.echo(f"{imported.lineage['uri']} is {path}")
    typer.echo(f"pin it in a policy:\n  models:\n    pd: {{artefact: {imported.sha256}}}")
    if version_id:
        typer.echo(f"registered as version {version_id}; it may not decide before it is approved")
