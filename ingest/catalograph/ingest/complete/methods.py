"""Three methods to guess a product's missing value: graph, text and nearest neighbours.

Each returns scores between 0 and 1 for the candidate values of a field, learned from the products
whose value is known. Import this module only to run completion, since it needs scipy and
scikit-learn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.utils.extmath import randomized_svd

from catalograph.ingest.complete.catalogue import BRAND, CATEGORY, Catalogue, FieldFacts

Scores = NDArray[np.float64]
"""float64 [rows, candidates]; a row of zeros if a method has no evidence."""
Rows = NDArray[np.int64]
"""int64 [rows]; indexes of products."""

Sparse = Any
"""A scipy.sparse.csr_array of float64; Any since its stubs do not type products and slices."""

_NEIGHBOURS = 15
_SHARPNESS = 20.0
"""A neighbour at cosine 0.9 counts e^2 times one at 0.8."""
# Weight of a direct link, relative to a shared fact of weight one.
_LINK_WEIGHT = 3.0
# Each Han character is a word, since Chinese has no spaces.
_WORD = r"(?u)[\u4e00-\u9fff]|\b\w+\b"
_TEXT_CHARACTERS = 600
_TEXT_FEATURES = 100_000
_ROWS_PER_STEP = 2_048
_LATENT = 128


@dataclass(frozen=True)
class Target:
    """A field to complete.

    Attributes:
        field: name of the field.
        labels: float64 sparse [products, candidates]; 1 if a product is known to have the value.
        tails: keys of the candidates.
    """

    field: str
    labels: Sparse
    tails: tuple[str, ...]

    @cached_property
    def known(self) -> Rows:
        """Indexes of the products with a known candidate."""
        return np.flatnonzero(np.diff(self.labels.indptr)).astype(np.int64)


class TextSimilarity:
    """Text classifier over TF-IDF of titles and descriptions, shared by all fields."""

    def __init__(self, catalogue: Catalogue) -> None:
        vectoriser = TfidfVectorizer(
            sublinear_tf=True, ngram_range=(1, 2), min_df=2, max_features=_TEXT_FEATURES,
            dtype=np.float64, token_pattern=_WORD,
        )  # fmt: skip
        short = [text[:_TEXT_CHARACTERS] for text in catalogue.texts]
        try:
            self.features: Any = vectoriser.fit_transform(short)
        except ValueError:  # no word occurs twice
            self.features = sparse.csr_array((len(short), 0))

    def score(self, target: Target, rows: Rows, seed: int) -> Scores:
        """Return the probabilities of a linear one-against-the-rest classifier."""
        scores = np.zeros((len(rows), len(target.tails)))
        pairs = target.labels.tocoo()
        classes = np.unique(pairs.col)
        if len(classes) < 2 or self.features.shape[1] == 0:
            return scores
        model = SGDClassifier(
            loss="log_loss", alpha=3e-6, max_iter=12, tol=None, random_state=seed, n_jobs=1
        )
        model.fit(self.features[pairs.row], pairs.col)
        found = model.predict_proba(self.features[rows])
        scores[:, model.classes_] = found
        return scores


def score_by_neighbours(vectors: NDArray[np.float32], target: Target, rows: Rows) -> Scores:
    """Return the votes of the nearest products by cosine, nearer ones weighted more."""
    scores = np.zeros((len(rows), len(target.tails)))
    nearest = np.zeros(len(rows))
    known = target.known
    if not len(known):
        return scores
    of_known = vectors[known]
    labels = _shares(target.labels[known])
    for start in range(0, len(rows), _ROWS_PER_STEP):
        step = slice(start, start + _ROWS_PER_STEP)
        places, cosines = _nearest(vectors[rows[step]], of_known)
        weights = np.exp(_SHARPNESS * (cosines - cosines[:, :1]))
        weights /= weights.sum(1, keepdims=True)
        n, k = places.shape
        votes = sparse.csr_array(
            (weights.ravel(), places.ravel(), np.arange(0, n * k + 1, k)), (n, len(known))
        )
        scores[step] = (votes @ labels).toarray()
        nearest[step] = cosines[:, 0]
    scores[nearest <= 0] = 0
    return scores


def neighbours_with(
    vectors: NDArray[np.float32], holders: NDArray[np.bool_], rows: Rows
) -> NDArray[np.float64]:
    """Return the share of each row's nearest other products that have a value for a field."""
    shares = np.zeros(len(rows))
    for start in range(0, len(rows), _ROWS_PER_STEP):
        chosen = rows[start : start + _ROWS_PER_STEP]
        places, _ = _nearest(vectors[chosen], vectors, _NEIGHBOURS + 1)
        other = places != chosen[:, None]
        told = (holders[places] & other).sum(1)
        shares[start : start + len(chosen)] = told / np.maximum(other.sum(1), 1)
    return shares


