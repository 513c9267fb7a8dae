"""Examples from the graph: what the shop's own records assert of its texts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from catalograph.errors import TrainingDataError
from catalograph.ingest.multitask.tasks import (
    CATEGORY,
    DIFFERENT,
    MATCHING,
    SAME,
    SENTIMENT,
    TAGGING,
    TASKS,
    TaskData,
    TaskExample,
    by_group,
    make_task,
    subsample,
    tagging_example,
)
from catalograph.ingest.resolve.blocking import candidates
from catalograph.ingest.resolve.catalogue import read_records
from catalograph.ingest.resolve.corpus import Corpus
from catalograph.ingest.resolve.records import ProductRecord
from catalograph.ingest.resolve.rules import BY_MODEL
from catalograph.schema import Sentiment
from catalograph.store import Connection, export_search_log, export_texts
from catalograph.store.models.labelled_texts import (
    LabelledProduct,
    export_labelled_products,
    export_rated_reviews,
)
from catalograph.store.queries.resolve import PERSON, ClusterKind, read_clusters

MOST = 4_000
"""Largest number of training examples of a task, by default."""
LEAST_OF_CATEGORY = 3
LEAST_OF_SENTIMENT = 10
_NEAR = 4
"""Similar products of other clusters that are examples of different ones, for each product."""
_NEGATIVE, _POSITIVE = 2.0, 4.0
"""Stars up to which a review is negative, and from which it is positive."""


@dataclass(frozen=True)
class GraphData:
    """What can be learned from a graph.

    Attributes:
        tasks: data of the tasks that the graph supports.
        lacking: why the other tasks cannot be learned, by name.
        pairs: texts that belong together, for contrastive pre-training.
        sources: where the examples of each task are from.
    """

    tasks: tuple[TaskData, ...]
    lacking: Mapping[str, str]
    pairs: tuple[tuple[str, str], ...]
    sources: Mapping[str, str]


def read_graph_data(
    connection: Connection, wanted: Sequence[str] = TASKS, most: int = MOST
) -> GraphData:
    """Read the examples of all tasks that a graph supports.

    Only asserted facts count: what an extractor or a completion found is no example.

    Args:
        connection: connection to a migrated graph.
        wanted: names of tasks.
        most: largest number of training examples of a task.
    """
    products = export_labelled_products(connection)
    texts = export_texts(connection)
    described = {
        key: "\n".join(filter(None, (title, text)))
        for key, title, text in zip(texts.keys, texts.titles, texts.descriptions, strict=True)
    }
    makers = {
        TAGGING: lambda: make_task(TAGGING, by_group(list_tagging(products))),
        CATEGORY: lambda: make_task(
            CATEGORY,
            by_group(_list_categories(products, described)),
            least=LEAST_OF_CATEGORY,
        ),
        SENTIMENT: lambda: make_task(
            SENTIMENT, by_group(_list_sentiments(connection)), least=LEAST_OF_SENTIMENT
        ),
        MATCHING: lambda: make_task(MATCHING, by_group(list_pairs(connection))),
    }
    tasks: list[TaskData] = []
    lacking: dict[str, str] = {}
    for name in wanted:
        try:
            tasks.append(subsample(makers[name](), most))
        except TrainingDataError as exc:
            lacking[name] = str(exc)
    pairs = [
        (title, text)
        for title, text in zip(texts.titles, texts.descriptions, strict=True)
        if title and text
    ]
    pairs += _list_clicks(connection, dict(zip(texts.keys, texts.titles, strict=True)))
    sources = {
        TAGGING: "asserted values that titles contain",
        CATEGORY: "asserted categories",
        SENTIMENT: "stars of reviews",
        MATCHING: "decided pairs, and products joined by identifiers",
    }
    return GraphData(tuple(tasks), lacking, tuple(pairs), sources)


def list_tagging(products: Iterable[LabelledProduct]) -> Iterator[TaskExample]:
    """Yield titles with their asserted values.

    An attribute that products of the category have, and this one has no record of, was not judged:
    the title may contain its value.
    """
    listed = list(products)
    usual: dict[str, set[str]] = defaultdict(set)
    for one in listed:
        usual[_category_name(one)].update(one.values)
    for one in listed:
        category = _category_name(one)
        unknown = frozenset(usual[category] - one.values.keys())
        if one.values:
            yield tagging_example(one.title, category, one.values, unknown=unknown, group=one.key)


def matching_text(record: ProductRecord) -> str:
    """Return a product as the matching head reads it, the most distinctive parts first."""
    price = "" if record.price is None else f"{record.price:g}"
    values = [text for texts in record.values.values() for text in texts]
    parts = (record.brand, record.title, *record.models, price, *values, record.description)
    return " ".join(part for part in parts if part)


def matching_example(
    left: ProductRecord, right: ProductRecord, *, same: bool, group: str = ""
) -> TaskExample:
    """Return a labelled pair of products."""
    return TaskExample(
        matching_text(left),
        matching_text(right),
        SAME if same else DIFFERENT,
        group=group or left.key,
        records=(left, right),
    )


def sentiment_of(rating: float) -> Sentiment:
    """Return the sentiment that stars from 1 to 5 stand for."""
    if rating <= _NEGATIVE:
        return Sentiment.NEGATIVE
    return Sentiment.POSITIVE if rating >= _POSITIVE else Sentiment.NEUTRAL


def _category_name(product: LabelledProduct) -> str:
    return product.category[1] if product.category else ""


def _list_categories(
    products: Iterable[LabelledProduct], described: Mapping[str, str]
) -> Iterator[TaskExample]:
    for one in products:
        if one.category is not None:
            text = described.get(one.key) or one.title
            yield TaskExample(text, label=one.category[0], group=one.key)


def _list_sentiments(connection: Connection) -> Iterator[TaskExample]:
    for one in export_rated_reviews(connection):
        yield TaskExample(one.text, label=str(sentiment_of(one.rating)), group=one.product)


def list_pairs(connection: Connection) -> Iterator[TaskExample]:
    """Yield pairs of products that a person or identifiers decided, and similar other pairs.

    Pairs that a trained scorer joined are no examples: a model must not learn from another's
    guesses. Products of two clusters are different; of these, the most similar ones are taken.
    """
    decided: dict[tuple[str, str], bool] = {}
    owner: dict[str, str] = {}
    for cluster in read_clusters(connection, ClusterKind.SAME):
        sure = sorted(
            member.product
            for member in cluster.members
            if member.method == PERSON or (member.method == "rules" and member.score >= BY_MODEL)
        )
        owner |= dict.fromkeys(cluster.products, cluster.key)
        decided |= dict.fromkeys(combinations(sure, 2), True)
    for kind in (ClusterKind.TOGETHER, ClusterKind.APART):
        for cluster in read_clusters(connection, kind):
            for pair in combinations(sorted(cluster.products), 2):
                decided[pair] = kind is ClusterKind.TOGETHER
    keys = sorted({key for pair in decided for key in pair})
    records = read_records(connection, keys)
    known = [records[key] for key in keys if key in records]
    if known:
        for i, j in candidates(Corpus(known), None, _NEAR).tolist():
            first, second = known[i].key, known[j].key
            if first in owner and second in owner and owner[first] != owner[second]:
                decided.setdefault((min(first, second), max(first, second)), False)
    for (first, second), same in sorted(decided.items()):
        if first in records and second in records:
            yield matching_example(
                records[first], records[second], same=same, group=owner.get(first, first)
            )


def _list_clicks(connection: Connection, titles: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield search words with the titles of products that a shopper chose after them."""
    seen: set[tuple[str, str]] = set()
    for search in export_search_log(connection):
        for key in search.responses:
            pair = (search.query, titles.get(key, ""))
            if all(pair) and pair not in seen:
                seen.add(pair)
                yield pair
