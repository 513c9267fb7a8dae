"""Reading of search words, by a small vocabulary in two languages."""

import pytest

from catalograph.assistant.query_understanding import SearchVocabulary, relax, understand
from catalograph.assistant.query_understanding.spelling import (
    begin_with,
    complete_last,
    correct_text,
)
from catalograph.assistant.query_understanding.tokens import fold_tokens
from catalograph.store.queries.vocabulary import NameRow, SampleRow

NAMES = [
    NameRow("Brand", "brand:samsung", "Samsung", 20),
    NameRow("Brand", "brand:apple", "Apple", 20),
    NameRow("Brand", "brand:at&t", "AT&T", 20),
    NameRow("Brand", "brand:case", "Case", 2),
    NameRow("Brand", "brand:xiaomi", "小米", 20),
    NameRow("Category", "category:headphones", "Headphones", 20),
    NameRow("Category", "category:phones", "Phones", 20),
    NameRow("Category", "category:phones/iphone", "iPhone", 5),
    NameRow("Category", "category:耳机", "耳机", 5),
    NameRow("Category", "category:手机", "手机", 5),
    NameRow("Category", "category:杯", "保温杯", 5),
    NameRow("Value", "value:colour=black", "black", 20, "colour"),
    NameRow("Value", "value:colour=red", "red", 20, "colour"),
    NameRow("Value", "value:storage=64 gb", "64 GB", 20, "storage", 64.0, "GB"),
    NameRow("Value", "value:storage=128 gb", "128 GB", 20, "storage", 128.0, "GB"),
    NameRow("Value", "value:screen size=5 in", "5 in", 20, "screen size", 5.0, "in"),
    NameRow("Value", "value:capacity=500 ml", "500 ml", 20, "capacity", 500.0, "ml"),
    NameRow("Value", "value:connectivity=wireless", "wireless", 20, "connectivity"),
    NameRow("Value", "value:bluetooth=yes", "yes", 20, "bluetooth"),
]
TITLES = [
    *[SampleRow("Apple case for iPhone 7", [], 5.0, "USD")] * 6,
    *[SampleRow("Non-slip phone grip", ["category:phones"], 7.0, "USD")] * 6,
    *[SampleRow("Samsung charger", ["brand:samsung"], 9.0, "USD")] * 6,
]
VOCABULARY = SearchVocabulary(NAMES, TITLES)


def read(query: str) -> list[tuple[str, str]]:
    """Return ids of constraints with the words that they were read from."""
    found = understand(query, VOCABULARY).constraints
    return [(one.id, query[one.start : one.end]) for one in found]


@pytest.mark.parametrize(
    ("query", "limit", "text"),
    [
        ("grip under 100", "price:-100", "under 100"),
        ("grip under $1,000.50", "price:-1000.5USD", "under $1,000.50"),
        ("grip for less than 20 bucks", "price:-20USD", "for less than 20 bucks"),
        ("grip 30 euros or less", "price:-30EUR", "30 euros or less"),
        ("grip over 50 USD", "price:50-USD", "over 50 USD"),
        ("grip $50 and up", "price:50-USD", "$50 and up"),
        ("grip between 50 and 100", "price:50-100", "between 50 and 100"),
        ("grip $50 - $100", "price:50-100USD", "$50 - $100"),
        ("grip around 50 dollars", "price:40-60USD", "around 50 dollars"),
        ("100元以下的充电宝", "price:-100CNY", "100元以下"),
        ("不超过两百块的充电宝", "price:-200CNY", "不超过两百块"),
        ("充电宝50到100元", "price:50-100CNY", "50到100元"),
        ("充电宝 价格在50-100之间", "price:50-100", "价格在50-100之间"),
        ("一千元左右", "price:800-1200CNY", "一千元左右"),
        ("充电宝200元以上", "price:200-CNY", "200元以上"),
        ("grip rated 4+", "rating:4", "rated 4+"),
        ("grip 4 stars and up", "rating:4", "4 stars and up"),
        ("grip at least 3.5 stars", "rating:3.5", "at least 3.5 stars"),
        ("四星以上的充电宝", "rating:4", "四星以上"),
        ("grip in stock", "stock", "in stock"),
        ("充电宝 现货", "stock", "现货"),
    ],
)
def test_limits_are_read(query: str, limit: str, text: str) -> None:
    assert read(query) == [(limit, text)]


