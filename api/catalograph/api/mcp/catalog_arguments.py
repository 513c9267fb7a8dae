"""Arguments of Universal Commerce Protocol's catalogue tools."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from catalograph.api.inputs import MAX_QUERY_LENGTH
from catalograph.api.mcp.tool import Arguments

MAX_IDS = 20
MAX_LIMIT = 50
_MAX_FILTERS = 20
_MAX_AMOUNT = 2**53 - 1
_Id = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Amount = Annotated[int, Field(ge=0, le=_MAX_AMOUNT)]


class CatalogContext(BaseModel):
    """Hints about the buyer; others than these have no effect."""

    model_config = ConfigDict(extra="ignore")
    language: Annotated[str, Field(max_length=35)] | None = Field(
        None, description="Language of texts, a BCP 47 tag such as zh-CN."
    )
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = Field(
        None, description="Currency of the price filter, and of prices where the shop has a rate."
    )


class CatalogPriceFilter(Arguments):
    """A range of prices in `context.currency`, in minor units: 1999 USD are 19.99 dollars."""

    min: _Amount | None = None
    max: _Amount | None = None


class CatalogFilters(Arguments):
    """Which products to keep; all must hold."""

    categories: Annotated[list[_Id], Field(max_length=_MAX_FILTERS)] | None = Field(
        None,
        description="Any of these categories and what is below them: values of `categories` in "
        "earlier answers, such as `Photo > Cameras`.",
    )
    price: CatalogPriceFilter | None = None


class CatalogPagination(Arguments):
    """Which page."""

    cursor: Annotated[str, Field(max_length=2_000)] | None = Field(
        None, description="`pagination.cursor` of the answer before, with the same arguments."
    )
    limit: int = Field(10, ge=1, description=f"Products at most; more than {MAX_LIMIT} count so.")


class _CatalogArguments(Arguments):
    context: CatalogContext | None = None
    filters: CatalogFilters | None = None
    signals: dict[str, Any] | None = Field(None, description="Not used.")
    attribution: dict[str, Any] | None = Field(None, description="Not used.")

    @model_validator(mode="after")
    def _check_price(self) -> Self:
        price = None if self.filters is None else self.filters.price
        if price is None or (price.min is None and price.max is None):
            return self
        if self.context is None or self.context.currency is None:
            raise ValueError("filters.price needs context.currency, such as 'EUR', to be in")
        return self


class SearchCatalogQuery(_CatalogArguments):
    """What to search for."""

    query: Annotated[str, Field(min_length=1, max_length=MAX_QUERY_LENGTH)] | None = Field(
        None,
        description="Search words in the buyer's language, such as 'red camera under 100 euros' "
        "or 红色相机. Without them, filters alone list products.",
    )
    pagination: CatalogPagination = CatalogPagination()

    @model_validator(mode="after")
    def _check_inputs(self) -> Self:
        if not (self.query or "").strip() and self.filters is None:
            raise ValueError("give a 'query', or 'filters', or both")
        return self


class LookupCatalogQuery(_CatalogArguments):
    """Which products to look up."""

    ids: list[_Id] = Field(
        min_length=1,
        description=f"Ids of products or variants, 1 to {MAX_IDS}: `id` of an earlier answer.",
    )


class OptionChoice(Arguments):
    """A selected value of an option."""

    name: _Name
    label: _Name
    id: str | None = None


class GetProductQuery(_CatalogArguments):
    """Which product, and which of its variants."""

    id: _Id = Field(description="Id of a product or a variant: `id` of an earlier answer.")
    selected: Annotated[list[OptionChoice], Field(max_length=20)] = Field(
        [], description="Selected options, such as [{name: Size, label: XL}]."
    )
    preferences: Annotated[list[_Name], Field(max_length=20)] = Field(
        [],
        description="Names of options, the most important first; where no variant fits the "
        "selection, options are dropped from the end.",
    )

    @model_validator(mode="after")
    def _check_selected(self) -> Self:
        names = [one.name.casefold() for one in self.selected]
        if len(set(names)) < len(names):
            raise ValueError("'selected' has an option more than once")
        return self


_Meta = Annotated[
    dict[str, Any] | None,
    Field(description="Metadata of UCP, such as {ucp-agent: {profile: address}}; not used."),
]


class SearchCatalogArguments(Arguments):
    """Arguments of search_catalog."""

    meta: _Meta = None
    catalog: SearchCatalogQuery


class LookupCatalogArguments(Arguments):
    """Arguments of lookup_catalog."""

    meta: _Meta = None
    catalog: LookupCatalogQuery


class GetProductArguments(Arguments):
    """Arguments of get_product."""

    meta: _Meta = None
    catalog: GetProductQuery
