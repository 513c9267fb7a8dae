"""Placing a product in the live preference model without training anew.

With A the regularised Gram matrix of the model and P its inverse, a new product n with the Gram
column g (how much it shares with each old product) borders A, and the bordered inverse gives its
weights exactly (Banachiewicz's formula):

    B[j, n] = (P·g)_j,    B[n, j] = s·(P·g)_j / (P_jj + s·(P·g)_j²),    s = 1 / (A_nn − gᵀ·P·g).

P is read off the stored edges: P_jk = −B[k, j]·P_jj, with the diagonal that the model left on each
product. The parts of B[j, n] are the P·g_r of each relation's own Gram column g_r. A product that
the model knows already is first taken out of P, by P_jk − P_jn·P_nk / P_nn.

What is not exact: only the strongest edges of a product are stored, so that small entries of P are
missing; only the products that share most with n are counted; the edges between the others stay as
they are until the next training, as does how rare a fact was, and what reviews think of a
product's aspects counts from then on only; B[n, j] is split in the proportions
of B[j, n]. Among cold products of a third of Amazon Beauty the lists were as good as with the
exact weights.
Where a model scales the weights of the edges to a product by how many took to it, the scale is
taken off first and put on again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.schema.model_kinds import value_property
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
"""Edges that a placed product gets from others, and gives to others."""
MOST_ALIKE = 300
"""Products that share most with it and are counted; on Amazon Beauty more made no difference."""


@dataclass(frozen=True)
class _Model:
    """The live model, as far as placing needs it."""

    key: str
    slot: str
    footing: str
    """Property that it left on its products; see `slot_writer.EdgeTable`."""
    parts: tuple[str, ...]
    weights: Floats
    """float [parts]; 1 for interactions."""
    relations: tuple[str, ...]
    products: int
    ridge: float
    item_power: float
    """A product that n took to has its weights scaled by (n + 1) to this power."""


@dataclass(frozen=True)
class _GramColumns:
    """A product's Gram columns, over the products that share most with it.

    Attributes:
        keys: of these products.
        own: float [m]; their entries on the diagonal of P.
        scales: float [m]; of the edges to them.
        gram: float [m, parts]; weighted.
        diagonal: A_nn.
        lengths: float [parts]; of the product's own facts.
        scale: of the edges to the product.
        was: its entry on the diagonal, where the model knows it.
    """

    keys: tuple[str, ...]
    own: Floats
    scales: Floats
    gram: Floats
    diagonal: float
    lengths: Floats
    scale: float
    was: float | None


@dataclass(frozen=True)
class _Edges:
    """What is to be written.

    Attributes:
        keys: of the other products.
        into: float [m, parts]; parts of the weight of the edge from each.
        out: float [m, parts]; of the edge to each.
        own: the product's entry on the diagonal of P.
    """

    keys: tuple[str, ...]
    into: Floats
    out: Floats
    own: float


def place_products(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Give products the preference edges that their facts and interactions tell.

    On Amazon Beauty it takes about half a second a product; for a large share of a catalogue train
    anew. Safe to repeat.

    Args:
        connection: the graph.
        keys: of new products, and of those of which something else is said now.

    Returns:
        The keys of those placed; one that is not listed or shares nothing with any other is left
        out, and so are all of them without a live preference model that leaves a footing.
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
    )


def _weights(model: PublishedModel, tuned: Mapping[str, Any]) -> Floats:
    other = tuned["other_weight"]
    return np.array([1.0, *(tuned["weights"].get(name, other) for name in model.parts[1:])])


def _place(connection: Connection, model: _Model, key: str, imputed: frozenset[str]) -> bool:
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
        )
    )
    edges = _edges(standing, reached, model.ridge)
    (result,) = connection.write(
        lambda tx: tx.run(
            "write_placement",
            model=model.key,
            slot=model.slot,
            key=key,
            property=model.footing,
            footing=[edges.own, *standing.lengths[1:].tolist(), standing.scale],
            into=_strongest(edges.keys, edges.into),
            out=_strongest(edges.keys, edges.out),
        )
    )
    return bool(result["held"])


def _read_gram_columns(
    connection: Connection, model: _Model, key: str, imputed: frozenset[str]
) -> _GramColumns | None:
    """What a product shares with others; None for one that is not listed."""
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
    (shoppers,) = connection.read(
        "read_shared_shoppers",
        key=key,
        footing=model.footing,
        kinds=list(INTERACTION_KINDS),
        liked=LIKED_RATING,
        most=MOST_ALIKE,
    )
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
    has_facts = lengths[1:] > 0
    return _GramColumns(
        keys=tuple(place),
        own=np.array([rows[key]["own"] for key in place]),
        scales=np.array([rows[key]["scale"] for key in place]),
        gram=gram,
        diagonal=model.ridge + shoppers["shoppers"] + float(model.weights[1:] @ has_facts),
        lengths=lengths,
        scale=float((shoppers["shoppers"] + 1) ** model.item_power),
        was=facts["footing"] and facts["footing"][0],
    )


def _edges(standing: _GramColumns, reached: Sequence[Row], ridge: float) -> _Edges:
    """Solve for the weights; `reached` counts the product itself as the last of the sources."""
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
    # P is at most 1/λ; what truncation takes away must not make it more.
    left = max(ridge, standing.diagonal - float(gram.sum(axis=1) @ total[:m]))
    back = 1.0 / (left * own + total**2)  # s / (P_jj + s·(P·g)_j²)
    out = into * (back * scales)[:, None]
    return _Edges(keys, into * standing.scale, out, 1.0 / left)


def _strongest(keys: Sequence[str], parts: Floats) -> list[list[Any]]:
    """The strongest edges with their weights and parts, in order of keys."""
    weights = parts.sum(axis=1)
    best = np.argsort(-np.abs(weights), kind="stable")[:EDGES_PER_DIRECTION]
    chosen = sorted((n for n in best.tolist() if weights[n]), key=lambda n: keys[n])
    return [[keys[n], float(weights[n]), parts[n].tolist()] for n in chosen]
