"""Passages found by meaning in both languages, and what becomes of their vectors."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from catalograph.api import create_app
from catalograph.cli import app
from catalograph.cli.new_passages import embed_written_passages
from catalograph.evaluation.retrieval import AskedQuestion, evaluate_retrieval
from catalograph.ingest import DocumentOptions, ingest_documents
from catalograph.ml.live_encoder import LiveTextEncoder
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, live_models, live_text_encoder, roll_back_run

from .conftest import key, open_client

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
SEARCH = """query($q: String!, $kind: DocumentKind, $about: String, $favour: String) {
  passages(query: $q, kind: $kind, about: $about, favour: $favour, first: 10) {
    score similarity wordShare passage { key text } } }"""
FILES = {
    "returns.md": "---\nkind: policy\n---\n# Refunds\n\n"
    "Customers get their money back if the goods are sent back within 30 days.\n",
    "delivery.md": "# Shipping\n\nParcels arrive after three to five working days.\n",
    "batteries.md": "---\nabout: product:shop:cam1\n---\n# Power\n\n"
    "The accumulator lasts for 400 pictures.\n",
    "acme.md": "---\nabout: brand:Acme\n---\n# Service\n\nThe maker repairs for two years.\n",
    "photo.md": "---\nabout: category:Photo\n---\n# Care\n\nWipe lenses with a soft cloth.\n",
    "zh/退款.md": "# 退款\n\n收到货物三十天之内寄回, 全额返还货款。\n",
    "zh/配送.md": "# 配送\n\n包裹一般三到五个工作日送达。\n",
}
REFUND = "Will I be reimbursed when it disappoints me?"
REFUND_ZH = "不喜欢可以把钱还给我吗"


@pytest.fixture
def writer(shop: Connection) -> Writer:
    shop.execute("MATCH (n:Document|Passage) DETACH DELETE n")
    shop.execute("MATCH (m:Model) WHERE m.kind STARTS WITH 'passage' DETACH DELETE m")
    return Writer(shop)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / "help" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "help"


@pytest.fixture
async def client(settings: Settings, writer: Writer) -> AsyncIterator[httpx.AsyncClient]:
    read_live = partial(live_text_encoder, writer.connection)
    encoder = LiveTextEncoder(settings, read_live, threads=1)
    async with open_client(create_app(settings, encoder)) as opened:
        yield opened


def ingest(writer: Writer, settings: Settings, folder: Path) -> Any:
    """Do what `catalograph ingest documents --snapshot` does."""
    options = DocumentOptions(source="help", snapshot=True, allow_shrink=True)
    report = ingest_documents([folder], writer, settings, options)
    embed_written_passages(writer.connection, settings)
    writer.connection.execute("CALL db.awaitIndexes(60)")
    return report


async def found(client: httpx.AsyncClient, q: str, **more: Any) -> list[dict[str, Any]]:
    sent = {"query": SEARCH, "variables": {"q": q, **more}}
    answer: dict[str, Any] = (await client.post("/graphql", json=sent)).json()
    assert "errors" not in answer, answer
    matches: list[dict[str, Any]] = answer["data"]["passages"]
    return matches


def names(matches: list[dict[str, Any]]) -> list[str]:
    return [match["passage"]["key"].removeprefix("passage:help:") for match in matches]


async def test_passages_are_found_where_no_word_is_shared(
    client: httpx.AsyncClient, writer: Writer, settings: Settings, folder: Path
) -> None:
    ingest(writer, settings, folder)
    english, *_ = await found(client, REFUND)
    assert english["passage"]["key"] == "passage:help:returns.md#1"
    assert english["wordShare"] == 0
    assert english["similarity"] > 0.3
    chinese, *_ = await found(client, REFUND_ZH)
    assert chinese["passage"]["key"] == "passage:help:zh/退款.md#1"
    assert chinese["similarity"] > 0.4
    assert names(await found(client, REFUND, kind="POLICY")) == ["returns.md#1"]
    # Nothing here answers that.
    assert await found(client, "Qui a peint la Joconde?") == []


async def test_a_passage_goes_with_its_document(
    client: httpx.AsyncClient, writer: Writer, settings: Settings, folder: Path
) -> None:
    ingest(writer, settings, folder)
    (folder / "returns.md").write_text("# Refunds\n\nOpened software is excluded from refunds.\n")
    changed = ingest(writer, settings, folder)
    assert changed.written == 1
    again, *_ = await found(client, "Do I get my money back for a used computer program?")
    assert again["passage"]["text"] == "Opened software is excluded from refunds."
    assert again["similarity"] > 0.3
    roll_back_run(writer, changed.run)
    # The earlier text is back without a vector, not with one that was kept.
    [back] = await found(client, "money goods")
    assert (back["passage"]["key"], back["similarity"]) == ("passage:help:returns.md#1", None)
    embed_written_passages(writer.connection, settings)
    writer.connection.execute("CALL db.awaitIndexes(60)")
    assert names(await found(client, REFUND))[0] == "returns.md#1"
    (folder / "returns.md").unlink()
    ingest(writer, settings, folder)
    assert "returns.md#1" not in names(await found(client, REFUND))
    assert "returns.md#1" not in names(await found(client, "money back"))


async def test_what_is_about_a_product_ranks_higher(
    client: httpx.AsyncClient, writer: Writer, settings: Settings, folder: Path
) -> None:
    ingest(writer, settings, folder)
    q = "How long does the battery of it last?"
    about = names(await found(client, q, about=key("cam1")))
    assert about[0] == "batteries.md#1"
    wider = names(await found(client, "repairs lenses", about=key("cam1")))
    assert (
        {"acme.md#1", "photo.md#1"} <= set(wider) <= {"batteries.md#1", "acme.md#1", "photo.md#1"}
    )
    # The tripod is of another brand, in the same category.
    assert names(await found(client, "repairs lenses", about=key("tri1"))) == ["photo.md#1"]
    q = "Who repairs it within days?"
    free = await found(client, q)
    favoured = await found(client, q, favour=key("cam1"))
    assert set(names(free)) <= set(names(favoured))
    plain = {match["passage"]["key"]: match["score"] for match in free}
    gains = {
        match["passage"]["key"]: round(match["score"] - plain[match["passage"]["key"]], 6)
        for match in favoured
        if match["passage"]["key"] in plain
    }
    assert gains["passage:help:acme.md#1"] == 0.1
    assert gains.get("passage:help:delivery.md#1", 0.0) == 0


async def test_vectors_of_two_encoders_never_meet(
    client: httpx.AsyncClient, writer: Writer, settings: Settings, folder: Path
) -> None:
    ingest(writer, settings, folder)
    live = live_models(writer.connection)
    assert {kind: live[kind].written for kind in ("passage", "passage_zh")} == {
        "passage": 5,
        "passage_zh": 2,
    }
    # Another encoder of the same length: the server's question is not compared with it.
    writer.connection.execute(
        "MATCH (m:Model {kind: 'passage', live: true}) SET m.encoder = 'another'"
    )
    assert await found(client, REFUND) == []
    assert names(await found(client, REFUND_ZH))[0] == "zh/退款.md#1"
    # Settings with another encoder write no vectors beside those that are there.
    (folder / "more.md").write_text("# More\n\nVouchers are valid for a year.\n")
    embed = settings.embed.model_copy(update={"text_model": "bge-small-zh-q"})
    ingest(writer, settings.model_copy(update={"embed": embed}), folder)
    [row] = writer.connection.execute(
        "MATCH (p:Passage {key: 'passage:help:more.md#1'}) RETURN p.passage_embedding_a AS a, "
        "p.passage_embedding_b AS b"
    )
    assert (row["a"], row["b"]) == (None, None)


async def test_without_an_encoder_words_answer(
    writer: Writer, settings: Settings, folder: Path
) -> None:
    ingest(writer, settings, folder)
    async with open_client(create_app(settings, None)) as plain:
        [match] = await found(plain, "money goods")
        assert match["passage"]["key"] == "passage:help:returns.md#1"
        assert (match["similarity"], match["wordShare"]) == (None, 1.0)
        assert await found(plain, REFUND) == []
        assert names(await found(plain, "全额返还"))[0] == "zh/退款.md#1"


async def test_the_command_ingests_and_embeds(
    client: httpx.AsyncClient,
    writer: Writer,
    settings: Settings,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("catalograph.settings.load_settings", lambda: settings)
    monkeypatch.chdir(folder.parent)
    done = CliRunner().invoke(app, ["ingest", "documents", str(folder), "--source", "help"])
    assert done.exit_code == 0, done.output
    assert "5 passages are found by meaning (passage)" in done.output
    writer.connection.execute("CALL db.awaitIndexes(60)")
    assert names(await found(client, REFUND))[0] == "returns.md#1"
    again = CliRunner().invoke(app, ["embed", "passage", "--json"])
    assert '"unchanged": true' in again.stdout, again.output


def test_retrieval_is_measured(connection: Connection, settings: Settings) -> None:
    connection.execute("MATCH (n:Document|Passage) DETACH DELETE n")
    connection.execute("MATCH (m:Model) WHERE m.kind STARTS WITH 'passage' DETACH DELETE m")
    rows = [
        ("Will I be reimbursed?", "You get your money back within a week.", "p1"),
        ("When does it come?", "Parcels arrive after three days.", "p1"),
        ("Who made this?", "The parcels are of paper.", "p2"),
        ("钱什么时候还给我", "退款一周内到账。", "p2"),
    ]
    questions = [AskedQuestion(text, None, answer, product) for text, answer, product in rows]
    found = evaluate_retrieval(settings, connection, questions, questions)
    by_name = {row.model: row.metrics for row in found}
    assert by_name["BM25, en"]["recall@10"] == 0
    assert by_name["fused, en"]["recall@10"] >= 1 / 3
    assert by_name["fused, of the product, zh"]["mrr@10"] == 1
    assert 0 <= by_name["fused"]["told_apart"] <= 1
