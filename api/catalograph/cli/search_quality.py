"""Quality of the API's search on judged products, with the catalogue in a real graph."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.api.inputs import lucene_text
from catalograph.cli.second_stage_quality import FOLDS, measure_second_stage
from catalograph.embed.jobs import run_jobs
from catalograph.embed.ranker.data import RankingQuery, read_judgements
from catalograph.errors import EvaluationDataError, MappingError
from catalograph.ingest import IngestReport, ingest_catalog, propose_mapping
from catalograph.ml.encoders import load_encoder
from catalograph.ml.metrics import graded_ndcg
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema.ranking import WINDOW
from catalograph.settings import Settings, load_settings
from catalograph.store import (
    Connection,
    connect,
    live_text_encoder,
    migrate,
    open_store,
)
from catalograph.store.managed_server import child_server
from catalograph.store.queries.resolve import listed_products
from catalograph.store.queries.search import (
    BOOSTS,
    COMPLETE_BOOST,
    TEXT_SHARE,
    RetrievalMode,
    page_parameters,
    search_parameters,
)

Say = Callable[[str], None]
ALL, JUDGED = "ndcg@10", "ndcg_judged@10"
_FIRST = 10
_RESAMPLES = 10_000
_INTERVAL = (2.5, 97.5)


@dataclass
class _Measured:
    """Measures of one mode, one number for each query."""

    values: dict[str, list[float]] = field(default_factory=lambda: {ALL: [], JUDGED: []})
    milliseconds: list[float] = field(default_factory=list)


def evaluate_search(
    catalog: Path, qrels: Path, work: Path | None, seed: int, say: Say = lambda _: None
) -> list[BenchmarkRow]:
    """Measure each mode of the search, and the second stage above the last one.

    `ndcg@10` ranks the whole catalogue, with unjudged products as useless; `ndcg_judged@10` the
    judged products of each query alone. Queries without a useful product are left out. Intervals
    are percentiles of a bootstrap over the queries (Efron 1979), and that of the gain is paired.

    Args:
        catalog: file that `ingest_catalog` reads, by a shipped or a guessed mapping; judgements
            name products by its ids.
        qrels: judgements; see `catalograph.embed.ranker.data.read_judgements`.
        work: folder to keep the graph in; None keeps nothing.
        seed: seed of the bootstrap.
        say: callback that receives the current step.

    Raises:
        EvaluationDataError: a file cannot be used.
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
            run_jobs(connection, settings, ["text"], progress=lambda _, doing: say(doing))
            # Neo4j fills indexes in the background; an early search would miss products.
            connection.execute("CALL db.awaitIndexes(600)")
            keys = sorted(listed_products(connection))
            index = {key.split(":", 2)[2]: n for n, key in enumerate(keys)}
            queries = [q for q in read_judgements(qrels, index).queries if _useful(q)]
            if not queries:
                raise EvaluationDataError(f"'{qrels}' calls no product useful for any query.")
            encoder = load_encoder(settings, name=live_text_encoder(connection))
            vectors = encoder.encode_queries([query.text for query in queries])
            rows = []
            measured: dict[RetrievalMode, _Measured] = {}
            for mode in RetrievalMode:
                with Profiler() as watch:
                    measured[mode] = _measure(connection, keys, queries, vectors, mode)
                metrics = {name: float(np.mean(v)) for name, v in measured[mode].values.items()}
                config = _config(mode, measured, np.random.default_rng(seed))
                rows.append(watch.row(mode.value, metrics, len(queries), config))
            say("second stage")
            return rows + _second_stage_rows(connection, keys, queries, vectors, measured, seed)


def _second_stage_rows(
    connection: Connection,
    keys: Sequence[str],
    queries: Sequence[RankingQuery],
    vectors: NDArray[np.float32],
    measured: dict[RetrievalMode, _Measured],
    seed: int,
) -> list[BenchmarkRow]:
    """Measure the second stage by cross-validation; none with fewer queries than folds."""
    if len(queries) < FOLDS:
        return []
    base = measured[RetrievalMode.HYBRID]
    with Profiler() as watch:
        stages = measure_second_stage(connection, keys, queries, vectors, seed)
    rows = []
    for name, found in stages.items():
        own = _Measured({ALL: found.all, JUDGED: found.judged}, found.milliseconds)
        metrics = {name: float(np.mean(values)) for name, values in own.values.items()}
        draw = np.random.default_rng(seed).integers(0, len(queries), (_RESAMPLES, len(queries)))
        config = _intervals(own, draw) | _gains(own, base, draw)
        config |= {"folds": FOLDS, "window": WINDOW}
        config["second stage p50 ms"] = round(float(np.median(found.milliseconds)), 2)
        rows.append(watch.row(f"second stage, {name}", metrics, len(queries), config))
    return rows


