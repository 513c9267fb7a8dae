"""Count what a graph in several shards would make of this project's statements and of real data.

    python benchmarks/sharding.py DIR --shards 4 --json

Two parts. `statements`: each named statement is planned (EXPLAIN) by the Neo4j of the settings, or
by one that this starts, whose graph is empty. It is counted by the first of these that holds: it
searches a full-text or vector index or projects the graph; it follows edges between products; it
follows edges between shoppers and products; it begins with all nodes of a label of which there are
many; else what it reads is found from keys, with brands, categories and values, of which each shard
would hold a copy. `data`: edges and shoppers of a folder in the form of `ingest
triples`, with products placed by a hash of their key, or by category so that shards are about
equal.
"""

import argparse
import csv
import gzip
import json
import re
import statistics
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from catalograph.schema import ONTOLOGY
from catalograph.settings import load_settings
from catalograph.store import Connection, connect, migrate
from catalograph.store.connection.cypher_loader import placeholders, statement, statement_names
from catalograph.store.managed_server import child_server

_SEARCHES = ("db.index.fulltext", "db.index.vector", "gds.")
_BEGINS = ("Scan", "CountStore", "SeekByRange")
_BETWEEN = frozenset(r.name for r in ONTOLOGY.relations if ("Product", "Product") in r.patterns)
_SHOPPERS = frozenset(
    r.name for r in ONTOLOGY.relations if any(head == "User" for head, _ in r.patterns)
) | {"ON", "REVIEWS"}
_LABELS = re.compile(r":([A-Za-z]+)")
_MANY = frozenset(
    ("Product", "Value", "User", "Review", "Event", "Source", "Assertion", "Served", "Offer",
     "PastAssertion", "Document", "Passage", "Order", "OrderLine", "Conversation", "Turn")
)  # fmt: skip
_TYPES = re.compile(r"\[[^\]]*?:([A-Z_|]+)")
_LARGEST_HISTORY = 60
"""Products of a shopper that pairs are counted of, as the rest would outweigh all others."""


