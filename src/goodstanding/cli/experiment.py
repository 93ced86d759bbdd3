"""Experiments from the command line: plan, start, look, halt, end, and judging without one."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goodstanding.cli.django_start import start_django
from goodstanding.cli.people import person_with_right
from goodstanding.cli.text_files import read_text
from goodstanding.core.errors import NotFound

if TYPE_CHECKING:
    from goodstanding.evidence.experiments.types import ExperimentView, Reading

NO_ANSWER = 1
app = typer.Typer(help="Experiments on live decisions.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
By = Annotated[str, typer.Option(help="Who does it: an e-mail address of a person with the right.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the step.")]
Name = Annotated[str, typer.Argument(help="The experiment's name.")]


@app.callback()
def experiment() -> None:
    """Experiments on live decisions."""


@app.command(name="list")
def list_experiments(
    policy: Annotated[str | None, typer.Option(help="Only of this policy.")] = None,
    as_json: Json = False,
) -> None:
    """Every experiment, the newest first, and where it stands."""
    start_django()
    from goodstanding.evidence.experiments.queries import experiments

    found = experiments(policy=policy)
    if as_json:
        typer.echo(json.dumps([_summary(view) for view in found]))
        return
    for view in found:
        typer.echo(f"{view.plan.name:28} {view.state.value:10} {view.plan.policy}")
    typer.echo(f"{len(found)} experiments")


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """An experiment's plan and its steps so far."""
    start_django()
    from goodstanding.evidence.experiments.queries import experiment_named, plan_document

    view = experiment_named(name=name)
    if as_json:
        typer.echo(json.dumps(_summary(view) | {"plan": plan_document(view.plan)}))
        return
    plan = view.plan
    typer.echo(f"{plan.name}: {view.state.value}. {plan.question}")
    for arm in plan.arms:
        typer.echo(f"  {arm.name:20} {arm.share_basis_points / 100:g} %  {arm.text_hash[:12]}")
    typer.echo(
        f"  {plan.metric.words}, horizon {plan.horizon_days} days; needs {view.control_n:,} and"
        f" {view.treatment_n:,} counted cases"
    )


@app.command()
def power(
    base_rate: Annotated[float, typer.Option(help="The control's rate, a fraction.")],
    effect: Annotated[
        list[float] | None, typer.Option(help="Relative effects; -0.2 is a fifth fewer.")
    ] = None,
    share: Annotated[float, typer.Option(help="The treatment's share of units, a fraction.")] = 0.5,
    alpha: Annotated[float, typer.Option(help="Two-sided false alarms.")] = 0.05,
    power_wanted: Annotated[float, typer.Option("--power", help="Chance to see it.")] = 0.8,
    as_json: Json = False,
) -> None:
    """How many counted cases, and bads, an experiment needs."""
    from dataclasses import asdict

    from goodstanding.validation.power import sizes

    found = sizes(
        base_rate=base_rate,
        effects=effect or [-0.1, -0.2, -0.3, -0.5],
        alpha=alpha,
        power=power_wanted,
        ratio=share / (1 - share) if 0 < share < 1 else 0.0,
    )
    if as_json:
        typer.echo(json.dumps([asdict(size) for size in found]))
        return
    for size in found:
        typer.echo(
            f"{size.effect:+.0%}  control {size.control_n:,}  treatment {size.treatment_n:,}"
            f"  expected bads {size.control_bads:,.0f} and {size.treatment_bads:,.0f}"
        )


@app.command()
def plan(
    file: Annotated[Path, typer.Argument(help="The plan, a YAML file.")],
    by: By,
    as_json: Json = False,
) -> None:
    """Propose a plan for a second person to register; from then on it does not change."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.experiments.operations import propose_experiment
    from goodstanding.evidence.experiments.queries import experiment_named, read_plan
    from goodstanding.policies.queries import version_labelled

    person = person_with_right(by, verb="evidence.propose_experiment")
    read = read_plan(
        read_text(file),
        path=str(file),
        hash_of=lambda policy, label: version_labelled(name=policy, label=label).text_hash,
    )
    propose_experiment(plan=read, by=person, at=utc_now())
    _say_step(experiment_named(name=read.name), as_json=as_json)


@app.command()
def register(name: Name, reason: Reason, by: By, as_json: Json = False) -> None:
    """Let a plan stand, as a second person who has read it."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.experiments.operations import register_experiment
    from goodstanding.evidence.experiments.queries import experiment_named

    person = person_with_right(by, verb="evidence.register_experiment")
    register_experiment(name=name, reason=reason, by=person, at=utc_now())
    _say_step(experiment_named(name=name), as_json=as_json)


