"""Place a product in the live preference model without training again.

With A the regularised Gram matrix of the model and P its inverse, a new product n with the Gram
column g (how much it shares with each old product) borders A, and the bordered inverse gives its
weights exactly (Banachiewicz's formula):

    B[j, n] = (P·g)_j,    B[n, j] = s·(P·g)_j / (P_jj + s·(P·g)_j²),    s = 1 / (A_nn − gᵀ·P·g).

P is read from the stored edges: P_jk = −B[k, j]·P_jj, with the diagonal that the model stored on
each product. The parts of B[j, n] are the P·g_r of each relation's own Gram column g_r. A product
that the model already contains is first removed from P, by P_jk − P_jn·P_nk / P_nn.

The result is approximate in these points:
- Only the strongest edges of a product are stored, so small entries of P are missing.
- Only the products that share most with n are used.
- Until the next training the edges between the other products and the rarity of facts stay as they
  are, and sentiment of reviews on a product's aspects is not used.
- B[n, j] is split in the proportions of B[j, n].
- Parts that are added to those of KG-EASE, as that of the order of interactions, and that of titles
  stay as they are: a new product has none.

For the cold-start products of a third of Amazon Beauty the lists were as good as with the exact
weights. If a model scales the weights of the edges to a product by its number of interactions, the
scale is removed first and applied again at the end.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.schema.model_kinds import PRIVACY_KEY, TITLE, value_property
from catalograph.store.connection.connect import (
    Connection,
    Row,
)
from catalograph.store.models.export import (
    INTERACTION_KINDS,
    LIKED_RATING,
)
from catalograph.store.models.imputed import read_imputed
from catalograph.store.models.publish import (
    PublishedModel,
    live_models,
)

__all__ = ["place_products"]

Floats = NDArray[np.float64]
EDGES_PER_DIRECTION = 200
"""Largest number of edges of a placed product in each direction."""
MOST_ALIKE = 300
"""Number of most similar products used; on Amazon Beauty more made no difference."""


@dataclass(frozen=True)
class _Model:
    """Properties of the live model that placing needs."""

    key: str
    slot: str
    footing: str
    """Product property of its stored diagonal; see `slot_writer.EdgeTable.footing`."""
    parts: tuple[str, ...]
    weights: Floats
    """float [parts]; 1 for interactions."""
    relations: tuple[str, ...]
    products: int
    ridge: float
    item_power: float
    """Exponent of the weight scale (n + 1)^power of a product with n interactions."""
    cold_boost: float
    """Further factor of the weight scale without interactions; it fades with each of them."""
    private: bool = False
    """Whether it learned with differential privacy, so that nothing is read of shoppers here."""
    pair_shoppers: int = 1
    """Number of shoppers on whom the part of a weight that comes from choices must rest."""

    def scale(self, shoppers: int) -> float:
        """Return the scale of the weights of edges to a product; see `recommend.kgease`."""
        boost = 1.0 + (self.cold_boost - 1.0) * 2.0**-shoppers
        return float((shoppers + 1) ** self.item_power * boost)

    @property
    def added(self) -> list[int]:
        """Return the places of the parts that are not KG-EASE's."""
        known = [name for name in self.relations if name != TITLE]
        return [n for n, name in enumerate(self.parts) if n and name not in known]


@dataclass(frozen=True)
class _GramColumns:
    """A product's Gram columns, over the products that share most with it.

    Attributes:
        keys: keys of these products.
        own: float [m]; their entries on the diagonal of P.
        scales: float [m]; scales of the edges to them.
        gram: float [m, parts]; weighted Gram entries.
        diagonal: entry A_nn.
        lengths: float [parts]; lengths of the product's own fact vectors.
        scale: scale of the edges to the product.
        was: earlier entry of the product on the diagonal, if the model contains it.
        shoppers: number of shoppers of the product.
        shared: number of these who chose each other product, by its key.
    """

    keys: tuple[str, ...]
    own: Floats
    scales: Floats
    gram: Floats
    diagonal: float
    lengths: Floats
    scale: float
    was: float | None
    shoppers: int
    shared: Mapping[str, int]


