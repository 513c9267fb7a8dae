"""The preference job with differential privacy: public facts, and one private count a product.

The item-item weights follow from what the catalogue states of its products. What shoppers chose
comes in once: the products are counted, with the contribution of each shopper bounded and with
discrete Gaussian noise, and the weights of edges to a product are multiplied by a power of what the
noisy count says of the true one. Everything is fixed before: nothing is tuned, measured or chosen
on the shop's shoppers, as that would be a further release.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.preference import PreferenceConfig, Preferences, learn_preferences
from catalograph.embed.private_config import PrivateConfig
from catalograph.embed.recommend.matrices import incidence, row_of_entry
from catalograph.embed.recommend.title_words import title_words
from catalograph.ml.privacy.accounting import choose_noise_multiplier
from catalograph.ml.privacy.counts import PrivateCounts, estimate_distribution, release_counts
from catalograph.ml.privacy.noise import Noise, add_exact_noise
from catalograph.schema.model_kinds import TITLE
from catalograph.store import EdgeTable, FactTable, GraphSnapshot

__all__ = ["PrivatePreferences", "learn_private_preferences", "public_part"]

_POWER_ALONE, _POWER_BESIDE_LISTS = 0.3, 0.5
"""Power of the counts that weights are multiplied by, without co-purchase lists and with them;
chosen on validation splits of Amazon Beauty, like the settings below."""
_SETTINGS: dict[str, Any] = {
    "lambda": 100.0,
    "weights": {
        "HAS_BRAND": 3.0,
        "ALSO_BOUGHT": 18.0,
        "ALSO_VIEWED": 2.0,
        "BOUGHT_TOGETHER": 3.0,
    },
    "other_weight": 1.0,
    "dtype": "float32",
    "tuned_on": 0,
}
_TITLES_ALONE, _TITLES_BESIDE_LISTS = 8.0, 4.0
"""Weight of the words of titles without co-purchase lists, and with them."""
POPULAR = 500
"""Number of popular products kept with a version."""

Charge = Callable[[float], float]
"""Enters a release with a noise multiplier into the budget; returns ε spent in all."""


@dataclass(frozen=True)
class PrivatePreferences:
    """The result of a private training.

    Attributes:
        learned: edges, and what the card says.
        popular: keys of the products, those with the largest released counts first.
    """

    learned: Preferences
    popular: tuple[str, ...]


def learn_private_preferences(
    snapshot: GraphSnapshot,
    private: PrivateConfig,
    config: PreferenceConfig,
    charge: Charge,
    *,
    noise: Noise = add_exact_noise,
    progress: Callable[[str], None] = lambda line: None,
    titles: Mapping[str, str] | None = None,
) -> PrivatePreferences:
    """Learn item-item weights from public facts and one release of counts.

    Args:
        snapshot: training data; of its interactions the counts alone are used, once.
        private: ε, δ and relations.
        config: settings of the job; those of tuning are not used.
        charge: enters the release; called once, before the noise is drawn.
        noise: adds the noise.
        progress: callback that receives a line after each step.
        titles: titles by product key, whose words are public facts.

    Raises:
        ConfigError: ε or δ is out of range, or δ is too large for so many shoppers.
        EmptySnapshotError: there are no products.
        PrivacyBudgetError: the budget does not suffice.
    """
    multiplier = choose_noise_multiplier(private.epsilon, private.delta)
    private.check_shoppers(len(snapshot.users))
    weight = _TITLES_BESIDE_LISTS if private.aggregates else _TITLES_ALONE
    settings = {**_SETTINGS, "weights": {**_SETTINGS["weights"], TITLE: weight}}
    usual = replace(config, reuse=settings, measured=False, ages=False, private=None)
    public = _with_titles(public_part(snapshot, private.relations), titles or {})
    learned = learn_preferences(public, usual, progress, titles)
    progress("counting choices with noise")
    spent = charge(multiplier)
    choices = incidence(
        snapshot.interaction_users,
        snapshot.interaction_products,
        (len(snapshot.users), len(snapshot.products)),
    )
    counts = release_counts(choices, multiplier, noise)
    power = _POWER_BESIDE_LISTS if private.aggregates else _POWER_ALONE
    factors = estimate_distribution(counts).powers(power)
    details = dict(learned.tuned) | {
        "tuned_on": 0,
        "data_until": None,
        "count_power": power,
        "noise_multiplier": multiplier,
        "mechanism": "discrete Gaussian, L2 norm of a shopper's share at most 1",
        "protects": "everything one shopper chose (add or remove a shopper)",
        "spent_epsilon": spent,
    }
    edges = _rescale(learned.edges, factors)
    return PrivatePreferences(
        Preferences(edges, details, {}), _most_popular(snapshot.products, counts, factors)
    )


def public_part(snapshot: GraphSnapshot, relations: Sequence[str]) -> GraphSnapshot:
    """Return a snapshot without anything that comes from shoppers.

    Args:
        snapshot: training data.
        relations: names of the relations to keep; all attributes of `HAS_VALUE` are one of these.
    """
    none = np.empty(0, np.int32)
    return replace(
        snapshot,
        users=(),
        interaction_users=none,
        interaction_products=none,
        interaction_times=None,
        opinions=None,
        imputed={},
        facts={
            name: table
            for name, table in snapshot.facts.items()
            if name.partition(":")[0] in relations
        },
    )


def _with_titles(snapshot: GraphSnapshot, titles: Mapping[str, str]) -> GraphSnapshot:
    """Return a snapshot with the words of titles as a further relation."""
    relation, words = title_words([titles.get(key, "") for key in snapshot.products])
    if not words:
        return snapshot
    table = FactTable(
        row_of_entry(relation.facts).astype(np.int32),
        relation.facts.indices.astype(np.int32),
        tuple(f"word:{word}" for word in words),
    )
    return replace(snapshot, facts={**snapshot.facts, TITLE: table})


def _rescale(edges: EdgeTable, factors: NDArray[np.float64]) -> EdgeTable:
    """Multiply the weights of edges to each product by a factor; nothing is counted on them."""
    of_edge = factors[edges.targets]
    parts = edges.parts * of_edge[:, None]
    footing = edges.footing
    if footing is not None:
        footing = footing.copy()
        footing[:, -1] *= factors
    # Summed anew, so that the parts of a weight add up to it exactly.
    return replace(edges, weights=parts.sum(axis=1), parts=parts, footing=footing, shoppers=None)


def _most_popular(
    products: Sequence[str], counts: PrivateCounts, factors: NDArray[np.float64]
) -> tuple[str, ...]:
    order = np.lexsort((np.arange(len(products)), -counts.values, -factors))
    return tuple(products[n] for n in order[:POPULAR].tolist())
