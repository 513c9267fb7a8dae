"""The review queue in the graph: questions to people, claims of them, and decisions.

Every change of a question locks it first, keys in order, so that two people never get the same one
and no decision is lost.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from catalograph.errors import NotFoundError
from catalograph.schema.keys import LABEL_PREFIX
from catalograph.schema.review import (
    MAX_BATCH,
    ReviewAgreement,
    ReviewCounts,
    ReviewFacet,
    ReviewFilter,
    ReviewOpinion,
    ReviewVerdict,
    measure_agreement,
    settle_verdict,
)
from catalograph.store.connection.connect import Connection, Row, Transaction

_BATCH = 500
_CLAIM_ATTEMPTS = 10
_MOST_FACETS = 100


@dataclass(frozen=True, slots=True)
class ReviewQuestion:
    """A question to put into the queue.

    Attributes:
        id: hash of what is asked; the same question has the same id.
        kind: name of its kind.
        subject: key of the node that it is about.
        confidence: how sure the machine is that it is right, 0 to 1.
        question: what is asked, as JSON values.
        product: key of the product that it is about, if it is one.
        attribute: attribute that it is about.
        category: name of the category of its product.
        tail: key of the proposed brand, category or value.
        stamp: hash of what may change under the same id; another one asks anew.
        wanted: number of reviewers who should decide.
    """

    id: str
    kind: str
    subject: str
    confidence: float
    question: Mapping[str, Any]
    product: str | None = None
    attribute: str | None = None
    category: str | None = None
    tail: str | None = None
    stamp: str = ""
    wanted: int = 1

    @property
    def key(self) -> str:
        """Key of the item."""
        return item_key(self.id)


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item of the queue.

    Attributes:
        key: key of the item.
        kind: name of its kind.
        subject: key of the node that it is about.
        confidence: how sure the machine is, 0 to 1.
        question: what is asked.
        product: key of its product.
        attribute: its attribute.
        category: name of the category of its product.
        tail: key of the proposed brand, category or value.
        queued: when it was asked.
        wanted: number of reviewers who should decide.
        waiting: whether anybody should decide.
        verdict: verdict in force.
        correction: right value, as a person states it.
        undo: what the verdict changed in the graph, as JSON.
        claimed_by: reviewer who holds it; also after the end of the claim.
        claimed_until: end of the claim.
        opinions: decisions, the first one first.
    """

    key: str
    kind: str
    subject: str
    confidence: float
    question: Mapping[str, Any]
    product: str | None
    attribute: str | None
    category: str | None
    tail: str | None
    queued: datetime
    wanted: int
    waiting: bool
    verdict: ReviewVerdict | None
    correction: str | None
    undo: str | None
    claimed_by: str | None
    claimed_until: datetime | None
    opinions: tuple[ReviewOpinion, ...] = field(default=())

    def held_by_other(self, reviewer: str, now: datetime) -> bool:
        """Return whether somebody else holds it."""
        held = self.claimed_until is not None and self.claimed_until > now
        return held and self.claimed_by != reviewer


Change = Callable[[StoredItem], Sequence[ReviewOpinion]]
"""Function that returns the decisions about an item in place of those it has; it may raise."""


def item_key(id_: str) -> str:
    """Return the key of an item by its id."""
    return f"{LABEL_PREFIX['ReviewItem']}:{id_}"


def put_items(connection: Connection, questions: Sequence[ReviewQuestion]) -> int:
    """Ask questions; earlier decisions stay. Idempotent.

    Returns:
        Number of questions that wait now and did not before.
    """
    rows = sorted(map(_question_row, questions), key=lambda row: row["key"])
    added = 0
    for start in range(0, len(rows), _BATCH):
        batch, now = rows[start : start + _BATCH], datetime.now(UTC)
        [row] = connection.write(
            lambda tx, b=batch, n=now: tx.run("put_review_items", rows=b, now=n)  # type: ignore[misc]
        )
        added += row["added"]
    return added


