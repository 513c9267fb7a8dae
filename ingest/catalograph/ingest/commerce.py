"""Commercial data of a catalogue row: exact prices, stock, media, options, languages."""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.attributes import keep_proof, make_named
from catalograph.ingest.availability import StockReading, read_availability, status_of_quantity
from catalograph.ingest.commerce_columns import ImageColumns, OptionColumn
from catalograph.ingest.mapping import (
    CatalogMapping,
)
from catalograph.ingest.mapping_columns import (
    AttributeColumn,
)
from catalograph.ingest.normalise import canonical_value
from catalograph.schema import ONTOLOGY, Node, RejectionReason
from catalograph.schema.check import check_value
from catalograph.schema.commerce import MAX_MEDIA, MAX_OPTIONS, Availability, minor_digits

_SPLIT = re.compile(r"(?:\s*[,;|]\s*|\s+)(?=https?://)")
_URL_NAMES = ("url", "src", "href", "contentUrl", "link", "hi_res", "large", "originalSrc", "thumb")
_PRODUCT = ONTOLOGY.node("Product").by_name
_NO_OPTION = frozenset({("title", "default title")})
"""Option that Shopify writes for a product without variants."""


def read_commerce(
    cells: values.Cells, mapping: CatalogMapping, found: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the commercial properties of a row; None removes a value that the row no longer has.

    Args:
        cells: cells of the row.
        mapping: mapping of its columns.
        found: properties read so far: price, sale_price, currency, image_url, title, description.
    """
    properties: dict[str, Any] = {}
    for name in ("price", "sale_price"):
        if name in found:
            properties[f"{name}_amount"] = exact_amount(found[name], found.get("currency"))
    if mapping.availability is not None or mapping.quantity is not None:
        properties |= _read_stock(cells, mapping)
    for name, column, convert in (
        ("sku", mapping.sku, _to_sku),
        ("slug", mapping.slug, values.to_plain),
        ("group_title", mapping.group_title, values.to_plain),
    ):
        if column is not None:
            properties[name] = cells.read(name, column, convert)
    if mapping.images is not None:
        properties |= _read_media(cells, mapping.images, found.get("image_url"))
    if mapping.options:
        pairs = read_options(cells, mapping)
        properties["option_names"] = [name for name, _ in pairs] or None
        properties["option_values"] = [value for _, value in pairs] or None
    if mapping.language is not None:
        properties["language"] = mapping.language.replace("_", "-")
    if mapping.translations:
        properties |= _read_translations(cells, mapping)
    return properties


def exact_amount(amount: float | None, currency: str | None) -> str | None:
    """Return an amount as exact decimal text, with at least the digits of the minor unit.

    The shortest decimal text of a float is the number that the feed writes, up to 15 digits.
    """
    if amount is None:
        return None
    value = Decimal(repr(amount)).normalize()
    digits = max(minor_digits(currency), -int(value.as_tuple().exponent))
    return format(value.quantize(Decimal(1).scaleb(-digits)), "f")


def _read_stock(cells: values.Cells, mapping: CatalogMapping) -> dict[str, Any]:
    """Return availability and quantity; a stated availability counts before a quantity."""
    stated = cells.read("availability", mapping.availability, read_availability) or StockReading(
        Availability.UNKNOWN
    )
    quantity = cells.read("quantity", mapping.quantity, _to_quantity)
    status = stated.status
    if status is Availability.UNKNOWN and quantity is not None:
        status = status_of_quantity(quantity)
    known = status is not Availability.UNKNOWN or stated.quantity is not None
    return {
        "availability_status": status.value if known else None,
        "quantity": stated.quantity if quantity is None else quantity,
    }


def _to_sku(cell: Any) -> str | None:
    return values.to_id(values.to_plain(cell)) or None


def _to_quantity(cell: Any) -> int:
    if isinstance(cell, str):
        cell = re.sub(r"[<>≥≤~+]", "", cell)
    number = values.to_number(cell)
    if not number.is_integer():
        raise ValueError(f"{number} pieces are no whole number.")
    return int(number)


def _read_media(cells: values.Cells, columns: ImageColumns, first: str | None) -> dict[str, Any]:
    """Return the addresses and alternative texts of the pictures, the main picture first."""
    media: dict[str, str] = {} if first is None else {first: ""}
    for place, column in enumerate(columns.columns):
        alt = None
        if place < len(columns.alt_columns):
            alt = cells.read("images", columns.alt_columns[place], values.to_plain)
        for url, own in _pictures(values.lookup(cells.fields, column), columns):
            text = own or alt or ""
            if not media.get(url):
                media[url] = text
    kept: dict[str, str] = {}
    for url, text in media.items():
        faults = list(check_value(_PRODUCT["media_urls"], [url]))
        if faults:
            cells.reject("images", faults[0].detail, faults[0].reason)
        else:
            kept[url] = text[: _PRODUCT["media_alts"].max_length]
    if len(kept) > MAX_MEDIA:
        detail = f"{len(kept)} pictures, at most {MAX_MEDIA} are kept."
        cells.reject("images", detail, RejectionReason.TOO_LONG)
        kept = dict(list(kept.items())[:MAX_MEDIA])
    found: dict[str, Any] = {
        "media_urls": list(kept) or None,
        "media_alts": list(kept.values()) if any(kept.values()) else None,
    }
    if first is None:
        found["image_url"] = next(iter(kept), None)
    return found


def _pictures(cell: Any, columns: ImageColumns) -> Iterator[tuple[str, str]]:
    """Yield address and alternative text of each picture in a cell."""
    if isinstance(cell, str) and cell.lstrip().startswith("["):
        cell = values.to_list(cell)
    for part in cell if isinstance(cell, list) else [cell]:
        if isinstance(part, Mapping):
            names = _URL_NAMES if columns.url is None else (columns.url,)
            addresses = [a for n in names if not values.is_blank(a := values.lookup(part, n))]
            alt = values.lookup(part, columns.alt)
            for url in addresses[:1]:
                text = "" if values.is_blank(alt) else values.to_plain(alt)
                yield from ((one, text) for one in values.to_list(url))
        elif not values.is_blank(part):
            split = _SPLIT if columns.split is None else re.compile(columns.split)
            yield from ((url, "") for url in values.to_list(part, split))


def read_options(cells: values.Cells, mapping: CatalogMapping) -> list[tuple[str, str]]:
    """Return name and value of each option of a row."""
    found: dict[str, str] = {}
    for option in mapping.options:
        if isinstance(option, OptionColumn):
            pairs: Iterable[tuple[str | None, str]] = [(option.name, option.column)]
        else:
            pairs = [
                (cells.read("options", name, values.to_plain), value)
                for name, value in option.list_pairs()
            ]
        for name, column in pairs:
            text = cells.read("options", column, values.to_plain)
            if name and text and (name.casefold(), text.casefold()) not in _NO_OPTION:
                found.setdefault(name, text)
    return list(found.items())[:MAX_OPTIONS]


def read_option_values(cells: values.Cells, mapping: CatalogMapping) -> Iterator[tuple[str, Node]]:
    """Yield relation and tail of the attribute value that each option is.

    An option whose column the mapping reads as an attribute already is left out.
    """
    read = {a.column for a in mapping.attributes if isinstance(a, AttributeColumn)}
    names = {o.name for o in mapping.options if isinstance(o, OptionColumn) and o.column in read}
    for name, text in read_options(cells, mapping):
        if name in names:
            continue
        attribute = name.lower()
        node = make_named(cells, "options", partial(canonical_value, attribute), text)
        if node is not None:
            keep_proof(cells, node, attribute, text)
            yield "HAS_VALUE", node


def _read_translations(cells: values.Cells, mapping: CatalogMapping) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("title", "description"):
        texts = {
            language.replace("_", "-"): text
            for language, columns in mapping.translations.items()
            if (text := cells.read(name, getattr(columns, name), values.to_plain))
        }
        found[f"{name}_languages"] = list(texts) or None
        found[f"{name}_translations"] = list(texts.values()) or None
    return found
