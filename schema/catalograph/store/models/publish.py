"""Publishing what was learned: versions side by side, switched over at once.

Each kind of model has two slots. A new version claims the idle one, fills it and becomes live when
one small transaction raises its flag; the version before stays in its slot for a roll-back until
the next one claims that. A publish that is killed leaves the live version as it was, and the next
one simply claims the slot again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from catalograph.errors import DimensionMismatchError, NotPublishedError, WriteConflictError
from catalograph.schema.model_kinds import mark_property, model_kind
from catalograph.schema.vectors import Slot, vector_property
from catalograph.store.connection.connect import (
    Connection,
    Row,
    Transaction,
)
from catalograph.store.models.retraining import drop_stale

_CLOCKS_APART = timedelta(minutes=5)
"""Writers on other machines may have clocks that are this much behind."""


@dataclass(frozen=True)
class ModelVersionCard:
    """What made a version and how good it is.

    Attributes:
        config: configuration; with `data_hash` it decides whether anything has to be done again.
        data_hash: hash of what was learned from.
        metrics: measured quality, by name.
        seconds: how long learning took.
        counts: how much there was to learn from, by name.
        versions: of the software that made it, by name.
    """

    config: Mapping[str, Any]
    data_hash: str
    metrics: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    counts: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SkippedCounts:
    """Vectors, values or edges that were not taken, by reason; Neo4j drops such without a word."""

    zero: int = 0
    non_finite: int = 0
    wrong_length: int = 0
    """In the slot with another length than the index; nothing of this project writes such."""
    unknown_key: int = 0
    """Of a node that is no longer in the graph."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.zero + self.non_finite + self.wrong_length + self.unknown_key


@dataclass(frozen=True)
class RelationVectors:
    """What a knowledge graph embedding has learned of relations.

    Attributes:
        names: of the relations.
        vectors: float32 [len(names), d].

    Raises:
        DimensionMismatchError: names and rows differ in number.
    """

    names: tuple[str, ...]
    vectors: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.names) != len(self.vectors):
            raise DimensionMismatchError(
                f"{len(self.names)} relations came with vectors of shape {self.vectors.shape}."
            )


@dataclass(frozen=True)
class StagedModel:
    """A version that is complete in its slot and waits for the switch."""

    key: str
    kind: str
    version: int
    slot: Slot
    written: int
    skipped: SkippedCounts
    card: ModelVersionCard
    index: str | None = None
    dimension: int | None = None
    parts: tuple[str, ...] = ()
    relations: RelationVectors | None = None
    popular: tuple[str, ...] = ()
    """Keys of the products most interacted with, of a version that recommends."""


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
    purpose: str = ""
    limits: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    property: str | None = None
    """Node property that its vectors or values are in."""
    written: int | None = None
    skipped: Mapping[str, int] = field(default_factory=dict)


def switch(connection: Connection, staged: Sequence[StagedModel]) -> None:
    """Make all these versions live at the same moment; stale ones they replace are emptied.

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
        NotPublishedError: there is no such kind, no such version, or its slot has been taken.
    """
    model_kind(kind)
    models = [m for m in list_models(connection) if m.kind == kind]
    live = max((m.version for m in models if m.live), default=None)
    held = [m for m in models if m.version != live and m.slot is not None]
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
    return [_read_model(row["properties"]) for row in connection.read("read_models")]


def live_models(connection: Connection) -> dict[str, PublishedModel]:
    """The live version of each kind that has one; the later of two in the moment of a switch."""
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
    reusable = _reusable(connection, kind, config)
    if reusable is None:
        return {}
    model, slot = reusable
    # What was said while the model was made may have come too late for it.
    since = model.created - timedelta(seconds=model.seconds) - _CLOCKS_APART
    changed = {row["key"] for row in connection.read("list_changed_products", since=since)}
    rows = connection.read("export_vectors", property=vector_property(kind, slot))
    return {row["key"]: row["vector"] for row in rows if row["key"] not in changed}