def remove_items(
    connection: Connection, kind: str, subjects: Collection[str], keep: Collection[str] = ()
) -> int:
    """Remove undecided items of a kind about these nodes, but for those to keep by key."""
    removed = 0
    ordered = sorted(subjects)
    for start in range(0, len(ordered), _BATCH):
        batch = ordered[start : start + _BATCH]
        [row] = connection.write(
            lambda tx, b=batch: tx.run(  # type: ignore[misc]
                "remove_review_items", kind=kind, subjects=b, keep=list(keep)
            )
        )
        removed += row["removed"]
    return removed


def list_waiting(
    connection: Connection,
    chosen: ReviewFilter,
    limit: int,
    after: tuple[float, str] | None = None,
) -> list[StoredItem]:
    """Return items that wait, the least certain first, after a place and key."""
    place, key = after or (None, None)
    rows = connection.read(
        "list_waiting_review_items", **_filter(chosen), place=place, after=key, limit=limit
    )
    return [_item(row) for row in rows]


def list_decided(
    connection: Connection,
    chosen: ReviewFilter,
    limit: int,
    after: tuple[datetime, str] | None = None,
) -> list[tuple[StoredItem, datetime]]:
    """Return decided items with the time of the decision, the latest first, after a place."""
    before, key = after or (None, None)
    rows = connection.read(
        "list_decided_review_items", **_filter(chosen), before=before, after=key, limit=limit
    )
    return [(_item(row), row["item"]["decided"].to_native()) for row in rows]


def count_listed(connection: Connection, chosen: ReviewFilter) -> tuple[int, int]:
    """Return the number of items that wait, and of decided ones."""
    [row] = connection.read("count_listed_review_items", **_filter(chosen))
    return row["waiting"], row["decided"]


def read_items(connection: Connection, keys: Sequence[str]) -> dict[str, StoredItem]:
    """Return items by key; unknown keys are left out."""
    items = (_item(row) for row in connection.read("read_review_items", keys=list(keys)))
    return {item.key: item for item in items}


def claim_items(
    connection: Connection, chosen: ReviewFilter, reviewer: str, first: int, hold: timedelta
) -> list[str]:
    """Hold items for a reviewer; those held already come first, with a new expiry.

    Two reviewers may look at the same free items. The locks give each to one of them, and the
    other looks again.

    Returns:
        Keys of the items that the reviewer holds, at most `first`.
    """
    held: dict[str, None] = {}
    for _ in range(_CLAIM_ATTEMPTS):
        now = datetime.now(UTC)
        found = [
            row["key"]
            for row in connection.read(
                "find_claimable_review_items",
                **_filter(chosen), reviewer=reviewer, now=now, limit=first,
            )
        ]  # fmt: skip
        wanted = sorted(key for key in found if key not in held)
        if not wanted:
            break
        rows = connection.write(
            lambda tx, w=wanted, n=now: tx.run(  # type: ignore[misc]
                "claim_review_items", keys=w, reviewer=reviewer, now=n, until=n + hold
            )
        )
        got = {row["key"] for row in rows}
        held |= dict.fromkeys(key for key in found if key in got)
        if len(held) >= first:
            break
    return list(held)[:first]


def release_items(connection: Connection, keys: Sequence[str], reviewer: str) -> int:
    """End claims of a reviewer; return how many there were."""
    ordered = sorted(set(keys))
    [row] = connection.write(
        lambda tx: tx.run("release_review_items", keys=ordered, reviewer=reviewer)
    )
    released: int = row["released"]
    return released


def change_opinions(
    connection: Connection,
    keys: Sequence[str],
    change: Change,
    *,
    wants: Callable[[StoredItem], int] = lambda item: item.wanted,
    holder: tuple[str, datetime] | None = None,
) -> list[StoredItem]:
    """Replace the decisions about items, all in one transaction, and find the verdict in force.

    The items are marked unsettled until the graph follows their verdicts.

    Args:
        connection: connection to the graph.
        keys: keys of the items.
        change: function that returns the new decisions about an item.
        wants: function that returns how many reviewers should decide an item.
        holder: reviewer who holds the items from now on, and until when; None frees them.

    Raises:
        NotFoundError: there is no such item; then nothing is changed.
    """
    ordered = sorted(set(keys))

    def work(tx: Transaction) -> list[StoredItem]:
        items = {item.key: item for item in map(_item, tx.run("lock_review_items", keys=ordered))}
        missing = [key for key in ordered if key not in items]
        if missing:
            raise NotFoundError(
                f"The review queue has no item {', '.join(missing)}. `catalograph review` lists "
                "what there is."
            )
        changed = [
            _with_opinions(replace(item, wanted=wants(item)), tuple(change(item)), holder)
            for item in (items[key] for key in ordered)
        ]
        _write_opinions(tx, [items[key] for key in ordered], changed)
        return changed

    return connection.write(work)


