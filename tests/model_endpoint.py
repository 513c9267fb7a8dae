"""A real HTTP endpoint with OpenAI's API on this machine; tests set its answers and faults."""

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], str]
Fault = Callable[[BaseHTTPRequestHandler, bytes], None]


def asked_texts(body: dict[str, Any]) -> dict[str, str]:
    """Return the texts of the product that a request is about: the last block of data."""
    blocks = [
        block
        for message in body["messages"]
        if message["role"] == "user"
        for block in re.findall(r"<<<DATA\n(.*)\nDATA>>>", message["content"])
    ]
    texts: dict[str, str] = json.loads(blocks[-1])
    return texts


def values(*stated: tuple[str, str]) -> str:
    """Return an answer in the requested form."""
    return json.dumps({"values": [{"attribute": a, "value": v} for a, v in stated]})


def envelope(text: str) -> bytes:
    """Return an answer as the endpoint wraps it."""
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 100, "completion_tokens": 10}
    return json.dumps({"choices": [choice], "usage": usage}).encode()


def send(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None
) -> None:
    handler.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
        handler.send_header(name, value)
    handler.end_headers()
    with contextlib.suppress(ConnectionError):
        handler.wfile.write(body)


def status(code: int, **headers: str) -> Fault:
    """Return a fault that answers with an HTTP error."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, good: send(handler, code, b'{"error": "as told"}', named)


def text(said: str) -> Fault:
    """Return a fault that answers with another text, in the right envelope."""
    return lambda handler, good: send(handler, 200, envelope(said))


def body(raw: bytes) -> Fault:
    """Return a fault that answers with another body."""
    return lambda handler, good: send(handler, 200, raw)


def broken_off(handler: BaseHTTPRequestHandler, good: bytes) -> None:
    """Send half of the answer, then close the connection."""
    send(handler, 200, good[: len(good) // 2], {"Content-Length": str(len(good))})
    handler.close_connection = True


def huge(handler: BaseHTTPRequestHandler, good: bytes) -> None:
    """Send ten megabytes."""
    send(handler, 200, envelope("x" * 10_000_000))


def silent(handler: BaseHTTPRequestHandler, good: bytes) -> None:
    """Wait longer than any timeout."""
    time.sleep(1.5)


def dripping(handler: BaseHTTPRequestHandler, good: bytes) -> None:
    """Send a byte now and then: no single read ever takes long."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(good)))
    handler.end_headers()
    with contextlib.suppress(ConnectionError):
        for n in range(30):
            handler.wfile.write(good[n : n + 1])
            time.sleep(0.05)


@dataclass
class Endpoint:
    """Requests to the endpoint, and its answers.

    Attributes:
        answer: function that makes the model's answer to a request.
        faults: faults of the next requests, the first first.
        always: fault of every request.
        heard: requests so far.
    """

    answer: Answer
    faults: list[Fault] = field(default_factory=list)
    always: Fault | None = None
    heard: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        request = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        with self._lock:
            self.heard.append(request)
            fault = self.faults.pop(0) if self.faults else self.always
        good = envelope(self.answer(request))
        if fault:
            fault(handler, good)
        else:
            send(handler, 200, good)


@contextlib.contextmanager
def serving(answer: Answer) -> Iterator[Endpoint]:
    """Run an endpoint on a free port."""
    endpoint = Endpoint(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            endpoint.handle(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
