"""Questions about facts of products: values set aside, doubtful facts, imputed facts.

An accepted or corrected value becomes a fact of the record `source:<source>:decided/<id>`. A
rejected or corrected one is removed from what extractors and completion stated, and is not stated
again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from catalograph.errors import InvalidInputError
from catalograph.ingest import fingerprint
from catalograph.ingest.extract.findings import PROPOSAL, RELATIONS, Finding
from catalograph.schema import Node, SourceRecord, SourceSupport, Span, Triple, category, keys
from catalograph.schema.check import check_node
from catalograph.schema.keys import label_of
from catalograph.schema.review import ReviewVerdict
from catalograph.store import Writer
from catalograph.store.connection.connect import Transaction
from catalograph.store.ledger.assertions import DroppedFact
from catalograph.store.models.imputed import IMPUTED_KIND, ExtractedFact
from catalograph.store.queries.review_queue import ReviewQuestion, StoredItem, read_fact_items

VALUE, PLAUSIBILITY, IMPUTED = "value", "plausibility", "imputed"
"""Names of the kinds."""
EXTRACTED_KIND = "text"
"""Kind of the record that holds what is read in a product's texts."""
DECIDED_KIND = "decided"
"""Kind of the record that holds what people accepted of a product."""
PERSON = "person"
"""Extractor name of a value that a person accepted."""
_CATEGORY = "IN_CATEGORY"
_DOUBT = (
    "Other facts of the graph speak against it.",
    "图中的其他事实与之矛盾。",
)
_PROPOSAL = (
    "The attribute is new: a language model proposes it.",
    "这是语言模型提出的新属性。",
)


def value_question(
    product: str, finding: Finding, text: str, category_name: str | None
) -> ReviewQuestion:
    """Build the question whether a value that was read in a text is right."""
    notes = [_PROPOSAL] if finding.extractor == PROPOSAL else []
    return _text_question(VALUE, product, finding, text, category_name, notes)


def doubted_question(fact: ExtractedFact, probability: float) -> ReviewQuestion | None:
    """Build the question about a stored fact that other facts contradict.

    Args:
        fact: the fact, as an extractor read it in a text.
        probability: how likely it is right, 0 to 1.

    Returns:
        None if extractors now spell the value otherwise: the next reading of the text replaces it.
    """
    support = fact.support
    names = {relation: attribute for attribute, relation in RELATIONS.items()}
    finding = Finding(
        names.get(fact.relation) or str(fact.tail.properties["attribute"]),
        str(fact.tail.properties["name"]),
        support["extractor"],
        support["version"],
        probability,
        Span(support["field"], support["start"], support["end"]),
    )
    if finding.tail().key != fact.tail.key:
        return None
    return _text_question(PLAUSIBILITY, fact.product, finding, fact.text, fact.category, [_DOUBT])


def imputed_question(triple: Triple, category_name: str | None) -> ReviewQuestion:
    """Build the question whether an imputed fact is right."""
    tail = triple.tail
    attribute = {"HAS_BRAND": "brand", _CATEGORY: "category"}.get(triple.relation)
    path = tail.properties.get("path")
    return ReviewQuestion(
        _id(IMPUTED, triple.head, triple.relation, tail.key),
        IMPUTED,
        triple.head,
        triple.support.confidence,
        {
            "proposed": " > ".join(path) if path else tail.properties["name"],
            "relation": triple.relation,
            "origin": triple.support.extractor,
            "node": dict(tail.properties),
        },
        product=triple.head,
        attribute=attribute or str(tail.properties["attribute"]),
        category=category_name,
        tail=tail.key,
    )


def check_correction(item: StoredItem, correction: str) -> None:
    """Check that a value may stand in place of the proposed one.

    Raises:
        InvalidInputError: it may not, or is the proposed value itself.
    """
    node = _correct(item, correction)
    if node.key == item.tail:
        raise InvalidInputError(f"'{correction}' is the proposed value itself; accept it instead.")
    if faults := check_node(node):
        raise InvalidInputError(" ".join(f"{fault.field}: {fault.detail}" for fault in faults))


def settle_facts(writer: Writer, items: Sequence[StoredItem], run: str) -> dict[str, str | None]:
    """Make the graph follow the verdicts about facts. Idempotent.

    Args:
        writer: writer of the graph.
        items: items of kinds of this module, with any verdict or none.
        run: run that the changes belong to.

    Returns:
        By key of an item, what undoes its verdict.
    """
    products = sorted({item.product for item in items if item.product is not None})

    def build(tx: Transaction, locked: Sequence[str]) -> list[SourceRecord]:
        by_product: dict[str, list[StoredItem]] = {product: [] for product in locked}
        for item in read_fact_items(tx, locked):
            by_product[str(item.product)].append(item)
        return [decided_record(product, found) for product, found in by_product.items()]

    writer.rewrite_records(products, build, run)
    wrong = [
        item for item in items if item.verdict in (ReviewVerdict.REJECT, ReviewVerdict.CORRECT)
    ]
    right = [item for item in items if item not in wrong]
    gone: dict[str, list[DroppedFact]] = defaultdict(list)
    if wrong:
        for fact in writer.drop_facts(_wrong_facts(wrong), run):
            gone[fact.assertion].append(fact)
    back = [fact for item in right for fact in _load_facts(item.undo)]
    if back:
        writer.restore_facts(back, run)
    undo: dict[str, str | None] = {item.key: None for item in right}
    for item in wrong:
        facts = [*_load_facts(item.undo), *gone[_assertion(item)]]
        undo[item.key] = _dump_facts(facts) if facts else None
    return undo


