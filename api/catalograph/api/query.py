"""The Query type; each resolver hands over to the module that does the work."""

from typing import Annotated

import strawberry

from catalograph.api.auth import require_label
from catalograph.api.context import Context, Info
from catalograph.api.cursors import key_of
from catalograph.api.described import about, field
from catalograph.api.inputs import MAX_KEY_LENGTH, check_key, check_share
from catalograph.api.recommend import recommend_to_product, recommend_to_user
from catalograph.api.search import check_filter, find_products
from catalograph.api.types.catalog import (
    AttributeValue,
    Brand,
    Category,
    Node,
    Product,
    ProductConnection,
    ProductFilter,
)
from catalograph.api.types.recommendation import (
    Intent,
    ModelFeedback,
    ModelKind,
    RecommendationList,
)
from catalograph.errors import InvalidInputError
from catalograph.schema.keys import label_of
from catalograph.store import read

First = Annotated[int, about("How many at most: 1 to 100.")]


@strawberry.type(description="Reading the graph.")
class Query:
    """Root of all queries."""

    @field("Any product, brand, category or value by its global id.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, about("A global id.")]
    ) -> Node | None:
        """Load by key."""
        return await _node(info.context, key_of(id))

    @field("One product by key; products that are not listed as well.")
    async def product(
        self, info: Info, key: Annotated[str, about("`product:<source>:<id>`.")]
    ) -> Product | None:
        """Load by key."""
        row = await info.context.loaders.product_by_key.load(check_key("key", key, "Product"))
        return None if row is None else Product.of(row)

    @field(
        "Listed products: in the order of their keys, or, with a query, the best "
        "matches of full text and text vectors."
    )
    async def products(
        self,
        info: Info,
        first: First,
        after: Annotated[str | None, about("Cursor to go on behind.")] = None,
        query: Annotated[str | None, about("Search words, taken literally.")] = None,
        filter: Annotated[ProductFilter | None, about("Which products to keep.")] = None,
    ) -> ProductConnection:
        """Find a page."""
        return await find_products(info.context, first, after, query, filter)

    @field(
        "What to show a shopper next, with reasons. Every event counts from the next "
        "call on. A shopper of whom nothing is known gets the most popular products.",
        scope="recommend:read",
    )
    async def recommendations(
        self,
        info: Info,
        first: First,
        user_key: Annotated[
            str | None,
            about("`user:<source>:<pseudonym>`; null for the caller's own, or an unknown shopper."),
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
    ) -> RecommendationList:
        """Rank for a shopper."""
        kept = check_filter(filter or ProductFilter())
        rules = read.Rules(kept, in_stock=in_stock, seen=seen, diversity=check_share(diversity))
        return await recommend_to_user(info.context, user_key, first, rules)

    @field("What goes instead of a product, or along with it.", scope="recommend:read")
    async def product_recommendations(
        self,
        info: Info,
        key: Annotated[str, about("`product:<source>:<id>`.")],
        intent: Annotated[Intent, about("Instead of it, or along with it.")],
        first: First,
    ) -> RecommendationList:
        """Rank for a product."""
        return await recommend_to_product(info.context, key, intent, first)

    @field("Click-through and conversion by model version, newest first.", scope="operations:read")
    async def model_feedback(
        self, info: Info, kind: Annotated[ModelKind, about("Kind of model.")]
    ) -> list[ModelFeedback]:
        """Count responses."""
        rows = await read.model_feedback(info.context.connection, str(kind.value))
        return [ModelFeedback.of(row) for row in rows]


async def _node(context: Context, key: str) -> Node | None:
    label = label_of(key)
    require_label(context, label)
    if len(key) > MAX_KEY_LENGTH:
        raise InvalidInputError("'id' is too long to be an id of this API.")
    loaders = context.loaders
    if label == "Product":
        product = await loaders.product_by_key.load(key)
        return None if product is None else Product.of(product)
    if label == "Brand":
        brand = await loaders.brand_by_key.load(key)
        return None if brand is None else Brand.of(brand)
    if label == "Category":
        category = await loaders.category_by_key.load(key)
        return None if category is None else Category.of(category)
    if label == "Value":
        value = await loaders.value_by_key.load(key)
        return None if value is None else AttributeValue.of(value)
    return None
