"""Why an item is recommended: its score shared out over paths in the graph.

An item's score is the sum of the weights of the preference edges that lead to it, and each weight
is the sum of its parts: one for interactions, one for each relation of the knowledge graph. A
relation's part is shared out over the facts that both ends have in common, in proportion to their
squared inverse document frequency, as the relation's Gram matrix sums those squares:
idf = ln((n + 1) / (degree + 1)), n products in the graph, `degree` of them with the fact. A part
without a common fact came over more than one step; those parts make one reason called indirect.
Negative contributions are kept. The strongest reasons are told one by one and the others summed,
so all add up to the score.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from catalograph.store.read import EdgeRow, FactRow, ModelRow, RankedRow

INTERACTIONS = "interactions"
DETAILED_REASONS = 20
"""Reasons told one by one for each item."""
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Interaction:
    """Shoppers who chose the one product chose the other."""

    contribution: float
    product: str
    title: str | None


@dataclass(frozen=True, slots=True)
class SharedFact:
    """Both products have the same fact."""

    contribution: float
    product: str
    title: str | None
    fact: FactRow


@dataclass(frozen=True, slots=True)
class Indirect:
    """What the graph says over more than one step."""

    contribution: float


@dataclass(frozen=True, slots=True)
class Other:
    """Weaker reasons, summed."""

    contribution: float
    count: int


Reason = Interaction | SharedFact | Indirect | Other
_Known = tuple[str, float, FactRow]
"""The part of the model that a fact's weight is in, its squared idf, and the fact."""


class Apportioned:
    """Shares the scores of one list's items out over their reasons."""

    def __init__(
        self,
        model: ModelRow,
        facts: Iterable[FactRow],
        n_products: int,
        parts: tuple[str, ...] | None = None,
    ) -> None:
        """Look the facts up once for all items.

        Args:
            model: names the parts of the edges.
            facts: what items share with products of their edges; others are passed over.
            n_products: number of products in the graph.
            parts: parts of the model that make up the score; None for all.
        """
        wanted = [(n, name) for n, name in enumerate(model.parts) if parts is None or name in parts]
        self._names = wanted
        self._facts: dict[str, list[_Known]] = {}
        names = {name for _, name in wanted}
        for fact in facts:
            part = fact.relation
            if part not in names:  # attributes with few facts share one
                part = part.partition(":")[0]
            degree = fact.degree
            square = math.log((max(n_products, degree) + 1) / (degree + 1)) ** 2
            for product in fact.products:
                self._facts.setdefault(product, []).append((part, square, fact))

    def reasons(self, item: RankedRow) -> list[Reason]:
        """Share an item's score out.

        Args:
            item: a recommended item with its edges.

        Returns:
            Reasons, strongest first, then Indirect and Other where there are such; their
            contributions add up to the score within 1e-9.
        """
        own = self._facts.get(item.product["key"], ())
        direct: list[Interaction | SharedFact] = []
        for edge in item.edges:
            direct += self._of_edge(edge, own)
        direct.sort(key=lambda reason: (-abs(reason.contribution), _order(reason)))
        told, weak = direct[:DETAILED_REASONS], direct[DETAILED_REASONS:]
        reasons: list[Reason] = [*told]
        other = math.fsum([item.rest_weight, *(reason.contribution for reason in weak)])
        # Taken from the score itself, so that rounding in the parts cannot break the sum.
        indirect = math.fsum([item.score, -other, *(-reason.contribution for reason in told)])
        if abs(indirect) > _ROUNDING:
            reasons.append(Indirect(indirect))
        if weak or item.rest_count:
            reasons.append(Other(other, len(weak) + item.rest_count))
        return reasons

    def _of_edge(self, edge: EdgeRow, own: Iterable[_Known]) -> Iterable[Interaction | SharedFact]:
        common: dict[str, list[_Known]] = {}
        for known in own:
            if edge.key in known[2].products:
                common.setdefault(known[0], []).append(known)
        for n, name in self._names:
            part = edge.parts[n]
            if not part:
                continue
            if name == INTERACTIONS:
                yield Interaction(part, edge.key, edge.title)
                continue
            shared = common.get(name, ())
            total = math.fsum(square for _, square, _ in shared)
            for _, square, fact in shared:
                # Equal shares where every product has each of these facts.
                share = square / total if total else 1 / len(shared)
                yield SharedFact(part * share, edge.key, edge.title, fact)


def _order(reason: Interaction | SharedFact) -> tuple[str, str, str]:
    if isinstance(reason, SharedFact):
        return reason.product, reason.fact.relation, reason.fact.key
    return reason.product, "", ""
