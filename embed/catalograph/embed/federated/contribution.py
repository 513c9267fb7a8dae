"""What one shop adds to the sum, and how it is laid out as a vector of integers."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.counts import PairCounts, limit_interactions, mirror_upper
from catalograph.embed.recommend.matrices import Csr, Ints, incidence
from catalograph.errors import EmbedError
from catalograph.store import GraphSnapshot

__all__ = [
    "MODULUS",
    "SumRange",
    "Token",
    "choose_products",
    "count_shop",
    "pack",
    "products_by_gtin",
    "unpack",
]

Token = str | bytes
"""An identifier of a product, or a point that stands for one."""


MODULUS = 1 << 32
"""Sums are computed modulo this number."""


@dataclass(frozen=True)
class SumRange:
    """The range of numbers that pass through the secure sum exactly.

    Flower maps numbers from −c to c to integers from 0 to 2·c, so that an integer stays one, cuts
    what is larger without a word, and adds up modulo 2³².

    Raises:
        EmbedError: the sum of the shops' numbers could exceed the modulus.
    """

    largest: int
    """c, the largest number that a shop may send."""
    shops: int
    """Number of shops."""

    def __post_init__(self) -> None:
        room = MODULUS // (2 * max(1, self.shops)) - 1
        if not 1 <= self.largest <= room:
            raise EmbedError(
                f"The largest count is {self.largest:,}; with {self.shops} shops it may be from 1 "
                f"to {room:,}, so that sums stay below 2^32."
            )

    @property
    def quantization(self) -> int:
        """Number of steps between −c and c."""
        return 2 * self.largest

    def require(self, vector: Ints) -> None:
        """Raise unless all numbers are in the range.

        Raises:
            EmbedError: a number is negative or too large.
        """
        if len(vector) and not (vector.min() >= 0 and vector.max() <= self.largest):
            raise EmbedError(
                f"Counts from {vector.min():,} to {vector.max():,} do not fit in 0 to "
                f"{self.largest:,}, and secure aggregation would cut them. Start the server with a "
                "larger --largest-count, or count fewer shoppers."
            )


def products_by_gtin(identifiers: Iterable[tuple[str, list[str], str | None]]) -> dict[str, str]:
    """Return the key of the product by its first GTIN; of several products the first has it.

    Args:
        identifiers: key, GTINs and MPN of products, as `read_identifiers` yields them.
    """
    found: dict[str, str] = {}
    for key, gtins, _ in sorted(identifiers):
        if gtins:
            found.setdefault(min(gtins), key)
    return found


def count_shop(
    snapshot: GraphSnapshot, products: Mapping[str, str], most: int, seed: int | None = None
) -> PairCounts:
    """Count a shop's shoppers, each with at most `most` products, by GTIN.

    Args:
        snapshot: training data of the shop.
        products: key of the product by its GTIN.
        most: maximum number of products of a shopper that count.
        seed: seed of the order of the products, which tells nothing then, and of the draw of a
            shopper's products; None for an unpredictable one.

    Raises:
        EmbedError: no listed product has a GTIN.
    """
    index = {key: n for n, key in enumerate(snapshot.products)}
    gtins = sorted(gtin for gtin, key in products.items() if key in index)
    if not gtins:
        raise EmbedError(
            "No listed product has a GTIN, by which shops know the same product. Map the feed's "
            "column of GTINs to `gtins` and ingest it again."
        )
    shuffle = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311
    shuffle.shuffle(gtins)
    shape = (len(snapshot.users), len(snapshot.products))
    train = incidence(snapshot.interaction_users, snapshot.interaction_products, shape)
    shared = sp.csr_array(train[:, [index[products[gtin]] for gtin in gtins]])
    drawn = limit_interactions(shared, most, shuffle.getrandbits(32))
    return PairCounts.of(drawn, gtins)


def choose_products(lists: Sequence[Sequence[Token]]) -> list[Token]:
    """Return the identifiers that at least two shops have, sorted."""
    counts = Counter(token for tokens in lists for token in set(tokens))
    return sorted(token for token, shops in counts.items() if shops > 1)


def pack(pairs: Csr, n_shoppers: int) -> Ints:
    """Lay counts out as a vector: the shoppers, then the upper triangle row by row; int64."""
    upper = pairs.toarray()[np.triu_indices(pairs.shape[0])]
    return np.concatenate([[n_shoppers], upper]).astype(np.int64)


def unpack(vector: Ints) -> tuple[Csr, int]:
    """Return the counts [n, n] and the number of shoppers of a vector from `pack`."""
    n = int((np.sqrt(8 * (len(vector) - 1) + 1) - 1) / 2)
    rows, columns = np.triu_indices(n)
    counts = vector[1:]
    some = counts != 0
    pairs = mirror_upper(rows[some], columns[some], counts[some], n=n)
    return pairs, int(vector[0])
