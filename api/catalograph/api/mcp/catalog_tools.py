"""Universal Commerce Protocol's catalogue tools, by the operations of this API."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalograph.api.mcp.catalog_arguments import (
    MAX_IDS,
    MAX_LIMIT,
    CatalogFilters,
    GetProductArguments,
    LookupCatalogArguments,
    SearchCatalogArguments,
)
from catalograph.api.mcp.operations import ToolError
from catalograph.api.mcp.selection import (
    describe_options,
    fits,
    list_selection,
    order_variants,
    relax_selection,
    selection_of,
)
from catalograph.api.mcp.tool import Tool, ToolCaller, ToolResult, read_key, read_locale
from catalograph.api.mcp.ucp import (
    LOOKUP,
    SEARCH,
    GetProductAnswer,
    LookupCatalogAnswer,
    SearchCatalogAnswer,
    UcpInput,
    UcpMessage,
    UcpPagination,
    UcpPrice,
    UcpProduct,
    UcpVariant,
    envelope,
    major_amount,
    make_product,
    not_found,
    read_variant,
    show_price,
)
from catalograph.errors import InvalidInputError
from catalograph.schema.keys import category_key

_GROUP = "group:"
_MAX_VARIANTS = 100
_MAX_DESCRIPTION = 500


class TooManyIdsError(ToolError):
    """More ids than a call may look up; UCP wants an error of the protocol for it."""


async def search_catalog(caller: ToolCaller, given: SearchCatalogArguments) -> ToolResult:
    """Search the catalogue."""
    asked = given.catalog
    locale, currency = _market(asked)
    query = (asked.query or "").strip() or None
    data = await caller.ask(
        "SearchCatalog",
        query=query,
        filter=_filter(asked.filters, currency),
        first=min(asked.pagination.limit, MAX_LIMIT),
        after=asked.pagination.cursor,
        locale=locale,
        currency=currency,
    )
    found = data["products"]
    products, hidden = _group_variants(found["nodes"])
    page = found["pageInfo"]
    more = page["hasNextPage"]
    exact = found["totalCountRelation"] == "EQ"
    remarks = [*_read_understanding(found["understood"]), *hidden]
    answer = SearchCatalogAnswer(
        ucp=envelope(SEARCH),
        products=products,
        pagination=UcpPagination(
            cursor=page["endCursor"] if more else None,
            has_next_page=more,
            total_count=found["totalCount"] if exact else None,
        ),
        messages=remarks or None,
    )
    head = f"Products: {len(products)}" + (", and more by the cursor." if more else ".")
    lines = [head, *map(_line, products), *(one.content for one in remarks)]
    return ToolResult(answer, "\n".join(lines))


async def lookup_catalog(caller: ToolCaller, given: LookupCatalogArguments) -> ToolResult:
    """Look up products by their ids."""
    asked = given.catalog
    ids = list(dict.fromkeys(asked.ids))
    if len(ids) > MAX_IDS:
        raise TooManyIdsError(
            "INVALID_INPUT",
            f"'catalog.ids' has {len(ids)} ids; at most {MAX_IDS} are looked up in one call.",
        )
    locale, currency = _market(asked)
    products: dict[str, tuple[list[UcpVariant], Mapping[str, Any] | None]] = {}
    messages = []
    for id_ in ids:
        found = await _look_up(caller, id_, locale, currency)
        variants = _keep(found[0], asked.filters, currency) if found else []
        if found is None or not found[0]:
            messages.append(not_found(id_))
        if found is None or not variants:
            continue
        match = "featured" if id_.startswith(_GROUP) else "exact"
        _add_variant(products, variants[0], found[1], UcpInput(id=id_, match=match))
    made = [make_product(found, group) for found, group in products.values()]
    answer = LookupCatalogAnswer(ucp=envelope(LOOKUP), products=made, messages=messages or None)
    lines = [f"Products: {len(made)}.", *map(_line, made)]
    return ToolResult(answer, "\n".join([*lines, *(f"Not found: {m.content}" for m in messages)]))


async def get_product(caller: ToolCaller, given: GetProductArguments) -> ToolResult:
    """Get one product with its options and the variants that fit a selection."""
    asked = given.catalog
    locale, currency = _market(asked)
    found = await _look_up(caller, asked.id, locale, currency)
    group = found[1] if found else None
    variants = found[0] if found else []
    if variants and group is not None and not asked.id.startswith(_GROUP):
        whole = await _look_up(caller, group["key"], locale, currency)
        variants = _join(variants, whole[0] if whole else [])
    if not variants:
        return _refuse_product(f"There is no product '{asked.id[:200]}'. Take ids from answers.")
    if asked.id.startswith(_GROUP):
        wanted = {one.name: one.label for one in asked.selected}
        selected = relax_selection(variants, wanted, asked.preferences)
        fitting = order_variants([one for one in variants if fits(one, selected)], None)
        selected = selected or selection_of(fitting[0])
    else:
        selected = selection_of(variants[0])
        fitting = order_variants(variants, variants[0].id)
    shown = _keep([one for one in fitting if fits(one, selected)], asked.filters, currency)
    if not shown:
        return _refuse_product(f"No variant of '{asked.id[:200]}' passes the filters.")
    product = make_product(shown, group)
    if product.options:
        product.options = describe_options(product.options, variants, selected)
        product.selected = list_selection(selected)
    return ToolResult(GetProductAnswer(ucp=envelope(LOOKUP), product=product), _describe(product))


def _refuse_product(words: str) -> ToolResult:
    message = UcpMessage(type="error", code="not_found", content=words, severity="unrecoverable")
    return ToolResult(
        GetProductAnswer(ucp=envelope(LOOKUP, failed=True), messages=[message]), words, failed=True
    )


def _market(asked: Any) -> tuple[str | None, str | None]:
    """Return language and currency of a request, as GraphQL takes them."""
    context = asked.context
    return (None, None) if context is None else (read_locale(context.language), context.currency)


def _filter(filters: CatalogFilters | None, currency: str | None) -> dict[str, Any] | None:
    """Return the filter of GraphQL."""
    if filters is None:
        return None
    made: dict[str, Any] = {}
    if filters.categories:
        made["categories"] = [_category(value) for value in filters.categories]
    price = filters.price
    if price is not None and currency is not None:
        made["price"] = {
            "min": None if price.min is None else major_amount(price.min, currency),
            "max": None if price.max is None else major_amount(price.max, currency),
            "currencyCode": currency,
        }
    return made


def _category(value: str) -> str:
    """Return the key of a category by its path, such as `Photo > Cameras`, or by its key."""
    if value.startswith("category:"):
        return value
    try:
        return category_key([part.strip() for part in value.split(">")])
    except InvalidInputError as exc:
        raise ToolError(
            "INVALID_INPUT",
            f"'{value[:80]}' is no category. Give a value of `categories` in an answer.",
        ) from exc


async def _look_up(
    caller: ToolCaller, id_: str, locale: str | None, currency: str | None
) -> tuple[list[UcpVariant], Mapping[str, Any] | None] | None:
    """Return the variants that an id names, and their group; None for an id of nothing."""
    if id_.startswith(_GROUP):
        if id_.count(":") < 2:
            return None
        data = await caller.ask(
            "LookupGroup", key=id_, first=_MAX_VARIANTS, locale=locale, currency=currency
        )
        group = data["productGroup"]
        if group is None:
            return None
        return order_variants(_variants(group["variants"]["nodes"]), None), group
    try:
        key = read_key(id_, "Product")
    except ToolError:
        return None
    data = await caller.ask("LookupProduct", key=key, locale=locale, currency=currency)
    card = data["product"]
    return None if card is None else (_variants([card]), card["group"])


def _read_understanding(understood: Mapping[str, Any] | None) -> list[UcpMessage]:
    """Return remarks on what the words were taken for, as it narrows the list."""
    if understood is None:
        return []
    remarks = []
    if understood["didYouMean"]:
        words = f"Searched for: {understood['didYouMean']}"
        remarks.append(UcpMessage(type="info", code="corrected", content=words))
    for one in understood["constraints"]:
        if one["applied"]:
            sign = "not " if one["negated"] else ""
            words = f"'{one['text']}' keeps only: {sign}{one['label']}"
            remarks.append(UcpMessage(type="info", code="understood", content=words))
    return remarks


def _variants(cards: Iterable[Mapping[str, Any]]) -> list[UcpVariant]:
    return [one for card in cards if (one := read_variant(card)) is not None]


def _join(first: Sequence[UcpVariant], others: Sequence[UcpVariant]) -> list[UcpVariant]:
    known = {one.id for one in first}
    return [*first, *(one for one in others if one.id not in known)]


def _group_variants(
    cards: Sequence[Mapping[str, Any]],
) -> tuple[list[UcpProduct], list[UcpMessage]]:
    """Return products in the order of their first variants, and remarks on those left out."""
    found: dict[str, tuple[list[UcpVariant], Mapping[str, Any] | None]] = {}
    hidden = []
    for card in cards:
        variant = read_variant(card)
        if variant is None:
            words = f"{card['id']} is left out: it has no title, or no price with a currency."
            hidden.append(UcpMessage(type="info", code="incomplete", content=words))
        else:
            _add_variant(found, variant, card["group"], None)
    return [make_product(variants, group) for variants, group in found.values()], hidden


def _add_variant(
    found: dict[str, tuple[list[UcpVariant], Mapping[str, Any] | None]],
    variant: UcpVariant,
    group: Mapping[str, Any] | None,
    input_: UcpInput | None,
) -> None:
    """Add a variant to its product; a variant that is there gets the further input."""
    id_ = variant.id if group is None else group["key"]
    variants, _ = found.setdefault(id_, ([], group))
    known = next((one for one in variants if one.id == variant.id), None)
    if known is None:
        variants.append(variant)
        known = variant
    if input_ is not None:
        known.inputs = [*(known.inputs or ()), input_]


def _keep(
    variants: Iterable[UcpVariant], filters: CatalogFilters | None, currency: str | None
) -> list[UcpVariant]:
    """Return the variants that pass filters; prices in other currencies do not pass one."""
    if filters is None:
        return list(variants)
    wanted = [_category(value) for value in filters.categories or ()]

    def is_below(variant: UcpVariant) -> bool:
        keys = [_category(one.value) for one in variant.categories or ()]
        return any(key == one or key.startswith(f"{one}/") for one in wanted for key in keys)

    def fits_price(price: UcpPrice) -> bool:
        given = filters.price
        if given is None or currency is None:
            return True
        low, high = given.min or 0, given.max
        return (
            price.currency == currency
            and price.amount >= low
            and (high is None or price.amount <= high)
        )

    return [one for one in variants if (not wanted or is_below(one)) and fits_price(one.price)]


def _line(product: UcpProduct) -> str:
    """Return a product in one line."""
    variant = product.variants[0]
    state = variant.availability.status if variant.availability else "stock unknown"
    return f"- {product.title}, {show_price(variant.price)}, {state}, id {product.id}"


def _describe(product: UcpProduct) -> str:
    lines = [_line(product)]
    if product.description.plain:
        lines.append(product.description.plain[:_MAX_DESCRIPTION])
    for option in product.options or ():
        labels = [
            v.label if v.available else f"{v.label} (not with this selection)"
            for v in option.values
        ]
        lines.append(f"{option.name}: {', '.join(labels)}")
    lines += [f"Variant {one.title}, id {one.id}" for one in product.variants]
    return "\n".join(lines)


CATALOG_TOOLS = (
    Tool(
        "search_catalog",
        "Search the catalogue",
        "Find products of this shop by words, by filters, or both; the best matches first. Words "
        "may name brands, colours, prices and exclusions, in English or Chinese. Use it for every "
        "question about what the shop sells. Prices are in minor units (1999 USD are 19.99 "
        f"dollars). At most {MAX_LIMIT} products in an answer; `pagination.cursor` goes on.",
        SearchCatalogArguments,
        SearchCatalogAnswer,
        search_catalog,
    ),
    Tool(
        "lookup_catalog",
        "Look up products",
        "Get products by ids of earlier answers, such as to show a saved list with present prices "
        f"and stock; 1 to {MAX_IDS} ids. Ids of nothing are named in `messages`.",
        LookupCatalogArguments,
        LookupCatalogAnswer,
        lookup_catalog,
    ),
    Tool(
        "get_product",
        "Get a product",
        "Get one product by its id, with all options and which of their values can be had, and "
        "the variants that fit the selected options. Use it before a decision to buy.",
        GetProductArguments,
        GetProductAnswer,
        get_product,
    ),
)
"""The tools of UCP's catalogue capability."""
