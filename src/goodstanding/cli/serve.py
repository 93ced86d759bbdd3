"""Run one process of the product in the foreground."""

from typing import Annotated

import typer

from goodstanding.cli.django_start import start_django

app = typer.Typer(help="Run one process of the product in the foreground.")

Port = Annotated[int, typer.Option(help="Port on the loopback address.")]
Processes = Annotated[
    int, typer.Option(help="How many serve the port together; 0 is one a core, at most four.")
]
WEB_PORT = 8420
DECISIONS_PORT = 8421
STREAMS_END_SECONDS = 3  # a page that listens would hold its server for minutes


@app.command()
def web(port: Port = WEB_PORT) -> None:
    """Pages and the typed API."""
    _start()
    from goodstanding.serve.warming import warm_up_later

    warm_up_later()
    _run("goodstanding.serve.asgi:application", port)


@app.command()
def decisions(port: Port = DECISIONS_PORT, processes: Processes = 0) -> None:
    """The decision service."""
    _prepare()
    from goodstanding.serve.decision_service import serve_decisions
    from goodstanding.serve.forking import processes_by_default, serve_forked

    count = processes or processes_by_default()
    serve_forked(
        port=port,
        processes=count,
        serve=lambda channel: serve_decisions(channel, processes=count),
    )


@app.command()
def worker() -> None:
    """Outbox, sealer, scheduled jobs."""
    _start()
    from goodstanding.serve.worker import run_worker

    run_worker()


def _start() -> None:
    from goodstanding.serve.lifeline import hold_lifeline

    hold_lifeline()
    _prepare()


def _prepare() -> None:
    from goodstanding.serve.logs import configure_logs

    configure_logs()
    start_django()


def _run(application: str, port: int) -> None:
    import uvicorn

    uvicorn.run(
        application,
        host="127.0.0.1",
        port=port,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=STREAMS_END_SECONDS,
    )
