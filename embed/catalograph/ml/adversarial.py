"""Adversarial training steps, and synthetic typing errors for testing."""

import numpy as np
from torch import Tensor

_SHORTEST = 3
"""Minimum length of a word to get a typing error; a shorter one would hardly be recognisable."""


def fgm_step(gradient: Tensor, length: float) -> Tensor:
    """Return the step of the fast gradient method: length·g / ‖g‖ per example (Miyato et al. 2017).

    The paper (arXiv:1605.07725) perturbs word embeddings; here the input of the trained layers is
    perturbed, which is the embeddings if no layer is frozen.

    Args:
        gradient: float [b, n, width], gradient of the loss by the states.
        length: length of the step.

    Returns:
        The perturbation of the states, shaped like `gradient`; zero for a zero gradient.
    """
    norms = gradient.flatten(1).norm(dim=1)[:, None, None]
    step: Tensor = length * gradient / norms.clamp_min(1e-12)
    return step


def with_typos(text: str, seed: int) -> str:
    """Add typing errors: in each longer word, swap two neighbours or drop a character.

    Args:
        text: words separated by blanks.
        seed: random seed; the same text and seed give the same errors.
    """
    rng = np.random.default_rng([seed, *text.encode()])
    return " ".join(_mistype(word, rng) for word in text.split())


def _mistype(word: str, rng: np.random.Generator) -> str:
    if len(word) < _SHORTEST:
        return word
    at = int(rng.integers(len(word) - 1))
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    dropped = word[:at] + word[at + 1 :]
    return swapped if rng.random() < 0.5 and swapped != word else dropped
