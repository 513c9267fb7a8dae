"""What analysts may run: the gate at `/cypher`, saved queries, dashboards."""

from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from catalograph.api.dashboards import Dashboard, DashboardPanel
from catalograph.api.decorators import describe_argument, field, require_scope
from catalograph.api.types.commerce import Locale
from catalograph.store.analyst import SavedQuery, saved_query

_InLocale = Annotated[
    Locale | None, describe_argument("Language: English or Chinese; others give English.")
]
_SCOPE = "cypher:read"


@require_scope(_SCOPE)
@strawberry.type(name="SavedQueryParameter", description="A parameter of a saved query.")
class ListedParameter:
    """A parameter."""

    name: str = strawberry.field(description="Name, without the dollar sign.")
    type: str = strawberry.field(description="STRING, INTEGER, FLOAT or BOOLEAN.")
    description: str = strawberry.field(description="What it means.")
    required: bool = strawberry.field(description="Whether there is no default.")
    example: JSON = strawberry.field(description="The default, or an example without one.")


@require_scope(_SCOPE)
@strawberry.type(name="SavedQueryColumn", description="A column of a saved query's rows.")
class ListedColumn:
    """A column."""

    name: str = strawberry.field(description="Name.")
    type: str = strawberry.field(description="Type in Cypher, such as FLOAT or LIST<STRING>.")
    description: str = strawberry.field(description="What it holds.")


@require_scope(_SCOPE)
@strawberry.type(name="SavedQuery", description="A question of analysts with its statement.")
class ListedQuery:
    """A saved query."""

    query: strawberry.Private[SavedQuery]

    @field("Name, as `POST /cypher` takes it in `saved`.")
    def name(self) -> str:
        """Name it."""
        return self.query.name

    @field("Title.")
    def title(self, locale: _InLocale = None) -> str:
        """Choose the language."""
        return self.query.title_zh if _is_chinese(locale) else self.query.title

    @field("What it asks.")
    def question(self, locale: _InLocale = None) -> str:
        """Choose the language."""
        return self.query.question_zh if _is_chinese(locale) else self.query.question

    @field("Its parameters.")
    def parameters(self) -> list[ListedParameter]:
        """List them."""
        return [
            ListedParameter(
                name=one.name,
                type=one.type,
                description=one.doc,
                required=one.required,
                example=one.example,
            )
            for one in self.query.parameters
        ]

    @field("Columns of its rows, in their order.")
    def columns(self) -> list[ListedColumn]:
        """List them."""
        return [
            ListedColumn(name=one.name, type=one.type, description=one.doc)
            for one in self.query.columns
        ]

    @field("Its statement, in Cypher.")
    def text(self) -> str:
        """Show it."""
        return self.query.text


@strawberry.enum(description="How the rows of a panel are drawn.")
class ChartKind(Enum):
    """Kind of chart."""

    BAR = "bar"
    LINE = "line"
    TABLE = "table"


@require_scope(_SCOPE)
@strawberry.type(name="DashboardPanel", description="A saved query with the chart of its rows.")
class ListedPanel:
    """A panel."""

    panel: strawberry.Private[DashboardPanel]
    query: ListedQuery = strawberry.field(description="The query.")

    @field("Title: its own, or the query's.")
    def title(self, locale: _InLocale = None) -> str:
        """Choose the language."""
        query, own = self.query.query, self.panel.title
        if _is_chinese(locale):
            return query.title_zh if own is None else own.zh
        return query.title if own is None else own.en

    @field("Values of parameters, by name.")
    def parameters(self) -> JSON:
        """Show them."""
        return JSON(dict(self.panel.parameters))

    @field("How its rows are drawn.")
    def chart(self) -> ChartKind:
        """Name it."""
        return ChartKind(self.panel.chart)

    @field("Column of the categories or times; null for a table.")
    def x(self) -> str | None:
        """Name it."""
        return self.panel.x

    @field("Columns of the figures.")
    def y(self) -> list[str]:
        """Name them."""
        return list(self.panel.y)

    @field("Column whose values each have a bar or line of their own; null without one.")
    def series(self) -> str | None:
        """Name it."""
        return self.panel.series


@require_scope(_SCOPE)
@strawberry.type(name="Dashboard", description="A page of charts of saved queries.")
class ListedDashboard:
    """A dashboard."""

    dashboard: strawberry.Private[Dashboard]
    name: str = strawberry.field(description="Last part of its address.")

    @field("Title.")
    def title(self, locale: _InLocale = None) -> str:
        """Choose the language."""
        own = self.dashboard.title
        return own.zh if _is_chinese(locale) else own.en

    @field("Its panels, in their order.")
    def panels(self) -> list[ListedPanel]:
        """List them."""
        return [
            ListedPanel(panel=one, query=ListedQuery(query=saved_query(one.query)))
            for one in self.dashboard.panels
        ]


@require_scope(_SCOPE)
@strawberry.type(description="The gate for analysts' Cypher at `/cypher`.")
class AnalystGate:
    """The gate."""

    on: bool = strawberry.field(
        description="Whether it is on: by `CATALOGRAPH_API__CYPHER=true` at the start."
    )
    seconds: float = strawberry.field(description="Longest time of a statement.")
    rows: int = strawberry.field(description="Most rows of an answer.")


def _is_chinese(locale: Any) -> bool:
    return str(getattr(locale, "value", locale) or "").lower().startswith("zh")
