"""Privacy accounting: what releases with Gaussian noise cost together.

A release has a noise multiplier: the standard deviation of its noise in units of the L2
sensitivity, which is how much one shopper can change the statistic. Rényi accounting (Mironov 2017,
arXiv:1702.07476) is used because its bound α/(2·z²) holds for the discrete Gaussian as it does for
the continuous one (Canonne, Kamath, Steinke 2020, arXiv:2004.00010, theorem 14 and proposition 5).
"""

import math
from collections.abc import Sequence
from typing import Any

from catalograph.errors import ConfigError, MissingExtraError

__all__ = ["check_budget", "choose_noise_multiplier", "spent_epsilon"]

_LARGEST_MULTIPLIER = 1e6


def spent_epsilon(multipliers: Sequence[float], delta: float) -> float:
    """Return ε of releases about the same shoppers, taken together; 0 without any.

    Args:
        multipliers: noise multiplier of each release, above 0.
        delta: δ, between 0 and 1.

    Raises:
        ConfigError: δ or a multiplier is out of range.
        MissingExtraError: dp_accounting is not installed.
    """
    _check_delta(delta)
    if not multipliers:
        return 0.0
    if not all(math.isfinite(z) and z > 0 for z in multipliers):
        raise ConfigError(f"Noise multipliers are {list(multipliers)}; expected numbers above 0.")
    accounting = _library()
    accountant = accounting.rdp.RdpAccountant()
    for multiplier in multipliers:
        accountant.compose(accounting.GaussianDpEvent(multiplier))
    return float(accountant.get_epsilon(delta))


def choose_noise_multiplier(epsilon: float, delta: float) -> float:
    """Return the smallest noise multiplier with which one release costs at most ε.

    Args:
        epsilon: ε, above 0.
        delta: δ, between 0 and 1.

    Raises:
        ConfigError: ε or δ is out of range.
        MissingExtraError: dp_accounting is not installed.
    """
    check_budget(epsilon, delta)
    low, high = 1e-3, 1.0
    while spent_epsilon([high], delta) > epsilon:
        low, high = high, 2 * high
        if high > _LARGEST_MULTIPLIER:
            raise ConfigError(f"epsilon is {epsilon}; so little leaves nothing but noise.")
    while high / low > 1 + 1e-6:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if spent_epsilon([middle], delta) > epsilon else (low, middle)
    return high


def check_budget(epsilon: float, delta: float) -> None:
    """Refuse an ε or δ that is out of range.

    Raises:
        ConfigError: ε is not a finite number above 0, or δ is not between 0 and 1.
    """
    _check_delta(delta)
    if not (math.isfinite(epsilon) and epsilon > 0):
        raise ConfigError(f"epsilon is {epsilon}; expected a finite number above 0.")


def _check_delta(delta: float) -> None:
    if not 0 < delta < 1:
        raise ConfigError(
            f"delta is {delta}; expected a number above 0 and below 1, less than one in the number "
            "of shoppers."
        )


def _library() -> Any:
    try:
        import dp_accounting
        import dp_accounting.rdp
    except ImportError as exc:
        raise MissingExtraError("privacy", "dp-accounting") from exc
    return dp_accounting
