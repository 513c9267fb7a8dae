"""Fields of the Query type about what analysts may run."""

from typing import Annotated

import strawberry

from catalograph.api.context import Info
from catalograph.api.decorators import describe_argument, field
from catalograph.api.types.analyst import AnalystGate, ListedDashboard, ListedQuery
from catalograph.store.analyst import saved_queries

_SCOPE = "cypher:read"


@strawberry.type
class AnalystQuery:
    """Fields of the Query type about what analysts may run."""

    @field("The gate for analysts' Cypher at `/cypher`.", scope=_SCOPE)
    def analyst_gate(self, info: Info) -> AnalystGate:
        """Read the settings."""
        settings = info.context.services.settings
        return AnalystGate(
            on=settings.cypher, seconds=settings.cypher_timeout, rows=settings.cypher_rows
        )

    @field("Questions of analysts with their statements, by name.", scope=_SCOPE)
    def saved_queries(self) -> list[ListedQuery]:
        """List them."""
        return [ListedQuery(query=one) for one in saved_queries()]

    @field("Pages of charts of saved queries, by name.", scope=_SCOPE)
    def dashboards(self, info: Info) -> list[ListedDashboard]:
        """List them."""
        found = info.context.services.dashboards
        return [ListedDashboard(dashboard=one, name=one.name) for one in found]

    @field("One dashboard by name; null where there is none.", scope=_SCOPE)
    def dashboard(
        self, info: Info, name: Annotated[str, describe_argument("Its name, such as shop.")]
    ) -> ListedDashboard | None:
        """Find it."""
        for one in info.context.services.dashboards:
            if one.name == name:
                return ListedDashboard(dashboard=one, name=one.name)
        return None
