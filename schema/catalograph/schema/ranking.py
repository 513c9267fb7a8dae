"""Second stage of a search: the candidates of the first stage, and the port of what ranks them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

WINDOW = 100
"""Number of candidates of the first stage that the second stage ranks."""


class SearchCandidate(NamedTuple):
    """A product that the first stage of a search found, with what a ranker looks at.

    Attributes:
        key: key of the product.
        score: score of the first stage.
        words: share of full text in it, by rank; 0 where full text did not find the product.
        bm25: BM25 score relative to that of the best match, 0 to 1.
        meaning: cosine of the text vectors of query and product; None without vectors.
        title: title of the product.
        brands: names of its brands.
        values: its attribute values, each as attribute and value, such as `colour red`.
        categories: keys of its categories.
        price: price, in any currency.
        popularity: popularity as the catalogue states it.
        reviews: number of its reviews.
        pagerank: its PageRank in the live version; None without one.
    """

    key: str
    score: float
    words: float
    bm25: float
    meaning: float | None
    title: str
    brands: Sequence[str] = ()
    values: Sequence[str] = ()
    categories: Sequence[str] = ()
    price: float | None = None
    popularity: float | None = None
    reviews: int = 0
    pagerank: float | None = None


class CandidateRanker(Protocol):
    """Ranker of the candidates of a search, by a published version."""

    def rank(
        self,
        model: str,
        artefact_hash: str,
        query: str,
        vector: Sequence[float] | None,
        candidates: Sequence[SearchCandidate],
    ) -> Sequence[float]:
        """Return a score of each candidate; higher is better.

        Args:
            model: key of the version, `model:ranker:<version>`.
            artefact_hash: hash that its artefact must have.
            query: search words.
            vector: vector of the query; None without an encoder.
            candidates: candidates of the first stage, best first.

        Raises:
            NotPublishedError: the artefact is missing here, or is not the published one.
        """
