"""Lists for a shopper: by the artefact of the live model where it is here, else by the statement.

With the artefact, one statement reads the history and which version is live, the sums are made in
this process, and one more statement reads the chosen products with their facts; filters take a
third. The answer is that of the statement alone, but for the diversity of products whose title or
facts changed without a new placement.
"""

from dataclasses import dataclass
from typing import Any

from catalograph.schema.diversity import POOL, item_features
from catalograph.schema.model_kinds import value_property
from catalograph.store.connection.connect import AsyncConnection, Row
from catalograph.store.queries import api_queries
from catalograph.store.queries.api_queries import (
    DETAILED_EDGES,
    EdgeRow,
    History,
    ModelRow,
    RankedRow,
    Ranking,
    Rules,
    choose_diverse,
    edge_state_of,
    fact_of,
    model_of,
    read_products,
    recommendation_parameters,
)
from catalograph.store.queries.edge_ranking import EdgeRanking, ServedEdges
from catalograph.store.queries.live_edges import LiveEdges
from catalograph.store.queries.projection import Selection

KIND = "preference"
_FOOTING = value_property(KIND, "")  # type: ignore[arg-type]
"""Property of a product's place in the model, without the slot."""
_SPARE = 5
"""Number of candidates beyond the requested ones, as some may be unlisted since the publish."""
_FILTERED = 4
"""Factor of candidates for each place of a filtered list; if too few pass, all others follow."""


@dataclass(frozen=True)
class _Chosen:
    """A chosen candidate; `kinds` and `title` only where a list is to be diverse."""

    key: str
    score: float
    kinds: frozenset[str] = frozenset()
    title: str | None = None


async def rank_for_history(
    connection: AsyncConnection,
    edges: LiveEdges | None,
    history: History,
    first: int,
    rules: Rules | None = None,
    selection: Selection | None = None,
    *,
    only: str | None = None,
    model: str | None = None,
) -> Ranking:
    """Rank products for a history of choices.

    Args:
        connection: connection to the database.
        edges: edges of the live model in this process; None to use the statement.
        history: chosen products.
        first: largest number of products.
        rules: business rules of the list.
        selection: fields to read of products.
        only: key of the only product to rank, whatever its rank; then there is no fallback.
        model: key of the version to rank by, None for the live one.
    """
    rules = rules or Rules()
    knows_some = history.user is not None or bool(history.session)
    if edges is not None and edges.ready and knows_some:
        task = _Task(connection, history, first, rules, selection, only, model)
        found = await task.rank(edges)
        if found is not None:
            return found
    ranking = await api_queries.read_recommendations(
        connection, history, first, rules, selection, only=only, model=model
    )
    if edges is not None and ranking.edges is not None:
        edges.find(ranking.edges)  # for the next list
    return ranking


@dataclass(frozen=True)
class _Task:
    """A list to make; the attributes are the arguments of `rank_for_history`."""

    connection: AsyncConnection
    history: History
    first: int
    rules: Rules
    selection: Selection | None
    only: str | None
    model: str | None

    async def rank(self, edges: LiveEdges) -> Ranking | None:
        """Rank by the artefact; None if the statement has to, also for the popular products."""
        asked = self._parameters()
        [start] = await self.connection.read("read_history", **asked, footing=_FOOTING)
        model = model_of(start["model"])
        if model is None:
            return None
        state = edge_state_of(start)
        served = None if state is None else edges.find(state)
        if served is None:
            return None
        weighed = [(key, factor) for key, _, factor in start["history"]]
        ranking = EdgeRanking(served, weighed, start["hidden"], self.only, start["thin"])
        known = self._choose_known(ranking, model, served)
        chosen = await self._choose(ranking, model) if known is None else known
        if not chosen and self.only is None:
            return None
        found = await self._read_items(ranking, model, chosen, start)
        short = found is not None and len(found.items) < self.first
        if short and known is not None and len(ranking) > len(chosen):
            # More were unlisted since the publish than there were to spare.
            chosen = await self._choose(ranking, model)
            found = await self._read_items(ranking, model, chosen, start)
        if found is not None and not found.items and self.only is None:
            return None
        return found

    def _parameters(self) -> dict[str, Any]:
        return recommendation_parameters(
            self.history, self.first, self.rules, self.only, self.model
        )

    def _choose_known(
        self, ranking: EdgeRanking, model: ModelRow, served: ServedEdges
    ) -> list[_Chosen] | None:
        """Return the items of the list, if they can be chosen without looking at the graph.

        Some are to spare where nothing compares them.
        """
        first, diversity = self.first, self.rules.diversity_for(model)
        if self.rules.filters:
            return None
        if not diversity:
            return [_Chosen(*one) for one in ranking.candidates(0, first + _SPARE)]
        found = ranking.candidates(0, POOL * first)
        features = [own for key, _ in found if (own := served.features(key)) is not None]
        if len(features) < len(found):
            return None
        places = choose_diverse([score for _, score in found], features, diversity, first)
        return [_Chosen(*found[n]) for n in places]

    async def _choose(self, ranking: EdgeRanking, model: ModelRow) -> list[_Chosen]:
        """Return the items of the list by what the graph says of the candidates."""
        first, diversity = self.first, self.rules.diversity_for(model)
        found = await self._filter(ranking, model, POOL * first if diversity else first)
        if not diversity:
            return found
        features = [item_features(one.kinds, one.title) for one in found]
        places = choose_diverse([one.score for one in found], features, diversity, first)
        return [found[n] for n in places]

    async def _filter(self, ranking: EdgeRanking, model: ModelRow, pool: int) -> list[_Chosen]:
        """Return the first candidates that may be shown."""
        found: list[_Chosen] = []
        begin = 0
        for end in (_FILTERED * pool, len(ranking)):
            part = dict(ranking.candidates(begin, end))
            if not part or len(found) >= pool:
                break
            rows = await read_products(
                self.connection,
                "filter_candidates",
                None,
                self.rules.filters,
                self.rules.prices,
                pool=pool - len(found),
                keys=list(part),
                diverse=bool(self.rules.diversity_for(model)),
                footing=f"{_FOOTING}{model.slot}",
            )
            found += [
                _Chosen(r["key"], part[r["key"]], frozenset(r["kinds"]), r["title"]) for r in rows
            ]
            begin = end
        return found

    async def _read_items(
        self, ranking: EdgeRanking, model: ModelRow, chosen: list[_Chosen], start: Row
    ) -> Ranking | None:
        """Read the chosen products and their facts; None if the version has lost its slot."""
        edges = {one.key: ranking.edges(one.key, DETAILED_EDGES) for one in chosen}
        sources = [
            {"key": key, "sources": [edge.source for edge in told]}
            for key, (told, _, _) in edges.items()
        ]
        [row] = await read_products(
            self.connection,
            "read_ranked_items",
            self.selection,
            items=sources,
            first=self.first,
            model=model.key,
            slot=model.slot,
            footing=f"{_FOOTING}{model.slot}",
        )
        if row["model"] is None:
            return None
        titles = {key: title for key, title, _ in start["history"]}
        products = {product["key"]: product for product in row["products"]}
        items = []
        for one in chosen:
            product = products.get(one.key)
            if product is None:  # unlisted since the publish, or to spare
                continue
            told, rest, count = edges[one.key]
            rows = [EdgeRow(e.source, titles[e.source], *e[1:]) for e in told]
            items.append(RankedRow(product, one.score, rows, rest, count, one.kinds))
        facts = [fact_of(fact) for fact in row["facts"]]
        return Ranking(model, items, facts, start["products"], users=start["users"])
