"""Whether a share has risen beyond its own history: Fisher's exact test, one-sided.

Fisher, R. A. (1922), "On the interpretation of χ² from contingency tables, and the calculation of
P". Journal of the Royal Statistical Society 85. A binomial test against the earlier share would
take that share for certain; where there are few earlier reviews it is not, and here it counts how
many there are.
"""

from dataclasses import dataclass
from math import exp, lgamma

SIGNIFICANCE = 0.001
"""Largest probability of so many negatives by chance. Small, as a window is looked at often."""
SMALLEST_RISE = 0.05
"""Among thousands of reviews a rise that matters to nobody is significant."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Two samples of reviews, and how many of each are negative.

    Attributes:
        recent: size of the recent one.
        recent_negative: negative ones in it.
        earlier: size of the earlier one.
        earlier_negative: negative ones in it.
    """

    recent: int
    recent_negative: int
    earlier: int
    earlier_negative: int

    @property
    def recent_share(self) -> float:
        """Share of negative ones among the recent; 0 where there are none."""
        return self.recent_negative / self.recent if self.recent else 0.0

    @property
    def earlier_share(self) -> float:
        """Share of negative ones among the earlier; 0 where there are none."""
        return self.earlier_negative / self.earlier if self.earlier else 0.0

    def probability(self) -> float:
        """How probable so many negatives among the recent are, or more, if nothing has changed."""
        total = self.recent + self.earlier
        negative = self.recent_negative + self.earlier_negative
        terms = (
            exp(
                _log_choose(negative, k)
                + _log_choose(total - negative, self.recent - k)
                - _log_choose(total, self.recent)
            )
            for k in range(
                max(self.recent_negative, self.recent - (total - negative)),
                min(self.recent, negative) + 1,
            )
        )
        return min(1.0, sum(terms))

    def has_risen(self, minimum: int) -> bool:
        """Whether the recent share lies beyond the earlier one.

        Args:
            minimum: fewer reviews in either sample tell nothing.
        """
        return (
            min(self.recent, self.earlier) >= minimum
            and self.recent_share - self.earlier_share >= SMALLEST_RISE
            and self.probability() <= SIGNIFICANCE
        )


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
