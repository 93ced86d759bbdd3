"""`goodstanding policy backtest`: what a policy decides over a table, and who flips."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from goodstanding.cli.policy_files import AsJson, File, Models, identity_of, load, print_json
from goodstanding.cli.policy_results import ResultFiles, require_writable
from goodstanding.core.errors import Refusal

if TYPE_CHECKING:
    from goodstanding.policies.engine import Policy
    from goodstanding.policies.engine.backtest import History, Progress
    from goodstanding.policies.engine.backtest_figures import BacktestResult, Tally


ROLES = ("key", "as_of", "label", "amount", "loss", "currency")


class SettingUnreadable(Refusal):
    """{text!r} is no name with a value."""

    code = "setting_unreadable"
    mend = "Write it as name=value, for example approve_from=580."


class RoleUnknown(Refusal):
    """A column cannot be the {role} of a history."""

    code = "role_unknown"
    mend = "It may be: {known}."


class EngineOfBatchUnknown(Refusal):
    """There is no batch engine {engine}."""

    code = "batch_engine_unknown"
    mend = "Use polars, duckdb or spark."


class ListsUnknown(Refusal):
    """Kept lists cannot be read {text!r}."""

    code = "lists_unknown"
    mend = "Write day, for the version in force at each case, or pinned."


class TwoHistories(Refusal):
    """A backtest takes a declared history or a table with its columns, and both are named."""

    code = "two_histories"
    mend = "Leave out --history, or the table and its --column."


class NoHistoryNamed(Refusal):
    """A backtest needs its cases, and {why}."""

    code = "no_history_named"
    mend = "Give a Parquet file, or --history with a declared one and its window."


Settings = Annotated[
    list[str] | None, typer.Option("--set", help="Another value: approve_from=580.")
]
ListsBy = Annotated[
    str | None,
    typer.Option(
        help="Kept lists: day, the version in force at each case (what --history takes), or"
        " pinned, the version that the policy names (what a table of your own takes)."
    ),
]
Results = Annotated[
    list[Path] | None,
    typer.Option(
        help="Files for the result: .xlsx a sheet a section, .json every figure, .parquet"
        " every case with its trace."
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        help="What a column of the table means: key=, as_of=, label= (1 bad, 0 good, null"
        " unknown), amount=, loss=; and currency=USD."
    ),
]


def backtest(  # noqa: PLR0913, PLR0917 - each is an option of the command
    file: File,
    table: Annotated[
        Path | None, typer.Argument(help="Parquet file, folder or pattern with the inputs.")
    ] = None,
    history: Annotated[
        str | None, typer.Option(help="A history that a desk declares: sba_loans:2005_2006.")
    ] = None,
    set_: Settings = None,
    against: Annotated[
        str | None, typer.Option(help="Policy to compare with; with --set, the text as it stands.")
    ] = None,
    column: Columns = None,
    engine: Annotated[str, typer.Option(help="polars, duckdb or spark.")] = "polars",
    lists: ListsBy = None,
    flips: Annotated[Path | None, typer.Option(help="Parquet file for who flips.")] = None,
    out: Results = None,
    as_json: AsJson = False,
    models: Models = None,
) -> None:
    """Decide every case of a history, and compare; the answer states its evidence."""
    if history is not None and (table is not None or column):
        raise TwoHistories(field="history")
    loaded = load(file, models, as_json=as_json)
    settings = _pairs(set_ or [], option="set")
    other = load(against, models, as_json=as_json) if against else loaded if settings else None
    asked = loaded.with_constants(settings) if settings else loaded
    if flips is not None:
        require_writable(flips, endings=(".parquet",), field="flips")
    files = ResultFiles.of(
        out or [], asked, text_hash=loaded.text_hash, settings=settings, cases=history or str(table)
    )
    result = _run(
        asked,
        _with_lists(
            declared_history(history) if history else _given(table, column or []),
            asked=lists or ("day" if history else "pinned"),
        ),
        against=other,
        engine=engine,
        flips=flips,
        quiet=as_json,
        files=files,
    )
    files.write(result)
    if as_json:
        document = json.loads(result.to_json())
        print_json({**identity_of(loaded), "set": settings, "result": document})
    else:
        _show(Console(), result)


def _run(
    policy: "Policy",
    cases: "History",
    *,
    against: "Policy | None",
    engine: str,
    flips: Path | None,
    quiet: bool,
    files: ResultFiles,
) -> "BacktestResult":
    from goodstanding.policies.engine.backtest import backtest as run
    from goodstanding.policies.engine.batch import ENGINES

    if engine not in ENGINES:
        raise EngineOfBatchUnknown(field="engine", engine=engine)
    kept: list[Any] = []
    with _progress(quiet=quiet) as progress, files.records() as keep:
        result = run(
            policy,
            cases,
            against=against,
            engine=ENGINES[engine],
            progress=progress,
            keep_flips=kept.append if flips else None,
            keep_records=keep,
        )
    if flips is not None:
        _write_flips(kept, flips)
    return result


def _pairs(given: list[str], *, option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not name.strip() or not value.strip():
            raise SettingUnreadable(field=option, text=text)
        found[name.strip()] = value.strip()
    return found


def _given(table: Path | None, column: list[str]) -> "History":
    """A table of somebody's own, with what its columns mean."""
    from goodstanding.policies.engine.backtest import History

    if table is None:
        raise NoHistoryNamed(why="none was named")
    roles = _pairs(column, option="column")
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        raise RoleUnknown(field="column", role=unknown[0], known=", ".join(ROLES))
    named: dict[str, Any] = dict(roles)
    return History(source=table, **named)


