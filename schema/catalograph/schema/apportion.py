"""Division of a part of a weight among the facts that cause it."""

import math
from collections.abc import Sequence


def share_out(part: float, strengths: Sequence[float]) -> list[float]:
    """Divide a part among facts that two products share, in proportion to their strengths.

    A relation's part grows with the sum of the strengths. Facts of the part's own sign share it;
    those of the other sign are netted, as the part is what they left of it. So no share is greater
    than the part, however nearly the strengths cancel out. If no fact has the sign of the part, or
    all strengths are zero, all facts share it, in the latter case equally.

    Args:
        part: part of a weight.
        strengths: for each fact, the product of both ends' strengths; negative where the one
            product has the opposite of what the other has.

    Returns:
        The share of each fact; they add up to the part.
    """
    sizes: Sequence[float] = strengths
    if min(strengths) < 0:
        agreeing = [max(math.copysign(1.0, part) * strength, 0.0) for strength in strengths]
        sizes = agreeing if any(agreeing) else [abs(strength) for strength in strengths]
    total = math.fsum(sizes)
    if not total:
        return [part / len(sizes)] * len(sizes)
    return [part * (size / total) for size in sizes]
