"""Documents and orders from files to GraphQL: found, cited, changed, rolled back, erased."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from catalograph.api import create_app
from catalograph.api.auth import new_key
from catalograph.api.cursors import global_id
from catalograph.cli.runs import repeat_run
from catalograph.ingest import DocumentOptions, ingest_documents, ingest_orders
from catalograph.schema import keys
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, erase_user, read_run, roll_back_run

from .conftest import Ask, WordEncoder, key, open_client

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
SEARCH = """query($q: String!, $kind: DocumentKind, $about: String, $language: String) {
  passages(query: $q, kind: $kind, about: $about, language: $language) {
    score passage { key heading text language document { title kind } brands { name } } } }"""
ORDERS = """query($user: String) { orders(first: 5, userKey: $user) {
  totalCount nodes { key status total { amount currencyCode }
    lines { title quantity price { amount } product { key title } }
    shipments { status carrier tracking }
    returns { status refund { amount } lines { number } } } } }"""
FILES = {
    "returns.md": "# Returns\n\nYou may return a camera within 30 days.\n\n"
    "## Costs\n\nReturn parcels are free.\n",
    "zh/退货.md": "# 退货\n\n收到商品后七天内可以退货，运费由商店承担。\n",
    "cam1.md": "---\nkind: manual\nabout: product:shop:cam1\n---\n"
    "# Red camera\n\nCharge two hours.\n",
    "faq.json": '[{"question": "Are Acme bags waterproof?", "answer": "Most are."}]',
}


def order(id_: str, user: str, **more: Any) -> dict[str, Any]:
    return {
        "order_id": id_,
        "user_id": user,
        "time": "2026-03-01T10:00:00Z",
        "status": "shipped",
        "total": "120.00",
        "currency": "EUR",
        "lines": [{"product_id": "cam1", "title": "Red camera", "quantity": 1, "price": "100.00"}],
        "shipments": [{"status": "in transit", "carrier": "DHL", "tracking": f"JD-{id_}"}],
        "returns": [{"product_id": "cam1", "status": "requested", "refund": "100.00"}],
    } | more


@pytest.fixture
def writer(shop: Connection) -> Writer:
    shop.execute("MATCH (n:Document|Passage|Order|OrderLine|Shipment|Return) DETACH DELETE n")
    return Writer(shop)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / "help" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "help"


def read(writer: Writer, settings: Settings, paths: Sequence[Path]) -> Any:
    return ingest_documents(paths, writer, settings, DocumentOptions(source="help", snapshot=True))


def write_orders(writer: Writer, settings: Settings, folder: Path, *rows: dict[str, Any]) -> Any:
    file = folder / "orders.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return ingest_orders(
        [file], writer, settings, product_source="shop", rejected=folder / "no.jsonl"
    )


async def passages(ask: Ask, q: str, **more: Any) -> list[dict[str, Any]]:
    answer = await ask(SEARCH, q=q, **more)
    assert "errors" not in answer, answer
    return [match["passage"] for match in answer["data"]["passages"]]


async def test_passages_are_found_in_both_languages(
    ask: Ask, writer: Writer, settings: Settings, folder: Path
) -> None:
    report = read(writer, settings, [folder])
    assert (report.written, report.rejected) == (4, 0)
    found = await passages(ask, "can I return it? (30 days)")
    assert found[0]["text"] == "You may return a camera within 30 days."
    assert found[0]["document"] == {"title": "Returns", "kind": "OTHER"}
    [chinese] = await passages(ask, "七天内退货", language="zh")
    assert chinese["key"] == "passage:help:zh/退货.md#1"
    [bags] = await passages(ask, "waterproof", kind="FAQ", about="brand:acme")
    assert bags["brands"] == [{"name": "Acme"}]
    assert await passages(ask, "waterproof", about="brand:zeta") == []
    answer = await ask(
        "query($k: String!) { documents(first: 10, about: $k) { totalCount "
        "nodes { key title kind products { key } passages { text } } } }",
        k=key("cam1"),
    )
    assert answer["data"]["documents"]["nodes"] == [
        {
            "key": "document:help:cam1.md",
            "title": "Red camera",
            "kind": "MANUAL",
            "products": [{"key": key("cam1")}],
            "passages": [{"text": "Charge two hours."}],
        }
    ]


async def test_changed_withdrawn_and_rolled_back_documents(
    ask: Ask, writer: Writer, settings: Settings, folder: Path, shop: Connection
) -> None:
    read(writer, settings, [folder])
    before = dump(shop)
    assert read(writer, settings, [folder]).unchanged == 4
    (folder / "returns.md").write_text("# Returns\n\nYou may return a camera within 14 days.\n")
    (folder / "faq.json").unlink()
    report = read(writer, settings, [folder])
    assert (report.written, report.unchanged, report.vanished) == (1, 2, 1)
    texts = [found["text"] for found in await passages(ask, "return a camera")]
    assert "You may return a camera within 14 days." in texts
    assert not any("30 days" in text or "parcels" in text for text in texts)
    roll_back_run(writer, report.run)
    assert dump(shop) == before


async def test_an_order_is_its_owners(writer: Writer, settings: Settings, tmp_path: Path) -> None:
    ada = keys.user_key("shop", "ada", settings.user_hmac_key)
    bob = keys.user_key("shop", "bob", settings.user_hmac_key)
    report = write_orders(writer, settings, tmp_path, order("1", "ada"), order("2", "bob"))
    assert (report.written, report.products["unknown"]) == (2, 0)
    secrets, lines = {}, []
    for name, scopes, user in (
        ("ada", ["catalog:read", "user:read"], ada),
        ("shelf", ["catalog:read"], ada),
        ("desk", ["catalog:read", "user:read", "users:any"], None),
    ):
        secrets[name], line = new_key(name, scopes, user)
        lines.append(line)
    auth = settings.api.auth.model_copy(update={"api_keys": SecretStr(";".join(lines))})
    closed = settings.model_copy(update={"api": settings.api.model_copy(update={"auth": auth})})
    async with open_client(create_app(closed, WordEncoder())) as client:

        async def ask(name: str, user: str | None = None) -> dict[str, Any]:
            client.headers["x-api-key"] = secrets[name]
            body = {"query": ORDERS, "variables": {"user": user}}
            found: dict[str, Any] = (await client.post("/graphql", json=body)).json()
            return found

        own = (await ask("ada"))["data"]["orders"]
        assert own["totalCount"] == 1
        [first] = own["nodes"]
        assert first["key"] == "order:shop:1"
        assert first["status"] == "SHIPPED"
        assert first["total"] == {"amount": "120.00", "currencyCode": "EUR"}
        assert first["lines"] == [
            {
                "title": "Red camera",
                "quantity": 1,
                "price": {"amount": "100.00"},
                "product": {"key": key("cam1"), "title": "Red camera"},
            }
        ]
        assert first["shipments"][0]["tracking"] == "JD-1"
        assert first["returns"] == [
            {"status": "REQUESTED", "refund": {"amount": "100.00"}, "lines": [{"number": 1}]}
        ]
        for refused in (await ask("ada", bob), await ask("shelf")):
            assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
            assert "JD-2" not in str(refused)
        assert (await ask("desk", bob))["data"]["orders"]["nodes"][0]["key"] == "order:shop:2"
        for key_ in ("order:shop:2", "shipment:shop:2#1"):
            body = {
                "query": "query($id: ID!) { node(id: $id) { id key } }",
                "variables": {"id": global_id(key_)},
            }
            assert (await client.post("/graphql", json=body)).json()["data"]["node"] is None


async def test_a_changed_order_and_an_erased_shopper(
    writer: Writer, settings: Settings, tmp_path: Path, shop: Connection
) -> None:
    ada = keys.user_key("shop", "ada", settings.user_hmac_key)
    write_orders(writer, settings, tmp_path, order("1", "ada"), order("2", "bob"))
    before = dump(shop)
    changed = order("1", "ada", status="delivered", shipments=[], returns=[])
    report = write_orders(writer, settings, tmp_path, changed, order("2", "bob"))
    assert (report.written, report.unchanged) == (1, 1)
    [row] = shop.execute(
        "MATCH (o:Order {key: 'order:shop:1'}) RETURN o.status AS status, "
        "COUNT { (o)-[:HAS_SHIPMENT|HAS_RETURN]->() } AS parts"
    )
    assert dict(row) == {"status": "DELIVERED", "parts": 0}
    roll_back_run(writer, report.run)
    assert dump(shop) == before
    write_orders(writer, settings, tmp_path, changed)
    erased = erase_user(writer, ada)
    assert "order:shop:1" in erased.records
    left = shop.execute("MATCH (n) WHERE any(p IN keys(n) WHERE n[p] = 'JD-1') RETURN n.key AS key")
    assert list(left) == []
    [row] = shop.execute(
        "RETURN COUNT { MATCH (:Change {user: $user}) } AS kept, "
        "COUNT { MATCH (n:Order|OrderLine|Shipment|Return) "
        "WHERE n.key CONTAINS 'shop:1' } AS parts, "
        "COUNT { MATCH (:Product {key: $product, listed: true}) } AS product",
        user=ada,
        product=key("cam1"),
    )
    assert dict(row) == {"kept": 0, "parts": 0, "product": 1}


async def test_runs_can_be_repeated_by_their_id(
    writer: Writer, settings: Settings, folder: Path, tmp_path: Path, shop: Connection
) -> None:
    documents = read(writer, settings, [folder])
    orders = write_orders(writer, settings, tmp_path, order("1", "ada"))
    before = dump(shop)
    (folder / "faq.json").unlink()
    for id_, written in ((documents.run, 0), (orders.run, 0)):
        again = repeat_run(read_run(shop, id_), writer, settings)
        assert (again.written, again.rejected) == (written, 0)
    left = [row["node"]["key"] for row in dump(shop)]
    gone = [row["node"]["key"] for row in before if row["node"]["key"] not in left]
    assert gone == ["document:help:faq.json", "passage:help:faq.json#1"]


def dump(connection: Connection) -> list[Any]:
    """Return all documents and orders with their parts and edges, without runs."""
    rows = connection.execute(
        "MATCH (n:Document|Passage|Order|OrderLine|Shipment|Return) "
        "RETURN n {.*, run: null} AS node, COLLECT { MATCH (n)-[r]-(m) "
        "RETURN type(r) + ' ' + m.key ORDER BY type(r), m.key } AS edges ORDER BY n.key"
    )
    return [dict(row) for row in rows]
