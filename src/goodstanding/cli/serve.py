"""Run one process of the product in the foreground."""

from typing import Annotated

import typer

from goodstanding.cli.django_start import start_django

app = typer.Typer(help="Run one process of the product in the foreground.")

Port = Annotated[int, typer.Option(help="Port on the loopback address.")]
WEB_PORT = 8420
DECISIONS_PORT = 8421


@app.command()
def web(port: Port = WEB_PORT) -> None:
    """Pages and the typed API."""
    _start()
    _run("goodstanding.serve.asgi:application", port)


@app.command()
def decisions(port: Port = DECISIONS_PORT) -> None:
    """The decision service."""
    _start()
    _run("goodstanding.serve.decision_service:application", port)


@app.command()
def worker() -> None:
    """Outbox, sealer, scheduled jobs."""
    _start()
    from goodstanding.serve.worker import run_worker

    run_worker()


def _start() -> None:
    from goodstanding.serve.lifeline import hold_lifeline
    from goodstanding.serve.logs import configure_logs

    hold_lifeline()
    configure_logs()
    start_django()


def _run(application: str, port: int) -> None:
    import uvicorn

    uvicorn.run(application, host="127.0.0.1", port=port, access_log=False, log_config=None)
