"""The product record that resolution compares, from a catalogue, a pair file or a table."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from catalograph.ingest.values import is_blank, to_number, to_plain

_COLUMNS = {
    "title": ("title", "name"),
    "brand": ("brand", "manufacturer"),
    "model": ("modelno", "model", "mpn"),
    "category": ("category",),
    "description": ("description",),
    "price": ("price",),
    "gtin": ("gtin", "ean", "upc", "gtins"),
}
_KNOWN = frozenset(name for names in _COLUMNS.values() for name in names) | {"id", "key"}


@dataclass(frozen=True)
class ProductRecord:
    """One product as one catalogue describes it; a missing text is "".

    Attributes:
        key: unique key of the record.
        source: name of the catalogue.
        title: title.
        brand: brand or manufacturer.
        category: category path, its segments joined by spaces.
        description: description.
        models: model numbers that a field states.
        gtins: trade item numbers (GTIN) that a field states, not validated.
        price: price, in any currency.
        values: further attributes, by name.
        changed: time when a run last changed the record's content.
    """

    key: str
    source: str = ""
    title: str = ""
    brand: str = ""
    category: str = ""
    description: str = ""
    models: tuple[str, ...] = ()
    gtins: tuple[str, ...] = ()
    price: float | None = None
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    changed: datetime | None = None

    @property
    def text(self) -> str:
        """All texts joined, the most distinctive parts first."""
        parts = (self.brand, self.title, *self.models, *self._value_texts(), self.description)
        return " ".join(part for part in parts if part)

    def _value_texts(self) -> Iterable[str]:
        return (text for texts in self.values.values() for text in texts)


def record_of(key: str, fields: Mapping[str, Any], source: str = "") -> ProductRecord:
    """Build a record from columns of a table or pair file; unknown columns become attributes."""
    texts = {name: _first_value(fields, columns) for name, columns in _COLUMNS.items()}
    others = {
        name: _texts(value)
        for name, value in fields.items()
        if name.lower() not in _KNOWN and not is_blank(value)
    }
    return ProductRecord(
        key=key,
        source=source,
        title=texts["title"],
        brand=texts["brand"],
        category=texts["category"],
        description=texts["description"],
        models=_models(fields),
        gtins=tuple(re.findall(r"\d{8,14}", texts["gtin"])),
        price=_price(texts["price"]),
        values=others,
    )


def to_fields(record: ProductRecord) -> dict[str, Any]:
    """Return the columns of a record in a pair file, from which `record_of` builds it again."""
    fields: dict[str, Any] = {name: list(texts) for name, texts in record.values.items()}
    fields |= {
        "title": record.title,
        "brand": record.brand,
        "category": record.category,
        "description": record.description,
        "price": record.price,
        "modelno": list(record.models),
        "gtin": " ".join(record.gtins),
    }
    return {name: value for name, value in fields.items() if not is_blank(value)}


def _first_value(fields: Mapping[str, Any], columns: tuple[str, ...]) -> str:
    for column in columns:
        value = fields.get(column)
        if not is_blank(value):
            return to_plain(value)
    return ""


def _models(fields: Mapping[str, Any]) -> tuple[str, ...]:
    for column in _COLUMNS["model"]:
        if not is_blank(fields.get(column)):
            return _texts(fields[column])
    return ()


def _texts(value: Any) -> tuple[str, ...]:
    """Return the texts of a cell: a list's elements, else one."""
    if isinstance(value, list):
        return tuple(to_plain(one) for one in value if not is_blank(one))
    return (to_plain(value),)


def _price(text: str) -> float | None:
    try:
        price = to_number(text)
    except ValueError:
        return None
    return price if price > 0 else None
