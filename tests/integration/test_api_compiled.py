"""The Cypher that answers compile to: as snapshots, planned by Neo4j, within a budget of db hits.

After a wanted change, `SNAPSHOTS=write pytest tests/integration/test_api_compiled.py`
writes the snapshots anew; they show in the review.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import neo4j
import pytest

from catalograph.errors import UnknownTypeError
from catalograph.schema import ONTOLOGY
from catalograph.settings import Settings
from catalograph.store import AsyncConnection, Connection, resolve_address
from catalograph.store.queries.projection import (
    FIELDS,
    PAGES,
    PRODUCT_PAGE,
    FieldSelection,
    Filter,
    PageRequest,
    PageSpec,
    Selection,
    node_statement,
    page_statement,
)
from catalograph.store.queries.projection.fields import (
    ComputedExpression,
    LinkedField,
    StoredField,
)

from .conftest import Ask, key

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

NESTED = ("ImputedFact", "Mention", "ProductGroup", "Support")
"""Types of the allow-list that are no labels: they are read through another type."""
SNAPSHOTS = Path(__file__).parent / "snapshots"
# name: document, variables, db hits on the shop at most; with room, since the planner goes by the
# counts of all that the server has seen; a list sorted by price is read three times, for the rows,
# the total and, where neither request nor settings name one, the currency
DOCUMENTS: dict[str, tuple[str, dict[str, Any], int]] = {
    "product": ("query($k: String!) { product(key: $k) { id title price } }", {"k": "cam1"}, 10),
    "product_whole": (
        """query($k: String!) { product(key: $k) { title gtins brands { name } categories { path }
        values { attribute name } reviewSummary { reviews averageRating }
        reviews(first: 2) { nodes { rating text } totalCount } } }""",
        {"k": "cam1"},
        250,
    ),
    "list": ("{ products(first: 5) { nodes { key title } pageInfo { endCursor } } }", {}, 60),
    "list_sorted_filtered": (
        """{ products(last: 3, orderBy: PRICE_DESC, filter: {category: "category:photo",
        priceMin: 20, inStock: true}) { edges { cursor node { title } } totalCount } }""",
        {},
        2_000,
    ),
    "facets": ("{ products(first: 1) { facets { name values { label count } } } }", {}, 1_000),
    "search": (
        '{ products(first: 3, query: "camera", understand: false) '
        "{ edges { score node { title } } } }",
        {},
        400,
    ),
    "search_counted": (
        """{ products(first: 3, query: "camera", mode: FULL_TEXT, understand: false,
        filter: {brand: "brand:acme", priceMax: 200}) {
          totalCount nodes { title } facets { name values { label } } } }""",
        {},
        1_000,
    ),
    "brand_products": (
        """{ brand(key: "brand:acme") { name productCount products(first: 2, orderBy: TITLE)
        { nodes { title brands { name } } pageInfo { hasNextPage } } } }""",
        {},
        200,
    ),
    "assertions": (
        """query($k: String!) { product(key: $k) { assertions(first: 5) { nodes { head relation
        tail supports { record origin confidence } } } } }""",
        {"k": "cam1"},
        120,
    ),
    "related": (
        """query($k: String!) { productRecommendations(key: $k, intent: RELATED, first: 3)
        { items { score product { title brands { name } } reasons { text } } } }""",
        {"k": "cam1"},
        900,
    ),
}


class Recorder:
    """Keeps the statements that are sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Mapping[str, Any]]] = []


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Statements of the requests that a test makes."""
    kept = Recorder()
    read = AsyncConnection.read_compiled

    async def recorded(
        self: AsyncConnection, text: str, parameters: Mapping[str, Any], name: str
    ) -> list[dict[str, Any]]:
        # Those are sent by the server on its own.
        if not name.startswith(("read_vocabulary", "read_outbox")):
            kept.sent.append((text, parameters))
        return await read(self, text, parameters, name)

    monkeypatch.setattr(AsyncConnection, "read_compiled", recorded)
    return kept


def db_hits(plan: Any) -> int:
    """Of a profile and all that it is made of."""
    below = sum(db_hits(child) for child in plan.get("children", ()))
    return int(plan.get("dbHits", 0)) + below


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_documents_compile_to_the_statements_kept(
    ask: Ask, settings: Settings, recorder: Recorder, name: str
) -> None:
    document, variables, budget = DOCUMENTS[name]
    given = {k: key(v) for k, v in variables.items()}
    answer = await ask(document, **given)
    assert "errors" not in answer
    written = "\n;\n".join(text for text, _ in recorder.sent) + "\n"
    path = SNAPSHOTS / f"{name}.cypher"
    if os.environ.get("SNAPSHOTS") == "write":
        path.write_text(written)
    assert path.read_text() == written
    address = resolve_address(settings)
    with (
        neo4j.GraphDatabase.driver(address.uri, **address.driver_options()) as driver,
        driver.session(default_access_mode=neo4j.READ_ACCESS) as session,
    ):
        hits = 0
        for text, parameters in recorder.sent:
            summary = session.run(f"PROFILE {text}", dict(parameters)).consume()
            hits += db_hits(summary.profile)
    assert 0 < hits <= budget


def selections(type_: str) -> list[Selection]:
    """Each field of a type alone, with the least of what it leads to."""
    found = []
    for name, spec in FIELDS[type_].items():
        match spec:
            case StoredField() | ComputedExpression():
                field = FieldSelection(name, name)
            case LinkedField():
                field = FieldSelection(name, name, Selection(spec.type, _least(spec.type)))
            case _:
                below = Selection(spec.type, _least(spec.type))
                field = FieldSelection(name, name, below, PageRequest(3, total=True))
        found.append(Selection(type_, (field,)))
    return found


def _least(type_: str) -> tuple[FieldSelection, ...]:
    first = next(iter(FIELDS[type_]))
    return (FieldSelection(first, first),)


@pytest.mark.parametrize("type_", [t for t in FIELDS if t not in NESTED])
def test_every_piece_of_the_allow_list_is_planned(connection: Connection, type_: str) -> None:
    for selection in selections(type_):
        compiled = node_statement(selection).for_key("none")
        connection.execute(f"EXPLAIN {compiled.text}", **compiled.parameters)


def test_pieces_of_relationships_are_planned(connection: Connection) -> None:
    for holder, field, type_ in (
        ("Review", "mentions", "Mention"),
        ("Assertion", "supports", "Support"),
        ("Product", "group", "ProductGroup"),
        ("Product", "imputed", "ImputedFact"),
    ):
        for below in selections(type_):
            compiled = node_statement(
                Selection(holder, (FieldSelection(field, field, below),))
            ).for_key("none")
            connection.execute(f"EXPLAIN {compiled.text}", **compiled.parameters)


def specs() -> list[tuple[str, PageSpec]]:
    nested = [
        (f"{type_}.{name}", spec)
        for type_, fields in FIELDS.items()
        for name, spec in fields.items()
        if isinstance(spec, PageSpec)
    ]
    return [*PAGES.items(), *nested]


@pytest.mark.parametrize(("name", "spec"), PAGES.items())
def test_every_order_and_filter_of_a_page_is_planned(
    connection: Connection, name: str, spec: PageSpec
) -> None:
    values = {
        "values": ["value:a=b"],
        "keys": ["passage:a:b#1"],
        "fits": ["value:a=b"],
        "in_stock": ["sold out"],
        "roots": True,
        "live": True,
    }
    values |= {name: ["a"] for name in ("without_value", "without_word")}
    values["each_value"] = [{"keys": ["value:a=b"], "title": None}]
    values["availability"] = ["IN_STOCK"]
    attribute = {"names": ["a"], "keys": ["value:a=b"], "ranges": [{"min": 1, "max": 2}]}
    values |= {"attribute": attribute, "not_attribute": attribute, "not_words": [".*x.*"]}
    values |= {f"{no}{name}": ["x"] for no in ("", "not_") for name in ("brands", "categories")}
    values |= {"communities": ["x"], "known_communities": {"property": "x", "numbers": [1]}}
    for sort, order in spec.sorts.items():
        for backwards in (False, True):
            place = tuple("x" if by in ("{m}.key", "{currency}") else 1 for by in order.by)
            request = PageRequest(3, sort, place, backwards, total=True)
            compiled = page_statement(spec, request, Selection(spec.type, _least(spec.type)))
            connection.execute(f"EXPLAIN {compiled.text}", **compiled.parameters)
    for filter_ in spec.filters:
        wanted = (Filter(filter_, values.get(filter_, "x")),)
        request = PageRequest(3, filters=wanted)
        compiled = page_statement(spec, request, Selection(spec.type, _least(spec.type)))
        connection.execute(f"EXPLAIN {compiled.text}", **compiled.parameters)


def test_the_allow_list_names_only_what_the_ontology_has() -> None:
    labels = {node.label for node in ONTOLOGY.nodes} | set(NESTED)
    assert FIELDS.keys() <= labels
    for _, page in specs():
        assert page.type in FIELDS
        assert "KEY" in page.sorts
    for type_, fields in FIELDS.items():
        if type_ in NESTED:
            continue
        known = ONTOLOGY.node(type_).by_name
        for spec in fields.values():
            if isinstance(spec, StoredField):
                assert spec.property in known


@pytest.mark.parametrize(
    "make",
    [
        lambda: node_statement(Selection("Product", (FieldSelection("text_embedding_a", "x"),))),
        lambda: node_statement(Selection("Product) DETACH DELETE (n", ())),
        lambda: node_statement(Selection("GraphState", ())),
        lambda: page_statement(PRODUCT_PAGE, PageRequest(1, "key DESC //"), Selection("Product")),
        lambda: page_statement(
            PRODUCT_PAGE, PageRequest(1, filters=(Filter("1=1 OR", 1),)), Selection("Product")
        ),
    ],
)
def test_nothing_outside_the_allow_list_gets_into_a_statement(make: Any) -> None:
    with pytest.raises(UnknownTypeError):
        make()
