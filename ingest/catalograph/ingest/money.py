"""Prices with their currency: "12.00 USD", "EUR 9,99", "1.234,50 €", "ab 12,99 €", cents."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.mapping import (
    CatalogMapping,
)
from catalograph.ingest.mapping_columns import (
    PriceColumn,
)
from catalograph.ingest.values.currencies import (
    CURRENCIES,
    CurrencySign,
    country_currencies,
    find_currency,
    fraction_digits,
    price_words,
    to_currency,
    usual_code,
)
from catalograph.log import shorten
from catalograph.schema import RejectionReason

_RANGE = re.compile(
    r"(.*?\d.*?)\s*(?:[-‐–—~～〜]|至|到|から|\b(?:to|bis|à|au|a|hasta|until|and|und)\b)\s*(\D*\d.*)\Z",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"[.,]\d{1,2}(?!\d)(?<![.,]00)(?<![.,]0)")
_NOTE_AFTER = re.compile(
    r"[\s,(（/]+(?:inkl?|incl|exkl|excl|zzgl|ex|plus|tax|vat|mwst|ttc|ht|iva|税込|税抜|含税|不含税)"
    r"(?!\w)\D*\Z",
    re.IGNORECASE,
)
"""Words about taxes and delivery after a price."""
_HUNDREDTHS = re.compile(r"\d+(?:[.,]\d)?\s?(?:¢|p|pence|cents?|ct\.?)\Z", re.IGNORECASE)
_SIGN_AS_POINT = re.compile(r"\A(\d+)\s?[€£$]\s?(\d\d)\Z")
_LOWEST = 'price(s) of the form "from 9.99" or "9.99 - 19.99" count with their lowest amount'
_NO_CURRENCY = (
    "price(s) have no currency; write `currency: EUR`, or the code that it is, in the mapping, or "
    "name the `currency_column` of the price"
)
_SHARED_SIGN = (
    "price(s) are in '{sign}', which several countries use; write "
    "`currency_signs: {{'{sign}': {code}}}`, or the code that it is, in the mapping"
)
_USUAL = (
    "price(s) in '{sign}' are read as {code}; if that is wrong, write "
    "`currency_signs: {{'{sign}': CODE}}` in the mapping"
)


@dataclass(frozen=True, slots=True)
class _Stated:
    """Currency that a row states for one of its prices.

    Attributes:
        code: ISO 4217 code; None if the sign may be of several countries, or there is none.
        sign: sign in the cell or currency column.
        usual: True if the code is the usual one of a shared sign, and nothing else says it.
    """

    code: str | None = None
    sign: CurrencySign | None = None
    usual: bool = False


_NOTHING = _Stated()


def read_prices(cells: values.Cells, mapping: CatalogMapping) -> dict[str, Any]:
    """Return price, currency, and sale price in the same currency; None for missing ones.

    A price without a currency takes that of the row's other price, then the mapping's.
    """
    found: dict[str, Any] = {}
    own = _stated_currency(cells, mapping.price, mapping)
    reduced_own = _stated_currency(cells, mapping.sale_price, mapping)
    price = currency = reduced = None
    if mapping.price is not None:
        stated = _first_stated(own, reduced_own)
        price = _amount(cells, "price", mapping.price, mapping, stated)
        currency = None if price is None else _code(stated, mapping)
        found |= {"price": price, "currency": currency}
        if price is not None:
            _note_currency(cells, stated, currency)
    if mapping.sale_price is not None:
        stated = _first_stated(reduced_own, own)
        reduced = _amount(cells, "sale_price", mapping.sale_price, mapping, stated)
        reduced_currency = None if reduced is None else _code(stated, mapping)
        # Exports write the price itself for a product without a reduction.
        reduced = None if reduced == price else reduced
        found["sale_price"] = _comparable(cells, reduced, reduced_currency, price, currency)
    if mapping.list_price is not None:
        stated = _first_stated(_stated_currency(cells, mapping.list_price, mapping), own)
        regular = _amount(cells, "list_price", mapping.list_price, mapping, stated)
        found.setdefault("sale_price", None)
        same = _code(stated, mapping) == currency
        if regular is not None and price is not None and same and regular > price:
            found |= {"price": regular, "sale_price": price}
    return found


def _first_stated(own: _Stated | None, other: _Stated | None) -> _Stated | None:
    """Return the currency of the price itself, else that of the other; None is no currency."""
    if own is None or other is None:
        return own
    return other if own.code is None and other.code and own.sign is None else own


def _comparable(
    cells: values.Cells,
    reduced: float | None,
    reduced_currency: str | None,
    price: float | None,
    currency: str | None,
) -> float | None:
    """Return the sale price, or None if it is in another currency or above the price."""
    if reduced is None:
        return None
    if reduced_currency != currency:
        detail = f"The sale price is in {reduced_currency}, the price in {currency}."
    elif price is not None and reduced > price:
        detail = f"The sale price {reduced:g} is above the price {price:g}."
    else:
        return reduced
    cells.reject("sale_price", detail, RejectionReason.OUT_OF_RANGE)
    return None


def _stated_currency(
    cells: values.Cells, column: PriceColumn | None, mapping: CatalogMapping
) -> _Stated | None:
    """Return the currency that cell or currency column state; None if it is no currency at all."""
    if column is None:
        return _NOTHING
    cell = values.lookup(cells.fields, column.column)
    beside = values.lookup(cells.fields, column.currency_column or "")
    if cells.is_missing(cell, "price"):
        return _NOTHING
    try:
        sign = find_currency(cell)
        if not cells.is_missing(beside, "name"):
            listed = to_currency(values.to_plain(beside))
            sign = listed if sign is None or listed.code in sign.codes else sign
    except ValueError as exc:
        # An amount in an unknown currency is not a price.
        cells.reject("currency", str(exc), RejectionReason.OUT_OF_RANGE)
        return None
    if sign is None:
        return _NOTHING
    code = resolve_sign(cells, sign, cell, mapping)
    usual = usual_code(sign) if code is None else None
    return _Stated(code or usual, sign, usual is not None)


def resolve_sign(
    cells: values.Cells, sign: CurrencySign, cell: Any, mapping: CatalogMapping
) -> str | None:
    """Return the code that a sign means in a row; None if nothing says it.

    In this order: the sign itself, the mapping, the country of the product's address, and whether
    the currency has such an amount: there are no hundredths of a yen.
    """
    if sign.code is not None:
        return sign.code
    named = {key.casefold().rstrip("."): code for key, code in mapping.currency_signs.items()}
    stated = named.get(sign.sign.rstrip(".")) or mapping.currency
    if stated in sign.codes:
        return stated
    address = None if mapping.url is None else values.lookup(cells.fields, mapping.url)
    local = country_currencies(address) if isinstance(address, str) else frozenset()
    fitting = [code for code in sign.codes if code in local]
    if not fitting and isinstance(cell, str) and _FRACTION.search(cell):
        fitting = [code for code in sign.codes if fraction_digits(code)]
    return fitting[0] if len(fitting) == 1 else None


def _code(stated: _Stated | None, mapping: CatalogMapping) -> str | None:
    if stated is None:
        return None
    return stated.code or (mapping.currency if stated.sign is None else None)


def _note_currency(cells: values.Cells, stated: _Stated | None, code: str | None) -> None:
    """Note a price without a currency, or with one that its sign does not say."""
    sign = None if stated is None else stated.sign
    if code is None and sign is not None:
        cells.notes.append(_SHARED_SIGN.format(sign=sign.sign, code=sign.codes[0]))
    elif code is None:
        cells.notes.append(_NO_CURRENCY)
    elif sign is not None and stated is not None and stated.usual:
        cells.notes.append(_USUAL.format(sign=sign.sign, code=code))


def _amount(
    cells: values.Cells,
    name: str,
    column: PriceColumn,
    mapping: CatalogMapping,
    stated: _Stated | None,
) -> float | None:
    """Return the amount of a price column; None if it is missing or rejected."""
    if stated is None:
        return None
    decimal = column.decimal or mapping.decimal
    codes = stated.sign.codes if stated.sign is not None else ()
    known = stated.code or (mapping.currency if stated.sign is None else None)

    currencies = (known,) if known else codes
    if cells.has_doubt(column.column) and any(map(fraction_digits, currencies)):
        currencies = ()  # values contradict each other, so only what has no decimals at all is sure

    def convert(cell: Any) -> tuple[float, bool]:
        return read_amount(cell, decimal, currencies)

    found = cells.read(name, column.column, convert, "price")
    if found is None:
        return None
    amount, lowest = found
    if lowest:
        cells.notes.append(_LOWEST)
    cell = values.lookup(cells.fields, column.column)
    if amount == 0 and name != "price":
        return None  # exports write 0 for a product without a reduction
    if amount < 0 or (amount == 0 and column.zero == "missing" and not _is_free(cell)):
        cells.reject(name, _range_fault(cell, amount), RejectionReason.OUT_OF_RANGE)
        return None
    if column.minor_units:
        amount /= 10 ** (fraction_digits(known) if known else 2)
    return round(amount / column.divide_by, 6)


def _range_fault(cell: Any, amount: float) -> str:
    if amount < 0:
        return f"'{shorten(cell)}' is below 0; expected a price."
    return (
        f"'{shorten(cell)}' is 0, which mostly stands for a missing price. If such products are "
        "free, write `zero: free` at this column in the mapping."
    )


def read_amount(
    cell: Any, decimal: values.DecimalSign | None, currencies: tuple[str, ...] = ()
) -> tuple[float, bool]:
    """Return the amount of a price, and whether it is the lowest of several.

    Args:
        cell: price, with or without its currency.
        decimal: decimal sign of the column; None decides an ambiguous amount by its currency:
            no price in euros has three decimals, so "1.299 €" is 1,299.
        currencies: codes of the currency, as far as it is known.

    Raises:
        ValueError: the cell is no price.
    """
    if not isinstance(cell, str):
        return values.to_number(cell, decimal), False
    if _is_free(cell):
        return 0.0, False
    text, lowest = _without_from(_NOTE_AFTER.sub("", cell.strip()))
    if _HUNDREDTHS.match(text):
        return values.to_number(text, decimal) / 100, lowest
    text = _SIGN_AS_POINT.sub(r"\1,\2", text)
    ends = _RANGE.match(text)
    if ends is not None:
        try:
            low = _plain_amount(ends[1], decimal, currencies)
            high = _plain_amount(ends[2], decimal, currencies)
        except ValueError:
            raise ValueError(f"'{shorten(cell)}' is not one price.") from None
        if not low < high:
            raise ValueError(f"'{shorten(cell)}' is no range of prices; the first is not lower.")
        return low, True
    return _plain_amount(text, decimal, currencies), lowest


def _plain_amount(
    text: str, decimal: values.DecimalSign | None, currencies: tuple[str, ...]
) -> float:
    try:
        return values.to_number(text, decimal)
    except values.AmbiguousNumberError:
        digits = {fraction_digits(code) for code in currencies}
        if digits and 3 not in digits:
            return values.to_count(text)
        if digits == {3} and "." in text:
            return values.to_number(text, ".")
        raise


def _is_free(cell: Any) -> bool:
    return isinstance(cell, str) and cell.strip().casefold().rstrip("!.") in price_words("free")


def _without_from(text: str) -> tuple[str, bool]:
    """Return a price without words such as "from" or "起", and whether there were any."""
    match = _from_pattern().match(text)
    if match is None:
        return text, False
    return (match["a"] or match["b"]).strip(), True


@cache
def _from_pattern() -> "re.Pattern[str]":
    def any_of(name: str) -> str:
        words = sorted(price_words(name), key=len, reverse=True)
        return "|".join(re.escape(word) for word in words)

    return re.compile(
        rf"(?:{any_of('from')})(?![^\W\d_])[\s:.]*(?P<a>.*\d.*)\Z|(?P<b>.*\d.*?)\s*(?:{any_of('from_after')})\Z",
        re.IGNORECASE,
    )


__all__ = ["CURRENCIES", "read_amount", "read_prices", "resolve_sign"]
