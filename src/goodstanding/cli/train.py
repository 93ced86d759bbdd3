"""`goodstanding train`: make the shipped models anew, or check that they can be made anew."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.progress import Progress

from goodstanding.core.errors import NotFound
from goodstanding.scoring.training.recipe import load_recipe
from goodstanding.scoring.training.run import train as train_model
from goodstanding.scoring.training.types import Trained
from goodstanding.validation import development

PACKAGE = Path(__file__).resolve().parents[1]
RECIPE, MODEL, CARD = ".recipe.yaml", ".model.json", ".card.json"

app = typer.Typer(help="Train the models of a desk from their recipes.", add_completion=False)


@app.command("train")
def train(
    target: Annotated[
        str, typer.Argument(help="desk/name of a recipe, or the beginning of several: credit/sba")
    ] = "credit/sba",
    data: Annotated[
        Path | None, typer.Option(help="Folder of the training data; the samples by default.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder to write to; the desk's own models by default.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; compare with the shipped files.")
    ] = False,
    allow_leakage: Annotated[
        bool,
        typer.Option(
            "--allow-leakage-for-demonstration",
            help="Also train demonstrations on inputs written after the outcome, whatever the"
            " AUC of one input alone.",
        ),
    ] = False,
) -> None:
    """Train each recipe that TARGET names and write its artefact and its model card.

    With --check, train in memory, compare with the shipped files bit for bit, and exit with code 1
    where one differs.
    """
    differing = _each(
        _recipes(target),
        console=Console(),
        data=data,
        output=output,
        check=check,
        allow_leakage=allow_leakage,
    )
    raise typer.Exit(code=1 if differing else 0)


def _recipes(target: str) -> list[Path]:
    """Recipe files that the target names; a demonstration only comes along in a group last."""
    desk, _, name = target.partition("/")
    folder = PACKAGE / desk / "models"
    found = sorted(folder.glob(f"{name}*{RECIPE}")) if desk.isidentifier() else []
    exact = [path for path in found if path.name == f"{name}{RECIPE}"]
    if not found:
        known = sorted(PACKAGE.glob(f"*/models/*{RECIPE}"))
        names = (f"{path.parts[-3]}/{path.name.removesuffix(RECIPE)}" for path in known)
        raise NotFound(what="recipe", key=target, mend=f"There are: {', '.join(names)}.")
    return exact or found


def _each(
    recipes: list[Path],
    *,
    console: Console,
    data: Path | None,
    output: Path | None,
    check: bool,
    allow_leakage: bool,
) -> int:
    """Train every recipe with progress; the number that differ from the shipped ones."""
    differing = 0
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Training", total=len(recipes))
        for path in recipes:
            name = path.name.removesuffix(RECIPE)
            progress.update(task, description=f"Training {name}")
            is_demonstration = name.endswith("_demo")
            if is_demonstration and len(recipes) > 1 and not (allow_leakage or check):
                console.print(f"{name}: left out, a demonstration of leakage")
                continue
            trained = train_model(
                recipe_path=path,
                data_folder=data or _shipped_data(path),
                evidence=development,
                leakage_allowed=is_demonstration and (allow_leakage or check),
            )
            if check:
                differing += not _same_as_shipped(name, path.parent, trained, console)
            else:
                _write(name, output or path.parent, trained, console)
            progress.advance(task)
    return differing


def _shipped_data(recipe: Path) -> Path:
    """The folder of the samples that holds the recipe's data; the samples themselves if none."""
    samples, (_, source) = PACKAGE / "samples", load_recipe(recipe)
    return next((path.parent for path in sorted(samples.rglob(source.file))), samples)


def _write(name: str, folder: Path, trained: Trained, console: Console) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}{MODEL}").write_bytes(trained.artifact)
    (folder / f"{name}{CARD}").write_text(card_text(trained.card), encoding="utf-8")
    model = cast("Mapping[str, object]", trained.card["model"])
    figures = cast("Mapping[str, Mapping[str, object]]", trained.card["figures"])
    console.print(
        f"{name}: {len(trained.artifact):,} bytes, sha256 {model['sha256']}, "
        f"AUC {figures['train']['auc']:.3f} on training and {figures['test']['auc']:.3f} on test",
        highlight=False,
    )


def card_text(card: Mapping[str, object]) -> str:
    """The model card as it is written: sorted keys, readable."""
    return json.dumps(card, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _same_as_shipped(name: str, folder: Path, trained: Trained, console: Console) -> bool:
    """Whether the artefact is the shipped one bit for bit, and the card's figures its figures.

    What the card says of code and libraries may differ; it is printed, as the likely cause.
    """
    model_path, card_path = folder / f"{name}{MODEL}", folder / f"{name}{CARD}"
    if not model_path.is_file() or not card_path.is_file():
        console.print(f"{name}: [red]nothing is shipped[/red]")
        return False
    same_bytes = model_path.read_bytes() == trained.artifact
    shipped = json.loads(card_path.read_text(encoding="utf-8"))
    remade = json.loads(card_text(trained.card))
    causes = _differences(shipped.pop("made_with"), remade.pop("made_with"), at="made_with")
    gaps = _differences(shipped, remade, at="card")
    same = same_bytes and not gaps
    verdict = "[green]the same[/green]" if same else "[red]differs[/red]"
    console.print(
        f"{name}: artefact {'equal' if same_bytes else 'NOT equal'} bit for bit, {verdict}"
    )
    for line in (*gaps, *(f"made otherwise: {cause}" for cause in causes)):
        console.print(f"  {line}", highlight=False, markup=False)
    return same


def _differences(shipped: object, remade: object, *, at: str) -> list[str]:
    """Paths at which two documents differ, with both values."""
    if isinstance(shipped, dict) and isinstance(remade, dict):
        left, right = cast("dict[str, object]", shipped), cast("dict[str, object]", remade)
        return [
            line
            for key in sorted({*left, *right})
            for line in _differences(left.get(key), right.get(key), at=f"{at}.{key}")
        ]
    if isinstance(shipped, list) and isinstance(remade, list):
        first, second = cast("list[object]", shipped), cast("list[object]", remade)
        if len(first) == len(second):
            pairs = enumerate(zip(first, second, strict=True))
            return [
                line
                for place, (one, other) in pairs
                for line in _differences(one, other, at=f"{at}[{place}]")
            ]
    return [] if shipped == remade else [f"{at}: shipped {shipped!r}, now {remade!r}"]
