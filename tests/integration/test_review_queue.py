"""The review queue in the graph: claims without clashes, decisions with effects, undo, import."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from typer.testing import CliRunner

from catalograph.api import create_app
from catalograph.assistant.content import Brief, ContentWriter, read_for_text, store_drafts
from catalograph.cli import app
from catalograph.errors import ConflictError, InvalidInputError, NotFoundError
from catalograph.ingest.extract import Finding
from catalograph.ingest.extraction_stage import ExtractionStage
from catalograph.ingest.review.desk import GraphReviewDesk
from catalograph.ingest.review.facts import doubted_question, imputed_question, value_question
from catalograph.ingest.review.imputed import ask_about, list_rejected
from catalograph.schema import (
    Node,
    Origin,
    SourceRecord,
    SourceSupport,
    Span,
    Triple,
    brand,
    category,
    keys,
    value,
)
from catalograph.schema.generated_content import ContentKind
from catalograph.schema.review import (
    ReviewCase,
    ReviewDecisionRequest,
    ReviewFilter,
    ReviewState,
    ReviewVerdict,
)
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, content_hash
from catalograph.store.models.imputed import read_extracted_facts
from catalograph.store.queries.contents import read_judgements
from catalograph.store.queries.review_queue import claim_items, put_items, read_items
from tests.conftest import wipe
from tests.integration.test_kills import environment
from tests.integration.test_texts import FirstWord

from .conftest import open_client

pytestmark = pytest.mark.neo4j
EVERYTHING = ReviewFilter()
LAMPS = 60


def product(id_: str, title: str) -> SourceRecord:
    key = keys.product_key("shop", id_)
    node = Node(
        "Product",
        key,
        {"source": "shop", "id": id_, "listed": True, "title": title, "price": 9.5,
         "currency": "EUR"},
    )  # fmt: skip
    column = SourceSupport("column")
    triples = (
        Triple(key, "HAS_BRAND", brand("Acme"), column),
        Triple(key, "IN_CATEGORY", category(["Home", "Lamps"]), column),
    )
    source = keys.source_key("shop", "catalog", id_)
    return SourceRecord(source, "shop", f"{id_} {title}", (node,), triples)


def doubt(id_: str, style: str, confidence: float = 0.4) -> Any:
    text = f"red {style} lamp"
    span = Span("title", 4, 4 + len(style))
    finding = Finding("style", style, "tagger", "1", confidence, span)
    return value_question(keys.product_key("shop", id_), finding, text, "Lamps")


@pytest.fixture
def graph(connection: Connection) -> Connection:
    """A graph with lamps, and no questions."""
    wipe(connection)
    writer = Writer(connection)
    lamps = [product(str(n), "red plain lamp") for n in range(LAMPS)]
    writer.write_records(lamps, writer.start_run("test"))
    return connection


@pytest.fixture
def alone(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a home of its own, in which one reviewer decides each item."""
    review = settings.review.model_copy(update={"second_share": 0.0})
    return settings.model_copy(update={"home": tmp_path / "home", "review": review})


@pytest.fixture
def desk(graph: Connection, alone: Settings) -> GraphReviewDesk:
    return GraphReviewDesk(alone, graph)


def verdict(case: ReviewCase, said: str, correction: str | None = None) -> ReviewDecisionRequest:
    return ReviewDecisionRequest(case.key, ReviewVerdict(said), correction)


def styles(connection: Connection) -> dict[str, str]:
    rows = connection.execute(
        "MATCH (p:Product)-[:HAS_VALUE]->(v:Value {attribute: 'style'}) "
        "RETURN p.id AS id, v.name AS name"
    )
    return {row["id"]: row["name"] for row in rows}


def waiting(desk: GraphReviewDesk, kind: str | None = None) -> tuple[ReviewCase, ...]:
    return desk.list_cases(ReviewFilter(kind), ReviewState.WAITING, 100, None).cases


# --- values: order, effects, undo, training rows


