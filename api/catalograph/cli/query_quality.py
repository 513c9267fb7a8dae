"""Quality of the understanding of search words, by questions to the API about a real graph."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalograph.api import create_app
from catalograph.cli.search_quality import ingest_any, open_work_folder
from catalograph.errors import EvaluationDataError, MissingExtraError
from catalograph.evaluation.query_understanding import (
    FIRST,
    PlantedQuery,
    QueryCatalogue,
    QueryJudgement,
    plant_queries,
    precision_of,
)
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.settings import Settings, load_settings
from catalograph.store import connect, migrate
from catalograph.store.managed_server import child_server
from catalograph.store.queries.vocabulary import SAMPLE, read_vocabulary_now

_SEARCH = """query($query: String!, $first: Int!, $understand: Boolean!) {
  products(first: $first, query: $query, understand: $understand) {
    nodes { key }
    understood { constraints { kind keys label negated min max applied } }
  }
}"""
Say = Callable[[str], None]


def evaluate_queries(
    catalog: Path,
    work: Path | None,
    count: int,
    templates: str,
    seed: int,
    say: Say = lambda _: None,
    show: int = 0,
) -> list[BenchmarkRow]:
    """Ask questions with planted constraints; measure their readings and the first results.

    Args:
        catalog: file that `ingest_catalog` reads, by a shipped or a guessed mapping.
        work: folder to keep the graph in; None keeps nothing.
        count: number of questions.
        templates: name of a set of templates.
        seed: seed of the questions.
        say: callback that receives the current step.
        show: largest number of questions that are not right to tell.

    Raises:
        EvaluationDataError: the catalogue is too large to judge, or yields too few questions.
        MissingExtraError: the extra `client` is not installed.
    """
    with (
        open_work_folder(work) as home,
        child_server(load_settings(home=home), home / "server") as server,
    ):
        settings = server.settings
        with connect(settings) as connection:
            migrate(connection, settings.user_secret_fingerprint)
            report = ingest_any(catalog, settings)
            say(f"{report.rows:,} rows, {report.written:,} written, {report.seconds:.0f} s")
            connection.execute("CALL db.awaitIndexes(600)")
            names, products = read_vocabulary_now(connection)
            if len(products) >= SAMPLE:
                raise EvaluationDataError(
                    f"'{catalog}' has {SAMPLE:,} products or more; take a part of it."
                )
            catalogue = QueryCatalogue(names, products)
            queries = plant_queries(catalogue, templates, count, seed)
        with Profiler() as watch:
            judgement = asyncio.run(_ask_all(settings, catalogue, queries))
    for text, told in judgement.errors[:show]:
        say(f"{text}: {'; '.join(told) or 'nothing understood'}")
    return [watch.row("understood", _measures(judgement, len(queries)), len(queries), {
        "templates": templates, "right": judgement.right, "searched": judgement.searched,
        "wrong": judgement.wrong,
    })]  # fmt: skip


def _measures(judgement: QueryJudgement, count: int) -> dict[str, float]:
    return {
        "right": judgement.right / count,
        "searched as words": judgement.searched / count,
        "wrong in silence": judgement.wrong / count,
        f"precision@{FIRST}": sum(judgement.precision) / count,
        f"precision@{FIRST} of words": sum(judgement.plain_precision) / count,
    }


async def _ask_all(
    settings: Settings, catalogue: QueryCatalogue, queries: Sequence[PlantedQuery]
) -> QueryJudgement:
    try:
        import httpx
    except ModuleNotFoundError as exc:
        raise MissingExtraError("httpx", "client") from exc
    products = {
        product.key: (facts, product.price)
        for product, facts in zip(catalogue.products, catalogue.facts, strict=True)
    }
    judgement = QueryJudgement()
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as client,
    ):
        for query in queries:
            for understand in (True, False):
                answer = await _ask(client, query.text, understand=understand)
                keys = [node["key"] for node in answer["nodes"]]
                precision = precision_of(query, keys, products)
                if understand:
                    judgement.judge(query, answer["understood"]["constraints"])
                    judgement.precision.append(precision)
                else:
                    judgement.plain_precision.append(precision)
    return judgement


async def _ask(client: Any, text: str, *, understand: bool) -> Mapping[str, Any]:
    variables = {"query": text, "first": FIRST, "understand": understand}
    response = await client.post("/graphql", json={"query": _SEARCH, "variables": variables})
    answer: Mapping[str, Any] = response.json()
    if "errors" in answer:
        raise EvaluationDataError(f"The API refused '{text}': {answer['errors'][0]['message']}")
    found: Mapping[str, Any] = answer["data"]["products"]
    return found
