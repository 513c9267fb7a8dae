"""Tools beyond UCP's: policies and questions, recommendations, reasons, comparisons."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from catalograph.api.inputs import MAX_QUERY_LENGTH
from catalograph.api.mcp.operations import ToolError
from catalograph.api.mcp.tool import (
    Arguments,
    Tool,
    ToolAnswer,
    ToolCaller,
    ToolResult,
    read_key,
    read_locale,
)
from catalograph.api.mcp.ucp import UcpPrice, minor_amount, show_price

_MAX_PASSAGES = 20
_MAX_RECOMMENDED = 50
_MAX_BASKET = 100
_MAX_COMPARED = 10
_Id = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
_UserKey = Annotated[
    str,
    Field(pattern=r"^user:[a-z0-9][a-z0-9_.-]{0,62}:[0-9a-f]{32}$", max_length=120),
]
_Language = Annotated[str, Field(max_length=35)]


class PolicyArguments(Arguments):
    """Arguments of search_shop_policies_and_faqs."""

    query: Annotated[str, Field(min_length=1, max_length=MAX_QUERY_LENGTH)] = Field(
        description="The question, or words of it, in the language of the documents."
    )
    language: _Language | None = Field(
        None, description="Only passages in this language: a BCP 47 tag such as en or zh."
    )
    about: _Id | None = Field(None, description="Only about this product: its id.")
    limit: int = Field(5, ge=1, le=_MAX_PASSAGES, description="Passages at most.")


class ShopPassage(ToolAnswer):
    """A passage of a document of the shop."""

    id: str
    key: str
    kind: Literal["POLICY", "FAQ", "OTHER"]
    heading: str | None = Field(None, description="Headings above it, or the question.")
    text: str
    language: str | None = None
    document: str | None = Field(None, description="Title of its document.")
    url: str | None = None


class PolicyAnswer(ToolAnswer):
    """Answer of search_shop_policies_and_faqs, the best passage first."""

    passages: list[ShopPassage]


class RecommendArguments(Arguments):
    """Arguments of recommend."""

    product_ids: Annotated[list[_Id], Field(max_length=_MAX_BASKET)] = Field(
        [], description="Ids of products that the buyer looks at, or has in the basket."
    )
    intent: Literal["related", "complementary"] | None = Field(
        None,
        description="For one product: `related` goes instead of it, `complementary` along with "
        "it. Without it, what fits all of `product_ids`.",
    )
    user_key: _UserKey | None = Field(
        None, description="Key of the shopper; without it, the caller's own, or nobody's."
    )
    in_stock: bool = Field(False, description="Leave out what cannot be had.")
    limit: int = Field(10, ge=1, le=_MAX_RECOMMENDED, description="Products at most.")
    language: _Language | None = Field(
        None, description="Language of titles and reasons: English or Chinese."
    )


class WhyArguments(Arguments):
    """Arguments of why."""

    product_id: _Id = Field(description="Id of the product.")
    user_key: _UserKey | None = Field(
        None, description="Key of the shopper; without it, the caller's own."
    )
    language: _Language | None = Field(None, description="Language: English or Chinese.")


class CompareArguments(Arguments):
    """Arguments of compare."""

    product_ids: Annotated[list[_Id], Field(min_length=2, max_length=_MAX_COMPARED)] = Field(
        description=f"Ids of 2 to {_MAX_COMPARED} products."
    )
    language: _Language | None = Field(None, description="Language of titles and units.")


class ProductBrief(ToolAnswer):
    """A product in short; the price is in minor units."""

    id: str
    key: str
    title: str | None = None
    url: str | None = None
    brands: list[str]
    availability: str
    price: UcpPrice | None = None


class GivenReason(ToolAnswer):
    """A reason, with what it adds to the score."""

    text: str
    contribution: float


class RecommendedProduct(ToolAnswer):
    """A recommended product, with its reasons."""

    product: ProductBrief
    score: float
    why: list[str] = Field(description="For the shopper to read.")
    reasons: list[GivenReason]


class RecommendAnswer(ToolAnswer):
    """Answer of recommend, best first."""

    served_id: str = Field(description="Names the list in events that respond to it.")
    items: list[RecommendedProduct]


class WhyAnswer(ToolAnswer):
    """Answer of why; without `item`, nothing that the shopper did leads to the product."""

    item: RecommendedProduct | None = None


class ComparedRow(ToolAnswer):
    """One property of all compared products."""

    attribute: str
    values: list[list[str]] = Field(description="Of each product in order; none where unknown.")
    differs: bool


class CompareAnswer(ToolAnswer):
    """Answer of compare: a table with one column for each product."""

    products: list[ProductBrief]
    rows: list[ComparedRow]


async def search_policies(caller: ToolCaller, given: PolicyArguments) -> ToolResult:
    """Search policies and answers to common questions."""
    about = None if given.about is None else read_key(given.about, "Product", "Brand", "Category")
    data = await caller.ask(
        "SearchPolicies",
        query=given.query,
        first=given.limit,
        language=given.language,
        about=about,
    )
    # Scores come from ranks within each list, so that equal ones alternate.
    matches = [*data["policies"], *data["faqs"], *data["others"]]
    found = sorted(matches, key=lambda match: -match["score"])
    passages = [_passage(match["passage"]) for match in found[: given.limit]]
    lines = [f"Passages: {len(passages)}."]
    for one in passages:
        where = one.document or one.url or one.key
        lines.append(f"[{where}] {one.heading or ''}\n{one.text}")
    return ToolResult(PolicyAnswer(passages=passages), "\n\n".join(lines))


async def recommend(caller: ToolCaller, given: RecommendArguments) -> ToolResult:
    """Recommend products for a shopper, a session, or one product."""
    keys = [read_key(id_, "Product") for id_ in given.product_ids]
    locale = read_locale(given.language)
    if given.intent is not None:
        if len(keys) != 1 or given.user_key is not None or given.in_stock:
            raise ToolError(
                "INVALID_INPUT",
                "'intent' goes with exactly one of 'product_ids', without 'user_key' and "
                "'in_stock'. Leave it out for what fits several products, or a shopper.",
            )
        data = await caller.ask(
            "RecommendForProduct",
            key=keys[0],
            intent=given.intent.upper(),
            first=given.limit,
            locale=locale,
        )
    else:
        data = await caller.ask(
            "RecommendToUser",
            user=given.user_key,
            session=[{"productKey": key} for key in keys],
            first=given.limit,
            filter=None,
            inStock=given.in_stock,
            locale=locale,
        )
    found = data["list"]
    items = [_read_item(item) for item in found["items"]]
    lines = [f"Products: {len(items)}.", *map(_line, items)]
    return ToolResult(RecommendAnswer(served_id=found["servedId"], items=items), "\n".join(lines))


async def why(caller: ToolCaller, given: WhyArguments) -> ToolResult:
    """Say why a product is recommended to a shopper."""
    user = given.user_key or caller.principal.user_key
    if user is None:
        raise ToolError(
            "INVALID_INPUT",
            "'user_key' is missing: these credentials are no shopper's. For reasons without a "
            "shopper, call recommend with 'product_ids'.",
        )
    product = read_key(given.product_id, "Product")
    data = await caller.ask("Why", user=user, product=product, locale=read_locale(given.language))
    if data["why"] is None:
        return ToolResult(WhyAnswer(), "Nothing that the shopper did leads to this product.")
    item = _read_item(data["why"])
    reasons = [f"{one.contribution:+.3f} {one.text}" for one in item.reasons]
    return ToolResult(WhyAnswer(item=item), "\n".join([_line(item), *reasons]))


async def compare(caller: ToolCaller, given: CompareArguments) -> ToolResult:
    """Compare products by their properties."""
    keys = list(dict.fromkeys(read_key(id_, "Product") for id_ in given.product_ids))
    if len(keys) < 2:
        raise ToolError("INVALID_INPUT", "'product_ids' names one product only; give two.")
    cards = []
    for key in keys:
        data = await caller.ask("CompareProduct", key=key, locale=read_locale(given.language))
        card = data["product"]
        if card is None or not card["listed"]:
            raise ToolError(
                "NOT_FOUND", f"There is no product '{key[:200]}'. Take ids from search_catalog."
            )
        cards.append(card)
    products = [_brief(card) for card in cards]
    rows = _rows(cards, products)
    return ToolResult(CompareAnswer(products=products, rows=rows), _table(products, rows))


def _passage(found: Mapping[str, Any]) -> ShopPassage:
    document = found["document"] or {}
    return ShopPassage(
        id=found["id"],
        key=found["key"],
        kind=document.get("kind"),
        heading=found["heading"],
        text=found["text"],
        language=found["language"],
        document=document.get("title"),
        url=document.get("url"),
    )


def _brief(card: Mapping[str, Any]) -> ProductBrief:
    current = (card["pricing"] or {}).get("current") or {}
    currency = current.get("currencyCode")
    price = None
    if currency is not None:
        amount = minor_amount(Decimal(current["amount"]), currency)
        price = UcpPrice(amount=amount, currency=currency)
    return ProductBrief(
        id=card["id"],
        key=card["key"],
        title=card["title"],
        url=card["url"],
        brands=[one["name"] for one in card["brands"]],
        availability=card["availabilityStatus"].lower(),
        price=price,
    )


def _read_item(item: Mapping[str, Any]) -> RecommendedProduct:
    return RecommendedProduct(
        product=_brief(item["product"]),
        score=item["score"],
        why=[one["text"] for one in item["shortReasons"]],
        reasons=[
            GivenReason(text=one["text"], contribution=one["contribution"])
            for one in item["reasons"]
        ],
    )


def _line(item: RecommendedProduct) -> str:
    product = item.product
    price = f", {show_price(product.price)}" if product.price else ""
    reasons = " ".join(item.why or [one.text for one in item.reasons[:1]])
    return f"- {product.title}{price}, id {product.id}: {reasons}"


def _rows(
    cards: Sequence[Mapping[str, Any]], products: Sequence[ProductBrief]
) -> list[ComparedRow]:
    """Return the rows of a comparison: what all products have, then attributes by name."""
    columns: dict[str, list[list[str]]] = {
        "brand": [one.brands for one in products],
        "price": [[show_price(one.price)] if one.price else [] for one in products],
        "availability": [
            [] if one.availability == "unknown" else [one.availability] for one in products
        ],
        "category": [[" > ".join(one["path"]) for one in card["categories"]] for card in cards],
        "stars": [_stars(card["reviewSummary"]) for card in cards],
    }
    names = sorted({value["attribute"] for card in cards for value in card["values"]})
    for name in names:
        columns[name] = [
            [value["label"] for value in card["values"] if value["attribute"] == name]
            for card in cards
        ]
    return [
        ComparedRow(
            attribute=name, values=values, differs=len({tuple(sorted(v)) for v in values}) > 1
        )
        for name, values in columns.items()
        if any(values)
    ]


def _stars(summary: Mapping[str, Any]) -> list[str]:
    mean = summary["averageRating"]
    return [] if mean is None else [f"{mean:.1f} of 5, {summary['rated']} reviews"]


def _table(products: Sequence[ProductBrief], rows: Sequence[ComparedRow]) -> str:
    """Return a comparison as a table in Markdown."""
    head = ["", *(one.title or one.key for one in products)]
    lines = [head, ["---"] * len(head)]
    lines += [[row.attribute, *(", ".join(v) or "?" for v in row.values)] for row in rows]
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in cells)


SHOP_TOOLS = (
    Tool(
        "search_shop_policies_and_faqs",
        "Search policies and questions",
        "Find what this shop says about shipping, returns, payment, warranty and other common "
        "questions, as passages of its own documents with their sources. Answer from these "
        f"passages only; where none fits, say that it is not known. At most {_MAX_PASSAGES}.",
        PolicyArguments,
        PolicyAnswer,
        search_policies,
    ),
    Tool(
        "recommend",
        "Recommend products",
        "Recommend products with reasons: for a shopper, for products in a basket or session, or "
        "instead of or along with one product. Without any of these, the most popular ones. "
        f"At most {_MAX_RECOMMENDED}; needs the scope recommend:read.",
        RecommendArguments,
        RecommendAnswer,
        recommend,
    ),
    Tool(
        "why",
        "Explain a recommendation",
        "Say why a product is recommended to a shopper, with what each reason adds to its score. "
        "Needs the scope recommend:read, and users:any for another shopper than the caller.",
        WhyArguments,
        WhyAnswer,
        why,
    ),
    Tool(
        "compare",
        "Compare products",
        f"Compare 2 to {_MAX_COMPARED} products in a table: brand, price, stock, stars and all "
        "attributes, with what differs. Empty cells are unknown; do not guess them.",
        CompareArguments,
        CompareAnswer,
        compare,
    ),
)
"""Tools beyond UCP's."""
