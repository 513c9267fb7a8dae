"""The canonical view of a cluster."""

from datetime import UTC, datetime, timedelta

from catalograph.ingest.resolve.canonical_view import FusedValue, fuse
from catalograph.ingest.resolve.records import ProductRecord
from catalograph.store.queries.resolve import (
    Cluster,
    ClusterKind,
    Member,
    make_cluster,
)

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def cluster(*records: ProductRecord) -> tuple[Cluster, dict[str, ProductRecord]]:
    members = [Member(record.key, 1.0, "rules") for record in records]
    return make_cluster(ClusterKind.SAME, members), {record.key: record for record in records}


def weighing(source: str, weight: str, day: int = 0) -> ProductRecord:
    return ProductRecord(
        f"product:{source}:1",
        source,
        values={"weight": (weight,)},
        changed=DAY + timedelta(days=day),
    )


def values(view: dict[str, tuple[FusedValue, ...]]) -> list[tuple[tuple[str, ...], bool, bool]]:
    return [(v.sources, v.stale, v.chosen) for v in view["attribute:weight"]]


def test_values_that_differ_only_in_form_are_one() -> None:
    view = fuse(*cluster(weighing("a", "500 g"), weighing("b", "0.5 kg")), trust={})
    (value,) = view["attribute:weight"]
    assert value.forms == ("0.5 kg", "500 g")
    assert value.sources == ("a", "b")
    assert value.chosen


def test_the_more_trusted_source_is_taken_and_the_other_kept() -> None:
    view = fuse(
        *cluster(weighing("a", "500 g"), weighing("b", "600 g")), trust={"a": 0.6, "b": 0.9}
    )
    assert values(view) == [(("b",), False, True), (("a",), False, False)]


def test_an_old_value_that_a_newer_one_contradicts_is_stale() -> None:
    found = cluster(weighing("a", "500 g"), weighing("b", "600 g", day=30))
    trust = {"a": 0.95, "b": 0.6}
    assert values(fuse(*found, trust, timedelta(days=31)))[0] == (("a",), False, True)
    assert values(fuse(*found, trust, timedelta(days=29))) == [
        (("b",), False, True),
        (("a",), True, False),
    ]


def test_an_old_value_that_nobody_contradicts_is_not_stale() -> None:
    found = cluster(weighing("a", "500 g"), weighing("b", "500 g", day=30))
    assert values(fuse(*found, {}, timedelta(days=1))) == [(("a", "b"), False, True)]


def test_prices_are_each_catalogue_s_own() -> None:
    records = [ProductRecord(f"product:{s}:1", s, price=p) for s, p in (("a", 5.0), ("b", 6.0))]
    prices = fuse(*cluster(*records), trust={})["price"]
    assert [(p.value, p.confidence, p.chosen) for p in prices] == [
        ("5", None, False),
        ("6", None, False),
    ]
