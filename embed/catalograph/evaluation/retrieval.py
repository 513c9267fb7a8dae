"""Evaluation of finding the passage that answers a question, by the API's own statement.

A file has a question and its answer in each row. Either it has a column `asked` with the question
in other words, and the passage is an FAQ's: the question as heading, the answer as text. Or it has
none; then the passage is the answer alone, and the question, which is not in the index, is asked.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from catalograph.assistant.retrieval import PassageRetrieval, question_terms
from catalograph.embed.jobs import run_jobs
from catalograph.errors import EvaluationDataError
from catalograph.evaluation.categories import is_test
from catalograph.ingest import fingerprint
from catalograph.ingest.documents.blocks import TextBlock
from catalograph.ingest.documents.passages import cut_passages
from catalograph.ingest.readers import open_feed
from catalograph.ml.live_encoder import LiveTextEncoder
from catalograph.ml.passage_encoders import passage_kind
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.ml.script import language_of
from catalograph.schema import CompositeRecord, Node, RecordEdge, Rejection, keys
from catalograph.schema.ddl import PASSAGE_TEXT_INDEX, PASSAGE_WORD_INDEX
from catalograph.settings import Settings
from catalograph.store import (
    AsyncConnection,
    Connection,
    Writer,
    live_models,
    resolve_address,
)
from catalograph.store.queries.passages import (
    WORD_WEIGHT,
    PassageFilter,
    QuestionVector,
    passage_parameters,
)
from catalograph.store.queries.search import escape_words

SOURCE = "retrieval"
PRODUCTS = ("asin", "product", "product_id")
"""Columns of the id of the product that a question is about."""
_COLUMNS = ("question", "answer")
_CUTS = (1, 5, 10)
_DEPTH = 50
"""Passages asked for: equal answers, and parts of one, count as one."""
_LONGEST_QUESTION = 1_000
_BATCH = 500
_SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
Progress = Callable[[str], None]


class QuestionSplit(StrEnum):
    """Part of the questions, by the hash of the product or else of the answer."""

    ALL = "all"
    DEV = "dev"
    """A fifth, for choosing numbers."""
    REST = "rest"


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with its right answer.

    Attributes:
        text: question as it is asked.
        heading: question as the passage has it; None where it is withheld.
        answer: answer.
        product: id of the product that it is about; None where the file names none.
    """

    text: str
    heading: str | None
    answer: str
    product: str | None

    @property
    def passage(self) -> str:
        """What identifies the right answer: equal ones are one."""
        return " ".join(f"{self.heading or ''}\n{self.answer}".casefold().split())

    @property
    def document(self) -> str:
        """Key of the document that the passage is part of."""
        said = f"{self.product}\n{self.passage}".encode()
        return keys.document_key(SOURCE, hashlib.blake2b(said, digest_size=12).hexdigest())


@dataclass
class _Found:
    """What a system found, one entry for each question."""

    ranks: list[int] = field(default_factory=list)
    """Place of the right answer, from 0; `_DEPTH` if it was not found."""
    milliseconds: list[float] = field(default_factory=list)
    best: list[tuple[float, float]] = field(default_factory=list)
    """Largest similarity with the right answer, and without it."""
    shares: list[tuple[float, float]] = field(default_factory=list)
    """The same of the share of words."""


@dataclass(frozen=True, slots=True)
class _System:
    """A way to rank passages.

    Attributes:
        name: name of its row.
        meaning: whether the question is encoded.
        share: weight of words where it is.
        one_index: whether one full-text index is used, by the question's language.
        scope: `about` for passages of the question's product alone, `favour` to prefer them.
    """

    name: str
    meaning: bool = True
    share: float = WORD_WEIGHT
    one_index: bool = False
    scope: str = ""


def read_questions(files: Sequence[Path]) -> list[AskedQuestion]:
    """Read files with `question`, `answer`, and perhaps `asked` and a product in each row.

    Raises:
        SourceFormatError: a file cannot be read.
        EvaluationDataError: no row has a question and an answer.
    """
    found = [one for file in files for one in _read_file(file)]
    if not found:
        raise EvaluationDataError(
            f"No row of {', '.join(map(str, files))} has a `question` and an `answer`."
        )
    return list(dict.fromkeys(found))


