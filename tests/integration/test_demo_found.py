"""A demo that serves, and the commands that find it."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import psutil
import pytest

from catalograph.settings import load_settings
from catalograph.store.managed_server import ServerInfo, status

pytestmark = pytest.mark.neo4j

COMMAND = str(Path(sys.executable).with_name("catalograph"))
UNSET = {"CATALOGRAPH_NEO4J__URI", "CATALOGRAPH_NEO4J__PASSWORD", "CATALOGRAPH_USER_SECRET"}
EXAMPLE = Path(__file__).parents[2] / "examples" / "bestbuy" / "products.jsonl.gz"


def environment(home: Path) -> dict[str, str]:
    small = {"CATALOGRAPH_SERVER__HEAP_MB": "512", "CATALOGRAPH_SERVER__PAGECACHE_MB": "64"}
    patient = {"CATALOGRAPH_NEO4J__PATIENCE": "30", "CATALOGRAPH_SERVER__START_TIMEOUT": "300"}
    own = {"CATALOGRAPH_HOME": str(home)}
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    return kept | small | patient | own


class Demo:
    """A demo under way: its home, its process and what it prints."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.errors = home / "stderr"
        with self.errors.open("w") as stream:
            self.process = subprocess.Popen(
                [COMMAND, "demo", "--products", "200", "--shoppers", "30", "--port", "0"],
                env=environment(home),
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
            )

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run another command in the same home."""
        return subprocess.run(
            [COMMAND, *arguments],
            env=environment(self.home),
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def server(self) -> ServerInfo:
        """Where the demo's Neo4j answers."""
        info = status(load_settings(home=self.home))
        assert info is not None
        return info


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo whose Neo4j is killed while the catalogue is written."""
    running = Demo(tmp_path_factory.mktemp("demo-home"))
    try:
        until(running, "schema:")
        psutil.Process(running.server().pid).kill()
        yield running
    finally:
        running.process.terminate()
        running.process.communicate(timeout=120)


def until(demo: Demo, words: str, seconds: float = 900) -> None:
    deadline = time.monotonic() + seconds
    while words not in demo.errors.read_text():
        assert demo.process.poll() is None, demo.errors.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def addresses(demo: Demo) -> list[str]:
    """The last lines that it prints, which name what to open."""
    assert demo.process.stdout
    lines = []
    for line in demo.process.stdout:
        lines.append(line.rstrip())
        if "Stop with Ctrl-C" in line:
            return lines
    raise AssertionError(demo.errors.read_text())


def test_every_step_says_that_it_begins_and_what_came_of_it(
    demo: Demo, addresses: list[str]
) -> None:
    said = demo.errors.read_text().splitlines()
    for step in ("catalogue", "simulated events"):
        begun, ended = (
            next(n for n, line in enumerate(said) if re.match(form, line))
            for form in (rf"{step}: \d+%", rf"{step}: 200 rows|{step}: [\d,]+ rows.* s\)$")
        )
        assert begun < ended


def test_a_neo4j_that_was_killed_meanwhile_does_not_end_it(
    demo: Demo, addresses: list[str]
) -> None:
    assert demo.process.poll() is None


def test_the_last_lines_are_addresses_that_answer(addresses: list[str]) -> None:
    found = [address for line in addresses[-4:] for address in re.findall(r"http\S+", line)]
    studio, graphiql, browser = found
    assert re.search(r"/\?user=user:simulated:\w+", studio)
    assert "/graphiql?query=query" in graphiql
    for address in (studio, graphiql, browser):
        assert httpx.get(address, timeout=60).status_code == 200
    asked = httpx.URL(graphiql).params
    body = {"query": asked["query"], "variables": json.loads(asked["variables"])}
    answer = httpx.post(f"{studio.partition('/?')[0]}/graphql", json=body, timeout=60).json()
    assert len(answer["data"]["recommendations"]["items"]) == 3


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("status",), "The demo's Neo4j is up"),
        (("cypher", "--saved", "graph_overview"), "Product"),
        (
            (
                *("cypher", "MATCH (p:Product {source: 'bestbuy'}) RETURN count(p) AS n"),
                *("--format", "csv"),
            ),
            "200",
        ),
        (("report", "preference", "--quick"), "report.html"),
        (
            ("ingest", "catalog", str(EXAMPLE), "--mapping", "bestbuy_products", "--dry-run"),
            "dry run",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_commands_find_the_demo(
    demo: Demo, addresses: list[str], arguments: tuple[str, ...], expected: str
) -> None:
    done = demo.run(*arguments)
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout
    if arguments[0] != "status":
        assert done.stderr.count("using the graph of the running demo in") == 1


def test_serving_the_demo_speaks_of_the_same_shoppers(demo: Demo, addresses: list[str]) -> None:
    key = re.search(r"user%22%3A%20%22(user%3Asimulated%3A\w+)", "\n".join(addresses))
    assert key
    shopper = next(line for line in addresses if line.startswith("Simulated shopper")).split()[2]
    done = demo.run("user-key", "simulated", shopper.rstrip(";"))
    assert done.stdout.strip() == unquote(key[1])


def test_a_demo_that_has_ended_is_not_found(demo: Demo, addresses: list[str]) -> None:
    demo.process.terminate()
    demo.process.wait(timeout=120)
    deadline = time.monotonic() + 120  # the supervisor has to notice, and Neo4j to close its files
    while "Neo4j is not running" not in demo.run("status").stdout:
        assert time.monotonic() < deadline
