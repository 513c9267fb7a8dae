"""Filters of lists, in the store's form."""

from collections.abc import Mapping
from typing import Any

from catalograph.api.execution.computed_fields import snake
from catalograph.api.inputs import check_key
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
    return tuple(
        Filter(name, _check(name, value))
        for name, value in sorted(fields.items())
        if value is not None and value is not False and value != []
    )


def _check(name: str, value: Any) -> Any:
    if name in _KEYS:
        return check_key(name, value, _KEYS[name])
    if name == "in_stock":
        return list(OUT_OF_STOCK)
    if name == "values":
        if len(value) > MAX_VALUES:
            raise InvalidInputError(f"'values' has {len(value)} keys, at most {MAX_VALUES}.")
        return sorted({check_key("values", one, "Value") for one in value})
    return value
