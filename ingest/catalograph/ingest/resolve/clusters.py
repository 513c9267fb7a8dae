"""Clusters from scored pairs: the best pairs first, and never against a constraint.

Union-find (Tarjan, 1975) with cannot-link constraints (Wagstaff et al., 2001): two groups join only
if no member of one may not be with any member of the other, so a chain of likenesses never brings
together what contradicts itself, whatever order the pairs come in.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Forbidden = Callable[[str, str], str | None]
"""Why two products cannot be one; None where they can."""


@dataclass(frozen=True)
class Link:
    """Two products that are one, with how sure that is and what says so."""

    left: str
    right: str
    score: float
    method: str


@dataclass(frozen=True)
class RefusedLink:
    """A link that a constraint forbids, and between which members."""

    link: Link
    left: str
    right: str
    reason: str


@dataclass(frozen=True)
class Grouping:
    """What came of some links.

    Attributes:
        groups: keys of each group of two and more, sorted, in order.
        joined: by product, its best link within its group.
        refusals: links that a constraint forbade.
    """

    groups: tuple[tuple[str, ...], ...]
    joined: Mapping[str, Link]
    refusals: tuple[RefusedLink, ...]


def group(links: Iterable[Link], forbidden: Forbidden) -> Grouping:
    """Join products by their links, the surest first; ties by key."""
    owner: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    joined: dict[str, Link] = {}
    refusals: list[RefusedLink] = []
    for link in sorted(links, key=lambda k: (-k.score, *sorted((k.left, k.right)), k.method)):
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
            small, large = sorted(ends, key=lambda end: (len(members[end]), end))
            for product in members[small]:
                owner[product] = large
            members[large] += members.pop(small)
        for product in (link.left, link.right):
            joined.setdefault(product, link)
    groups = sorted(tuple(sorted(found)) for found in members.values() if len(found) > 1)
    return Grouping(tuple(groups), joined, tuple(refusals))


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
