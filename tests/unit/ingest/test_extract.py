import pytest

from catalograph.ingest.extract import Extractor, Learner, find_by_rules
from catalograph.schema import brand, value


def by_rules(title: str, description: str = "") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in find_by_rules({"title": title, "description": description}):
        found.setdefault(finding.attribute, []).append(finding.name)
    return found


@pytest.mark.parametrize(
    ("title", "attribute", "names"),
    [
        ('Sony - 40" Class LED TV', "screen size", ["40 in"]),
        ("Phone with 4.7-inch Retina HD display", "screen size", ["4.7 in"]),
        ("Phone with 16GB Memory", "memory", ["16 GB"]),
        ("PNY - 2GB USB 2.0 Flash Drive", "storage", ["2 GB"]),
        ("iPhone 7 128GB - Gold (Sprint)", "storage", ["128 GB"]),
        ("iPhone 7 128GB - Gold (Sprint)", "colour", ["gold"]),
        ("Case - White/Clear", "colour", ["white", "clear"]),
        ("Case - Le Pavillion Black and Cream", "colour", ["black", "cream"]),
        ("Cable (3 FT Pack of 1, Grey)", "colour", ["grey"]),
        ("Charger 12W", "power", ["12 W"]),
        ("Battery 3.7V 2,500 mAh", "battery capacity", ["2500 mAh"]),
        ("Battery 3.7V 2,500 mAh", "voltage", ["3.7 V"]),
        ("12.3-megapixel camera", "camera resolution", ["12.3 MP"]),
        ("Projector 1920x1080 resolution", "resolution", ["1920 x 1080"]),
        ("Cable Clips (6-Pack)", "pack count", ["6"]),
        ("Labels, Pack of 50", "pack count", ["50"]),
        ("Labels blue 280 pcs.", "piece count", ["280"]),
        ("Belkin - 4' Micro-USB Cable", "cable length", ["1.2192 m"]),
        ("Tablet, weighs just 500 grams", "weight", ["500 g"]),
        ("Box 40 x 20.5 x 6 cm", "dimensions", ["40 x 20.5 x 6 cm"]),
        ("Lamp 7.5cm high", "height", ["75 mm"]),
        ("Alisha Women's Shorts", "gender", ["Women"]),
        ("Nomad - Leather Case", "material", ["leather"]),
        ("Bridge Material: Plastic", "material", ["plastic"]),
        ("PC 8 GB DDR4-SDRAM 1000 GB SSD", "storage", ["1000 GB"]),
        ("Rushmore - DVD", "format", ["DVD"]),
        ("Train Scale 1/200", "scale", ["1:200"]),
        ("Quad-core 1.3GHz processor", "processor frequency", ["1300 MHz"]),
    ],
)
def test_rules(title: str, attribute: str, names: list[str]) -> None:
    assert by_rules(title).get(attribute) == names


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ('Case for 15.6" laptop', "screen size"),
        ("Slot adds up to 128GB storage", "storage"),
        ("Leather Conditioner", "material"),
        ("Blue Hawaii - DVD", "colour"),
        ("Green Lantern - Xbox 360", "colour"),
        ("Input 100-240V", "voltage"),
        ("A 5.7-inch high-definition phone", "height"),
        ("Lamp for 60W bulbs", "power"),
        ("17 inches Laptop Backpack", "screen size"),
        ("Padded Bra 017V", "voltage"),
        ("Braun Silk-épil 9", "material"),
    ],
)
def test_what_rules_leave_alone(text: str, attribute: str) -> None:
    assert attribute not in by_rules(text)


def test_what_only_looks_like_leather_is_not_leather() -> None:
    assert by_rules("Faux Leather Case")["material"] == ["synthetic leather"]


def test_a_title_is_believed_before_a_description() -> None:
    assert by_rules("Kettle - Black", "Color: Red")["colour"] == ["black"]


def learned(rows: int = 40) -> Extractor:
    learner = Learner()
    for n in range(rows):
        maker = ("Acme", "Bolt & Co")[n % 2]
        finish = ("matte", "high gloss")[n % 2]
        texts = {"title": f"{maker} kettle {n} in {finish} finish"}
        tails = [("HAS_BRAND", brand(maker)), ("HAS_VALUE", value("finish", finish))]
        learner.observe(f"product:s:{n}", texts, tails)
    return Extractor(learner.finish())


def test_the_dictionary_finds_what_columns_taught_it() -> None:
    text = "Bolt & Co toaster, High Gloss"
    found = learned().extract({"title": text}, [])
    assert [(tail.key, text[s.span.start : s.span.end]) for _, tail, s in found if s.span] == [
        ("brand:bolt & co", "Bolt & Co"),
        ("value:finish=high gloss", "High Gloss"),
    ]
    assert all(0.9 <= support.confidence <= 1 for _, _, support in found)


def test_a_brand_is_found_only_where_a_title_begins_with_it() -> None:
    assert learned().extract({"title": "Case for Acme kettles"}, []) == []


def test_a_film_has_no_brand() -> None:
    found = learned().extract({"title": "Acme Days - DVD"}, [])
    assert [tail.key for _, tail, _ in found] == ["value:format=dvd"]


def test_a_word_that_columns_contradict_is_not_learned() -> None:
    learner = Learner()
    for n in range(40):
        finish = ("matte", "gloss")[n % 2]
        # Every title says "matte", and half of the columns say otherwise.
        learner.observe(
            f"p{n}", {"title": "a matte thing"}, [("HAS_VALUE", value("finish", finish))]
        )
    assert Extractor(learner.finish()).extract({"title": "matte"}, []) == []


def test_a_rare_value_is_not_learned() -> None:
    assert learned(rows=6).extract({"title": "Acme"}, []) == []
