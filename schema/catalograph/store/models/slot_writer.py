"""Fill the idle slot of a kind with vectors, values or edges; readers ignore it until the switch.

Each batch is written only while the version still holds its slot, so that of two concurrent
publishes one fails and the other is complete.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
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
from catalograph.store.models.edge_artefact import EdgeTable, prune_artefacts, save_edges
from catalograph.store.models.export import FactTable
from catalograph.store.models.fact_artefact import export_fact_arrays
from catalograph.store.models.publish import (
    ModelVersionCard,
    NamedCommunity,
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
"""Number of popular products stored with a version, so that the list of an unknown shopper need not
count all interactions. It exceeds the longest list, as some products may be removed or dismissed
later."""


@dataclass(frozen=True)
class ComplementEdges:
    """Products that go with products, in the order in which they are shown.

    Attributes:
        keys: product keys.
        sources: int [m]; index into `keys`.
        targets: int [m]; index into `keys`.
        places: int [m]; place of each target among those of its source, from 0.
        fits: key of the name by which a target fits, None for others; length m.
        beside: key of the category beside whose products it was chosen, None for others; length m.
        shares: float [m]; share of the category's shoppers who chose it, 0 for others.

    Raises:
        DimensionMismatchError: the arrays differ in length.
    """

    keys: Sequence[str]
    sources: NDArray[np.integer[Any]]
    targets: NDArray[np.integer[Any]]
    places: NDArray[np.integer[Any]]
    fits: Sequence[str | None]
    beside: Sequence[str | None]
    shares: NDArray[np.floating[Any]]

    def __post_init__(self) -> None:
        lengths = {len(self.sources), len(self.targets), len(self.places), len(self.fits)}
        if len(lengths) != 1:
            raise DimensionMismatchError(
                f"The arrays of complements have the lengths {sorted(lengths)}; expected one."
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
    guards: Mapping[str, str] | None = None,
) -> StagedModel:
    """Write vectors to the idle slot of a kind and index those of one label, not yet live.

    Args:
        connection: connection to the graph.
        kind: kind that holds vectors; see `catalograph.schema.model_kinds`.
        table: vectors by node key; zero and non-finite vectors are skipped and counted.
        card: model card, stored on the Model node by the switch.
        marks: input hash of each vector by node key, for a kind that stores marks.
        relations: relation vectors, stored on the Model node by the switch.
        guards: content hash of the document of each passage by the passage's key; the vector of a
            passage that has changed since is skipped and counted.

    Raises:
        WriteConflictError: another publish of this kind took the slot meanwhile.
    """
    claim = _claim(connection, kind)
    slot: Slot = claim["slot"]
    label = model_kind(kind).indexed_label
    prop, index = vector_property(kind, slot), vector_index(kind, slot, label)
    # Without its index the slot is cleared and filled several times faster.
    connection.execute(ddl.drop_vector_index(kind, slot, label))
    empty_slot(connection, kind, slot)
    usable = np.flatnonzero(table.usable).tolist()
    written = sum(
        _write(connection, claim, "write_vectors", types, rows=rows, property=prop)
        for types, rows in _batches(table.keys, table.vectors, usable, VECTORS_PER_BATCH, guards)
    )
    if marks:
        keys = [table.keys[n] for n in usable]
        _write_values(connection, claim, mark_property(kind, slot), keys, [marks[k] for k in keys])
    connection.execute(ddl.create_vector_index(kind, slot, table.dimension, label))
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
    communities: Sequence[NamedCommunity] = (),
) -> StagedModel:
    """Write one value per node to the idle slot of a kind, not yet live.

    Args:
        connection: connection to the graph.
        kind: kind that holds values.
        keys: keys of the nodes.
        values: int or float [len(keys)]; non-finite values are skipped and counted.
        card: model card, stored on the Model node by the switch.
        communities: names of values that are communities, stored likewise.

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
        communities=tuple(communities),
    )


@dataclass(frozen=True)
class FurtherShoppers:
    """Shoppers who are not in the graph.

    Attributes:
        n_shoppers: how many there are.
        chosen: how many chose each product, by its key.
    """

    n_shoppers: int
    chosen: Mapping[str, int]


