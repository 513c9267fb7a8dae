"""Reasons of a recommendation: its score, shared out over paths in the graph.

An item's score is the sum of the weights of the preference edges that lead to it, and each weight
is the sum of its parts: one for interactions, one for their order if that was learned, one for each
relation of the knowledge graph. A relation's part is shared out over the facts that both ends have
in common (`share_out`), by their strengths: squared inverse document frequencies, as the relation's
Gram matrix sums those squares, idf = ln((n + 1) / (degree + 1)), n products in the graph, `degree`
of them with the fact; for a graded fact, the product of the strengths of both ends.

A part of interactions rests on the shoppers who chose both, and a negative one on those who chose
the one product and not the other. If they are fewer than the shop names reasons by, the part is
summed without its products. A part of alike vectors rests on the two products alone; it is never
negative. So does one of predicted facts, which are not cited as facts, and one of the words of
titles, both of either sign. A part
without a common fact, or without a shopper whom it rests on,
came over more than one step: such parts are summed by relation and called indirect. Most of them
are negative: other products share the fact with the item and are also like the one of the history,
so they take a part of what that one adds. Negative contributions are kept. The strongest reasons
are listed one by one and the others summed, so all add up to the score.

The input is plain rows (`EdgeRow`, `FactRow`), whatever they were read from.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from catalograph.schema.apportion import share_out
from catalograph.schema.model_kinds import ALIKE, PREDICTED, THIN, TITLE
from catalograph.store.queries.api_queries import (
    EdgeRow,
    FactRow,
    ModelRow,
    RankedRow,
)

INTERACTIONS = "interactions"
SEQUENCE = "sequence"
_BY_SHOPPERS = (INTERACTIONS, SEQUENCE)
_ALIKE = (*ALIKE, PREDICTED, TITLE)
_WITHOUT_FACT = (*_BY_SHOPPERS, *_ALIKE)
DETAILED_REASONS = 10
"""Default number of reasons listed one by one for each item."""
DETAILED_INDIRECT = 3
"""Number of relations whose indirect parts are listed one by one; the others are summed."""
NAMED_SHOPPERS = 5
"""Default number of shoppers below which a reason by shoppers names no product."""
_ROUNDING = 1e-12
"""Maximum size of a sum that is taken for a rounding error."""


@dataclass(frozen=True, slots=True)
class InteractionContribution:
    """Shoppers who chose the one product chose the other, or did not.

    Attributes:
        shoppers: number of shoppers that it rests on.
    """

    contribution: float
    product: str
    title: str | None
    shoppers: int
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
class SimilarityContribution:
    """The vectors of both products are alike, or what is predicted of them, which may differ.

    Attributes:
        kind: kind of the vectors, or `predicted`.
    """

    contribution: float
    product: str
    title: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class FewShoppersContribution:
    """Choices of too few shoppers to name the products, summed.

    Attributes:
        count: number of products of the history that they chose.
    """

    contribution: float
    count: int


@dataclass(frozen=True, slots=True)
class IndirectContribution:
    """Paths of more than one step, summed.

    Attributes:
        part: part of the model's weights, such as `HAS_BRAND`; None where several are summed.
    """

    contribution: float
    part: str | None


@dataclass(frozen=True, slots=True)
class OtherContribution:
    """Weaker reasons, summed."""

    contribution: float
    count: int


DirectContribution = InteractionContribution | SharedFactContribution | SimilarityContribution
Contribution = (
    DirectContribution | FewShoppersContribution | IndirectContribution | OtherContribution
)


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """Positive reasons by one product, strongest first."""

    contribution: float
    reasons: tuple[Contribution, ...]


_Known = tuple[float, FactRow]
"""The squared idf of a fact, and the fact."""
_Found = tuple[float, str, str, str, int, float, EdgeRow, FactRow | None]
"""A candidate reason, as a cheap tuple because ten of hundreds are used: its sort key (strength,
product, relation and key of the fact or name of the part, place), its contribution, its edge, and
its fact if any."""


@dataclass(slots=True)
class _Account:
    """The contributions of one item: those with a path of their own, and the sums."""

    direct: list[_Found]
    few: list[float]
    indirect: dict[str, float]

    def few_shoppers(self) -> FewShoppersContribution | None:
        """Return the sum of the choices of few shoppers; None where there is none."""
        total = math.fsum(self.few)
        return FewShoppersContribution(total, len(self.few)) if abs(total) > _ROUNDING else None


class ReasonBreakdown:
    """Shares the scores of one list's items out over their reasons."""

    def __init__(
        self,
        model: ModelRow,
        facts: Iterable[FactRow],
        n_products: int,
        parts: tuple[str, ...] | None = None,
        named_shoppers: int = NAMED_SHOPPERS,
    ) -> None:
        """Weigh the facts once for all items.

        Args:
            model: model that names the parts of the edges.
            facts: facts that items share with products of their edges; others are ignored.
            n_products: number of products in the graph.
            parts: parts of the model that make up the score; None for all.
            named_shoppers: number of shoppers below which a reason names no product.
        """
        wanted = [(n, name) for n, name in enumerate(model.parts) if parts is None or name in parts]
        base = {name: n for n, name in wanted}
        joined = {
            n: base[name.removesuffix(THIN)]
            for n, name in wanted
            if name.endswith(THIN) and name.removesuffix(THIN) in base
        }
        self._joined = joined
        """Places of parts for thin histories, with those of the parts that they add to."""
        self._names = [(n, name.removesuffix(THIN)) for n, name in wanted if n not in joined]
        self._named_shoppers = named_shoppers
        self._own: defaultdict[str, defaultdict[str, list[_Known]]]
        self._own = defaultdict(partial(defaultdict, list))
        """Facts of each product, by the part of the model that holds their weight."""
        names = {name for _, name in wanted}
        for fact in facts:
            part = fact.relation
            if part not in names:  # rare attributes share a part
                part = part.partition(":")[0]
            if part not in names:
                continue
            square = 0.0
            if fact.degree is not None:
                square = math.log((max(n_products, fact.degree) + 1) / (fact.degree + 1)) ** 2
            known = (square, fact)
            for product in fact.products:
                self._own[product][part].append(known)

    def reasons(self, item: RankedRow, first: int = DETAILED_REASONS) -> list[Contribution]:
        """Share an item's score out over reasons.

        Args:
            item: recommended item with its edges.
            first: maximum number of reasons listed one by one.

        Returns:
            Reasons with a path of their own, strongest first, then the sums where there are such:
            of few shoppers, of indirect parts by relation, and Other; their contributions add up
            to the score within 1e-9.
        """
        account = self._account(item)
        reasons: list[Contribution] = [_direct(found) for found in account.direct[:first]]
        if (few := account.few_shoppers()) is not None:
            reasons.append(few)
        reasons += _indirect(account.indirect)
        weak = [found[5] for found in account.direct[first:]]
        if weak or item.rest_count:
            other = math.fsum([item.rest_weight, *weak])
            reasons.append(OtherContribution(other, len(weak) + item.rest_count))
        return _round_off(reasons, item.score)

    def groups(self, item: RankedRow, first: int) -> list[ReasonGroup]:
        """Return the reasons that speak for an item, by product of the history, strongest first.

        If there is none with a path of its own, the sum of few shoppers' choices is the only one.

        Args:
            item: recommended item with its edges.
            first: maximum number of groups.
        """
        account = self._account(item)
        by_product: dict[str, list[Contribution]] = defaultdict(list)
        for found in account.direct:
            if found[5] > 0 and not _is_adverse(found[6].key, found[7], item):
                by_product[found[6].key].append(_direct(found))
        groups = [
            ReasonGroup(math.fsum(r.contribution for r in told), tuple(told))
            for told in by_product.values()
        ]
        few = account.few_shoppers()
        if not groups and few is not None and few.contribution > 0:
            return [ReasonGroup(few.contribution, (few,))]
        groups.sort(key=lambda group: -group.contribution)
        return groups[:first]

    def sum_of_facts(self, item: RankedRow, keys: frozenset[str]) -> float:
        """Return what facts with these keys add to an item's score, as its reasons say."""
        direct = self._account(item).direct
        return math.fsum(
            found[5] for found in direct if found[7] is not None and found[7].key in keys
        )

    def sizes(self, item: RankedRow) -> dict[str, float]:
        """Return the sums of the absolute contributions of an item, by kind of reason."""
        account = self._account(item)
        alike = [abs(found[5]) for found in account.direct if found[2] in _ALIKE]
        by_shoppers = [abs(found[5]) for found in account.direct if found[2] in _BY_SHOPPERS]
        by_fact = [abs(found[5]) for found in account.direct if found[7] is not None]
        return {
            "fact": math.fsum(by_fact),
            "interaction": math.fsum(by_shoppers),
            "similarity": math.fsum(alike),
            "few_shoppers": abs(math.fsum(account.few)),
            "indirect": math.fsum(map(abs, account.indirect.values())),
            "other": abs(item.rest_weight),
        }

    def nothing_shared(self, item: RankedRow) -> tuple[float, float]:
        """Return the sum of the absolute parts without a shared fact or shopper, and of all parts.

        Nothing is netted between edges, and a negative part of interactions counts, too.
        """
        own = self._own[item.product["key"]]
        alone: list[float] = []
        every: list[float] = []
        for edge in item.edges:
            parts = self._parts_of(edge)
            for n, name in self._names:
                every.append(abs(parts[n]))
                if name in _ALIKE:
                    continue
                if name in _BY_SHOPPERS:
                    shared = bool(edge.shoppers)
                else:
                    shared = any(edge.key in fact.products for _, fact in own.get(name, ()))
                if not shared:
                    alone.append(abs(parts[n]))
        return math.fsum(alone), math.fsum(every)

    def _account(self, item: RankedRow) -> _Account:
        """Return all contributions: hundreds, so each must be cheap."""
        key = item.product["key"]
        own = self._own[key]
        found: list[_Found] = []
        few: list[float] = []
        indirect: dict[str, list[float]] = defaultdict(list)
        for edge in item.edges:
            product, parts = edge.key, self._parts_of(edge)
            theirs = self._own[product]
            for n, name in self._names:
                part = parts[n]
                if not part:
                    continue
                if name in _WITHOUT_FACT:
                    rests_on = edge.shoppers if part > 0 else edge.without
                    enough = rests_on is not None and rests_on >= self._named_shoppers
                    if enough or name in _ALIKE:
                        found.append((-abs(part), product, name, "", len(found), part, edge, None))
                    elif rests_on == 0:
                        indirect[name].append(part)
                    else:
                        few.append(part)
                    continue
                shared = _intersect(own.get(name, ()), theirs.get(name, ()), key, product)
                if not shared:
                    indirect[name].append(part)
                    continue
                strengths = _strengths(shared, product, key)
                for share, (_, fact) in zip(share_out(part, strengths), shared, strict=True):
                    if share:
                        place = len(found)
                        found.append(
                            (-abs(share), product, fact[0], fact[1], place, share, edge, fact)
                        )
        found.sort()
        sums = {name: math.fsum(values) for name, values in indirect.items()}
        return _Account(found, few, sums)

    def _parts_of(self, edge: EdgeRow) -> Sequence[float]:
        if not self._joined:
            return edge.parts
        parts = list(edge.parts)
        for n, other in self._joined.items():
            parts[other] += parts[n]
        return parts


