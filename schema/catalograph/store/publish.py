"""Publishing what was learned: versions side by side, switched over at once.

Each kind of model has two slots. A new version claims the idle one, fills it and becomes live when
one small transaction moves the pointer; the version before stays in its slot for a roll-back until
the next one claims that. A publish that is killed leaves the live version as it was, and the next
one simply claims the slot again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from catalograph.errors import DimensionMismatchError, NotPublishedError, WriteConflictError
from catalograph.schema import ddl
from catalograph.schema.vectors import EmbeddingTable, Slot, vector_index, vector_property
from catalograph.store.connect import Connection, Row
from catalograph.store.stale import drop_stale
from catalograph.store.statements import statement

VECTORS_PER_BATCH = 1_000
EDGES_PER_BATCH = 5_000
INDEX_TIMEOUT_SECONDS = 1_800
_CLOCKS_APART = timedelta(minutes=5)
"""Writers on other machines may have clocks that are this much behind."""


@dataclass(frozen=True)
class ModelCard:
    """What made a version and how good it is.

    Attributes:
        config: configuration; with `data_hash` it decides whether anything has to be done again.
        data_hash: hash of what was learned from.
        metrics: measured quality, by name.
        seconds: how long learning took.
    """

    config: Mapping[str, Any]
    data_hash: str
    metrics: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class Skipped:
    """Vectors or edges that were not taken, by reason; Neo4j drops such without a word."""

    zero: int = 0
    non_finite: int = 0
    wrong_length: int = 0
    """In the slot with another length than the index; nothing of this project writes such."""
    unknown_key: int = 0
    """Of a product that is no longer in the graph."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.zero + self.non_finite + self.wrong_length + self.unknown_key


@dataclass(frozen=True)
class StagedModel:
    """A version that is complete in its slot and waits for the switch."""

    key: str
    kind: str
    version: int
    slot: Slot
    written: int
    skipped: Skipped
    card: ModelCard
    index: str | None = None
    dimension: int | None = None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublishedModel:
    """A version that is or was live; the Model node as a value."""

    key: str
    kind: str
    version: int
    live: bool
    slot: Slot | None
    """None when a later version has taken its slot, so that it cannot come back."""
    index: str | None
    dimension: int | None
    parts: tuple[str, ...]
    config: Mapping[str, Any]
    data_hash: str
    metrics: Mapping[str, Any]
    created: datetime
    seconds: float
    stale: bool = False
    """It learned from a user who was erased since."""


@dataclass(frozen=True)
class EdgeTable:
    """Item-item weights: an interaction with `sources[n]` raises `targets[n]` by `weights[n]`.

    Attributes:
        keys: product keys.
        sources: int [m]; index into `keys`.
        targets: int [m]; index into `keys`.
        weights: float [m].
        parts: float [m, len(part_names)]; each row adds up to its weight.
        part_names: what the columns of `parts` stand for.

    Raises:
        DimensionMismatchError: the arrays differ in length.
    """

    keys: Sequence[str]
    sources: NDArray[np.integer[Any]]
    targets: NDArray[np.integer[Any]]
    weights: NDArray[np.floating[Any]]
    parts: NDArray[np.floating[Any]]
    part_names: tuple[str, ...]

    def __post_init__(self) -> None:
        m = len(self.sources)
        shapes = (self.targets.shape, self.weights.shape, self.parts.shape)
        if shapes != ((m,), (m,), (m, len(self.part_names))):
            raise DimensionMismatchError(
                f"{m} sources came with targets, weights and parts of shapes {shapes} "
                f"for {len(self.part_names)} part names."
            )


def stage_vectors(
    connection: Connection, kind: str, table: EmbeddingTable, card: ModelCard
) -> StagedModel:
    """Put vectors into the idle slot of a kind and index them; readers see nothing yet.

    Args:
        connection: where to.
        kind: text or structure.
        table: vectors by product key; zero and non-finite ones are left out and counted.
        card: goes onto the Model node with the switch.

    Raises:
        WriteConflictError: another publish of this kind took the slot meanwhile.
    """
    claim = _claim(connection, kind)
    slot: Slot = claim["slot"]
    prop, index = vector_property(kind, slot), vector_index(kind, slot)
    # Without its index the slot is emptied and filled several times as fast.
    connection.execute(ddl.drop_vector_index(kind, slot))
    connection.execute(statement("wipe_vectors"), property=prop)
    written = sum(
        _write(connection, claim, "write_vectors", rows=rows, property=prop)
        for rows in _vector_rows(table)
    )
    connection.execute(ddl.create_vector_index(kind, slot, table.dimension))
    connection.execute(statement("await_index"), name=index, seconds=INDEX_TIMEOUT_SECONDS)
    (held,) = connection.read("count_vectors", property=prop, dimension=table.dimension)
    return StagedModel(
        key=claim["key"],
        kind=kind,
        version=claim["version"],
        slot=slot,
        written=written,
        skipped=_skipped_vectors(table, written, held["wrong"]),
        card=card,
        index=index,
        dimension=table.dimension,
    )


def stage_edges(
    connection: Connection, edges: EdgeTable, card: ModelCard, kind: str = "preference"
) -> StagedModel:
    """Put item-item weights into the idle slot as CO_PREFERRED edges; readers see nothing yet.

    Args:
        connection: where to.
        edges: what to write; an edge of a product that is gone is left out and counted, and so
            is one whose weight or parts are not finite.
        card: goes onto the Model node with the switch.
        kind: the kind of the model.

    Raises:
        WriteConflictError: another publish of this kind took the slot meanwhile.
    """
    claim = _claim(connection, kind)
    connection.execute(statement("wipe_co_preferred"), slot=claim["slot"])
    finite = np.isfinite(edges.weights) & np.isfinite(edges.parts).all(axis=1)
    written = sum(
        _write(connection, claim, "write_co_preferred", rows=rows)
        for rows in _edge_rows(edges, np.flatnonzero(finite))
    )
    usable = int(finite.sum())
    return StagedModel(
        key=claim["key"],
        kind=kind,
        version=claim["version"],
        slot=claim["slot"],
        written=written,
        skipped=Skipped(non_finite=len(finite) - usable, unknown_key=usable - written),
        card=card,
        parts=edges.part_names,
    )