def test_values_are_asked_once_least_certain_first_and_page_by_page(
    graph: Connection, desk: GraphReviewDesk
) -> None:
    questions = [doubt("1", "plain", 0.8), doubt("2", "round", 0.45), doubt("3", "tall", 0.3)]
    assert (put_items(graph, questions), put_items(graph, questions)) == (3, 0)
    first = desk.list_cases(EVERYTHING, ReviewState.WAITING, 2, None)
    assert [case.proposed for case in first.cases] == ["round", "tall"]
    rest = desk.list_cases(EVERYTHING, ReviewState.WAITING, 2, first.after)
    assert ([case.proposed for case in rest.cases], rest.after, rest.total) == (["plain"], None, 3)
    [case] = rest.cases
    assert case.text is not None
    assert case.text[case.start : case.end] == "plain"
    [side] = case.sides
    assert (side.title, dict(side.fields)["price"]) == ("red plain lamp", "9.5 EUR")
    with pytest.raises(InvalidInputError, match="did you mean|Did you mean"):
        desk.list_cases(ReviewFilter("values"), ReviewState.WAITING, 2, None)
    with pytest.raises(InvalidInputError, match="no place in this list"):
        desk.list_cases(EVERYTHING, ReviewState.WAITING, 2, "x")


def test_decisions_change_the_graph_and_undo_takes_them_back_exactly(
    graph: Connection, desk: GraphReviewDesk
) -> None:
    before = content_hash(graph)
    put_items(graph, [doubt("1", "plain"), doubt("2", "round"), doubt("3", "tall")])
    plain, round_, tall = sorted(waiting(desk), key=lambda case: str(case.proposed))
    done = desk.decide(
        [verdict(plain, "accept"), verdict(round_, "reject"), verdict(tall, "correct", "short")],
        "ann",
    )
    assert [case.verdict for case in done] == [
        ReviewVerdict.ACCEPT,
        ReviewVerdict.REJECT,
        ReviewVerdict.CORRECT,
    ]
    assert styles(graph) == {"1": "plain", "3": "short"}
    assert waiting(desk) == ()
    rows = list(desk.queue.training_rows())
    assert {"input": "red plain lamp", "category": "Lamps",
            "target_scores": {"style": {"plain": 1}}} in rows  # fmt: skip
    assert {"input": "red round lamp", "category": "Lamps",
            "target_scores": {"style": {"n/a": 1}}} in rows  # fmt: skip
    with pytest.raises(ConflictError, match="'bob' has not decided"):
        desk.undo([plain.key], "bob")
    undone = desk.undo([plain.key, round_.key, tall.key], "ann")
    assert {case.claimed_by for case in undone} == {"ann"}
    assert styles(graph) == {}
    assert content_hash(graph) == before
    assert len(waiting(desk)) == 3
    assert list(desk.queue.training_rows()) == []


def test_a_wrong_request_decides_nothing(graph: Connection, desk: GraphReviewDesk) -> None:
    put_items(graph, [doubt("1", "plain")])
    [case] = waiting(desk)
    unknown = ReviewDecisionRequest("review-item:none", ReviewVerdict.ACCEPT)
    for requests, error, words in (
        ([verdict(case, "accept"), unknown], NotFoundError, "no item review-item:none"),
        ([verdict(case, "correct")], InvalidInputError, "needs the right value"),
        ([verdict(case, "correct", "plain")], InvalidInputError, "accept it instead"),
        ([verdict(case, "correct", "n/a")], InvalidInputError, "stands for no value"),
        ([verdict(case, "accept", "tall")], InvalidInputError, "Leave the value out"),
    ):
        with pytest.raises(error, match=words):
            desk.decide(requests, "ann")
    assert waiting(desk)[0].opinions == ()
    assert styles(graph) == {}


def test_doubtful_facts_go_when_rejected_and_come_back_by_undo(
    graph: Connection, desk: GraphReviewDesk
) -> None:
    # Given facts that an extractor read, and that other facts contradict
    store = Writer(graph)
    ExtractionStage(store, FirstWord(), store.start_run("test")).take([product("1", "silk lamp")])
    before = content_hash(graph)
    fact = f"assertion:{keys.product_key('shop', '1')}\tHAS_VALUE\tvalue:colour=silk"
    graph.execute("MATCH (p:Product {id: '1'}) SET p.title = 'silk lamp'")
    before = content_hash(graph)
    [found] = read_extracted_facts(graph, [fact])
    question = doubted_question(found, 0.1)
    assert question is not None
    put_items(graph, [question])
    [case] = waiting(desk, "plausibility")
    assert case.notes[0].zh == "图中的其他事实与之矛盾。"
    # When it is rejected it goes, and a changed text does not bring it back
    desk.decide([verdict(case, "reject")], "ann")
    assert graph.execute("MATCH (v:Value {attribute: 'colour'}) RETURN v") == []
    # When that is undone, the graph is as before
    desk.undo([case.key], "ann")
    assert content_hash(graph) == before
    desk.decide([verdict(case, "reject")], "ann")
    stage = ExtractionStage(store, FirstWord(), store.start_run("test"), queue=desk.queue)
    stage.take([product("1", "silk lampshade")])
    assert graph.execute("MATCH (v:Value {attribute: 'colour'}) RETURN v") == []