def marked_vectors(
    connection: Connection, kind: str, config: Mapping[str, Any]
) -> dict[str, tuple[int, list[float]]]:
    """Vectors of the live version by product, each with the mark of what it was made from.

    Args:
        connection: the graph.
        kind: of vectors; a marked one.
        config: another configuration than the live version's makes all of them out of date.
    """
    reusable = _reusable(connection, kind, config)
    if reusable is None:
        return {}
    _, slot = reusable
    rows = connection.read(
        "export_marked_vectors",
        property=vector_property(kind, slot),
        mark=mark_property(kind, slot),
    )
    return {row["key"]: (row["mark"], row["vector"]) for row in rows}


def relation_vectors(connection: Connection, kind: str) -> RelationVectors:
    """What the live version of a kind has learned of relations.

    Raises:
        NotPublishedError: none is live, or it learned nothing of relations.
    """
    for row in connection.read("read_relation_vectors", kind=kind):
        names = tuple(row["relations"])
        vectors = np.asarray(row["vectors"], np.float32).reshape(len(names), -1)
        return RelationVectors(names, vectors)
    raise NotPublishedError(
        f"No model of kind '{kind}' that knows relations is live. Run `catalograph embed {kind}`."
    )


def slot_lost(key: str) -> WriteConflictError:
    """What to raise when another publish has taken the slot of a version."""
    return WriteConflictError(
        f"Another publish took the slot of {key}, so it cannot go live; the live version is as it "
        "was. Run one embedding job at a time."
    )


def _reusable(
    connection: Connection, kind: str, config: Mapping[str, Any]
) -> tuple[PublishedModel, Slot] | None:
    """The live version and its slot, where its vectors may be carried over."""
    model = live_models(connection).get(kind)
    if model is None or model.slot is None or model.stale or dict(model.config) != dict(config):
        return None
    return model, model.slot


def _switch(connection: Connection, rows: list[Row]) -> None:
    """Raise the new flags, then lower the old ones, so that no reader ever finds none."""
    created = datetime.now(UTC)
    keys = [row["key"] for row in rows]
    _flag(connection, keys, "switch_models", rows=rows, created=created)
    _flag(connection, keys, "retire_models", keys=keys)


def _flag(connection: Connection, wanted: list[str], name: str, **parameters: Any) -> None:
    """Run a statement in one transaction that counts only if it finds all these versions."""

    def work(tx: Transaction) -> None:
        live = {row["key"] for row in tx.run(name, **parameters)}
        for key in wanted:
            if key not in live:
                raise slot_lost(key)

    connection.write(work)


def _properties(staged: StagedModel) -> Row:
    """What the switch puts on the Model node; None is left out by Neo4j."""
    kind, relations = model_kind(staged.kind), staged.relations
    return {
        "index": staged.index,
        "dimension": staged.dimension,
        "parts": list(staged.parts) or None,
        "half_life_days": (staged.card.config.get("tuned") or {}).get("recency_half_life_days"),
        "property": next(iter(kind.properties(staged.slot)), None),
        "purpose": kind.purpose or None,
        "limits": list(kind.limits) or None,
        "counts": _json(staged.card.counts),
        "versions": _json(staged.card.versions),
        "written": staged.written,
        "skipped": _json(asdict(staged.skipped)),
        "popular": list(staged.popular) or None,
        "relations": list(relations.names) if relations else None,
        "relation_vectors": relations.vectors.ravel().tolist() if relations else None,
        "config": _json(staged.card.config),
        "data_hash": staged.card.data_hash,
        "metrics": _json(staged.card.metrics),
        "seconds": float(staged.card.seconds),
    }


def _json(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY).decode()


def _read_model(properties: Row) -> PublishedModel:
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
        purpose=properties.get("purpose", ""),
        limits=tuple(properties.get("limits", ())),
        counts=orjson.loads(properties.get("counts", "{}")),
        versions=orjson.loads(properties.get("versions", "{}")),
        property=properties.get("property"),
        written=properties.get("written"),
        skipped=orjson.loads(properties.get("skipped", "{}")),
    )