def declared_history(text: str) -> "History":
    """A desk's history; the desks declare theirs when Django starts."""
    from goodstanding.cli.django_start import start_django

    start_django()
    from goodstanding.evidence.datasets import dataset_named, history_of
    from goodstanding.evidence.queries import datasets_folder

    name, _, window = text.partition(":")
    return history_of(dataset_named(name), window=window, folder=datasets_folder())


def _with_lists(cases: "History", *, asked: str) -> "History":
    """The history with the versions of kept lists by their days, where that is asked for."""
    if asked == "pinned":
        return cases
    if asked != "day":
        raise ListsUnknown(field="lists", text=asked)
    from goodstanding.cli.django_start import start_django

    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.policies.queries import list_histories

    return replace(cases, lists=list_histories(at=utc_now()))


@contextmanager
def _progress(*, quiet: bool) -> "Generator[Progress]":
    """The cases decided so far, on the error stream."""
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), TextColumn("{task.completed:,}"))
    with Progress(
        *columns, TimeElapsedColumn(), console=Console(stderr=True), disable=quiet
    ) as bar:
        task = bar.add_task("cases decided", total=None)

        def tell(rows: int) -> None:
            bar.update(task, completed=rows)

        yield tell


def _write_flips(kept: list[Any], path: Path) -> None:
    import polars as pl

    (pl.concat(kept) if kept else pl.DataFrame()).write_parquet(path)


def _show(console: Console, result: "BacktestResult") -> None:
    from goodstanding.policies.engine.dated_lists import skipped_words

    console.print(
        f"{result.policy} {result.version}: {result.decided:,} of {result.rows:,} cases decided",
        highlight=False,
    )
    for name, count in result.skipped.items():
        console.print(f"  skipped, {skipped_words(name)}: {count:,}", highlight=False)
    for use in result.lists:
        since = f"in force from {use.start:%Y-%m-%d %H:%M} UTC" if use.start else "as pinned"
        console.print(
            f"  list {use.kept} {use.version}, {since}: {use.cases:,} cases", highlight=False
        )
    table = Table("outcome", "cases", "bad", "bad rate", "95 %", "lost", box=None, pad_edge=False)
    for group in result.outcomes:
        table.add_row(group.name, *_cells(group.tally, result))
    console.print(table)
    comparison = result.comparison
    if comparison is None:
        return
    for change in comparison.constants:
        console.print(f"{change.label}: {change.before} -> {change.after}", highlight=False)
    for move in comparison.moves:
        if move.before != move.after:
            console.print(f"  {move.before} -> {move.after}: {move.tally.n:,}", highlight=False)
    _say_swap(console, "no longer approved", "avoided", comparison.swap_out, result)
    _say_swap(console, "newly approved", "taken on", comparison.swap_in, result)
    console.print(f"evidence: {result.evidence.value}", highlight=False)


def _cells(tally: "Tally", result: "BacktestResult") -> tuple[str, ...]:
    rate = tally.bad_rate
    if rate.value is None or rate.low is None or rate.high is None:
        return f"{tally.n:,}", "", "", "", ""
    return (
        f"{tally.n:,}",
        f"{tally.bads:,}",
        f"{rate.value:.1%}",
        f"{rate.low:.1%} to {rate.high:.1%}",
        f"{tally.loss:,.0f} {result.currency}".strip() if result.has_losses else "",
    )


def _say_swap(
    console: Console, words: str, effect: str, tally: "Tally", result: "BacktestResult"
) -> None:
    if not tally.n:
        return
    said = f"{tally.n:,} {words}, {tally.bads:,} of them bad"
    if result.has_losses:
        low, high = tally.loss_ends
        lost = f"{tally.loss:,.0f} {result.currency}".strip()
        said += f": {lost} of write-offs {effect} (95 % {low:,.0f} to {high:,.0f})"
    console.print(said, highlight=False)
