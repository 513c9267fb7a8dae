"""Publish models: keep two versions side by side and switch between them atomically.

Each kind of model has two slots. A new version claims the idle slot, fills it and becomes live when
one small transaction sets its flag. The previous version stays in its slot for a roll-back until
the next version claims that slot. An interrupted publish leaves the live version unchanged, and the
next publish claims the slot again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from catalograph.errors import DimensionMismatchError, NotPublishedError, WriteConflictError
from catalograph.schema.model_kinds import PRIVACY_KEY, TUNED_KEY, mark_property, model_kind
from catalograph.schema.vectors import Slot, vector_property
from catalograph.store.connection.connect import (
    Connection,
    Row,
    Transaction,
)
from catalograph.store.ledger.outbox import announce_changes
from catalograph.store.models.retraining import drop_stale

_CLOCKS_APART = timedelta(minutes=5)
"""Largest assumed clock difference between writers on different machines."""


@dataclass(frozen=True)
class ModelVersionCard:
    """Configuration, training data and quality of a version.

    Attributes:
        config: configuration; with `data_hash` it decides whether a new training is needed.
        data_hash: hash of the training data.
        metrics: measured quality, by name.
        seconds: duration of the training.
        counts: sizes of the training data, by name.
        versions: software versions of the training, by name.
    """

    config: Mapping[str, Any]
    data_hash: str
    metrics: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    counts: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SkippedCounts:
    """Number of vectors, values or edges skipped, by reason; Neo4j would drop them silently."""

    zero: int = 0
    non_finite: int = 0
    wrong_length: int = 0
    """Vectors in the slot with another length than the index; this project never writes them."""
    unknown_key: int = 0
    """Entries of nodes that are no longer in the graph."""

    @property
    def total(self) -> int:
        """Total number skipped."""
        return self.zero + self.non_finite + self.wrong_length + self.unknown_key


@dataclass(frozen=True)
class RelationVectors:
    """Relation vectors of a knowledge graph embedding.

    Attributes:
        names: names of the relations.
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
class NamedCommunity:
    """A community with the facts that name it.

    Attributes:
        number: value of its members in this version.
        product: key of one of its products, for which filters can ask.
        facts: keys of brands, categories and values, the most telling first.
    """

    number: int
    product: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class StagedModel:
    """A version that is complete in its slot and not live yet."""

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
    """Keys of the products with the most interactions, for a version that recommends."""
    popular_elsewhere: tuple[int, ...] = ()
    """Number of shoppers who are not in the graph and chose each of these; empty without any."""
    shoppers_elsewhere: int = 0
    """Number of shoppers who are not in the graph and were counted."""
    artefact_hash: str | None = None
    """Hash of the files of an artefact."""
    communities: tuple[NamedCommunity, ...] = ()
    """Communities that lists can be narrowed to, for a version that holds some."""


@dataclass(frozen=True)
class PublishedModel:
    """A version that is or was live, as stored in its Model node."""

    key: str
    kind: str
    version: int
    live: bool
    slot: Slot | None
    """None if a later version took its slot, so that no roll-back can restore it."""
    index: str | None
    dimension: int | None
    parts: tuple[str, ...]
    config: Mapping[str, Any]
    data_hash: str
    metrics: Mapping[str, Any]
    created: datetime
    seconds: float
    stale: bool = False
    """Whether it learned from a user who was erased since."""
    purpose: str = ""
    limits: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    property: str | None = None
    """Node property that holds its vectors or values."""
    written: int | None = None
    skipped: Mapping[str, int] = field(default_factory=dict)
    artefact_hash: str | None = None
    """Hash of the files of an artefact; None for a kind that is stored in the graph."""


def switch(connection: Connection, staged: Sequence[StagedModel]) -> None:
    """Make all these versions live in one transaction and clear the stale versions they replace.

    Raises:
        WriteConflictError: another publish took a slot of one of them; nothing was changed.
    """
    rows = [{"key": s.key, "slot": s.slot, "properties": switch_properties(s)} for s in staged]
    _switch(connection, rows)
    drop_stale(connection)


def roll_back(connection: Connection, kind: str) -> PublishedModel:
    """Make the version before the live one live again; a second call returns to the first.

    Before the first artefact of a kind there was none, so rolling back the only one retires it.

    Returns:
        The version that is live now; the retired one, not live, where none is.

    Raises:
        NotPublishedError: there is no such kind or no earlier version, or its slot was taken.
    """
    holds = model_kind(kind).holds
    models = [m for m in list_models(connection) if m.kind == kind]
    live = max((m.version for m in models if m.live), default=None)
    held = [m for m in models if m.version != live and m.slot is not None]
    if not held and holds == "artefact" and live is not None:
        connection.write(lambda tx: tx.run("retire_kind", kind=kind))
        [retired] = [m for m in list_models(connection) if (m.kind, m.version) == (kind, live)]
        return retired
    if not held:
        raise NotPublishedError(
            f"There is no earlier version of '{kind}' to go back to: "
            + ("its slot has been used again." if len(models) > 1 else f"{len(models)} published.")
        )
    # `list_models` sorts by version, so this is the latest earlier one.
    back = held[-1]
    _switch(connection, [{"key": back.key, "slot": back.slot, "properties": {}}])
    return live_models(connection)[kind]


def list_models(connection: Connection) -> list[PublishedModel]:
    """Return all versions that are or were live, sorted by kind and version."""
    return [_read_model(row["properties"]) for row in connection.read("read_models")]


def live_models(connection: Connection) -> dict[str, PublishedModel]:
    """Return the live version by kind; during a switch the later of two live versions."""
    return {m.kind: m for m in list_models(connection) if m.live}


