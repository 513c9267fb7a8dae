"""`POST /cypher`: off by default; on, it answers what passes the gate and says why it does not."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr

from catalograph.api import analyst, create_app
from catalograph.api.auth import ALL_SCOPES
from catalograph.api.auth.keys import hash_key
from catalograph.settings import Settings
from catalograph.store import Connection
from catalograph.store.analyst import MAX_AT_ONCE, StatementResult, gate, saved_queries

from .conftest import key

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]


def switched_on(settings: Settings, **more: Any) -> Settings:
    api = settings.api.model_copy(update={"cypher": True} | more)
    return settings.model_copy(update={"api": api})


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url="http://127.0.0.1",
        ) as opened,
    ):
        yield opened


@pytest.fixture
async def tool(settings: Settings, shop: Connection) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(switched_on(settings, cypher_rows=2)) as opened:
        yield opened


async def test_it_is_off_by_default(client: httpx.AsyncClient) -> None:
    assert (await client.post("/cypher", json={"query": "RETURN 1"})).status_code == 404


async def test_a_statement_is_answered(tool: httpx.AsyncClient) -> None:
    response = await tool.post(
        "/cypher",
        json={
            "query": "MATCH (p:Product) WHERE p.price >= $least RETURN p.id AS id, p.price AS price"
            " ORDER BY price DESC",
            "parameters": {"least": 100},
        },
    )
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert body.pop("milliseconds") > 0
    assert body == {
        "columns": ["id", "price"],
        "rows": [["cam3", 300.0], ["cam2", 120.0]],
        "truncated": True,
        "notifications": [],
    }


@pytest.mark.parametrize(
    "media_type",
    ["application/vnd.apache.arrow.stream", "*/*;q=0.1, application/vnd.apache.parquet"],
)
async def test_a_table_for_pandas_and_duckdb(tool: httpx.AsyncClient, media_type: str) -> None:
    asked = {
        "query": "MATCH (p:Product) WHERE p.price > 0 RETURN p.key AS key, p.price AS price, "
        "labels(p) AS labels, p AS node ORDER BY price DESC"
    }
    response = await tool.post("/cypher", json=asked, headers={"accept": media_type})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] in media_type
    assert response.headers["x-truncated"] == "true"
    if "arrow" in media_type:
        table = pa.ipc.open_stream(response.content).read_all()
    else:
        table = pq.read_table(io.BytesIO(response.content))
    assert [str(field.type) for field in table.schema] == [
        "string",
        "double",
        "list<element: string>" if "parquet" in media_type else "list<item: string>",
        "string",
    ]
    assert table["price"].to_pylist() == [300.0, 120.0]
    assert table.schema.metadata[b"truncated"] == b"true"
    assert table.to_pandas()["labels"].tolist()[0].tolist() == ["Product"]


async def test_csv_and_formats_that_there_are_not(tool: httpx.AsyncClient) -> None:
    asked = {"query": "RETURN 1 AS one, 'a,b' AS text"}
    answer = await tool.post("/cypher", json=asked, headers={"accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text == 'one,text\n1,"a,b"\n'
    refused = await tool.post("/cypher", json=asked, headers={"accept": "image/png"})
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert error["code"] == "INVALID_INPUT"
    assert "application/vnd.apache.arrow.stream" in error["message"]


async def test_the_library_and_the_dashboards_are_listed(tool: httpx.AsyncClient) -> None:
    document = """{
      analystGate { on seconds rows }
      savedQueries {
        name title(locale: ZH) question columns { name type }
        parameters { name required example }
      }
      dashboards { name title(locale: ZH) }
      dashboard(name: "shop") { panels { title query { name } chart x y series parameters } }
      none: dashboard(name: "none") { name }
    }"""
    answer = (await tool.post("/graphql", json={"query": document})).json()
    data = answer["data"]
    assert data["analystGate"] == {"on": True, "seconds": 10.0, "rows": 2}
    assert [one["name"] for one in data["savedQueries"]] == [q.name for q in saved_queries()]
    [pairs] = [one for one in data["savedQueries"] if one["name"] == "basket_pairs"]
    assert pairs["title"] == "购物篮中的搭配"
    assert pairs["parameters"] == [{"name": "first", "required": False, "example": 20}]
    assert data["dashboards"] == [{"name": "shop", "title": "店铺概览"}]
    assert data["dashboard"]["panels"][0] == {
        "title": "Brands' share of purchases",
        "query": {"name": "brand_share_by_week"},
        "chart": "LINE",
        "x": "week",
        "y": ["share"],
        "series": "brand",
        "parameters": {"kind": "purchase"},
    }
    assert data["none"] is None


async def test_what_the_database_notices_is_answered(tool: httpx.AsyncClient) -> None:
    response = await tool.post("/cypher", json={"query": "MATCH (p:Product) RETURN p.prce"})
    [notice] = response.json()["notifications"]
    assert set(notice) == {"code", "title", "description"}
    assert "Did you mean 'price'?" in notice["description"]
    empty = {"saved": "price_bands_by_category", "parameters": {"currency": "XXX"}}
    [notice] = (await tool.post("/cypher", json=empty)).json()["notifications"]
    assert notice["code"] == "EMPTY_RESULT"


async def test_a_saved_query_is_answered(tool: httpx.AsyncClient) -> None:
    response = await tool.post(
        "/cypher",
        json={"saved": "alike_by_text", "parameters": {"product": key("tea1"), "first": 1}},
    )
    assert response.json()["rows"] == [[key("tea2"), "Red tea", 1.0]]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"query": "MATCH (n) DETACH DELETE n"}, 403, "CYPHER_REFUSED"),
        ({"query": "RETURN q"}, 400, "CYPHER_INVALID"),
        ({"query": "RETURN $n", "parameters": {"n": 2**63}}, 400, "CYPHER_INVALID"),
        ({"saved": "alike_by_text"}, 400, "CYPHER_INVALID"),
        ({"saved": "no_such"}, 404, "NOT_FOUND"),
        ({"saved": "cold_products", "query": "RETURN 1"}, 400, "INVALID_INPUT"),
        ({"query": 1}, 400, "INVALID_INPUT"),
        ({"query": "RETURN 1", "parameters": [1]}, 400, "INVALID_INPUT"),
        ({"query": "RETURN 1", "timeout": 600}, 400, "INVALID_INPUT"),
        ([], 400, "INVALID_INPUT"),
    ],
)
async def test_what_is_wrong_is_told_by_code(
    tool: httpx.AsyncClient, body: Any, status: int, code: str
) -> None:
    response = await tool.post("/cypher", json=body)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code)
    assert error["message"].endswith((".", ")"))
    assert len(error["requestId"]) == 16
    assert response.headers["cache-control"] == "no-store"


async def test_only_json_by_post_and_not_too_much_of_it(tool: httpx.AsyncClient) -> None:
    assert (await tool.get("/cypher")).status_code == 405
    plain = await tool.post("/cypher", content=b'{"query": "RETURN 1"}')
    assert plain.status_code == 415
    form = await tool.post("/cypher", data={"query": "RETURN 1"})
    assert form.status_code == 415
    broken = await tool.post("/cypher", content=b"{", headers={"content-type": "application/json"})
    assert (broken.status_code, broken.json()["error"]["code"]) == (400, "INVALID_INPUT")
    large = await tool.post("/cypher", json={"query": "RETURN 1 //" + "x" * 300_000})
    assert large.status_code == 413


async def test_a_statement_that_takes_too_long_is_ended(
    settings: Settings, shop: Connection
) -> None:
    async with serving(switched_on(settings, cypher_timeout=0.3)) as tool:
        response = await tool.post(
            "/cypher",
            json={
                "query": "WITH $n AS n UNWIND n AS a UNWIND n AS b UNWIND n AS c UNWIND n AS d "
                "RETURN count(*)",
                "parameters": {"n": list(range(1_000))},
            },
        )
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "CYPHER_LIMIT"


async def test_what_was_given_up_keeps_its_caller_out_until_the_database_is_done(
    settings: Settings, shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a match that no limit ends, past the text's check, as two workers see it."""
    body = {"query": "RETURN $s =~ '.*x.*'", "parameters": {"s": "x" * 60_000 + "\n"}}
    hasty = switched_on(settings, cypher_timeout=2.0)
    async with serving(hasty) as worker, serving(switched_on(settings)) as other:
        assert (await worker.post("/cypher", json=body)).json()["error"]["code"] == "CYPHER_REFUSED"
        with monkeypatch.context() as unchecked:
            unchecked.setattr(gate, "check_text", lambda *_: None)
            given_up = await worker.post("/cypher", json=body)
        assert given_up.status_code == 422
        assert "was given up" in given_up.json()["error"]["message"]
        refused = [
            await asked.post("/cypher", json={"query": "RETURN 1 AS one"})
            for asked in (worker, other)
        ]
        assert listed(shop) == 1
        for _ in range(600):
            if not listed(shop):
                break
            await asyncio.sleep(0.5)
        answered = await other.post("/cypher", json={"query": "RETURN 1 AS one"})
    for response in refused:
        assert (response.status_code, response.json()["error"]["code"]) == (429, "BUSY")
        assert response.headers["retry-after"] == "5"
        assert "An earlier statement of yours" in response.json()["error"]["message"]
    assert answered.json().get("rows") == [[1]], answered.text


