"""New and changed products in the live preference model, against the same model solved in full."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from catalograph.cli.changed_products import place_changed_products
from catalograph.embed.jobs import run_jobs
from catalograph.embed.preference import PreferenceConfig, recommend_data, tuned_of
from catalograph.embed.recommend.kgease import fact_features, target_scale
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, export_snapshot, live_models
from catalograph.store.models.incremental_placement import place_products

pytestmark = pytest.mark.neo4j

PRODUCTS, SHOPPERS = 40, 60
Floats = NDArray[np.float64]


@pytest.fixture(autouse=True)
def shop(connection: Connection, settings: Settings) -> None:
    """Products with brands, categories, colours and neighbours, shoppers with events; learned."""
    rng = random.Random(3)
    connection.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    rows = [
        {
            "key": key(n),
            "brand": f"brand:{rng.randrange(6)}",
            "category": f"category:{rng.randrange(4)}",
            "colour": f"value:colour={rng.randrange(5)}",
            "also": [key(other) for other in rng.sample(range(PRODUCTS + 5), 2) if other != n],
        }
        for n in range(PRODUCTS)
    ]
    connection.execute(
        "UNWIND $rows AS row MERGE (p:Product {key: row.key}) SET p.listed = true "
        "MERGE (b:Brand {key: row.brand}) MERGE (c:Category {key: row.category}) "
        "MERGE (v:Value {key: row.colour}) SET v.attribute = 'colour' "
        "CREATE (p)-[:HAS_BRAND]->(b) CREATE (p)-[:IN_CATEGORY]->(c) CREATE (p)-[:HAS_VALUE]->(v) "
        "FOREACH (also IN row.also | MERGE (q:Product {key: also}) "
        "  ON CREATE SET q.listed = false CREATE (p)-[:ALSO_BOUGHT]->(q))",
        rows=rows,
    )
    events = [
        {"user": f"user:t:{u}", "key": f"event:t:{u}-{n}", "on": key(n)}
        for u in range(SHOPPERS)
        for n in rng.sample(range(PRODUCTS), 4)
    ]
    connection.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: row.on}) MERGE (u:User {key: row.user}) "
        "CREATE (u)-[:PERFORMED]->(:Event {key: row.key, kind: 'click'})-[:ON]->(p)",
        rows=events,
    )
    run_jobs(connection, settings, ["preference"])


def key(n: int) -> str:
    """Key of a product; those from `PRODUCTS` on are known by name only."""
    return f"product:t:{n:02}"


def edges_of(connection: Connection, product: str) -> dict[tuple[str, str], list[float]]:
    """Parts of the live edges of a product, by source and target."""
    rows = connection.execute(
        "MATCH (m:Model {kind: 'preference', live: true}) "
        "MATCH (p:Product {key: $key})-[w:CO_PREFERRED]-() WHERE w.slot = m.slot "
        "RETURN startNode(w).key AS source, endNode(w).key AS target, w.weight AS weight, "
        "w.parts AS parts",
        key=product,
    )
    for row in rows:
        assert sum(row["parts"]) == pytest.approx(row["weight"], abs=1e-9)
    return {(row["source"], row["target"]): row["parts"] for row in rows}


class Solved:
    """The live model as dense matrices in double precision."""

    def __init__(self, connection: Connection) -> None:
        self.config = tuned_of(live_models(connection)["preference"].config)
        self.snapshot = export_snapshot(connection)
        self.data = recommend_data(self.snapshot, attributes=8)
        features = {r: fact_features(f, "float64") for r, f in self.data.relations.items()}
        self.grams = {r: (F @ F.T).toarray() for r, F in features.items()}
        self.A = (self.data.train.T @ self.data.train).toarray().astype(np.float64)
        self.A += sum(self.config.weight(r) * gram for r, gram in self.grams.items())
        self.A[np.diag_indices(len(self.A))] += self.config.lambda_

    def column(self, tails: Mapping[str, str]) -> dict[str, Floats]:
        """Weighted Gram column of a product with one fact of each relation."""
        columns = {}
        for relation, tail in tails.items():
            table, found = self.snapshot.facts[relation], self.data.relations[relation]
            features = fact_features(found, "float64").toarray()
            place = table.tail_keys.index(tail)
            # Alone of its relation, the fact has length one.
            columns[relation] = self.config.weight(relation) * features[:, place]
        return columns


def weights_of(A: Floats) -> Floats:
    P = np.linalg.inv(A)
    B: Floats = -P / np.diag(P)
    return B


@pytest.mark.parametrize("boost", [1.0, 3.0])
def test_a_new_product_gets_the_weights_that_solving_in_full_gives(
    connection: Connection, settings: Settings, boost: float
) -> None:
    start = replace(PreferenceConfig().start, cold_boost=boost)
    config = PreferenceConfig(validated_products=0, start=start)
    run_jobs(connection, settings, ["preference"], configs={"preference": config})
    solved = Solved(connection)
    facts = {
        "HAS_BRAND": "brand:1",
        "IN_CATEGORY": "category:2",
        "HAS_VALUE:colour": "value:colour=3",
    }
    connection.execute(
        "CREATE (p:Product {key: 'product:t:new', listed: true}) WITH p "
        "MATCH (b:Brand {key: $HAS_BRAND}) MATCH (c:Category {key: $IN_CATEGORY}) "
        "MATCH (v:Value {key: $value}) "
        "CREATE (p)-[:HAS_BRAND]->(b) CREATE (p)-[:IN_CATEGORY]->(c) CREATE (p)-[:HAS_VALUE]->(v)",
        value=facts["HAS_VALUE:colour"],
        **facts,
    )
    assert place_products(connection, ["product:t:new"]) == ["product:t:new"]
    columns = solved.column(facts)
    g = np.sum(list(columns.values()), axis=0)
    corner = solved.config.lambda_ + sum(solved.config.weight(r) for r in facts)
    bordered = np.block([[solved.A, g[:, None]], [g[None, :], np.array([[corner]])]])
    B, P = weights_of(bordered), np.linalg.inv(solved.A)
    found = edges_of(connection, "product:t:new")
    parts = live_models(connection)["preference"].parts
    assert len(found) > PRODUCTS
    shoppers = np.bincount(solved.data.train.indices, minlength=PRODUCTS)
    scale = target_scale(shoppers, solved.config)
    for n, other in enumerate(solved.snapshot.products):
        into = found.get((other, "product:t:new"), [0.0])
        assert sum(into) == pytest.approx(boost * B[n, -1], abs=1e-6)
        out = found.get(("product:t:new", other), [0.0])
        assert sum(out) == pytest.approx(B[-1, n] * scale[n], abs=1e-6)
        if len(into) > 1:
            assert into[0] == 0.0  # nobody took to it yet
            exact = [boost * float(P[n] @ columns[r]) if r in columns else 0.0 for r in parts[1:]]
            assert into[1:] == pytest.approx(exact, abs=1e-6)


def test_a_known_product_placed_again_keeps_its_weights(connection: Connection) -> None:
    before = edges_of(connection, key(7))
    assert place_products(connection, [key(7)]) == [key(7)]
    after = edges_of(connection, key(7))
    for pair, parts in before.items():
        assert sum(after.get(pair, [0.0])) == pytest.approx(sum(parts), abs=2e-5)
        if pair[1] == key(7):
            assert after[pair] == pytest.approx(parts, abs=2e-5)


def test_a_changed_product_follows_its_facts(connection: Connection) -> None:
    brand = "MATCH (:Product {key: $key})-[:HAS_BRAND]->(b) RETURN b.key AS brand"
    (old,) = connection.execute(brand, key=key(7))
    other = "brand:0" if old["brand"] != "brand:0" else "brand:1"
    connection.execute(
        "MATCH (p:Product {key: $key})-[r:HAS_BRAND]->() DELETE r WITH p "
        "MATCH (b:Brand {key: $brand}) CREATE (p)-[:HAS_BRAND]->(b)",
        key=key(7),
        brand=other,
    )
    assert place_products(connection, [key(7)]) == [key(7)]
    place = live_models(connection)["preference"].parts.index("HAS_BRAND")
    of_brand = connection.execute(
        "MATCH (p:Product)-[:HAS_BRAND]->(:Brand {key: $brand}) WHERE p.key <> $key "
        "RETURN p.key AS key",
        brand=other,
        key=key(7),
    )
    found = edges_of(connection, key(7))
    same = [found[row["key"], key(7)][place] for row in of_brand]
    assert min(same) > 0


def test_what_others_name_is_joined_to_those_who_name_it(connection: Connection) -> None:
    named = connection.execute(
        "MATCH (p:Product)-[:ALSO_BOUGHT]->(q:Product) WHERE NOT q.listed "
        "RETURN q.key AS key, collect(p.key) AS by ORDER BY key LIMIT 1"
    )[0]
    connection.execute("MATCH (p:Product {key: $key}) SET p.listed = true", key=named["key"])
    assert place_products(connection, [named["key"]]) == [named["key"]]
    found = edges_of(connection, named["key"])
    strongest = max(found, key=lambda pair: sum(found[pair]))
    assert set(strongest) & set(named["by"])


def test_what_shares_nothing_is_passed_over(connection: Connection) -> None:
    connection.execute(
        "CREATE (:Product {key: 'product:t:alone', listed: true}) "
        "CREATE (:Product {key: 'product:t:hidden', listed: false})"
    )
    asked = ["product:t:alone", "product:t:hidden", "product:t:none"]
    assert place_products(connection, asked) == []
    connection.execute("MATCH (m:Model) SET m.live = false")
    assert place_products(connection, [key(0)]) == []


def test_opinions_of_reviews_are_signed_facts_of_the_model(
    connection: Connection, settings: Settings
) -> None:
    reviews = [
        {"on": key(n), "key": f"review:t:{n}-{m}", "sentiment": sentiment}
        for n, sentiments in ((0, ("positive", "positive", "neutral")), (1, ("negative",)))
        for m, sentiment in enumerate(sentiments)
    ]
    connection.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: row.on}) "
        "MERGE (v:Value {key: 'value:aspect=battery'}) "
        "CREATE (p)<-[:REVIEWS]-(r:Review {key: row.key}) "
        "CREATE (r)-[:MENTIONS {sentiment: row.sentiment}]->(v)",
        rows=reviews,
    )
    before, snapshot = live_models(connection)["preference"], export_snapshot(connection)
    assert snapshot.opinions is not None
    assert snapshot.opinions.strengths is not None
    assert snapshot.opinions.strengths.tolist() == pytest.approx([2 / 3, -1.0])
    run_jobs(connection, settings, ["preference"])
    after = live_models(connection)["preference"]
    assert (after.version, after.data_hash) != (before.version, before.data_hash)
    place = after.parts.index("MENTIONS")
    # One is praised for what the other is blamed for.
    assert edges_of(connection, key(0))[key(0), key(1)][place] < 0


def test_after_an_ingest_what_is_new_is_placed(connection: Connection) -> None:
    begun = datetime.now(UTC)
    connection.execute(
        "MATCH (b:Brand {key: 'brand:1'}) "
        "CREATE (:Product {key: 'product:t:new', listed: true, changed: $now})-[:HAS_BRAND]->(b)",
        now=datetime.now(UTC),
    )
    place_changed_products(Writer(connection), begun)
    assert edges_of(connection, "product:t:new")