@dataclass(frozen=True)
class _Edges:
    """Edges of a placed product.

    Attributes:
        keys: keys of the other products.
        into: float [m, parts]; parts of the weight of the edge from each other product.
        out: float [m, parts]; parts of the weight of the edge to each other product.
        own: entry of the product on the diagonal of P.
    """

    keys: tuple[str, ...]
    into: Floats
    out: Floats
    own: float


def place_products(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Compute and write preference edges of products from their facts and interactions. Idempotent.

    On Amazon Beauty it takes about half a second a product; for a large share of a catalogue,
    train again instead.

    Args:
        connection: connection to the graph.
        keys: keys of new and changed products.

    Returns:
        The keys of the placed products. A product that is unlisted or shares nothing with any other
        is left out; empty without a live preference model that stores its diagonal.
    """
    model = _live(connection)
    if model is None or not keys:
        return []
    imputed = read_imputed(connection, keys)
    return [key for key in keys if _place(connection, model, key, imputed)]


def _live(connection: Connection) -> _Model | None:
    model = live_models(connection).get("preference")
    tuned = None if model is None else model.config.get("tuned")
    if model is None or model.slot is None or not tuned or "products" not in tuned:
        return None
    return _Model(
        key=model.key,
        slot=model.slot,
        footing=value_property(model.kind, model.slot),
        parts=model.parts,
        weights=_weights(model, tuned),
        relations=tuple(tuned["weights"]),
        products=tuned["products"],
        ridge=tuned["lambda"],
        item_power=tuned.get("item_power", 0.0),
        cold_boost=tuned.get("cold_boost", 1.0),
        private=PRIVACY_KEY in model.config,
        pair_shoppers=model.config.get("pair_shoppers", 1),
    )


def _weights(model: PublishedModel, tuned: Mapping[str, Any]) -> Floats:
    other = tuned["other_weight"]
    return np.array([1.0, *(tuned["weights"].get(name, other) for name in model.parts[1:])])


def _place(connection: Connection, model: _Model, key: str, imputed: Collection[str]) -> bool:
    standing = _read_gram_columns(connection, model, key, imputed)
    if standing is None or not standing.keys:
        return False
    reached = list(
        connection.read(
            "read_preference_targets",
            keys=[*standing.keys, key],
            but=key,
            slot=model.slot,
            footing=model.footing,
            added=model.added,
        )
    )
    edges = _edges(standing, reached, model.ridge)
    if model.added:
        rows = connection.read("read_preference_parts", key=key, slot=model.slot)
        edges = _keep_added(edges, list(rows), model.added)
    (result,) = connection.write(
        lambda tx: tx.run(
            "write_placement",
            model=model.key,
            slot=model.slot,
            key=key,
            property=model.footing,
            footing=[edges.own, *standing.lengths[1:].tolist(), standing.scale],
            into=_strongest(edges.keys, edges.into, standing.shared),
            out=_strongest(edges.keys, edges.out, standing.shared, standing.shoppers),
        )
    )
    return bool(result["held"])


def _read_gram_columns(
    connection: Connection, model: _Model, key: str, imputed: Collection[str]
) -> _GramColumns | None:
    """Read the Gram columns of a product; None if it is not listed."""
    mine = [a for a in imputed if a.startswith(f"assertion:{key}\t")]
    found = list(
        connection.read(
            "read_alike",
            key=key,
            footing=model.footing,
            parts=list(model.parts),
            weights=model.weights.tolist(),
            relations=list(model.relations),
            products=model.products,
            left_out=mine,
            most=MOST_ALIKE,
        )
    )
    if not found:
        return None
    if model.private:
        return _sum_gram_columns(model, found[0], {"shoppers": 0, "alike": []})
    (shoppers,) = connection.read(
        "read_shared_shoppers",
        key=key,
        footing=model.footing,
        kinds=list(INTERACTION_KINDS),
        liked=LIKED_RATING,
        most=MOST_ALIKE,
    )
    shoppers["alike"] = [r for r in shoppers["alike"] if r["shared"] >= model.pair_shoppers]
    return _sum_gram_columns(model, found[0], shoppers)


def _sum_gram_columns(model: _Model, facts: Row, shoppers: Row) -> _GramColumns:
    rows = {row["key"]: row for row in (*facts["alike"], *shoppers["alike"])}
    place = {key: n for n, key in enumerate(sorted(rows))}
    gram = np.zeros((len(place), len(model.parts)))
    for row in facts["alike"]:
        for part, entry in row["gram"]:
            gram[place[row["key"]], part] = model.weights[part] * entry
    for row in shoppers["alike"]:
        gram[place[row["key"]], 0] = row["shared"]
    lengths = np.array(facts["lengths"])
    footing = facts["footing"]
    scale = model.scale(shoppers["shoppers"])
    if model.private and footing:  # of the released count, which nothing here may replace
        scale = footing[-1]
    has_facts = lengths[1:] > 0
    return _GramColumns(
        keys=tuple(place),
        own=np.array([rows[key]["own"] for key in place]),
        scales=np.array([rows[key]["scale"] for key in place]),
        gram=gram,
        diagonal=model.ridge + shoppers["shoppers"] + float(model.weights[1:] @ has_facts),
        lengths=lengths,
        scale=scale,
        was=footing and footing[0],
        shoppers=shoppers["shoppers"],
        shared={row["key"]: row["shared"] for row in shoppers["alike"]},
    )


def _edges(standing: _GramColumns, reached: Sequence[Row], ridge: float) -> _Edges:
    """Solve for the weights; in `reached` the product itself is the last of the sources."""
    gram, m = standing.gram, len(standing.keys)
    others = sorted({row["key"] for row in reached} - set(standing.keys))
    keys = (*standing.keys, *others)
    place = {key: n for n, key in enumerate(keys)}
    own = np.concatenate([standing.own, np.zeros(len(others))])
    scales = np.concatenate([standing.scales, np.ones(len(others))])
    flow = np.zeros((len(keys), gram.shape[1]))  # Σ_k B[k, j]·g_k
    mine = np.zeros(len(keys))  # B[n, j]
    for row in reached:
        j = place[row["key"]]
        own[j], scales[j] = row["own"], row["scale"]
        sources, weights = np.array(row["sources"]), np.array(row["weights"]) / scales[j]
        from_it = sources == m
        mine[j] = weights[from_it].sum()
        flow[j] = weights[~from_it] @ gram[sources[~from_it]]
    into = -flow
    into[:m] += gram
    into *= own[:, None]  # P·g
    if standing.was is not None:
        through = -(mine[:m] * standing.own) @ gram  # P_n·g
        into += np.outer(mine * own / standing.was, through)
        own -= (mine * own) ** 2 / standing.was
    total = into.sum(axis=1)
    # An entry of P is at most 1/λ; missing (truncated) entries must not push it above.
    left = max(ridge, standing.diagonal - float(gram.sum(axis=1) @ total[:m]))
    back = 1.0 / (left * own + total**2)  # s / (P_jj + s·(P·g)_j²)
    out = into * (back * scales)[:, None]
    return _Edges(keys, into * standing.scale, out, 1.0 / left)


def _keep_added(edges: _Edges, rows: Sequence[Row], added: Sequence[int]) -> _Edges:
    """Take the added parts from the product's present edges."""
    keys = (*edges.keys, *sorted({row["key"] for row in rows} - set(edges.keys)))
    place = {key: n for n, key in enumerate(keys)}
    more = ((0, len(keys) - len(edges.keys)), (0, 0))
    into, out = np.pad(edges.into, more), np.pad(edges.out, more)
    for row in rows:
        side = out if row["out"] else into
        side[place[row["key"]], added] = np.array(row["parts"])[added]
    return replace(edges, keys=keys, into=into, out=out)


def _strongest(
    keys: Sequence[str], parts: Floats, shared: Mapping[str, int], shoppers: int | None = None
) -> list[list[Any]]:
    """Return the strongest edges, sorted by key, as `write_placement` takes them.

    Args:
        keys: keys of the other products.
        parts: float [m, parts]; parts of the weight of each edge.
        shared: number of shoppers who chose both products, by key of the other.
        shoppers: number of shoppers of the edges' source; None if unknown.
    """
    weights = parts.sum(axis=1)
    best = np.argsort(-np.abs(weights), kind="stable")[:EDGES_PER_DIRECTION]
    chosen = sorted((n for n in best.tolist() if weights[n]), key=lambda n: keys[n])
    return [
        [
            keys[n],
            float(weights[n]),
            parts[n].tolist(),
            both := shared.get(keys[n], 0),
            None if shoppers is None else shoppers - both,
        ]
        for n in chosen
    ]
