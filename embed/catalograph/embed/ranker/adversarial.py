"""Training against small wrong steps, and typing errors to test it with."""

import numpy as np
from torch import Tensor

_SHORTEST = 3
"""Words below this length are left as they are; little would be left of them."""


def fgm_step(gradient: Tensor, length: float) -> Tensor:
    """The fast gradient method: length·g / ‖g‖ of each example (Miyato et al. 2017).

    The paper (arXiv:1605.07725) moves word embeddings; here it is what enters the trained
    layers, which are the embeddings where no layer is frozen.

    Args:
        gradient: float [b, n, width], of the loss by the states.
        length: of the step.

    Returns:
        What to add to the states, as `gradient`; zero for an example without a gradient.
    """
    norms = gradient.flatten(1).norm(dim=1)[:, None, None]
    step: Tensor = length * gradient / norms.clamp_min(1e-12)
    return step


def with_typos(text: str, seed: int) -> str:
    """Write a text wrongly: in each longer word two neighbours swapped, or a character dropped.

    Args:
        text: words between blanks.
        seed: the same text and seed give the same errors.
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
