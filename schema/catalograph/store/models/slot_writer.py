"""Filling the idle slot of a kind: vectors, values or edges, which nobody reads before the switch.

Each batch is written only while the version still holds its slot, so that of two publishes at the
same time one ends with an error and the other is whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import DimensionMismatchError
from catalograph.schema import ddl
from catalograph.schema.keys import label_of
from catalograph.schema.model_kinds import mark_property, model_kind, value_property
from catalograph.schema.vectors import EmbeddingTable, Slot, vector_index, vector_property
from catalograph.store.connection.connect import (
    Connection,
    Row,
)
from catalograph.store.connection.cypher_loader import statement
from catalograph.store.models.publish import (
    ModelVersionCard,
    RelationVectors,
    SkippedCounts,
    StagedModel,
    slot_lost,
)
from catalograph.store.models.slots import empty_slot

VECTORS_PER_BATCH = 1_000
VALUES_PER_BATCH = 5_000
EDGES_PER_BATCH = 5_000
INDEX_TIMEOUT_SECONDS = 1_800
POPULAR_PRODUCTS = 500
"""Kept with a version, so that the list of an unknown shopper need not count all products. Above
the longest list, as some may be gone, or dismissed, when it is read."""


@dataclass(frozen=True)
class EdgeTable:
    """Item-item weights: an interaction with `sources[n]` raises `targets[n]` by `weights[n]`.

    Where the edges tell likeness, a weight is how alike two products are, and there are no parts.

    Attributes:
        keys: product keys.
        sources: int [m]; index into `keys`.
        targets: int [m]; index into `keys`.
        weights: float [m].
        parts: float [m, len(part_names)]; each row adds up to its weight.
        part_names: what the columns of `parts` stand for.
        footing: float [len(keys), len(part_names) + 1]; what `incremental_placement` joins a new
            product to an old one by: the old one's entry on the diagonal of the inverse, the length
            of its facts of each relation, and the scale of the weights of edges to
            it. None where new ones are not placed.

    Raises:
        DimensionMismatchError: the arrays differ in length.
    """

    keys: Sequence[str]
    sources: NDArray[np.integer[Any]]
    targets: NDArray[np.integer[Any]]
    weights: NDArray[np.floating[Any]]
    parts: NDArray[np.floating[Any]]
    part_names: tuple[str, ...]
    footing: NDArray[np.floating[Any]] | None = None

    def __post_init__(self) -> None:
        m = len(self.sources)
        shapes = (self.targets.shape, self.weights.shape, self.parts.shape)
        if shapes != ((m,), (m,), (m, len(self.part_names))):
            raise DimensionMismatchError(
                f"{m} sources came with targets, weights and parts of shapes {shapes} "
                f"for {len(self.part_names)} part names."
            )
        if self.footing is not None and self.footing.shape != (len(self.keys), shapes[2][1] + 1):
            raise DimensionMismatchError(
                f"The footing of {len(self.keys)} products has the shape {self.footing.shape}."
            )


_EDGE_STATEMENTS = {"CO_PREFERRED": "write_co_preferred", "SIMILAR": "write_similar"}


def stage_vectors(
    connection: Connection,
    kind: str,
    table: EmbeddingTable,
    card: ModelVersionCard,
    *,
    marks: Mapping[str, int] | None = None,
    relations: RelationVectors | None = None,
) -> StagedModel:
    """Put vectors into the idle slot of a kind and index those of products; readers see nothing.

    Args:
        connection: where to.
        kind: one that keeps vectors; see `catalograph.schema.model_kinds`.
        table: vectors by node key; zero and non-finite ones are left out and counted.
        card: goes onto the Model node with the switch.
        marks: by node key, what its vector was made from, for a kind that is marked.
        relations: goes onto the Model node as well.

    Raises:
        WriteConflictError: another publish of this kind took the slot meanwhile.
    """
    claim = _claim(connection, kind)
    slot: Slot = claim["slot"]
    prop, index = vector_property(kind, slot), vector_index(kind, slot)
    # Without its index the slot is emptied and filled several times as fast.
    connection.execute(ddl.drop_vector_index(kind, slot))
    empty_slot(connection, kind, slot)
    usable = np.flatnonzero(table.usable).tolist()
    written = sum(
        _write(connection, claim, "write_vectors", types, rows=rows, property=prop)
        for types, rows in _batches(table.keys, table.vectors, usable, VECTORS_PER_BATCH)
    )
    if marks:
        keys = [table.keys[n] for n in usable]
        _write_values(connection, claim, mark_property(kind, slot), keys, [marks[k] for k in keys])
    connection.execute(ddl.create_vector_index(kind, slot, table.dimension))
    connection.execute(statement("await_index"), name=index, seconds=INDEX_TIMEOUT_SECONDS)
    return StagedModel(
        key=claim["key"],
        kind=kind,
        version=claim["version"],
        slot=slot,
        written=written,
        skipped=_skipped_vectors(table, written, _wrong_length(connection, kind, slot, table)),
        card=card,
        index=index,
        dimension=table.dimension,
        relations=relations,
    )


def stage_values(
    connection: Connection,
    kind: str,
    keys: Sequence[str],
    values: NDArray[np.integer[Any]] | NDArray[np.floating[Any]],
    card: ModelVersionCard,
) -> StagedModel:
    """Put one value a node into the idle slot of a kind; readers see nothing yet.

    Args:
        connection: where to.
        kind: one that keeps values.
        keys: of the nodes.
        values: int or float [len(keys)]; one that is not finite is left out and counted.
        card: goes onto the Model node with the switch.

    Raises:
        WriteConflictError: another publish of this kind took the slot meanwhile.
    """
    claim = _claim(connection, kind)
    empty_slot(connection, kind, claim["slot"])
    finite = np.flatnonzero(np.isfinite(values)).tolist()
    prop = value_property(kind, claim["slot"])
    chosen = [keys[n] for n in finite]
    written = _write_values(connection, claim, prop, chosen, values[finite].tolist())
    return StagedModel(
        key=claim["key"],
        kind=kind,
        version=claim["version"],
        slot=claim["slot"],
        written=written,
        skipped=SkippedCounts(
            non_finite=len(keys) - len(finite), unknown_key=len(finite) - written
        ),
        card=card,
    )


def stage_edges(
    connection: Connection, edges: EdgeTable, card: ModelVersionCard, kind: str = "preference"
) -> StagedModel:
    """Put edges between products into the idle slot of a kind; readers see nothing yet.

    Args:
        connection: where to.
        edges: what to write; an edge of a product that is gone is left out and counted, and so
            is one whose weight or parts are not finite.
        card: goes onto the Model node with the switch.
        kind: one that keeps edges.

    Raises:
        WriteConflictError: another publish of this kind took the slot meanwhile.
    """
    claim = _claim(connection, kind)
    empty_slot(connection, kind, claim["slot"])
    finite = np.isfinite(edges.weights) & np.isfinite(edges.parts).all(axis=1)
    name = _EDGE_STATEMENTS[model_kind(kind).relation or ""]
    written = sum(
        _write(connection, claim, name, rows=rows)
        for rows in _edge_rows(edges, np.flatnonzero(finite))
    )
    if edges.footing is not None:
        prop = value_property(kind, claim["slot"])
        _write_values(connection, claim, prop, edges.keys, edges.footing)
    usable = int(finite.sum())
    popular: tuple[str, ...] = ()
    if kind == "preference":
        rows = connection.read("list_popular_products", first=POPULAR_PRODUCTS)
        popular = tuple(row["key"] for row in rows)
    return StagedModel(
        key=claim["key"],
        kind=kind,
        version=claim["version"],
        slot=claim["slot"],
        written=written,
        skipped=SkippedCounts(non_finite=len(finite) - usable, unknown_key=usable - written),
        card=card,
        parts=edges.part_names,
        popular=popular,
    )


def _claim(connection: Connection, kind: str) -> Row:
    return connection.write(lambda tx: tx.run("claim_slot", kind=kind))[0]


def _write(
    connection: Connection,
    claim: Row,
    name: str,
    types: Mapping[str, str] | None = None,
    **parameters: Any,
) -> int:
    """Write one batch, unless another publish has taken the slot."""
    (result,) = connection.write(
        lambda tx: tx.run(name, types, model=claim["key"], slot=claim["slot"], **parameters)
    )
    if not result["held"]:
        raise slot_lost(claim["key"])
    return int(result["written"])


def _write_values(
    connection: Connection,
    claim: Row,
    prop: str,
    keys: Sequence[str],
    values: "Sequence[Any] | NDArray[np.floating[Any]]",
) -> int:
    return sum(
        _write(connection, claim, "write_values", types, rows=rows, property=prop)
        for types, rows in _batches(keys, values, range(len(keys)), VALUES_PER_BATCH)
    )


def _batches(
    keys: Sequence[str],
    values: "Sequence[Any] | NDArray[np.floating[Any]]",
    chosen: Iterable[int],
    size: int,
) -> Iterator[tuple[dict[str, str], list[Row]]]:
    """The chosen rows in batches of one label each, in order of keys, as locks are taken."""
    groups: dict[str, list[int]] = {}
    for n in sorted(chosen, key=lambda n: keys[n]):
        groups.setdefault(label_of(keys[n]), []).append(n)
    for label, members in groups.items():
        for start in range(0, len(members), size):
            batch = members[start : start + size]
            rows = [{"key": keys[n], "value": _plain(values[n])} for n in batch]
            yield {"label": label}, rows


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _wrong_length(connection: Connection, kind: str, slot: Slot, table: EmbeddingTable) -> int:
    """How many vectors of the slot have another length than its index takes."""
    wrong = 0
    for label in model_kind(kind).labels:
        (held,) = connection.read(
            "count_vectors",
            {"label": label},
            property=vector_property(kind, slot),
            dimension=table.dimension,
        )
        wrong += held["wrong"]
    return wrong


def _skipped_vectors(table: EmbeddingTable, written: int, wrong_length: int) -> SkippedCounts:
    finite = np.isfinite(table.vectors).all(axis=1)
    usable = int(table.usable.sum())
    return SkippedCounts(
        zero=int(finite.sum()) - usable,
        non_finite=int((~finite).sum()),
        wrong_length=wrong_length,
        unknown_key=usable - written,
    )


def _edge_rows(edges: EdgeTable, chosen: NDArray[np.intp]) -> Iterator[list[Row]]:
    """Batches of edges grouped by source, so that each source is looked up once a batch."""
    rank = np.argsort(np.argsort(np.asarray(edges.keys, dtype=object), kind="stable"))
    order = chosen[np.lexsort((rank[edges.targets[chosen]], rank[edges.sources[chosen]]))]
    for start in range(0, len(order), EDGES_PER_BATCH):
        batch = order[start : start + EDGES_PER_BATCH]
        groups: dict[int, list[list[Any]]] = {}
        columns = (edges.sources, edges.targets, edges.weights, edges.parts)
        for source, target, weight, parts in zip(
            *(c[batch].tolist() for c in columns), strict=True
        ):
            groups.setdefault(source, []).append([edges.keys[target], weight, parts])
        yield [{"source": edges.keys[s], "edges": group} for s, group in groups.items()]
