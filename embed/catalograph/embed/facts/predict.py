"""Missing facts that a published model considers most likely, computed by GDS."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.gds.runner import (
    FIXED,
    ProjectionInput,
    client,
    hold_projection,
    require_memory,
)
from catalograph.errors import ConfigError, NotPublishedError, UnknownTypeError
from catalograph.schema.suggest import did_you_mean
from catalograph.store import (
    Connection,
    GraphSnapshot,
    PublishedModel,
    live_models,
    project_entities,
    relation_vectors,
)

_KIND = "kge"
_TOP_BYTES = 32
"""Memory per candidate that GDS keeps: two ids, a score and their containers."""


@dataclass(frozen=True)
class Proposal:
    """A predicted fact that no source states."""

    head: str
    relation: str
    tail: str
    score: float
    """Score of the triple by the model: higher is more likely, on no fixed scale."""


def predict_missing(
    connection: Connection, snapshot: GraphSnapshot, relation: str, first: int = 3
) -> list[Proposal]:
    """Propose tails for each product, among the tails that the relation has anywhere.

    GDS reads the vectors of nodes in the server (`gds.ml.kge.predict`); those of relations are on
    the Model node. Facts in the snapshot are not proposed.

    Args:
        connection: the graph, with a live model of kind kge that GDS can score: distmult, or
            transe with norm 2.
        snapshot: the existing facts.
        relation: relation as named in the snapshot, such as `HAS_BRAND` or `HAS_VALUE:colour`.
        first: number of proposals per product.

    Returns:
        Proposals by product in the order of keys, the best first.

    Raises:
        NotPublishedError: there is no such model.
        ConfigError: GDS does not have the scoring function of this model.
        UnknownTypeError: the snapshot or the model has no such relation.
        ResourceError: the server does not have enough free memory.
    """
    model = _live(connection)
    scoring = _scoring(model)
    vector = _relation_vector(connection, relation)
    if relation not in snapshot.facts:
        raise UnknownTypeError(
            f"The graph has no facts '{relation}'; it has: {', '.join(snapshot.facts)}."
            f"{did_you_mean(relation, snapshot.facts)}"
        )
    table = snapshot.facts[relation]
    known = np.bincount(table.heads, minlength=len(snapshot.products))
    # A product's best tails may include all those that it already has, and itself.
    top = min(first + int(known.max(initial=0)) + 1, len(table.tail_keys))
    asked = {
        "relationship_type_embedding": vector.tolist(),
        "scoring_function": scoring,
        "top_k": top,
    }
    proposals = _proposals(connection, model, snapshot.products, table.tail_keys, asked)
    if scoring == "transe":  # GDS returns the distance, which is lower for likelier facts
        proposals = [(head, tail, -distance) for head, tail, distance in proposals]
    return _best_new_facts(snapshot, relation, proposals, first)


def _proposals(
    connection: Connection,
    model: PublishedModel,
    heads: Sequence[str],
    tails: Sequence[str],
    asked: Mapping[str, Any],
) -> list[tuple[str, str, float]]:
    """Return head, tail and score of the best tails of each head, as GDS scores them."""
    keys = sorted({*heads, *tails})

    def project(name: str) -> None:
        project_entities(connection, name, heads, tails, model.property or "")

    with client(connection) as gds:
        size = ProjectionInput(len(keys), features=model.dimension or 0)
        require_memory(connection, "kge.predict", size, len(heads) * asked["top_k"] * _TOP_BYTES)
        with hold_projection(gds, project) as projection:
            rows = gds.kge.predict.stream(
                projection,
                node_embedding_property="vector",
                source_node_filter="Head",
                target_node_filter="Tail",
                **asked,
                **FIXED,
            )
    return [
        (keys[head], keys[tail], score)
        for head, tail, score in zip(
            rows["sourceNodeId"].tolist(),
            rows["targetNodeId"].tolist(),
            rows["score"].tolist(),
            strict=True,
        )
    ]


def _best_new_facts(
    snapshot: GraphSnapshot, relation: str, proposals: Iterable[tuple[str, str, float]], first: int
) -> list[Proposal]:
    """Return the best of each head, by head, without those in the snapshot."""
    table = snapshot.facts[relation]
    said = {
        (snapshot.products[head], table.tail_keys[tail])
        for head, tail in zip(table.heads.tolist(), table.tails.tolist(), strict=True)
    }
    found: dict[str, list[Proposal]] = {}
    for head, tail, score in proposals:
        if head != tail and (head, tail) not in said:
            found.setdefault(head, []).append(Proposal(head, relation, tail, score))
    return [
        proposal
        for head in sorted(found)
        for proposal in sorted(found[head], key=lambda p: (-p.score, p.tail))[:first]
    ]


def _live(connection: Connection) -> PublishedModel:
    model = live_models(connection).get(_KIND)
    if model is None:
        raise NotPublishedError(
            "No knowledge graph embedding is live. Run `catalograph embed kge --model distmult`."
        )
    return model


def _scoring(model: PublishedModel) -> str:
    """Return the name in GDS of this model's scoring function.

    Raises:
        ConfigError: GDS has none for it.
    """
    name, norm = model.config.get("model"), model.config.get("norm")
    if name == "distmult" or (name == "transe" and norm == 2):
        return str(name)
    told = f"transe with norm {norm}" if name == "transe" else name
    raise ConfigError(
        f"{model.key} is {told}, which GDS cannot score. Train one that it can: `catalograph embed "
        "kge --model distmult`, or transe with norm 2."
    )


def _relation_vector(connection: Connection, relation: str) -> NDArray[np.float32]:
    learned = relation_vectors(connection, _KIND)
    if relation not in learned.names:
        raise UnknownTypeError(
            f"The live model has learned nothing of '{relation}'; it knows: "
            f"{', '.join(learned.names)}."
        )
    found: NDArray[np.float32] = learned.vectors[learned.names.index(relation)]
    return found
