"""Patterns of statements against the ontology."""

import pytest

from catalograph.store.analyst import check_patterns, saved_queries


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("MATCH (b:Brand)-[:HAS_BRAND]->(p:Product) RETURN p.title",
         "MATCH (b:Brand)<-[:HAS_BRAND]-(p:Product) RETURN p.title"),
        ("MATCH (p:Product)<-[r:HAS_VALUE]-(v:Value {name: 'a'}) RETURN v.name",
         "MATCH (p:Product)-[r:HAS_VALUE]->(v:Value {name: 'a'}) RETURN v.name"),
        ("MATCH (p:Product) WHERE EXISTS { (p)-[:REVIEWS]->(:Review) } RETURN p.key",
         "MATCH (p:Product) WHERE EXISTS { (p)<-[:REVIEWS]-(:Review) } RETURN p.key"),
        ("MATCH (:Product)-[:HAS_BRAND]->()<-[:HAS_BRAND]-(b:Brand) RETURN b.name",
         "MATCH (:Product)-[:HAS_BRAND]->()-[:HAS_BRAND]->(b:Brand) RETURN b.name"),
        ("MATCH (c:Category)-[:CHILD_OF*0..]->(:Category)-[:IN_CATEGORY]->(p:Product) RETURN p",
         "MATCH (c:Category)-[:CHILD_OF*0..]->(:Category)<-[:IN_CATEGORY]-(p:Product) RETURN p"),
    ],
)  # fmt: skip
def test_reversed_relations_are_turned(statement: str, expected: str) -> None:
    found = check_patterns(statement)
    assert found.text == expected
    assert found.turned
    again = check_patterns(expected)
    assert (again.text, again.turned, again.faults) == (expected, (), ())


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("MATCH (c:Category)-[:HAS_BRAND]->(b:Brand) RETURN b", "goes from Product to Brand"),
        ("MATCH (b:Brand)--(r:Review)-[:MENTIONS]->(b) RETURN b", "goes from Review to Value"),
        ("MATCH (p:Product) RETURN p.tittle", "Product has no property 'tittle'. Did you mean"),
        ("MATCH (p:Product) RETURN p.name", "Product has no property 'name'"),
        ("MATCH (b:Brand {nam: 'x'}) RETURN b", "Brand has no property 'nam'"),
        ("MATCH ()-[m:MENTIONS]->() RETURN m.mood", "MENTIONS has no property 'mood'"),
    ],
)
def test_what_the_ontology_has_not_is_told(statement: str, fault: str) -> None:
    found = check_patterns(statement)
    assert found.text == statement
    assert [one for one in found.faults if fault in one], found.faults


@pytest.mark.parametrize(
    "statement",
    [
        "MATCH (p:Product)-[:HAS_BRAND]-(b:Brand) RETURN b.name",
        "MATCH (p:Product) WITH {tittle: p.title} AS p RETURN p.tittle",
        "UNWIND $rows AS p MATCH (p:Product) RETURN p.anything",
        "MATCH (n) WHERE n:Product OR n:Brand RETURN n.name",
        "MATCH (p:Product|Brand)-[:HAS_BRAND|IN_CATEGORY]->(t) RETURN t.name",
        "MATCH (p:Unknown)-[:NOWHERE]->(q) RETURN q.name, (1)-[2][0], date.truncate('day', date())",
        "MATCH (r:Review) RETURN r.time.year, [x IN [r] | x.anything]",
    ],
)  # fmt: skip
def test_what_cannot_be_known_is_left_alone(statement: str) -> None:
    found = check_patterns(statement)
    assert (found.text, found.turned, found.faults) == (statement, (), ())


def test_saved_queries_are_right() -> None:
    for query in saved_queries():
        found = check_patterns(query.text)
        assert (query.name, found.turned, found.faults) == (query.name, (), ())