def settle_items(connection: Connection, items: Sequence[StoredItem]) -> None:
    """Note that the graph follows the verdicts of these items, with what undoes them."""
    rows = [
        {
            "key": item.key,
            "verdict": item.verdict or "",
            "correction": item.correction or "",
            "undo": item.undo,
        }
        for item in sorted(items, key=lambda item: item.key)
    ]
    connection.write(lambda tx: tx.run("settle_review_items", rows=rows))


def list_unsettled(connection: Connection, before: datetime) -> list[str]:
    """Return keys of items decided before a time whose verdict the graph does not follow yet."""
    rows = connection.read("list_unsettled_review_items", before=before, limit=MAX_BATCH)
    return [row["key"] for row in rows]


def read_fact_items(reader: Connection | Transaction, products: Sequence[str]) -> list[StoredItem]:
    """Return decided items about facts of products, without opinions."""
    run = reader.run if isinstance(reader, Transaction) else reader.read
    return [_item(row) for row in run("read_review_facts", products=list(products))]


def iter_label_items(connection: Connection) -> Iterator[StoredItem]:
    """Yield decided items about facts by product, without opinions."""
    return map(_item, connection.read("list_review_labels"))


def list_rejected_attributes(connection: Connection, fewest: int) -> list[tuple[str | None, str]]:
    """Return categories and attributes whose values people have always rejected."""
    rows = connection.read("list_rejected_attributes", fewest=fewest)
    return [(row["category"], row["attribute"]) for row in rows]


def list_kinds(connection: Connection) -> frozenset[str]:
    """Return the kinds that any item is of."""
    return frozenset(row["kind"] for row in connection.read("list_review_kinds"))


def count_items(connection: Connection) -> list[ReviewCounts]:
    """Count items by kind."""
    rows = connection.read("count_review_items", now=datetime.now(UTC))
    return [ReviewCounts(**row) for row in rows]


def count_by_reviewer(connection: Connection) -> tuple[ReviewFacet, ...]:
    """Count decisions by reviewer, the most first."""
    rows = connection.read("count_review_decisions", limit=_MOST_FACETS)
    return tuple(ReviewFacet(**row) for row in rows)


def count_facets(
    connection: Connection,
) -> tuple[tuple[ReviewFacet, ...], tuple[ReviewFacet, ...]]:
    """Count undecided items by attribute and by category, the most frequent first."""
    facets: dict[str, list[ReviewFacet]] = {"attribute": [], "category": []}
    for row in connection.read("count_review_facets", limit=_MOST_FACETS):
        facets[row["facet"]].append(ReviewFacet(row["name"], row["count"]))
    return tuple(facets["attribute"]), tuple(facets["category"])


def read_agreement(connection: Connection) -> tuple[ReviewAgreement, ...]:
    """Measure the agreement on each kind, then on all items."""
    pairs: dict[str, list[tuple[ReviewVerdict, ReviewVerdict]]] = {}
    for row in connection.read("list_review_agreement"):
        pair = (ReviewVerdict(row["first"]), ReviewVerdict(row["second"]))
        pairs.setdefault(row["kind"], []).extend([pair] * row["count"])
    every = [pair for found in pairs.values() for pair in found]
    kinds = [measure_agreement(kind, found) for kind, found in pairs.items()]
    return (*kinds, measure_agreement(None, every))


def read_sides(connection: Connection, products: Collection[str]) -> list[Row]:
    """Return products to look at beside items: product, brands, categories, values."""
    return list(connection.read("read_review_sides", keys=sorted(products)))


def list_unjudged_contents(connection: Connection) -> list[tuple[Row, str | None]]:
    """Return the properties of texts that nobody has judged, with their product's category."""
    rows = connection.read("list_unjudged_contents")
    return [(row["content"], row["category"]) for row in rows]