def listed(shop: Connection) -> int:
    """Return how many statements of analysts the database works on."""
    [row] = shop.execute(
        "SHOW TRANSACTIONS YIELD metaData WHERE metaData.app = 'catalograph.analyst' "
        "RETURN count(*) AS n"
    )
    return int(row["n"])


async def test_no_more_than_a_few_run_at_once(
    tool: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, full = asyncio.Event(), asyncio.Event()
    running = 0

    async def slow(*_: object, **__: object) -> StatementResult:
        nonlocal running
        running += 1
        if running == MAX_AT_ONCE:
            full.set()
        await go.wait()
        return StatementResult([], [], False, 0.0)

    monkeypatch.setattr(analyst, "ask_statement", slow)
    asked = [
        asyncio.create_task(tool.post("/cypher", json={"query": "RETURN 1"}))
        for _ in range(MAX_AT_ONCE)
    ]
    await full.wait()
    refused = await tool.post("/cypher", json={"query": "RETURN 1"})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    go.set()
    assert [task.status_code for task in await asyncio.gather(*asked)] == [200] * 4


async def test_a_database_that_is_away_is_told_without_its_address(settings: Settings) -> None:
    away = settings.neo4j.model_copy(update={"uri": "bolt://127.0.0.1:1"})
    async with serving(switched_on(settings).model_copy(update={"neo4j": away})) as tool:
        response = await tool.post("/cypher", json={"query": "RETURN 1"})
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert "127.0.0.1" not in response.text


@pytest.mark.parametrize(
    ("key_", "status", "code"),
    [
        (None, 401, "UNAUTHENTICATED"),
        ("cgk_unknown", 401, "UNAUTHENTICATED"),
        ("cgk_shop", 403, "FORBIDDEN"),
        ("cgk_analyst", 200, None),
    ],
)
async def test_it_takes_the_scope(
    settings: Settings, shop: Connection, key_: str | None, status: int, code: str | None
) -> None:
    others = ",".join(sorted(ALL_SCOPES - {"cypher:read"}))
    lines = f"shop {hash_key('cgk_shop')} {others};analyst {hash_key('cgk_analyst')} cypher:read"
    told = settings.api.auth.model_copy(update={"api_keys": SecretStr(lines)})
    async with serving(switched_on(settings, auth=told, rate="2000/hour")) as tool:
        headers = {"authorization": f"Bearer {key_}"} if key_ else {}
        asked = [
            await tool.post("/cypher", json={"query": "RETURN 1 AS one"}, headers=headers)
            for _ in range(3)
        ]
    response = asked[0]
    assert response.status_code == status
    assert response.json().get("error", {}).get("code") == code
    if status == 401:
        assert response.headers["www-authenticate"] == "Bearer"
    if status == 200:
        assert response.json()["rows"] == [[1]]
        assert [a.status_code for a in asked] == [200, 200, 429]
        assert int(asked[2].headers["retry-after"]) > 0
