"""Money: exact amounts, tables of exchange rates, languages of texts."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from catalograph.api.execution.commerce_fields import choose_language
from catalograph.api.filters import filters_of, price_currency
from catalograph.api.prices import load_exchange_rates, read_money
from catalograph.errors import ConfigError, InvalidInputError


@pytest.mark.parametrize(
    ("amount", "exact", "currency", "text"),
    [
        (19.9, "19.90", "EUR", "19.90"),
        (19.9, None, "EUR", "19.90"),
        (1e11, None, "JPY", "100000000000"),
        (0.125, None, "USD", "0.125"),
        (3.0, None, None, "3"),
    ],
)
def test_money_is_exact_also_in_graphs_without_decimal_texts(
    amount: float, exact: str | None, currency: str | None, text: str
) -> None:
    money = read_money(amount, exact, currency)
    assert money is not None
    assert f"{money.amount:f}" == text
    assert money.currency_code == currency


YAML = "date: 2026-03-31\nbase: EUR\nrates: {USD: 1.1, JPY: 160}\n"
CSV = "date,base,currency,rate\n2026-03-31,EUR,USD,1.1\n2026-03-31,EUR,JPY,160\n"


@pytest.mark.parametrize(("name", "text"), [("r.yaml", YAML), ("r.csv", CSV)])
def test_a_table_of_rates_converts_and_rounds(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    table = load_exchange_rates(path)
    assert (table.as_of, table.base) == (date(2026, 3, 31), "EUR")
    assert table.convert(Decimal("10.01"), "EUR", "USD") == Decimal("11.01")
    assert table.convert(Decimal(11), "USD", "JPY") == Decimal(1600)
    assert table.convert(Decimal(11), "USD", "GBP") is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.yaml", "rates: {USD: 1}"),
        ("r.yaml", "date: soon\nbase: EUR\nrates: {USD: 1}"),
        ("r.yaml", "date: 2026-01-01\nbase: EUR\nrates: {USD: 0}"),
        ("r.yaml", "date: 2026-01-01\nbase: EUR\nrates: {USD: much}"),
        ("r.yaml", "date: 2026-01-01\nbase: euro\nrates: {USD: 1}"),
        ("r.yaml", "- 1"),
        ("r.csv", "date,base,currency,rate\n"),
        ("r.csv", CSV + "2026-04-01,EUR,GBP,0.9\n"),
    ],
)
def test_a_wrong_table_of_rates_is_refused_with_its_form(
    tmp_path: Path, name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigError, match="Expected YAML"):
        load_exchange_rates(path)


def test_bounds_of_both_forms_narrow_each_other() -> None:
    filters = filters_of({"priceMin": 5.0, "price": {"min": Decimal("7.50"), "max": None}})
    assert {one.name: one.value for one in filters} == {"price_min": 7.5}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"price": {"currencyCode": "USD"}, "currency": "EUR"}, "USD"),
        ({"currency": "EUR"}, "EUR"),
        ({"price": {"min": 1}}, None),
        ({}, None),
    ],
)
def test_the_range_names_its_currency_before_the_filter(
    given: dict[str, object], code: str | None
) -> None:
    assert price_currency(given) == code


def test_a_wrong_currency_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="ISO 4217"):
        filters_of({"currency": "eur"})
    with pytest.raises(InvalidInputError, match="ISO 4217"):
        price_currency({"price": {"currencyCode": "€"}})


@pytest.mark.parametrize(
    ("known", "wanted", "place"),
    [
        (["en", "zh-CN", "zh-TW"], "ZH_TW", 2),
        (["en", "zh-CN", "zh-Hant"], "ZH_HK", 2),
        (["en", "zh_CN"], "ZH_TW", 1),
        (["pt-BR", "pt"], "PT", 1),
        (["en-GB"], "EN", 0),
        (["", "de"], "EN", None),
    ],
)
def test_the_nearest_language_is_chosen(known: list[str], wanted: str, place: int | None) -> None:
    assert choose_language(known, wanted) == place
