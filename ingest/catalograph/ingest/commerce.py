"""Commercial data of a catalogue row: exact prices, stock, media, options, languages."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.attributes import keep_proof, make_named
from catalograph.ingest.availability import StockReading, read_availability, status_of_quantity
from catalograph.ingest.column_choice import rank_columns
from catalograph.ingest.commerce_columns import (
    ImageColumns,
    LanguageColumns,
    OptionColumn,
    OptionColumns,
    OptionPairs,
)
from catalograph.ingest.mapping import CatalogMapping
from catalograph.ingest.mapping_columns import (
    AttributeColumn,
    AttributePairs,
    AttributePrefix,
    NumberedAttributes,
)
from catalograph.ingest.normalise import canonical_value
from catalograph.ingest.row_conditions import meets
from catalograph.schema import ONTOLOGY, Node, RejectionReason
from catalograph.schema.check import check_value
from catalograph.schema.commerce import MAX_MEDIA, MAX_OPTIONS, Availability, exact_decimal

_SPLIT = re.compile(r"(?:\s*[,;|]\s*|\s+)(?=https?://)")
_URL_NAMES = ("url", "src", "href", "contentUrl", "link", "hi_res", "large", "originalSrc", "thumb")
_PRODUCT = ONTOLOGY.node("Product").by_name
_NO_OPTION = frozenset({("title", "default title")})
"""Option that Shopify writes for a product without variants."""
_NO_PICTURE = ("video", "model")
"""Beginnings of the `type` of media that are no pictures."""


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
    if mapping.availability or mapping.quantity or mapping.always_available:
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
    return properties | _read_texts(cells, mapping)


def exact_amount(amount: float | None, currency: str | None) -> str | None:
    """Return an amount as exact decimal text, with at least the digits of the minor unit.

    The shortest decimal text of a float is the number that the feed writes, up to 15 digits.
    """
    most = _PRODUCT["price"].maximum
    if amount is None or (most is not None and amount > most):
        return None  # the gate rejects the amount itself
    return format(exact_decimal(repr(amount), currency), "f")


def _read_stock(cells: values.Cells, mapping: CatalogMapping) -> dict[str, Any]:
    """Return availability and quantity; a stated availability counts before a quantity."""
    stated = cells.read("availability", mapping.availability, read_availability) or StockReading(
        Availability.UNKNOWN
    )
    quantity = cells.read("quantity", mapping.quantity, _to_quantity)
    status = stated.status
    if status is Availability.UNKNOWN and _is_always_available(cells.fields, mapping):
        status = Availability.IN_STOCK
    if status is Availability.UNKNOWN and quantity is not None:
        status = status_of_quantity(quantity)
    known = status is not Availability.UNKNOWN or stated.quantity is not None
    return {
        "availability_status": status.value if known else None,
        "quantity": stated.quantity if quantity is None else quantity,
    }


def _is_always_available(fields: Mapping[str, Any], mapping: CatalogMapping) -> bool:
    """Return whether a row meets a condition; a blank column counts only if the feed has it."""
    return any(
        condition.column in fields and meets(fields, condition)
        for condition in mapping.always_available
    )


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
    for url, alt in _pictures_of_row(cells, columns):
        if not media.get(url):
            media[url] = alt
    kept: dict[str, str] = {}
    for url, text in media.items():
        faults = list(check_value(_PRODUCT["media_urls"], [url]))
        if faults and url != first:  # `image_url` is checked with the whole record
            cells.reject("images", faults[0].detail, faults[0].reason)
        if not faults:
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


def _pictures_of_row(cells: values.Cells, columns: ImageColumns) -> Iterator[tuple[str, str]]:
    """Yield address and alternative text of each picture of a row, in the order of the columns."""
    for place, column in enumerate(columns.columns):
        alts: list[str] = []
        if place < len(columns.alt_columns):
            alts = cells.read("images", columns.alt_columns[place], _alt_texts) or []
        pictures = list(_pictures(values.lookup(cells.fields, column), columns))
        if len(alts) == 1:  # the text of all pictures of its column
            alts *= len(pictures)
        if len(alts) != len(pictures):  # nobody knows which text is missing
            alts = [""] * len(pictures)
        for (url, own), beside in zip(pictures, alts, strict=True):
            yield url, own or beside


def _alt_texts(cell: Any) -> list[str]:
    """Return the alternative texts of a cell; a list keeps its blank ones, as places count."""
    return (
        [values.to_plain(part) for part in cell]
        if isinstance(cell, list)
        else [values.to_plain(cell)]
    )


def _pictures(cell: Any, columns: ImageColumns) -> Iterator[tuple[str, str]]:
    """Yield address and alternative text of each picture in a cell."""
    if isinstance(cell, str) and cell.lstrip().startswith("["):
        cell = values.to_list(cell)
    for part in cell if isinstance(cell, list) else [cell]:
        if isinstance(part, Mapping):
            if str(part.get("type", "")).lower().startswith(_NO_PICTURE):
                continue
            names = columns.url or _URL_NAMES
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
    found: dict[str, tuple[str, str]] = {}
    for option in mapping.options:
        for name, value in _options_of(cells, mapping, option):
            found.setdefault(name.casefold(), (name, value))
    return list(found.values())[:MAX_OPTIONS]


def read_option_values(cells: values.Cells, mapping: CatalogMapping) -> Iterator[tuple[str, Node]]:
    """Yield relation and tail of the attribute value that each option is.

    An option whose column the mapping reads as an attribute already is left out.
    """
    for option in mapping.options:
        if any(_holds(attribute, option.values_column) for attribute in mapping.attributes):
            continue
        for name, text in _options_of(cells, mapping, option):
            attribute = name.lower()
            node = make_named(cells, "options", partial(canonical_value, attribute), text)
            if node is not None:
                keep_proof(cells, node, attribute, text)
                yield "HAS_VALUE", node


def _options_of(
    cells: values.Cells, mapping: CatalogMapping, option: OptionColumn | OptionColumns | OptionPairs
) -> Iterator[tuple[str, str]]:
    """Yield name and value of each option that some columns hold."""
    for name_cell, value_cell in _option_cells(cells.fields, option):
        name, value = (
            "" if values.is_blank(cell) or isinstance(cell, list | dict) else values.to_plain(cell)
            for cell in (name_cell, value_cell)
        )
        value = mapping.replace_in(value)
        if name and value and (name.casefold(), value.casefold()) not in _NO_OPTION:
            yield name, value


def _option_cells(
    fields: Mapping[str, Any], option: OptionColumn | OptionColumns | OptionPairs
) -> Iterable[tuple[Any, Any]]:
    if isinstance(option, OptionColumn):
        return [(option.name, values.lookup(fields, option.column))]
    if isinstance(option, OptionColumns):
        if not all(meets(fields, condition) for condition in option.where):
            return []
        return [
            (values.lookup(fields, name), values.lookup(fields, value))
            for name, value in option.list_pairs()
        ]
    cell = values.lookup(fields, option.pairs)
    if isinstance(cell, Mapping):
        pairs = list(cell.items())
    else:
        pairs = [
            (values.lookup(part, option.name), values.lookup(part, option.value))
            for part in (cell if isinstance(cell, list) else ())
            if isinstance(part, Mapping)
        ]
    if option.among is None:
        return pairs
    listed = values.lookup(fields, option.among.column)
    names = set(re.findall(option.among.find, listed if isinstance(listed, str) else ""))
    return [pair for pair in pairs if pair[0] in names]


def _holds(
    attribute: AttributeColumn | AttributePrefix | NumberedAttributes | AttributePairs, column: str
) -> bool:
    """Return whether a mapping's attributes are, or include, the values of a column."""
    if isinstance(attribute, AttributeColumn):
        return attribute.column == column
    if isinstance(attribute, NumberedAttributes):
        return attribute.value_column == column
    if isinstance(attribute, AttributePairs):
        return attribute.pairs == column
    return bool(attribute.prefix) and f"{column}.".startswith(attribute.prefix)


def _read_texts(cells: values.Cells, mapping: CatalogMapping) -> dict[str, Any]:
    """Return the language of title and description, and both in other languages."""
    if mapping.languages is not None:
        return _read_languages(cells, mapping, mapping.languages)
    stated = mapping.language
    language = {} if stated is None else {"language": stated.replace("_", "-")}
    return language | (_read_translations(cells, mapping) if mapping.translations else {})


def _read_languages(
    cells: values.Cells, mapping: CatalogMapping, columns: LanguageColumns
) -> dict[str, Any]:
    """Return the language of the title, and the texts in all others."""
    found: dict[str, Any] = {}
    for name in ("title", "description"):
        texts: dict[str, str] = {}
        for pattern in getattr(columns, name):
            for column, words in rank_columns(pattern, tuple(cells.fields), mapping.choose):
                tag = words["language"].replace("_", "-")
                if tag not in texts and (text := cells.read(name, column, values.to_plain)):
                    texts[tag] = text
        if name == "title":
            found["language"] = next(iter(texts), mapping.language)
        texts.pop(str(found["language"]), None)
        found[f"{name}_languages"] = list(texts) or None
        found[f"{name}_translations"] = list(texts.values()) or None
    return found


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
