"""Products of the graph as records, and the pairs of them to compare."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from catalograph.ingest.resolve.blocking import MOST_SHARING
from catalograph.ingest.resolve.identifiers import squash, words_of
from catalograph.ingest.resolve.records import ProductRecord
from catalograph.schema.keys import normalise
from catalograph.store import Connection
from catalograph.store.queries.resolve import (
    alike_by_text,
    alike_by_vector,
    read_identifiers,
    read_products_to_resolve,
)

_MODEL_NAMES = frozenset({"model", "model number", "mpn", "modelno", "part number"})
# Limit of the words in a full-text query.
_MOST_WORDS = 16
_FEWEST_LETTERS = 3
_SHORTEST_MODEL = 3


def read_records(connection: Connection, keys: Sequence[str]) -> dict[str, ProductRecord]:
    """Return records of products by key, without products known by name only."""
    return {
        row["product"]["key"]: product_record(row)
        for row in read_products_to_resolve(connection, keys)
        if row["product"]["listed"]
    }


def product_record(row: dict[str, Any]) -> ProductRecord:
    """Build a record from a row of `read_products_to_resolve`."""
    product = row["product"]
    values: dict[str, tuple[str, ...]] = {}
    models = [product["mpn"]] if product["mpn"] else []
    for value in row["values"]:
        if value["attribute"] in _MODEL_NAMES:
            models.append(value["name"])
        else:
            said = values.get(value["attribute"], ())
            values[value["attribute"]] = (*said, value["name"])
    return ProductRecord(
        key=product["key"],
        source=product["source"],
        title=product["title"] or "",
        brand=" ".join(row["brands"]),
        category=" ".join(row["categories"]),
        description=product["description"] or "",
        models=tuple(models),
        gtins=tuple(product["gtins"] or ()),
        price=product["price"],
        values=values,
        changed=product["changed"].to_native() if product["changed"] else None,
    )


def find_by_identifier(connection: Connection, touched: Iterable[str]) -> dict[str, set[str]]:
    """Return products that share a GTIN or model number with a touched product, by its key.

    Scans all identifiers twice; an identifier that many products share is ignored.
    """
    wanted = set(touched)
    owners: dict[str, set[str]] = defaultdict(set)
    for key, gtins, mpn in read_identifiers(connection):
        if key in wanted:
            for identifier in _identifiers(gtins, mpn):
                owners[identifier].add(key)
    sharing: dict[str, set[str]] = defaultdict(set)
    for key, gtins, mpn in read_identifiers(connection):
        for identifier in _identifiers(gtins, mpn):
            if identifier in owners:
                sharing[identifier].add(key)
    found: dict[str, set[str]] = defaultdict(set)
    for identifier, keys in sharing.items():
        if 1 < len(keys) <= MOST_SHARING:
            for key in owners[identifier]:
                found[key] |= keys - {key}
    return found


def candidate_pairs(
    connection: Connection,
    touched: Sequence[ProductRecord],
    met: Mapping[str, set[str]],
    neighbours: int,
) -> set[tuple[str, str]]:
    """Return pairs of a touched product and a candidate for it, lower key first.

    Args:
        connection: connection to a migrated graph.
        touched: products to find pairs for.
        met: result of `find_by_identifier`.
        neighbours: number of similar products that the vector index and the full-text index (whose
            rare words, such as brand and model, weigh most) each propose per product.
    """
    keys = [record.key for record in touched]
    texts = {record.key: _search_words(record) for record in touched}
    found = [
        *((key, other) for key in keys for other in met.get(key, ())),
        *alike_by_text(connection, texts, neighbours),
        *alike_by_vector(connection, keys, neighbours),
    ]
    return {(min(pair), max(pair)) for pair in found}


def _identifiers(gtins: Iterable[str], mpn: str | None) -> Iterator[str]:
    yield from (f"gtin {gtin}" for gtin in gtins)
    if mpn and len(squash(mpn)) >= _SHORTEST_MODEL:
        yield f"model {squash(mpn)}"


def _search_words(record: ProductRecord) -> str:
    """Return search words of letters and digits only, without Lucene syntax.

    They are in lower case, since Lucene reads AND, OR and NOT as operators.
    """
    words = words_of(normalise(" ".join([*record.models, record.brand, record.title])))
    telling = dict.fromkeys(
        word for word in words if len(word) >= _FEWEST_LETTERS or any(c.isdigit() for c in word)
    )
    return " ".join(word.replace(".", " ") for word in list(telling)[:_MOST_WORDS])
