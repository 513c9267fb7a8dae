"""What a coordinator and shops agree on: names of files and of sums."""

__all__ = [
    "AVERAGE",
    "CONTRIBUTION",
    "LEAST_SHOPS",
    "OUTCOME",
    "PAIRS",
    "POPULARITY",
    "REPORT",
    "ROWS",
    "SUM",
    "WEIGHTS",
]

CONTRIBUTION = "contribution.npz"
"""In a shop's folder: what it adds to the sum, as `PairCounts`."""
ROWS = "rows.npz"
"""In a shop's folder: what its part of a classifier is trained on, as `HeadRows`; stays there."""
AVERAGE = "average.npz"
"""In a shop's folder: the average of the shops' weights so far, as `HeadWeights`."""
SUM = "sum.npz"
"""In a shop's folder: the sum of all shops by its own identifiers, as `PairCounts`."""
OUTCOME = "outcome.json"
"""In a shop's folder, written last: whether its numbers are in the sum, and those of how many."""
REPORT = "report.json"
"""In the coordinator's folder, written last."""
POPULARITY = "popularity"
"""The sum of shoppers by product."""
PAIRS = "pairs"
"""The sum of shoppers by pair of products, with the number of shoppers."""
WEIGHTS = "weights"
"""The sum of weights, followed by the number of the round."""
LEAST_SHOPS = 3
"""Number of shops in a sum; of two, each could subtract its own numbers."""