def _intersect(
    own: Sequence[_Known], theirs: Sequence[_Known], item: str, product: str
) -> list[_Known]:
    """Return the facts that both an item and a product have, looking through the fewer ones."""
    if len(own) <= len(theirs):
        return [known for known in own if product in known[1].products]
    return [known for known in theirs if item in known[1].products]


def _strengths(shared: Sequence[_Known], product: str, item: str) -> list[float]:
    return [
        square if fact.strengths is None else fact.strengths[product] * fact.strengths[item]
        for square, fact in shared
    ]


def _is_adverse(product: str, fact: FactRow | None, item: RankedRow) -> bool:
    """Return whether a fact says what a shopper would not like to read of an item."""
    if fact is None or fact.strengths is None:
        return False
    return min(fact.strengths[product], fact.strengths[item.product["key"]]) < 0


def _direct(found: _Found) -> DirectContribution:
    _, _, relation, *_, share, edge, fact = found
    if relation in _ALIKE:
        return SimilarityContribution(share, edge.key, edge.title, relation)
    if fact is None:
        shoppers = edge.shoppers if share > 0 else edge.without
        later = relation == SEQUENCE
        return InteractionContribution(share, edge.key, edge.title, shoppers or 0, later)
    return SharedFactContribution(share, edge.key, edge.title, fact)


def _indirect(sums: dict[str, float]) -> list[Contribution]:
    """Return the strongest sums one by one, and the others as one."""
    listed = sorted(
        ((name, total) for name, total in sums.items() if abs(total) > _ROUNDING),
        key=lambda pair: (-abs(pair[1]), pair[0]),
    )
    reasons: list[Contribution] = [
        IndirectContribution(total, name) for name, total in listed[:DETAILED_INDIRECT]
    ]
    if rest := listed[DETAILED_INDIRECT:]:
        reasons.append(IndirectContribution(math.fsum(total for _, total in rest), None))
    return reasons


def _round_off(reasons: list[Contribution], score: float) -> list[Contribution]:
    """Add what rounding left between the score and the reasons to the last, so that they add up.

    Sums of a different order differ in the last digits, and weights of earlier versions were not
    stored as the exact sums of their parts.
    """
    left = math.fsum([score, *(-reason.contribution for reason in reasons)])
    if reasons and abs(left) > _ROUNDING:
        reasons[-1] = replace(reasons[-1], contribution=reasons[-1].contribution + left)
    return reasons
