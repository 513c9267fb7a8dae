"""Closed-loop load over loopback: each client sends its next request after its answer.

Not wrk, which counts an error with status 200 as success; and a driver can only be called from a
program. Both kinds of client run on uvloop and time each request. The HTTP client is a bare
protocol on one connection, some 40 µs a request, so that it uses little of the machine that it
shares with the measured server.
"""

import asyncio
import gc
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import neo4j

Statement = tuple[str, Mapping[str, Any]]


@dataclass
class Load:
    """Result of some seconds of load.

    Attributes:
        seconds: duration of each request, in seconds.
        span: total time, in seconds.
    """

    seconds: list[float] = field(default_factory=list)
    span: float = 0.0

    def add(self, other: "Load") -> None:
        """Add another round."""
        self.seconds += other.seconds
        self.span += other.span

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.seconds) / self.span


Contender = Callable[[int, float, int], Awaitable[Load]]
"""Function of the number of clients, the seconds, and the index of the first request."""


def request_bytes(body: bytes) -> bytes:
    """Return a POST of JSON to /graphql."""
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Client(asyncio.Protocol):
    """One keep-alive connection that sends one prepared request after the other."""

    def __init__(self, requests: Iterator[bytes], until: float, load: Load) -> None:
        self._requests, self._until, self._load = requests, until, load
        self._began, self._got, self._needs = 0.0, bytearray(), 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("The server closed a connection."))

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._needs:
            self._needs = _needs(self._got)
        if self._needs > 0 and len(self._got) < self._needs:
            return
        # An answer without a length is chunked; it ends with an empty chunk.
        if self._needs <= 0 and not self._got.endswith(b"0\r\n\r\n"):
            return
        now = time.perf_counter()
        self._load.seconds.append(now - self._began)
        if not self._got.startswith(b"HTTP/1.1 200") or b'"errors":' in self._got:
            self.done.set_exception(RuntimeError(bytes(self._got[:2_000])))
            self._transport.close()
        elif now >= self._until:
            self.done.set_result(None)
            self._transport.close()
        else:
            self._send()

    def _send(self) -> None:
        self._got, self._needs = bytearray(), 0
        request = next(self._requests)
        self._began = time.perf_counter()
        self._transport.write(request)


def _needs(got: bytearray) -> int:
    """Return the size of a whole answer; 0 if not known yet, -1 if it is chunked."""
    end = got.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = bytes(got[:end]).lower()
    _, named, rest = head.partition(b"content-length:")
    return end + 4 + int(rest.partition(b"\r\n")[0]) if named else -1


def http_contender(port: int, bodies: Sequence[bytes]) -> Contender:
    """Return the contender that sends these bodies to a GraphQL server."""
    requests = [request_bytes(body) for body in bodies]

    async def load(clients: int, seconds: float, start: int) -> Load:
        made = Load()
        turns = _from(requests, start)
        began = time.perf_counter()
        loop = asyncio.get_running_loop()
        opened = [
            await loop.create_connection(
                lambda: _Client(turns, began + seconds, made), "127.0.0.1", port
            )
            for _ in range(clients)
        ]
        await asyncio.gather(*(client.done for _, client in opened))
        made.span = time.perf_counter() - began
        return made

    return load


def driver_contender(driver: neo4j.AsyncDriver, statements: Sequence[Statement]) -> Contender:
    """Return the contender that sends these statements by the plain driver in READ sessions."""

    async def load(clients: int, seconds: float, start: int) -> Load:
        made = Load()
        turns = _from(statements, start)
        began = time.perf_counter()

        async def client() -> None:
            while (now := time.perf_counter()) < began + seconds:
                await rows_of(driver, next(turns))
                made.seconds.append(time.perf_counter() - now)

        await asyncio.gather(*(client() for _ in range(clients)))
        made.span = time.perf_counter() - began
        return made

    return load


async def rows_of(driver: neo4j.AsyncDriver, statement: Statement) -> list[dict[str, Any]]:
    """Send a statement and return its rows."""
    text, parameters = statement
    async with driver.session(database="neo4j", default_access_mode=neo4j.READ_ACCESS) as session:
        result = await session.run(text, dict(parameters))
        return [dict(record) async for record in result]


def _from(all_: Sequence[Any], start: int) -> Iterator[Any]:
    return itertools.islice(itertools.cycle(all_), start % len(all_), None)


async def alternate(
    contenders: Mapping[str, Contender], clients: int, rounds: int, seconds: float
) -> dict[str, list[Load]]:
    """Run each contender in each round, with the same requests; the first one rotates."""
    loads: dict[str, list[Load]] = {name: [] for name in contenders}
    names = list(contenders)
    for n in range(rounds):
        for name in names[n % len(names) :] + names[: n % len(names)]:
            gc.collect()  # now, not within the measured time
            # A prime step, so that each round starts at other requests, the same for all.
            loads[name].append(await contenders[name](clients, seconds, n * 997))
    return loads
