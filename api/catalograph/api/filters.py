"""Filters of lists, in the store's form; errors name fields as GraphQL spells them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from catalograph.api.attribute_filters import PlainValues, attribute_filters
from catalograph.api.cursors import key_of
from catalograph.api.excluded_words import word_patterns
from catalograph.api.execution.computed_fields import snake
from catalograph.api.inputs import check_key
from catalograph.api.prices import check_currency
from catalograph.errors import InvalidInputError
from catalograph.schema.protocols import ValueReader
from catalograph.store.queries.api_queries import OUT_OF_STOCK
from catalograph.store.queries.projection import Filter

MAX_VALUES = 20
"""Maximum number of `values`, of attributes, and of excluded words."""
MAX_KEYS = 50
"""Maximum number of keys of one field."""
_PLAIN = PlainValues()
_KEYS = {"brand": "Brand", "category": "Category"}
_LISTS = {"brands": "Brand", "categories": "Category", "communities": "Product"}


def filters_of(given: Mapping[str, Any], reader: ValueReader = _PLAIN) -> tuple[Filter, ...]:
    """Check the fields of a filter; leave out those that do not narrow the list.

    Args:
        given: fields by name, in Python's or GraphQL's spelling.
        reader: reader of names of attributes and values.

    Raises:
        InvalidInputError: a key is not of its field's kind, or there are too many.
    """
    fields = _fields(given)
    fields |= _price_bounds(fields.pop("price", None), fields)
    excluded = _fields(fields.pop("not", None) or fields.pop("not_", None) or {})
    attributes = fields.pop("attributes", None) or ()
    found = [
        Filter(name, _check(name, value))
        for name, value in sorted(fields.items())
        if value is not None and value is not False and value != []
    ]
    found += _attributes("attribute", "attributes", attributes, reader)
    return (*found, *_exclusions(excluded, reader))


def price_currency(given: Mapping[str, Any]) -> str | None:
    """Return the currency that a filter of products names for prices.

    Raises:
        InvalidInputError: it is no currency code.
    """
    fields = _fields(given)
    code = _fields(fields.get("price") or {}).get("currency_code")
    if code is not None:
        return check_currency("price.currencyCode", code)
    return fields.get("currency")


def _fields(given: Mapping[str, Any]) -> dict[str, Any]:
    return {snake(name): value for name, value in given.items()}


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


def _attributes(
    name: str, path: str, given: Sequence[Mapping[str, Any]], reader: ValueReader
) -> Iterator[Filter]:
    if len(given) > MAX_VALUES:
        raise InvalidInputError(f"'{path}' has {len(given)} entries, at most {MAX_VALUES}.")
    for value in attribute_filters(path, [_fields(one) for one in given], reader, MAX_KEYS):
        yield Filter(name, value)


def _exclusions(fields: Mapping[str, Any], reader: ValueReader) -> Iterator[Filter]:
    for name, label in _LISTS.items():
        if fields.get(name):
            yield Filter(f"not_{name}", _check_keys(f"not.{name}", fields[name], label))
    attributes = fields.get("attributes") or ()
    yield from _attributes("not_attribute", "not.attributes", attributes, reader)
    words = fields.get("words") or ()
    if len(words) > MAX_VALUES:
        raise InvalidInputError(f"'not.words' has {len(words)} words, at most {MAX_VALUES}.")
    if words:
        yield Filter("not_words", word_patterns("not.words", words))


def _check_keys(name: str, given: Iterable[str], label: str) -> list[str]:
    """Return keys, sorted, of keys and global ids."""
    keys = [one if ":" in one else key_of(one) for one in given]
    if len(keys) > MAX_KEYS:
        raise InvalidInputError(f"'{name}' has {len(keys)} keys, at most {MAX_KEYS}.")
    return sorted({check_key(name, one, label) for one in keys})


def _check(name: str, value: Any) -> Any:
    said = to_camel_case(name)
    if name in _KEYS:
        return check_key(said, value, _KEYS[name])
    if name in _LISTS:
        return _check_keys(said, value, _LISTS[name])
    if name == "in_stock":
        return list(OUT_OF_STOCK)
    if name == "currency":
        return check_currency(said, value)
    if name == "availability":
        return sorted({str(getattr(one, "value", one)) for one in value})
    if name == "values":
        if len(value) > MAX_VALUES:
            raise InvalidInputError(f"'values' has {len(value)} keys, at most {MAX_VALUES}.")
        return sorted({check_key("values", one, "Value") for one in value})
    return value
