"""Reasons of a recommendation: its score, shared out over paths in the graph.

An item's score is the sum of the weights of the preference edges that lead to it, and each weight
is the sum of its parts: one for interactions, one for their order if that was learned, one for each
relation of the knowledge graph. A relation's part is shared out over the facts that both ends have
in common, in proportion to their squared inverse document frequency, as the relation's Gram matrix
sums those squares: idf = ln((n + 1) / (degree + 1)), n products in the graph, `degree` of them with
the fact. A part without a common fact came over more than one step; those parts make one reason
called indirect.
Negative contributions are kept. The strongest reasons are listed one by one and the others summed,
so all add up to the score.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from catalograph.store.queries.api_queries import (
    EdgeRow,
    FactRow,
    ModelRow,
    RankedRow,
)

INTERACTIONS = "interactions"
SEQUENCE = "sequence"
DETAILED_REASONS = 10
"""Default number of reasons listed one by one for each item."""
_ROUNDING = 1e-12
"""Maximum size of an indirect contribution that is taken for a rounding error."""


@dataclass(frozen=True, slots=True)
class InteractionContribution:
    """Shoppers who chose the one product chose the other."""

    contribution: float
    product: str
    title: str | None
    later: bool = False
    """Whether it is about what they chose after it."""


@dataclass(frozen=True, slots=True)
class SharedFactContribution:
    """Both products have the same fact."""

    contribution: float
    product: str
    title: str | None
    fact: FactRow


@dataclass(frozen=True, slots=True)
class IndirectContribution:
    """Path of more than one step."""

    contribution: float


@dataclass(frozen=True, slots=True)
class OtherContribution:
    """Weaker reasons, summed."""

    contribution: float
    count: int


Contribution = (
    InteractionContribution | SharedFactContribution | IndirectContribution | OtherContribution
)
_Known = tuple[float, FactRow]
"""The squared idf of a fact, and the fact."""
_Found = tuple[float, str, str, str, int, float, EdgeRow, FactRow | None]
"""A candidate reason, as a cheap tuple because ten of hundreds are used: its sort key (strength,
product, relation and key of the fact or name of the part, place), its contribution, its edge, and
its fact if any."""


class ReasonBreakdown:
    """Shares the scores of one list's items out over their reasons."""

    def __init__(
        self,
        model: ModelRow,
        facts: Iterable[FactRow],
        n_products: int,
        parts: tuple[str, ...] | None = None,
    ) -> None:
        """Weigh the facts once for all items.

        Args:
            model: model that names the parts of the edges.
            facts: facts that items share with products of their edges; others are ignored.
            n_products: number of products in the graph.
            parts: parts of the model that make up the score; None for all.
        """
        wanted = [(n, name) for n, name in enumerate(model.parts) if parts is None or name in parts]
        self._names = wanted
        self._known: list[tuple[str, _Known]] = []
        names = {name for _, name in wanted}
        for fact in facts:
            part = fact.relation
            if part not in names:  # rare attributes share a part
                part = part.partition(":")[0]
            degree = fact.degree
            square = math.log((max(n_products, degree) + 1) / (degree + 1)) ** 2
            self._known.append((part, (square, fact)))

    def reasons(self, item: RankedRow, first: int = DETAILED_REASONS) -> list[Contribution]:
        """Share an item's score out over reasons.

        Args:
            item: recommended item with its edges.
            first: maximum number of reasons listed one by one.

        Returns:
            Reasons, strongest first, then Indirect and Other where there are such; their
            contributions add up to the score within 1e-9.
        """
        direct = self._direct(item)
        direct.sort()
        told = [
            InteractionContribution(share, edge.key, edge.title, relation == SEQUENCE)
            if fact is None
            else SharedFactContribution(share, edge.key, edge.title, fact)
            for _, _, relation, *_, share, edge, fact in direct[:first]
        ]
        weak = [share for *_, share, _edge, _fact in direct[first:]]
        reasons: list[Contribution] = [*told]
        other = math.fsum([item.rest_weight, *weak])
        # Taken from the score itself, so that rounding in the parts cannot break the sum.
        indirect = math.fsum([item.score, -other, *(-reason.contribution for reason in told)])
        if abs(indirect) > _ROUNDING:
            reasons.append(IndirectContribution(indirect))
        if weak or item.rest_count:
            reasons.append(OtherContribution(other, len(weak) + item.rest_count))
        return reasons

    def _direct(self, item: RankedRow) -> list[_Found]:
        """Return all reasons with a path of their own: hundreds, so each must be cheap."""
        own = self._facts_of(item.product["key"])
        found: list[_Found] = []
        for edge in item.edges:
            product, parts = edge.key, edge.parts
            for n, name in self._names:
                part = parts[n]
                if not part:
                    continue
                if name in (INTERACTIONS, SEQUENCE):
                    found.append((-abs(part), product, name, "", len(found), part, edge, None))
                    continue
                shared = [known for known in own.get(name, ()) if product in known[1].products]
                total = math.fsum([square for square, _ in shared])
                for square, fact in shared:
                    # Equal shares where every product has each of these facts.
                    share = part * (square / total if total else 1 / len(shared))
                    order = -abs(share), product, fact.relation, fact.key, len(found)
                    found.append((*order, share, edge, fact))
        return found

    def _facts_of(self, product: str) -> dict[str, list[_Known]]:
        """Return the facts of a product, by the part of the model that holds their weight."""
        own: dict[str, list[_Known]] = {}
        for part, known in self._known:
            if product in known[1].products:
                own.setdefault(part, []).append(known)
        return own
