"""Feeds brought in over HTTP alone, as a person does it, on a real graph and in real processes."""

import contextlib
import gzip
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from catalograph.api import create_app
from catalograph.api.auth import new_key
from catalograph.cli.feed_desk import ProcessFeedDesk
from catalograph.settings import Settings
from catalograph.store import Connection
from tests.serving import served
from tests.shop_feeds import NAMES, shop_rows

pytestmark = pytest.mark.neo4j

SHOPIFY = """\
Handle,Title,Body (HTML),Vendor,Product Category,Tags,Published,Option1 Name,Option1 Value,\
Variant SKU,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Image Src,Status
lamp,Harbour Lamp,<p>Warm light</p>,Nord,Home > Lamps,sea,TRUE,Title,Default Title,L-1,4,deny,\
25.00,https://i.example/1.jpg,active
vase,Harbour Vase,<p>Blue glass</p>,Nord,Home > Vases,,TRUE,Title,Default Title,V-1,2,deny,\
18.00,https://i.example/2.jpg,active
"""
TABLE = (
    "sku,name,maker,price\nA1,Red kettle,Acme,20.00\nA2,,Acme,21.00\nA3,Blue kettle,Zeta,22.00\n"
)
TABLE_MAPPING = {
    "source": "table",
    "id": "sku",
    "title": "name",
    "brand": "maker",
    "price": {"column": "price"},
    "currency": "EUR",
}
START = """mutation($input: RunFeedInput!) { runFeed(input: $input) {
  ... on StartedRun { id key } ... on MutationError { code message path } } }"""
STATE = """query($id: ID!) { node(id: $id) { ... on Run {
  status error progress counts } } }"""
EFFECTS = """query($run: String!) { runEffects(run: $run) {
  added changed withdrawn obstacle examples { key title effect label } } }"""
PREVIEW = """query($feed: FeedInput!) { feedPreview(feed: $feed, first: 2) {
  name rowsRead columns { name filled samples } cells notes kinds } }"""
PROPOSAL = """query($feed: FeedInput!, $language: FeedLanguage!) {
  feedProposal(feed: $feed, kind: CATALOG, language: $language) {
    mapping shipped warnings lines { field value columns reason samples } unused { column why }
    fields { name required several } } }"""
TRIAL = """query($feed: FeedInput!, $mapping: JSON) {
  feedDryRun(feed: $feed, kind: CATALOG, mapping: $mapping) {
    rows written unchanged rejected compared reasons { name count }
    records { label key properties facts { relation name } }
    rejections { line scope reason field detail text } } }"""
FAULTS = """query($feed: FeedInput!, $mapping: JSON!) {
  feedMappingFaults(feed: $feed, kind: CATALOG, mapping: $mapping) { field message } }"""
REJECTED = """query($run: String!, $after: String) {
  rejectedRows(run: $run, first: 1, after: $after) {
    rows { line scope reason field detail text fields } next } }"""


