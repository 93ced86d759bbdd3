"""A progress bar with counts, on the error stream, so that output stays clean."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Say = Callable[[int, int, int], None]


@contextmanager
def counted_progress(title: str, *, quiet: bool = False) -> Generator[Say]:
    """Show done of total rows and how many were quarantined, until the block ends."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[quarantined]} in quarantine"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task(title, total=None, quarantined=0)

        def say(done: int, total: int, quarantined: int) -> None:
            progress.update(task, completed=done, total=total, quarantined=quarantined)

        yield say