def _question_row(question: ReviewQuestion) -> Row:
    properties = {
        "kind": question.kind,
        "subject": question.subject,
        "product": question.product,
        "attribute": question.attribute,
        "category": question.category,
        "confidence": float(question.confidence),
        "place": abs(float(question.confidence) - 0.5),
        "question": orjson.dumps(question.question).decode(),
        "tail": question.tail,
        "wanted": question.wanted,
    }
    return {"key": question.key, "stamp": question.stamp, "properties": properties}


def _filter(chosen: ReviewFilter) -> Row:
    return {"kind": chosen.kind, "category": chosen.category, "attribute": chosen.attribute}


def _item(row: Row) -> StoredItem:
    said = row["item"]
    until = said.get("claimed_until")
    return StoredItem(
        key=said["key"],
        kind=said["kind"],
        subject=said["subject"],
        confidence=said["confidence"],
        question=orjson.loads(said["question"]),
        product=said.get("product"),
        attribute=said.get("attribute"),
        category=said.get("category"),
        tail=said.get("tail"),
        queued=said["queued"].to_native(),
        wanted=said["wanted"],
        waiting=said["waiting"],
        verdict=None if said.get("verdict") is None else ReviewVerdict(said["verdict"]),
        correction=said.get("correction"),
        undo=said.get("undo"),
        claimed_by=said.get("claimed_by"),
        claimed_until=None if until is None else until.to_native(),
        opinions=tuple(
            ReviewOpinion(
                one["reviewer"],
                ReviewVerdict(one["verdict"]),
                one["correction"],
                one["time"].to_native(),
            )
            for one in row["opinions"]
        ),
    )


def _with_opinions(
    item: StoredItem, opinions: tuple[ReviewOpinion, ...], holder: tuple[str, datetime] | None
) -> StoredItem:
    """Return an item with other decisions; where two reviewers disagree, a third is wanted."""
    opinions = tuple(sorted(opinions, key=lambda one: one.time))
    force = settle_verdict(opinions)
    wanted = item.wanted + (_disagree(opinions) and len(opinions) == item.wanted == 2)
    return replace(
        item,
        opinions=opinions,
        verdict=None if force is None else force.verdict,
        correction=None if force is None else force.correction,
        waiting=len(opinions) < wanted,
        wanted=wanted,
        claimed_by=None if holder is None else holder[0],
        claimed_until=None if holder is None else holder[1],
    )


def _disagree(opinions: Sequence[ReviewOpinion]) -> bool:
    return len({(one.verdict, one.correction) for one in opinions}) > 1


def _write_opinions(
    tx: Transaction, before: Sequence[StoredItem], after: Sequence[StoredItem]
) -> None:
    gone, rows, updates = [], [], []
    for old, new in zip(before, after, strict=True):
        left = {one.reviewer for one in new.opinions}
        gone += [_decision_key(old.key, o.reviewer) for o in old.opinions if o.reviewer not in left]
        rows += [
            {
                "key": _decision_key(new.key, one.reviewer),
                "item": new.key,
                "reviewer": one.reviewer,
                "verdict": one.verdict,
                "correction": one.correction,
                "time": one.time,
            }
            for one in new.opinions
            if one not in old.opinions
        ]
        updates.append({"key": new.key, "properties": _state(new)})
    if gone:
        tx.run("remove_review_decisions", keys=sorted(gone))
    if rows:
        tx.run("write_review_decisions", rows=rows)
    tx.run("update_review_items", rows=updates)


def _state(item: StoredItem) -> Row:
    return {
        "waiting": item.waiting,
        "wanted": item.wanted,
        "opinions": len(item.opinions),
        "disputed": _disagree(item.opinions),
        "verdict": item.verdict,
        "correction": item.correction,
        "decided": item.opinions[-1].time if item.opinions else None,
        "unsettled": True,
        "claimed_by": item.claimed_by,
        "claimed_until": item.claimed_until,
    }


def _decision_key(item: str, reviewer: str) -> str:
    digest = hashlib.blake2b(f"{item}\x1f{reviewer}".encode(), digest_size=16).hexdigest()
    return f"{LABEL_PREFIX['ReviewDecision']}:{digest}"