def live_text_encoder(connection: Connection) -> str | None:
    """Return the name of the encoder that made the live text vectors; None without such vectors."""
    model = live_models(connection).get("text")
    return None if model is None else model.config.get("model")


def unchanged_vectors(
    connection: Connection, kind: str, config: Mapping[str, Any]
) -> dict[str, list[float]]:
    """Return the live version's vectors of the products that did not change since its training.

    Args:
        connection: connection to the graph.
        kind: kind of vectors.
        config: configuration of the new version; empty result if the live one has another.
    """
    reusable = _reusable(connection, kind, config)
    if reusable is None:
        return {}
    model, slot = reusable
    # Changes written during the training may have come too late for it.
    since = model.created - timedelta(seconds=model.seconds) - _CLOCKS_APART
    changed = {row["key"] for row in connection.read("list_changed_products", since=since)}
    rows = connection.read("export_vectors", property=vector_property(kind, slot))
    return {row["key"]: row["vector"] for row in rows if row["key"] not in changed}


def marked_vectors(
    connection: Connection, kind: str, config: Mapping[str, Any]
) -> dict[str, tuple[int, list[float]]]:
    """Return the live version's vectors by product, each with the hash (mark) of its inputs.

    Args:
        connection: connection to the graph.
        kind: kind of vectors that stores marks.
        config: configuration of the new version; empty result if the live one has another.
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
    """Return the relation vectors of the live version of a kind.

    Raises:
        NotPublishedError: no version is live, or it has no relation vectors.
    """
    for row in connection.read("read_relation_vectors", kind=kind):
        names = tuple(row["relations"])
        vectors = np.asarray(row["vectors"], np.float32).reshape(len(names), -1)
        return RelationVectors(names, vectors)
    raise NotPublishedError(
        f"No model of kind '{kind}' that knows relations is live. Run `catalograph embed {kind}`."
    )


def slot_lost(key: str) -> WriteConflictError:
    """Return the error for a version whose slot another publish took."""
    return WriteConflictError(
        f"Another publish took the slot of {key}, so it cannot go live; the live version is as it "
        "was. Run one embedding job at a time."
    )


def _reusable(
    connection: Connection, kind: str, config: Mapping[str, Any]
) -> tuple[PublishedModel, Slot] | None:
    """Return the live version and its slot if its vectors may be reused."""
    model = live_models(connection).get(kind)
    if model is None or model.slot is None or model.stale or dict(model.config) != dict(config):
        return None
    return model, model.slot


def _switch(connection: Connection, rows: list[Row]) -> None:
    """Set the new live flags, then clear the old ones, so that a reader always finds a live one."""
    created = datetime.now(UTC)
    keys = [row["key"] for row in rows]
    _flag(connection, keys, "switch_models", rows=rows, created=created)
    _flag(connection, keys, "retire_models", keys=keys)


def _flag(connection: Connection, wanted: list[str], name: str, **parameters: Any) -> None:
    """Run a statement in one transaction; roll it back unless it returns all these versions.

    Kept lists of products read values of nodes, so it announces that those have changed.
    """

    def work(tx: Transaction) -> None:
        live = {row["key"] for row in tx.run(name, **parameters)}
        for key in wanted:
            if key not in live:
                raise slot_lost(key)
        if any(model_kind(key.split(":")[1]).holds == "values" for key in wanted):
            announce_changes(tx, None)

    connection.write(work)


def switch_properties(staged: StagedModel) -> Row:
    """Return the Model node's properties for the switch; Neo4j does not store a None."""
    kind, relations = model_kind(staged.kind), staged.relations
    tuned = staged.card.config.get(TUNED_KEY) or {}
    return {
        "index": staged.index,
        "dimension": staged.dimension,
        "encoder": staged.card.config.get("encoder"),
        "parts": list(staged.parts) or None,
        "half_life_days": tuned.get("recency_half_life_days"),
        "decay_visits": tuned.get("recency_decay_visits"),
        "diversity": tuned.get("diversity"),
        "thin_products": tuned.get("thin_products"),
        "thin_factors": _thin_factors(staged.parts, tuned),
        "property": next(iter(kind.properties(staged.slot)), None),
        "purpose": kind.purpose or None,
        "limits": list(kind.limits) or None,
        "counts": _json(staged.card.counts),
        "versions": _json(staged.card.versions),
        "written": staged.written,
        "skipped": _json(asdict(staged.skipped)),
        "popular": list(staged.popular) or None,
        "popular_elsewhere": [float(n) for n in staged.popular_elsewhere] or None,
        "shoppers_elsewhere": staged.shoppers_elsewhere or None,
        "artefact_hash": staged.artefact_hash,
        "epsilon": (staged.card.config.get(PRIVACY_KEY) or {}).get("epsilon"),
        "communities": [
            "\t".join((str(one.number), one.product, *one.facts)) for one in staged.communities
        ]
        or None,
        "relations": list(relations.names) if relations else None,
        "relation_vectors": relations.vectors.ravel().tolist() if relations else None,
        "config": _json(staged.card.config),
        "data_hash": staged.card.data_hash,
        "metrics": _json(staged.card.metrics),
        "seconds": float(staged.card.seconds),
    }


def _thin_factors(parts: Sequence[str], tuned: Mapping[str, Any]) -> list[float] | None:
    """Return the factor of each part for thin histories; None where they are all 1."""
    factors = tuned.get("thin_factors")
    return [factors.get(name, 1.0) for name in parts] if factors else None


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
        artefact_hash=properties.get("artefact_hash"),
    )
