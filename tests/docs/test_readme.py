"""What the README shows is run: its commands, its GraphQL, its Cypher."""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from catalograph.settings import Settings
from catalograph.store import Connection

pytestmark = pytest.mark.neo4j
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no {language} block"
    return found


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The files that the commands speak of."""
    rows = ["sku,Product Name,Maker,Department,Price,Colour"]
    rows += [f"{n},Lamp {n},Acme,Home > Light,{n}.50,Red" for n in range(1, 40)]
    (tmp_path / "shop.csv.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    events = [
        {"id": f"{u}-{n}", "user": f"u{u}", "product": str(n), "kind": "click"}
        for u in range(8)
        for n in range(u + 1, u + 6)
    ]
    (tmp_path / "clicks.jsonl").write_text("\n".join(map(json.dumps, events)))
    (tmp_path / "clicks.yaml").write_text(
        "kind: events\nsource: shop\nid: id\nuser: user\nproduct: product\nevent: kind\n"
    )
    return tmp_path


def test_the_commands_for_feeds_run(connection: Connection, settings: Settings, shop: Path) -> None:
    [commands] = [b for b in blocks("sh") if "catalograph ingest" in b]
    assert settings.neo4j.uri is not None
    assert settings.neo4j.password is not None
    assert settings.user_secret is not None
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "CATALOGRAPH_HOME": str(settings.home),
        "CATALOGRAPH_USER_SECRET": settings.user_secret.get_secret_value(),
        "CATALOGRAPH_NEO4J__URI": settings.neo4j.uri,
        "CATALOGRAPH_NEO4J__PASSWORD": settings.neo4j.password.get_secret_value(),
    }
    # The fixture's server stands for the one `catalograph up` starts.
    lines = [line for line in commands.splitlines() if line != "catalograph up"]
    assert len(lines) == 4
    for line in lines:
        done = subprocess.run(
            ["bash", "-c", line], cwd=shop, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    [row] = connection.execute(
        "MATCH (m:Model {live: true}) WITH count(m) AS models "
        "MATCH (p:Product {listed: true}) RETURN models, count(p) AS products"
    )
    assert row == {"models": 3, "products": 39}


def test_the_graphql_is_valid() -> None:
    schema = build_schema((ROOT / "api" / "schema.graphql").read_text())
    for block in blocks("graphql"):
        assert validate(schema, parse(block)) == []


def test_the_cypher_is_planned(connection: Connection) -> None:
    pages = [README, (ROOT / "docs" / "architecture.md").read_text()]
    found = [b for p in pages for b in re.findall(r"```cypher\n(.*?)```", p, re.DOTALL)]
    assert len(found) == 3
    for block in found:
        connection.execute(f"EXPLAIN {block}")
