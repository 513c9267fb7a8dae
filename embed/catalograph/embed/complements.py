"""The complements of products, from a snapshot, what surrounds it, and learned edges."""

from collections.abc import Mapping

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.complements import FittedName, Goods, find_complements
from catalograph.embed.recommend.matrices import Csr, incidence
from catalograph.store import ComplementEdges, EdgeTable, GraphSnapshot, PurchaseContext
from catalograph.store.queries.api_queries import BEHAVIOUR

__all__ = ["learn_complements"]


def learn_complements(
    snapshot: GraphSnapshot,
    edges: EdgeTable,
    context: PurchaseContext,
    titles: Mapping[str, str],
) -> ComplementEdges:
    """Choose what goes with each product.

    Args:
        snapshot: products, their categories and interactions.
        edges: learned edges between these products, whose parts of behaviour count.
        context: what texts and baskets say.
        titles: titles by product key.
    """
    index = {key: n for n, key in enumerate(snapshot.products)}
    goods = Goods(
        titles=[titles.get(key, "") for key in snapshot.products],
        kinds=_categories(snapshot),
        brands=context.brands,
        names=[
            FittedName(index[product], key, name)
            for product, key, name in context.names
            if product in index
        ],
        baskets=_baskets(context, index),
        choices=incidence(
            snapshot.interaction_users,
            snapshot.interaction_products,
            (len(snapshot.users), len(index)),
        ),
    )
    found = find_complements(goods, _behaviour(edges))
    return ComplementEdges(
        snapshot.products,
        found.sources,
        found.targets,
        found.places,
        found.fits,
        found.beside,
        found.shares,
    )


def _categories(snapshot: GraphSnapshot) -> list[list[str]]:
    kinds: list[list[str]] = [[] for _ in snapshot.products]
    table = snapshot.facts.get("IN_CATEGORY")
    if table is not None:
        for head, tail in zip(table.heads.tolist(), table.tails.tolist(), strict=True):
            kinds[head].append(table.tail_keys[tail])
    return kinds


def _baskets(context: PurchaseContext, index: Mapping[str, int]) -> Csr:
    pairs = [
        (basket, index[key])
        for basket, products in enumerate(context.baskets)
        for key in products
        if key in index
    ]
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return incidence(found[:, 0], found[:, 1], (len(context.baskets), len(index)))


def _behaviour(edges: EdgeTable) -> Csr:
    places = [n for n, name in enumerate(edges.part_names) if name in BEHAVIOUR]
    strength = edges.parts[:, places].sum(axis=1)
    kept = strength > 0
    n = len(edges.keys)
    return sp.csr_array((strength[kept], (edges.sources[kept], edges.targets[kept])), shape=(n, n))
