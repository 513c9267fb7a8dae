"""Commercial columns of a row: exact amounts, stock, pictures, options and translations."""

from typing import Any

import pytest

from catalograph.errors import MappingError
from catalograph.ingest.catalog import describe
from catalograph.ingest.commerce import exact_amount
from catalograph.ingest.mapping import CatalogMapping, columns_of, parse_mapping, shipped_mapping
from catalograph.schema import Rejection


def read(columns: dict[str, Any], row: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the properties of a row, and the fields of which a value was dropped."""
    mapping = CatalogMapping.model_validate({"source": "s", "id": "id", "title": "id"} | columns)
    draft = describe({"id": "1"} | row, mapping)
    assert not isinstance(draft, Rejection)
    return dict(draft.node.properties), [one.field for one in draft.rejections]


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (19.9, "EUR", "19.90"),
        (0.1 + 0.2, None, "0.30000000000000004"),
        (1980.0, "JPY", "1980"),
        (1.5, "KWD", "1.500"),
        (999999999999.99, "INR", "999999999999.99"),
        (0.00001, "USD", "0.00001"),
        (100.0, None, "100"),
        (None, "EUR", None),
    ],
)
def test_an_amount_is_exact_with_its_minor_digits(
    amount: float | None, currency: str | None, text: str | None
) -> None:
    assert exact_amount(amount, currency) == text


@pytest.mark.parametrize(
    ("row", "status", "quantity"),
    [
        ({"a": "in stock", "q": "0"}, "IN_STOCK", 0),
        ({"a": "", "q": "0"}, "OUT_OF_STOCK", 0),
        ({"a": "ask", "q": "7"}, "IN_STOCK", 7),
        ({"a": "3 in stock"}, "IN_STOCK", 3),
        ({"a": "3 in stock", "q": "4"}, "IN_STOCK", 4),
        ({"q": "-2"}, "OUT_OF_STOCK", -2),
        ({"a": "ask"}, None, None),
        ({}, None, None),
    ],
)
def test_a_stated_availability_counts_before_a_quantity(
    row: dict[str, Any], status: str | None, quantity: int | None
) -> None:
    said, dropped = read({"availability": "a", "quantity": "q"}, row)
    assert (said["availability_status"], said["quantity"], dropped) == (status, quantity, [])


def test_a_quantity_that_is_no_whole_number_is_rejected() -> None:
    said, dropped = read({"quantity": "q"}, {"q": "2.5"})
    assert (said["quantity"], dropped) == (None, ["quantity"])


A, B, C = (f"https://shop.example/{n}.jpg" for n in "abc")


@pytest.mark.parametrize(
    ("columns", "row", "urls", "alts"),
    [
        ({"images": "i"}, {"i": f"{A}, {B};{C}"}, [A, B, C], None),
        ({"images": "i"}, {"i": f"{A} {B}|{A}"}, [A, B], None),
        ({"images": "i"}, {"i": [A, B]}, [A, B], None),
        ({"images": "i"}, {"i": f'["{A}", "{B}"]'}, [A, B], None),
        (
            {"images": "i"},
            {"i": [{"src": A, "alt": "Front"}, {"src": B}]},
            [A, B],
            ["Front", ""],
        ),
        ({"images": "i"}, {"i": [{"thumb": B, "large": A, "hi_res": None}]}, [A], None),
        ({"images": "i", "image_url": "m"}, {"m": B, "i": [A, B]}, [B, A], None),
        (
            {"images": {"columns": ["m", "i"], "alt_columns": ["t"]}},
            {"m": A, "i": B, "t": "正面"},
            [A, B],
            ["正面", ""],
        ),
        ({"images": {"columns": "i", "url": "link.big"}}, {"i": {"link": {"big": A}}}, [A], None),
        ({"images": {"columns": "i", "split": "#"}}, {"i": f"{A}#{B}"}, [A, B], None),
        ({"images": "i"}, {}, None, None),
    ],
)
def test_pictures_of_any_form(
    columns: dict[str, Any], row: dict[str, Any], urls: list[str] | None, alts: list[str] | None
) -> None:
    said, dropped = read(columns, row)
    assert (said["media_urls"], said["media_alts"], dropped) == (urls, alts, [])
    assert said["image_url"] == (urls[0] if urls else None)


def test_a_picture_without_an_address_is_rejected_alone() -> None:
    said, dropped = read({"images": "i"}, {"i": [A, "javascript:alert(1)", "b.jpg"]})
    assert (said["media_urls"], dropped) == ([A], ["images", "images"])


def test_options_are_properties_and_values() -> None:
    mapping = CatalogMapping.model_validate(
        {
            "source": "s",
            "id": "id",
            "title": "id",
            "options": [
                {"name_column": "o{n}n", "value_column": "o{n}v"},
                {"column": "colour", "name": "Colour"},
            ],
            "attributes": [{"column": "colour", "attribute": "colour", "split": "/"}],
        }
    )
    row = {"id": "1", "o1n": "Size", "o1v": "XL", "o2n": "Title", "o2v": "Default Title"}
    draft = describe({**row, "colour": "red/blue", "o3n": "Bare"}, mapping)
    assert not isinstance(draft, Rejection)
    said = draft.node.properties
    assert said["option_names"] == ["Size", "Colour"]
    assert said["option_values"] == ["XL", "red/blue"]
    # The column of colours is split as an attribute, and not read again as a whole.
    assert [tail.key for _, tail in draft.tails] == [
        "value:colour=red",
        "value:colour=blue",
        "value:size=xl",
    ]


def test_translations_are_kept_by_language() -> None:
    columns = {
        "language": "pt_BR",
        "translations": {"zh-CN": {"title": "z", "description": "d"}, "en": {"title": "e"}},
    }
    said, _ = read(columns, {"z": "手机", "d": "<b>好</b>"})
    assert said["language"] == "pt-BR"
    assert (said["title_languages"], said["title_translations"]) == (["zh-CN"], ["手机"])
    assert said["description_translations"] == ["好"]


@pytest.mark.parametrize("line", ["language: Chinese language", "images: {columns: a, split: '('}"])
def test_a_wrong_commercial_column_is_named(line: str) -> None:
    with pytest.raises(MappingError, match=line.split(":")[0]):
        parse_mapping(f"kind: catalog\nsource: s\nid: a\ntitle: a\n{line}\n", "m")


def test_commercial_columns_count_when_a_mapping_is_chosen() -> None:
    mapping = CatalogMapping.model_validate(
        {"source": "s", "id": "a", "title": "b", "images": ["c"], "quantity": "d", "sku": "e"}
        | {"options": [{"column": "f", "name": "Size"}], "language": "en"}
    )
    assert columns_of(mapping) == {"a", "b", "c", "d", "e", "f"}


@pytest.mark.parametrize(
    ("name", "row", "expected"),
    [
        (
            "google_merchant",
            {"id": "1", "title": "T", "link": A, "image_link": A, "color": "Red", "size": "XL"}
            | {"additional_image_link": f"{B},{C}", "availability": "out_of_stock"}
            | {"item_group_id": "g"},
            {"media_urls": [A, B, C], "availability_status": "OUT_OF_STOCK", "group": "g"}
            | {"option_names": ["Color", "Size"], "option_values": ["Red", "XL"]},
        ),
        (
            "openai_products",
            {"item_id": "1", "title": "T", "url": A, "image_url": A, "is_eligible_search": "true"}
            | {"inventory_quantity": 4, "additional_image_urls": [B], "size": "M"}
            | {"custom_variant1_category": "Fit", "custom_variant1_option": "Slim"},
            {"media_urls": [A, B], "quantity": 4, "availability_status": "IN_STOCK"}
            | {"option_names": ["Size", "Fit"], "option_values": ["M", "Slim"]},
        ),
        (
            "schema_org_products",
            {"@type": "Product", "id": "1", "name": "T", "image": [A, B], "sku": "K1"}
            | {"availability": "https://schema.org/BackOrder"},
            {"media_urls": [A, B], "sku": "K1", "availability_status": "BACKORDER"},
        ),
        (
            "amazon_products_2023",
            {"parent_asin": "1", "title": "T"}
            | {"images": [{"thumb": C, "large": A, "hi_res": None}, {"large": B}]},
            {"media_urls": [A, B]},
        ),
    ],
)
def test_shipped_mappings_read_commercial_columns(
    name: str, row: dict[str, Any], expected: dict[str, Any]
) -> None:
    mapping = shipped_mapping(name)
    assert isinstance(mapping, CatalogMapping)
    draft = describe(row, mapping)
    assert not isinstance(draft, Rejection)
    said = draft.node.properties
    assert {field: said[field] for field in expected} == expected
