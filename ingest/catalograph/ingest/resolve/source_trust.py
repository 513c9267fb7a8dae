"""Truth discovery: accuracy of each source, learned from agreement, and the likeliest values.

The ACCU model of Dong, Berti-Equille and Srivastava (Integrating conflicting data, VLDB 2009),
without its detection of copying between sources: a value's vote is the sum of ln(n A / (1 - A))
over the sources that claim it, where A is a source's accuracy and n the number of false values; the
value's probability is the softmax of the votes; a source's accuracy is the mean probability of its
claims. The two steps repeat until no accuracy changes.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Parameters of ACCU: initial accuracy, and assumed number of false values per item.
_START = 0.8
_FALSE_VALUES = 10
# Iteration ends after so many rounds, or once no accuracy changes by more.
_ROUNDS = 50
_CLOSE = 1e-6
_PRIOR = 4.0
"""Weight of the starting accuracy, in claims, so that one claim does not make a source certain."""

# Bounds keep the logarithm of the odds finite.
_LOWEST, _HIGHEST = 0.05, 0.99


@dataclass(frozen=True, order=True)
class ValueClaim:
    """A source's claim that an item has a value; `value` is in comparison form."""

    item: str
    source: str
    value: str


def learn_trust(claims: Iterable[ValueClaim]) -> dict[str, float]:
    """Return the accuracy of each source, 0 to 1.

    Only items that at least two sources describe are used; a source without such items keeps
    the starting accuracy.
    """
    everything = sorted(set(claims))
    speakers: dict[str, set[str]] = defaultdict(set)
    for claim in everything:
        speakers[claim.item].add(claim.source)
    telling = [claim for claim in everything if len(speakers[claim.item]) > 1]
    accuracy = {claim.source: _START for claim in everything}
    for _ in range(_ROUNDS):
        belief = believe(telling, accuracy)
        gained = dict.fromkeys(accuracy, _PRIOR * _START)
        counted = dict.fromkeys(accuracy, _PRIOR)
        for claim in telling:
            gained[claim.source] += belief[claim.item, claim.value]
            counted[claim.source] += 1
        renewed = {
            source: min(_HIGHEST, max(_LOWEST, gained[source] / counted[source]))
            for source in accuracy
        }
        moved = max((abs(renewed[s] - accuracy[s]) for s in accuracy), default=0.0)
        accuracy = renewed
        if moved < _CLOSE:
            break
    return accuracy


def believe(
    claims: Iterable[ValueClaim], accuracy: Mapping[str, float]
) -> dict[tuple[str, str], float]:
    """Return the probability of each claimed value of each item, by (item, value)."""
    votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for claim in sorted(set(claims)):
        trusted = accuracy.get(claim.source, _START)
        votes[claim.item][claim.value] += math.log(_FALSE_VALUES * trusted / (1 - trusted))
    found = {}
    for item, values in votes.items():
        top = max(values.values())
        # Values that no source claims have a vote of 0.
        unsaid = max(0, _FALSE_VALUES + 1 - len(values)) * math.exp(-top)
        total = sum(math.exp(vote - top) for vote in values.values()) + unsaid
        for value, vote in values.items():
            found[item, value] = math.exp(vote - top) / total
    return found
