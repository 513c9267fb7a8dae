"""Two catalogues with duplicates and near misses, resolved, taken apart and resolved again."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.errors import NotFoundError
from catalograph.ingest import CatalogMapping, ingest_catalog
from catalograph.ingest.resolve.canonical_view import count_merged_values, view_cluster
from catalograph.ingest.resolve.llm_matcher import Pair
from catalograph.ingest.resolve.run import ResolveOptions, resolve
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    Writer,
    connect,
    content_hash,
    migrate,
)
from catalograph.store.queries.resolve import (
    ClusterKind,
    find_cluster,
    list_clusters,
    split_cluster,
)
from tests.conftest import wipe
from tests.integration.test_kills import environment

pytestmark = pytest.mark.neo4j

NORTH: list[dict[str, Any]] = [
    {
        "id": "1",
        "title": "Sony Turntable PS-LX350H",
        "brand": "Sony",
        "colour": "black",
        "price": 99,
    },
    {"id": "2", "title": "Lexar USB stick 64 GB", "brand": "Lexar", "gtin": "4006381333931"},
    {"id": "3", "title": "Lexar USB stick 128 GB", "brand": "Lexar", "gtin": "4006381333931"},
    {"id": "4", "title": "Dove soap bar white", "brand": "Dove", "gtin": "5901234123457"},
    {"id": "5", "title": "Canon toner for office printers", "brand": "Canon", "mpn": "CE278A"},
    {"id": "6", "title": "Soft blue bath towel of cotton", "brand": "Elvaro"},
    {"id": "7", "title": "Garden hose, green", "brand": "Aldova", "gtin": "8410076472892"},
]
SOUTH: list[dict[str, Any]] = [
    {"id": "1", "title": "Sony PS-LX350H record player", "brand": "SONY", "colour": "Black"},
    {"id": "2", "title": "Lexar stick, 64GB, USB", "brand": "Lexar", "gtin": "4006381333931"},
    {"id": "4", "title": "Dove soap white, pack of 6", "brand": "Dove", "gtin": "5901234123457"},
    {"id": "5", "title": "Canon toner for office printers", "brand": "Canon", "mpn": "CE285A"},
    {"id": "6", "title": "Bath towel of cotton, soft, blue", "brand": "Elvaro"},
    {"id": "7", "title": "Garden hose, green", "brand": "Aldova", "gtin": "0885909950805"},
]  # fmt: skip


def feed(
    connection: Connection, settings: Settings, tmp_path: Path, name: str, rows: Sequence[Any]
) -> None:
    mapping = CatalogMapping.model_validate(
        {
            "kind": "catalog",
            "source": name,
            "id": "id",
            "title": "title",
            "brand": "brand",
            "price": "price",
            "gtins": ["gtin"],
            "mpn": "mpn",
            "attributes": [{"column": "colour", "attribute": "colour"}],
        }
    )
    path = tmp_path / f"{name}.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)) + b"\n")
    ingest_catalog([path], Writer(connection), settings, mapping)


@pytest.fixture
def shop(settings: Settings, tmp_path: Path) -> Iterator[Connection]:
    with connect(settings) as opened:
        wipe(opened)
        migrate(opened, settings.user_secret_fingerprint)
        feed(opened, settings, tmp_path, "north", NORTH)
        feed(opened, settings, tmp_path, "south", SOUTH)
        yield opened
        wipe(opened)


def ids(clusters: Sequence[Sequence[str]]) -> set[tuple[str, ...]]:
    return {tuple(key.removeprefix("product:") for key in cluster) for cluster in clusters}


def same(connection: Connection) -> set[tuple[str, ...]]:
    return ids([members for _, members in list_clusters(connection, ClusterKind.SAME)])


EXPECTED = {("north:1", "south:1"), ("north:2", "south:2")}


def test_equal_products_meet_and_contradicting_ones_never_do(shop: Connection) -> None:
    before = content_hash(shop)
    report = resolve(shop)
    assert ids(report.clusters) == same(shop) == EXPECTED
    assert set(report.forbidden) == {"capacity", "gtin", "model", "pack"}
    assert content_hash(shop) == before
    aside = ids([members for _, members in list_clusters(shop, ClusterKind.ASIDE)])
    assert aside == {("north:6", "south:6")}


def test_a_second_run_compares_and_writes_nothing(shop: Connection) -> None:
    resolve(shop)
    again, everything = resolve(shop), resolve(shop, options=ResolveOptions(everything=True))
    assert (again.products, again.created, again.removed) == (0, 0, 0)
    assert (everything.products, everything.created, everything.removed) == (13, 0, 0)
    assert same(shop) == EXPECTED


def test_a_dry_run_writes_nothing(shop: Connection) -> None:
    report = resolve(shop, options=ResolveOptions(dry_run=True))
    assert ids(report.clusters) == EXPECTED
    assert same(shop) == set()
    assert shop.execute("MATCH (r:Run {kind: 'resolve'}) RETURN count(r) AS n") == [{"n": 0}]


def test_what_was_unmerged_stays_apart(shop: Connection) -> None:
    before = content_hash(shop)
    resolve(shop)
    cluster, apart = split_cluster(shop, "product:south:1")
    assert cluster.products == ("product:north:1", "product:south:1")
    assert [a.products for a in apart] == [("product:north:1", "product:south:1")]
    assert same(shop) == EXPECTED - {("north:1", "south:1")}
    assert content_hash(shop) == before
    report = resolve(shop, options=ResolveOptions(everything=True))
    assert report.forbidden["unmerged"] == 1
    assert same(shop) == EXPECTED - {("north:1", "south:1")}
    with pytest.raises(NotFoundError):
        find_cluster(shop, "product:south:1")


def test_a_changed_product_leaves_and_a_new_one_joins(
    shop: Connection, settings: Settings, tmp_path: Path
) -> None:
    resolve(shop)
    changed = [dict(row) for row in SOUTH]
    changed[1]["title"] = "Lexar stick, 256GB, USB"
    feed(shop, settings, tmp_path, "south", changed)
    feed(shop, settings, tmp_path, "east", [{"id": "1", "title": "PSLX350H Sony", "brand": "Sony"}])
    report = resolve(shop)
    assert report.products == 2
    assert same(shop) == {("east:1", "north:1", "south:1")}


def test_a_cluster_of_three_loses_one_and_keeps_two(
    shop: Connection, settings: Settings, tmp_path: Path
) -> None:
    feed(shop, settings, tmp_path, "east", [{"id": "1", "title": "PSLX350H Sony", "brand": "Sony"}])
    resolve(shop)
    split_cluster(shop, "product:east:1")
    assert same(shop) == EXPECTED
    resolve(shop, options=ResolveOptions(everything=True))
    assert same(shop) == EXPECTED


def test_contradicting_values_are_kept_with_their_sources(shop: Connection) -> None:
    resolve(shop)
    view = view_cluster(shop, "product:north:1")
    assert set(view.trust) == {"north", "south"}
    titles = {value.value: value.sources for value in view.properties["title"]}
    assert titles == {
        "Sony Turntable PS-LX350H": ("north",),
        "Sony PS-LX350H record player": ("south",),
    }
    assert [value.sources for value in view.properties["brand"]] == [("north", "south")]
    (price,) = view.properties["price"]
    assert (price.value, price.sources, price.confidence) == ("99", ("north",), None)


def test_the_view_leaves_out_what_newer_records_contradict(shop: Connection) -> None:
    resolve(shop)
    before = content_hash(shop)
    shop.execute(
        "MATCH (p:Product {key: 'product:north:1'}) SET p.changed = p.changed - duration('P9D')"
    )
    stale = {(name, value) for _, name, value in count_merged_values(shop, timedelta(days=7)).stale}
    assert stale == {("title", "Sony Turntable PS-LX350H")}
    (first, second) = view_cluster(shop, "product:south:1", timedelta(days=7)).properties["title"]
    assert (first.sources, first.chosen, second.stale) == (("south",), True, True)
    assert count_merged_values(shop, timedelta(days=10)).stale == ()
    assert content_hash(shop) == before


class Judge:
    """Says yes to everything, and remembers what it was asked."""

    def __init__(self, answer: bool | None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    def judge(self, pairs: Sequence[Pair]) -> list[bool | None]:
        self.asked += [(a.key, b.key) for a, b in pairs]
        return [self.answer] * len(pairs)


@pytest.mark.parametrize(
    ("answer", "joined", "waiting"), [(True, True, 0), (False, False, 0), (None, False, 1)]
)
def test_a_judge_is_asked_about_the_grey_band_only(
    shop: Connection, answer: bool | None, joined: bool, waiting: int
) -> None:
    judge = Judge(answer)
    report = resolve(shop, judge=judge)
    assert judge.asked == [("product:north:6", "product:south:6")]
    assert (("north:6", "south:6") in same(shop)) is joined
    assert report.set_aside == waiting


def write_pairs(path: Path) -> None:
    """Sixty products, each in the words of two shops, and each beside its neighbour."""
    rows = [
        {
            "left": {"title": f"Aldova MX{1000 + 7 * n} camera", "brand": "Aldova"},
            "right": {"title": f"camera by Aldova, mx-{1000 + 7 * m}"},
            "label": int(n == m),
        }
        for n in range(60)
        for m in (n, n + 1)
    ]
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))


def test_the_commands_with_a_trained_matcher(
    shop: Connection, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, said in environment(settings).items():
        monkeypatch.setenv(name, said)

    def call(*arguments: str) -> Any:
        result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return orjson.loads(result.stdout)

    write_pairs(tmp_path / "pairs.jsonl")
    model = str(tmp_path / "model")
    card = call(
        "train", "matcher", "--train", str(tmp_path / "pairs.jsonl"), "--out", model, "--no-encoder"
    )
    assert card["pairs"] == 120
    report = call("resolve", "run", "--model", model, "--all")
    assert set(report["forbidden"]) == {"capacity", "gtin", "model", "pack"}
    assert call("resolve", "run", "--model", model)["products"] == 0

    rules = call("resolve", "run", "--all")
    assert ids(rules["clusters"]) == EXPECTED
    listed = {c["key"]: c["members"] for c in call("resolve", "list")["clusters"]}
    assert ids(list(listed.values())) == EXPECTED
    for key, members in listed.items():
        view = call("resolve", "show", key)
        assert [m["product"] for m in view["cluster"]["members"]] == members
    assert call("resolve", "compress", "--older-than", "0")["clusters"] == 2
    (key, *_) = listed
    assert call("resolve", "unmerge", key)["cluster"]["key"] == key
    assert len(call("resolve", "list")["clusters"]) == 1
    assert call("resolve", "list", "--kind", "apart")["clusters"][0]["members"] == listed[key]