def stage_edges(
    connection: Connection,
    edges: EdgeTable,
    card: ModelVersionCard,
    kind: str = "preference",
    artefacts: Path | None = None,
    complements: ComplementEdges | None = None,
    popular: Sequence[str] | None = None,
    elsewhere: FurtherShoppers | None = None,
) -> StagedModel:
    """Write edges between products to the idle slot of a kind, not yet live.

    Args:
        connection: connection to the graph.
        edges: edges to write; an edge of a removed product, or with a non-finite weight or part, is
            skipped and counted.
        card: model card, stored on the Model node by the switch.
        kind: kind that holds edges.
        artefacts: folder for the edges as files as well; None for none. Edges that place no new
            products have none, as nothing would tell which of their products were withdrawn.
        complements: further edges of a preference model.
        popular: keys of the most popular products; None to count what shoppers did.
        elsewhere: shoppers who are not in the graph and count as well; None without.

    Raises:
        WriteConflictError: another publish of this kind took the slot meanwhile.
    """
    claim = _claim(connection, kind)
    artefact_hash = None
    if artefacts is not None and edges.footing is not None:
        artefact_hash = _save_edges(connection, claim["key"], edges, artefacts)
    empty_slot(connection, kind, claim["slot"])
    finite = np.isfinite(edges.weights) & np.isfinite(edges.parts).all(axis=1)
    name = _EDGE_STATEMENTS[model_kind(kind).relations[0]]
    written = sum(
        _write(connection, claim, name, rows=rows)
        for rows in _edge_rows(edges, np.flatnonzero(finite))
    )
    for chosen in _complement_rows(complements) if complements is not None else ():
        _write(connection, claim, "write_complements", rows=chosen)
    if edges.footing is not None:
        prop = value_property(kind, claim["slot"])
        _write_values(connection, claim, prop, edges.keys, edges.footing)
    if edges.opinions is not None:
        for opinions in _opinion_rows(edges.keys, edges.opinions):
            _write(connection, claim, "write_opinions", rows=opinions)
    staged = StagedModel(
        key=claim["key"],
        kind=kind,
        version=claim["version"],
        slot=claim["slot"],
        written=written,
        skipped=_count_skipped(finite, written),
        card=card,
        parts=edges.part_names,
        artefact_hash=artefact_hash,
    )
    if popular is None and kind == "preference":
        return _with_popular(connection, staged, elsewhere)
    return replace(staged, popular=tuple(popular or ()))


def _count_skipped(finite: NDArray[np.bool_], written: int) -> SkippedCounts:
    usable = int(finite.sum())
    return SkippedCounts(non_finite=len(finite) - usable, unknown_key=usable - written)


def _with_popular(
    connection: Connection, staged: StagedModel, elsewhere: FurtherShoppers | None
) -> StagedModel:
    """Add the products with the most interactions, those of shoppers elsewhere included."""
    found = elsewhere or FurtherShoppers(0, {})
    chosen = dict(found.chosen)
    rows = list(connection.read("list_popular_products", first=POPULAR_PRODUCTS, elsewhere=chosen))
    counts = tuple(row["elsewhere"] for row in rows)
    return replace(
        staged,
        popular=tuple(row["key"] for row in rows),
        popular_elsewhere=() if elsewhere is None else counts,
        shoppers_elsewhere=found.n_shoppers,
    )


def _save_edges(connection: Connection, model: str, edges: EdgeTable, artefacts: Path) -> str:
    prune_artefacts(connection, artefacts)
    facts = export_fact_arrays(connection, edges.opinions, edges.keys)
    return save_edges(artefacts, model, edges, facts)