def choose_questions(
    questions: Sequence[AskedQuestion], split: QuestionSplit, limit: int | None
) -> list[AskedQuestion]:
    """Return the questions of a split, at most so many, in the order of their hashes."""
    chosen = [
        one
        for one in questions
        if split is QuestionSplit.ALL
        or is_test(one.product or one.passage) is (split is QuestionSplit.DEV)
    ]
    chosen.sort(key=lambda one: hashlib.md5(one.text.encode(), usedforsecurity=False).digest())
    return chosen[:limit]


def evaluate_retrieval(
    settings: Settings,
    connection: Connection,
    questions: Sequence[AskedQuestion],
    asked: Sequence[AskedQuestion],
    *,
    tune: bool = False,
    progress: Progress = lambda line: None,
) -> list[BenchmarkRow]:
    """Measure BM25, vectors and their fusion on a graph that holds all answers.

    Args:
        settings: settings of encoders and graph.
        connection: connection to a graph of this evaluation's own.
        questions: all questions; their answers become passages.
        asked: those that are asked.
        tune: whether the fusion is measured with several weights instead.
        progress: callback that receives the current step.

    Returns:
        A row for each system and language with `recall@1`, `recall@5`, `recall@10` and `mrr@10`.
        `told_apart` is the area under the ROC curve of the best similarity, between questions with
        their right answer and the same ones without it; `told_apart_by_words` that of the share of
        words.

    Raises:
        EvaluationDataError: no question is asked.
    """
    if not asked:
        raise EvaluationDataError("No question is in this part of the files.")
    progress(f"{write_passages(connection, questions):,} passages")
    answers = {one.document: one.passage for one in questions}
    kinds = {passage_kind(settings, one.answer) for one in questions}
    run_jobs(
        connection,
        settings,
        sorted(kinds),
        progress=lambda kind, doing: progress(f"{kind}: {doing}"),
    )
    connection.execute("CALL db.awaitIndexes(600)")
    encoders = {m.kind: m.config.get("encoder") for m in live_models(connection).values()}
    systems = list(_tuned_systems() if tune else _systems(questions))
    rows = []
    for system in systems:
        with Profiler() as watch:
            found = asyncio.run(_measure(settings, answers, asked, system))
        for language in _languages(asked):
            places = [n for n, one in enumerate(asked) if language in ("", language_of(one.text))]
            told = {
                "p50 ms": _percentile(found, 50),
                "p95 ms": _percentile(found, 95),
                "encoders": ", ".join(f"{k} {encoders[k]}" for k in sorted(kinds)),
            }
            name = f"{system.name}, {language}" if language else system.name
            rows.append(watch.row(name, _metrics(found, places, system), len(places), told))
        progress(f"{system.name}: {watch.seconds:.1f} s")
    return rows


def write_passages(connection: Connection, questions: Iterable[AskedQuestion]) -> int:
    """Write each distinct answer of a product as a document; return the number of passages."""
    records = {}
    for one in questions:
        record = _record(one)
        records[record.node.key] = record
    writer = Writer(connection)
    run = writer.start_run("documents")
    every = list(records.values())
    for start in range(0, len(every), _BATCH):
        writer.write_composites(every[start : start + _BATCH], run)
    writer.finish_run(run, {})
    return sum(len(record.parts) for record in every)


def _read_file(file: Path) -> Iterator[AskedQuestion]:
    with open_feed(file) as feed:
        for row in feed.rows():
            if isinstance(row.fields, Rejection):
                continue
            cells = row.fields
            question, answer = (str(cells.get(name) or "").strip() for name in _COLUMNS)
            if not question or not answer:
                continue
            product = next((str(cells[name]) for name in PRODUCTS if cells.get(name)), None)
            given = cells.get("asked") or ()
            wordings = [given] if isinstance(given, str) else list(given)
            for text in wordings or [question]:
                asked = str(text).strip()[:_LONGEST_QUESTION]
                yield AskedQuestion(asked, question if wordings else None, answer, product)


def _record(one: AskedQuestion) -> CompositeRecord:
    key = one.document
    headings = (one.heading,) if one.heading else ()
    parts = tuple(
        Node(
            "Passage",
            keys.part_key("Passage", key, number),
            {
                "number": number,
                "heading": part.heading,
                "text": part.text,
                "language": language_of(f"{part.heading or ''} {part.text}"),
            },
        )
        for number, part in enumerate(cut_passages([TextBlock(headings, one.answer)]), 1)
    )
    properties = {"source": SOURCE, "id": keys.natural_id(key), "kind": "faq", "content_hash": ""}
    about = Node("Product", keys.product_key(SOURCE, one.product), {}) if one.product else None
    links = () if about is None else (RecordEdge(key, "ABOUT", about),)
    return fingerprint.sign_composite(
        CompositeRecord(Node("Document", key, properties), parts, links)
    )


