"""What a worker of `catalograph serve` loads, and the memory it takes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from catalograph.settings import Settings
from catalograph.store import Connection

pytestmark = pytest.mark.neo4j

# Pint, which reads quantities in queries, loads SciPy where training has installed it.
NEEDLESS = re.compile(r"site-packages/(torch|sklearn|pandas|pyarrow|transformers)[/.]")
WORKER_MB = 350
SEARCH = '{ products(query: "usb cable", first: 3) { nodes { key } } }'


def test_a_worker_searches_by_vectors_without_torch_in_little_memory(
    settings: Settings, connection: Connection, tmp_path: Path
) -> None:
    assert settings.neo4j.uri
    assert settings.neo4j.password
    process = subprocess.Popen(
        [sys.executable, "-c", "from catalograph.cli import main; main()", "serve", "--port", "0"],
        env=os.environ
        | {
            "CATALOGRAPH_HOME": str(tmp_path),
            "CATALOGRAPH_USER_SECRET": "a secret of the tests",
            "CATALOGRAPH_NEO4J__URI": settings.neo4j.uri,
            "CATALOGRAPH_NEO4J__PASSWORD": settings.neo4j.password.get_secret_value(),
            "CATALOGRAPH_NEO4J__PATIENCE": "30",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        address = process.stdout.readline().split()[1]
        for _ in range(20):
            answer = httpx.post(f"{address}/graphql", json={"query": SEARCH}, timeout=120).json()
            assert "errors" not in answer
        mapped = Path(f"/proc/{process.pid}/maps").read_text()
        assert "onnxruntime" in mapped
        assert {found[1] for found in NEEDLESS.finditer(mapped)} == set()
        assert psutil.Process(process.pid).memory_info().rss <= WORKER_MB * 2**20
    finally:
        process.terminate()
        _, said = process.communicate(timeout=120)
    assert "full-text only" not in said
