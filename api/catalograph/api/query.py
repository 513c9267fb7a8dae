"""The Query type; each resolver hands over to the module that does the work."""

from typing import Annotated

import strawberry

from catalograph.api.answers import Ready, answer_object, node_plan
from catalograph.api.auth import require_label
from catalograph.api.context import Info
from catalograph.api.cursors import key_of
from catalograph.api.described import about, answered
from catalograph.api.explain import answer_what_if, answer_why
from catalograph.api.filters import filters_of
from catalograph.api.histories import SessionEvent, basket_history, history_of
from catalograph.api.inputs import MAX_KEY_LENGTH, check_key, check_share
from catalograph.api.insights_query import InsightsQuery
from catalograph.api.recommend import recommend_to_product, recommend_to_user
from catalograph.api.search import answer_page, find_products, find_suggestions, rules_of
from catalograph.api.types.catalog import (
    Attribute,
    Brand,
    Category,
    Node,
    Product,
    ProductConnection,
    ProductFilter,
)
from catalograph.api.types.connection import (
    After,
    Before,
    Connection,
    First,
    Last,
    ProductSort,
    RecordSort,
)
from catalograph.api.types.operations import ModelCard, Run
from catalograph.api.types.recommendation import (
    Intent,
    ModelFeedback,
    ModelKind,
    Recommendation,
    RecommendationList,
    WhatIf,
)
from catalograph.api.types.search import SearchMode, Suggestion
from catalograph.errors import InvalidInputError
from catalograph.schema.keys import label_of
from catalograph.store import read
from catalograph.store.search import SearchMode as StoreSearchMode

Count = Annotated[int, about("How many at most: 1 to 100.")]
Prefix = Annotated[str | None, about("Only those whose name begins so, in any case.")]
NODE_TYPES = {
    "Product": "Product",
    "Brand": "Brand",
    "Category": "Category",
    "Value": "AttributeValue",
    "Attribute": "Attribute",
    "Review": "Review",
    "Assertion": "Assertion",
    "Model": "ModelCard",
    "Run": "Run",
}
"""GraphQL types of the nodes that `node` gives, by label."""


