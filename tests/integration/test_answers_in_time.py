"""Questions about periods over GraphQL: what is praised less, past prices and availability."""

from typing import Any

import orjson
import pytest

from catalograph.ingest import ReviewMapping, ingest_reviews
from catalograph.ingest.aspects import load_aspect_reader
from catalograph.schema.query_plan import parse_plan
from catalograph.settings import Settings
from catalograph.store import Connection, Writer
from catalograph.store.queries.plans import table_statement
from catalograph.store.queries.projection import ANY_CURRENCY

from .conftest import Ask, key

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
QUESTION = """query($text: String!) { ask(text: $text) { status text plans productKeys
  statements { text sources } sources { number kind text } } }"""
REVIEWS = ReviewMapping(
    kind="reviews", source="shop", product="product", id=("id",), user="user", rating="rating",
    text="text", time="time",
)  # fmt: skip
GOOD, BAD = "The quality is excellent.", "The packaging is awful."


def reviews_of(product: str, month: int, moods: list[bool]) -> list[dict[str, Any]]:
    return [
        {"id": f"{product}-{month}-{n}", "user": f"u{n}", "product": product,
         "rating": 5 if good else 1, "text": GOOD if good else BAD,
         "time": f"2026-{month:02}-{n + 3:02}T10:00:00Z"}
        for n, good in enumerate(moods)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def reviewed(
    shop: Connection, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Connection:
    """Zeta's tripod falls in March; Acme's camera stays, and has a history of prices."""
    rows = [
        *reviews_of("tri1", 2, [True] * 4),
        *reviews_of("tri1", 3, [True, False, False, False]),
        *reviews_of("cam1", 2, [True, True, True, False]),
        *reviews_of("cam1", 3, [True, True, True, False]),
    ]
    file = tmp_path_factory.mktemp("reviews") / "reviews.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    ingest_reviews([file], Writer(shop), settings, REVIEWS, product_source="shop",
                   aspects=load_aspect_reader("rules"))  # fmt: skip
    shop.execute(
        "MATCH (p:Product {key: $key}) SET p.offer_since = datetime('2026-03-12'), "
        "p.availability_status = 'IN_STOCK' "
        "CREATE (:Offer {key: 'offer:shop:cam1@1', product: p.key, title: p.title, price: 120.0, "
        "price_amount: '120.00', currency: 'EUR', "
        "availability_status: 'OUT_OF_STOCK', valid_from: datetime('2026-01-01'), "
        "valid_to: datetime('2026-03-12')})",
        key=key("cam1"),
    )
    shop.execute("CALL db.awaitIndexes(60)")
    return shop


@pytest.fixture
def answer(reviewed: Connection, ask: Ask) -> Any:
    """Return a function that asks a question and checks that what is stated has its sources."""

    async def read(text: str) -> dict[str, Any]:
        sent = await ask(QUESTION, text=text)
        assert "errors" not in sent, sent
        found: dict[str, Any] = sent["data"]["ask"]
        if found["status"] == "ANSWERED":
            assert all(one["sources"] for one in found["statements"])
        return found

    return read


@pytest.mark.parametrize(
    ("question", "said", "unsaid"),
    [
        ("Which brands lost sentiment in March 2026, over what?",
         ["Zeta", "-50 %", "+100 %", "in March 2026", "packaging (3, before 0)"], ["Acme"]),
        ("2026年3月哪些品牌的口碑下滑了，因为什么？",
         ["Zeta", "2026年3月", "-50 %", "packaging（3条，此前0条）"], ["Acme"]),
        ("Did the reviews of the tripod get worse in March 2026?", ["-50 %"], []),
        ("What do customers say about the tripod in March 2026?",
         ["4 reviews in March 2026", "2.0", "packaging"], []),
        ("2026年2月大家对Tripod的评价怎么样？", ["2026年2月共4条评论", "5.0"], ["packaging"]),
        ("How much was the red camera in February 2026?", ["120.00 EUR in February 2026"], ["100"]),
        ("How much did the red camera cost in March 2026?",
         ["120.00 EUR until 12 March 2026", "100.00 EUR since 12 March 2026"], []),
        ("2026年2月Red camera多少钱？", ["2026年2月", "120.00 EUR"], ["100"]),
        ("Was the red camera in stock in February 2026?",
         ["was out of stock in February 2026"], ["in stock since"]),
        ("Was the red camera sold out in March 2026?",
         ["out of stock until 12 March 2026", "in stock since 12 March 2026"], []),
        ("2026年3月Red camera有货吗？",
         ["缺货（至2026年3月12日）", "有货（自2026年3月12日起）"], []),
    ],
)  # fmt: skip
async def test_what_held_in_a_period_is_answered(
    answer: Any, question: str, said: list[str], unsaid: list[str]
) -> None:
    found = await answer(question)
    assert found["status"] == "ANSWERED", found
    assert all(part in found["text"] for part in said), found["text"]
    assert not any(part in found["text"] for part in unsaid), found["text"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Which brands lost sentiment in January 2026?", "I know of nothing that is praised less"),
        ("Which brands got better reviews in March 2026?", "I know of nothing"),
        ("How much was the red camera in March 2020?", "I don't know what that cost in March 2020"),
        (
            "Was the tripod in stock in March 2020?",
            "I don't know whether that could be bought in March 2020",
        ),
        ("What do customers say about the tripod in 2024?", "there are no reviews of that in 2024"),
    ],
)
async def test_what_the_graph_does_not_know_of_a_period_is_said(
    answer: Any, question: str, said: str
) -> None:
    found = await answer(question)
    assert found["status"] == "UNKNOWN", found
    assert said in found["text"]


async def test_an_analyst_has_the_rows_of_a_trend(reviewed: Connection) -> None:
    plan = parse_plan(
        {"op": "trend", "by": "brand", "period": {"since": "2026-03-01", "until": "2026-03-31"}}
    )
    compiled = table_statement(plan, ANY_CURRENCY)
    assert compiled is not None
    assert list(reviewed.read_compiled(compiled.text, compiled.parameters)) == [
        {"name": "Zeta", "reviews": 4, "reviews_before": 4, "score": -0.5, "score_before": 1.0}
    ]
