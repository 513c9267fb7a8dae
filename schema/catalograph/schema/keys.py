"""Stable keys: the same thing gets the same key in every run and on every machine.

Ids of products, reviews, events and sources are unique within their feed, so the key contains the
feed's name. Brands, categories, attributes and values are keyed by normalised name, so catalogues
share them. Users are keyed by an HMAC of their id (a pseudonymous id), so no key, cursor or log
contains a raw id.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from catalograph.errors import InvalidInputError

MAX_ID_LENGTH = 200
_SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}\Z")
_BAD_TEXT = re.compile("[\x00\ud800-\udfff]")
# Escaped inside a segment, so that separators cannot be forged by a name.
_ESCAPES = str.maketrans({"%": "%25", "/": "%2F", "=": "%3D"})

LABEL_PREFIX = {
    "Product": "product",
    "Brand": "brand",
    "Category": "category",
    "Attribute": "attribute",
    "Value": "value",
    "User": "user",
    "Review": "review",
    "Event": "event",
    "Source": "source",
    "Assertion": "assertion",
    "Cluster": "cluster",
    "Change": "change",
    "Document": "document",
    "Passage": "passage",
    "Order": "order",
    "OrderLine": "order-line",
    "Shipment": "shipment",
    "Return": "return",
    "Content": "content",
    "ContentJudgement": "content-judgement",
    "ReviewItem": "review-item",
    "ReviewDecision": "review-decision",
    "Conversation": "conversation",
    "Turn": "turn",
    "Offer": "offer",
    "PastAssertion": "past",
    "Run": "run",
    "Model": "model",
    "Served": "served",
    "Request": "request",
    "OutboxEntry": "outbox",
    "GraphState": "graph-state",
    "PrivacyBudget": "privacy-budget",
    "DataAccess": "data-access",
}
_PREFIX_LABEL = {prefix: label for label, prefix in LABEL_PREFIX.items()}


def clean(text: str) -> str:
    """Return a text in NFC, without control characters, with single spaces, stripped."""
    spaced = " ".join((text if text.isascii() else unicodedata.normalize("NFC", text)).split())
    if spaced.isprintable():  # the usual case: no character to remove
        return spaced
    visible = "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cs"})
    return visible.strip()


def has_bad_text(text: str) -> bool:
    """Return whether a text contains a NUL or a lone surrogate, which the graph cannot store."""
    if text.isascii():  # the usual case
        return "\x00" in text
    return _BAD_TEXT.search(text) is not None


def normalise(name: str) -> str:
    """Return the form for comparing names: NFKC, case-folded, cleaned. Idempotent."""
    if name.isascii() and name.isprintable():  # the usual case
        return " ".join(name.split()).casefold()
    text = clean(name)
    # Case folding can undo NFKC and vice versa; two passes reach the fixed point.
    for _ in range(3):
        folded = clean(unicodedata.normalize("NFKC", text).casefold())
        if folded == text:
            break
        text = folded
    return text


def product_key(source: str, id_: str) -> str:
    """Return the key of a product: its catalogue and its id there."""
    return _make_numbered_key("product", source, id_)


def review_key(source: str, id_: str) -> str:
    """Return the key of a review."""
    return _make_numbered_key("review", source, id_)


def event_key(source: str, id_: str) -> str:
    """Return the key of an event."""
    return _make_numbered_key("event", source, id_)


def document_key(source: str, id_: str) -> str:
    """Return the key of a document."""
    return _make_numbered_key("document", source, id_)


def order_key(source: str, id_: str) -> str:
    """Return the key of an order."""
    return _make_numbered_key("order", source, id_)


def part_key(label: str, whole: str, number: int) -> str:
    """Return the key of a part of a document or an order, by its number among its kind, from 1."""
    return f"{LABEL_PREFIX[label]}:{whole.partition(':')[2]}#{number}"


def source_key(source: str, kind: str, id_: str) -> str:
    """Return the key of one record of a feed; `kind` separates two feeds of one source."""
    return _make_numbered_key("source", source, f"{kind}/{id_}")


def user_key(source: str, id_: str, secret: bytes) -> str:
    """Return the key of a user: an HMAC-SHA256 of source and id, truncated to 128 bits."""
    _check_source(source)
    message = f"{source}\x1f{_clean_id(id_)}".encode()
    return f"user:{source}:{hmac.new(secret, message, hashlib.sha256).hexdigest()[:32]}"


def past_assertion_key(run: str, assertion: str) -> str:
    """Return the key of an assertion that a run withdrew."""
    digest = hashlib.blake2b(assertion.encode(), digest_size=16).hexdigest()
    return f"past:{run}/{digest}"


def brand_key(name: str) -> str:
    """Return the key of a brand by name."""
    return f"brand:{_segment(name)}"


def category_key(path: Sequence[str]) -> str:
    """Return the key of a category by its path from the root."""
    if not path:
        raise InvalidInputError("A category path is empty; it needs at least one name.")
    return "category:" + "/".join(_segment(part) for part in path)


def attribute_key(name: str) -> str:
    """Return the key of an attribute by name."""
    return f"attribute:{_segment(name)}"


def value_key(attribute: str, value: str) -> str:
    """Return the key of an attribute's value."""
    return f"value:{_segment(attribute)}={_segment(value)}"