def _nearest(
    queries: NDArray[np.float32], vectors: NDArray[np.float32], most: int = _NEIGHBOURS
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return indexes and cosines of the nearest vectors, nearest first, each [queries, k]."""
    cosines = queries @ vectors.T
    k = min(most, len(vectors))
    places = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
    found = np.take_along_axis(cosines, places, 1)
    order = np.lexsort((places, -found), axis=1)
    return np.take_along_axis(places, order, 1), np.take_along_axis(found, order, 1).astype(float)


class NeighbourVotes:
    """Votes of two-hop neighbours: products that share a fact or are linked.

    Each shared fact votes with the values of its products; its weight is its inverse frequency
    times the squared share of its commonest value, so that facts that do not discriminate count
    little.

    Args:
        catalogue: catalogue that gives the links and the number of products.
        known: facts that may be used, by field.
    """

    def __init__(self, catalogue: Catalogue, known: Mapping[str, FieldFacts]) -> None:
        n = len(catalogue.keys)
        blocks = {name: matrix(facts, n) for name, facts in known.items()}
        if BRAND in blocks and CATEGORY in blocks:
            blocks["brand and category"] = _cross(blocks[BRAND], blocks[CATEGORY])
        self._of_both = frozenset({"brand and category"})
        blocks |= {f"link {name}": matrix(facts, n) for name, facts in catalogue.links.items()}
        self._links = _adjacency(catalogue)
        names = list(blocks)
        widths = [blocks[name].shape[1] for name in names]
        self._block = np.repeat(np.arange(len(names)), widths)
        self._names = names
        self._facts = sparse.hstack([*blocks.values(), sparse.csr_array((n, 0))], "csr")

    def score(self, target: Target, rows: Rows) -> Scores:
        """Return the weighted mean of the votes."""
        hidden = {target.field}
        if target.field in (BRAND, CATEGORY):
            # The pair contains the target's value, so it must not vote.
            hidden |= self._of_both
        usable = np.array([name not in hidden for name in self._names], bool)
        facts = self._facts[:, usable[self._block]] if len(self._names) else self._facts
        labels = _shares(target.labels)
        holders = np.asarray(facts[target.known].sum(0)).ravel()
        votes = (facts.T @ labels).tocsr()
        # The added one weakens the votes of facts that few products share.
        votes = sparse.diags_array(1 / (holders + 1)) @ votes
        purest = votes.max(axis=1).toarray().ravel() if votes.shape[1] else holders
        rarity = np.log((len(target.known) + 1) / (holders + 1)) + 0.1
        weights = np.where(holders > 0, rarity * purest**2, 0)
        asked = facts[rows] @ sparse.diags_array(weights)
        near = self._links[rows]
        scores = (asked @ votes).toarray() + _LINK_WEIGHT * (near @ labels).toarray()
        of_links = near[:, target.known].sum(1)
        total = np.asarray(asked.sum(1)).ravel() + _LINK_WEIGHT * np.asarray(of_links).ravel()
        found: Scores = scores / np.maximum(total, 1e-9)[:, None]
        return found


def latent_vectors(texts: TextSimilarity) -> NDArray[np.float32]:
    """Compute text vectors by truncated SVD of TF-IDF, for use without a text encoder.

    Returns:
        float32 [products, 128 or fewer], each of norm one or zero.
    """
    n, width = texts.features.shape
    if min(n, width) <= 2:
        return np.zeros((n, 1), np.float32)
    size = min(_LATENT, n - 1, width - 1)
    left, scales, _ = randomized_svd(texts.features, size, random_state=0)
    vectors = left * scales
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return found


def matrix(facts: FieldFacts, n: int) -> Sparse:
    """Return float64 sparse [n, tails]; 1 where a product has a tail."""
    ones = np.ones(len(facts.pairs))
    return sparse.csr_array((ones, (facts.pairs[:, 0], facts.pairs[:, 1])), (n, len(facts.tails)))


def _cross(brands: Sparse, categories: Sparse) -> Sparse:
    """Return a column for each occurring pair of a product's first brand and first category."""
    both = np.flatnonzero((np.diff(brands.indptr) > 0) & (np.diff(categories.indptr) > 0))
    first = brands.indices[brands.indptr[both]].astype(np.int64)
    second = categories.indices[categories.indptr[both]]
    _, columns = np.unique(first * categories.shape[1] + second, return_inverse=True)
    width = int(columns.max(initial=-1)) + 1
    return sparse.csr_array((np.ones(len(both)), (both, columns)), (brands.shape[0], width))


def _adjacency(catalogue: Catalogue) -> Sparse:
    """Return the number of relations that link each pair of products, in either direction."""
    n = len(catalogue.keys)
    places = {key: place for place, key in enumerate(catalogue.keys)}
    found: Sparse = sparse.csr_array((n, n))
    for facts in catalogue.links.values():
        tails = np.array([places.get(key, -1) for key in facts.tails], np.int64)
        ends = tails[facts.pairs[:, 1]] if len(tails) else np.empty(0, np.int64)
        kept = ends >= 0
        heads = facts.pairs[kept, 0]
        found += sparse.csr_array((np.ones(len(heads)), (heads, ends[kept])), (n, n))
    return (found + found.T).tocsr()


def _shares(labels: Sparse) -> Sparse:
    """Return each product's values scaled to one vote in total."""
    counts = np.maximum(np.diff(labels.indptr), 1)
    return (sparse.diags_array(1.0 / counts) @ labels).tocsr()
