"""Reader of a folder of knowledge-graph triples and training purchases.

Files, tab-separated with a header, gzipped or not:

- `product.tsv` (id, name): products; the name is the product's id in the shop;
- `product_titles.tsv` (product_id, title), optional;
- `kg.tsv` (product_id, relation, tail_type, tail_id), in any order;
- one name table per tail type: `brand.tsv`, `category.tsv`, `related_product.tsv`;
- `train.tsv` (user_id, product_id), optional, and `users.tsv` (id, name), optional.

A `test.tsv` beside them is never read. Memory holds the name tables and a few bytes per line.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import SourceFormatError
from catalograph.ingest import fingerprint, reviews, values
from catalograph.ingest.catalog import COLUMN, category_node, sign
from catalograph.ingest.mapping_inference import source_name
from catalograph.ingest.normalise import canonical_brand, with_proof
from catalograph.ingest.readers import FeedRow, open_feed
from catalograph.ingest.rejection_log import RejectionLog
from catalograph.ingest.report import Counters
from catalograph.ingest.validation import pass_record
from catalograph.log import shorten
from catalograph.schema import (
    EventKind,
    InteractionRecord,
    Node,
    Rejection,
    RejectionReason,
    SourceRecord,
    SourceSupport,
    Triple,
    keys,
    unlisted_product,
)

RELATIONS: dict[str, tuple[str, str]] = {
    "produced_by": ("HAS_BRAND", "brand"),
    "belongs_to": ("IN_CATEGORY", "category"),
    "also_bought": ("ALSO_BOUGHT", "related_product"),
    "also_viewed": ("ALSO_VIEWED", "related_product"),
    "bought_together": ("BOUGHT_TOGETHER", "related_product"),
}
"""Relation of the graph and tail type, by relation of the folder."""
_NUMBER_OF = {name: n for n, name in enumerate(RELATIONS)}
_MEANING = tuple(RELATIONS.values())
_KG_COLUMNS = ("product_id", "relation", "tail_type", "tail_id")
_TRAIN_COLUMNS = ("user_id", "product_id")
_REPORT_EVERY = 20_000

Notify = Callable[[str, float, int], None]


@dataclass(frozen=True)
class ProductTriples:
    """The valid lines of `kg.tsv`, ordered by product; a line is three numbers.

    Attributes:
        heads: int64 [n]; index of the product in its table, ascending.
        relations: int64 [n]; index of the relation in `RELATIONS`.
        tails: int64 [n]; index of the tail in the table of its type.
    """

    heads: NDArray[np.int64]
    relations: NDArray[np.int64]
    tails: NDArray[np.int64]


class _Table:
    """Names by id, in file order."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = list(names.values())
        self.places = {id_: n for n, id_ in enumerate(names)}


