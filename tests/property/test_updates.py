"""Any sequence of additions, changes and withdrawals ends as if written afresh, and rolls back."""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from catalograph.schema import (
    InteractionRecord,
    Node,
    SourceRecord,
    SourceSupport,
    Triple,
    brand,
    category,
    keys,
    unlisted_product,
    value,
)
from catalograph.store import (
    Connection,
    Writer,
    content_hash,
    roll_back_run,
)
from tests.conftest import wipe

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

SOURCES = ("north", "south")
IDS = ("1", "2", "3")
BRANDS = ("Acme", "ACME", "acme", "Zeta")
PATHS = (("Home",), ("HOME", "Light"), ("Home", "Light"), ("home", "Light", "Desk"), ("Garden",))
VALUES = (
    ("colour", "Red", None),
    ("colour", "RED", None),
    ("size", "5 cm", 5.0),
    ("size", "5 CM", None),
)
USERS = ("ada", "bob", None)


@dataclass(frozen=True)
class Goods:
    """A product of a catalogue."""

    source: str
    id: str
    brands: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]
    values: tuple[tuple[str, str, float | None], ...]
    also: tuple[str, ...]
    price: float | None
    extractor: str

    @property
    def name(self) -> str:
        return keys.source_key(self.source, "catalog", self.id)


@dataclass(frozen=True)
class Opinion:
    """A review or an event."""

    label: str
    id: str
    user: str | None
    product: str
    stars: float

    @property
    def name(self) -> str:
        make = keys.review_key if self.label == "Review" else keys.event_key
        return make("north", self.id)


@dataclass(frozen=True)
class Gone:
    """Something is withdrawn."""

    name: str


def some(choices: tuple[Any, ...]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(choices), max_size=2, unique=True).map(tuple)


GOODS = st.builds(
    Goods,
    st.sampled_from(SOURCES),
    st.sampled_from(IDS),
    some(BRANDS),
    some(PATHS),
    some(VALUES),
    some(IDS),
    st.sampled_from((None, 1.5)),
    st.sampled_from(("column", "rules")),
)
OPINIONS = st.builds(
    Opinion,
    st.sampled_from(("Review", "Event")),
    st.sampled_from(("1", "2")),
    st.sampled_from(USERS),
    st.sampled_from(IDS),
    st.sampled_from((1.0, 5.0)),
)
GONE = st.builds(
    Gone,
    st.sampled_from(
        [keys.source_key(source, "catalog", id_) for source in SOURCES for id_ in IDS]
        + [make("north", n) for make in (keys.review_key, keys.event_key) for n in ("1", "2")]
    ),
)
RED = (("colour", "Red", None),)
SHOUTED = (("colour", "RED", None),)
RENAMED: list[list[Goods | Opinion | Gone]] = [
    [Goods("north", "1", (), (), RED, (), None, "column")],
    [Goods("north", "1", (), (), SHOUTED, (), None, "column")],
    [Goods("south", "1", (), (), RED, (), None, "column")],
]
"""A value gets a worse name, then its first name again from another record."""
RUNS = st.lists(st.lists(GOODS | OPINIONS | GONE, min_size=1, max_size=4), min_size=1, max_size=6)


def stamp(*parts: object) -> str:
    return hashlib.blake2b(orjson.dumps(parts, default=str), digest_size=8).hexdigest()


def catalogue_record(goods: Goods) -> SourceRecord:
    key = keys.product_key(goods.source, goods.id)
    support = SourceSupport(goods.extractor)
    tails = [("HAS_BRAND", brand(name)) for name in goods.brands]
    tails += [("IN_CATEGORY", category(path)) for path in goods.paths]
    tails += [("HAS_VALUE", value(a, name, number=n)) for a, name, n in goods.values]
    tails += [
        ("ALSO_BOUGHT", unlisted_product(goods.source, id_))
        for id_ in goods.also
        if id_ != goods.id
    ]
    said = {"source": goods.source, "id": goods.id, "listed": True, "title": "Thing"}
    if goods.price is not None:
        said["price"] = goods.price
    triples = {(r, t.key): Triple(key, r, t, support) for r, t in tails}
    return SourceRecord(
        goods.name,
        goods.source,
        stamp(goods),
        (Node("Product", key, said),),
        tuple(triples.values()),
    )


def interaction_record(opinion: Opinion) -> InteractionRecord:
    said: dict[str, Any] = {"source": "north", "id": opinion.id, "content_hash": stamp(opinion)}
    said |= {"rating": opinion.stars} if opinion.label == "Review" else {"kind": "click"}
    user = keys.user_key("north", opinion.user, b"s") if opinion.user else None
    product = keys.product_key("north", opinion.product)
    return InteractionRecord(Node(opinion.label, opinion.name, said), user, product)


def put(writer: Writer, wanted: list[Goods | Opinion], run: str) -> None:
    """Write the last of each name, as an ingest does."""
    last = {item.name: item for item in wanted}.values()
    writer.write_records([catalogue_record(g) for g in last if isinstance(g, Goods)], run)
    for label in ("Review", "Event"):
        opinions = [o for o in last if isinstance(o, Opinion) and o.label == label]
        writer.write_interactions([interaction_record(o) for o in opinions], run)


def take(writer: Writer, names: list[str], run: str) -> None:
    writer.withdraw_records([name for name in names if name.startswith("source:")], run)
    writer.withdraw_interactions([name for name in names if not name.startswith("source:")], run)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], database=None)
@given(runs=RUNS, backwards=st.booleans())
@example(runs=RENAMED, backwards=False)
@example(runs=[*RENAMED, [Gone(keys.source_key("north", "catalog", "1"))]], backwards=False)
def test_any_sequence_ends_as_if_written_afresh(
    connection: Connection, runs: list[list[Goods | Opinion | Gone]], backwards: bool
) -> None:
    wipe(connection)
    writer = Writer(connection)
    state: dict[str, Goods | Opinion] = {}
    done: list[tuple[str, str]] = []
    for items in runs:
        before = content_hash(connection)
        run = writer.start_run("test")
        put(writer, [item for item in items if not isinstance(item, Gone)], run)
        state |= {item.name: item for item in items if not isinstance(item, Gone)}
        gone = [item.name for item in items if isinstance(item, Gone)]
        take(writer, gone, run)
        for name in gone:
            state.pop(name, None)
        writer.finish_run(run, {})
        done.append((run, before))
    after = content_hash(connection)

    for run, before in reversed(done):
        roll_back_run(writer, run)
        assert content_hash(connection) == before

    wipe(connection)
    final = sorted(state.values(), key=lambda item: item.name, reverse=backwards)
    for item in final:
        put(Writer(connection), [item], "r")
    assert content_hash(connection) == after


def test_what_is_rolled_back_leaves_no_trace(connection: Connection) -> None:
    wipe(connection)
    writer = Writer(connection)
    run = writer.start_run("test")
    put(writer, [Goods("north", "1", ("Acme",), (), (), ("2",), None, "column")], run)
    put(writer, [Opinion("Review", "1", "ada", "3", 5.0)], run)
    writer.finish_run(run, {})
    roll_back_run(writer, run)
    left = connection.execute(
        "MATCH (n) WHERE NOT n:GraphState AND NOT n:Run AND NOT n:OutboxEntry RETURN count(n) AS n"
    )
    assert left == [{"n": 0}]
