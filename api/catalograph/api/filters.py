"""Filters of lists, in the store's form."""

from collections.abc import Mapping
from typing import Any

from catalograph.api.execution.computed_fields import snake
from catalograph.api.inputs import check_key
from catalograph.api.prices import check_currency
from catalograph.errors import InvalidInputError
from catalograph.store.queries.api_queries import OUT_OF_STOCK
from catalograph.store.queries.projection import Filter

MAX_VALUES = 20
_KEYS = {"brand": "Brand", "category": "Category"}


def filters_of(given: Mapping[str, Any]) -> tuple[Filter, ...]:
    """Check the fields of a filter; leave out those that do not narrow the list.

    Raises:
        InvalidInputError: a key is not of its field's kind, or there are too many.
    """
    fields = {snake(name): value for name, value in given.items()}
    fields |= _price_bounds(fields.pop("price", None), fields)
    return tuple(
        Filter(name, _check(name, value))
        for name, value in sorted(fields.items())
        if value is not None and value is not False and value != []
    )


def price_currency(given: Mapping[str, Any]) -> str | None:
    """Return the currency that a filter of products names for prices.

    Raises:
        InvalidInputError: it is no currency code.
    """
    fields = {snake(name): value for name, value in given.items()}
    price = {snake(name): value for name, value in (fields.get("price") or {}).items()}
    code = price.get("currency_code")
    if code is not None:
        return check_currency("price.currencyCode", code)
    return fields.get("currency")


def _price_bounds(
    price: Mapping[str, Any] | None, fields: Mapping[str, Any]
) -> Mapping[str, float]:
    """Return the bounds of a price range, narrowed by `priceMin` and `priceMax`."""
    bounds: dict[str, float] = {}
    for name, narrow in (("min", max), ("max", min)):
        limits = [(price or {}).get(name), fields.get(f"price_{name}")]
        given = [float(limit) for limit in limits if limit is not None]
        if given:
            bounds[f"price_{name}"] = narrow(given)
    return bounds


def _check(name: str, value: Any) -> Any:
    if name in _KEYS:
        return check_key(name, value, _KEYS[name])
    if name == "in_stock":
        return list(OUT_OF_STOCK)
    if name == "currency":
        return check_currency(name, value)
    if name == "availability":
        return sorted({str(getattr(one, "value", one)) for one in value})
    if name == "values":
        if len(value) > MAX_VALUES:
            raise InvalidInputError(f"'values' has {len(value)} keys, at most {MAX_VALUES}.")
        return sorted({check_key("values", one, "Value") for one in value})
    return value