def switch(connection: Connection, staged: Sequence[StagedModel]) -> None:
    """Make all these versions live in one transaction; stale ones they replace are emptied.

    Raises:
        WriteConflictError: one of them lost its slot to another publish; nothing has changed.
    """
    rows = [{"key": s.key, "slot": s.slot, "properties": _properties(s)} for s in staged]
    _switch(connection, rows)
    drop_stale(connection)


def roll_back(connection: Connection, kind: str) -> PublishedModel:
    """Make the version before the live one live again; doing it twice comes back to the first.

    Returns:
        The version that is live now.

    Raises:
        NotPublishedError: there is none, or its slot has been taken.
    """
    models = [m for m in list_models(connection) if m.kind == kind]
    held = [m for m in models if not m.live and m.slot is not None]
    if not held:
        raise NotPublishedError(
            f"There is no earlier version of '{kind}' to go back to: "
            + ("its slot has been used again." if len(models) > 1 else f"{len(models)} published.")
        )
    back = held[-1]
    _switch(connection, [{"key": back.key, "slot": back.slot, "properties": {}}])
    return live_models(connection)[kind]


def list_models(connection: Connection) -> list[PublishedModel]:
    """All versions that are or were live, by kind and version."""
    return [_published(row["properties"]) for row in connection.read("read_models")]


def live_models(connection: Connection) -> dict[str, PublishedModel]:
    """The live version of each kind that has one."""
    return {m.kind: m for m in list_models(connection) if m.live}


def unchanged_vectors(
    connection: Connection, kind: str, config: Mapping[str, Any]
) -> dict[str, list[float]]:
    """Vectors of the live version by product, of products of which nothing changed since.

    Args:
        connection: the graph.
        kind: of vectors.
        config: another configuration than the live version's makes all of them out of date.
    """
    model = live_models(connection).get(kind)
    if model is None or model.slot is None or model.stale or dict(model.config) != dict(config):
        return {}
    # What was said while the model was made may have come too late for it.
    since = model.created - timedelta(seconds=model.seconds) - _CLOCKS_APART
    changed = {row["key"] for row in connection.read("list_changed_products", since=since)}
    rows = connection.read("export_vectors", property=vector_property(kind, model.slot))
    return {row["key"]: row["vector"] for row in rows if row["key"] not in changed}


def _claim(connection: Connection, kind: str) -> Row:
    return connection.write(lambda tx: tx.run("claim_slot", kind=kind))[0]


def _write(connection: Connection, claim: Row, name: str, **parameters: Any) -> int:
    """Write one batch, unless another publish has taken the slot."""
    (result,) = connection.write(
        lambda tx: tx.run(name, model=claim["key"], slot=claim["slot"], **parameters)
    )
    if not result["held"]:
        raise _slot_lost(claim["key"])
    return int(result["written"])


def _switch(connection: Connection, rows: list[Row]) -> None:
    created = datetime.now(UTC)

    def work(tx: Any) -> None:
        live = {row["key"] for row in tx.run("switch_models", rows=rows, created=created)}
        for row in rows:
            if row["key"] not in live:
                raise _slot_lost(row["key"])

    connection.write(work)


def _slot_lost(key: str) -> WriteConflictError:
    return WriteConflictError(
        f"Another publish took the slot of {key}, so it cannot go live; the live version is as it "
        "was. Run one embedding job at a time."
    )


def _vector_rows(table: EmbeddingTable) -> Iterator[list[Row]]:
    usable = np.flatnonzero(table.usable)
    order = sorted(usable.tolist(), key=lambda n: table.keys[n])
    for start in range(0, len(order), VECTORS_PER_BATCH):
        batch = order[start : start + VECTORS_PER_BATCH]
        vectors = table.vectors[batch].tolist()
        yield [{"key": table.keys[n], "vector": v} for n, v in zip(batch, vectors, strict=True)]


def _skipped_vectors(table: EmbeddingTable, written: int, wrong_length: int) -> Skipped:
    finite = np.isfinite(table.vectors).all(axis=1)
    usable = int(table.usable.sum())
    return Skipped(
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


def _properties(staged: StagedModel) -> Row:
    """What the switch puts on the Model node; None is left out by Neo4j."""
    return {
        "index": staged.index,
        "dimension": staged.dimension,
        "parts": list(staged.parts) or None,
        "config": _json(staged.card.config),
        "data_hash": staged.card.data_hash,
        "metrics": _json(staged.card.metrics),
        "seconds": float(staged.card.seconds),
    }


def _json(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY).decode()


def _published(properties: Row) -> PublishedModel:
    return PublishedModel(
        key=properties["key"],
        kind=properties["kind"],
        version=properties["version"],
        live=properties["live"],
        slot=properties.get("slot"),
        index=properties.get("index"),
        dimension=properties.get("dimension"),
        parts=tuple(properties.get("parts", ())),
        config=orjson.loads(properties["config"]),
        data_hash=properties["data_hash"],
        metrics=orjson.loads(properties["metrics"]),
        created=properties["created"].to_native(),
        seconds=properties["seconds"],
        stale=properties.get("stale", False),
    )
