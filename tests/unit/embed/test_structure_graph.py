"""The graph that FastRP gets: hashed start vectors, what is in it and what is left out."""

import numpy as np
import pytest

from catalograph.embed.gds.product_graph import build_product_graph, code_of
from catalograph.embed.structure import StructureConfig
from catalograph.errors import ConfigError
from catalograph.store import FactTable, GraphSnapshot


def ints(*values: int) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    return np.array(values, np.int32)


SNAPSHOT = GraphSnapshot(
    products=("product:t:a", "product:t:b", "product:t:c"),
    users=("user:t:one", "user:t:two"),
    interaction_users=ints(0, 0, 1),
    interaction_products=ints(0, 1, 2),
    facts={
        "ALSO_BOUGHT": FactTable(ints(0, 0), ints(0, 1), ("product:t:a", "product:t:b")),
        "HAS_BRAND": FactTable(ints(0, 1, 2), ints(0, 0, 1), ("brand:x", "brand:y")),
        "IN_CATEGORY": FactTable(ints(2), ints(0), ("category:tv/oled",)),
    },
    parents=(("category:tv/oled", "category:tv"),),
    data_hash="hash",
)


def test_a_code_depends_on_the_key_alone() -> None:
    assert code_of("product:t:a", 16) == code_of("product:t:a", 16)
    assert code_of("product:t:a", 16) != code_of("product:t:b", 16)
    assert code_of("product:t:ä", 4).hex() == "79c0a4c6"


def test_codes_of_different_keys_are_nearly_orthogonal() -> None:
    codes = np.stack([np.frombuffer(code_of(f"value:x={n}", 16), np.uint8) for n in range(500)])
    signs = 2.0 * np.unpackbits(codes, axis=1) - 1  # (500, 128)
    cosines = signs @ signs.T / 128
    np.fill_diagonal(cosines, 0)
    assert abs(cosines.mean()) < 0.01
    assert np.abs(cosines).max() < 0.5


def test_products_come_first_and_nodes_that_join_nothing_are_left_out() -> None:
    graph = build_product_graph(SNAPSHOT).to_projection(128)
    # Kept beside the products: brand:x, category:tv/oled (a product and a parent) and user:t:one.
    assert graph.labels == ["Product"] * 3 + ["Context"] * 3
    keys = [*SNAPSHOT.products, "brand:x", "category:tv/oled", "user:t:one"]
    assert graph.codes == [code_of(key, 16) for key in keys]
    # The product that also bought itself gains no edge.
    assert graph.neighbours == [[1, 3, 5], [3, 5], [4], [], [], []]


@pytest.mark.parametrize("dimension", [0, -8, 12, 4104])
def test_a_dimension_that_cannot_be_made_is_refused(dimension: int) -> None:
    with pytest.raises(ConfigError, match=str(dimension)):
        StructureConfig(dimension=dimension)
