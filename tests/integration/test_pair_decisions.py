"""Pairs that resolution set aside: decided, kept by later runs, seen in GraphQL, learned from."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from catalograph.api import create_app
from catalograph.cli import app
from catalograph.errors import InvalidInputError, NotFoundError
from catalograph.ingest.resolve.pair_review import (
    PairReview,
    decide_pairs,
    list_pair_reviews,
    training_pairs,
)
from catalograph.ingest.resolve.records import record_of, to_fields
from catalograph.ingest.resolve.run import ResolveOptions, resolve
from catalograph.settings import Settings
from catalograph.store import Connection, connect, content_hash, migrate
from catalograph.store.queries.resolve import ClusterKind, list_clusters, split_cluster
from tests.conftest import wipe
from tests.integration.conftest import WordEncoder, open_client
from tests.integration.test_kills import environment
from tests.integration.test_resolve import feed, ids, same

pytestmark = pytest.mark.neo4j

NOUNS = ["towel", "lamp", "kettle", "blanket", "mirror", "bottle", "basket", "candle"]
THINGS = ["Arbutus", "Bergamot", "Cinquefoil"]
NAMES = [f"{thing} {noun}" for thing in THINGS for noun in NOUNS]
EVERYTHING = ResolveOptions(everything=True)


def shelf(shop: str) -> list[dict[str, Any]]:
    """One half of the products is the same in both shops, of the other each has its own size."""
    rows: list[dict[str, Any]] = []
    for n, name in enumerate(NAMES):
        sized = f"Elvaro {name}, handmade in Portugal, {'large' if shop == 'north' else 'larger'}"
        equal = f"Elvaro {name} handmade in Portugal with gift wrapping"
        if shop == "south":
            equal = f"Handmade in Portugal: {name} with gift wrapping, Elvaro"
        rows += [
            {"id": f"e{n}", "title": equal, "brand": "Elvaro"},
            {"id": f"s{n}", "title": sized, "brand": "Elvaro"},
        ]
    return rows


@pytest.fixture
def shops(settings: Settings, tmp_path: Path) -> Iterator[Connection]:
    with connect(settings) as opened:
        wipe(opened)
        migrate(opened, settings.user_secret_fingerprint)
        feed(opened, settings, tmp_path, "north", shelf("north"))
        feed(opened, settings, tmp_path, "south", shelf("south"))
        yield opened
        wipe(opened)


def waiting(connection: Connection) -> dict[tuple[str, ...], PairReview]:
    """Return the pairs that wait, by the ids of their products."""
    pairs = list_pair_reviews(connection)
    return {ids([[p.key for p in pair.products]]).pop(): pair for pair in pairs}


def kinds(connection: Connection, kind: ClusterKind) -> set[tuple[str, ...]]:
    return ids([members for _, members in list_clusters(connection, kind)])


def test_decided_pairs_survive_runs_and_are_undone_by_unmerge(shops: Connection) -> None:
    before = content_hash(shops)
    resolve(shops)
    pairs = waiting(shops)
    first, second = pairs["north:e0", "south:e0"], pairs["north:s0", "south:s0"]
    assert first.similarities["title"] > 0.8
    assert "neither has a GTIN" in first.doubts
    assert first.reason.startswith("rules: below 0.4")

    # When one is accepted and one rejected, the clusters change at once.
    accepted = decide_pairs(shops, [first.key], accept=True)
    assert ids(accepted.clusters) == {("north:e0", "south:e0")} == same(shops)
    rejected = decide_pairs(shops, [second.key], accept=False)
    assert (rejected.clusters, rejected.waiting) == ((), len(pairs) - 2)

    # Later runs, with and without all products, keep both.
    for options in (None, EVERYTHING):
        forbidden = resolve(shops, options=options).forbidden
        assert forbidden.get("rejected", 0) == (0 if options is None else 1)
        assert same(shops) == {("north:e0", "south:e0")}
        assert not {("north:e0", "south:e0"), ("north:s0", "south:s0")} & set(waiting(shops))
    labels = {(row["left"]["title"], row["label"]) for row in training_pairs(shops)}
    assert labels == {
        (first.products[0].title, 1),
        (second.products[0].title, 0),
    }

    # `unmerge` takes the decision back, for later runs and as a training pair too.
    split_cluster(shops, "product:north:e0")
    resolve(shops, options=EVERYTHING)
    assert same(shops) == set() == kinds(shops, ClusterKind.TOGETHER)
    assert {row["label"] for row in training_pairs(shops)} == {0}
    assert content_hash(shops) == before


def test_a_decision_can_be_changed(shops: Connection) -> None:
    resolve(shops)
    pair = waiting(shops)["north:e1", "south:e1"]
    decide_pairs(shops, [pair.key], accept=True)
    ((accepted, _),) = list_clusters(shops, ClusterKind.TOGETHER)
    decide_pairs(shops, [accepted], accept=False)
    assert same(shops) == set() == kinds(shops, ClusterKind.TOGETHER)
    ((rejected, _),) = list_clusters(shops, ClusterKind.APART)
    decide_pairs(shops, [rejected], accept=True)
    assert same(shops) == {("north:e1", "south:e1")}
    assert kinds(shops, ClusterKind.APART) == set()


def test_an_accepted_pair_outranks_what_contradicts_it(
    shops: Connection, settings: Settings, tmp_path: Path
) -> None:
    # Given an accepted pair, whose records then state different GTINs.
    resolve(shops)
    decide_pairs(shops, [waiting(shops)["north:e2", "south:e2"].key], accept=True)
    for shop, gtin in (("north", "4006381333931"), ("south", "5901234123457")):
        rows = [row | ({"gtin": gtin} if row["id"] == "e2" else {}) for row in shelf(shop)]
        feed(shops, settings, tmp_path, shop, rows)
    # And a third shop with the GTIN of one of them.
    third = [{"id": "1", "title": "Cinquefoil gift", "brand": "Elvaro", "gtin": "4006381333931"}]
    feed(shops, settings, tmp_path, "east", third)
    resolve(shops)
    # Then the decision holds, and the third product, which contradicts one member, stays out.
    assert same(shops) == {("north:e2", "south:e2")}


def test_keys_that_are_no_pairs_decide_nothing(shops: Connection) -> None:
    resolve(shops)
    (pair, *_) = list_pair_reviews(shops)
    with pytest.raises(NotFoundError, match="cluster:none"):
        decide_pairs(shops, [pair.key, "cluster:none"], accept=True)
    with pytest.raises(InvalidInputError, match="no key of a pair"):
        decide_pairs(shops, ["product:north:e0"], accept=True)
    assert same(shops) == set()


def test_a_training_pair_is_read_as_the_record_was() -> None:
    record = record_of(
        "a",
        {
            "title": "保温杯 500ml",
            "brand": "华为",
            "modelno": ["A-1", "A1"],
            "gtin": "4006381333931 5901234123457",
            "price": 9.5,
            "colour": ["红", "黑"],
        },
    )
    assert record.models == ("A-1", "A1")
    assert record_of("a", to_fields(record)) == record


@pytest.mark.anyio
async def test_decisions_by_commands_reach_graphql_and_train_the_matcher(
    shops: Connection, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, said in environment(settings).items():
        monkeypatch.setenv(name, said)

    def call(*arguments: str) -> Any:
        result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return orjson.loads(result.stdout)

    call("resolve", "run")
    listed = call("resolve", "list", "--undecided")["pairs"]
    queued = call("review", "--limit", "200", "--kind", "pair")
    assert queued["waiting"]["pair"] == len(listed) >= 2 * len(NAMES)
    assert {tuple(side["key"] for side in item["sides"]) for item in queued["items"]} == {
        tuple(product["key"] for product in pair["products"]) for pair in listed
    }
    assert {item["features"][0]["name"] for item in queued["items"]} == {"like_titles"}
    equal, other = split_by_truth(listed)
    assert len(equal) == len(NAMES)
    # Half of the decisions by `resolve`, half by `review`.
    call("resolve", "accept", *equal[::2])
    call("review", "accept", *equal[1::2])
    call("resolve", "reject", *other[::2])
    decided = call("review", "reject", *other[1::2])
    assert decided["waiting"] == 0 == call("review")["waiting"]["pair"]
    call("resolve", "run", "--all")
    assert len(call("resolve", "list")["clusters"]) == len(NAMES)

    async with open_client(create_app(settings, WordEncoder())) as client:
        document = '{ product(key: "product:north:e3") { same { key } } }'
        answer = (await client.post("/graphql", json={"query": document})).json()
    assert answer["data"]["product"]["same"] == [{"key": "product:south:e3"}]

    # The exported decisions alone train a matcher, which then decides as the people did.
    pairs, model = str(tmp_path / "pairs.jsonl"), str(tmp_path / "matcher")
    exported = call("resolve", "export", pairs)
    assert (exported["pairs"], exported["same"]) == (len(listed), len(equal))
    card = call("train", "matcher", "--train", pairs, "--output", model, "--no-encoder")
    assert (card["pairs"], card["matches"]) == (len(listed), len(equal))
    assert card["cross_fitted_f1"] > 0.9
    for kind in ("together", "apart"):
        keys = [c["key"] for c in call("resolve", "list", "--kind", kind)["clusters"]]
        shops.execute("MATCH (c:Cluster) WHERE c.key IN $keys DETACH DELETE c", keys=keys)
    report = call("resolve", "run", "--all", "--model", model)
    truth = {(f"north:e{n}", f"south:e{n}") for n in range(len(NAMES))}
    found = {pair for pair in ids(report["clusters"]) if len(pair) == 2}
    assert len(found & truth) >= 0.9 * len(truth)


def split_by_truth(listed: Sequence[Any]) -> tuple[list[str], list[str]]:
    """Return the keys of the pairs that are the same product, and of the others."""
    equal: list[str] = []
    other: list[str] = []
    for pair in listed:
        a, b = (p["key"].rpartition(":")[2] for p in pair["products"])
        (equal if a == b and a.startswith("e") else other).append(pair["key"])
    return equal, other
