"""The tutorial is followed: its files are saved, its commands run, its outputs compared."""

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from catalograph.settings import Settings
from catalograph.store import Connection
from tests.docs.pages import ROOT, Block, command_environment, read_blocks

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

# The fixture's server stands for the one that `catalograph up` starts; `up` and `down` have
# tests of their own. The first block installs.
_NOT_RUN = ("python3.11 -m venv", "catalograph up", "catalograph down")
_SERVERS = {"catalograph serve": "/readyz", "http.server": "/shop.html"}


class Reader:
    """Someone who follows the page in an empty folder, with free ports for the two servers."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.ports = {"8000": _free_port(), "8080": _free_port()}
        self.environment = command_environment(settings) | {
            "CATALOGRAPH_API__PORT": self.ports["8000"],
            "COLUMNS": "80",
        }
        self.servers: list[subprocess.Popen[bytes]] = []

    def follow(self, page: Path) -> None:
        """Do what each block says, and compare each output with those of the commands above it."""
        output, compared = "", False
        for block in read_blocks(page):
            if block.title:
                (self.folder / block.title).write_text(self.with_ports(block.text))
            elif block.language == "text":
                _assert_shown(block.text, output)
                compared = True
            elif not block.text.startswith(_NOT_RUN):
                output, compared = ("", False) if compared else (output, False)
                output += self.run(block)

    def run(self, block: Block) -> str:
        """Run a block of commands; a server is left running once it answers."""
        script = self.with_ports(block.text)
        for command, path in _SERVERS.items():
            if command in script:
                self.start(script, "8080" if "8080 " in block.text else "8000", path)
                return ""
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, script: str, port: str, path: str) -> None:
        """Start a server and wait until it answers."""
        command = script.strip().replace("catalograph serve", "exec catalograph serve")
        command = command.replace("python3 -m", "exec python3 -m")
        self.servers.append(
            subprocess.Popen(["bash", "-c", command], cwd=self.folder, env=self.environment)
        )
        for _ in range(600):
            try:
                if httpx.get(self.address(port) + path).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            assert self.servers[-1].poll() is None, f"{command} ended"
            time.sleep(0.2)
        raise AssertionError(f"{command} does not answer")

    def address(self, port: str) -> str:
        return f"http://127.0.0.1:{self.ports[port]}"

    def with_ports(self, text: str) -> str:
        return re.sub(r"\b80[08]0\b", lambda found: self.ports[found[0]], text)

    def stop(self) -> None:
        """End the servers that the page started."""
        for server in self.servers:
            server.terminate()
            server.wait()


@contextmanager
def _reader(folder: Path, settings: Settings) -> Iterator[Reader]:
    reader = Reader(folder, settings)
    try:
        yield reader
    finally:
        reader.stop()


def test_a_newcomer_gets_from_a_csv_to_a_recommendation_on_a_page(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    with _reader(tmp_path, settings) as reader:
        reader.follow(ROOT / "docs" / "tutorial.md")
        page = httpx.get(f"{reader.address('8080')}/shop.html").text
        queries = dict(re.findall(r"const (\w+) = `((?:query|mutation) [^`]+)`", page))
        assert reader.address("8000") in page
        [row] = connection.execute(
            "MATCH (u:User)-[:PERFORMED]->(:Event)-[:ON]->(p {key: 'product:teashop:T04'}) "
            "WHERE (u)-[:PERFORMED]->()-[:ON]->({key: 'product:teashop:T05'}) "
            "AND NOT (u)-[:PERFORMED]->()-[:ON]->({key: 'product:teashop:W03'}) RETURN u.key AS key"
        )

        # What the page's script does, from the page's origin.
        def ask(name: str, variables: dict[str, object]) -> dict[str, dict[str, object]]:
            answer = httpx.post(
                f"{reader.address('8000')}/graphql",
                json={"query": queries[name], "variables": variables},
                headers={"origin": reader.address("8080")},
                timeout=60,
            )
            assert answer.headers["access-control-allow-origin"] == reader.address("8080")
            data: dict[str, dict[str, object]] = json.loads(answer.text)["data"]
            return data

        before = ask("list", {"user": row["key"]})["recommendations"]
        assert isinstance(before["items"], list)
        [first, *_] = before["items"]
        event = {
            "source": "teashop",
            "id": "1f0e",
            "kind": "CLICK",
            "userKey": row["key"],
            "productKey": first["product"]["key"],
            "servedId": before["servedId"],
        }
        assert ask("click", {"input": event})["recordEvent"] == {"created": True}
        after = ask("list", {"user": row["key"]})["recommendations"]
        assert after["items"] != before["items"]


def _assert_shown(text: str, output: str) -> None:
    """Assert that the quoted lines were printed in this order; … stands for anything."""
    printed = iter([" ".join(line.split()) for line in output.splitlines()])
    for line in text.splitlines():
        parts = [re.escape(" ".join(part.split())) for part in line.split("…")]
        pattern = re.compile(r"\s*.*?\s*".join(parts))
        assert any(map(pattern.fullmatch, printed)), f"not printed in this place: {line}\n{output}"


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
