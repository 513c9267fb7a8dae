"""Availability is read in any language, as a code and a number of pieces."""

from typing import Any

import pytest

from catalograph.ingest.availability import availability_words, read_availability
from catalograph.schema.commerce import Availability

WORDS = {
    Availability.IN_STOCK: "in stock | in_stock | InStock | https://schema.org/InStock | TRUE | "
    "1 | auf Lager | en stock | disponible | op voorraad | 有货 | 現貨 | 在庫あり | 12+ | "
    "재고 있음 | в наличии | skladem | Usually ships within 24 hours | lieferbar in 3 Tagen | "
    "Auf Lager, Lieferzeit 1-3 Tage | em estoque",
    Availability.LIMITED: "LimitedAvailability | Only 2 left in stock | Nur noch 3 verfügbar | "
    "残りわずか | 仅剩 2 件 | últimas unidades | low stock",
    Availability.PREORDER: "preorder | pre_order | PreOrder | http://schema.org/PreOrder | 预售 | "
    "予約受付中 | vorbestellbar | Available from 2026-05-01 | bientôt disponible",
    Availability.BACKORDER: "backorder | BackOrder | on back order | 取り寄せ | под заказ",
    Availability.MADE_TO_ORDER: "MadeToOrder | sur mesure | 定制 | 受注生産",
    Availability.IN_STORE_ONLY: "InStoreOnly | nur in der Filiale | 仅限门店",
    Availability.OUT_OF_STOCK: "out of stock | out_of_stock | OutOfStock | SoldOut | FALSE | 0 | "
    "0 in stock | nicht lieferbar | Vorübergehend ausverkauft | en rupture de stock | épuisé | "
    "agotado | esaurito | non disponibile | no disponible | niet op voorraad | 缺货 | 售罄 | "
    "无货 | 暂时缺货 | 在庫なし | 品切れ | 품절 | нет в наличии | stokta yok | 库存：0",
    Availability.DISCONTINUED: "Discontinued | nicht mehr lieferbar | 停产 | 下架 | 生産終了",
    Availability.UNKNOWN: "unknown | 未知 | ask the shop | item 5",
}


@pytest.mark.parametrize(
    ("cell", "status"),
    [(cell, status) for status, cells in WORDS.items() for cell in cells.split(" | ")],
)
def test_words_of_any_language_become_a_code(cell: str, status: Availability) -> None:
    assert read_availability(cell).status is status


@pytest.mark.parametrize("cell", [True, 5, 5.0, ["https://schema.org/InStock"]])
def test_truth_values_and_numbers_become_a_code(cell: Any) -> None:
    assert read_availability(cell).status is Availability.IN_STOCK


@pytest.mark.parametrize("cell", [False, 0, -2])
def test_false_and_no_pieces_are_out_of_stock(cell: Any) -> None:
    assert read_availability(cell).status is Availability.OUT_OF_STOCK


@pytest.mark.parametrize(
    ("cell", "quantity"),
    [
        ("3 in stock", 3),
        ("In Stock (10)", 10),
        ("库存 12 件", 12),
        ("残り3点", 3),
        ("0", 0),
        (25, 25),
        # A flag or a count.
        ("1", None),
        ("lieferbar in 3 Tagen", None),
        ("disponible sous 48h", None),
        ("in stock on March 5", None),
        ("auf Lager ab 12.05.", None),
        ("in stock", None),
    ],
)
def test_a_number_of_pieces_is_read_but_no_time(cell: Any, quantity: int | None) -> None:
    assert read_availability(cell).quantity == quantity


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("https://schema.org/InStock", "in stock"),
        ("out_of_stock", "out of stock"),
        ("缺货", "缺货"),
    ],
)
def test_the_text_stays_in_words(cell: str, words: str) -> None:
    assert availability_words(cell) == words
