"""What learning reads from the graph, exactly, whatever order it was written in."""

import numpy as np
import pytest

from catalograph.store import Connection, export_snapshot, export_texts

pytestmark = pytest.mark.neo4j

GRAPH = """
CREATE (a:Product {key: 'product:t:a', listed: true, title: 'Alpha', description: 'First.'}),
       (b:Product {key: 'product:t:b', listed: true, title: 'Beta'}),
       (x:Product {key: 'product:t:x', listed: false}),
       (brand:Brand {key: 'brand:acme', name: 'Acme'}),
       (red:Value {key: 'value:colour=red', attribute: 'colour', name: 'red'}),
       (odd:Value {key: 'value:a%3Db=1', attribute: 'a=b', name: '1'}),
       (tv:Category {key: 'category:tv'}), (oled:Category {key: 'category:tv/oled'}),
       (oled)-[:CHILD_OF]->(tv), (a)-[:IN_CATEGORY]->(oled),
       (a)-[:HAS_BRAND]->(brand), (b)-[:HAS_BRAND]->(brand), (x)-[:HAS_BRAND]->(brand),
       (b)-[:HAS_VALUE]->(red), (b)-[:HAS_VALUE]->(odd),
       (b)-[:ALSO_BOUGHT]->(x), (b)-[:ALSO_BOUGHT]->(a),
       (u:User {key: 'user:t:u'}), (v:User {key: 'user:t:v'}), (w:User {key: 'user:t:w'})
"""
INTERACTIONS = [
    ("u", "view", "b"),
    ("u", "purchase", "b"),
    ("u", "query", "a"),
    ("v", "cart", "x"),
    ("v", "click", "a"),
    ("w", "query", "b"),
]
REVIEWS = [("u", 5.0, "a"), ("v", 2.9, "b"), ("w", 1.0, "a"), ("v", None, "a")]


ENDS = """
UNWIND range(0, size($rows) - 1) AS n
WITH n, $rows[n] AS row
MATCH (u:User {key: 'user:t:' + row[0]}), (p:Product {key: 'product:t:' + row[2]})
"""
EVENT = "CREATE (u)-[:PERFORMED]->(:Event {key: 'event:t:' + n, kind: row[1]})-[:ON]->(p)"
REVIEW = "CREATE (u)-[:WROTE]->(:Review {key: 'review:t:' + n, rating: row[1]})-[:REVIEWS]->(p)"


@pytest.fixture(scope="module", autouse=True)
def filled(connection: Connection) -> None:
    connection.execute(GRAPH)
    connection.execute(ENDS + EVENT, rows=INTERACTIONS)
    connection.execute(ENDS + REVIEW, rows=REVIEWS)


def test_products_are_the_listed_ones_in_order(connection: Connection) -> None:
    assert export_snapshot(connection).products == ("product:t:a", "product:t:b")


def test_interactions_are_events_but_queries_and_reviews_with_stars_enough(
    connection: Connection,
) -> None:
    snapshot = export_snapshot(connection)
    assert snapshot.users == ("user:t:u", "user:t:v")
    pairs = np.stack([snapshot.interaction_users, snapshot.interaction_products]).T
    assert pairs.tolist() == [[0, 0], [0, 1], [1, 0]]
    assert snapshot.interaction_users.dtype == np.int32


def test_each_interaction_has_its_latest_time(connection: Connection) -> None:
    assert export_snapshot(connection).interaction_times is None
    before = export_snapshot(connection).data_hash
    # Events 0 and 1 are u's of b; review 0 is u's of a; what v did has no time.
    connection.execute(
        "UNWIND [['event:t:0', 2000], ['event:t:1', 1000], ['review:t:0', 3000]] AS row "
        "MATCH (n {key: row[0]}) WHERE n:Event OR n:Review "
        "SET n.time = datetime({epochSeconds: row[1]})"
    )
    snapshot = export_snapshot(connection)
    assert snapshot.interaction_times is not None
    assert snapshot.interaction_times.tolist() == [3000, 2000, -1]
    assert snapshot.data_hash != before


def test_facts_are_of_listed_products_and_values_split_by_attribute(
    connection: Connection,
) -> None:
    facts = {
        name: [(int(h), table.tail_keys[t]) for h, t in zip(table.heads, table.tails, strict=True)]
        for name, table in export_snapshot(connection).facts.items()
    }
    assert facts == {
        "ALSO_BOUGHT": [(1, "product:t:a"), (1, "product:t:x")],
        "HAS_BRAND": [(0, "brand:acme"), (1, "brand:acme")],
        "HAS_VALUE:a%3Db": [(1, "value:a%3Db=1")],
        "HAS_VALUE:colour": [(1, "value:colour=red")],
        "IN_CATEGORY": [(0, "category:tv/oled")],
    }


def test_parents_of_categories(connection: Connection) -> None:
    assert export_snapshot(connection).parents == (("category:tv/oled", "category:tv"),)


def test_texts(connection: Connection) -> None:
    texts = export_texts(connection)
    assert texts.keys == ("product:t:a", "product:t:b")
    assert texts.titles == ("Alpha", "Beta")
    assert texts.brands == (("Acme",), ("Acme",))
    assert texts.descriptions == ("First.", "")


def test_hashes_change_with_what_they_cover_and_with_nothing_else(connection: Connection) -> None:
    snapshot, texts = export_snapshot(connection).data_hash, export_texts(connection).data_hash
    connection.execute("MATCH (p:Product {key: 'product:t:b'}) SET p.description = 'Second.'")
    assert export_snapshot(connection).data_hash == snapshot
    assert export_texts(connection).data_hash != texts
    connection.execute("MATCH (:Product {key: 'product:t:a'})-[r:HAS_BRAND]->() DELETE r")
    without = export_snapshot(connection).data_hash
    assert without != snapshot
    # Another event of a pair that is there already changes nothing.
    connection.execute(
        "MATCH (u:User {key: 'user:t:u'}), (p:Product {key: 'product:t:b'}) "
        "CREATE (u)-[:PERFORMED]->(:Event {key: 'event:t:more', kind: 'share'})-[:ON]->(p)"
    )
    assert export_snapshot(connection).data_hash == without


def test_an_empty_graph_gives_an_empty_snapshot(connection: Connection) -> None:
    connection.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    snapshot = export_snapshot(connection)
    assert (snapshot.products, snapshot.users, dict(snapshot.facts)) == ((), (), {})
    assert snapshot.interaction_users.shape == (0,)
    assert export_texts(connection).keys == ()