@pytest.mark.parametrize(
    "query",
    [
        "grip for ages 8 and up",
        "over ear grip",
        "puzzle over 1000 pieces",
        "at least 12 megapixels",
        "2 - 4 players",
        "grip under 10 kg",
        "三岁以上玩具",
        "grip not in stock",
        "no 5 perfume",
        "non slip grip",
        "no drill grip",
        "iphone 7",
        "apple iphone 7 case",
        "case for samsung",
        "适用于小米的充电宝",
        "手机壳",
        "grip in 64",
    ],
)
def test_what_may_mean_something_else_is_searched(query: str) -> None:
    understood = understand(query, VOCABULARY)
    assert (understood.constraints, understood.words) == ((), query)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (
            "samsung 64gb black",
            [
                ("brand:samsung", "samsung"),
                ("value:storage=64 gb", "64gb"),
                ("value:colour=black", "black"),
            ],
        ),
        (
            "红色保温杯 500ml",
            [
                ("value:colour=red", "红色"),
                ("category:杯", "保温杯"),
                ("value:capacity=500 ml", "500ml"),
            ],
        ),
        ("AT&T headphone", [("brand:at&t", "AT&T"), ("category:headphones", "headphone")]),
        ("samsnug grip", [("brand:samsung", "samsnug")]),
        (
            "headphones under 20 in black",
            [
                ("category:headphones", "headphones"),
                ("price:-20", "under 20"),
                ("value:colour=black", "black"),
            ],
        ),
        ("storage of at least 128GB", [("range:storage: from 128 GB", "at least 128GB")]),
        ("under 5 inches", [("range:screen size: up to 5 in", "under 5 inches")]),
        ("64GB以上", [("range:storage: from 64 GB", "64GB以上")]),
        ("not wireless", [("not:value:connectivity=wireless", "not wireless")]),
        ("-wireless", [("not:value:connectivity=wireless", "-wireless")]),
        ("without bluetooth", [("not:value:bluetooth=yes", "without bluetooth")]),
        (
            "not red or black",
            [("not:value:colour=red", "not red"), ("not:value:colour=black", " or black")],
        ),
        ("not 64 gb", [("not:value:storage=64 gb", "not 64 gb")]),
        ("grip without strap", [("not:strap", "without strap")]),
        ("不要无线", [("not:无线", "不要无线")]),
        (
            "小米手机不要红色的",
            [
                ("brand:xiaomi", "小米"),
                ("category:手机", "手机"),
                ("not:value:colour=red", "不要红色的"),
            ],
        ),
        (
            "除了小米以外的耳机",
            [("not:brand:xiaomi", "除了小米以外的"), ("category:耳机", "耳机")],
        ),
    ],
)
def test_names_and_exclusions_are_read(query: str, found: list[tuple[str, str]]) -> None:
    assert read(query) == found


def test_words_and_topic_are_what_is_left() -> None:
    understood = understand("a samsnug grip with strap under 20 not red", VOCABULARY)
    assert understood.words == "grip with strap"
    assert understood.topic == "Samsung grip with strap"


def test_constraints_are_taken_back_by_id() -> None:
    understood = understand("samsung 64gb black", VOCABULARY, {"brand:samsung"})
    assert [one.id for one in understood.constraints] == [
        "value:storage=64 gb",
        "value:colour=black",
    ]
    assert understood.words == "samsung"


def test_words_of_dropped_names_are_searched_and_those_of_limits_are_not() -> None:
    understood = understand("samsung grip under 20", VOCABULARY)
    assert relax(understood, {"price:-20"}).words == "grip"
    assert relax(understood, {"brand:samsung"}).words == "samsung grip"
    assert relax(understood, {"brand:samsung", "price:-20"}).constraints == ()


def test_cheap_is_the_lowest_third_of_the_prices() -> None:
    [cheap] = understand("cheap", VOCABULARY).constraints
    assert (cheap.high, cheap.currency, cheap.label) == (5.0, "USD", "cheap: up to 5 USD")


@pytest.mark.parametrize(
    ("query", "corrected"),
    [("chrger for phone", "charger for phone"), ("charger", None), ("x100", None)],
)
def test_mistyped_words_are_corrected(query: str, corrected: str | None) -> None:
    words, rewrite = correct_text(query, VOCABULARY)
    assert (rewrite(words) if words else None) == corrected


def test_a_mistyped_beginning_is_completed() -> None:
    assert complete_last(VOCABULARY, "samsung chrg") == ["charger"]
    assert complete_last(VOCABULARY, "samsung charg") == []
    assert complete_last(VOCABULARY, "samsung chrg ") == []


def test_popular_queries_forgive_an_error_if_none_fits() -> None:
    queries = ["wireless headphones", "red phone", "wire"]
    assert begin_with(queries, "Wire") == ["wireless headphones"]
    assert begin_with(queries, "wierless") == ["wireless headphones"]
    assert begin_with(queries, "xx") == []


def test_tokens_fold_plurals_and_split_units() -> None:
    assert fold_tokens("64GB Cases, batteries & S7") == ("64", "gb", "case", "battery", "s", "7")
