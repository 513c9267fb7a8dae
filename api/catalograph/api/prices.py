"""Money: exact amounts, the currency of a list, and conversion by the operator's exchange rates."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from catalograph.api.types.commerce import AppliedRate, Money, Pricing
from catalograph.errors import ConfigError, InvalidInputError
from catalograph.schema.commerce import exact_decimal, minor_digits
from catalograph.store.queries.projection import PriceBasis

_CODE = re.compile(r"[A-Z]{3}\Z")
_COLUMNS = ("date", "base", "currency", "rate")


@dataclass(frozen=True, slots=True)
class ExchangeRateTable:
    """Exchange rates that the operator gives.

    Attributes:
        as_of: date of the rates.
        base: currency of which one unit is worth `rates`.
        rates: amount of each currency for one unit of `base`, which has the rate 1.
    """

    as_of: date
    base: str
    rates: Mapping[str, Decimal]

    def convert(self, amount: Decimal, source: str, target: str) -> Decimal | None:
        """Return an amount in another currency, rounded to its minor unit; None without a rate."""
        if source not in self.rates or target not in self.rates:
            return None
        exact = amount * self.rates[target] / self.rates[source]
        unit = Decimal(1).scaleb(-minor_digits(target))
        return exact.quantize(unit, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class ShopPrices:
    """Settings of a shop that concern prices.

    Attributes:
        currency: currency in which prices are compared unless a request names one; None for the
            most frequent one of a list.
        exchange: exchange rates; None converts nothing.
    """

    currency: str | None = None
    exchange: ExchangeRateTable | None = None

    def basis(self, currency: str | None = None) -> PriceBasis:
        """Return the currency of a list and the rates, for a currency that a request names."""
        rates = {} if self.exchange is None else self.exchange.rates
        return PriceBasis(
            currency or self.currency, {code: float(rate) for code, rate in rates.items()}
        )


def check_currency(name: str, code: str) -> str:
    """Refuse what is no currency code.

    Raises:
        InvalidInputError: not three capital letters.
    """
    if not _CODE.match(code):
        raise InvalidInputError(
            f"'{name}' is '{code[:20]}'; it must be an ISO 4217 code such as EUR."
        )
    return code


def load_exchange_rates(path: Path) -> ExchangeRateTable:
    """Read a table of exchange rates from YAML or CSV.

    YAML has `date`, `base` and `rates`; CSV has the columns date, base, currency and rate, with the
    same date and base in each row.

    Raises:
        ConfigError: the file cannot be read or is no such table.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        given = _read_csv(text) if path.suffix.lower() == ".csv" else yaml.safe_load(text)
        as_of, base = given["date"], _code(given["base"])
        rates = {_code(code): Decimal(str(rate)) for code, rate in given["rates"].items()}
        if not isinstance(as_of, date):
            as_of = date.fromisoformat(str(as_of))
        if any(not rate.is_finite() or rate <= 0 for rate in rates.values()):
            raise ValueError("a rate is not above 0")
    except (
        OSError, ValueError, KeyError, TypeError, AttributeError, InvalidOperation, yaml.YAMLError
    ) as exc:  # fmt: skip
        raise ConfigError(
            f"The exchange rates '{path}' cannot be used: {type(exc).__name__}: {exc}. Expected "
            "YAML with a `date`, a `base` such as EUR, and `rates` such as {USD: 1.08}, or CSV "
            f"with the columns {', '.join(_COLUMNS)}."
        ) from exc
    return ExchangeRateTable(as_of, base, {**rates, base: Decimal(1)})


def _read_csv(text: str) -> dict[str, Any]:
    rows = list(csv.DictReader(text.splitlines()))
    heads = {(row["date"], row["base"]) for row in rows}
    if len(heads) != 1:
        raise ValueError(f"{len(heads)} different pairs of date and base, expected one")
    [(as_of, base)] = heads
    return {"date": as_of, "base": base, "rates": {r["currency"]: r["rate"] for r in rows}}


def _code(value: Any) -> str:
    if not isinstance(value, str) or not _CODE.match(value):
        raise ValueError(f"'{value}' is no ISO 4217 code")
    return value


def read_money(amount: float | None, exact: str | None, currency: str | None) -> Money | None:
    """Return an amount with its currency, with at least the digits of the minor unit.

    Args:
        amount: amount as stored for comparisons; None for no price.
        exact: the same as decimal text; None in graphs written before it was stored.
        currency: ISO 4217 code; None if the catalogue states none.
    """
    if amount is None:
        return None
    # repr() of a float is the shortest decimal text that reads as the same float.
    exactly = exact_decimal(exact if exact is not None else repr(amount), currency)
    return Money(amount=exactly, currency_code=currency)


def read_pricing(
    row: Mapping[str, Any], currency: str | None, exchange: ExchangeRateTable | None
) -> Pricing | None:
    """Return the prices of a product or an offer.

    Args:
        row: stored prices.
        currency: currency to convert to; None for the stored one.
        exchange: exchange rates.

    Returns:
        The prices; None without any, and if there is no rate for the conversion.
    """
    full = read_money(row["price"], row["price_amount"], row["currency"])
    reduced = read_money(row["sale_price"], row["sale_price_amount"], row["currency"])
    applied = None
    if full is not None and currency is not None and currency != full.currency_code:
        source = full.currency_code
        if exchange is None or source is None:
            return None
        amount = exchange.convert(full.amount, source, currency)
        if amount is None:
            return None
        full = Money(amount=amount, currency_code=currency)
        if reduced is not None:
            lower = exchange.convert(reduced.amount, source, currency)
            reduced = None if lower is None else Money(amount=lower, currency_code=currency)
        rate = exchange.rates[currency] / exchange.rates[source]
        applied = AppliedRate(from_currency=source, rate=rate, as_of=exchange.as_of)
    if full is None:
        return None
    on_sale = reduced is not None and reduced.amount < full.amount
    return Pricing(
        list_price=full,
        sale_price=reduced,
        current=reduced if on_sale and reduced is not None else full,
        on_sale=on_sale,
        exchange_rate=applied,
    )