def test_imputed_facts_are_asserted_or_never_imputed_again(
    graph: Connection, desk: GraphReviewDesk
) -> None:
    def guess(id_: str, style: str) -> Triple:
        support = SourceSupport("complete-combined", "1", Origin.IMPUTED, 0.85)
        return Triple(keys.product_key("shop", id_), "HAS_VALUE", value("style", style), support)

    store = Writer(graph)
    guesses = [guess("1", "plain"), guess("2", "tall")]
    records = [
        SourceRecord(keys.source_key("shop", "imputed", str(n)), "shop", "1", triples=(triple,))
        for n, triple in enumerate(guesses, start=1)
    ]
    store.write_records(records, store.start_run("test"))
    before = content_hash(graph)
    products = [triple.head for triple in guesses]
    assert ask_about(graph, products, guesses, desk.queue.put) == 2
    plain, tall = sorted(waiting(desk, "imputed"), key=lambda case: str(case.proposed))
    assert (plain.category, plain.confidence) == ("Lamps", 0.85)
    desk.decide([verdict(plain, "accept"), verdict(tall, "reject")], "ann")
    assert styles(graph) == {"1": "plain"}
    assert list_rejected(graph) == {(products[1], "value:style=tall")}
    rows = graph.execute(
        "MATCH (:Assertion {key: $key}) RETURN 1 AS n",
        key=keys.assertion_key(products[1], "HAS_VALUE", "value:style=tall"),
    )
    assert rows == []
    desk.undo([plain.key, tall.key], "ann")
    assert content_hash(graph) == before
    # A guess that went takes its question with it.
    assert ask_about(graph, products, guesses[:1], desk.queue.put) == 0
    assert [case.proposed for case in waiting(desk, "imputed")] == ["plain"]
    assert imputed_question(guesses[0], None).key == plain.key


async def written_text(graph: Connection, id_: str) -> None:
    found = read_for_text(graph, keys.product_key("shop", id_))
    assert found is not None
    facts, judgements = found
    drafts = await ContentWriter().draft(facts, Brief(ContentKind.TITLE, "en"), 1)
    store_drafts(graph, facts, drafts, judgements)


def test_generated_texts_are_judged_and_a_changed_one_is_asked_anew(
    graph: Connection, desk: GraphReviewDesk
) -> None:
    asyncio.run(written_text(graph, "1"))
    [case] = waiting(desk, "text")
    assert case.text
    assert not case.correctable
    with pytest.raises(InvalidInputError, match="accept or reject it"):
        desk.decide([verdict(case, "correct", "Better")], "ann")
    desk.decide([verdict(case, "accept")], "ann")
    assert [one.accepted for one in read_judgements(graph)] == [True]
    desk.undo([case.key], "ann")
    assert read_judgements(graph) == []
    desk.decide([verdict(case, "reject")], "ann")
    assert [one.accepted for one in read_judgements(graph)] == [False]
    # The same text is not asked about again; another one of the same product is.
    asyncio.run(written_text(graph, "1"))
    assert waiting(desk, "text") == ()
    store = Writer(graph)
    store.write_records([product("1", "Another lamp")], store.start_run("test"))
    asyncio.run(written_text(graph, "1"))
    [again] = waiting(desk, "text")
    assert again.text != case.text


# --- several reviewers


