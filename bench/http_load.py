"""Load from a process of its own: keep-alive connections that each wait for their answer.

The generator shares the machine with what it measures, so it does as little as it can: requests
are made before, answers are read only as far as status and length.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What one run saw: answers by status, seconds it took, latencies in milliseconds."""

    connections: int
    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


class Caller(asyncio.Protocol):
    """One connection: sends a request, waits for the whole answer, sends the next."""

    def __init__(self, requests: Iterator[bytes], latencies: list[float], statuses: dict[str, int]):
        self._requests = requests
        self._latencies = latencies
        self._statuses = statuses
        self._answer = b""
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send_next()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, blank, body = self._answer.partition(b"\r\n\r\n")
        if not blank:
            return
        start = head.index(b"content-length: ") + 16
        end = head.find(b"\r\n", start)
        length = int(head[start : end if end > 0 else None])
        if len(body) < length:
            return
        self._latencies.append(time.perf_counter() - self._sent_at)
        status = head[9:12].decode()
        self._statuses[status] = self._statuses.get(status, 0) + 1
        self._answer = b""
        self._send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the service hung up"))

    def _send_next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


async def load(
    *, host: str, port: int, requests: list[bytes], connections: int, seconds: float
) -> LoadResult:
    """Send requests over `connections` until they run out or `seconds` have passed."""
    latencies: list[float] = []
    statuses: dict[str, int] = {}
    started = time.perf_counter()
    source = _until(iter(requests), started + seconds)
    loop = asyncio.get_running_loop()
    callers: list[Caller] = []
    for _ in range(connections):
        _, caller = await loop.create_connection(
            lambda: Caller(source, latencies, statuses), host, port
        )
        callers.append(caller)
    await asyncio.gather(*(caller.done for caller in callers))
    took = time.perf_counter() - started
    latencies.sort()
    return LoadResult(
        connections, len(latencies), took, _quantile(latencies, 0.5), _quantile(latencies, 0.99),
        statuses,
    )  # fmt: skip


def _until(requests: Iterator[bytes], deadline: float) -> Iterator[bytes]:
    for request in requests:
        if time.perf_counter() > deadline:
            return
        yield request


def _quantile(ordered: list[float], share: float) -> float:
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def main() -> None:
    """Read one JSON object from standard input: host, port, connections, seconds, requests_file.

    The file holds requests one after another, each behind its length as four bytes.
    """
    order = json.load(sys.stdin)
    packed = Path(order["requests_file"]).read_bytes()
    requests: list[bytes] = []
    place = 0
    while place < len(packed):
        length = int.from_bytes(packed[place : place + 4], "big")
        requests.append(packed[place + 4 : place + 4 + length])
        place += 4 + length
    result = uvloop.run(
        load(
            host=order["host"], port=order["port"], requests=requests,
            connections=order["connections"], seconds=order["seconds"],
        )
    )  # fmt: skip
    json.dump(asdict(result), sys.stdout)


if __name__ == "__main__":
    main()
