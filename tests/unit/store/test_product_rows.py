"""Rows of products in one process, beside a store that counts what is read of it."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

from catalograph.store import AsyncConnection
from catalograph.store.queries.product_rows import ProductRows
from catalograph.store.queries.projection import FieldSelection, Selection

TITLE = Selection("Product", (FieldSelection("title", "title"),))
BRANDS = Selection(
    "Product",
    (
        FieldSelection(
            "brands",
            "brands",
            Selection("Brand", (FieldSelection("product_count", "product_count"),)),
        ),
    ),
)


class Store:
    """A store of titles."""

    def __init__(self) -> None:
        self.titles = {"a": "A", "b": "B"}
        self.read: list[list[str]] = []

    async def read_compiled(
        self, text: str, parameters: Mapping[str, Any], name: str
    ) -> list[dict[str, Any]]:
        self.read.append(parameters["keys"])
        found = [key for key in parameters["keys"] if key in self.titles]
        return [{"product": {"key": key, "title": self.titles[key]}} for key in found]


def titles(rows: ProductRows, store: Store, selection: Selection, *keys: str) -> list[str]:
    found = asyncio.run(rows.read(cast(AsyncConnection, store), selection, keys))
    return [found[key]["title"] for key in keys if key in found]


def test_rows_are_read_once_until_they_change_or_are_old() -> None:
    now = 0.0
    rows, store = ProductRows(60.0, lambda: now), Store()
    assert titles(rows, store, TITLE, "a") == ["A"]
    assert titles(rows, store, TITLE, "a", "b", "none") == ["A", "B"]
    assert store.read == [["a"], ["b", "none"]]
    store.titles = {"a": "New", "b": "Other"}
    assert titles(rows, store, TITLE, "a", "b") == ["A", "B"]
    rows.forget(["a"])
    assert titles(rows, store, TITLE, "a", "b") == ["New", "B"]
    now = 61.0
    assert titles(rows, store, TITLE, "a", "b") == ["New", "Other"]
    rows.clear()
    assert titles(rows, store, TITLE, "b") == ["Other"]
    assert store.read[2:] == [["a"], ["a", "b"], ["b"]]


def test_what_may_change_with_other_products_is_read_each_time() -> None:
    rows, store = ProductRows(60.0, lambda: 0.0), Store()
    for _ in range(2):
        assert titles(rows, store, BRANDS, "a") == ["A"]
    assert store.read == [["a"], ["a"]]


def test_rows_that_were_read_before_a_change_are_not_kept() -> None:
    rows, store = ProductRows(60.0, lambda: 0.0), Store()
    read = store.read_compiled

    async def change(text: str, parameters: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
        found = await read(text, parameters, name)
        rows.forget(["a"])  # as another request caught up meanwhile
        return found

    store.read_compiled = change  # type: ignore[method-assign]
    assert titles(rows, store, TITLE, "a") == ["A"]
    store.read_compiled = read  # type: ignore[method-assign]
    store.titles["a"] = "New"
    assert titles(rows, store, TITLE, "a") == ["New"]