def walk(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the operators of a plan."""
    yield plan
    for child in plan.get("children", ()):
        yield from walk(child)


def classify(plan: Mapping[str, Any]) -> str:
    """Return what a plan needs beyond the shard of its keys."""
    operators = list(walk(plan))
    names = [str(o["operatorType"]).partition("@")[0] for o in operators]
    details = [str(o.get("args", {}).get("Details", "")) for o in operators]
    if any(word in text for text in details for word in _SEARCHES):
        return "search"
    types = {
        name
        for operator, text in zip(names, details, strict=True)
        if "Expand" in operator
        for found in _TYPES.findall(text)
        for name in found.split("|")
    }
    if types & _BETWEEN:
        return "between products"
    if types & _SHOPPERS:
        return "shoppers and products"
    scanned = {
        label
        for name, text in zip(names, details, strict=True)
        if any(word in name for word in _BEGINS)
        for label in _LABELS.findall(text)
    }
    return "all nodes of a label" if scanned & _MANY else "from keys"


def plan_statements(connection: Connection) -> dict[str, str]:
    """Return the class of each named statement."""
    example = {"head": "Product", "relation": "HAS_BRAND", "tail": "Brand", "label": "Product"}
    found = {}
    for name in statement_names():
        text = statement(name, **{k: v for k, v in example.items() if k in placeholders(name)})
        if text.startswith("SHOW"):
            continue
        found[name] = classify(connection.plan(text))
    return found


def table(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a table of the folder."""
    with gzip.open(folder / f"{name}.tsv.gz", "rt", encoding="utf-8") as stream:
        yield from csv.DictReader(stream, delimiter="\t")


def balance(groups: Mapping[str, list[str]], shards: int) -> dict[str, int]:
    """Place whole groups, the largest first, each in the emptiest shard."""
    filled, place = [0] * shards, {}
    for members in sorted(groups.values(), key=len, reverse=True):
        shard = filled.index(min(filled))
        filled[shard] += len(members)
        place.update(dict.fromkeys(members, shard))
    return place


def share(part: int, whole: int) -> float:
    return round(part / max(whole, 1), 3)


def count_crossings(folder: Path, shards: int) -> dict[str, Any]:
    """Return, for both ways of placing products, what crosses shards."""
    number = {row["name"]: row["id"] for row in table(folder, "product")}
    asin = {row["id"]: row["name"] for row in table(folder, "related_product")}
    categories: dict[str, str] = {}
    links: list[tuple[str, str]] = []
    shared: dict[str, set[str]] = defaultdict(set)
    for row in table(folder, "kg"):
        head, tail = row["product_id"], row["tail_id"]
        if row["tail_type"] == "related_product":
            other = number.get(asin.get(tail, ""))
            if other is not None:
                links.append((head, other))
            continue
        shared[f"{row['tail_type']} {tail}"].add(head)
        if row["relation"] == "belongs_to":
            categories[head] = tail  # the last one is the narrowest
    groups: dict[str, list[str]] = defaultdict(list)
    for one in number.values():
        groups[categories.get(one, f"none {one}")].append(one)
    histories: dict[str, set[str]] = defaultdict(set)
    for row in table(folder, "train"):
        histories[row["user_id"]].add(row["product_id"])
    pairs = Counter(
        pair
        for history in histories.values()
        if len(history) <= _LARGEST_HISTORY
        for pair in combinations(sorted(history), 2)
    )
    places = {
        "hash of the key": {one: zlib.crc32(one.encode()) % shards for one in number.values()},
        "category": balance(groups, shards),
    }
    return {
        "products": len(number),
        "shoppers": len(histories),
        "links": len(links),
        "pairs": len(pairs),
        **{name: measure(place, links, pairs, histories, shared) for name, place in places.items()},
    }


def measure(
    place: Mapping[str, int],
    links: list[tuple[str, str]],
    pairs: Mapping[tuple[str, str], int],
    histories: Mapping[str, set[str]],
    shared: Mapping[str, set[str]],
) -> dict[str, float]:
    """Return shares and means for one way of placing products."""
    reached = [len({place[one] for one in history}) for history in histories.values()]
    copies = [len({place[one] for one in heads}) for heads in shared.values()]
    sizes = Counter(place.values())
    return {
        "largest_shard": share(max(sizes.values()), len(place)),
        "links_that_cross": share(sum(place[a] != place[b] for a, b in links), len(links)),
        "pairs_bought_together_that_cross": share(
            sum(place[a] != place[b] for a, b in pairs), len(pairs)
        ),
        "shards_of_a_history": round(statistics.mean(reached), 2),
        "histories_in_one_shard": share(sum(n == 1 for n in reached), len(reached)),
        "copies_of_a_brand_or_category": round(statistics.mean(copies), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="product.tsv.gz, kg.tsv.gz, train.tsv.gz, …")
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--json", action="store_true", help="print JSON on one line")
    arguments = parser.parse_args()
    settings = load_settings()
    if settings.neo4j.uri is not None:
        with connect(settings, read_only=True) as connection:
            classes = plan_statements(connection)
    else:
        with child_server(settings) as server, connect(server.settings) as connection:
            migrate(connection, server.settings.user_secret_fingerprint)
            classes = plan_statements(connection)
    counts = Counter(classes.values())
    result = {
        "statements": {
            "number": len(classes),
            **{name: share(n, len(classes)) for name, n in counts.most_common()},
            "names": {
                kind: sorted(name for name, one in classes.items() if one == kind)
                for kind in counts
            },
        },
        "data": {
            "shards": arguments.shards,
            **count_crossings(arguments.folder, arguments.shards),
        },
    }
    print(json.dumps(result, indent=None if arguments.json else 2))


if __name__ == "__main__":
    main()
