"""The decision service: its application, and one process that serves it."""

import base64
import socket

import uvicorn
from django.conf import settings

from goodstanding.api.decision_service.application import DecisionService
from goodstanding.core.environment import variable
from goodstanding.core.time import utc_now
from goodstanding.serve.dealing import DealtServer


def make_application(*, processes: int) -> DecisionService:
    """The application of one of so many processes, which share what a key may ask a second."""
    per_second = float(variable("GOODSTANDING_DECISIONS_PER_SECOND", "1000"))
    return DecisionService(
        database_url=variable("GOODSTANDING_DATABASE_URL"),
        digest_key=base64.b64decode(settings.GOODSTANDING_DIGEST_KEY),
        clock=utc_now,
        per_second=per_second / processes,
    )


def serve_decisions(channel: socket.socket, *, processes: int) -> None:
    """Serve as one of so many processes, whose connections come over `channel`, until stopped."""
    config = uvicorn.Config(
        make_application(processes=processes), access_log=False, log_config=None,
        http="httptools", date_header=False, server_header=False, proxy_headers=False,
    )  # fmt: skip
    DealtServer(config, channel).run()
