"""Lists for a shopper: by the artefact of the live model where it is here, else by the statement.

With the artefact, one statement reads the history, which version is live and whether anything
changed that is not known here; the sums are made in this process, which also has the facts. One
more statement reads the products that are not kept yet; filters take a third. The answer is that of
the statement alone, but for the diversity of products of which the title alone changed, without a
new placement.
"""

from collections.abc import Mapping
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
    ProductRow,
    RankedRow,
    Ranking,
    Rules,
    choose_diverse,
    edge_state_of,
    model_of,
    read_products,
    recommendation_parameters,
)
from catalograph.store.queries.edge_ranking import EdgeRanking
from catalograph.store.queries.live_edges import LiveEdges, ServedVersion
from catalograph.store.queries.projection import Selection

KIND = "preference"
_FOOTING = value_property(KIND, "")  # type: ignore[arg-type]
"""Property of a product's place in the model, without the slot."""
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
        served = None if state is None else await edges.catch_up(state)
        if served is None:
            return None
        weighed = [(key, factor) for key, _, factor in start["history"]]
        ranking = EdgeRanking(served.edges, weighed, start["hidden"], self.only, start["thin"])
        chosen = self._choose_known(ranking, model, served)
        if chosen is None:
            chosen = await self._choose(ranking, model)
        if not chosen and self.only is None:
            return None
        keys = [one.key for one in chosen]
        products = await served.rows.read(self.connection, self.selection, keys)
        if len(products) < len(chosen):  # some were removed this moment
            return None
        return self._join(served, ranking, model, chosen, products, start)

    def _parameters(self) -> dict[str, Any]:
        return recommendation_parameters(
            self.history, self.first, self.rules, self.only, self.model
        )

    def _choose_known(
        self, ranking: EdgeRanking, model: ModelRow, served: ServedVersion
    ) -> list[_Chosen] | None:
        """Return the items of the list, if they can be chosen without looking at the graph."""
        first, diversity = self.first, self.rules.diversity_for(model)
        if self.rules.filters:
            return None
        found = self._find_shown(ranking, served, POOL * first if diversity else first)
        if not diversity:
            return found
        features = [
            own
            for one in found
            if not served.facts.differs(one.key)
            and (own := served.edges.features(one.key)) is not None
        ]
        if len(features) < len(found):
            return None
        places = choose_diverse([one.score for one in found], features, diversity, first)
        return [found[n] for n in places]

    def _find_shown(self, ranking: EdgeRanking, served: ServedVersion, pool: int) -> list[_Chosen]:
        """Return the first candidates that may be shown, by what is known of them here."""
        found: list[_Chosen] = []
        for start in range(0, len(ranking), pool):
            for key, score in ranking.candidates(start, start + pool):
                if served.facts.shows(key):
                    found.append(_Chosen(key, score))
            if len(found) >= pool:
                break
        return found[:pool]

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

    def _join(
        self,
        served: ServedVersion,
        ranking: EdgeRanking,
        model: ModelRow,
        chosen: list[_Chosen],
        products: Mapping[str, ProductRow],
        start: Row,
    ) -> Ranking:
        """Return the list with the edges and facts for its reasons."""
        titles = {key: title for key, title, _ in start["history"]}
        items = []
        sources: dict[str, list[str]] = {}
        for one in chosen:
            told, rest, count = ranking.edges(one.key, DETAILED_EDGES)
            rows = [EdgeRow(e.source, titles[e.source], *e[1:]) for e in told]
            sources[one.key] = [row.key for row in rows]
            items.append(RankedRow(products[one.key], one.score, rows, rest, count, one.kinds))
        facts = served.facts.find_shared(sources)
        return Ranking(model, items, facts, start["products"], users=start["users"])
