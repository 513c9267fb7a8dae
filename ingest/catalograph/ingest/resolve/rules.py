"""Rule-based pair scoring for use without a trained scorer (cold start).

A pair matches by an equal GTIN, or by an equal model number of one brand. Pairs with nearly equal
titles fall into the grey band, for a judge or a person.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from catalograph.ingest.resolve.corpus import Corpus, Encode
from catalograph.ingest.resolve.explanation import PairContribution, PairExplanation
from catalograph.ingest.resolve.identifiers import Identifiers, squash
from catalograph.ingest.resolve.records import ProductRecord

BY_GTIN, BY_MODEL, BY_TITLE = 1.0, 0.95, 0.5
# Similarity of titles (0 to 100) from which a pair is in the grey band.
_ALIKE = 90
_CODE_LENGTH = 5


class PairScorer(Protocol):
    """Scores how likely pairs of products are the same.

    Attributes:
        method: name of the scorer, stored with the pairs that it joined.
        threshold: score above which pairs are joined.
        band: scores between which a judge decides, or a person if there is no judge.
        encode: text encoder that the scorer needs, if any.
    """

    @property
    def method(self) -> str:
        """Name of the scorer."""

    @property
    def threshold(self) -> float:
        """Score that a match must exceed."""

    @property
    def band(self) -> tuple[float, float]:
        """The grey band."""

    @property
    def encode(self) -> Encode | None:
        """Text encoder that the scorer needs."""

    def score(self, corpus: Corpus, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
        """Score pairs of records.

        Args:
            corpus: the records.
            pairs: int64 [n, 2]; indexes into `corpus.records`.

        Returns:
            float64 [n], 0 to 1.
        """


class RuleScorer:
    """A `PairScorer` that uses identifiers only."""

    method = "rules"
    threshold = 0.9
    band = (0.4, 0.9)
    encode = None

    def score(self, corpus: Corpus, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `PairScorer.score`."""
        return np.array([_score(corpus, int(i), int(j)) for i, j in pairs], np.float64)

    def explain(
        self, corpus: Corpus, pairs: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> list[PairExplanation]:
        """See `PairExplainer.explain`: the whole score is that of the strongest rule that holds."""
        scores = self.score(corpus, pairs[rows])
        names = {BY_GTIN: "equal_gtin", BY_MODEL: "equal_model", BY_TITLE: "like_titles"}
        return [
            PairExplanation(
                0.0,
                "score",
                (PairContribution(names[score], 1.0, score),) if score in names else (),
            )
            for score in scores.tolist()
        ]


def _score(corpus: Corpus, i: int, j: int) -> float:
    a, b = corpus.records[i], corpus.records[j]
    x, y = corpus.identifiers[i], corpus.identifiers[j]
    if x.gtins & y.gtins:
        return BY_GTIN
    if _one_brand(a, b):
        if _shared_model(x, y) and _colours_agree(x, y):
            return BY_MODEL
        if fuzz.token_sort_ratio(a.title.lower(), b.title.lower()) >= _ALIKE:
            return BY_TITLE
    return 0.0


def _one_brand(a: ProductRecord, b: ProductRecord) -> bool:
    """Return whether both have one brand; a title may name the brand if the field is empty."""
    x, y = squash(a.brand), squash(b.brand)
    if x and y:
        return x == y
    return bool(x and x in squash(b.title)) or bool(y and y in squash(a.title))


def _shared_model(x: Identifiers, y: Identifiers) -> bool:
    """Return whether one record's stated number occurs in the other, or both titles share one."""
    stated = (x.models & (y.models | y.codes)) | (y.models & x.codes)
    long = {code for code in x.codes & y.codes if len(code) >= _CODE_LENGTH and not code.isdigit()}
    return bool({code for code in stated if len(code) > 2} | long)


def _colours_agree(x: Identifiers, y: Identifiers) -> bool:
    return not x.colours or not y.colours or bool(x.colours & y.colours)
