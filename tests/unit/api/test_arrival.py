"""Requests that do not arrive: over raw sockets, at a server that listens as `serve` does."""

import pickle
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest

from catalograph.api import arrival, create_app
from catalograph.api.arrival import MAX_BODY_BYTES, MAX_HEAD_BYTES
from catalograph.cli.workers import uvicorn_options
from catalograph.settings import Settings
from tests.serving import served

pytestmark = pytest.mark.slow

HEAD = b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
WHOLE = HEAD + b"content-length: 2\r\n\r\n{}"
HALF_BODY = HEAD + b"content-length: 100\r\n\r\n{"
PATIENCE = 60


@pytest.fixture
def address(away: Callable[..., Settings]) -> Iterator[str]:
    """The address of a server that waits two seconds for a request."""
    settings = away(request_timeout=2)
    with served(create_app(settings), **uvicorn_options(settings)) as opened:
        yield opened


def connect(address: str) -> socket.socket:
    parts = urlsplit(address)
    assert parts.hostname
    assert parts.port
    return socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)


def read_to_end(connection: socket.socket) -> bytes:
    """All that comes until the server closes; fails if it does not."""
    received = b""
    try:
        while part := connection.recv(65_536):
            received += part
    except ConnectionResetError:
        pass
    return received


def read_answer(connection: socket.socket) -> bytes:
    """One answer of a connection that stays open."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    [length] = [line for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < int(length.partition(b":")[2]):
        body += connection.recv(65_536)
    return head


@pytest.mark.parametrize(
    "body",
    [
        b"content-length: 100\r\n\r\n",
        b"content-length: 100\r\n\r\n{",
        b"transfer-encoding: chunked\r\n\r\n5\r\n{",
        b"expect: 100-continue\r\ncontent-length: 100\r\n\r\n",
    ],
)
def test_half_a_body_is_answered_and_the_connection_closed(address: str, body: bytes) -> None:
    with connect(address) as connection:
        connection.sendall(HEAD + body)
        answer = read_to_end(connection)
    assert b"HTTP/1.1 408 Request Timeout" in answer
    assert b"connection: close" in answer
    assert b"A request has to arrive within 2 seconds." in answer


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET", HEAD, b"GET /healthz HTTP/1.1\r\nhost: a"])
def test_half_a_head_closes_the_connection(address: str, sent: bytes) -> None:
    with connect(address) as connection:
        connection.sendall(sent)
        assert read_to_end(connection) == b""


@pytest.mark.parametrize("sent", [b"\r\n", b"POST /graphql", HEAD])
def test_so_does_a_later_one(address: str, sent: bytes) -> None:
    with connect(address) as connection:
        for _ in range(2):
            connection.sendall(WHOLE)
            assert read_answer(connection).startswith(b"HTTP/1.1 400")
        connection.sendall(sent)
        assert read_to_end(connection) == b""


def test_the_rest_of_a_body_that_was_answered_holds_no_connection(address: str) -> None:
    """Refused for its host before the body is read."""
    with connect(address) as connection:
        foreign = HALF_BODY.replace(b"127.0.0.1", b"evil.example.com")
        connection.sendall(foreign)
        assert read_answer(connection).startswith(b"HTTP/1.1 400")
        connection.sendall(b" ")
        assert read_to_end(connection) == b""


def test_others_are_answered_meanwhile(address: str) -> None:
    stalled = [connect(address) for _ in range(200)]
    try:
        for number, connection in enumerate(stalled):
            connection.sendall(HALF_BODY if number % 2 else HEAD)
        assert httpx.get(f"{address}/healthz", timeout=PATIENCE).status_code == 200
        answers = [read_to_end(connection) for connection in stalled]
    finally:
        for connection in stalled:
            connection.close()
    assert {answer[:12] for answer in answers} == {b"", b"HTTP/1.1 408"}
    assert httpx.get(f"{address}/healthz", timeout=PATIENCE).status_code == 200


def test_a_slow_request_within_the_time_is_answered(address: str) -> None:
    with connect(address) as connection:
        for part in (WHOLE[:9], WHOLE[9:-1], WHOLE[-1:]):
            connection.sendall(part)
        assert read_answer(connection).startswith(b"HTTP/1.1 400")


def test_requests_sent_at_once_are_answered_one_by_one(address: str) -> None:
    with connect(address) as connection:
        closing = WHOLE.replace(b"host:", b"connection: close\r\nhost:")
        connection.sendall(WHOLE + WHOLE + closing)
        assert read_to_end(connection).count(b"HTTP/1.1 400") == 3


def test_a_head_without_end_closes_the_connection(away: Callable[..., Settings]) -> None:
    settings = away(request_timeout=600)

    def send_header(connection: socket.socket) -> None:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx-long: ")
        for _ in range(1_000):
            connection.sendall(b"x" * MAX_HEAD_BYTES)

    with (
        served(create_app(settings), **uvicorn_options(settings)) as opened,
        connect(opened) as connection,
        pytest.raises(ConnectionError),
    ):
        send_header(connection)


def test_a_new_connection_sends_its_request_while_the_server_ends(
    away: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "_FIRST_REQUEST_SECONDS", 30.0)
    settings = away(request_timeout=60)
    serving = ExitStack()
    opened = serving.enter_context(served(create_app(settings), **uvicorn_options(settings)))
    with connect(opened) as idle, connect(opened) as connection:
        idle.sendall(WHOLE)
        read_answer(idle)
        ending = threading.Thread(target=serving.close)
        ending.start()
        assert read_to_end(idle) == b""  # all that have had an answer are closed
        connection.sendall(WHOLE)
        assert read_to_end(connection).startswith(b"HTTP/1.1 400")
    ending.join()


def test_workers_get_the_options_in_processes_of_their_own(away: Callable[..., Settings]) -> None:
    options = pickle.loads(pickle.dumps(uvicorn_options(away(request_timeout=7))))  # noqa: S301
    assert options["http"].keywords == {"seconds": 7}


def test_a_body_of_the_full_size_is_read_and_a_larger_one_refused(address: str) -> None:
    json = {"content-type": "application/json"}
    body = b"{}" + b" " * (MAX_BODY_BYTES - 2)
    for content, status in ((body, 400), (body + b" ", 413)):
        answer = httpx.post(f"{address}/graphql", content=content, headers=json, timeout=PATIENCE)
        assert answer.status_code == status