@app.command()
def start(name: Name, by: By, as_json: Json = False) -> None:
    """Let the arms share the policy's decisions from now on."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.experiments.operations import start_experiment
    from goodstanding.evidence.experiments.queries import experiment_named

    person = person_with_right(by, verb="evidence.run_experiment")
    start_experiment(name=name, by=person, at=utc_now())
    _say_step(experiment_named(name=name), as_json=as_json)


@app.command()
def look(name: Name, as_json: Json = False) -> None:
    """What an experiment shows now; look as often as you like. Exits 1 where it is harmful."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.experiments.queries import (
        experiment_named,
        read_experiment,
        reading_document,
    )

    view = experiment_named(name=name)
    reading = read_experiment(view=view, at=utc_now())
    if as_json:
        typer.echo(json.dumps(_summary(view) | {"figures": reading_document(reading)}))
    else:
        _say_reading(view, reading)
    raise typer.Exit(NO_ANSWER if reading.harmful else 0)


@app.command()
def halt(name: Name, reason: Reason, by: By, as_json: Json = False) -> None:
    """Stop sharing decisions at once; what was decided still matures."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.experiments.operations import halt_experiment
    from goodstanding.evidence.experiments.queries import experiment_named

    person = person_with_right(by, verb="evidence.run_experiment")
    halt_experiment(name=name, reason=reason, by=person, at=utc_now())
    _say_step(experiment_named(name=name), as_json=as_json)


@app.command()
def end(name: Name, reason: Reason, by: By, as_json: Json = False) -> None:
    """End an experiment and write its memo. Exits 1 where the rule has no answer."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.experiments.operations import end_experiment
    from goodstanding.evidence.experiments.types import Recommendation

    person = person_with_right(by, verb="evidence.run_experiment")
    verdict = end_experiment(name=name, reason=reason, by=person, at=utc_now())
    if as_json:
        said = {"recommendation": verdict.recommendation.value, "arm": verdict.arm}
        typer.echo(json.dumps(said | {"why": verdict.why}))
    else:
        typer.echo(f"{verdict.recommendation.words}: {verdict.why}")
    unanswered = verdict.recommendation is Recommendation.NO_ANSWER
    raise typer.Exit(NO_ANSWER if unanswered else 0)


@app.command()
def memo(name: Name, as_json: Json = False) -> None:
    """The decision memo of an ended experiment."""
    start_django()
    from goodstanding.evidence.experiments.queries import experiment_named

    view = experiment_named(name=name)
    if view.memo is None:
        raise NotFound(
            what="memo of the experiment", key=name, mend="It is written when the experiment ends."
        )
    if as_json:
        typer.echo(json.dumps({"memo": view.memo, "sha256": view.memo_hash}))
        return
    said, ended = view.memo["recommendation"], view.memo["steps"]["ended"]
    typer.echo(f"{said['words']}: {said['why']}")
    for arm in view.memo["figures"]["arms"]:
        typer.echo(f"  {arm['name']:20} {arm['events']:,} of {arm['counted']:,}")
    typer.echo(f"signed by {ended['who']} at {ended['at']}; sha256 {view.memo_hash}")


