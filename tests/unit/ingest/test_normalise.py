"""Canonical values: what each form becomes, by which rule, and what is left alone."""

import pytest

from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.extract.findings import Finding
from catalograph.ingest.mapping import CatalogMapping
from catalograph.ingest.normalise import convert, normalise
from catalograph.ingest.normalise.tables import brand_aliases, table, words
from catalograph.schema import Span, keys


@pytest.mark.parametrize(
    ("attribute", "text", "name", "number", "unit"),
    [
        ("screen size", '15.6"', "15.6 in", 15.6, "in"),
        ("screen size", "39.624 cm", "15.6 in", 15.6, "in"),
        ("width", '1 1/2"', "38.1 mm", 38.1, "mm"),
        ("width", "1-1/2 in.", "38.1 mm", 38.1, "mm"),
        ("width", "½ inch", "12.7 mm", 12.7, "mm"),
        ("width", "12 cm", "120 mm", 120.0, "mm"),
        ("height", "5' 10\"", "1778 mm", 1778.0, "mm"),
        ("cable length", "6 ft", "1.8288 m", 1.8288, "m"),
        ("weight", "1 lb 4 oz", "566.9905 g", 566.9905, "g"),
        ("weight", "1,5 kg", "1500 g", 1500.0, "g"),
        ("weight", "1,234 g", "1234 g", 1234.0, "g"),
        ("weight", "1.234,5 g", "1234.5 g", 1234.5, "g"),
        ("volume", "12 fl. oz.", "354.8824 ml", 354.8824, "ml"),
        ("volume", "12 oz", "354.8824 ml", 354.8824, "ml"),
        ("volume", "0.33L", "330 ml", 330.0, "ml"),
        ("容量", "五百毫升", "500 ml", 500.0, "ml"),
        ("battery capacity", "2.5 Ah", "2500 mAh", 2500.0, "mAh"),
        ("power", "1.5kW", "1500 W", 1500.0, "W"),
        ("voltage", "3.7 V", "3.7 V", 3.7, "V"),
        ("refresh rate", "0.12 kHz", "120 Hz", 120.0, "Hz"),
        ("processor frequency", "2.4GHz", "2400 MHz", 2400.0, "MHz"),
        ("storage", "1 TB", "1024 GB", 1024.0, "GB"),
        ("memory", "512MB", "0.5 GB", 0.5, "GB"),
        ("print resolution", "1,200 dpi", "1200 dpi", 1200.0, "dpi"),
        ("operating temperature", "-40 °F", "-40 °C", -40.0, "°C"),
        ("battery life", "90 min", "1.5 h", 1.5, "h"),
        ("warranty", "2 years", "24 months", 24.0, "months"),
        ("humidity", "50 percent", "50 %", 50.0, "%"),
        ("湿度", "百分之五十", "50 %", 50.0, "%"),
        ("volume", "6 x 0.33 l", "6 x 330 ml", None, "ml"),
        ("dimensions", '10" x 20" x 2"', "254 x 508 x 50.8 mm", None, "mm"),
        ("focal length", "1.8 - 5.5 cm", "18-55 mm", None, "mm"),
        ("pack count", "Pack of 6", "6", 6.0, None),
        ("pack quantity", "6-Pack", "6", 6.0, None),
        ("pack quantity", "twin pack", "2", 2.0, None),
        ("pack quantity", "half dozen", "6", 6.0, None),
        ("数量", "6支装", "6", 6.0, None),
        ("数量", "一打", "12", 12.0, None),
        ("sheets", "1,000", "1000", 1000.0, None),
        ("size", "X-Large", "XL", None, None),
        ("shoe size", "42 (EU)", "EU 42", 42.0, "EU"),
        ("shoe size", "UK 8½", "UK 8.5", 8.5, "UK"),
        ("colour", "Gray", "grey", None, None),
        ("Color", "navy blue", "navy", None, None),
        ("color(s)", "Black & White", "black/white", None, None),
        ("颜色", "黑色", "black", None, None),
        ("wi-fi", "TRUE", "yes", None, None),
        ("brand", "Hewlett-Packard", "HP", None, None),
        ("brand", "Samsung Electronics Co., Ltd.", "Samsung", None, None),
        ("brand", "Acme Tools GmbH", "Acme Tools", None, None),
        ("brand", "Crate and Barrel", "Crate & Barrel", None, None),
        ("品牌", "华为（HUAWEI）", "Huawei", None, None),
        ("brand", "某某科技有限公司", "某某", None, None),
        ("port", "ＨＤＭＩ", "HDMI", None, None),
    ],
)
def test_known_forms(
    attribute: str, text: str, name: str, number: float | None, unit: str | None
) -> None:
    said = normalise(attribute, text)
    assert (said.name, said.number, said.unit, said.original) == (name, number, unit, text)
    assert said.rule is not None
    again = normalise(attribute, said.name)
    assert (again.name, again.number, again.unit) == (name, number, unit)


