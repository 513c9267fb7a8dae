"""Prices with their currency: "12.00 USD", "EUR 9,99", "1.234,50 €", cents."""

import re
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.mapping import CatalogMapping, PriceColumn
from catalograph.log import shorten
from catalograph.schema import RejectionReason

_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN
BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD
FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS
KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH
UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())
"""ISO 4217 codes in use, without those for metals, tests and bank funds."""
_WITHOUT_MINOR = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_IN_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
"""Currencies whose minor unit by ISO 4217 is not a hundredth."""
_SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "zł": "PLN"}
"""Signs that mean one currency only: not $, ¥ or kr."""
_CODE = re.compile(r"(?<![^\W\d_])([A-Za-z]{3})(?![^\W\d_])")


def read_prices(cells: values.Cells, mapping: CatalogMapping) -> dict[str, Any]:
    """Return price, currency, and sale price in the same currency; None for missing ones."""
    found: dict[str, Any] = {}
    currency = None
    if mapping.price is not None:
        price, currency = _money(cells, "price", mapping.price, mapping)
        found |= {"price": price, "currency": currency}
    if mapping.sale_price is not None:
        reduced, of = _money(cells, "sale_price", mapping.sale_price, mapping)
        if reduced is not None and of != currency:
            detail = f"The sale price is in {of}, the price in {currency}."
            cells.reject("sale_price", detail, RejectionReason.OUT_OF_RANGE)
            reduced = None
        # Exports write 0, or the price itself, for a product without a reduction.
        found["sale_price"] = None if reduced in (0, found.get("price")) else reduced
    if mapping.list_price is not None:
        regular, of = _money(cells, "list_price", mapping.list_price, mapping)
        price = found.get("price")
        found.setdefault("sale_price", None)
        if regular is not None and price is not None and of == currency and regular > price:
            found |= {"price": regular, "sale_price": price}
    return found


def _money(
    cells: values.Cells, name: str, column: PriceColumn, mapping: CatalogMapping
) -> tuple[float | None, str | None]:
    """Return amount and currency, from the cell, else the currency column, else the mapping."""
    amount = cells.read(name, column.column, values.to_number)
    if amount is None:
        return None, None
    try:
        written = currency_in(values.lookup(cells.fields, column.column))
        beside = values.lookup(cells.fields, column.currency_column or "")
        if written is None and not values.is_blank(beside):
            written = to_currency(values.to_plain(beside))
    except ValueError as exc:
        # An amount in an unknown currency is not a price.
        cells.reject("currency", str(exc), RejectionReason.OUT_OF_RANGE)
        return None, None
    currency = written or mapping.currency
    if column.minor_units and (not currency or currency not in _WITHOUT_MINOR):
        amount /= 1000 if currency and currency in _IN_THOUSANDTHS else 100
    return round(amount / column.divide_by, 6), currency


def currency_in(cell: Any) -> str | None:
    """Return the currency written with a price; None if there is none.

    Raises:
        ValueError: three capital letters beside the number are not a currency.
    """
    if not isinstance(cell, str):
        return None
    for match in _CODE.finditer(cell):
        if match[1].isupper() or match[1].upper() in CURRENCIES:
            return to_currency(match[1])
    return next((code for sign, code in _SIGNS.items() if sign in cell), None)


def to_currency(text: str) -> str:
    """Return the text as an ISO 4217 code.

    Raises:
        ValueError: the text is not such a code.
    """
    code = _SIGNS.get(text, text.upper())
    if code not in CURRENCIES:
        raise ValueError(f"'{shorten(text)}' is no currency code of ISO 4217.")
    return code
