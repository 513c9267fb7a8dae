"""Currencies: ISO 4217 codes and the signs and words for them, beside a price or alone."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.log import shorten

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
_CODE = re.compile(r"(?<![^\W\d_])([A-Za-z]{3})(?![^\W\d_])")
_NO_CODES = frozenset(
    {"UVP", "MRP", "RRP", "VAT", "TTC", "PVP", "IVA", "MSRP", "SRP", "PVC", "TVA"}
)
"""Words of three capital letters beside prices: taxes and recommended prices."""
_WORDS_TOO_TEXT = """
all top try mop cup pen mad bam sos gel ron cop bob lak huf isk
"""
_WORDS_TOO = frozenset(_WORDS_TOO_TEXT.split())
"""Codes that are words of a language in lower case."""
_COUNTRY = re.compile(r"https?://[^/?#\s]*?\.([a-z]{2})(?::\d+)?(?:[/?#]|\Z)", re.IGNORECASE)
_NO_COUNTRIES = frozenset({"EU", "IO", "AI", "CO", "ME", "TV", "CC", "LY", "TO", "GG", "FM", "WS"})
"""Top-level domains that are used without regard to their country."""


@dataclass(frozen=True, slots=True)
class CurrencySign:
    """Currency as written.

    Attributes:
        sign: sign or word as in the table of signs, or the code.
        codes: ISO 4217 codes it may mean, the most frequent first.
    """

    sign: str
    codes: tuple[str, ...]

    @property
    def code(self) -> str | None:
        """The code, if there is only one."""
        return self.codes[0] if len(self.codes) == 1 else None


def find_currency(cell: Any) -> CurrencySign | None:
    """Return the currency written with a price; None if there is none.

    Raises:
        ValueError: three capital letters beside the number are not a currency.
    """
    return _find(cell) if isinstance(cell, str) else None


@lru_cache(maxsize=65_536)
def _find(cell: str) -> CurrencySign | None:
    signs = _signs()
    text = unicodedata.normalize("NFKC", cell)
    for match in _CODE.finditer(text):
        word = match[1]
        if word.upper() in CURRENCIES and (word.isupper() or word.casefold() not in _WORDS_TOO):
            return CurrencySign(word.upper(), (word.upper(),))
    found = [match[0] for match in _pattern().finditer(text.casefold())]
    if found:
        # "R" and "ft" may be other words; "€" may not.
        sign = max(found, key=lambda word: (not word.rstrip(".").isalpha(), len(word)))
        return CurrencySign(sign, signs[sign])
    for match in _CODE.finditer(text):
        if match[1].isupper() and match[1] not in _NO_CODES:
            return to_currency(match[1])
    return None


def to_currency(text: str) -> CurrencySign:
    """Return the currency that a text names by code, sign or word.

    Raises:
        ValueError: the text names none.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.upper() in CURRENCIES:
        return CurrencySign(plain.upper(), (plain.upper(),))
    codes = _signs().get(plain.casefold())
    if codes is None:
        raise ValueError(f"'{shorten(text)}' is no currency code of ISO 4217.")
    return CurrencySign(plain.casefold(), codes)


def usual_code(sign: CurrencySign) -> str | None:
    """Return the code that a shared sign usually means; None if no country prevails."""
    code: str | None = _table()["usual"].get(sign.sign)
    return code


def fraction_digits(code: str) -> int:
    """Return the digits after the decimal sign of a currency, by CLDR: 2 for EUR, 0 for JPY."""
    from babel.numbers import get_currency_precision

    return get_currency_precision(code)


@lru_cache(maxsize=65_536)
def country_currencies(url: str) -> frozenset[str]:
    """Return the currencies of the country of an address, by its top-level domain."""
    from babel.numbers import get_territory_currencies

    match = _COUNTRY.match(url)
    country = "" if match is None else match[1].upper()
    if not country or country in _NO_COUNTRIES:
        return frozenset()
    return frozenset(get_territory_currencies({"UK": "GB"}.get(country, country)))


@cache
def price_words(kind: str) -> frozenset[str]:
    """Return the words beside or in place of an amount: `free`, `from` and `from_after`."""
    return frozenset(str(word).casefold() for word in _table()["words"][kind])


def _table() -> dict[str, Any]:
    return load_packaged_table("catalograph.ingest.values", "currencies")


@cache
def _signs() -> dict[str, tuple[str, ...]]:
    # "ﷺ"-like signs have other forms in NFKC, as the texts do.
    return {
        unicodedata.normalize("NFKC", str(sign)).casefold(): tuple(codes)
        for sign, codes in _table()["signs"].items()
    }


@cache
def _pattern() -> "re.Pattern[str]":
    """Return the pattern of all signs; those of letters only as whole words."""
    found = []
    for sign in sorted(_signs(), key=len, reverse=True):
        escaped = re.escape(sign)
        if (
            (sign[0].isalpha() and sign[0].isascii())
            or "\u0400" <= sign[0] <= "\u04ff"
            or sign[0] == "đ"
        ):
            escaped = rf"(?<![^\W\d_]){escaped}"
        if sign[-1].isalpha() and (sign[-1] < "\u3000"):
            escaped = rf"{escaped}(?![^\W\d_])"
        found.append(escaped)
    return re.compile("|".join(found))


__all__ = [
    "CURRENCIES",
    "CurrencySign",
    "country_currencies",
    "find_currency",
    "fraction_digits",
    "price_words",
    "to_currency",
    "usual_code",
]