def test_two_at_once_decide_fifty_items_without_a_clash(graph: Connection, alone: Settings) -> None:
    put_items(graph, [doubt(str(n), "plain", 0.3 + n / 1000) for n in range(50)])
    got: dict[str, list[str]] = {"ann": [], "bob": []}
    start = threading.Barrier(2)

    def work(reviewer: str) -> None:
        mine = GraphReviewDesk(alone, graph)
        start.wait()
        while cases := mine.claim(EVERYTHING, reviewer, 3):
            got[reviewer] += [case.key for case in cases]
            mine.decide([verdict(case, "accept") for case in cases], reviewer)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, got))
    assert len(got["ann"]) + len(got["bob"]) == 50 == len({*got["ann"], *got["bob"]})
    assert min(map(len, got.values())) > 0
    assert len(styles(graph)) == 50
    for count in GraphReviewDesk(alone, graph).read_progress().reviewers:
        assert count.count == len(got[count.name])


def test_claims_of_twenty_at_once_share_no_item(graph: Connection) -> None:
    put_items(graph, [doubt(str(n), "plain") for n in range(50)])

    def claim(n: int) -> list[str]:
        return claim_items(graph, EVERYTHING, f"reviewer {n}", 5, timedelta(minutes=5))

    with ThreadPoolExecutor(8) as pool:
        got = [key for keys_ in pool.map(claim, range(20)) for key in keys_]
    assert len(got) == len(set(got)) == 50


def test_a_claim_is_renewed_released_and_expires(
    graph: Connection, desk: GraphReviewDesk, alone: Settings
) -> None:
    put_items(graph, [doubt("1", "plain"), doubt("2", "tall")])
    first = [case.key for case in desk.claim(EVERYTHING, "ann", 1)]
    assert [case.key for case in desk.claim(EVERYTHING, "ann", 1)] == first
    assert first[0] not in {case.key for case in desk.claim(EVERYTHING, "bob", 5)}
    case = read_items(graph, first)[first[0]]
    with pytest.raises(ConflictError, match="Another reviewer holds"):
        desk.decide([ReviewDecisionRequest(case.key, ReviewVerdict.ACCEPT)], "bob")
    assert desk.release(first, "bob") == 0
    assert desk.release(first, "ann") == 1
    desk.claim(EVERYTHING, "bob", 5)
    graph.execute("MATCH (i:ReviewItem) SET i.claimed_until = datetime() - duration('PT1S')")
    assert len(desk.claim(EVERYTHING, "ann", 5)) == 2


def test_a_second_reviewer_measures_agreement_and_a_third_settles_a_dispute(
    graph: Connection, alone: Settings
) -> None:
    both = alone.review.model_copy(update={"second_share": 1.0})
    desk = GraphReviewDesk(alone.model_copy(update={"review": both}), graph)
    put_items(graph, [doubt(str(n), "plain") for n in range(4)])
    cases = waiting(desk)
    desk.decide([verdict(case, "accept") for case in cases], "ann")
    # The first decision counts at once, and the items wait for somebody else.
    assert len(styles(graph)) == 4
    assert desk.claim(EVERYTHING, "ann", 10) == ()
    assert len(desk.claim(EVERYTHING, "bob", 10)) == 4
    desk.decide([verdict(case, "accept") for case in cases[:3]], "bob")
    desk.decide([verdict(cases[3], "reject")], "bob")
    *_, agreement = desk.read_progress().agreement
    assert (agreement.items, agreement.share) == (4, 0.75)
    *_, counts = desk.read_progress().counts
    assert (counts.second, counts.decided, counts.disputed) == (1, 3, 1)
    assert len(styles(graph)) == 4
    desk.decide([verdict(cases[3], "reject")], "cy")
    assert len(styles(graph)) == 3
    *_, counts = desk.read_progress().counts
    assert (counts.second, counts.decided, counts.disputed) == (0, 4, 1)