@contextmanager
def open_work_folder(work: Path | None) -> Iterator[Path]:
    """Yield the folder to keep a graph in; a temporary one for None."""
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
        yield work
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def ingest_any(catalog: Path, settings: Settings) -> IngestReport:
    """Ingest the catalogue by the shipped mapping that fits, else by a guessed one."""
    with open_store(settings) as store:
        try:
            return ingest_catalog([catalog], store, settings)
        except MappingError:
            return ingest_catalog([catalog], store, settings, propose_mapping(catalog, "catalog"))


def _useful(query: RankingQuery) -> bool:
    return max(query.ratings.values()) > 0


def _measure(
    connection: Connection,
    keys: Sequence[str],
    queries: Sequence[RankingQuery],
    vectors: NDArray[np.float32],
    mode: RetrievalMode,
) -> _Measured:
    places = {key: n for n, key in enumerate(keys)}
    measured = _Measured()
    for query, vector in zip(queries, vectors.tolist(), strict=True):
        text = lucene_text(query.text)
        begun = time.perf_counter()
        found = _search(connection, search_parameters(text, vector, mode), _FIRST)
        measured.milliseconds.append(1000 * (time.perf_counter() - begun))
        rows = np.array([places[key] for key, _ in found], np.int64)
        scores = np.array([score for _, score in found])
        measured.values[ALL].append(graded_ndcg(rows, scores, query.ratings))
        # As many candidates as products, so that every judged product has a rank.
        among = [keys[row] for row in query.rows]
        every = search_parameters(text, vector, mode, pool=len(keys), near=len(keys), among=among)
        known = dict(_search(connection, every, len(among)))
        # A judged product that the search does not find ranks below all found ones.
        worst = min(known.values(), default=0.0) - 1
        judged = np.array([known.get(key, worst) for key in among])
        measured.values[JUDGED].append(graded_ndcg(query.rows, judged, query.ratings))
    return measured


def _search(
    connection: Connection, parameters: dict[str, Any], limit: int
) -> list[tuple[str, float]]:
    """Return keys and scores, best first, by the statement that the API sends."""
    everything = parameters | page_parameters(None, limit)
    found = connection.read("search_products", **everything)
    return [(row["product"]["key"], row["score"]) for row in found]


def _config(
    mode: RetrievalMode, measured: dict[RetrievalMode, _Measured], draw: np.random.Generator
) -> dict[str, Any]:
    n = len(measured[mode].values[ALL])
    chosen = draw.integers(0, n, (_RESAMPLES, n))
    told = _intervals(measured[mode], chosen)
    if mode is not RetrievalMode.VECTOR:
        told |= {"boosts": dict(BOOSTS), "complete": COMPLETE_BOOST}
    if mode is RetrievalMode.HYBRID:
        told["text_share"] = round(TEXT_SHARE, 4)
        told |= _gains(measured[mode], measured[RetrievalMode.FULL_TEXT], chosen)
    told["statement p50 ms"] = round(float(np.median(measured[mode].milliseconds)), 1)
    return told


def _intervals(measured: _Measured, chosen: NDArray[np.int64]) -> dict[str, Any]:
    """Return the interval of each metric by bootstrap samples, int64 [samples, queries]."""
    return {
        f"{name} interval": _percentiles(np.array(values)[chosen].mean(axis=1))
        for name, values in measured.values.items()
    }


def _gains(measured: _Measured, base: _Measured, chosen: NDArray[np.int64]) -> dict[str, Any]:
    """Return the relative gain over other measures of the same queries, with its interval."""
    told: dict[str, Any] = {}
    for name, found in measured.values.items():
        values, others = np.array(found), np.array(base.values[name])
        told[f"{name} gain"] = round(float(values.mean() / others.mean() - 1), 4)
        resampled = values[chosen].mean(axis=1) / others[chosen].mean(axis=1) - 1
        told[f"{name} gain interval"] = _percentiles(resampled)
    return told


def _percentiles(values: NDArray[np.floating[Any]]) -> list[float]:
    return [round(float(value), 4) for value in np.percentile(values, _INTERVAL)]