def assertion_key(subject: str, predicate: str, object_: str) -> str:
    """Return the key of a triple: its three parts, separated by tabs, which no key can contain.

    So an edge and its assertion are found from each other without any property for it.
    """
    return f"assertion:{subject}\t{predicate}\t{object_}"


def assertion_parts(key: str) -> tuple[str, str, str]:
    """Return subject, predicate and object of an assertion's key."""
    subject, predicate, object_ = key.removeprefix("assertion:").split("\t")
    return subject, predicate, object_


def fact_name(relation: str, tail: str) -> str:
    """Return the name under which models learn a fact: values are told apart by attribute.

    The attribute is written as in the key, as in `HAS_VALUE:colour`; `attribute_of` reads it.
    """
    if not tail.startswith("value:"):
        return relation
    # Names are escaped within a key, so its first "=" ends the attribute.
    return f"{relation}:{tail.removeprefix('value:').partition('=')[0]}"


def last_name(key: str) -> str:
    """Return the normalised name in the key of a brand, category or value."""
    last = key.rsplit("/" if key.startswith("category:") else "=", 1)[-1]
    return unescape(last.removeprefix("brand:").removeprefix("category:"))


def attribute_of(value: str) -> str:
    """Return the attribute name in a value's key."""
    return unescape(value.removeprefix("value:").partition("=")[0])


def parents_of(key: str) -> list[str]:
    """Return the keys derived from a key: the attribute of a value, the ancestors of a category."""
    if key.startswith("value:"):
        return ["attribute:" + key.removeprefix("value:").partition("=")[0]]
    if not key.startswith("category:"):
        return []
    names = key.split("/")
    return ["/".join(names[:n]) for n in range(len(names) - 1, 0, -1)]


def label_of(key: str) -> str:
    """Return the label of the node with a key.

    Raises:
        InvalidInputError: the key has no known prefix.
    """
    prefix, colon, rest = key.partition(":")
    if not colon or not rest or prefix not in _PREFIX_LABEL:
        raise InvalidInputError(
            f"'{key[:80]}' is not a key; keys look like 'product:<source>:<id>'."
        )
    return _PREFIX_LABEL[prefix]


def natural_id(key: str) -> str:
    """Return the id within its feed of a product, review or event."""
    return key.split(":", 2)[2]


def _make_numbered_key(prefix: str, source: str, id_: str) -> str:
    _check_source(source)
    return f"{prefix}:{source}:{_clean_id(id_)}"


@lru_cache(maxsize=1_024)
def _check_source(source: str) -> None:
    if not _SOURCE_NAME.match(source):
        raise InvalidInputError(
            f"'{source[:80]}' is not a source name; use lower-case letters, digits, '_', '.', '-'."
        )


def _clean_id(id_: str) -> str:
    if has_bad_text(id_):
        raise InvalidInputError(
            f"An id holds a NUL or half a surrogate pair; it needs 1 to {MAX_ID_LENGTH} visible "
            "characters."
        )
    text = clean(id_)
    if not text or len(text) > MAX_ID_LENGTH:
        raise InvalidInputError(
            f"An id has {len(text)} characters; it needs 1 to {MAX_ID_LENGTH} visible ones."
        )
    return text


def unescape(segment: str) -> str:
    """Return the name in a segment of a key."""
    return segment.replace("%2F", "/").replace("%3D", "=").replace("%25", "%")


def _segment(name: str) -> str:
    text = normalise(name)
    if not text or len(text) > MAX_ID_LENGTH:
        raise InvalidInputError(
            f"A name has {len(text)} characters; it needs 1 to {MAX_ID_LENGTH} visible ones."
        )
    return text.translate(_ESCAPES)