class Caller:
    """A person with a browser: GraphQL, and files by HTTP."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def ask(self, document: str, **variables: Any) -> Any:
        answer = self.http.post("/graphql", json={"query": document, "variables": variables}).json()
        assert "errors" not in answer, answer
        [value] = answer["data"].values()
        return value

    def fail(self, document: str, **variables: Any) -> Any:
        answer = self.http.post("/graphql", json={"query": document, "variables": variables}).json()
        [error] = answer["errors"]
        return error["extensions"]["code"], error["message"]

    def send(self, name: str, content: bytes, **headers: str) -> httpx.Response:
        headers = {"content-type": "application/octet-stream"} | headers
        return self.http.post(
            "/feed-files", params={"name": name}, content=content, headers=headers
        )

    def upload(self, name: str, content: bytes | str) -> dict[str, str]:
        data = content.encode() if isinstance(content, str) else content
        answer = self.send(name, data)
        assert answer.status_code == 201, answer.text
        assert answer.json()["bytes"] == len(data)
        return {"upload": answer.json()["id"]}

    def run(self, feed: dict[str, str], **given: Any) -> tuple[str, dict[str, Any]]:
        started = self.ask(START, input={"feed": feed, "kind": "CATALOG"} | given)
        return started["key"], self.wait(started)

    def act(self, mutation: str, run: str) -> Any:
        document = f"""mutation($input: RunInput!) {{ {mutation}(input: $input) {{
          ... on StartedRun {{ id key }} ... on CancelledRun {{ key }}
          ... on MutationError {{ code message }} }} }}"""
        if mutation == "cancelRun":
            document = document.replace("... on StartedRun { id key }", "")
        else:
            document = document.replace("... on CancelledRun { key }", "")
        return self.ask(document, input={"run": run})

    def wait(self, started: dict[str, str]) -> dict[str, Any]:
        end = time.monotonic() + 300
        while time.monotonic() < end:
            state: dict[str, Any] = self.ask(STATE, id=started["id"])
            if state["status"] != "running":
                return state
            time.sleep(0.2)
        raise AssertionError("the run does not end")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of feeds on the server, and files beside it that nobody may read."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.csv").write_text(TABLE)
    inside = outside / "feeds"
    inside.mkdir()
    (inside / "table.csv").write_text(TABLE)
    (inside / "link.csv").symlink_to(outside / "secret.csv")
    return inside


@pytest.fixture(scope="module")
def desk_settings(settings: Settings, folder: Path) -> Settings:
    feeds = settings.api.feeds.model_copy(update={"folder": folder, "upload_mb": 8.0})
    api = settings.api.model_copy(update={"feeds": feeds, "cypher": False})
    return settings.model_copy(update={"api": api})


@pytest.fixture(scope="module")
def caller(desk_settings: Settings, connection: Connection) -> Iterator[Caller]:
    app = create_app(desk_settings, feeds=ProcessFeedDesk(desk_settings, connection))
    with served(app) as address, httpx.Client(base_url=address, timeout=300) as http:
        yield Caller(http)


def test_an_export_becomes_a_catalogue_and_is_taken_back(
    caller: Caller, connection: Connection
) -> None:
    feed = caller.upload("products_export_1.csv", SHOPIFY)
    seen = caller.ask(PREVIEW, feed=feed)
    assert (seen["name"], seen["rowsRead"], seen["kinds"]) == (
        "products_export_1.csv",
        2,
        ["CATALOG"],
    )
    titles = next(column for column in seen["columns"] if column["name"] == "Title")
    assert titles == {"name": "Title", "filled": 2, "samples": ["Harbour Lamp", "Harbour Vase"]}
    assert seen["cells"][0][1] == "Harbour Lamp"

    proposal = caller.ask(PROPOSAL, feed=feed, language="EN")
    assert proposal["shipped"] == "shopify_products"
    lines = {line["field"]: line for line in proposal["lines"]}
    assert lines["title"]["columns"] == ["Title"]
    assert lines["title"]["samples"] == ["Harbour Lamp", "Harbour Vase"]
    assert "shopify_products" in lines["title"]["reason"]
    required = {field["name"] for field in proposal["fields"] if field["required"]}
    assert required == {"id", "title"}

    corrected = proposal["mapping"] | {"source": "harbour", "currency": "EUR"}
    trial = caller.ask(TRIAL, feed=feed, mapping=corrected)
    assert (trial["rows"], trial["written"], trial["compared"]) == (2, 2, True)
    assert trial["records"][0]["properties"]["title"] == "Harbour Lamp"
    assert trial["records"][0]["properties"]["image_url"] == "https://i.example/1.jpg"
    assert {"relation": "HAS_BRAND", "name": "Nord"} in trial["records"][0]["facts"]
    assert connection.execute("MATCH (p:Product) RETURN count(p) AS n")[0]["n"] == 0

    run, state = caller.run(feed, mapping=corrected)
    assert state["status"] == "finished", state
    assert state["counts"]["written"] == 2
    assert state["counts"]["files"] == [["products_export_1.csv", "given"]]
    found = "query($q: String!) { products(query: $q, first: 5) { nodes { title } } }"
    connection.execute("CALL db.awaitIndexes(60)")
    assert caller.ask(found, q="harbour vase")["nodes"][0]["title"] == "Harbour Vase"

    again = caller.ask(TRIAL, feed=feed, mapping=corrected)
    assert (again["written"], again["unchanged"]) == (0, 2)
    effects = caller.ask(EFFECTS, run=run)
    assert (effects["added"], effects["changed"], effects["obstacle"]) == (2, 0, None)
    assert {one["title"] for one in effects["examples"]} == {"Harbour Lamp", "Harbour Vase"}
    undone = caller.wait(caller.act("rollBackRun", run))
    assert undone["status"] == "finished"
    assert undone["counts"] == {"restored": 0, "removed": 2}
    assert connection.execute("MATCH (p:Product) RETURN count(p) AS n")[0]["n"] == 0
    assert "already" in caller.ask(EFFECTS, run=run)["obstacle"]
    assert caller.act("rollBackRun", run)["code"] == "CONFLICT"


def test_a_rejected_row_is_seen_corrected_and_replayed(caller: Caller) -> None:
    run, state = caller.run({"file": "table.csv"}, mapping=TABLE_MAPPING)
    assert (state["counts"]["written"], state["counts"]["rejected"]) == (2, 1)
    page = caller.ask(REJECTED, run=run)
    [row] = page["rows"]
    assert (row["line"], row["scope"], row["field"], page["next"]) == (3, "row", "title", None)
    assert row["text"] == "A2,,Acme,21.00"
    assert row["fields"]["sku"] == "A2"

    table = caller.http.get(f"/feed-files/rejected/{run}", params={"format": "csv"})
    assert table.headers["content-disposition"].startswith("attachment")
    assert table.text.splitlines()[1].startswith("3,row,")
    assert caller.http.get(f"/feed-files/rejected/{run}").json()["line"] == 3

    replay = """mutation($input: ReplayRejectedInput!) { replayRejected(input: $input) {
      ... on ReplayedRejections { repaired failed left faults { line fault } }
      ... on MutationError { code message path } } }"""
    still = caller.ask(replay, input={"run": run})
    assert (still["repaired"], still["failed"]) == (0, 1)
    assert still["faults"][0]["line"] == 3
    rows = [{"line": 3, "fields": {"name": "Green kettle"}}]
    done = caller.ask(replay, input={"run": run, "rows": rows})
    assert done == {"repaired": 1, "failed": 0, "left": 0, "faults": []}
    product = 'query { product(key: "product:table:A2") { title } }'
    assert caller.ask(product) == {"title": "Green kettle"}
    assert caller.ask(replay, input={"run": run, "rows": rows})["code"] == "NOT_FOUND"


def test_what_a_later_run_changed_is_told_before_a_roll_back(caller: Caller) -> None:
    first, _ = caller.run(
        caller.upload("a.csv", TABLE), mapping=TABLE_MAPPING | {"source": "later"}
    )
    dearer = TABLE.replace("20.00", "30.00")
    second, _ = caller.run(
        caller.upload("b.csv", dearer), mapping=TABLE_MAPPING | {"source": "later"}
    )
    assert second.removeprefix("run:") in caller.ask(EFFECTS, run=first)["obstacle"]
    refused = caller.act("rollBackRun", first)
    assert refused["code"] == "CONFLICT"
    assert second.removeprefix("run:") in refused["message"]
    effects = caller.ask(EFFECTS, run=second)
    assert (effects["added"], effects["changed"], effects["obstacle"]) == (0, 1, None)
    [example] = effects["examples"]
    assert (example["effect"], example["key"]) == ("CHANGED", "product:later:A1")


def test_a_chinese_feed_in_gb18030_is_read_and_explained_in_chinese(caller: Caller) -> None:
    rows = [NAMES["zh"], *(";".join(row) for row in shop_rows(30))]
    text = "\n".join(rows).replace("Kettle model", "不锈钢电热水壶 型号")
    feed = caller.upload("商品.csv", text.encode("gb18030"))
    seen = caller.ask(PREVIEW, feed=feed)
    assert seen["name"] == "商品.csv"
    assert "商品名称" in [column["name"] for column in seen["columns"]]
    proposal = caller.ask(PROPOSAL, feed=feed, language="ZH")
    lines = {line["field"]: line for line in proposal["lines"]}
    assert lines["title"]["columns"] == ["商品名称"]
    assert any("\u4e00" <= character <= "\u9fff" for character in lines["title"]["reason"])
    trial = caller.ask(TRIAL, feed=feed, mapping=proposal["mapping"])
    assert (trial["rows"], trial["written"]) == (30, 30)
    assert "不锈钢" in trial["records"][0]["properties"]["title"]


def test_a_wrong_mapping_is_told_by_its_places(caller: Caller) -> None:
    feed = caller.upload("table.csv", TABLE)
    faults = caller.ask(FAULTS, feed=feed, mapping={"source": "x", "id": "sku", "titel": "name"})
    assert {fault["field"] for fault in faults} == {"title", "titel"}
    [fault] = caller.ask(FAULTS, feed=feed, mapping=TABLE_MAPPING | {"brand": "vendor"})
    assert fault == {"field": "brand", "message": "The feed has no column 'vendor'."}
    assert caller.ask(FAULTS, feed=feed, mapping=TABLE_MAPPING) == []
    code, message = caller.fail(TRIAL, feed=feed, mapping={"source": "x"})
    assert code == "INVALID_INPUT"
    assert "'id'" in message
    refused = caller.ask(START, input={"feed": feed, "kind": "CATALOG", "mapping": {"a": 1}})
    assert refused["code"] == "INVALID_INPUT"


@pytest.mark.parametrize(
    "name", ["../secret.csv", "/etc/passwd", "link.csv", "feeds/../../secret.csv", "", ".", "a\0b"]
)
def test_only_files_within_the_folder_are_named(caller: Caller, name: str) -> None:
    code, message = caller.fail(PREVIEW, feed={"file": name})
    assert (code, "outside" in message) == ("INVALID_INPUT", True)
    document = "{ feedSources { files { path } databases topics uploadBytes } }"
    sources = caller.ask(document)
    assert sources["files"] == [{"path": "table.csv"}]
    assert (sources["databases"], sources["topics"]) == ([], False)


@pytest.mark.parametrize(
    ("feed", "part"),
    [
        ({}, "exactly one"),
        ({"file": "table.csv", "topic": "t"}, "exactly one"),
        ({"database": "postgresql://127.0.0.1/x", "query": "SELECT 1"}, "may not be queried"),
        ({"file": "table.csv", "query": "SELECT 1"}, "go together"),
        ({"topic": "products"}, "topic"),
    ],
)
def test_feeds_that_may_not_be_named_are_refused(
    caller: Caller, feed: dict[str, str], part: str
) -> None:
    code, message = caller.fail(PREVIEW, feed=feed)
    assert (code, part in message) == ("INVALID_INPUT", True), message


@pytest.mark.parametrize("name", ["../x.csv", "a/b.csv", "", ".hidden", "-", "a\nb.csv", "x" * 200])
def test_uploads_have_plain_names(caller: Caller, name: str) -> None:
    answer = caller.send(name, b"a,b\n1,2\n")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_INPUT")


def test_large_uploads_are_refused_before_and_while_they_arrive(caller: Caller) -> None:
    address = caller.http.base_url
    # Nothing of the declared gigabyte is sent: the answer comes by the header alone.
    with socket.create_connection((address.host, address.port or 80), timeout=30) as raw:
        head = (
            "POST /feed-files?name=big.csv HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            "content-type: application/octet-stream\r\ncontent-length: 1073741824\r\n\r\n"
        )
        raw.sendall(head.encode())
        assert raw.recv(64).startswith(b"HTTP/1.1 413 ")

    def chunks() -> Iterator[bytes]:
        yield from (b"x" * 1024**2 for _ in range(64))

    answer = None
    # The server closes while the rest is still being sent.
    with contextlib.suppress(httpx.HTTPError):
        answer = caller.http.post(
            "/feed-files",
            params={"name": "long.csv"},
            content=chunks(),
            headers={"content-type": "application/octet-stream"},
        )
    assert answer is None or answer.status_code == 413


def test_a_bomb_ends_its_own_process_at_most(caller: Caller) -> None:
    row = b"A1," + b"x" * 1_000_000 + b"\n"
    bomb = gzip.compress(b"sku,name\n" + row * 150)
    feed = caller.upload("bomb.csv.gz", bomb)
    code, message = caller.fail(TRIAL, feed=feed, mapping=TABLE_MAPPING)
    assert code == "INVALID_INPUT"
    assert "200 times its size" in message
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    caller.ask(PREVIEW, feed=caller.upload("deep.json", deep))  # a row that cannot be read
    assert caller.http.get("/healthz").status_code == 200


def test_a_file_of_the_caller_is_never_imported(caller: Caller) -> None:
    feed = caller.upload("orjson.py", TABLE)
    assert caller.ask(PREVIEW, feed=feed)["rowsRead"] == 3


def test_a_form_of_another_page_cannot_upload(caller: Caller) -> None:
    answer = caller.send("a.csv", b"a,b\n", **{"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_INPUT")


def test_what_nobody_knows_is_not_found(caller: Caller) -> None:
    assert caller.fail(PREVIEW, feed={"upload": "0" * 32})[0] == "NOT_FOUND"
    assert caller.fail(PREVIEW, feed={"upload": "../../x"})[0] == "NOT_FOUND"
    assert caller.fail(EFFECTS, run="run:no")[0] == "NOT_FOUND"
    assert caller.fail(REJECTED, run="product:a:b")[0] == "INVALID_INPUT"
    assert caller.http.get("/feed-files/rejected/..%2F..%2Fx").status_code == 404
    feed = caller.upload("gone.csv", TABLE)
    discard = """mutation($id: ID!) { discardUpload(upload: $id) {
      ... on DiscardedUpload { upload } ... on MutationError { code } } }"""
    assert caller.ask(discard, id=feed["upload"]) == {"upload": feed["upload"]}
    assert caller.ask(discard, id=feed["upload"]) == {"code": "NOT_FOUND"}


def test_feeds_need_their_scope(desk_settings: Settings, connection: Connection) -> None:
    key, line = new_key("reader", {"catalog:read", "operations:read"})
    auth = desk_settings.api.auth.model_copy(update={"api_keys": SecretStr(line)})
    api = desk_settings.api.model_copy(update={"auth": auth})
    guarded = desk_settings.model_copy(update={"api": api})
    app = create_app(guarded, feeds=ProcessFeedDesk(guarded, connection))
    with served(app) as address, httpx.Client(base_url=address, timeout=300) as http:
        for headers, status, code in (
            ({}, 401, "UNAUTHENTICATED"),
            ({"x-api-key": key}, 403, "FORBIDDEN"),
        ):
            caller = Caller(http)
            http.headers = httpx.Headers(headers)
            assert caller.send("a.csv", b"a,b\n").status_code == status
            assert http.get("/feed-files/rejected/run:x").status_code == status
            assert caller.fail(PREVIEW, feed={"file": "table.csv"})[0] == code
            given = {"feed": {"file": "table.csv"}, "kind": "CATALOG"}
            assert caller.fail(START, input=given)[0] == code


def test_runs_are_bounded_cancelled_and_stopped_with_the_server(
    desk_settings: Settings, connection: Connection
) -> None:
    rows = "".join(f"B{n},Kettle {n},Acme,{n}.00\n" for n in range(20_000))
    long = f"sku,name,maker,price\n{rows}"
    mapping = TABLE_MAPPING | {"source": "long"}
    app = create_app(desk_settings, feeds=ProcessFeedDesk(desk_settings, connection))
    with served(app) as address, httpx.Client(base_url=address, timeout=300) as http:
        caller = Caller(http)
        given = {"feed": caller.upload("long.csv", long), "kind": "CATALOG", "mapping": mapping}
        first = caller.ask(START, input=given)
        code, message = caller.fail(START, input=given)
        assert (code, "runs go on" in message) == ("LIMIT_EXCEEDED", True)
        assert caller.act("cancelRun", first["key"]) == {"key": first["key"]}
        assert caller.wait(first)["status"] == "cancelled"
        second = caller.ask(START, input=given)
    [row] = connection.execute(
        "MATCH (r:Run {key: $key}) RETURN r.status AS status, r.error AS error", key=second["key"]
    )
    assert row["status"] == "cancelled"
    assert "The server was stopped" in row["error"]
    app = create_app(desk_settings, feeds=ProcessFeedDesk(desk_settings, connection))
    with served(app) as address, httpx.Client(base_url=address, timeout=300) as http:
        caller = Caller(http)
        resumed = caller.act("resumeRun", second["key"])
        assert caller.wait(resumed)["counts"]["rows"] == 20_000
