"""Change requests from the command line: ask, compute, read, discuss, sign, return, take along."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from goodstanding.cli.django_start import start_django
from goodstanding.cli.people import person_with_right
from goodstanding.cli.policy_results import require_writable
from goodstanding.core.errors import NotFound, Refusal

if TYPE_CHECKING:
    from goodstanding.evidence.types import Effect
    from goodstanding.policies.types import Person

NOT_SOUND = 1
app = typer.Typer(help="Change requests that carry their evidence.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
By = Annotated[str, typer.Option(help="Who does it: an e-mail address of a person with the right.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the record.")]
Change = Annotated[str, typer.Argument(help="The id of a change request, or its first digits.")]


class ChangeUnclear(Refusal):
    """{count} change requests begin with {key!r}."""

    code = "change_unclear"
    mend = "Give more of its digits; `goodstanding change list` shows them."


class HistoryUnclear(Refusal):
    """{text!r} names no window of a history."""

    code = "history_unclear"
    mend = "Write it as history:window, for example sba_loans:2005_2006."


@app.callback()
def change() -> None:
    """Change requests that carry their evidence."""


@app.command(name="list")
def list_changes(
    policy: Annotated[str | None, typer.Option(help="Of one policy.")] = None,
    as_json: Json = False,
) -> None:
    """Every change request, the latest first."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.queries import changes, summary_document

    rows = changes(at=utc_now(), policy=policy)
    if as_json:
        typer.echo(json.dumps([summary_document(row) for row in rows]))
        return
    for row in rows:
        typer.echo(
            f"{row.change_id}  {row.state.value:10} {row.policy} {row.against_label} ->"
            f" {row.label}  {row.signed} of {len(row.sign_off)} signed"
        )
    typer.echo(f"{len(rows)} change requests")


@app.command()
def request(
    policy: Annotated[str, typer.Argument(help="The policy's name.")],
    version: Annotated[str, typer.Argument(help="The label of the version that is asked for.")],
    history: Annotated[str, typer.Option(help="The cases: history:window.")],
    why: Annotated[str, typer.Option(help="Why the change is wanted.")],
    by: By,
    as_json: Json = False,
) -> None:
    """Ask that a version replaces the one in force, and compute its evidence now."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.operations import keep_change
    from goodstanding.evidence.types import ChangeAsked
    from goodstanding.policies.queries import version_labelled

    person = person_with_right(by, verb="evidence.ask_for_change")
    dataset, separator, window = history.partition(":")
    if not separator:
        raise HistoryUnclear(field="history", text=history)
    found = version_labelled(name=policy, label=version)
    asked = ChangeAsked(text_hash=found.text_hash, dataset=dataset, window=window, why=why)
    change_id = keep_change(asked=asked, by=person, at=utc_now())
    _compute(change_id, person, quiet=as_json)
    _say(change_id, as_json=as_json)


@app.command()
def evidence(change: Change, by: By, as_json: Json = False) -> None:
    """Compute the evidence of a change again, on the data of now."""
    start_django()
    person = person_with_right(by, verb="evidence.run_change_evidence")
    change_id = _named(change)
    _compute(change_id, person, quiet=as_json)
    _say(change_id, as_json=as_json)


@app.command()
def show(change: Change, as_json: Json = False) -> None:
    """One change request: finding, figures, thread, chain. Exits 1 if its evidence is stale."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.queries import what_changed

    change_id = _named(change)
    stale = what_changed(change_id=change_id, at=utc_now())
    _say(change_id, as_json=as_json, stale=stale)
    raise typer.Exit(NOT_SOUND if stale else 0)


@app.command()
def sign(change: Change, reason: Reason, by: By, as_json: Json = False) -> None:
    """Sign the next step of the chain; the last signature approves the version."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.operations import sign_change

    person = person_with_right(by, verb="evidence.sign_change")
    change_id = _named(change)
    sign_change(change_id=change_id, reason=reason, by=person, at=utc_now())
    _say_state(change_id, as_json=as_json)


@app.command(name="return")
def return_(change: Change, reason: Reason, by: By, as_json: Json = False) -> None:
    """Send a change back; the request is over."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.operations import return_change

    person = person_with_right(by, verb="evidence.sign_change")
    change_id = _named(change)
    return_change(change_id=change_id, reason=reason, by=person, at=utc_now())
    _say_state(change_id, as_json=as_json)


@app.command()
def withdraw(change: Change, reason: Reason, by: By, as_json: Json = False) -> None:
    """Take a request back, as who asked or who wrote the version."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.operations import withdraw_change

    person = person_with_right(by, verb="evidence.ask_for_change")
    change_id = _named(change)
    withdraw_change(change_id=change_id, reason=reason, by=person, at=utc_now())
    _say_state(change_id, as_json=as_json)


@app.command()
def ask(
    change: Change,
    text: Annotated[str, typer.Argument(help="The question.")],
    by: By,
    as_json: Json = False,
) -> None:
    """Ask about a change; prints the question's id."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.operations import ask_question

    person = person_with_right(by, verb="evidence.discuss_change")
    question_id = ask_question(change_id=_named(change), text=text, by=person, at=utc_now())
    typer.echo(json.dumps({"question_id": str(question_id)}) if as_json else str(question_id))


