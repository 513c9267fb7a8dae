"""The input of completion: products with their texts, facts, links and vectors."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MappingError
from catalograph.ingest.catalog import ProductDraft, describe
from catalograph.ingest.mapping import CatalogMapping, choose_mapping, find_mapping
from catalograph.ingest.readers import open_feed
from catalograph.ingest.row_preparation import prepare_rows
from catalograph.ingest.run import columns_in
from catalograph.schema import Node, Rejection
from catalograph.store import GraphSnapshot, ProductTexts

BRAND, CATEGORY = "brand", "category"
LINKS = frozenset({"ALSO_BOUGHT", "ALSO_VIEWED", "BOUGHT_TOGETHER"})
_FIELDS = {"HAS_BRAND": BRAND, "IN_CATEGORY": CATEGORY}
_OF_ATTRIBUTE = "HAS_VALUE:"

Pairs = NDArray[np.int64]
"""int64 [n, 2]: index of a product, and index into a list of names."""


@dataclass(frozen=True)
class FieldFacts:
    """Facts of one field or relation.

    Attributes:
        pairs: int64 [n, 2]; index of the product and index into `tails`, each pair once.
        tails: keys of the tails.
    """

    pairs: Pairs
    tails: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """Products ordered by key.

    Attributes:
        keys: keys of the products.
        texts: title and description of each product.
        fields: facts by field: `brand`, `category`, or the name of an attribute.
        links: products bought, viewed or chosen together, by relation.
        vectors: float32 [n, d], each of norm one or zero; None if there are no vectors.
        told: fields that the vectors were computed from, so the vectors must not predict them.
    """

    keys: tuple[str, ...]
    texts: tuple[str, ...]
    fields: Mapping[str, FieldFacts]
    links: Mapping[str, FieldFacts]
    vectors: NDArray[np.float32] | None = None
    told: frozenset[str] = field(default=frozenset())


def read_catalogue(path: Path | str, mapping: str | None = None) -> Catalogue:
    """Read the facts and texts of a catalogue feed.

    Args:
        path: file of any format that ingest supports.
        mapping: name or path of its mapping; None chooses a shipped one.

    Raises:
        SourceFormatError: the file cannot be read as a whole.
        MappingError: no mapping fits, or the mapping is not for a catalogue.
    """
    products: dict[str, ProductDraft] = {}
    with open_feed(path) as file:
        if mapping is not None:
            chosen = find_mapping(mapping)
        else:
            _, chosen = choose_mapping("catalog", file.stem, columns_in(file))
        if not isinstance(chosen, CatalogMapping):
            raise MappingError(
                f"The mapping is for {chosen.kind}; completion needs one of a catalogue."
            )
        for row in prepare_rows(file, chosen):
            if row is None or isinstance(row.fields, Rejection):
                continue
            described = describe(row.fields, chosen)
            if not isinstance(described, Rejection):
                products[described.node.key] = described
    return _of_rows(products)


def _of_rows(products: Mapping[str, ProductDraft]) -> Catalogue:
    keys = tuple(sorted(products))
    said: dict[str, list[tuple[int, str]]] = {}
    links: dict[str, list[tuple[int, str]]] = {}
    for n, key in enumerate(keys):
        for relation, tail in products[key].tails:
            if relation in LINKS:
                links.setdefault(relation, []).append((n, tail.key))
            else:
                said.setdefault(_field_of(relation, tail), []).append((n, tail.key))
    return Catalogue(
        keys,
        tuple(_text(products[key].node) for key in keys),
        {name: facts_of(pairs) for name, pairs in sorted(said.items())},
        {name: facts_of(pairs) for name, pairs in sorted(links.items())},
    )


def read_graph(
    snapshot: GraphSnapshot, texts: ProductTexts, vectors: NDArray[np.float32] | None
) -> Catalogue:
    """Build the catalogue of a graph.

    Args:
        snapshot: products, facts and interactions.
        texts: titles and descriptions.
        vectors: vectors computed from titles, brands and descriptions; None if there are none.
    """
    fields: dict[str, FieldFacts] = {}
    links: dict[str, FieldFacts] = {}
    for name, table in snapshot.facts.items():
        pairs = np.stack([table.heads, table.tails], axis=1).astype(np.int64)
        facts = FieldFacts(pairs, table.tail_keys)
        if name in LINKS:
            links[name] = facts
        elif name in _FIELDS or name.startswith(_OF_ATTRIBUTE):
            fields[_FIELDS.get(name, name.removeprefix(_OF_ATTRIBUTE))] = facts
    visits = [snapshot.interaction_products, snapshot.interaction_users]
    links["users"] = FieldFacts(np.stack(visits, axis=1).astype(np.int64), snapshot.users)
    said = zip(texts.titles, texts.descriptions, strict=True)
    by_key = dict(zip(texts.keys, ("\n".join(parts) for parts in said), strict=True))
    return Catalogue(
        snapshot.products,
        tuple(by_key.get(key, "") for key in snapshot.products),
        fields,
        links,
        vectors,
        frozenset({BRAND}) if vectors is not None else frozenset(),
    )


def facts_of(said: Iterable[tuple[int, str]]) -> FieldFacts:
    """Number the tails of (index of the product, key of the tail) pairs."""
    listed = sorted(set(said))
    tails = tuple(sorted({tail for _, tail in listed}))
    places = {tail: n for n, tail in enumerate(tails)}
    pairs = np.array([(n, places[tail]) for n, tail in listed], np.int64).reshape(-1, 2)
    return FieldFacts(pairs, tails)


def leave_out(facts: FieldFacts, products: Sequence[int] | NDArray[np.int64]) -> FieldFacts:
    """Return the facts without those of some products."""
    kept = ~np.isin(facts.pairs[:, 0], products)
    return FieldFacts(facts.pairs[kept], facts.tails)


def _field_of(relation: str, tail: Node) -> str:
    return _FIELDS.get(relation) or str(tail.properties.get("attribute", relation))


def _text(node: Node) -> str:
    said = node.properties
    return "\n".join(str(said[name]) for name in ("title", "description") if said.get(name))
