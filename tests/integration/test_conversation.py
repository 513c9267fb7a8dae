"""Conversations over GraphQL: what turns refer to, whose they are, and how they end."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from catalograph.ingest import DocumentOptions, ingest_documents, ingest_orders
from catalograph.settings import Settings
from catalograph.store import Connection, Writer

from .conftest import Ask, key

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
SAY = """mutation($input: SayInput!) { say(input: $input) { __typename
  ... on SaidTurn { conversationKey turnKey number sentiment
    answer { status language text productKeys plans }
    question { text about options { text products key } }
    handOver { reason summary tried } }
  ... on MutationError { code message path } } }"""
RATE = """mutation($input: RateAnswerInput!) { rateAnswer(input: $input) { __typename
  ... on RatedAnswer { turnKey helpful } ... on MutationError { code message path } } }"""
READ = """query($key: String!, $user: String) { conversation(key: $key, userKey: $user) {
  key started changed turns { key number text language status sentiment productKeys plans
    handOver helpful comment } } }"""
Say = Callable[..., Awaitable[dict[str, Any]]]
DOCUMENTS = [
    {"id": "returns", "title": "Returns", "kind": "policy", "language": "en",
     "text": "You may return unused items within 30 days."},
    {"id": "tuihuo", "title": "退货政策", "kind": "policy", "language": "zh",
     "text": "未使用的商品可在30天内退货。"},
]  # fmt: skip


@pytest.fixture(scope="module")
def helpful(
    shop: Connection, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Connection:
    """Add documents and orders to the shop."""
    folder, writer = tmp_path_factory.mktemp("helpful"), Writer(shop)
    documents = folder / "help.json"
    documents.write_bytes(orjson.dumps(DOCUMENTS))
    ingest_documents([documents], writer, settings, DocumentOptions(source="help"))
    ingest_orders([_orders(folder)], writer, settings, product_source="shop")
    shop.execute("CALL db.awaitIndexes(60)")
    return shop


def _orders(folder: Path) -> Path:
    row = {
        "order_id": "10042", "user_id": "ada", "status": "shipped", "total": "100.00",
        "currency": "EUR", "time": "2026-03-01T10:00:00Z",
        "lines": [{"product_id": "cam1", "title": "Red camera", "quantity": 1}],
        "shipments": [{"carrier": "DHL", "tracking": "JD1", "expected": "2026-03-04"}],
    }  # fmt: skip
    file = folder / "orders.jsonl"
    file.write_bytes(orjson.dumps(row))
    return file


@pytest.fixture
def say(helpful: Connection, ask: Ask) -> Say:
    """Return a function that sends a turn and returns what comes of it."""

    async def send(text: str, conversation: str | None = None, **more: Any) -> dict[str, Any]:
        given = {"text": text, "conversationKey": conversation, **more}
        answer = await ask(SAY, input=given)
        assert "errors" not in answer, answer
        found: dict[str, Any] = answer["data"]["say"]
        return found

    return send


Turn = tuple[str, list[str], list[str] | None]
"""What is said, parts of the answer's text, and the products that it names (None: any)."""
DIALOGUES: dict[str, list[Turn]] = {
    "list, second, price, stock": [
        ("Which cameras cost less than 150?", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("How much is the second one?", ["120.00 EUR"], ["cam2"]),
        ("And the first?", ["100.00 EUR"], ["cam1"]),
        ("What colour is it?", ["red"], ["cam1"]),
    ],
    "cheaper ones": [
        ("Which cameras do you have?", ["3 products"], ["cam1", "cam2", "cam3"]),
        ("How much is the third one?", ["300.00 EUR"], ["cam3"]),
        ("Do you have anything cheaper?", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("And in blue?", ["Blue camera"], ["cam2"]),
    ],
    "value replaced": [
        ("Show me red cameras.", ["Red camera"], ["cam1"]),
        ("And in blue?", ["Blue camera"], ["cam2"]),
        ("What about black ones?", ["Black camera"], ["cam3"]),
        ("Who makes it?", ["Zeta"], ["cam3"]),
    ],
    "another product": [
        ("How much is the red camera?", ["100.00 EUR"], ["cam1"]),
        ("What about the tripod?", ["45.00 EUR"], ["tri1"]),
        ("And the blue camera?", ["120.00 EUR"], ["cam2"]),
        ("Who makes it?", ["Acme"], ["cam2"]),
    ],
    "compare and choose": [
        ("Compare the red camera and the blue camera.", ["100.00", "120.00"], ["cam1", "cam2"]),
        ("Which one is cheaper?", ["Red camera"], ["cam1"]),
        ("What is its brand?", ["Acme"], ["cam1"]),
        ("How much is the blue one?", ["120.00 EUR"], ["cam2"]),
    ],
    "brand replaced": [
        ("Which Acme cameras do you have?", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("What about Zeta?", ["Black camera"], ["cam3"]),
        ("What colour is it?", ["black"], ["cam3"]),
    ],
    "counts": [
        ("How many Acme products do you have?", ["3"], None),
        ("And from Zeta?", ["2"], None),
        ("What is the cheapest Leaf product?", ["Green tea", "5.00 EUR"], ["tea1"]),
        ("And how much is the green one?", ["5.00 EUR"], ["tea1"]),
    ],
    "new question drops the old": [
        ("Show me red cameras.", ["Red camera"], ["cam1"]),
        ("Which teas do you have?", ["Green tea", "Red tea"], ["tea1", "tea2"]),
        ("The cheaper one, please: how much is it?", ["5.00 EUR"], ["tea1"]),
        ("Can I return an item?", ["30 days"], None),
    ],
    "it with another": [
        ("Who makes the tripod?", ["Zeta"], ["tri1"]),
        ("Compare it with the camera bag.", ["45.00", "20.00"], ["tri1", "bag1"]),
        ("Which of them is the cheapest?", ["Camera bag"], ["bag1"]),
    ],
    "several in a question": [
        ("Which cameras do you have?", ["3 products"], ["cam1", "cam2", "cam3"]),
        ("Compare the first and the third.", ["100.00", "300.00"], ["cam1", "cam3"]),
        ("What is the colour of the last one?", ["black"], ["cam3"]),
        ("Is it red?", ["No", "black"], ["cam3"]),
    ],
    "第二个": [
        ("150元以下的Cameras有哪些？", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("第二个多少钱？", ["120.00 EUR"], ["cam2"]),
        ("第一个呢？", ["100.00 EUR"], ["cam1"]),
        ("它是什么颜色的？", ["红"], ["cam1"]),
    ],
    "便宜一点的": [
        ("你们有哪些Cameras？", ["3件"], ["cam1", "cam2", "cam3"]),
        ("第三个多少钱？", ["300.00 EUR"], ["cam3"]),
        ("有没有便宜一点的？", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("要蓝色的", ["Blue camera"], ["cam2"]),
    ],
    "那红色的呢": [
        ("有黑色的Cameras吗？", ["Black camera"], ["cam3"]),
        ("那红色的呢？", ["Red camera"], ["cam1"]),
        ("这个多少钱？", ["100.00 EUR"], ["cam1"]),
        ("它是什么牌子的？", ["Acme"], ["cam1"]),
    ],
    "那三脚架呢": [
        ("Red camera多少钱？", ["100.00 EUR"], ["cam1"]),
        ("那Tripod呢？", ["45.00 EUR"], ["tri1"]),
        ("它是什么牌子的？", ["Zeta"], ["tri1"]),
        ("那Blue camera呢？", ["Acme"], ["cam2"]),
    ],
    "哪个便宜": [
        ("Red camera和Blue camera有什么区别？", ["100.00", "120.00"], ["cam1", "cam2"]),
        ("哪个更便宜？", ["Red camera"], ["cam1"]),
        ("那个蓝色的多少钱？", ["120.00 EUR"], ["cam2"]),
    ],
    "换个品牌": [
        ("Acme有哪些Cameras？", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("那Zeta的呢？", ["Black camera"], ["cam3"]),
        ("多少钱？", ["300.00 EUR"], ["cam3"]),
    ],
    "数量": [
        ("你们有多少款Cameras？", ["3件"], None),
        ("那Tea呢？", ["2件"], None),
        ("可以退货吗？", ["30天内退货"], None),
    ],
    "比较其中两个": [
        ("你们有哪些Cameras？", ["3件"], ["cam1", "cam2", "cam3"]),
        ("比较第一个和第二个", ["100.00", "120.00"], ["cam1", "cam2"]),
        ("便宜的那个是什么颜色？", ["红"], ["cam1"]),
    ],
    "换话题": [
        ("有红色的Cameras吗？", ["Red camera"], ["cam1"]),
        ("你们有哪些Tea？", ["Green tea", "Red tea"], ["tea1", "tea2"]),
        ("最便宜的是哪个？", ["Green tea"], ["tea1"]),
        ("它的品牌是什么？", ["Leaf"], ["tea1"]),
    ],
    "which price": [
        ("Who makes the black camera?", ["Zeta"], ["cam3"]),
        ("Anything cheaper?", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("How much is the red one?", ["100.00 EUR"], ["cam1"]),
        ("Something more expensive, please.", ["Blue camera", "Black camera"], ["cam2", "cam3"]),
    ],
}


@pytest.mark.parametrize("name", DIALOGUES)
async def test_turns_mean_what_the_conversation_says(say: Say, name: str) -> None:
    conversation, wrong = None, []
    for text, said, products in DIALOGUES[name]:
        found = await say(text, conversation)
        conversation = found["conversationKey"]
        answer = found["answer"]
        right = answer["status"] == "ANSWERED" and all(part in answer["text"] for part in said)
        if products is not None:
            right = right and set(answer["productKeys"]) == {key(one) for one in products}
        if not right:
            wrong.append((text, answer["status"], answer["text"], answer["plans"]))
    assert wrong == []
