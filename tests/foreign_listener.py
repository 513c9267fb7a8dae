"""A foreign process that listens on a port."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRIPT = """
import socket, sys
kept = open(sys.argv[2], "ab", 0)
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    print("listens", flush=True)
    while True:
        taken, _ = server.accept()
        with taken:
            while got := taken.recv(65536):
                kept.write(got)
"""


@contextmanager
def foreign_listener(port: int, kept: Path) -> Iterator[None]:
    """Listen on a port and write everything that is sent to it into a file."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", SCRIPT, str(port), str(kept)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == "listens\n"
        try:
            yield
        finally:
            process.kill()