@strawberry.type(description="Reading the graph.")
class Query(InsightsQuery):
    """Root of all queries."""

    @answered(
        "Any product, brand, category, attribute, value, review, assertion, model or run by id.",
        Node | None,
    )
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, about("A global id.")]
    ) -> Ready | None:
        """Read by key."""
        return await _node(info, key_of(id))

    @answered("One product by key; products that are not listed as well.", Product | None)
    async def product(
        self, info: Info, key: Annotated[str, about("`product:<source>:<id>`.")]
    ) -> Ready | None:
        """Read by key."""
        return await _node(info, check_key("key", key, "Product"))

    @answered("One brand by key.", Brand | None)
    async def brand(
        self, info: Info, key: Annotated[str, about("`brand:<name>`.")]
    ) -> Ready | None:
        """Read by key."""
        return await _node(info, check_key("key", key, "Brand"))

    @answered("One category by key.", Category | None)
    async def category(
        self, info: Info, key: Annotated[str, about("`category:<path>`.")]
    ) -> Ready | None:
        """Read by key."""
        return await _node(info, check_key("key", key, "Category"))

    @answered("One attribute by key.", Attribute | None)
    async def attribute(
        self, info: Info, key: Annotated[str, about("`attribute:<name>`.")]
    ) -> Ready | None:
        """Read by key."""
        return await _node(info, check_key("key", key, "Attribute"))

    @answered(
        "Listed products, in an order, or, with a query, the best matches of it.", ProductConnection
    )
    async def products(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        query: Annotated[str | None, about("Search words, taken literally.")] = None,
        filter: Annotated[ProductFilter | None, about("Which products to keep.")] = None,
        order_by: Annotated[
            ProductSort, about("Order of the list; a search has its own.")
        ] = ProductSort.KEY,
        mode: Annotated[
            SearchMode, about("What the query goes by; no matter without one.")
        ] = SearchMode.HYBRID,
    ) -> Ready:
        """Find a page."""
        paging = {"first": first, "after": after, "last": last, "before": before}
        by = StoreSearchMode(str(mode.value))
        return await find_products(info, paging, query, filter, str(order_by.value), by)

    @answered(
        "What someone may be about to type, for a search box: brands, categories and products "
        "that have the typed words, the last one as a beginning.",
        list[Suggestion],
    )
    async def suggestions(
        self,
        info: Info,
        query: Annotated[str, about("What was typed so far.")],
        first: Count,
    ) -> Ready:
        """Suggest."""
        return answer_object(info, await find_suggestions(info.context, query, first))

    @answered("Brands, by key.", Connection[Brand])
    async def brands(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        name_prefix: Prefix = None,
    ) -> Ready:
        """Find a page."""
        paging = {"first": first, "after": after, "last": last, "before": before}
        filters = filters_of({"name_prefix": name_prefix})
        return await answer_page(info, "brands", "BrandConnection", paging, filters=filters)

    @answered("Categories, by key.", Connection[Category])
    async def categories(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        name_prefix: Prefix = None,
        roots: Annotated[bool, about("Only the widest ones.")] = False,
    ) -> Ready:
        """Find a page."""
        paging = {"first": first, "after": after, "last": last, "before": before}
        filters = filters_of({"name_prefix": name_prefix, "roots": roots})
        return await answer_page(info, "categories", "CategoryConnection", paging, filters=filters)

    @answered("Attributes, by key.", Connection[Attribute])
    async def attributes(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        name_prefix: Prefix = None,
    ) -> Ready:
        """Find a page."""
        paging = {"first": first, "after": after, "last": last, "before": before}
        filters = filters_of({"name_prefix": name_prefix})
        return await answer_page(info, "attributes", "AttributeConnection", paging, filters=filters)

    @answered(
        "Versions of models, with their cards.", Connection[ModelCard], scope="operations:read"
    )
    async def models(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: Annotated[RecordSort, about("Order of the list.")] = RecordSort.NEWEST,
        kind: Annotated[str | None, about("Only of this kind, such as preference.")] = None,
        live: Annotated[bool, about("Only those in use.")] = False,
    ) -> Ready:
        """Find a page."""
        paging = {"first": first, "after": after, "last": last, "before": before}
        return await answer_page(
            info,
            "models",
            "ModelCardConnection",
            paging,
            sort=str(order_by.value),
            filters=filters_of({"kind": kind, "live": live}),
        )

    @answered("Runs of ingestion and what belongs to it.", Connection[Run], scope="operations:read")
    async def runs(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: Annotated[RecordSort, about("Order of the list.")] = RecordSort.NEWEST,
        kind: Annotated[str | None, about("Only of this kind, such as catalog.")] = None,
        status: Annotated[str | None, about("Only with this status, such as running.")] = None,
    ) -> Ready:
        """Find a page."""
        paging = {"first": first, "after": after, "last": last, "before": before}
        return await answer_page(
            info,
            "runs",
            "RunConnection",
            paging,
            sort=str(order_by.value),
            filters=filters_of({"kind": kind, "status": status}),
        )

    @answered(
        "What to show a shopper next, with reasons. Every event counts from the next "
        "call on. A shopper of whom nothing is known gets the most popular products.",
        RecommendationList,
        scope="recommend:read",
    )
    async def recommendations(
        self,
        info: Info,
        first: Count,
        user_key: Annotated[
            str | None,
            about("`user:<source>:<pseudonym>`; null for the caller's own, or an unknown shopper."),
        ] = None,
        session: Annotated[
            list[SessionEvent] | None,
            about("Products chosen in a session that was not recorded; they count beside."),
        ] = None,
        filter: Annotated[ProductFilter | None, about("Which products may be shown.")] = None,
        in_stock: Annotated[
            bool, about("Leave out what the catalogue says cannot be had; what says nothing stays.")
        ] = False,
        seen: Annotated[
            bool, about("Show again what the shopper took to, but for what was bought.")
        ] = False,
        diversity: Annotated[
            float, about("0 to 1: how much being like an item further up counts against one.")
        ] = 0.0,
    ) -> Ready:
        """Rank for a shopper."""
        rules = rules_of(filter, in_stock=in_stock, seen=seen, diversity=check_share(diversity))
        return await recommend_to_user(
            info, history_of(info.context, user_key, session or ()), first, rules
        )

    @answered(
        "What goes well with a whole basket, with reasons.",
        RecommendationList,
        scope="recommend:read",
    )
    async def basket_recommendations(
        self,
        info: Info,
        keys: Annotated[list[str], about("Keys of the products in it, 1 to 100.")],
        first: Count,
        filter: Annotated[ProductFilter | None, about("Which products may be shown.")] = None,
    ) -> Ready:
        """Rank for a basket."""
        rules = rules_of(filter, in_stock=False, seen=False, diversity=0.0)
        return await recommend_to_user(info, basket_history(keys), first, rules)

    @answered(
        "Why this product for this shopper: its score now, and what it is made of. Null when "
        "nothing the shopper did leads to it.",
        Recommendation | None,
        scope="recommend:read",
    )
    async def why(
        self,
        info: Info,
        user_key: Annotated[str, about("`user:<source>:<pseudonym>`.")],
        product_key: Annotated[str, about("`product:<source>:<id>`.")],
    ) -> Ready | None:
        """Rank the one product."""
        return await answer_why(info, product_key, history_of(info.context, user_key))

    @answered(
        "What the list of a shopper would be with another history.", WhatIf, scope="recommend:read"
    )
    async def what_if(
        self,
        info: Info,
        first: Count,
        user_key: Annotated[str | None, about("`user:<source>:<pseudonym>`.")] = None,
        without: Annotated[
            list[str] | None, about("Keys of products that are to count as never chosen.")
        ] = None,
        with_: Annotated[
            list[str] | None,
            strawberry.argument(
                name="with", description="Keys of products that are to count as chosen."
            ),
        ] = None,
    ) -> Ready:
        """Rank with both histories."""
        more = [SessionEvent(product_key=key) for key in with_ or ()]
        after = history_of(info.context, user_key, more, without or ())
        return await answer_what_if(info, history_of(info.context, user_key), after, first)

    @answered(
        "What goes instead of a product, or along with it.",
        RecommendationList,
        scope="recommend:read",
    )
    async def product_recommendations(
        self,
        info: Info,
        key: Annotated[str, about("`product:<source>:<id>`.")],
        intent: Annotated[Intent, about("Instead of it, or along with it.")],
        first: Count,
    ) -> Ready:
        """Rank for a product."""
        return await recommend_to_product(info, key, intent, first)

    @answered(
        "Click-through and conversion by model version, newest first.",
        list[ModelFeedback],
        scope="operations:read",
    )
    async def model_feedback(
        self, info: Info, kind: Annotated[ModelKind, about("Kind of model.")]
    ) -> Ready:
        """Count responses."""
        rows = await read.model_feedback(info.context.connection, str(kind.value))
        return answer_object(info, [ModelFeedback.of(row) for row in rows])


async def _node(info: Info, key: str) -> Ready | None:
    if len(key) > MAX_KEY_LENGTH:
        raise InvalidInputError("'id' is too long to be an id of this API.")
    label = label_of(key)
    type_ = NODE_TYPES.get(label)
    if type_ is None:
        return None
    require_label(info.context, label)
    plan = node_plan(info, type_)
    row = await read.node(info.context.connection, plan.statement, key)
    return None if row is None else Ready(plan.shape(row))