@app.command()
def answer(
    question: Annotated[UUID, typer.Argument(help="The id of the question.")],
    text: Annotated[str, typer.Argument(help="The answer.")],
    by: By,
    as_json: Json = False,
) -> None:
    """Answer a question about a change."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.operations import answer_question

    person = person_with_right(by, verb="evidence.discuss_change")
    answer_question(question_id=question, text=text, by=person, at=utc_now())
    typer.echo(json.dumps({"question_id": str(question)}) if as_json else "answered")


@app.command()
def export(
    change: Change,
    out: Annotated[Path, typer.Option(help="A file: .json for all, .parquet for who flips.")],
    as_json: Json = False,
) -> None:
    """Write the evidence as it was computed, or the cases that flip."""
    require_writable(out, endings=(".json", ".parquet"))
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.queries import change_document, change_flips, change_view

    view = change_view(change_id=_named(change), at=utc_now())
    if view.effect is None or view.summary.evidence_id is None:
        raise NotFound(what="finished evidence of change", key=change)
    if out.suffix == ".parquet":
        change_flips(run_id=view.summary.evidence_id).write_parquet(out)
    else:
        out.write_text(json.dumps(change_document(view), indent=2), "utf-8")
    typer.echo(json.dumps({"written": str(out)}) if as_json else f"written: {out}")


def _compute(change_id: UUID, person: "Person", *, quiet: bool) -> None:
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.operations import keep_evidence_request, make_evidence

    run_id = keep_evidence_request(change_id=change_id, by=person, at=utc_now())
    with _waiting(quiet=quiet):
        make_evidence(run_id=run_id, clock=utc_now)


@contextmanager
def _waiting(*, quiet: bool) -> Generator[None]:
    from rich.console import Console

    with Console(stderr=True, quiet=quiet).status("The cases are decided by both versions"):
        yield


def _named(key: str) -> UUID:
    """The change whose id begins with the key."""
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.queries import changes

    wanted = key.strip().lower()
    found = [
        row.change_id for row in changes(at=utc_now()) if str(row.change_id).startswith(wanted)
    ]
    if not found or not wanted:
        raise NotFound(what="change request", key=key)
    if len(found) > 1:
        raise ChangeUnclear(count=len(found), key=key)
    return found[0]


def _say_state(change_id: UUID, *, as_json: bool) -> None:
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.queries import change_summary, summary_document

    summary = change_summary(change_id=change_id, at=utc_now())
    if as_json:
        typer.echo(json.dumps(summary_document(summary)))
        return
    waits = f"; the {summary.next_role.label.lower()} signs next" if summary.next_role else ""
    typer.echo(f"{summary.policy} {summary.label}: {summary.state.value}{waits}")


def _say(change_id: UUID, *, as_json: bool, stale: tuple[str, ...] = ()) -> None:
    from goodstanding.core.time import utc_now
    from goodstanding.evidence.queries import change_document, change_view

    view = change_view(change_id=change_id, at=utc_now())
    if as_json:
        typer.echo(json.dumps(change_document(view) | {"stale": list(stale)}))
        return
    summary = view.summary
    typer.echo(f"{summary.change_id}")
    typer.echo(f"{summary.policy} {summary.against_label} -> {summary.label}: {summary.why}")
    typer.echo(f"{summary.state.value}; {summary.signed} of {len(summary.sign_off)} signed")
    if view.effect is not None:
        for line in _finding(view.effect):
            typer.echo(line)
    elif summary.message:
        typer.echo(summary.message)
    for reason in stale:
        typer.echo(f"stale: {reason}")


def _finding(effect: "Effect") -> Generator[str]:
    before, after = effect.approval_rates
    currency = effect.result.currency
    yield f"  {effect.flips:,} of {effect.result.decided:,} cases are answered otherwise"
    yield f"  approved: {before:.1%} -> {after:.1%}"
    loss = effect.loss_change
    if loss is not None:
        point = "bounds only" if loss.value is None else f"{loss.value:,.0f} {currency}"
        span = f"{loss.low:,.0f} to {loss.high:,.0f} {currency}"
        yield f"  loss: {point} ({span}), rests on {loss.rests_on}"
    if effect.hours_change is not None:
        yield f"  staff: {effect.hours_change:+.1f} hours a week"
    parity = effect.parity
    yield f"  engines: {parity.differ} of {parity.rows:,} differ"
    count = effect.tests.count
    yield f"  own tests: {count - len(effect.tests.failed)} of {count} pass"
