"""Compare uvicorn, as `catalograph serve` runs it, with granian, both in front of the same API.

    pip install granian
    python benchmarks/asgi_servers.py --json

`{ __typename }` as a POST, which passes through everything but the database, at 1 and at 8 clients,
by one worker each; the servers take turns. Requests per second and milliseconds; a ratio is the
median over the rounds. Granian has no hook for what `api.arrival` does: a deadline for the head of
a request, and a limit of its size.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

import httpx
from load import Load, alternate, http_contender
from recommend import percentiles

BODY = b'{"query": "{ __typename }"}'
SERVE = "from catalograph.cli import main; main()"
CLIENTS = (1, 8)


def commands(port: int) -> dict[str, list[str]]:
    """Return the command of each server."""
    granian = ["--interface", "asgi", "--factory", "--loop", "uvloop", "--no-ws", "--workers", "1"]
    place = ["--host", "127.0.0.1", "--port", str(port)]
    return {
        "uvicorn": [sys.executable, "-c", SERVE, "serve", "--port", str(port)],
        "granian": [
            sys.executable,
            "-m",
            "granian",
            *granian,
            *place,
            "catalograph.cli.workers:worker",
        ],
    }


@contextlib.contextmanager
def running(command: Sequence[str], port: int, home: str) -> Iterator[int]:
    """Run a server without a database; yield its port."""
    settings = {
        "CATALOGRAPH_HOME": home,
        "CATALOGRAPH_NEO4J__URI": "bolt://127.0.0.1:1",
        "CATALOGRAPH_NEO4J__PASSWORD": "none",
        "CATALOGRAPH_API__VECTOR_SEARCH": "false",
        "CATALOGRAPH_LOG__LEVEL": "error",
    }
    process = subprocess.Popen(
        list(command), env=os.environ | settings, stdout=sys.stderr, stderr=sys.stderr
    )
    try:
        for _ in range(600):
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                    break
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each turn")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    options = parser.parse_args()
    result: dict[str, object] = {"load_average": round(os.getloadavg()[0], 1)}
    # Below Linux' range of ephemeral ports, so that no client socket has one of them.
    ports = {name: random.randint(20_000, 32_000) for name in commands(0)}
    with tempfile.TemporaryDirectory() as home, contextlib.ExitStack() as stack:
        contenders = {
            name: http_contender(
                stack.enter_context(running(commands(port)[name], port, home)), [BODY]
            )
            for name, port in ports.items()
        }
        for clients in CLIENTS:
            loads = asyncio.run(alternate(contenders, clients, options.rounds, options.seconds))
            for name, rounds in loads.items():
                total = Load()
                for one in rounds:
                    total.add(one)
                times = percentiles([1_000 * one for one in total.seconds])
                result[f"{name}, {clients} clients"] = {"rate": round(total.rate, 1), **times}
            pairs = zip(loads["granian"], loads["uvicorn"], strict=True)
            ratio = statistics.median(one.rate / other.rate for one, other in pairs)
            result[f"granian beside uvicorn, {clients} clients"] = round(ratio, 2)
    print(json.dumps(result, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
