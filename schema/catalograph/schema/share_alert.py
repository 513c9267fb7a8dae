"""Test whether a share rose above its own history: Fisher's exact test, one-sided.

Fisher, R. A. (1922), "On the interpretation of χ² from contingency tables, and the calculation of
P". Journal of the Royal Statistical Society 85. A binomial test against the earlier share would
treat that share as exact; with few earlier reviews it is not, and Fisher's test accounts for their
number.
"""

from dataclasses import dataclass
from math import exp, lgamma

SIGNIFICANCE = 0.001
"""Significance level; small because the same window is tested many times."""
CALM_PROBABILITY = 0.05
"""P-value from which a share that had risen no longer differs: the lower bound of hysteresis."""
SMALLEST_RISE = 0.05
"""Smallest rise to report: among thousands of reviews even a negligible one is significant."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Sizes of two samples of reviews, and the number of negative reviews in each.

    Attributes:
        recent: size of the recent sample.
        recent_negative: number of negative reviews in it.
        earlier: size of the earlier sample.
        earlier_negative: number of negative reviews in it.
    """

    recent: int
    recent_negative: int
    earlier: int
    earlier_negative: int

    @property
    def recent_share(self) -> float:
        """Share of negative reviews in the recent sample; 0 if that is empty."""
        return self.recent_negative / self.recent if self.recent else 0.0

    @property
    def earlier_share(self) -> float:
        """Share of negative reviews in the earlier sample; 0 if that is empty."""
        return self.earlier_negative / self.earlier if self.earlier else 0.0

    def probability(self) -> float:
        """Return the p-value: chance of at least this many recent negatives if nothing changed."""
        total = self.recent + self.earlier
        negative = self.recent_negative + self.earlier_negative
        # Upper tail of the hypergeometric distribution; logarithms avoid overflow.
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

    def has_risen(self, minimum: int, smallest: float = SMALLEST_RISE) -> bool:
        """Return whether the recent share is significantly above the earlier one.

        Args:
            minimum: smallest sample size; with fewer reviews the answer is False.
            smallest: smallest rise of the share.
        """
        return (
            min(self.recent, self.earlier) >= minimum
            and self.recent_share - self.earlier_share >= smallest
            and self.probability() <= SIGNIFICANCE
        )

    def is_calm(self) -> bool:
        """Return whether the recent share no longer differs from the earlier one."""
        return self.probability() > CALM_PROBABILITY


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
