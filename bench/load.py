"""One turn of the load generator, in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).parent / "http_load.py"


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a side: answers or rows a second, and latencies in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float


def pack_requests(path: Path, requests: Iterable[bytes]) -> Path:
    """Write the requests one after another, each behind its length."""
    with path.open("wb") as file:
        for request in requests:
            file.write(len(request).to_bytes(4, "big") + request)
    return path


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The bytes of a POST of JSON."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{lines}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def ask_over_http(
    packed: Path, *, port: int, connections: int, seconds: float, status: str
) -> Turn:
    """Send packed requests for so many seconds; any answer but `status` is an error."""
    order = {
        "host": "127.0.0.1", "port": port, "connections": connections, "seconds": seconds,
        "requests_file": str(packed),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], input=json.dumps(order).encode(), capture_output=True,
        check=True,
    )  # fmt: skip
    result = json.loads(done.stdout)
    if set(result["statuses"]) != {status}:
        raise RuntimeError(f"the service answered {result['statuses']}")
    return Turn(result["answers"] / result["seconds"], result["p50_ms"], result["p99_ms"])
