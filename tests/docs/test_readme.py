"""What the README and the written pages show is run: commands, GraphQL, Cypher."""

import gzip
import json
import subprocess
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from catalograph.settings import Settings
from catalograph.store import Connection
from tests.docs.pages import ROOT, command_environment, read_blocks, written_pages

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]
README = ROOT / "README.md"


def blocks_by_page(language: str) -> dict[str, list[str]]:
    """Return the blocks of a language in each written page that has any."""
    pages = {
        str(page.relative_to(ROOT)): [b.text for b in read_blocks(page) if b.language == language]
        for page in written_pages()
    }
    return {name: blocks for name, blocks in pages.items() if blocks}


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


def test_the_readme_is_short() -> None:
    """The README answers what, for whom, quickstart and links; everything else has its page."""
    assert len(README.read_text()) <= 6000


def test_the_commands_for_feeds_run(connection: Connection, settings: Settings, shop: Path) -> None:
    shell = [block.text for block in read_blocks(README) if block.language == "sh"]
    [commands] = [text for text in shell if "catalograph ingest" in text]
    # The fixture's server stands for the one `catalograph up` starts.
    lines = [line for line in commands.splitlines() if line != "catalograph up"]
    assert len(lines) == 6
    for line in lines:
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=shop,
            env=command_environment(settings),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    [row] = connection.execute(
        "MATCH (m:Model {live: true}) WITH count(m) AS models "
        "MATCH (p:Product {listed: true}) RETURN models, count(p) AS products"
    )
    assert row == {"models": 3, "products": 39}


def test_the_graphql_is_valid() -> None:
    schema = build_schema((ROOT / "api" / "schema.graphql").read_text())
    pages = blocks_by_page("graphql")
    assert set(pages) >= {"README.md", "docs/api.md", "docs/search.md"}
    faults = {
        f"{name}: {fault.message}"
        for name, blocks in pages.items()
        for block in blocks
        if "--8<--" not in block  # a snippet that the site puts in
        for fault in validate(schema, parse(block))
    }
    assert faults == set()


def test_the_cypher_is_planned(connection: Connection) -> None:
    pages = blocks_by_page("cypher")
    assert set(pages) >= {"README.md", "docs/architecture.md", "docs/embed.md"}
    for blocks in pages.values():
        for block in blocks:
            connection.execute(f"EXPLAIN {block}")
