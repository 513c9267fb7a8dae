"""The Query type; each resolver hands over to the module that does the work."""

from typing import Annotated

import strawberry

from catalograph.api.analyst_query import AnalystQuery
from catalograph.api.assistant_query import AssistantQuery
from catalograph.api.auth import require_label
from catalograph.api.content_query import ContentQuery
from catalograph.api.context import Info
from catalograph.api.cursors import key_of
from catalograph.api.decorators import PUBLIC, describe_argument, field, resolved_field
from catalograph.api.execution import (
    CompletedValue,
    FreshAnswer,
    answer_kept,
    answer_object,
    node_plan,
)
from catalograph.api.explain import HistoryChange, answer_what_if, answer_why, check_facts
from catalograph.api.feeds_query import FeedsQuery
from catalograph.api.filters import filters_of
from catalograph.api.inputs import MAX_KEY_LENGTH, check_ids, check_key, check_share
from catalograph.api.insights_query import InsightsQuery
from catalograph.api.interaction_history import SessionEvent, basket_history, history_of
from catalograph.api.models_query import ModelsQuery
from catalograph.api.opinions_query import OpinionsQuery
from catalograph.api.privacy_query import PrivacyQuery
from catalograph.api.recommend import recommend_to_product, recommend_to_user
from catalograph.api.review_query import ReviewQuery
from catalograph.api.search import (
    answer_page,
    find_group,
    find_products,
    find_suggestions,
    rules_of,
)
from catalograph.api.server_query import ServerQuery
from catalograph.api.service_query import ServiceQuery
from catalograph.api.types.catalog import (
    Attribute,
    Brand,
    Category,
    Product,
    ProductConnection,
    ProductGroup,
    RelayNode,
)
from catalograph.api.types.connection import (
    After,
    Before,
    First,
    Last,
    ProductSort,
    RecordSort,
    RelayConnection,
)
from catalograph.api.types.operations import ModelCard, Run
from catalograph.api.types.product_filter import ProductFilter
from catalograph.api.types.recommendation import (
    Intent,
    ModelFeedback,
    ModelKind,
    Recommendation,
    RecommendationList,
    WhatIf,
)
from catalograph.api.types.search import SearchMode, Suggestion, SuggestionKind
from catalograph.api.types.viewer import Viewer
from catalograph.errors import InvalidInputError
from catalograph.schema.keys import label_of
from catalograph.store.queries import api_queries
from catalograph.store.queries.search import RetrievalMode as StoreSearchMode

Count = Annotated[int, describe_argument("How many at most: 1 to 100.")]
Prefix = Annotated[str | None, describe_argument("Only those whose name begins so, in any case.")]
NODE_TYPES = {
    "Product": "Product",
    "Brand": "Brand",
    "Category": "Category",
    "Document": "Document",
    "Passage": "Passage",
    "Value": "AttributeValue",
    "Attribute": "Attribute",
    "Review": "Review",
    "Assertion": "Assertion",
    "Model": "ModelCard",
    "Run": "Run",
}
"""GraphQL types of the nodes that `node` gives, by label."""
UNANNOUNCED = frozenset({"Document", "Model", "Passage", "Run"})
"""Labels of nodes whose changes are not announced, so that no answer about them is kept."""