def decided_record(product: str, items: Iterable[StoredItem]) -> SourceRecord:
    """Build the record of all that people accepted or stated of a product."""
    _, source, id_ = product.split(":", 2)
    found = (_fact(product, item) for item in items)
    triples = {triple.key: triple for triple in found if triple is not None}
    stamp = fingerprint.content_hash((), triples.values())
    key = keys.source_key(source, DECIDED_KIND, id_)
    return SourceRecord(key, source, stamp, triples=tuple(triples.values()))


def iter_training_rows(items: Iterable[StoredItem]) -> Iterator[dict[str, Any]]:
    """Yield decisions as labelled texts, with rejected values as negative examples.

    One object per text, in the training form of extractors: `input`, `category` and
    `target_scores`, which has "n/a" for an attribute whose values were all rejected. A corrected
    value counts where the text has the right one.
    """
    by_text: dict[tuple[str, str], dict[str, dict[str, int]]] = defaultdict(dict)
    for item in items:
        text = item.question.get("text")
        if text is None or item.attribute is None:
            continue
        labels = by_text[item.category or "", text].setdefault(item.attribute, {})
        if (right := _find_right(item, text)) is not None:
            labels[right] = 1
    for (category_name, text), attributes in by_text.items():
        scores = {name: values or {"n/a": 1} for name, values in attributes.items()}
        yield {"input": text, "category": category_name, "target_scores": scores}


def _text_question(
    kind: str,
    product: str,
    finding: Finding,
    text: str,
    category_name: str | None,
    notes: Sequence[tuple[str, str]],
) -> ReviewQuestion:
    tail = finding.tail()
    said: dict[str, Any] = {
        "proposed": finding.name,
        "relation": finding.relation,
        "origin": finding.extractor,
        "version": finding.version,
        "text": text,
        "field": finding.span.field,
        "start": finding.span.start,
        "end": finding.span.end,
        "number": finding.number,
        "unit": finding.unit,
        "notes": notes,
    }
    parts = (product, finding.attribute, tail.key)
    return ReviewQuestion(
        # Values keep the ids that they had in the file of the queue.
        _id(*parts) if kind == VALUE else _id(kind, *parts),
        kind,
        product,
        finding.confidence,
        said,
        product=product,
        attribute=finding.attribute,
        category=category_name,
        tail=tail.key,
    )


def _id(*parts: str) -> str:
    return fingerprint.digest("\x1f".join(parts))[:12]


def _finding(item: StoredItem) -> Finding:
    said = item.question
    return Finding(
        str(item.attribute),
        said["proposed"],
        PERSON,
        "1",
        1.0,
        Span(said["field"], said["start"], said["end"]),
        said.get("number"),
        said.get("unit"),
    )


def _fact(product: str, item: StoredItem) -> Triple | None:
    """Return the fact that a verdict states; None for a rejection."""
    relation = item.question["relation"]
    if item.verdict is ReviewVerdict.CORRECT:
        support = SourceSupport(PERSON, "1")
        return Triple(product, relation, _correct(item, str(item.correction)), support)
    if item.verdict is not ReviewVerdict.ACCEPT:
        return None
    if "text" in item.question:
        finding = _finding(item)
        return Triple(product, relation, finding.tail(), finding.support())
    tail = Node(label_of(str(item.tail)), str(item.tail), dict(item.question["node"]))
    return Triple(product, relation, tail, SourceSupport(PERSON, "1"))


def _correct(item: StoredItem, correction: str) -> Node:
    if item.question["relation"] == _CATEGORY:
        return category([name.strip() for name in correction.split(">")])
    finding = Finding(str(item.attribute), correction, PERSON, "1", 1.0, Span("", 0, 0))
    if finding.is_placeholder:
        raise InvalidInputError(f"'{correction}' stands for no value; reject the item instead.")
    return finding.tail()


def _find_right(item: StoredItem, text: str) -> str | None:
    """Return the right value as the text spells it; None where it has none."""
    if item.verdict is ReviewVerdict.ACCEPT:
        return text[item.question["start"] : item.question["end"]]
    if item.verdict is not ReviewVerdict.CORRECT or item.correction is None:
        return None
    start = text.casefold().find(item.correction.casefold())
    return None if start < 0 else text[start : start + len(item.correction)]


def _assertion(item: StoredItem) -> str:
    return keys.assertion_key(str(item.product), item.question["relation"], str(item.tail))


def _wrong_facts(items: Iterable[StoredItem]) -> Mapping[str, set[str]]:
    """Return the assertions that extractors and completion may have stated, by record."""
    found: dict[str, set[str]] = defaultdict(set)
    for item in items:
        _, source, id_ = str(item.product).split(":", 2)
        for kind in (EXTRACTED_KIND, IMPUTED_KIND):
            found[keys.source_key(source, kind, id_)].add(_assertion(item))
    return found


def _dump_facts(facts: Iterable[DroppedFact]) -> str:
    unique = {(fact.record, fact.assertion, fact.support["extractor"]): fact for fact in facts}
    return orjson.dumps([[f.record, f.assertion, f.support] for f in unique.values()]).decode()


def _load_facts(undo: str | None) -> list[DroppedFact]:
    return [] if undo is None else [DroppedFact(*said) for said in orjson.loads(undo)]
