"""Ids of products as files write them: one canonical form, an index by it, a sample of them."""

import heapq
import re
import unicodedata
import zlib
from array import array
from collections.abc import Iterable

import numpy as np

from catalograph.schema import keys

_AS_FORMULA = re.compile(r"""=?\s*(["'])(.*)\1\Z""", re.DOTALL)
_UNUSUAL = re.compile(r"""[^!-~]|['"=]|\.0+\Z""")
"""What makes more of the canonical form than lower case: white space, quotes, other scripts."""
_SHOPIFY_VARIANT = re.compile(
    r"(?:shopify_[a-z]{2}_\d+_|gid://shopify/productvariant/)(\d+)\Z", re.IGNORECASE
)
"""What Shopify's sales channels and its API write before the id of a variant."""
_WHOLE_DECIMAL = re.compile(r"(\d+)\.0+\Z")
_SAMPLE_SIZE = 1_000


def canonical_id(text: str) -> str:
    """Return the form of a product id that its usual distortions share.

    Spreadsheets and data frames turn `0012` into `12`, `12.0`, `'12` or `="12"`; other tools change
    case and white space. The form may join different ids, so use it only where it is unambiguous.

    Example:
        >>> [canonical_id(text) for text in ('="0012"', "12.0", " AB 12 ", "shopify_US_7_12")]
        ['12', '12', 'ab12', '12']
    """
    variant = _SHOPIFY_VARIANT.match(text)
    text = text if variant is None else variant[1]
    if not _UNUSUAL.search(text):
        return _strip_zeros(text.lower())
    plain = keys.normalise(text)
    wrapped = _AS_FORMULA.match(plain)
    plain = wrapped[2] if wrapped else plain.removeprefix("'")
    # Format characters, such as a byte-order mark or a zero-width space, are invisible.
    plain = "".join(c for c in plain if not c.isspace() and unicodedata.category(c) != "Cf")
    whole = _WHOLE_DECIMAL.match(plain)
    return _strip_zeros(whole[1] if whole else plain)


def _strip_zeros(text: str) -> str:
    return text.lstrip("0") or "0" if text.startswith("0") and text.isdigit() else text


class ProductIdIndex:
    """Products of a catalogue by their ids and other identifiers, in canonical form.

    Args:
        products: id of each product, with its other identifiers, such as GTINs.
    """

    def __init__(self, products: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._ids, self._others = _FormTable(), _FormTable()
        for number, (id_, others) in enumerate(products):
            self._ids.add(id_, number)
            for other in others:
                self._others.add(other, number)
        self._ids.sort()
        self._others.sort()

    def find(self, text: str) -> str | None:
        """Return the id of the one product that a text names; None if none or several.

        Other identifiers count only if the text is no form of an id.
        """
        form = canonical_id(text)
        numbers = self._ids.find(form) or self._others.find(form)
        return self._ids.text(numbers.pop()) if len(numbers) == 1 else None


class _FormTable:
    """Texts by canonical form, each with a number; about 30 bytes and the text itself for each."""

    def __init__(self) -> None:
        self._unsorted = array("q")
        self._numbers = array("q")
        self._ends = array("q", [0])
        self._texts = bytearray()

    def add(self, text: str, number: int) -> None:
        """Add a text, before `sort`."""
        # The hash of this process is enough, as the table is not stored.
        self._unsorted.append(hash(canonical_id(text)))
        self._numbers.append(number)
        self._texts += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._texts))

    def sort(self) -> None:
        """Prepare the table for `find`."""
        unsorted = np.array(self._unsorted, dtype=np.int64)
        self._order = np.argsort(unsorted, kind="stable")
        self._hashes = unsorted[self._order]
        self._unsorted = array("q")

    def find(self, form: str) -> set[int]:
        """Return the numbers of the texts with a canonical form."""
        low, high = (np.searchsorted(self._hashes, hash(form), side) for side in ("left", "right"))
        same = (n for n in self._order[low:high] if canonical_id(self.text(n)) == form)
        return {self._numbers[n] for n in same}

    def text(self, position: int) -> str:
        """Return the text that was added at a position."""
        text = self._texts[self._ends[position] : self._ends[position + 1]]
        return text.decode("utf-8", "surrogatepass")


class ProductIdSample:
    """A sample of the distinct ids seen: those with the smallest hashes, in whatever order."""

    def __init__(self) -> None:
        self._largest_first: list[tuple[int, str]] = []
        self._ids: set[str] = set()
        self.changes = 0
        """Number of changes, by which a reader notices that the sample is another one."""

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the sample."""
        return frozenset(self._ids)

    def add(self, id_: str) -> None:
        """Take an id into account."""
        entry = (-zlib.crc32(id_.encode("utf-8", "surrogatepass")), id_)
        full = len(self._ids) >= _SAMPLE_SIZE
        if id_ in self._ids or (full and entry <= self._largest_first[0]):
            return
        self.changes += 1
        self._ids.add(id_)
        if full:
            self._ids.remove(heapq.heapreplace(self._largest_first, entry)[1])
        else:
            heapq.heappush(self._largest_first, entry)

    def merge(self, other: "ProductIdSample") -> None:
        """Take the ids of another sample into account; the result is the sample of both."""
        for id_ in other.ids:
            self.add(id_)
