"""Quality of the assistant's answers, by questions to the API about a real graph."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from catalograph.api import create_app
from catalograph.cli.new_passages import embed_written_passages
from catalograph.cli.search_quality import ingest_any, open_work_folder
from catalograph.cli.wording_model import GatewayModel, open_wording_model
from catalograph.errors import EvaluationDataError, MissingExtraError
from catalograph.evaluation.query_understanding import QueryCatalogue
from catalograph.evaluation.questions import (
    AnswerJudgement,
    QuestionRow,
    make_hop_questions,
    make_questions,
    read_questions,
    write_questions,
)
from catalograph.ingest import ReviewMapping, ingest_documents, ingest_orders, ingest_reviews
from catalograph.ingest.aspects import load_aspect_reader
from catalograph.ingest.documents import DocumentOptions
from catalograph.ml.live_encoder import LiveTextEncoder
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema import keys
from catalograph.settings import Settings, load_settings
from catalograph.store import Connection, connect, migrate, open_store
from catalograph.store.managed_server import child_server
from catalograph.store.queries.vocabulary import SAMPLE, read_vocabulary_now

QUESTIONS = "questions.jsonl"
"""Name of the file of questions in the folder that `make_question_folder` writes."""
_DOCUMENTS, _ORDERS, _REVIEWS = "documents.json", "orders.jsonl", "reviews.jsonl"
_REVIEW_COLUMNS = ReviewMapping(
    kind="reviews", source="shop", product="product_id", id=("review_id",), user="user_id",
    rating="rating", text="text", time="time",
)  # fmt: skip
_ASK = """query($text: String!, $user: String, $model: Boolean) {
  ask(text: $text, userKey: $user, useModel: $model) {
    status text productKeys plans plannedBy wordedBy statements { text sources }
    table { columns rows { cells } } sources { number kind key text productKey }
  }
}"""
Say = Callable[[str], None]


def make_question_folder(
    catalog: Path,
    output: Path,
    work: Path | None,
    count: int,
    templates: str,
    seed: int,
    languages: Sequence[str],
    say: Say,
    *,
    hops: bool = False,
    exact: bool = True,
) -> int:
    """Write questions with documents, reviews and orders that they are about; return their number.

    Args:
        catalog: file that `ingest_catalog` reads, by a shipped or a guessed mapping.
        output: folder to write.
        work: folder to keep the graph in; None keeps nothing.
        count: number of questions in each language.
        templates: name of a set of wordings.
        seed: seed of the questions.
        languages: `en` and `zh`.
        say: callback that receives the current step.
        hops: whether to make questions over several edges, in place of the others; `templates`
            has no effect on them.
        exact: whether each kind of question needs its share of the number.

    Raises:
        EvaluationDataError: the catalogue is too large or has too few facts.
    """
    with open_question_graph(catalog, work, say) as (_, connection):
        names, products = read_vocabulary_now(connection)
    if len(products) >= SAMPLE:
        raise EvaluationDataError(
            f"'{catalog}' has {SAMPLE:,} products or more; take a part of it."
        )
    catalogue = QueryCatalogue(names, products)
    if hops:
        made = make_hop_questions(catalogue, count, seed, languages)
    else:
        made = make_questions(catalogue, templates, count, seed, languages, exact=exact)
    output.mkdir(parents=True, exist_ok=True)
    write_questions(made.rows, output / QUESTIONS)
    (output / _DOCUMENTS).write_bytes(orjson.dumps(made.documents))
    for name, rows in ((_ORDERS, made.orders), (_REVIEWS, made.reviews)):
        (output / name).write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return len(made.rows)


def evaluate_answers(
    catalog: Path,
    questions: Path,
    work: Path | None,
    say: Say,
    show: int,
    limit: int | None = None,
    *,
    use_model: bool = False,
) -> list[BenchmarkRow]:
    """Ask questions about a catalogue and the documents, reviews and orders beside the file.

    Args:
        catalog: file that `ingest_catalog` reads.
        questions: file of questions; see `catalograph.evaluation.questions.QuestionRow`.
        work: folder to keep the graph of the catalogue in; None keeps nothing.
        say: callback that receives the current step.
        show: largest number of questions that are not right to print.
        limit: number of questions to ask, spread evenly over the file; None for all.
        use_model: whether the language model of the settings may plan and word.

    Raises:
        EvaluationDataError: a file cannot be used.
        MissingSettingError: a language model is asked for, and none is configured.
        MissingExtraError: the extra `client` is not installed.
    """
    every = read_questions(questions)
    rows = spread_evenly(every, limit)
    model = open_wording_model(load_settings()) if use_model else None
    with open_question_graph(catalog, work, say, copy=True) as (settings, connection):
        source = find_source(connection)
        ingest_beside(questions.parent, settings, source)
        withhold_facts(connection, every)
        connection.execute("CALL db.awaitIndexes(600)")
        with Profiler() as watch:
            judgement = asyncio.run(_ask_all(settings, connection, rows, source, model))
    for row, answer in judgement.errors[:show]:
        say(f"{row.kind} | {row.question}\n    {answer['status']}: {answer['text'][:300]}")
        say(f"    expected {row.texts or row.products or row.sources}\n    {answer['plans']}")
    config: dict[str, Any] = {"model": None if model is None else model.name}
    config |= judgement.percentiles() | {"by_kind": judgement.by_kind()}
    return [watch.row("answers", judgement.measures(), len(rows), config)]


def spread_evenly(rows: Sequence[QuestionRow], limit: int | None) -> Sequence[QuestionRow]:
    """Return so many questions, spread evenly over a file; all of them for None."""
    return rows if limit is None else rows[:: max(len(rows) // limit, 1)][:limit]


@contextmanager
def open_question_graph(
    catalog: Path, work: Path | None, say: Say, *, copy: bool = False
) -> Iterator[tuple[Settings, Connection]]:
    """Yield settings and connection of a graph with a catalogue; of a copy of it on request."""
    with open_work_folder(work) as home:
        if copy and (home / "server").exists():
            copied = home / "asked"
            shutil.rmtree(copied, ignore_errors=True)
            shutil.copytree(home, copied, ignore=shutil.ignore_patterns(copied.name))
            home = copied
        known = (home / "server").exists()
        with child_server(load_settings(home=home), home / "server") as server:
            settings = server.settings
            with connect(settings) as connection:
                migrate(connection, settings.user_secret_fingerprint)
                if not known:
                    report = ingest_any(catalog, settings)
                    say(f"{report.rows:,} rows, {report.written:,} written, {report.seconds:.0f} s")
                connection.execute("CALL db.awaitIndexes(600)")
                yield settings, connection


def find_source(connection: Connection) -> str:
    """Return the source of most listed products."""
    [row] = connection.execute(
        "MATCH (p:Product) WHERE p.listed WITH p.source AS source, count(*) AS n "
        "ORDER BY n DESC LIMIT 1 RETURN source"
    )
    return str(row["source"])


def ingest_beside(folder: Path, settings: Settings, source: str) -> None:
    """Ingest the documents, orders and reviews that stand beside a file of questions."""
    with open_store(settings) as store:
        if (folder / _DOCUMENTS).exists():
            ingest_documents([folder / _DOCUMENTS], store, settings, DocumentOptions())
            embed_written_passages(store.connection, settings)
        if (folder / _ORDERS).exists():
            ingest_orders([folder / _ORDERS], store, settings, product_source=source, source="shop")
        reviews = folder / _REVIEWS
        if reviews.exists() and reviews.stat().st_size:
            reader = load_aspect_reader("rules")
            ingest_reviews(
                [reviews], store, settings, _REVIEW_COLUMNS, product_source=source, aspects=reader
            )


def withhold_facts(connection: Connection, rows: Iterable[QuestionRow]) -> None:
    """Remove facts as if no record stated them."""
    given = sorted({fact for row in rows for fact in row.withheld})
    facts = [dict(zip(("product", "fact"), one.split("\t"), strict=True)) for one in given]
    connection.execute(
        "UNWIND $facts AS one MATCH (p:Product {key: one.product})"
        "-[f:HAS_BRAND|IN_CATEGORY|HAS_VALUE]->({key: one.fact}) "
        "OPTIONAL MATCH (a:Assertion "
        "{key: 'assertion:' + p.key + '\\t' + type(f) + '\\t' + one.fact}) "
        "DELETE f DETACH DELETE a",
        facts=facts,
    )
    connection.execute(
        "UNWIND $facts AS one MATCH (p:Product {key: one.product}) WHERE one.fact = 'price' "
        "REMOVE p.price, p.price_amount, p.sale_price, p.sale_price_amount",
        facts=facts,
    )


async def _ask_all(
    settings: Settings,
    connection: Connection,
    rows: Sequence[QuestionRow],
    source: str,
    model: GatewayModel | None,
) -> AnswerJudgement:
    judgement = AnswerJudgement()
    async for row, answer, took in ask_questions(settings, rows, source, model):
        judgement.judge(row, answer, _texts_of(connection, answer["sources"]), took)
    return judgement


async def ask_questions(
    settings: Settings, rows: Sequence[QuestionRow], source: str, model: GatewayModel | None = None
) -> AsyncIterator[tuple[QuestionRow, Mapping[str, Any], float]]:
    """Yield questions with the API's answers and the time that each took, in milliseconds.

    Args:
        settings: settings of the graph.
        rows: questions.
        source: source of the products and users that they are about.
        model: language model that may plan and word; None for none.

    Raises:
        EvaluationDataError: the API refuses a question.
        MissingExtraError: the extra `client` is not installed.
    """
    try:
        import httpx
    except ModuleNotFoundError as exc:
        raise MissingExtraError("httpx", "client") from exc
    encoder = LiveTextEncoder(settings, lambda: None, threads=1)
    app = create_app(settings, encoder, wording=model)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=600) as client,
    ):
        # The first question reads the names of the graph and loads the encoder.
        await _ask(client, rows[0], None, use_model=False)
        for row in rows:
            # Orders and reviews name users of the catalogue that their products are in.
            user = row.user and keys.user_key(source, row.user, settings.user_hmac_key)
            begun = time.perf_counter()
            answer = await _ask(client, row, user, use_model=model is not None)
            yield row, answer, 1000 * (time.perf_counter() - begun)


async def _ask(
    client: Any, row: QuestionRow, user: str | None, *, use_model: bool
) -> Mapping[str, Any]:
    response = await client.post(
        "/graphql",
        json={"query": _ASK, "variables": {"text": row.question, "user": user, "model": use_model}},
    )
    answer: Mapping[str, Any] = response.json()
    if "errors" in answer:
        raise EvaluationDataError(
            f"The API refused '{row.question}': {answer['errors'][0]['message']}"
        )
    found: Mapping[str, Any] = answer["data"]["ask"]
    return found


def _texts_of(connection: Connection, sources: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return what the graph has of each source, by key."""
    found = connection.execute(
        "UNWIND $keys AS key OPTIONAL MATCH (n {key: key}) WITH key, n "
        "WITH key, n, split(substring(key, size('assertion:')), '\\t') AS parts "
        "WITH key, n, CASE WHEN key STARTS WITH 'assertion:' THEN EXISTS { "
        "(:Product {key: parts[0]})-[f]->({key: parts[2]}) WHERE type(f) = parts[1] } "
        "ELSE n IS NOT NULL END AS known WHERE known "
        "RETURN key, coalesce(n.heading + '\\n', '') + coalesce(n.text, '') AS text",
        keys=sorted({one["key"] for one in sources}),
    )
    return {row["key"]: row["text"] for row in found}
