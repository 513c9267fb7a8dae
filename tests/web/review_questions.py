"""Questions for the review page's tests: made up from the products of a running demo.

    python -m tests.web.review_questions

Values are colours and sizes that titles really have; every fourth one is proposed wrongly. Pairs
are products whose titles begin alike, two at a time, with a score of their similarities.
"""

import math
import re
from collections.abc import Iterator

from catalograph.ingest.extract import Finding
from catalograph.ingest.resolve.catalogue import read_records
from catalograph.ingest.resolve.explanation import PairContribution, PairExplanation
from catalograph.ingest.resolve.pair_review import measure_similarities
from catalograph.ingest.resolve.records import ProductRecord
from catalograph.ingest.review.facts import imputed_question, value_question
from catalograph.ingest.review.pairs import pair_question
from catalograph.schema import Origin, SourceSupport, Span, Triple, value
from catalograph.settings import Settings, load_settings
from catalograph.store import Connection, connect
from catalograph.store.queries.resolve import (
    Cluster,
    ClusterKind,
    Member,
    listed_products,
    make_cluster,
    write_decisions,
)
from catalograph.store.queries.review_queue import ReviewQuestion, put_items

VALUES, PAIRS, GUESSES = 96, 8, 6
"""Values are more than the fifty that a test decides: a page that changes its filter while a claim
is under way leaves its twenty claimed for ten minutes."""
_COLOUR = re.compile(r"\b(Black|White|Silver|Blue|Red|Gray|Green|Gold|Pink|Purple|Yellow)\b")
_SIZE = re.compile(r"\b(\d+GB|\d+(?:\.\d+)?\"|\d+'|\d+-Inch)(?!\w)")
_WRONG = 4


def put_questions(connection: Connection) -> int:
    """Put the questions into the queue of a graph in place of earlier ones; return how many."""
    connection.execute("MATCH (n:ReviewItem|ReviewDecision) DETACH DELETE n")
    records = list(read_records(connection, listed_products(connection)).values())
    records.sort(key=lambda record: record.key)
    pairs = list(_find_pairs(records))[:PAIRS]
    write_decisions(connection, (), [pair for pair, _ in pairs])
    questions = [question for _, question in pairs]
    questions += list(_find_values(records))[:VALUES]
    questions += list(_guess(records))[:GUESSES]
    return put_items(connection, questions)


def _find_values(records: list[ProductRecord]) -> Iterator[ReviewQuestion]:
    number = 0
    for record in records:
        for attribute, pattern in (("colour", _COLOUR), ("size", _SIZE)):
            for field in ("title", "description"):
                text = record.title if field == "title" else record.description
                found = pattern.search(text)
                if found is None:
                    continue
                number += 1
                wrong = number % _WRONG == 0
                start, end = found.span()
                if wrong and start > 3:  # the word before is none of this attribute
                    start, end = text.rfind(" ", 0, start - 1) + 1, start - 1
                if not text[start:end].strip(" -,."):
                    continue
                span = Span(field, start, end)
                confidence = 0.25 + (number * 37 % 50) / 100
                finding = Finding(attribute, text[start:end], "tagger", "1", confidence, span)
                category = record.category or None
                yield value_question(record.key, finding, text, category)
                break


def _find_pairs(records: list[ProductRecord]) -> Iterator[tuple[Cluster, ReviewQuestion]]:
    by_start: dict[str, list[ProductRecord]] = {}
    for record in records:
        by_start.setdefault(" ".join(record.title.split()[:5]), []).append(record)
    for _, alike in sorted(by_start.items()):
        if len(alike) < 2:
            continue
        both = alike[:2]
        why = _explain(both)
        odds = why.base + sum(one.amount for one in why.contributions)
        members = [Member(r.key, 1 / (1 + math.exp(-odds)), "undecided") for r in both]
        cluster = make_cluster(ClusterKind.ASIDE, members, "made up: for a test")
        yield cluster, pair_question(cluster, {r.key: r for r in both}, why)


def _explain(both: list[ProductRecord]) -> PairExplanation:
    """Make up what a score rests on, by the similarities of two records."""
    parts = [
        PairContribution(name, value, 2 * value - 1.5)
        for name, value in measure_similarities(both).items()
    ]
    return PairExplanation(-0.6, "log-odds", tuple(parts))


def _guess(records: list[ProductRecord]) -> Iterator[ReviewQuestion]:
    for number, record in enumerate(records[:GUESSES]):
        support = SourceSupport("complete-combined", "1", Origin.IMPUTED, 0.8 + number / 50)
        tail = value("connectivity", "bluetooth" if number % 2 else "wi-fi")
        fact = Triple(record.key, "HAS_VALUE", tail, support)
        yield imputed_question(fact, record.category or None)


def main(settings: Settings) -> None:
    """Put the questions into the graph of the settings."""
    with connect(settings) as connection:
        print(f"{put_questions(connection):,} questions wait.", flush=True)


if __name__ == "__main__":
    main(load_settings())
