"""A page that listens must not hold its server when that is to stop."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from django.test import Client

from goodstanding.accounts.operations import add_person
from goodstanding.accounts.types import Role
from goodstanding.cli.serve import STREAMS_END_SECONDS
from tests.flows.installation import ROOT

STARTS_WITHIN, STOPS_WITHIN = 60, STREAMS_END_SECONDS + 12  # seconds, of a loaded machine


@pytest.mark.slow
@pytest.mark.usefixtures("fresh_database")
def test_open_streams_end_when_the_web_server_is_told_to_stop() -> None:
    address = f"http://127.0.0.1:{_free_port()}"
    cookie = _session()
    web = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "goodstanding",
            "serve",
            "web",
            "--port",
            address.rpartition(":")[2],
        ],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )
    try:
        _wait_until_well(address)
        asked = urllib.request.Request(f"{address}/cases/live/", headers={"Cookie": cookie})
        with urllib.request.urlopen(asked, timeout=STOPS_WITHIN) as stream:
            assert stream.headers["Content-Type"] == "text/event-stream"
            assert stream.readline() == b"retry: 5000\n"

            web.send_signal(signal.SIGTERM)

            assert web.wait(timeout=STOPS_WITHIN) in {0, -signal.SIGTERM}
    finally:
        web.kill()
        web.wait()


def _session() -> str:
    ana = add_person(
        email="ana@example.com",
        display_name="Ana Kovač",
        roles=[Role.SPECIALIST],
        password="x" * 20,
    )
    client = Client()
    client.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    return f"sessionid={client.cookies['sessionid'].value}"


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]


def _wait_until_well(address: str) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < until, "the web server did not come up"
            time.sleep(0.1)
