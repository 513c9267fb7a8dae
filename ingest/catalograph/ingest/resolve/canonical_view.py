"""One view of a cluster: each property with its values, their sources and the likeliest value.

The view merges; the graph loses nothing. Values that differ only in form become one, and a
value that newer records contradict can be left out. A fact stays as long as its record states it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from catalograph.ingest.normalise import normalise
from catalograph.ingest.resolve.catalogue import read_records
from catalograph.ingest.resolve.records import ProductRecord
from catalograph.ingest.resolve.source_trust import ValueClaim, believe
from catalograph.schema import keys
from catalograph.store import Connection
from catalograph.store.queries.resolve import (
    Cluster,
    ClusterKind,
    find_cluster,
    last_resolution,
    list_clusters,
)

_ATTRIBUTE = "attribute:"
_OWN = frozenset({"price"})
"""Properties that each catalogue sets for itself, so that no value is the true one."""


@dataclass(frozen=True)
class FusedValue:
    """A value that members of a cluster state.

    Attributes:
        value: value in canonical form where a rule knows one, else as the first product states it.
        forms: spellings that the members use, sorted.
        products: keys of the products that have the value, sorted.
        sources: catalogues of these products, sorted.
        confidence: probability that the value is true; None for a catalogue's own value (price).
        stale: true if newer records state another value.
        chosen: true if the canonical view takes this value.
    """

    value: str
    forms: tuple[str, ...]
    products: tuple[str, ...]
    sources: tuple[str, ...]
    confidence: float | None
    stale: bool
    chosen: bool


@dataclass(frozen=True)
class CanonicalView:
    """A cluster with all values that its members state.

    Attributes:
        cluster: the cluster.
        properties: values by property, the chosen one first.
        trust: accuracy of each source of a member.
    """

    cluster: Cluster
    properties: Mapping[str, tuple[FusedValue, ...]]
    trust: Mapping[str, float]


@dataclass(frozen=True)
class Compression:
    """Counts of what the views of all clusters merge and leave out.

    Attributes:
        clusters: number of clusters.
        said: number of values that members state, counted once per member.
        values: number of distinct values left after merging forms and leaving out stale values.
        merged: (cluster, property, forms) of values with several spellings.
        stale: (cluster, property, value) of values that newer records contradict.
    """

    clusters: int
    said: int
    values: int
    merged: tuple[tuple[str, str, tuple[str, ...]], ...]
    stale: tuple[tuple[str, str, str], ...]


def view_cluster(
    connection: Connection, key: str, older_than: timedelta | None = None
) -> CanonicalView:
    """Return the view of a cluster, or of a product's cluster, with its contradictions.

    Args:
        connection: connection to a migrated graph.
        key: key of the cluster or of the product.
        older_than: age difference above which a value is stale if a newer record contradicts it.

    Raises:
        NotFoundError: there is no such cluster.
    """
    cluster = find_cluster(connection, key)
    records = read_records(connection, cluster.products)
    last = last_resolution(connection)
    trust = dict(last.counts.get("trust", {})) if last else {}
    sources = {record.source for record in records.values()}
    return CanonicalView(
        cluster,
        fuse(cluster, records, trust, older_than),
        {source: trust[source] for source in sorted(sources) if source in trust},
    )


def count_merged_values(connection: Connection, older_than: timedelta | None = None) -> Compression:
    """Count what the views of all clusters merge and leave out; write nothing."""
    said = left = 0
    merged: list[tuple[str, str, tuple[str, ...]]] = []
    stale: list[tuple[str, str, str]] = []
    clusters = list_clusters(connection, ClusterKind.SAME)
    for key, _ in clusters:
        for name, values in view_cluster(connection, key, older_than).properties.items():
            said += sum(len(value.products) for value in values)
            left += sum(not value.stale for value in values)
            merged += [(key, name, v.forms) for v in values if len(v.forms) > 1]
            stale += [(key, name, v.value) for v in values if v.stale]
    return Compression(len(clusters), said, left, tuple(merged), tuple(stale))


def fuse(
    cluster: Cluster,
    records: Mapping[str, ProductRecord],
    trust: Mapping[str, float],
    older_than: timedelta | None = None,
) -> dict[str, tuple[FusedValue, ...]]:
    """Return all values of each property, likeliest first, including contradicting ones."""
    belief = believe(claims_of(cluster, records), trust)
    said: dict[str, dict[str, list[tuple[ProductRecord, str]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for product in cluster.products:
        if product in records:
            for name, value in _statements(records[product]):
                said[name][_form(name, value)].append((records[product], value))
    return {
        name: _fuse(
            name,
            {} if name in _OWN else {v: belief[_item(cluster.key, name), v] for v in values},
            values,
            _stale(values, older_than),
        )
        for name, values in sorted(said.items())
    }


def claims_of(cluster: Cluster, records: Mapping[str, ProductRecord]) -> list[ValueClaim]:
    """Return the members' claims about the cluster; prices are left out as each catalogue's own."""
    return [
        ValueClaim(_item(cluster.key, name), records[product].source, _form(name, value))
        for product in cluster.products
        if product in records
        for name, value in _statements(records[product])
        if name not in _OWN
    ]


def _fuse(
    name: str,
    belief: Mapping[str, float],
    values: Mapping[str, list[tuple[ProductRecord, str]]],
    stale: set[str],
) -> tuple[FusedValue, ...]:
    ordered = sorted(values, key=lambda form: (form in stale, -belief.get(form, 0.0), form))
    return tuple(
        FusedValue(
            value=_canonical(name, values[form][0][1]),
            forms=tuple(sorted({text for _, text in values[form]})),
            products=tuple(record.key for record, _ in values[form]),
            sources=tuple(sorted({record.source for record, _ in values[form]})),
            confidence=round(belief[form], 4) if form in belief else None,
            stale=form in stale,
            chosen=place == 0 and name not in _OWN,
        )
        for place, form in enumerate(ordered)
    )


def _stale(
    values: Mapping[str, list[tuple[ProductRecord, str]]], older_than: timedelta | None
) -> set[str]:
    """Return values whose newest record is older than another value's by more than the limit."""
    times = {
        form: max(record.changed for record, _ in said if record.changed)
        for form, said in values.items()
        if any(record.changed for record, _ in said)
    }
    if older_than is None or not times:
        return set()
    newest = max(times.values())
    return {form for form, changed in times.items() if newest - changed > older_than}


def _canonical(name: str, value: str) -> str:
    """Return a brand or attribute value in canonical form; return other texts unchanged."""
    if name == "brand" or name.startswith(_ATTRIBUTE):
        return normalise(name.removeprefix(_ATTRIBUTE), value).name
    return value


def _form(name: str, value: str) -> str:
    """Return the form in which values of a property are compared."""
    return keys.normalise(_canonical(name, value))


def _item(cluster: str, name: str) -> str:
    return f"{cluster}\t{name}"


def _statements(record: ProductRecord) -> Iterable[tuple[str, str]]:
    """Yield the name and value of each property that a record states."""
    for name in ("title", "brand", "category", "description"):
        text = getattr(record, name)
        if text:
            yield name, text
    if record.price is not None:
        yield "price", f"{record.price:g}"
    yield from (("gtin", gtin) for gtin in record.gtins)
    yield from (("model", model) for model in record.models)
    for name, texts in record.values.items():
        yield from ((f"{_ATTRIBUTE}{name}", text) for text in texts)
