"""Layout of vectors in two dimensions."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError

__all__ = ["sample", "two_dimensions"]

_PERPLEXITY = 30.0


def sample(count: int, most: int, seed: int = 0) -> NDArray[np.intp]:
    """Sample at most `most` of `count` indices, sorted."""
    chosen = np.random.default_rng(seed).permutation(count)[:most]
    return np.sort(chosen)


def two_dimensions(vectors: NDArray[np.floating[Any]], seed: int = 0) -> NDArray[np.float64]:
    """Lay out vectors so that near ones stay near: t-SNE by cosine (van der Maaten, Hinton 2008).

    Args:
        vectors: float [n, d], none of them zero.
        seed: seed of the gradient descent, which starts at the first two principal components.

    Returns:
        float64 [n, 2]; the principal components themselves if there are too few vectors.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    try:
        from sklearn.decomposition import PCA
        from sklearn.manifold import TSNE
    except ModuleNotFoundError as exc:
        raise MissingExtraError("embed", "scikit-learn") from exc

    if min(vectors.shape) < 2:
        return np.pad(np.asarray(vectors, np.float64), ((0, 0), (0, 2)))[:, :2]
    if len(vectors) <= 3 * _PERPLEXITY:
        return np.asarray(PCA(2, random_state=seed).fit_transform(vectors), np.float64)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    # For vectors of length one, Euclidean distance has the same order as cosine distance.
    found = TSNE(perplexity=_PERPLEXITY, init="pca", random_state=seed).fit_transform(unit)
    return np.asarray(found, np.float64)