def stage_artefact(
    connection: Connection, kind: str, write: Callable[[str], str], card: ModelVersionCard
) -> StagedModel:
    """Let a version write its files, not yet live.

    Args:
        connection: connection to the graph.
        kind: kind that holds an artefact.
        write: function that writes the files of the version with this key; returns their hash.
        card: model card, stored on the Model node by the switch.
    """
    claim = _claim(connection, kind)
    return StagedModel(
        key=claim["key"],
        kind=kind,
        version=claim["version"],
        slot=claim["slot"],
        written=1,
        skipped=SkippedCounts(),
        card=card,
        artefact_hash=write(claim["key"]),
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
    """Write one batch; raise if another publish took the slot.

    Properties are written again if nobody knows whether they were; edges would be there twice.
    """
    (result,) = connection.write(
        lambda tx: tx.run(name, types, model=claim["key"], slot=claim["slot"], **parameters),
        repeatable=name in ("write_values", "write_vectors"),
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
    guards: Mapping[str, str] | None = None,
) -> Iterator[tuple[dict[str, str], list[Row]]]:
    """Yield the chosen rows in batches of one label, sorted by key for one lock order."""
    guards = guards or {}
    groups: dict[str, list[int]] = {}
    for n in sorted(chosen, key=lambda n: keys[n]):
        groups.setdefault(label_of(keys[n]), []).append(n)
    for label, members in groups.items():
        for start in range(0, len(members), size):
            batch = members[start : start + size]
            rows: list[Row] = [
                {"key": keys[n], "value": _plain(values[n]), "guard": guards.get(keys[n])}
                for n in batch
            ]
            yield {"label": label}, rows


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _wrong_length(connection: Connection, kind: str, slot: Slot, table: EmbeddingTable) -> int:
    """Return the number of vectors in the slot with another length than its index accepts."""
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
    """Yield batches of edges grouped by source, so that a batch looks up each source once."""
    counted = edges.shoppers
    for batch in _batches_by_source(edges.keys, edges.sources, edges.targets, chosen):
        shoppers = [[None, None]] * len(batch) if counted is None else counted[batch].tolist()
        groups: dict[int, list[list[Any]]] = {}
        columns = (edges.sources, edges.targets, edges.weights, edges.parts)
        for source, target, weight, parts, numbers in zip(
            *(c[batch].tolist() for c in columns), shoppers, strict=True
        ):
            groups.setdefault(source, []).append([edges.keys[target], weight, parts, *numbers])
        yield [{"source": edges.keys[s], "edges": group} for s, group in groups.items()]


def _opinion_rows(keys: Sequence[str], opinions: FactTable) -> Iterator[list[Row]]:
    """Yield batches of opinions grouped by product, in the order of the table."""
    weights = np.ones(len(opinions)) if opinions.strengths is None else opinions.strengths
    for start in range(0, len(opinions), EDGES_PER_BATCH):
        span = slice(start, start + EDGES_PER_BATCH)
        groups: dict[int, list[list[Any]]] = {}
        for head, tail, weight in zip(
            *(c[span].tolist() for c in (opinions.heads, opinions.tails, weights)), strict=True
        ):
            groups.setdefault(head, []).append([opinions.tail_keys[tail], weight])
        yield [{"product": keys[head], "opinions": group} for head, group in groups.items()]


def _complement_rows(edges: ComplementEdges) -> Iterator[list[Row]]:
    """Yield batches of complements grouped by source."""
    chosen = np.arange(len(edges.sources))
    for batch in _batches_by_source(edges.keys, edges.sources, edges.targets, chosen):
        groups: dict[int, list[list[Any]]] = {}
        for n in batch.tolist():
            target, place = edges.keys[edges.targets[n]], int(edges.places[n])
            edge = [target, place, edges.fits[n], edges.beside[n], float(edges.shares[n])]
            groups.setdefault(int(edges.sources[n]), []).append(edge)
        yield [{"source": edges.keys[s], "edges": group} for s, group in groups.items()]


def _batches_by_source(
    keys: Sequence[str],
    sources: NDArray[np.integer[Any]],
    targets: NDArray[np.integer[Any]],
    chosen: NDArray[np.intp],
) -> Iterator[NDArray[np.intp]]:
    # Order by key, not by index, so that all writers take locks in the same order.
    rank = np.argsort(np.argsort(np.asarray(keys, dtype=object), kind="stable"))
    order = chosen[np.lexsort((rank[targets[chosen]], rank[sources[chosen]]))]
    for start in range(0, len(order), EDGES_PER_BATCH):
        yield order[start : start + EDGES_PER_BATCH]
