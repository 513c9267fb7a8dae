"""Every statement is planned by a real Neo4j, with every label and relation it may take."""

from collections.abc import Iterator

import pytest

from catalograph.errors import UnknownTypeError
from catalograph.schema import ONTOLOGY
from catalograph.store import Connection
from catalograph.store.connection.cypher_loader import (
    placeholders,
    statement,
    statement_file,
    statement_names,
)

pytestmark = pytest.mark.neo4j


def fillings(name: str) -> Iterator[dict[str, str]]:
    wanted = placeholders(name)
    if "relation" in wanted:
        for relation in ONTOLOGY.relations:
            for head, tail in relation.patterns:
                filling = {"head": head, "relation": relation.name, "tail": tail}
                yield {k: v for k, v in filling.items() if k in wanted}
    elif "label" in wanted:
        yield from ({"label": node.label} for node in ONTOLOGY.nodes)
    else:
        yield {}


@pytest.mark.parametrize("name", statement_names())
def test_statements_are_planned(name: str, connection: Connection) -> None:
    for types in fillings(name):
        connection.execute(f"EXPLAIN {statement(name, **types)}")


@pytest.mark.parametrize("name", statement_names())
def test_statements_tell_their_parameters_and_rows(name: str) -> None:
    text = statement_file(name).read_text()
    head = [line for line in text.splitlines() if line.startswith("//")]
    for word in ("Parameters:", "Returns:", "Index:"):
        assert any(word in line for line in head), f"{name}.cypher lacks '// {word}'"


def test_placeholders_take_only_what_the_ontology_knows() -> None:
    with pytest.raises(UnknownTypeError):
        statement("merge_nodes", label="Product) DETACH DELETE (n")
    with pytest.raises(UnknownTypeError):
        statement("merge_nodes")
