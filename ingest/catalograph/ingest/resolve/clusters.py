"""Clusters from scored pairs: the best pairs first, never against a constraint.

Union-find (Tarjan, 1975) with cannot-link constraints (Wagstaff et al., 2001): two groups join only
if no constraint separates any of their members. So a chain of similar pairs never joins products
that contradict each other, in whatever order the pairs come.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from catalograph.store.queries.resolve import PERSON

Forbidden = Callable[[str, str], str | None]
"""Function that returns why two products cannot be the same; None if they can."""


@dataclass(frozen=True)
class Link:
    """Two products that are the same, with the score and the method that joined them."""

    left: str
    right: str
    score: float
    method: str


@dataclass(frozen=True)
class RefusedLink:
    """A link that a constraint forbids, with the two members that the constraint separates."""

    link: Link
    left: str
    right: str
    reason: str


@dataclass(frozen=True)
class Grouping:
    """Groups that result from links.

    Attributes:
        groups: sorted keys of each group of two or more products, in order.
        joined: best link of each product within its group.
        refusals: links that a constraint forbade.
    """

    groups: tuple[tuple[str, ...], ...]
    joined: Mapping[str, Link]
    refusals: tuple[RefusedLink, ...]

    def holds(self, pair: Iterable[str]) -> bool:
        """Return whether one group contains all these products."""
        owners = {self._owner.get(product) for product in pair}
        return len(owners) == 1 and None not in owners

    @cached_property
    def _owner(self) -> Mapping[str, int]:
        return {product: n for n, products in enumerate(self.groups) for product in products}


def group(links: Iterable[Link], forbidden: Forbidden) -> Grouping:
    """Join products by their links, a person's first, then by score; ties are ordered by key."""
    owner: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    joined: dict[str, Link] = {}
    refusals: list[RefusedLink] = []
    for link in sorted(links, key=_order):
        ends = []
        for product in (link.left, link.right):
            if product not in owner:
                owner[product], members[product] = product, [product]
            ends.append(owner[product])
        if ends[0] != ends[1]:
            refusal = _refusal(link, members[ends[0]], members[ends[1]], forbidden)
            if refusal:
                refusals.append(refusal)
                continue
            # Union by size: only the members of the smaller group change their owner.
            small, large = sorted(ends, key=lambda end: (len(members[end]), end))
            for product in members[small]:
                owner[product] = large
            members[large] += members.pop(small)
        for product in (link.left, link.right):
            joined.setdefault(product, link)
    groups = sorted(tuple(sorted(found)) for found in members.values() if len(found) > 1)
    return Grouping(tuple(groups), joined, tuple(refusals))


def _order(link: Link) -> tuple[bool, float, str, str, str]:
    left, right = sorted((link.left, link.right))
    return link.method != PERSON, -link.score, left, right, link.method


def _refusal(
    link: Link, some: Iterable[str], others: Iterable[str], forbidden: Forbidden
) -> RefusedLink | None:
    others = list(others)
    for left in some:
        for right in others:
            reason = forbidden(left, right)
            if reason:
                return RefusedLink(link, left, right, reason)
    return None
