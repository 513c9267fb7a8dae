"""Conversations over GraphQL: what turns refer to, whose they are, and how they end."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from catalograph.api import create_app
from catalograph.api.auth import new_key
from catalograph.assistant.intents.rows import LabelledTurn
from catalograph.cli import app
from catalograph.errors import TrainingDataError
from catalograph.evaluation.intents import read_turns
from catalograph.ingest import DocumentOptions, ingest_documents, ingest_orders
from catalograph.schema import keys
from catalograph.settings import Settings
from catalograph.store import AsyncConnection, Connection, Writer, erase_user, resolve_address
from catalograph.store.ledger.conversations import prune_conversations
from tests.dialogues import EARLIER, LATER, NOT_UNDERSTOOD, Turn

from .conftest import Ask, WordEncoder, key, open_client

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


@pytest.mark.parametrize("dialogues", [EARLIER, LATER], ids=["earlier", "later"])
async def test_turns_mean_what_the_conversation_says(
    say: Say, settings: Settings, dialogues: Mapping[str, Sequence[Turn]]
) -> None:
    # The shopper of the orders holds all conversations.
    ada = keys.user_key("shop", "ada", settings.user_hmac_key)
    wrong = []
    for name, turns in dialogues.items():
        conversation = None
        for text, said, products, *status in turns:
            found = await say(text, conversation, userKey=ada)
            conversation = found["conversationKey"]
            answer = found["answer"]
            right = answer["status"] == (status or ["ANSWERED"])[0]
            right = right and all(part in answer["text"] for part in said)
            if products is not None:
                right = right and set(answer["productKeys"]) == {key(one) for one in products}
            if right is (text in NOT_UNDERSTOOD):
                wrong.append((name, text, answer["status"], answer["text"], answer["plans"]))
    assert wrong == []


async def test_a_name_that_fits_several_products_is_asked_back(say: Say) -> None:
    asked = await say("Which cameras do you have?")
    found = await say("How much is it?", asked["conversationKey"])
    assert found["answer"]["status"] == "UNCLEAR"
    assert [one["key"] for one in found["question"]["options"]] == found["answer"]["productKeys"]
    first = found["answer"]["productKeys"][0]
    chosen = await say("The first.", asked["conversationKey"])
    assert chosen["answer"]["productKeys"] == [first]
    assert "EUR" in chosen["answer"]["text"]


async def test_many_results_are_narrowed_by_what_parts_them_best(say: Say) -> None:
    found = await say("Which products cost less than 1000 euros?")
    question = found["question"]
    assert found["answer"]["text"].endswith(question["text"])
    assert len(question["options"]) > 1
    assert sum(one["products"] for one in question["options"]) <= 7
    option = next(one for one in question["options"] if one["key"])
    narrowed = await say(option["text"], found["conversationKey"])
    assert len(narrowed["answer"]["productKeys"]) == option["products"]


async def test_orders_are_followed_and_kept_with_their_shopper(
    say: Say, settings: Settings
) -> None:
    ada = keys.user_key("shop", "ada", settings.user_hmac_key)
    first = await say("Where is my order 10042?", userKey=ada)
    assert "10042" in first["answer"]["text"]
    second = await say("When will it arrive?", first["conversationKey"], userKey=ada)
    assert "4 March 2026" in second["answer"]["text"]
    third = await say("谁送？", first["conversationKey"], userKey=ada)
    assert "DHL" in third["answer"]["text"]


async def test_nobody_else_reads_or_continues_a_conversation(
    helpful: Connection, settings: Settings
) -> None:
    secrets, entries = {}, []
    for name in ("ada", "bob"):
        owner = keys.user_key("shop", name, settings.user_hmac_key)
        scopes = ["catalog:read", "events:write", "user:read"]
        secrets[name], line = new_key(name, scopes, owner)
        entries.append(line)
    auth = settings.api.auth.model_copy(
        update={
            "api_keys": SecretStr(";".join(entries)),
            "anonymous_scopes": ("catalog:read", "events:write"),
        }
    )
    closed = settings.model_copy(update={"api": settings.api.model_copy(update={"auth": auth})})
    async with open_client(create_app(closed, WordEncoder())) as client:

        async def send(document: str, who: str | None, **variables: Any) -> dict[str, Any]:
            response = await client.post(
                "/graphql", json={"query": document, "variables": variables},
                headers={"x-api-key": secrets[who]} if who else {},
            )  # fmt: skip
            data: dict[str, Any] = response.json()["data"]
            return data

        said = await send(SAY, "ada", input={"text": "How much is the tripod?"})
        conversation = said["say"]["conversationKey"]
        again = {"text": "Who makes it?", "conversationKey": conversation}
        for other in ("bob", None):
            refused = (await send(SAY, other, input=again))["say"]
            assert (refused["code"], refused["path"]) == ("NOT_FOUND", ["input", "conversationKey"])
            assert (await send(READ, other, key=conversation))["conversation"] is None
            rating = {"turnKey": said["say"]["turnKey"], "helpful": False}
            assert (await send(RATE, other, input=rating))["rateAnswer"]["code"] == "NOT_FOUND"
        mine = (await send(SAY, "ada", input=again))["say"]
        assert "Zeta" in mine["answer"]["text"]
        kept = (await send(READ, "ada", key=conversation))["conversation"]["turns"]
        assert [turn["helpful"] for turn in kept] == [None, None]

        begun = await send(SAY, None, input={"text": "How much is the tripod?"})
        again["conversationKey"] = anonymous = begun["say"]["conversationKey"]
        assert "Zeta" in (await send(SAY, "bob", input=again))["say"]["answer"]["text"]
        assert (await send(READ, None, key=anonymous))["conversation"] is None  # now it is Bob's
        assert len((await send(READ, "bob", key=anonymous))["conversation"]["turns"]) == 2


async def test_turns_are_kept_without_personal_data_and_erased_with_their_shopper(
    say: Say, helpful: Connection, ask: Ask, settings: Settings
) -> None:
    eve = keys.user_key("shop", "eve", settings.user_hmac_key)
    said = await say("My name is Eve Smith, eve@example.com: how much is the tripod?", userKey=eve)
    rating = {"turnKey": said["turnKey"], "helpful": True, "comment": "Write to eve@example.com",
              "userKey": eve}  # fmt: skip
    assert (await ask(RATE, input=rating))["data"]["rateAnswer"]["helpful"] is True
    read = await ask(READ, key=said["conversationKey"], user=eve)
    [turn] = read["data"]["conversation"]["turns"]
    assert turn["helpful"] is True
    assert "eve" not in orjson.dumps([turn["text"], turn["comment"], turn["plans"]]).decode()
    assert turn["productKeys"] == [key("tri1")]
    erase_user(Writer(helpful), eve)
    assert helpful.execute(
        "MATCH (n) WHERE n.key STARTS WITH $turn OR n.key IN [$key, $user] RETURN n.key AS key",
        turn=f"turn:{said['conversationKey'].partition(':')[2]}", key=said["conversationKey"],
        user=eve,
    ) == []  # fmt: skip


async def test_old_conversations_are_pruned(
    say: Say, helpful: Connection, settings: Settings
) -> None:
    ned = keys.user_key("shop", "ned", settings.user_hmac_key)
    old = [await say("How much is the tripod?", userKey=ned) for _ in range(2)]
    new = await say("How much is the tripod?", userKey=ned)
    helpful.execute(
        "MATCH (c:Conversation) WHERE c.key IN $keys SET c.changed = c.changed - duration('P91D')",
        keys=[one["conversationKey"] for one in old],
    )
    connection = AsyncConnection(resolve_address(settings))
    try:
        assert await prune_conversations(connection, timedelta(days=90)) == 2
        assert await prune_conversations(connection, timedelta(days=90)) == 0
    finally:
        await connection.close()
    left = helpful.execute("MATCH (:User {key: $k})-[:HELD]->(c)-[:HAS_TURN]->(t) "
                           "RETURN c.key AS c, t.key AS t", k=ned)  # fmt: skip
    assert left == [{"c": new["conversationKey"], "t": new["turnKey"]}]
    stray = helpful.execute("MATCH (t:Turn) WHERE NOT (t)<-[:HAS_TURN]-() RETURN t.key AS key")
    assert stray == []


@pytest.mark.parametrize(
    ("turns", "reason", "said"),
    [
        (["How much is the tripod?", "I want to speak to a human agent."], "ASKED", "tripod"),
        (["Tripod多少钱？", "我要找人工客服"], "ASKED", "Tripod"),
        (["How much is the tripod?", "This is ridiculous, you are useless! I am furious."],
         "ANGER", "angry"),
        (["Tripod多少钱？", "太过分了，你们就是骗子！"], "ANGER", "愤怒"),
        (["Do you repair watches?", "Do you sell gift cards?"], "UNANSWERED", "repair watches"),
        (["提供维修服务吗？", "有礼品卡吗？"], "UNANSWERED", "维修"),
    ],
)  # fmt: skip
async def test_a_person_takes_over(say: Say, turns: list[str], reason: str, said: str) -> None:
    first = await say(turns[0])
    assert first["handOver"] is None
    last = await say(turns[1], first["conversationKey"])
    note = last["handOver"]
    assert note["reason"] == reason
    assert said in note["summary"]
    assert [line for line in note["tried"] if turns[0] in line]
    assert last["answer"]["status"] == "HANDED_OVER"


async def test_an_opinion_or_bad_news_hands_nobody_over(say: Say) -> None:
    for text in ("What are the complaints about the red camera?", "Red camera有什么差评吗？"):
        assert (await say(text))["handOver"] is None


async def test_malformed_keys_are_refused(say: Say, ask: Ask) -> None:
    refused = await say("Hello", "conversation:1")
    assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["input", "conversationKey"])
    refused = await say("Hello", f"conversation:{'0' * 32}")
    assert refused["code"] == "NOT_FOUND"
    assert (await say(" "))["path"] == ["input", "text"]
    rated = await ask(RATE, input={"turnKey": "turn:1#1", "helpful": True})
    assert rated["data"]["rateAnswer"]["path"] == ["input", "turnKey"]


async def test_a_turn_sent_twice_is_one_turn(helpful: Connection, ask: Ask) -> None:
    twice = SAY.replace("$input: SayInput!", "$input: SayInput!, $key: String").replace(
        "say(input: $input)", "say(input: $input, idempotencyKey: $key)"
    )
    given = {"text": "Compare the red camera and the blue camera."}
    first, second = [await ask(twice, input=given, key="one turn") for _ in range(2)]
    assert first["data"] == second["data"]
    assert first["data"]["say"]["number"] == 1


async def test_the_history_recommends_with_consent_alone(
    say: Say, helpful: Connection, settings: Settings
) -> None:
    ida = keys.user_key("shop", "ida", settings.user_hmac_key)
    helpful.execute(
        "MATCH (p:Product {key: $p}) CREATE (u:User {key: $u, source: 'shop'})-[:PERFORMED]->"
        "(e:Event:Source {key: 'event:shop:ida1', source: 'shop', id: 'ida1', content_hash: '1', "
        "kind: 'purchase', time: datetime()})-[:ON]->(p)",
        p=key("tea1"), u=ida,
    )  # fmt: skip
    text = "What would you recommend me?"
    own = (await say(text, userKey=ida, useHistory=True))["answer"]
    assert own["productKeys"] == [key("tea2")]
    assert "I recommend “Red tea” (6.00 EUR): " in own["text"]
    assert "Green tea" in own["text"]
    popular = (await say(text, userKey=ida))["answer"]
    assert "I recommend" not in popular["text"]
    assert len(popular["productKeys"]) > 1
    chinese = (await say("给我推荐一下", userKey=ida, useHistory=True))["answer"]
    assert "为您推荐“Red tea”" in chinese["text"]


async def test_turns_that_were_not_served_well_are_listed(say: Say, ask: Ask) -> None:
    await say("Do you engrave wristwatches for zebras?")
    good = await say("How much is the tripod, dear zebra?")
    bad = await say("How much is the camera bag, zebra@example.com?")
    for turn, helpful in ((good, True), (bad, False)):
        given = {"turnKey": turn["turnKey"], "helpful": helpful, "comment": "I am Bob@example.com"}
        await ask(RATE, input=given)
    listed = await ask(
        "{ unansweredTurns(first: 100) { time text language intents status sentiment handOver "
        "helpful comment } }"
    )
    rows = {row["text"]: row for row in listed["data"]["unansweredTurns"]}
    found = {text: row for text, row in rows.items() if "zebra" in text or "camera bag" in text}
    unknown, unhelpful = sorted(found.values(), key=lambda row: row["helpful"] is False)
    assert (unknown["status"], unknown["helpful"]) == ("UNKNOWN", None)
    assert (unhelpful["status"], unhelpful["helpful"]) == ("ANSWERED", False)
    said = orjson.dumps(listed).decode()
    assert "example.com" not in said
    assert good["turnKey"].partition("#")[0].partition(":")[2] not in said
    refused = await ask("{ unansweredTurns(days: 0) { text } }")
    assert refused["errors"][0]["extensions"]["code"] == "INVALID_INPUT"


def test_decided_turns_become_rows_of_training(
    helpful: Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert settings.neo4j.uri is not None
    assert settings.neo4j.password is not None
    monkeypatch.setenv("CATALOGRAPH_HOME", str(settings.home))
    monkeypatch.setenv("CATALOGRAPH_NEO4J__URI", settings.neo4j.uri)
    monkeypatch.setenv("CATALOGRAPH_NEO4J__PASSWORD", settings.neo4j.password.get_secret_value())
    helpful.execute(
        "CREATE (c:Conversation {key: 'conversation:review', started: datetime(), "
        "changed: datetime()}) WITH c UNWIND ['unknown', 'answered'] AS status "
        "CREATE (c)-[:HAS_TURN]->(:Turn {key: 'turn:review#' + status, number: 1, "
        "time: datetime(), text: 'Engrave ' + status, language: 'en', intents: ['search'], "
        "status: status, plans: [], products: []})"
    )
    file = tmp_path / "turns.tsv"
    done = CliRunner().invoke(app, ["assistant", "unanswered", "-o", str(file), "--json"])
    assert done.exit_code == 0, done.output
    assert "Engrave unknown" in [row["text"] for row in orjson.loads(done.stdout)]
    with pytest.raises(TrainingDataError):
        read_turns(file)  # nothing is decided yet
    lines = file.read_text("utf-8").splitlines()
    assert not [line for line in lines if "Engrave answered" in line]
    decided = [line.replace("Engrave unknown\t", "Engrave unknown\tprice") for line in lines]
    file.write_text("\n".join(decided), "utf-8")
    assert read_turns(file) == [LabelledTurn("Engrave unknown", "price")]
