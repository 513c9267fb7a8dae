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


@pytest.mark.parametrize(
    ("options", "row", "names"),
    [
        ({"pairs": "o"}, {"o": {"尺码": "大", "Colour": "Red", "Blank": ""}}, ["尺码", "Colour"]),
        ({"pairs": "o", "name": "k", "value": "v"}, {"o": [{"k": "Size", "v": 4}]}, ["Size"]),
        ({"pairs": "o"}, {"o": "Size: M"}, None),
        (
            {"pairs": "o", "among": {"column": "a", "find": "(\\w+)="}},
            {"o": {"size": "M", "note": "x"}, "a": "size=M|size=L"},
            ["size"],
        ),
        ({"pairs": "o", "among": {"column": "a", "find": "(\\w+)="}}, {"o": {"size": "M"}}, None),
        (
            {"name_column": "n", "value_column": "v", "where": {"column": "t", "values": ["v*"]}},
            {"n": "Size", "v": "M", "t": "variation"},
            ["Size"],
        ),
        (
            {"name_column": "n", "value_column": "v", "where": {"column": "t", "values": ["v*"]}},
            {"n": "Size", "v": "M, L", "t": "simple"},
            None,
        ),
    ],
)
def test_options_of_any_form(
    options: dict[str, Any], row: dict[str, Any], names: list[str] | None
) -> None:
    found, dropped = read({"options": [options]}, row)
    assert (found["option_names"], dropped) == (names, [])


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"q": "0", "tracker": ""}, "IN_STOCK"),
        ({"q": "0", "tracker": "shopify"}, "OUT_OF_STOCK"),
        ({"q": "0"}, "OUT_OF_STOCK"),  # a file without the column says nothing
        ({"q": "0", "tracker": "shopify", "policy": "continue"}, "IN_STOCK"),
        ({"q": "0", "tracker": "", "a": "sold out"}, "OUT_OF_STOCK"),
    ],
)
def test_some_products_are_available_whatever_their_quantity(
    row: dict[str, Any], status: str
) -> None:
    conditions = [
        {"column": "tracker", "blank": True},
        {"column": "policy", "values": ["continue"]},
    ]
    columns = {"quantity": "q", "availability": "a", "always_available": conditions}
    found, _ = read(columns, row)
    assert (found["availability_status"], found["quantity"]) == (status, 0)


@pytest.mark.parametrize(
    ("alts", "kept"),
    [(["Front", ""], ["Front", ""]), (["Front"], ["Front", "Front"]), (["1", "2", "3"], None)],
)
def test_a_list_of_texts_belongs_to_a_list_of_pictures(
    alts: list[str], kept: list[str] | None
) -> None:
    found, dropped = read(
        {"images": {"columns": "i", "alt_columns": "t"}}, {"i": [A, B], "t": alts}
    )
    assert (found["media_alts"], dropped) == (kept, [])


def test_videos_are_no_pictures() -> None:
    media = [
        {"type": "VIDEO", "url": A},
        {"type": "model_3d", "url": B},
        {"type": "image", "url": C},
    ]
    assert read({"images": "i"}, {"i": media})[0]["media_urls"] == [C]


def test_texts_in_every_language_of_the_file() -> None:
    columns = {
        "choose": {"language": ["zh"], "channel": ["web"]},
        "languages": {
            "title": ["name-{language}-{channel}", "name-{language}"],
            "description": "text-{language}",
        },
    }
    row = {
        "name-en_US": "Phone",
        "name-zh_CN": "手机",
        "name-de_DE": "",
        "name-fr-shop": "Téléphone boutique",
        "name-fr-web": "Téléphone",
        "text-zh_CN": "好",
        "text-de_DE": "Gut",
    }
    found, dropped = read(columns, row)
    # The columns with a channel are the better ones, so their language is that of the product.
    assert (found["language"], dropped) == ("fr", [])
    titles = dict(zip(found["title_languages"], found["title_translations"], strict=True))
    assert titles == {"zh-CN": "手机", "en-US": "Phone"}
    assert found["description_languages"] == ["zh-CN", "de-DE"]


def test_translations_are_kept_by_language() -> None:
    columns = {
        "language": "pt_BR",
        "translations": {"zh-CN": {"title": "z", "description": "d"}, "en": {"title": "e"}},
    }
    said, _ = read(columns, {"z": "手机", "d": "<b>好</b>"})
    assert said["language"] == "pt-BR"
    assert (said["title_languages"], said["title_translations"]) == (["zh-CN"], ["手机"])
    assert said["description_translations"] == ["好"]


@pytest.mark.parametrize(
    "line",
    [
        "language: Chinese language",
        "images: {columns: a, split: '('}",
        "languages: {title: name}",
        "options: [{pairs: a, among: {column: b, find: 'c'}}]",
    ],
)
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
