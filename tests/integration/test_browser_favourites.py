"""Favourites and style sheet for Neo4j Browser: statements run, and colours are the Studio's."""

import re
from pathlib import Path

import pytest

from catalograph.schema import ONTOLOGY
from catalograph.store import Connection

from .conftest import key, user

pytestmark = pytest.mark.neo4j

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "deploy" / "neo4j-browser"
PARAMETERS = {
    "product": key("cam1"),
    "other": key("cam2"),
    "category": "category:photo",
    "user": user("nobody"),
}
STATEMENTS = [
    path for path in sorted(SHIPPED.glob("*.cypher")) if "\n:config" not in path.read_text()
]


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_a_favourite_runs_and_says_what_it_is(path: Path, shop: Connection) -> None:
    text = path.read_text()
    title, _, statement = text.partition("\n")
    assert title.startswith("// ")
    rows = shop.execute(statement, **PARAMETERS)
    # Nobody did anything, and the fixture's model has edges of its own.
    assert rows or path.stem == "history_of_a_shopper"


def test_no_favourite_draws_edges_of_a_model_without_a_floor() -> None:
    for path in STATEMENTS:
        text = path.read_text()
        if "CO_PREFERRED" in text:
            assert re.search(r"LIMIT \d+", text.split("CO_PREFERRED")[1])
        assert "-[]-" not in text


def test_the_style_sheet_has_labels_of_the_graph_in_the_colours_of_the_studio() -> None:
    studio = ROOT / "api" / "studio" / "src" / "components" / "labelColours.ts"
    colours = dict(re.findall(r'(\w+): "(#\w+)"', studio.read_text()))
    styled = dict(
        re.findall(
            r"node\.(\w+) \{[^}]*?\bcolor: (#\w+);", (SHIPPED / "catalograph.grass").read_text()
        )
    )
    assert styled == colours
    assert set(styled) <= {node.label for node in ONTOLOGY.nodes}
