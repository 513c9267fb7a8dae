"""Precision of rules and dictionary entries in a feed, by domain, category and value.

Where a column states the attribute that an extractor finds in the text of the same product, the two
agree or not. These counts update a prior (the domain's, else the extractor's own confidence) by
additive smoothing at three levels, each of which is the prior of the next: domain, category, value
within the category. So a category with little evidence follows its domain, and one with much
evidence follows itself. An extractor whose precision falls below `LEAST_PRECISION` is muted there.

Statements with a label in the text ("Material: steel") count like columns where there is no column.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from catalograph.ingest.extract.domains import (
    GENERAL,
    domain_of,
    domain_of_categories,
    prior_precision,
)
from catalograph.ingest.extract.findings import Finding
from catalograph.ingest.normalise.words import plain_colour
from catalograph.schema import Node, keys

LEAST_PRECISION = 0.7
"""Precision below which an extractor is muted in a category."""
_WEIGHT = 8
"""Number of observations that a prior counts for."""
_ENOUGH = 3
"""Smallest number of comparisons at a level for its evidence to count."""
_HIGHEST = 0.95
_SAME = 0.06

Place = tuple[str, ...]
"""Extractor, and domain, category or value to which counts belong."""


@dataclass(frozen=True)
class ProductPlace:
    """Where a product stands: its domain and categories.

    Attributes:
        domain: domain of the product; see `domains.yaml`.
        categories: keys of its categories and of their ancestors, the most general first.
    """

    domain: str = GENERAL
    categories: tuple[str, ...] = ()

    @classmethod
    def of(cls, categories: Iterable[Node], title: str = "") -> "ProductPlace":
        """Return the place of a product.

        Args:
            categories: nodes of its categories.
            title: title of the product, which may name its domain.
        """
        domain, levels = _read_place(tuple(tuple(node.properties["path"]) for node in categories))
        return cls(domain_of((), title) if domain is None else domain, levels)


@lru_cache(maxsize=16_384)
def _read_place(paths: tuple[tuple[str, ...], ...]) -> tuple[str | None, tuple[str, ...]]:
    """Return what the paths of a product's categories say of its place; no domain for None."""
    levels: dict[str, int] = {}
    for path in paths:
        levels |= {key: n for n, key in enumerate(_ancestors(path))}
    ordered = sorted(levels, key=lambda key: (levels[key], key))
    return domain_of_categories(" > ".join(path) for path in paths), tuple(ordered)


@lru_cache(maxsize=16_384)
def _ancestors(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys of a category and of those above it, the most general first."""
    return tuple(keys.category_key(path[: n + 1]) for n in range(len(path)))


@dataclass
class PrecisionCounts:
    """Comparisons of findings with what columns or labels state.

    Attributes:
        compared: number of comparisons, by place.
        agreed: number of those in which both agree.
    """

    compared: Counter[Place] = field(default_factory=Counter)
    agreed: Counter[Place] = field(default_factory=Counter)

    def add(self, finding: Finding, stated: Sequence[str], place: ProductPlace) -> None:
        """Compare a finding with the stated values of its attribute, which are names."""
        agrees = any(means_same(finding, name) for name in stated)
        for at in _places(finding, place):
            self.compared[at] += 1
            self.agreed[at] += agrees


class FeedPrecision:
    """Precision of each extractor in a feed; without counts, that of the domains' table.

    Args:
        counts: comparisons in the feed.
    """

    def __init__(self, counts: PrecisionCounts | None = None) -> None:
        self.counts = counts or PrecisionCounts()

    def judge(self, finding: Finding, place: ProductPlace) -> float | None:
        """Return the confidence of a finding at a place; None if it is muted there.

        The confidence is rounded to steps of 0.05, so that one more row of a feed does not change
        the support of all others.
        """
        prior = prior_precision(place.domain, finding.attribute)
        share = finding.confidence if prior is None else min(prior, finding.confidence)
        judged = False
        for at in _places(finding, place):
            compared = self.counts.compared[at]
            if compared >= _ENOUGH:
                judged = True
                share = (share * _WEIGHT + self.counts.agreed[at]) / (_WEIGHT + compared)
        if share < LEAST_PRECISION:
            return None
        return round(min(share, _HIGHEST) * 20) / 20 if judged else share


def _places(finding: Finding, place: ProductPlace) -> Iterator[Place]:
    name = f"{finding.extractor} {finding.attribute}"
    yield name, place.domain
    for category in place.categories:
        yield name, category
    last = place.categories[-1] if place.categories else place.domain
    yield name, last, keys.normalise(finding.name)


def means_same(finding: Finding, stated: str) -> bool:
    """Return whether a stated value says the same as a finding, if in more or fewer words.

    "Genuine Leather" agrees with leather, "navy" with blue, "1.0 kg" with "1000 g".
    """
    found = finding.tail()
    name = str(found.properties["name"])
    number = found.properties.get("number")
    if number is not None:
        other = _leading_number(stated)
        return other is not None and abs(other - number) <= _SAME * max(abs(number), abs(other))
    a, b = keys.normalise(name), keys.normalise(stated)
    if a == b or a in b.split("/") or b in a.split("/"):
        return True
    one, two = set(a.split()), set(b.split())
    if one <= two or two <= one:
        return True
    return plain_colour(a) == plain_colour(b)


def _leading_number(text: str) -> float | None:
    head = text.split(" ", 1)[0].replace(",", "")
    try:
        return float(head)
    except ValueError:
        return None


def stated_values(
    facts: Iterable[tuple[str, str]], labelled: Iterable[Finding]
) -> dict[str, list[str]]:
    """Return the names of the values that columns state, else that labels in the text do.

    Args:
        facts: attribute and value name of each column's statement.
        labelled: findings after a label in the text.
    """
    stated: dict[str, list[str]] = defaultdict(list)
    for attribute, name in facts:
        stated[attribute].append(name)
    by_label: dict[str, list[str]] = defaultdict(list)
    for finding in labelled:
        if finding.attribute not in stated:
            by_label[finding.attribute].append(str(finding.tail().properties["name"]))
    return {**stated, **by_label}
