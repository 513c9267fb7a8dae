"""Export the graph as training data: an immutable snapshot of arrays, ordered by key.

A snapshot does not depend on Neo4j's internal ids or on the order of writes, so two graphs with the
same content give equal snapshots with equal hashes.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from catalograph.schema import ONTOLOGY, EventKind
from catalograph.schema.keys import assertion_key, assertion_parts, fact_name
from catalograph.store.connection.connect import Connection
from catalograph.store.models.imputed import read_imputed

INTERACTION_KINDS: tuple[str, ...] = tuple(
    kind.value for kind in EventKind if kind not in (EventKind.QUERY, EventKind.DISMISS)
)
"""Event kinds that count as an interaction. With `LIKED_RATING` this is the only definition of an
interaction, for training and serving: one (user, product) pair, however often it occurs. A product
that the shopper dismissed has none, whatever other events there are."""

LIKED_RATING = 3.0
"""Smallest number of stars of a review that counts; a review without stars counts, too."""


@dataclass(frozen=True)
class FactTable:
    """Distinct facts of one relation, sorted by head and tail.

    Attributes:
        heads: int32 [m]; index into `GraphSnapshot.products`.
        tails: int32 [m]; index into `tail_keys`.
        tail_keys: keys of the tails, sorted; product tails may be unlisted.
        strengths: float32 [m], −1 to 1, for graded facts, negative ones included; else None.
    """

    heads: NDArray[np.int32]
    tails: NDArray[np.int32]
    tail_keys: tuple[str, ...]
    strengths: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.heads)


@dataclass(frozen=True)
class GraphSnapshot:
    """Training data: listed products, the users who interacted with them, and their facts.

    Attributes:
        products: keys of the listed products, sorted.
        users: keys of the users with at least one interaction, sorted.
        interaction_users: int32 [n]; index into `users`.
        interaction_products: int32 [n]; index into `products`; each pair once, sorted.
        facts: facts by relation; HAS_VALUE is split by attribute, as in `HAS_VALUE:colour`.
        parents: (category key, key of its parent), sorted.
        data_hash: BLAKE2b-256 of the content, in hexadecimal.
        opinions: sentiment of reviews on aspects of products, as signed facts; None without any.
        imputed: facts that only imputation supports, apart from `facts`, in the same form, with
            their confidences as strengths.
        interaction_times: int64 [n]; latest time of each interaction, in seconds since 1970, −1 if
            unknown; None if all are unknown.
    """

    products: tuple[str, ...]
    users: tuple[str, ...]
    interaction_users: NDArray[np.int32]
    interaction_products: NDArray[np.int32]
    facts: Mapping[str, FactTable]
    parents: tuple[tuple[str, str], ...]
    data_hash: str
    opinions: FactTable | None = None
    interaction_times: NDArray[np.int64] | None = None
    imputed: Mapping[str, FactTable] = field(default_factory=dict)


@dataclass(frozen=True)
class ProductTexts:
    """Texts of the listed products.

    Attributes:
        keys: keys of the products, sorted.
        titles: title of each product, or "".
        brands: brand names of each product, sorted.
        descriptions: description of each product, or "".
        data_hash: BLAKE2b-256 of all the above, in hexadecimal.
    """

    keys: tuple[str, ...]
    titles: tuple[str, ...]
    brands: tuple[tuple[str, ...], ...]
    descriptions: tuple[str, ...]
    data_hash: str


def export_snapshot(connection: Connection) -> GraphSnapshot:
    """Read the training data of the structure and preference jobs, with imputed facts apart.

    Nodes written during the export may be missing, but the result is consistent in itself.
    """
    products = tuple(sorted(row["key"] for row in connection.read("export_products")))
    index = {key: n for n, key in enumerate(products)}
    users, pairs, times = read_interactions(connection, index)
    imputed = read_imputed(connection, products)
    facts = _facts(connection, index, imputed)
    opinions = _opinions(connection, index)
    parents = tuple(
        sorted((row["child"], row["parent"]) for row in connection.read("export_parents"))
    )
    snapshot = GraphSnapshot(
        products=products,
        users=users,
        interaction_users=pairs[0],
        interaction_products=pairs[1],
        facts=facts,
        parents=parents,
        data_hash="",
        opinions=opinions,
        interaction_times=times if (times >= 0).any() else None,
        imputed=_imputed_facts(imputed, index),
    )
    return replace(snapshot, data_hash=snapshot_hash(snapshot))


@dataclass(frozen=True)
class PurchaseContext:
    """What texts and baskets say of products that go together.

    Attributes:
        names: (product key, key of what it fits, name of that), sorted.
        baskets: keys of the products that a shopper bought on one day, at least two, sorted.
        brands: names of all brands, sorted.
    """

    names: tuple[tuple[str, str, str], ...]
    baskets: tuple[tuple[str, ...], ...]
    brands: tuple[str, ...]


def export_purchase_context(connection: Connection) -> PurchaseContext:
    """Read what complements of products are found by, beside the snapshot."""
    names = tuple(
        sorted(
            (row["product"], row["key"], row["name"] or row["key"])
            for row in connection.read("export_names")
        )
    )
    baskets = tuple(
        sorted(tuple(sorted(row["products"])) for row in connection.read("export_baskets"))
    )
    brands = tuple(sorted(row["name"] for row in connection.read("export_brands")))
    return PurchaseContext(names, baskets, brands)


def export_texts(connection: Connection, among: Sequence[str] | None = None) -> ProductTexts:
    """Read the texts of listed products, without brands that only imputation supports.

    Args:
        connection: connection to the graph.
        among: keys of products; None for all.
    """
    if among is None:
        found = connection.read("export_texts")
    else:
        found = connection.read("read_product_texts", keys=sorted(set(among)))
    rows = sorted(found, key=lambda row: row["key"])
    keys = tuple(row["key"] for row in rows)
    titles = tuple(row["title"] or "" for row in rows)
    imputed = read_imputed(connection, keys)
    brands = tuple(
        tuple(
            brand["name"]
            for brand in row["brands"]
            if brand["name"] and assertion_key(row["key"], "HAS_BRAND", brand["key"]) not in imputed
        )
        for row in rows
    )
    descriptions = tuple(row["description"] or "" for row in rows)
    digest = hashlib.blake2b(digest_size=32)
    _add_texts(digest, keys)
    _add_texts(digest, titles)
    _add_texts(digest, ["\x1f".join(names) for names in brands])
    _add_texts(digest, descriptions)
    return ProductTexts(keys, titles, brands, descriptions, digest.hexdigest())


def read_interactions(
    connection: Connection, index: Mapping[str, int], until: datetime | None = None
) -> tuple[tuple[str, ...], NDArray[np.int32], NDArray[np.int64]]:
    """Return users, int32 [2, n] of user and product index, and int64 [n] of the latest times.

    Args:
        connection: connection to the graph.
        index: index of each listed product by its key.
        until: time after which nothing counts; None for all.
    """
    liked: dict[str, list[tuple[int, int]]] = {}
    for row in connection.read(
        "export_interactions",
        kinds=list(INTERACTION_KINDS),
        minimum_rating=LIKED_RATING,
        until=until,
    ):
        found = [(index[key], time) for key, time in row["products"] if key in index]
        if found:
            liked[row["user"]] = sorted(found)
    users = tuple(sorted(liked))
    pairs = _pairs((n, [product for product, _ in liked[user]]) for n, user in enumerate(users))
    times = [time for user in users for _, time in liked[user]]  # in the order of the pairs
    return users, pairs, np.array(times, dtype=np.int64)


def _facts(
    connection: Connection, index: Mapping[str, int], left_out: Collection[str]
) -> dict[str, FactTable]:
    """Return the fact tables that are not empty, by sorted name, without excluded assertions."""
    tables: dict[str, FactTable] = {}
    for relation in ONTOLOGY.facts:
        groups: dict[str, dict[int, list[str]]] = {}
        for row in connection.read("export_facts", {"relation": relation.name}):
            head = index.get(row["head"])
            if head is None:
                continue
            for tail in row["tails"]:
                if left_out and assertion_key(row["head"], relation.name, tail) in left_out:
                    continue
                group = groups.setdefault(fact_name(relation.name, tail), {})
                group.setdefault(head, []).append(tail)
        tables |= {name: _fact_table(tails) for name, tails in groups.items()}
    return {name: tables[name] for name in sorted(tables)}


def _imputed_facts(
    confidences: Mapping[str, float], index: Mapping[str, int]
) -> dict[str, FactTable]:
    """Return imputed facts of listed products as tables by sorted name."""
    groups: dict[str, list[tuple[int, str, float]]] = {}
    for key, confidence in confidences.items():
        product, relation, tail = assertion_parts(key)
        if product in index:
            group = groups.setdefault(fact_name(relation, tail), [])
            group.append((index[product], tail, confidence))
    tables = {}
    for name in sorted(groups):
        rows = sorted(groups[name])
        tails = sorted({tail for _, tail, _ in rows})
        place = {tail: n for n, tail in enumerate(tails)}
        tables[name] = FactTable(
            np.array([head for head, _, _ in rows], np.int32),
            np.array([place[tail] for _, tail, _ in rows], np.int32),
            tuple(tails),
            np.array([confidence for _, _, confidence in rows], np.float32),
        )
    return tables


def _opinions(connection: Connection, index: Mapping[str, int]) -> FactTable | None:
    told = {
        index[row["head"]]: dict(row["tails"])
        for row in connection.read("export_opinions")
        if row["head"] in index
    }
    if not told:
        return None
    table = _fact_table({head: list(tails) for head, tails in told.items()})
    pairs = zip(table.heads.tolist(), table.tails.tolist(), strict=True)
    strengths = [told[head][table.tail_keys[tail]] for head, tail in pairs]
    return replace(table, strengths=np.array(strengths, np.float32))


def _fact_table(tails_of: Mapping[int, Sequence[str]]) -> FactTable:
    keys = tuple(sorted({tail for tails in tails_of.values() for tail in tails}))
    index = {key: n for n, key in enumerate(keys)}
    pairs = _pairs((head, [index[t] for t in tails]) for head, tails in tails_of.items())
    return FactTable(pairs[0], pairs[1], keys)


def _pairs(groups: Iterable[tuple[int, Sequence[int]]]) -> NDArray[np.int32]:
    """Return the distinct pairs (group, member) as int32 [2, n], sorted."""
    # Pack each pair into one integer: sorting those is many times faster than sorting columns.
    parts = [np.asarray(members, np.int64) + (group << 32) for group, members in groups]
    packed = np.sort(np.concatenate([np.empty(0, np.int64), *parts]))
    packed = packed[np.diff(packed, prepend=-1) > 0]
    return np.stack([packed >> 32, packed & 0xFFFFFFFF]).astype(np.int32)


def snapshot_hash(snapshot: GraphSnapshot) -> str:
    """Return the hash of a snapshot's content."""
    digest = hashlib.blake2b(digest_size=32)
    _add_texts(digest, snapshot.products)
    _add_texts(digest, snapshot.users)
    _add_array(digest, np.stack([snapshot.interaction_users, snapshot.interaction_products]))
    times = snapshot.interaction_times
    if times is None:
        times = np.full(len(snapshot.interaction_users), -1, np.int64)
    digest.update(np.ascontiguousarray(times, dtype="<i8").tobytes())
    for name, table in snapshot.facts.items():
        _add_texts(digest, [name])
        _add_texts(digest, table.tail_keys)
        _add_array(digest, np.stack([table.heads, table.tails]))
    _add_texts(digest, [key for pair in snapshot.parents for key in pair])
    if snapshot.opinions is not None:
        _add_graded(digest, snapshot.opinions)
    for name, table in snapshot.imputed.items():
        _add_texts(digest, [name])
        _add_graded(digest, table)
    return digest.hexdigest()


def _add_graded(digest: "hashlib.blake2b", table: FactTable) -> None:
    if table.strengths is not None:
        _add_texts(digest, table.tail_keys)
        _add_array(digest, np.stack([table.heads, table.tails]))
        digest.update(table.strengths.astype("<f4").tobytes())


def _add_texts(digest: "hashlib.blake2b", texts: Sequence[str]) -> None:
    """Hash the number of texts, then each with its length, so different lists hash differently."""
    digest.update(len(texts).to_bytes(8, "little"))
    for text in texts:
        data = text.encode()
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)


def _add_array(digest: "hashlib.blake2b", array: NDArray[np.int32]) -> None:
    digest.update(array.size.to_bytes(8, "little"))
    digest.update(np.ascontiguousarray(array, dtype="<i4").tobytes())
