"""Every cell of the example notebooks runs, on the small shop."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from nbformat.validator import validate

from catalograph.schema import ONTOLOGY
from catalograph.settings import Settings
from catalograph.store import Connection
from catalograph.store.ogm import ogm_classes, py2neo_graph

from .conftest import key

pytestmark = pytest.mark.neo4j
FOLDER = Path(__file__).parents[2] / "examples" / "notebooks"
Run = Callable[[str], dict[str, Any]]


@pytest.fixture
def run(settings: Settings, shop: Connection, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a notebook's cells in order, where its reader would; the names it leaves."""
    assert settings.neo4j.uri is not None
    assert settings.neo4j.password is not None
    monkeypatch.setenv("CATALOGRAPH_HOME", str(settings.home))
    monkeypatch.setenv("CATALOGRAPH_NEO4J__URI", settings.neo4j.uri)
    monkeypatch.setenv("CATALOGRAPH_NEO4J__PASSWORD", settings.neo4j.password.get_secret_value())

    def all_cells(name: str) -> dict[str, Any]:
        notebook = orjson.loads((FOLDER / f"{name}.ipynb").read_bytes())
        validate(notebook)
        names: dict[str, Any] = {}
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                assert cell["outputs"] == [], "notebooks are kept without outputs"
                source = "".join(cell["source"])
                exec(compile(source, f"{name}:{cell['id']}", "exec"), names)  # noqa: S102
        return names

    return all_cells


def test_every_notebook_is_run_here() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == [
        "objects",
        "questions",
        "similarity",
    ]


def test_questions(run: Run) -> None:
    names = run("questions")
    assert names["by_brand"]["count"].to_dict() == {"Acme": 3, "Leaf": 2, "Zeta": 2}
    assert names["coverage"]["category"].iloc[0] == "category:photo/cameras"
    assert names["conversion"].empty
    assert names["pivot"].loc["Leaf"].to_list()[0] == 2


def test_objects(run: Run) -> None:
    names = run("objects")
    assert names["brand"].name == "Acme"
    assert names["facts"]["values"]["colour"] in ("red", "blue", "black")
    assert len(names["classes"]) == len(ONTOLOGY.nodes)


def test_similarity(run: Run, shop: Connection) -> None:
    names = run("similarity")
    assert names["projected"].node_count == 8 + 3 + 6 + 4
    assert names["projected"].relationship_count == 24
    found = set(zip(names["pairs"]["left"], names["pairs"]["right"], strict=True))
    assert ("Green tea", "Red tea") in found
    assert names["ranks"]["name"].iloc[0] == "Acme"
    assert len(names["ranks"]) == 21
    assert shop.execute("CALL gds.graph.list() YIELD graphName RETURN graphName") == []


def test_objects_lead_to_the_class_of_what_they_meet(settings: Settings, shop: Connection) -> None:
    classes, graph = ogm_classes(), py2neo_graph(settings)
    product = classes["Product"].match(graph, key("cam1")).first()
    assert (product.title, product.price, product.listed) == ("Red camera", 100.0, True)
    [maker] = product.has_brand
    assert type(maker) is classes["Brand"]
    assert maker.name == "Acme"
    assert {p.id for p in maker.has_brand_from} == {"cam1", "cam2", "bag1", "old1"}
    [bought] = product.also_bought
    assert type(bought) is classes["Product"]
    assert {p.id for p in bought.also_bought_from} == {"cam1", "cam2"}
    graph.service.connector.close()