def _systems(questions: Sequence[AskedQuestion]) -> Iterator[_System]:
    yield _System("BM25", meaning=False, one_index=True)
    yield _System("words", meaning=False)
    yield _System("vectors", share=0.0)
    yield _System("fused")
    if any(one.product for one in questions):
        yield _System("BM25 of the product", meaning=False, one_index=True, scope="about")
        yield _System("vectors of the product", share=0.0, scope="about")
        yield _System("fused, of the product", scope="about")
        yield _System("fused, product favoured", scope="favour")


def _tuned_systems() -> Iterator[_System]:
    for share in _SHARES:
        yield _System(f"words {share:g}", share=share)


async def _measure(
    settings: Settings,
    answers: Mapping[str, str],
    asked: Sequence[AskedQuestion],
    system: _System,
) -> _Found:
    encoder = LiveTextEncoder(settings, lambda: None, threads=1) if system.meaning else None
    retrieval, found = PassageRetrieval(settings, encoder), _Found()
    connection = AsyncConnection(resolve_address(settings))
    try:
        for one in {language_of(one.text): one for one in asked}.values():
            await retrieval.read_question(one.text)  # loads the encoder
        for one in asked:
            begun = time.perf_counter()
            vector = await retrieval.read_question(one.text)
            rows = await connection.read(
                "search_passages", {"label": "Product"}, **_parameters(one, vector, system)
            )
            found.milliseconds.append(1_000 * (time.perf_counter() - begun))
            _note(found, one, rows, answers)
    finally:
        await connection.close()
    return found


def _parameters(
    one: AskedQuestion, vector: QuestionVector | None, system: _System
) -> dict[str, Any]:
    subject = keys.product_key(SOURCE, one.product) if one.product else None
    kept = PassageFilter(about=subject if system.scope == "about" else None)
    favour = subject if system.scope == "favour" else None
    given = passage_parameters(
        escape_words(one.text),
        kept,
        _DEPTH,
        vector,
        question_terms(one.text),
        favour,
        share=system.share,
    )
    if system.one_index:
        index = PASSAGE_WORD_INDEX if _chinese(one.text) else PASSAGE_TEXT_INDEX
        given |= {"stemmed": index, "written": index}
    return given


def _note(
    found: _Found,
    one: AskedQuestion,
    rows: Sequence[Mapping[str, Any]],
    answers: Mapping[str, str],
) -> None:
    """Note the place of the right answer among distinct ones, and relevance with and without it."""
    places: dict[str, int] = {}
    similar, shares = ([0.0], [0.0]), ([0.0], [0.0])
    for row in rows:
        document = row["passage"]["key"].replace("passage:", "document:", 1).rpartition("#")[0]
        answer = answers[document]
        places.setdefault(answer, len(places))
        wrong = answer != one.passage
        for wanted in (0, 1) if wrong else (0,):
            similar[wanted].append(row["similarity"] or 0.0)
            shares[wanted].append(row["word_share"])
    found.ranks.append(places.get(one.passage, _DEPTH))
    found.best.append((max(similar[0]), max(similar[1])))
    found.shares.append((max(shares[0]), max(shares[1])))


def _metrics(found: _Found, places: Sequence[int], system: _System) -> dict[str, float]:
    ranks = np.array([found.ranks[n] for n in places])
    metrics = {f"recall@{cut}": float((ranks < cut).mean()) for cut in _CUTS}
    metrics["mrr@10"] = float(np.where(ranks < _CUTS[-1], 1 / (ranks + 1), 0.0).mean())
    if system.meaning:
        metrics["told_apart"] = _area([found.best[n] for n in places])
    if system.share:
        metrics["told_apart_by_words"] = _area([found.shares[n] for n in places])
    return metrics


def _area(pairs: Sequence[tuple[float, float]]) -> float:
    """Return the area under the ROC curve between the first and the second numbers."""
    first, second = np.array(pairs).T
    above = (first[:, None] > second).mean() + (first[:, None] == second).mean() / 2
    return float(above)


def _languages(asked: Sequence[AskedQuestion]) -> list[str]:
    found = sorted({language_of(one.text) for one in asked})
    return ["", *found] if len(found) > 1 else [""]


def _percentile(found: _Found, share: int) -> float:
    return round(float(np.percentile(found.milliseconds, share)), 1)


def _chinese(text: str) -> bool:
    return language_of(text) == "zh"