class TripleFolder:
    """Reads a folder of triples.

    Args:
        folder: path of the folder.
        source: name of the feed; None uses the folder's name.
        secret: HMAC key for user pseudonyms.

    Raises:
        SourceFormatError: a required file is missing.
        InvalidInputError: `source` is not a valid source name.
    """

    def __init__(self, folder: Path, source: str | None, secret: bytes) -> None:
        if not folder.is_dir():
            raise SourceFormatError(f"There is no folder '{folder}'. Check the path.")
        self.name = folder.resolve().name
        self.source = source or source_name(self.name)
        keys.product_key(self.source, "x")  # reject a bad source name before reading anything
        self._folder = folder
        self._secret = secret
        self._find("kg")
        self._products = _Table(self._names("product"))
        self._titles = self._names("product_titles", "product_id", "title", optional=True)
        self._tails = {type_: _Table(self._names(type_)) for _, type_ in _MEANING}

    def records(
        self, tally: Counters, kept_out: RejectionLog, notify: Notify
    ) -> Iterator[tuple[SourceRecord, int]]:
        """Yield one record per product, with its number of lines of `kg.tsv`."""
        facts = self._facts(tally, kept_out, notify)
        ends = np.searchsorted(facts.heads, np.arange(len(self._products.names) + 1))
        for n, id_ in enumerate(self._products.places):
            lines = slice(int(ends[n]), int(ends[n + 1]))
            relations, tails = facts.relations[lines].tolist(), facts.tails[lines].tolist()
            record = self._record(id_, self._products.names[n], zip(relations, tails, strict=True))
            if record is None:
                tally.rejected += len(relations)
            else:
                tally.superseded += len(relations) - len(record.triples)
                yield record, len(record.triples)
            if n % _REPORT_EVERY == 0:
                notify("writing products", n / len(self._products.names), tally.rows)
        notify("writing products", 1.0, tally.rows)

    def purchases(
        self, tally: Counters, kept_out: RejectionLog, notify: Notify
    ) -> Iterator[InteractionRecord]:
        """Yield one purchase per distinct line of `train.tsv`; none without that file."""
        if self._find("train", optional=True) is None:
            return
        users = self._names("users", optional=True)
        places = {id_: n for n, id_ in enumerate(users)}
        pairs = array("q")
        for row in self._lines("train", _TRAIN_COLUMNS, tally, notify):
            fault = self._purchase_fault(row, users)
            if isinstance(row.fields, Rejection) or fault is not None:
                _reject(row, fault, "train.tsv", tally, kept_out)
                continue
            user = places.setdefault(row.fields["user_id"], len(places))
            pairs.append(user << 32 | self._products.places[row.fields["product_id"]])
        # Purchases have no time, so equal lines are interchangeable.
        different = np.unique(np.frombuffer(pairs, dtype=np.int64) if pairs else np.empty(0, int))
        tally.superseded += len(pairs) - len(different)
        ids = list(places)
        for pair in different.tolist():
            id_ = ids[pair >> 32]
            yield self._purchase(users.get(id_, id_), self._products.names[pair & 0xFFFFFFFF])

    def _find(self, stem: str, *, optional: bool = False) -> Path | None:
        for name in (f"{stem}.tsv", f"{stem}.tsv.gz"):
            if (self._folder / name).is_file():
                return self._folder / name
        if optional:
            return None
        raise SourceFormatError(
            f"'{self._folder}' has no {stem}.tsv or {stem}.tsv.gz. "
            "Give a folder with product, kg, brand, category and related_product tables."
        )

    def _names(
        self, stem: str, id_column: str = "id", name_column: str = "name", *, optional: bool = False
    ) -> dict[str, str]:
        """Return the valid names by id."""
        path = self._find(stem, optional=optional)
        if path is None:
            return {}
        found: dict[str, str] = {}
        with open_feed(path) as file:
            for row in file.rows():
                if isinstance(row.fields, Rejection):
                    continue
                _require(row.fields, (id_column, name_column), str(path))
                name = values.to_plain(row.fields[name_column])
                if name_column == "title" or 0 < len(name) <= keys.MAX_ID_LENGTH // 2:
                    found[row.fields[id_column]] = name
        return found

    def _lines(
        self, stem: str, columns: tuple[str, ...], tally: Counters, notify: Notify
    ) -> Iterator[FeedRow]:
        path = self._find(stem)
        with open_feed(path or stem) as file:
            for row in file.rows():
                if not isinstance(row.fields, Rejection):
                    _require(row.fields, columns, file.name)
                tally.rows += 1
                if tally.rows % _REPORT_EVERY == 0:
                    notify(f"reading {stem}.tsv", file.position, tally.rows)
                yield row

    def _facts(self, tally: Counters, kept_out: RejectionLog, notify: Notify) -> ProductTriples:
        heads, relations, tails = array("q"), array("q"), array("q")
        for row in self._lines("kg", _KG_COLUMNS, tally, notify):
            fault = self._fact_fault(row)
            if isinstance(row.fields, Rejection) or fault is not None:
                _reject(row, fault, "kg.tsv", tally, kept_out)
                continue
            relation = _NUMBER_OF[row.fields["relation"]]
            heads.append(self._products.places[row.fields["product_id"]])
            relations.append(relation)
            tails.append(self._tails[_MEANING[relation][1]].places[row.fields["tail_id"]])
        order = np.argsort(np.asarray(heads, dtype=np.int64), kind="stable")
        return ProductTriples(
            *(np.asarray(column, dtype=np.int64)[order] for column in (heads, relations, tails))
        )

    def _fact_fault(self, row: FeedRow) -> Rejection | None:
        if isinstance(row.fields, Rejection):
            return row.fields
        fields = row.fields
        meaning = RELATIONS.get(fields["relation"])
        if meaning is None:
            detail = f"'{shorten(fields['relation'])}' is none of {', '.join(RELATIONS)}."
            return Rejection(RejectionReason.OUT_OF_RANGE, "relation", detail)
        if fields["tail_type"] != meaning[1]:
            detail = f"'{shorten(fields['tail_type'])}', {fields['relation']} needs {meaning[1]}."
            return Rejection(RejectionReason.FORBIDDEN_PATTERN, "tail_type", detail)
        head = self._products.places.get(fields["product_id"])
        tail = self._tails[meaning[1]].places.get(fields["tail_id"])
        if head is None or tail is None:
            field = "product_id" if head is None else "tail_id"
            detail = f"'{shorten(fields[field])}' has no usable name in its table."
            return Rejection(RejectionReason.UNKNOWN_REFERENCE, field, detail)
        if self._products.names[head] == self._tails[meaning[1]].names[tail]:
            return Rejection(
                RejectionReason.FORBIDDEN_PATTERN, "tail_id", "A product related to itself."
            )
        return None

    def _purchase_fault(self, row: FeedRow, users: Mapping[str, str]) -> Rejection | None:
        if isinstance(row.fields, Rejection):
            return row.fields
        user, product = row.fields["user_id"], row.fields["product_id"]
        if product not in self._products.places:
            detail = f"'{shorten(product)}' has no usable name in product.tsv."
            return Rejection(RejectionReason.UNKNOWN_REFERENCE, "product_id", detail)
        if (users and user not in users) or not 0 < len(keys.clean(user)) <= keys.MAX_ID_LENGTH:
            return Rejection(
                RejectionReason.UNKNOWN_REFERENCE, "user_id", "Not in users.tsv, or no id."
            )
        return None

    def _record(self, id_: str, asin: str, facts: Iterator[tuple[int, int]]) -> SourceRecord | None:
        key = keys.product_key(self.source, asin)
        tails: dict[tuple[str, str], tuple[Node, SourceSupport]] = {}
        for relation, tail in sorted(set(facts)):
            name, type_ = _MEANING[relation]
            written = self._tails[type_].names[tail]
            node = self._tail(type_, written)
            by = with_proof(COLUMN, "brand", written) if type_ == "brand" else COLUMN
            tails[name, node.key] = node, by
        title = self._titles.get(id_) or asin
        said = {"source": self.source, "id": asin, "listed": True, "title": title}
        record, _ = pass_record(
            SourceRecord(
                keys.source_key(self.source, "triples", asin),
                self.source,
                "",
                (Node("Product", key, said),),
                tuple(Triple(key, name, node, by) for (name, _), (node, by) in tails.items()),
            )
        )
        return None if record is None else sign(record)

    def _tail(self, type_: str, name: str) -> Node:
        if type_ == "brand":
            return canonical_brand(name)
        return (
            category_node((name,)) if type_ == "category" else unlisted_product(self.source, name)
        )

    def _purchase(self, user: str, asin: str) -> InteractionRecord:
        id_ = fingerprint.secret_id(self._secret, "purchase", self.source, user, asin)
        said = {"source": self.source, "id": id_, "kind": str(EventKind.PURCHASE)}
        node = Node("Event", keys.event_key(self.source, id_), said)
        return reviews.sign(
            InteractionRecord(
                node,
                user=keys.user_key(self.source, user, self._secret),
                product=keys.product_key(self.source, asin),
            )
        )


def _require(fields: Mapping[str, object], columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in fields]
    if missing:
        raise SourceFormatError(
            f"'{name}' has no column {', '.join(missing)}; its header must name "
            f"{', '.join(columns)}.",
            file=name,
        )


def _reject(
    row: FeedRow, fault: Rejection | None, file: str, tally: Counters, kept_out: RejectionLog
) -> None:
    faults = [] if fault is None else [fault]
    tally.rejected += 1
    tally.count_rejections(faults)
    kept_out.add(row, faults, file=file)
