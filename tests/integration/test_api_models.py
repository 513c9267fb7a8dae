"""Models at work through the API: going back to a version, trials, maps of vectors."""

import numpy as np
import pytest

from catalograph.schema import EmbeddingTable
from catalograph.store import Connection, ModelVersionCard, live_models, stage_vectors, switch
from catalograph.store.models.embedding_map import principal_components

from .conftest import Ask, key

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

BACK = """mutation($kind: String!) { rollBackModel(input: {kind: $kind}) {
  ... on RolledBackModel { kind version live }
  ... on MutationError { code message path } } }"""


def publish(connection: Connection, vectors: dict[str, list[float]]) -> None:
    table = EmbeddingTable(list(vectors), np.array(list(vectors.values()), np.float32))
    switch(
        connection, [stage_vectors(connection, "structure", table, ModelVersionCard({}, "data"))]
    )


async def test_a_version_is_gone_back_to_and_returned_to(ask: Ask, shop: Connection) -> None:
    near, far = {key("cam1"): [1.0, 0.0], key("cam2"): [0.9, 0.1]}, {key("tea1"): [-1.0, 0.0]}
    publish(shop, near | far)
    refused = (await ask(BACK, kind="structure"))["data"]["rollBackModel"]
    assert (refused["code"], refused["path"]) == ("NOT_FOUND", ["input", "kind"])
    assert "no earlier version" in refused["message"]
    publish(shop, near)
    listed = '{ models(first: 9, kind: "structure") { nodes { version live held } } }'
    assert (await ask(listed))["data"]["models"]["nodes"] == [
        {"version": 2, "live": True, "held": True},
        {"version": 1, "live": False, "held": True},
    ]
    for version in (1, 2):
        done = (await ask(BACK, kind="structure"))["data"]["rollBackModel"]
        assert done == {"kind": "structure", "version": version, "live": True}
        assert live_models(shop)["structure"].version == version
    trial = await ask('{ modelTrial(kind: "structure") { live rival } }')
    assert trial["data"] == {"modelTrial": None}


@pytest.mark.parametrize(
    ("kind", "said"),
    [("nothing", "There is no kind of model 'nothing'"), ("passage", "embed rollback passage")],
)
async def test_what_cannot_be_gone_back_to_is_said(ask: Ask, kind: str, said: str) -> None:
    refused = (await ask(BACK, kind=kind))["data"]["rollBackModel"]
    assert refused["code"] == "INVALID_INPUT"
    assert said in refused["message"]


async def test_a_map_lays_out_what_is_alike_near(ask: Ask, shop: Connection) -> None:
    publish(
        shop, {key("cam1"): [1.0, 0.0, 0.0], key("cam2"): [0.9, 0.1, 0], key("tea1"): [-1.0, 0, 0]}
    )
    answer = await ask(
        """query($key: String!) {
          embeddingMap(kind: "structure", first: 10) {
            version products shares points { key title categories x y } }
          alikeProducts(kind: "structure", key: $key, first: 1) { key title score }
        }""",
        key=key("cam1"),
    )
    assert "errors" not in answer, answer
    found = answer["data"]["embeddingMap"]
    assert found["products"] == 3
    assert found["shares"][0] > 0.95
    x = {point["key"]: point["x"] for point in found["points"]}
    categories = {point["key"]: point["categories"] for point in found["points"]}
    assert categories[key("cam1")] == ["Photo", "Cameras"]
    assert abs(x[key("cam1")] - x[key("cam2")]) < 0.2 < abs(x[key("cam1")] - x[key("tea1")])
    [nearest] = answer["data"]["alikeProducts"]
    assert nearest["key"] == key("cam2")
    assert 0.9 < nearest["score"] < 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('kind: "preference"', "have no vectors of products"),
        ('kind: "kge"', "No model of kind 'kge' is live"),
        ('kind: "structure", first: 0', "'first' is 0; it must be 1 to 2,000."),
    ],
)
async def test_a_map_that_cannot_be_drawn_is_refused(ask: Ask, arguments: str, said: str) -> None:
    answer = await ask(f"{{ embeddingMap({arguments}) {{ version }} }}")
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    assert said in answer["errors"][0]["message"]


def test_components_are_those_of_a_known_plane() -> None:
    # Two clusters along the first axis; within one, some spread along the second.
    vectors = np.array([[1, 0.1, 0], [1, -0.1, 0], [-1, 0, 0], [-1, 0, 0]], np.float64)
    places, shares = principal_components(vectors)
    assert places[0, 0] == pytest.approx(places[1, 0])
    assert places[0, 0] - places[2, 0] == pytest.approx(2, abs=0.02)
    assert abs(places[0, 1] - places[1, 1]) == pytest.approx(0.2, abs=0.01)
    assert sum(shares) == pytest.approx(1)
    assert principal_components(vectors[:1])[0].tolist() == [[0, 0]]