def test_a_verdict_that_a_process_left_is_followed_by_the_next_decision(
    graph: Connection, desk: GraphReviewDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_items(graph, [doubt("1", "plain"), doubt("2", "tall")])
    plain, tall = sorted(waiting(desk), key=lambda case: str(case.proposed))
    with monkeypatch.context() as broken:
        broken.setattr(desk, "_settle", lambda items: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            desk.decide([verdict(plain, "accept")], "ann")
    assert styles(graph) == {}
    graph.execute("MATCH (i:ReviewItem) SET i.decided = i.decided - duration('PT1H')")
    desk.decide([verdict(tall, "reject")], "ann")
    assert styles(graph) == {"1": "plain"}


# --- the file of an earlier version


def old_file(path: Path) -> None:
    """Write a queue as versions before schema 11 did."""
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE aside (id TEXT PRIMARY KEY, product TEXT NOT NULL, attribute TEXT NOT "
            "NULL, name TEXT NOT NULL, number REAL, unit TEXT, field TEXT NOT NULL, start INTEGER "
            'NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, category TEXT, extractor TEXT '
            "NOT NULL, version TEXT NOT NULL, confidence REAL NOT NULL, seen TEXT NOT NULL, "
            "accepted INTEGER, decided TEXT)"
        )
        for n, accepted in enumerate((None, 1, 0)):
            question = doubt(str(n), "plain")
            database.execute(
                "INSERT INTO aside VALUES (?, ?, 'style', 'plain', NULL, NULL, 'title', 4, 9, "
                "'red plain lamp', 'Lamps', 'tagger', '1', 0.4, '2026-01-01T00:00:00+00:00', ?, ?)",
                (question.id, question.product, accepted,
                 None if accepted is None else "2026-02-01T00:00:00+00:00"),
            )  # fmt: skip


def test_the_file_of_an_earlier_version_is_imported_once(
    graph: Connection, alone: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    old_file(alone.home / "aside.sqlite")
    desk = GraphReviewDesk(alone, graph)
    assert desk.queue.list_settled([doubt("1", "plain").product]) == {
        doubt("1", "plain").product: frozenset({"value:style=plain"})
    }
    assert "1 waiting values and 2 decisions" in caplog.text
    [case] = waiting(desk)
    assert case.key == doubt("0", "plain").key
    assert not (alone.home / "aside.sqlite").exists()
    assert (alone.home / "aside.sqlite.imported").exists()
    assert len(list(desk.queue.training_rows())) == 1
    again = GraphReviewDesk(alone, graph)
    assert len(waiting(again)) == 1


# --- GraphQL and the command line

ITEM = "key kind proposed verdict correction decisions { reviewer verdict } claimedBy"
CLAIM = f"""mutation($input: ClaimReviewItemsInput!) {{ claimReviewItems(input: $input) {{
  ... on ClaimedReviewItems {{ reviewer items {{ {ITEM} }} }}
  ... on MutationError {{ code message path }} }} }}"""
DECIDE = f"""mutation($input: DecideReviewItemsInput!) {{ decideReviewItems(input: $input) {{
  ... on DecidedReviewItems {{ items {{ {ITEM} }} }}
  ... on MutationError {{ code message path }} }} }}"""
UNDO = f"""mutation($input: UndoReviewInput!) {{ undoReview(input: $input) {{
  ... on UndoneReviewItems {{ items {{ {ITEM} }} }}
  ... on MutationError {{ code message path }} }} }}"""
RELEASE = """mutation($input: ReleaseReviewItemsInput!) { releaseReviewItems(input: $input) {
  ... on ReleasedReviewItems { released } ... on MutationError { code message path } } }"""
QUEUE = """query($first: Int!, $after: String, $state: ReviewState! = WAITING) {
  reviewQueue(kind: "value", category: "Lamps", first: $first, after: $after, state: $state) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { key text start end proposed confidence notes { en zh } correctable verdict
      records { key title fields { name text } } features { name value contribution } } }
  reviewProgress { counts { kind waiting claimed second decided disputed }
    agreement { kind items share kappa } reviewers { name count } attributes { name count }
    categories { name count } } }"""


@pytest.fixture
async def client(graph: Connection, alone: Settings) -> AsyncIterator[httpx.AsyncClient]:
    desk = GraphReviewDesk(alone, graph, shared_run=True)
    async with open_client(create_app(alone, review=desk)) as opened:
        yield opened


async def send(client: httpx.AsyncClient, document: str, **variables: Any) -> Any:
    response = await client.post("/graphql", json={"query": document, "variables": variables})
    answer = response.json()
    assert "errors" not in answer, answer
    return answer["data"]


@pytest.mark.anyio
async def test_a_queue_is_worked_off_over_graphql(
    graph: Connection, client: httpx.AsyncClient
) -> None:
    put_items(graph, [doubt(str(n), "plain", 0.3 + n / 100) for n in range(5)])
    data = await send(client, QUEUE, first=2)
    page = data["reviewQueue"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (5, True)
    [node, _] = page["nodes"]
    assert node["text"][node["start"] : node["end"]] == "plain"
    assert node["records"][0]["title"] == "red plain lamp"
    assert data["reviewProgress"]["counts"][-1]["waiting"] == 5
    assert data["reviewProgress"]["attributes"] == [{"name": "style", "count": 5}]
    rest = await send(client, QUEUE, first=5, after=page["pageInfo"]["endCursor"])
    assert len(rest["reviewQueue"]["nodes"]) == 3

    claimed = await send(client, CLAIM, input={"first": 3, "reviewer": "ann"})
    items = claimed["claimReviewItems"]["items"]
    assert {item["claimedBy"] for item in items} == {"ann"}
    others = await send(client, CLAIM, input={"first": 10, "reviewer": "bob"})
    assert len(others["claimReviewItems"]["items"]) == 2
    keys_ = [item["key"] for item in items]
    decisions = [{"key": key, "verdict": "ACCEPT"} for key in keys_]
    done = await send(client, DECIDE, input={"decisions": decisions, "reviewer": "ann"})
    assert [item["verdict"] for item in done["decideReviewItems"]["items"]] == ["ACCEPT"] * 3
    assert len(styles(graph)) == 3
    clash = await send(client, DECIDE, input={
        "decisions": [{"key": o["key"], "verdict": "REJECT"} for o in
                      others["claimReviewItems"]["items"]], "reviewer": "ann"})  # fmt: skip
    assert clash["decideReviewItems"]["code"] == "CONFLICT"
    undone = await send(client, UNDO, input={"keys": keys_[:1], "reviewer": "ann"})
    assert undone["undoReview"]["items"][0]["verdict"] is None
    assert len(styles(graph)) == 2
    data = await send(client, QUEUE, first=5, state="DECIDED")
    assert len(data["reviewQueue"]["nodes"]) == 2
    free = await send(client, RELEASE, input={"keys": keys_, "reviewer": "ann"})
    assert free["releaseReviewItems"]["released"] == 1
    for document, given, code in (
        (CLAIM, {"first": 0, "reviewer": "ann"}, "INVALID_INPUT"),
        (CLAIM, {"first": 5}, "INVALID_INPUT"),
        (CLAIM, {"kind": "pears", "reviewer": "ann"}, "INVALID_INPUT"),
        (UNDO, {"keys": ["review-item:none"], "reviewer": "ann"}, "NOT_FOUND"),
        (UNDO, {"keys": [], "reviewer": "ann"}, "INVALID_INPUT"),
    ):
        [refused] = (await send(client, document, input=given)).values()
        assert refused["code"] == code, refused


@pytest.fixture
def shell(alone: Settings, graph: Connection, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, said in environment(alone).items():
        monkeypatch.setenv(name, said)
    monkeypatch.setenv("CATALOGRAPH_HOME", str(alone.home))
    monkeypatch.setenv("CATALOGRAPH_REVIEW__SECOND_SHARE", "0")

    def call(*arguments: str) -> Any:
        result = CliRunner().invoke(app, ["review", *arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return orjson.loads(result.stdout)

    return call


def test_the_commands_use_the_same_queue(
    graph: Connection, shell: Any, alone: Settings, tmp_path: Path
) -> None:
    put_items(graph, [doubt(str(n), "plain") for n in range(3)])
    listed = shell("--kind", "value", "--category", "Lamps")
    assert listed["waiting"]["value"] == 3
    ids: Sequence[str] = [item["id"] for item in listed["items"]]
    assert shell("accept", ids[0], "--reviewer", "ann")["waiting"] == 2
    assert shell("correct", ids[1], "tall", "--reviewer", "ann")["waiting"] == 1
    assert shell("reject", ids[2], "--reviewer", "bob")["waiting"] == 0
    assert sorted(styles(graph).values()) == ["plain", "tall"]
    assert shell("undo", ids[1], "--reviewer", "ann")["undone"] == 1
    assert sorted(styles(graph).values()) == ["plain"]
    progress = shell("progress")
    assert progress["reviewers"] == [{"name": "ann", "count": 1}, {"name": "bob", "count": 1}]
    assert shell("export", str(tmp_path / "rows.jsonl"))["rows"] == 1
    plain = CliRunner().invoke(app, ["review"], catch_exceptions=False)
    assert "1 wait for a decision" in plain.stdout