@app.command()
def evaluate(
    logged: Annotated[
        Path | None, typer.Argument(help="A Parquet or CSV table of logged cases.")
    ] = None,
    policy: Annotated[str | None, typer.Option(help="Instead: live decisions of it.")] = None,
    version: Annotated[str | None, typer.Option(help="The candidate's version label.")] = None,
    label: Annotated[str | None, typer.Option(help="The label that says what bad is.")] = None,
    days: Annotated[int, typer.Option(help="Of the last so many days.", min=1)] = 365,
    as_json: Json = False,
) -> None:
    """Judge a candidate without an experiment. Exits 1 where no point estimate may be given."""
    start_django()
    from goodstanding.evidence.experiments.queries import evaluate_file, evaluation_document

    if logged is not None:
        found = evaluate_file(logged)
    elif policy and version and label:
        found = _evaluate_logged(policy, version, label, days)
    else:
        raise typer.BadParameter("give a table, or --policy, --version and --label")
    if as_json:
        typer.echo(json.dumps(evaluation_document(found)))
    else:
        _say_evaluation(found)
    raise typer.Exit(0 if found.estimates else NO_ANSWER)


def _evaluate_logged(policy: str, version: str, label: str, days: int) -> Any:
    from datetime import timedelta

    from goodstanding.core.time import utc_now
    from goodstanding.evidence.experiments.queries import evaluate_logged
    from goodstanding.policies.queries import version_labelled

    at = utc_now()
    return evaluate_logged(
        text_hash=version_labelled(name=policy, label=version).text_hash,
        label=label,
        since=at - timedelta(days=days),
        until=at,
        known_at=at,
    ).evaluation


def _say_evaluation(found: Any) -> None:
    typer.echo(
        f"{found.approved_by_candidate:,} of {found.n:,} cases approved by the candidate;"
        f" {found.immature:,} immature, {found.indeterminate:,} never known"
    )
    for each in found.estimates:
        typer.echo(
            f"  {each.method:10} {each.value:.3%}  (95 %: {each.low:.3%} to {each.high:.3%},"
            f" se {each.standard_error:.3%})"
        )
    if found.refusal is not None:
        typer.echo(f"  no point estimate: {found.refusal}")
    if found.bounds is not None:
        typer.echo(f"  bounds     {found.bounds[0]:.3%} to {found.bounds[1]:.3%} (Manski)")
    for quadrant in found.quadrants:
        classes = "  ".join(f"{name.value} {n:,}" for name, n in quadrant.by_class.items())
        typer.echo(f"  {quadrant.quadrant.value:10} {quadrant.n:>8,}  {classes}")
    overlap = found.overlap
    typer.echo(f"  effective cases {overlap.effective_n:,.0f} of {overlap.approved:,} approved")


def _say_reading(view: "ExperimentView", reading: "Reading") -> None:
    typer.echo(f"{view.plan.name}: {view.state.value}, {view.plan.metric.words}")
    for arm in reading.arms:
        typer.echo(
            f"  {arm.name:20} {arm.units:,} units, {arm.events:,} of {arm.counted:,} counted,"
            f" {arm.waiting:,} not mature"
        )
    if reading.split is not None:
        broken = "broken" if reading.split.is_mismatch else "as planned"
        typer.echo(f"  split {broken} (p at any time {reading.split.p_any_time:.3f})")
    for each in (*reading.primary, *reading.explored, *reading.guard_rails):
        said = "fewer than five events"
        if each.look is not None:
            said = f"{each.look.value:+.3%} ({each.look.low:+.3%} to {each.look.high:+.3%})"
        harm = " HARMFUL" if each.is_harmful else ""
        typer.echo(f"  {each.arm}: {each.metric.words} {said}{harm}")


def _say_step(view: "ExperimentView", *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_summary(view)))
    else:
        typer.echo(f"{view.plan.name}: {view.state.value}; plan {view.plan_hash[:12]}")


def _summary(view: "ExperimentView") -> dict[str, Any]:
    return {
        "name": view.plan.name,
        "policy": view.plan.policy,
        "state": view.state.value,
        "question": view.plan.question,
        "metric": view.plan.metric.kind.value,
        "label": view.plan.metric.label,
        "author": view.author,
        "control_n": view.control_n,
        "treatment_n": view.treatment_n,
        "plan_hash": view.plan_hash,
        "halted_because": "" if view.halt is None else view.halt.why,
    }