@pytest.mark.parametrize(
    ("attribute", "text"),
    [
        ("kit", "5 in 1"),
        ("network", "4G"),
        ("mains", "50/60 Hz"),
        ("weight", "about 5 kg"),
        ("weight", "1.23,4 g"),
        ("height", "10\" 5'"),
        ("range", "20 - 10 cm"),
        ("colour", "Black and Cherry"),
        ("colour depth", "Black"),
        ("shoe size", "42码"),
        ("band", "N"),
        ("brand", "Tiffany & Co."),
        ("brand", "The Limited"),
        ("brand", "Dell (Intel)"),
        ("width", "10000000000000 mm"),
        ("text", "x" * 200),
        ("text", ""),
    ],
)
def test_unknown_forms_stay(attribute: str, text: str) -> None:
    said = normalise(attribute, text)
    assert (said.name, said.number, said.unit, said.rule) == (text, None, None, None)
    assert not said.changed


def test_language_tells_a_decimal_comma() -> None:
    assert normalise("weight", "1,234 kg").number == 1_234_000
    assert normalise("weight", "1,234 kg", language="de").number == 1234
    assert normalise("weight", "1.234 g", language="de").number == 1234


def test_a_version_is_no_decimal() -> None:
    assert normalise("bluetooth", "5.0").name == "5.0"
    assert normalise("bluetooth", "5.0").number == 5.0


def test_conversions_are_those_of_pint() -> None:
    assert convert(1, "inch", "centimeter") == pytest.approx(2.54)
    assert convert(98.6, "degree_Fahrenheit", "degree_Celsius") == pytest.approx(37)
    assert convert(1, "pound", "gram") == pytest.approx(453.59237)


@pytest.mark.parametrize("kind", sorted(table("units")))
def test_all_units_of_a_kind_convert(kind: str) -> None:
    content = table("units")[kind]
    told_in = [*content["unit"].values(), *(o["unit"] for o in content.get("unless", {}).values())]
    for unit in content["write"]:
        for target in told_in:
            there = convert(3.0, unit, target)
            assert convert(there, target, unit) == pytest.approx(3.0)


@pytest.mark.parametrize("kind", ["colour", "size", "gender", "material", "flag"])
def test_canonical_words_stand_for_themselves(kind: str) -> None:
    known = words(kind)
    assert {name: known[keys.normalise(name)] for name in known.values()} == {
        name: name for name in known.values()
    }
    spelled = [
        keys.normalise(w) for listed in table("words")[kind]["words"].values() for w in listed
    ]
    assert len(spelled) == len(set(spelled)), "a spelling stands for two values"


def test_canonical_brands_stand_for_themselves() -> None:
    for name in set(brand_aliases().values()):
        assert normalise("brand", name).name == name
    spelled = [keys.normalise(w) for listed in table("brands").values() for w in listed]
    assert len(spelled) == len(set(spelled)), "a spelling stands for two brands"


def test_two_findings_of_one_value_meet_and_keep_what_was_written() -> None:
    inches, metric = (
        Finding("width", name, "crf", "1", 0.9, Span("title", 0, 4)) for name in ("2 in", "5.08 cm")
    )
    assert inches.tail() == metric.tail()
    assert inches.tail().key == "value:width=50.8 mm"
    assert (inches.support().original, inches.support().rule) == ("2 in", "unit:mm")
    assert metric.support().original == "5.08 cm"
    same = Finding("width", "50.8 mm", "crf", "1", 0.9, Span("title", 0, 4))
    assert (same.support().original, same.support().rule) == (None, None)


def test_columns_go_through_it_and_keep_what_they_wrote() -> None:
    mapping = CatalogMapping.model_validate(
        {
            "source": "s",
            "id": "id",
            "title": "title",
            "brand": "brand",
            "attributes": [
                {"column": "width", "attribute": "width"},
                {"column": "weight", "attribute": "weight", "unit": "kg"},
                {"column": "colour", "attribute": "colour"},
            ],
        }
    )
    rows = [
        {"id": 1, "title": "A", "brand": "HP Inc.", "width": '2"', "weight": 1.5, "colour": "Gray"},
        {
            "id": 2,
            "title": "B",
            "brand": "HP",
            "width": "5.08 cm",
            "weight": "1.5",
            "colour": "grey",
        },
    ]
    feed = CatalogFeed(mapping)
    one, two = (feed.build(row).record for row in rows)
    assert one is not None
    assert two is not None
    assert [t.tail for t in one.triples] == [t.tail for t in two.triples]
    assert [(t.tail.key, t.support.original, t.support.rule) for t in one.triples] == [
        ("brand:hp", "HP Inc.", "brand-suffix+brand-alias"),
        ("value:width=50.8 mm", '2"', "unit:mm"),
        ("value:weight=1500 g", "1.5 kg", "unit:g"),
        ("value:colour=grey", "Gray", "colour"),
    ]
    assert [t.support.original for t in two.triples] == [None, "5.08 cm", "1.5 kg", None]