@strawberry.type(description="Reading the graph.")
class Query(
    InsightsQuery,
    OpinionsQuery,
    ServiceQuery,
    AssistantQuery,
    ContentQuery,
    FeedsQuery,
    ReviewQuery,
    AnalystQuery,
    ModelsQuery,
    PrivacyQuery,
    ServerQuery,
):
    """Root of all queries."""

    @resolved_field(
        "Any product, brand, category, attribute, value, review, document, passage, assertion, "
        "model or run by id.",
        RelayNode | None,
        kept=True,
    )
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, describe_argument("A global id.")]
    ) -> CompletedValue | None:
        """Read by key."""
        return await _node(info, key_of(id))

    @field("The caller of this request.", scope=PUBLIC)
    def viewer(self, info: Info) -> Viewer:
        """Read the request's credentials."""
        principal = info.context.principal
        return Viewer(
            known=principal.known, user_key=principal.user_key, scopes=sorted(principal.scopes)
        )

    @resolved_field(
        "One product by key; products that are not listed as well.", Product | None, kept=True
    )
    async def product(
        self, info: Info, key: Annotated[str, describe_argument("`product:<source>:<id>`.")]
    ) -> CompletedValue | None:
        """Read by key."""
        return await _node(info, check_key("key", key, "Product"))

    @resolved_field("Variants of one thing, by key.", ProductGroup | None, kept=True)
    async def product_group(
        self, info: Info, key: Annotated[str, describe_argument("`group:<source>:<id>`.")]
    ) -> CompletedValue | None:
        """Read one of its products."""
        return await find_group(info, key)

    @resolved_field("One brand by key.", Brand | None, kept=True)
    async def brand(
        self, info: Info, key: Annotated[str, describe_argument("`brand:<name>`.")]
    ) -> CompletedValue | None:
        """Read by key."""
        return await _node(info, check_key("key", key, "Brand"))

    @resolved_field("One category by key.", Category | None, kept=True)
    async def category(
        self, info: Info, key: Annotated[str, describe_argument("`category:<path>`.")]
    ) -> CompletedValue | None:
        """Read by key."""
        return await _node(info, check_key("key", key, "Category"))

    @resolved_field("One attribute by key.", Attribute | None, kept=True)
    async def attribute(
        self, info: Info, key: Annotated[str, describe_argument("`attribute:<name>`.")]
    ) -> CompletedValue | None:
        """Read by key."""
        return await _node(info, check_key("key", key, "Attribute"))

    @resolved_field(
        "Listed products, in an order, or, with a query, the best matches of it.",
        ProductConnection,
        kept=True,
    )
    async def products(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        query: Annotated[
            str | None, describe_argument("Search words, without a syntax of their own.")
        ] = None,
        filter: Annotated[
            ProductFilter | None, describe_argument("Which products to keep.")
        ] = None,
        order_by: Annotated[
            ProductSort | None,
            describe_argument(
                "Order of the list. Null: the best matches of `query` first, without one by key. "
                "With a query and an order, products that have all its words are sorted, if there "
                "are any; else all that it finds."
            ),
        ] = None,
        mode: Annotated[
            SearchMode, describe_argument("What the query goes by; no matter without one.")
        ] = SearchMode.HYBRID,
        understand: Annotated[
            bool,
            describe_argument(
                "Whether brands, categories, values, prices, stars, stock and exclusions that the "
                "query names narrow the search; `understood` tells them."
            ),
        ] = True,
        take_back: Annotated[
            list[strawberry.ID] | None,
            describe_argument(
                "Ids of `understood` constraints that the shopper takes back; their words are "
                "searched. Other ids have no effect."
            ),
        ] = None,
    ) -> CompletedValue:
        """Find a page."""
        paging = {"first": first, "after": after, "last": last, "before": before}
        by = StoreSearchMode(str(mode.value))
        return await find_products(
            info,
            paging,
            query,
            filter,
            None if order_by is None else str(order_by.value),
            by,
            understand=understand,
            take_back=check_ids(take_back or ()),
        )

    @resolved_field(
        "What someone may be about to type, for a search box: brands, categories and products "
        "that have the typed words, the last one as a beginning; typing errors are forgiven.",
        list[Suggestion],
    )
    async def suggestions(
        self,
        info: Info,
        query: Annotated[str, describe_argument("What was typed so far.")],
        first: Count,
        kinds: Annotated[
            list[SuggestionKind] | None,
            describe_argument(
                "What to suggest. Unset: all but QUERY, which clients of earlier versions do not "
                "know."
            ),
        ] = None,
    ) -> CompletedValue:
        """Suggest."""
        chosen = [SuggestionKind(getattr(kind, "value", kind)) for kind in kinds or ()]
        return answer_object(info, await find_suggestions(info.context, query, first, chosen))

    @resolved_field("Brands, by key.", RelayConnection[Brand], kept=True)
    async def brands(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        name_prefix: Prefix = None,
    ) -> CompletedValue:
        """Find a page."""
        paging = {"first": first, "after": after, "last": last, "before": before}
        filters = filters_of({"name_prefix": name_prefix})
        return await answer_page(info, "brands", "BrandConnection", paging, filters=filters)

    @resolved_field("Categories, by key.", RelayConnection[Category], kept=True)
    async def categories(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        name_prefix: Prefix = None,
        roots: Annotated[bool, describe_argument("Only the widest ones.")] = False,
    ) -> CompletedValue:
        """Find a page."""
        paging = {"first": first, "after": after, "last": last, "before": before}
        filters = filters_of({"name_prefix": name_prefix, "roots": roots})
        return await answer_page(info, "categories", "CategoryConnection", paging, filters=filters)

    @resolved_field("Attributes, by key.", RelayConnection[Attribute], kept=True)
    async def attributes(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        name_prefix: Prefix = None,
    ) -> CompletedValue:
        """Find a page."""
        paging = {"first": first, "after": after, "last": last, "before": before}
        filters = filters_of({"name_prefix": name_prefix})
        return await answer_page(info, "attributes", "AttributeConnection", paging, filters=filters)

    @resolved_field(
        "Versions of models, with their cards.", RelayConnection[ModelCard], scope="operations:read"
    )
    async def models(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: Annotated[
            RecordSort, describe_argument("Order of the list.")
        ] = RecordSort.NEWEST,
        kind: Annotated[
            str | None, describe_argument("Only of this kind, such as preference.")
        ] = None,
        live: Annotated[bool, describe_argument("Only those in use.")] = False,
    ) -> CompletedValue:
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

    @resolved_field(
        "Runs of ingestion and what belongs to it.", RelayConnection[Run], scope="operations:read"
    )
    async def runs(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: Annotated[
            RecordSort, describe_argument("Order of the list.")
        ] = RecordSort.NEWEST,
        kind: Annotated[
            str | None, describe_argument("Only of this kind, such as catalog.")
        ] = None,
        status: Annotated[
            str | None, describe_argument("Only with this status, such as running.")
        ] = None,
    ) -> CompletedValue:
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

    @resolved_field(
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
            describe_argument(
                "`user:<source>:<pseudonym>`; null for the caller's own, or an unknown shopper."
            ),
        ] = None,
        session: Annotated[
            list[SessionEvent] | None,
            describe_argument(
                "Products chosen in a session that was not recorded; they count beside."
            ),
        ] = None,
        filter: Annotated[
            ProductFilter | None, describe_argument("Which products may be shown.")
        ] = None,
        in_stock: Annotated[
            bool,
            describe_argument(
                "Leave out what the catalogue says cannot be had; what says nothing stays."
            ),
        ] = False,
        seen: Annotated[
            bool,
            describe_argument(
                "Include products that the shopper interacted with, except bought ones."
            ),
        ] = False,
        diversity: Annotated[
            float | None,
            describe_argument(
                "0 to 1: how much being like an item further up counts against one; 0 keeps the "
                "order of the scores. Null for what was best for this shop."
            ),
        ] = None,
    ) -> CompletedValue:
        """Rank for a shopper."""
        rules = await rules_of(
            info.context, filter, in_stock=in_stock, seen=seen, diversity=check_share(diversity)
        )
        return await recommend_to_user(
            info, history_of(info.context, user_key, session or ()), first, rules
        )

    @resolved_field(
        "What goes well with a whole basket, with reasons.",
        RecommendationList,
        scope="recommend:read",
    )
    async def basket_recommendations(
        self,
        info: Info,
        keys: Annotated[list[str], describe_argument("Keys of the products in it, 1 to 100.")],
        first: Count,
        filter: Annotated[
            ProductFilter | None, describe_argument("Which products may be shown.")
        ] = None,
    ) -> CompletedValue:
        """Rank for a basket."""
        rules = await rules_of(info.context, filter, in_stock=False, seen=False, diversity=None)
        return await recommend_to_user(info, basket_history(keys), first, rules)

    @resolved_field(
        "Why this product for this shopper: its score now, and what it is made of. Null when "
        "nothing the shopper did leads to it.",
        Recommendation | None,
        scope="recommend:read",
    )
    async def why(
        self,
        info: Info,
        user_key: Annotated[str, describe_argument("`user:<source>:<pseudonym>`.")],
        product_key: Annotated[str, describe_argument("`product:<source>:<id>`.")],
    ) -> CompletedValue | None:
        """Rank the one product."""
        return await answer_why(info, product_key, history_of(info.context, user_key))

    @resolved_field(
        "What the list of a shopper would be with another history.", WhatIf, scope="recommend:read"
    )
    async def what_if(
        self,
        info: Info,
        first: Count,
        user_key: Annotated[str | None, describe_argument("`user:<source>:<pseudonym>`.")] = None,
        without: Annotated[
            list[str] | None,
            describe_argument("Keys of products that are to count as never chosen."),
        ] = None,
        with_: Annotated[
            list[str] | None,
            strawberry.argument(
                name="with", description="Keys of products that are to count as chosen."
            ),
        ] = None,
        session: Annotated[
            list[SessionEvent] | None,
            describe_argument(
                "Products chosen in a session that was not recorded; they count in both lists."
            ),
        ] = None,
        without_facts: Annotated[
            list[str] | None,
            describe_argument(
                "Keys of brands, categories and values that are to count for nothing, at most "
                "20: what they add to the score of an item, as its reasons say, is left out."
            ),
        ] = None,
        seen: Annotated[
            bool,
            describe_argument(
                "Include products that the shopper interacted with, except bought ones."
            ),
        ] = True,
    ) -> CompletedValue:
        """Rank with both histories."""
        known = tuple(session or ())
        more = [*known, *(SessionEvent(product_key=key) for key in with_ or ())]
        before = history_of(info.context, user_key, known)
        after = history_of(info.context, user_key, more, without or ())
        change = HistoryChange(before, after, check_facts(without_facts))
        return await answer_what_if(info, change, first, seen=seen)

    @resolved_field(
        "What goes instead of a product, or along with it.",
        RecommendationList,
        scope="recommend:read",
    )
    async def product_recommendations(
        self,
        info: Info,
        key: Annotated[str, describe_argument("`product:<source>:<id>`.")],
        intent: Annotated[Intent, describe_argument("Instead of it, or along with it.")],
        first: Count,
    ) -> CompletedValue:
        """Rank for a product."""
        return await recommend_to_product(info, key, intent, first)

    @resolved_field(
        "Click-through and conversion by model version, newest first.",
        list[ModelFeedback],
        scope="operations:read",
    )
    async def model_feedback(
        self, info: Info, kind: Annotated[ModelKind, describe_argument("Kind of model.")]
    ) -> CompletedValue:
        """Count responses."""
        rows = await api_queries.read_model_feedback(info.context.connection, str(kind.value))
        return answer_object(info, [ModelFeedback.of(row) for row in rows])


async def _node(info: Info, key: str) -> CompletedValue | None:
    if len(key) > MAX_KEY_LENGTH:
        raise InvalidInputError("'id' is too long to be an id of this API.")
    label = label_of(key)
    type_ = NODE_TYPES.get(label)
    if type_ is None:
        return None
    require_label(info.context, label)

    async def read() -> FreshAnswer:
        plan = node_plan(info, type_)
        row = await api_queries.read_node(info.context.connection, plan.statement, key)
        data = None if row is None else plan.shape(row)
        return FreshAnswer(data, key if plan.alone else None)

    if label in UNANNOUNCED:
        return CompletedValue((await read()).data)
    return await answer_kept(info, read)
