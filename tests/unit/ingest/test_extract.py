import pytest

from catalograph.ingest.extract import Extractor, Learner, find_by_rules
from catalograph.schema import brand, value
from catalograph.schema import category as make_category


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
        ("Watch for Men & Women", "gender", ["Unisex"]),
        ("Men's and Women's Socks", "gender", ["Unisex"]),
        ("Kite for Boys & Girls", "gender", ["Boys", "Girls"]),
        ("Phone (Black, 6GB, 128GB Storage) | Upto 12GB RAM", "storage", ["128 GB"]),
        ("Phone (Black, 6GB, 128GB Storage) | Upto 12GB RAM", "memory", ["6 GB"]),
        ("Phone 8GB+256GB", "memory", ["8 GB"]),
        ("Phone 8GB+256GB", "storage", ["256 GB"]),
        ("Galaxy S9 64GB Black", "storage", ["64 GB"]),
        ("Perfume 50 ml / 1.7 fl oz", "volume", ["50 ml"]),
        ("Egg Boiler 400 W (Blue, Pink)", "colour", ["blue", "pink"]),
        ("Cord - Matte Gold", "colour", ["gold"]),
        ("Apple iPhone 7 - 128GB", "storage", ["128 GB"]),
        ("Cotton Free Size Kurta", "material", ["cotton"]),
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
        ("Brush for detangling, No Silicone", "material"),
        ("Silicone-free baking mat", "material"),
        ("Plastic Free Lunch Box", "material"),
        ("Chair without any leather", "material"),
        ("Balloons 5 to 8 pcs", "piece count"),
        ("Mugs between 4 and 6 pieces", "piece count"),
        ("Shampoo 100ml + 80ml", "volume"),
        ("Jar 100 ml, 200 ml and 500 ml", "volume"),
        ("Power adapters such as 18W, 20W, or 61W", "power"),
        ("Phone Leather Texture Design", "material"),
        ("Wipes - Green Tea", "colour"),
        ("Absolute - Replenishing Eye Cream", "colour"),
        ("Laptop (16GB, Win 11)", "storage"),
        ("Phone Upto 12GB RAM", "memory"),
        ("Phone (6GB RAM) | 33W Fast Charging | Charger Included", "power"),
        ("Cable for a 4.7V to 5V adapter", "voltage"),
        ("JXD 509V Quadcopter", "voltage"),
        ("Iron, operating voltage 220 - 240 volts", "voltage"),
        ("Kit (Includes: Cleaning Liquid 100ml)", "volume"),
        ("Earphones with Aluminum Alloy Sound Chamber", "material"),
        ("Cable, supports resolution 720p, 1080i", "resolution"),
    ],
)
def test_what_rules_leave_alone(text: str, attribute: str) -> None:
    assert attribute not in by_rules(text)


def test_what_only_looks_like_leather_is_not_leather() -> None:
    assert by_rules("Faux Leather Case")["material"] == ["synthetic leather"]


@pytest.mark.parametrize(
    ("description", "attribute"),
    [
        ("Band Color: Black", "colour"),
        ("Base material: Aluminium", "material"),
        ("The connector is made of premium aluminum", "material"),
        ("Recommended max load weight is 5kg", "weight"),
        ("Needs an 18W or above adapter", "power"),
        ("Sound output: 20 Watts", "power"),
    ],
)
def test_labels_of_parts_and_of_other_devices(description: str, attribute: str) -> None:
    assert attribute not in by_rules("Thing", description)


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


@pytest.mark.parametrize(
    ("category", "title"),
    [
        ("Moisturizer", "The Silk Cream"),
        ("Face Mask", "Hydration Lover Rubber Mask"),
        ("Snacks", "Potato chips - Orange"),
        ("美妆护肤", "Moisture (Rose, White)"),
        ("Gift Cards", "Night at the bar: 90 inch LCD display"),
        ("Bücher", "A novel - Red"),
    ],
)
def test_a_domain_mutes_what_its_words_do_not_mean(category: str, title: str) -> None:
    asserted = [("IN_CATEGORY", make_category([category]))]
    assert Extractor().extract({"title": title}, asserted) == []
    elsewhere = [("IN_CATEGORY", make_category(["Kitchen machines"]))]
    assert Extractor().extract({"title": title}, elsewhere) != []


def _taught(agree: bool) -> Extractor:
    """An extractor of a feed with paints, whose columns agree with the titles' colours or not."""
    learner = Learner()
    for n in range(60):
        name = ("red", "blue")[n % 2]
        stated = name if agree else "assorted"
        tails = [
            ("IN_CATEGORY", make_category(["Art", "Paint" if n < 40 else "Paper"])),
            ("HAS_VALUE", value("colour", stated if n < 40 else name)),
        ]
        learner.observe(f"p{n}", {"title": f"Thing {n} - {name.title()}"}, tails)
    return Extractor(learner.finish())


def _colour_in(extractor: Extractor, category: str) -> list[tuple[str, float]]:
    asserted = [("IN_CATEGORY", make_category(["Art", category]))]
    found = extractor.extract({"title": "Thing - Green"}, asserted)
    return [(tail.key, support.confidence) for _, tail, support in found]


def test_a_rule_that_columns_contradict_is_muted_in_their_category_alone() -> None:
    assert _colour_in(_taught(agree=False), "Paint") == []
    ((key, sure),) = _colour_in(_taught(agree=True), "Paint")
    assert (key, sure) == ("value:colour=green", 0.95)


def test_evidence_of_a_feed_replaces_the_prior_of_a_domain() -> None:
    learner = Learner()
    for n in range(60):
        name = ("red", "pink")[n % 2]
        tails = [
            ("IN_CATEGORY", make_category(["Lipstick"])),
            ("HAS_VALUE", value("colour", name)),
        ]
        learner.observe(f"p{n}", {"title": f"Lips {n} - {name.title()}"}, tails)
    asserted = [("IN_CATEGORY", make_category(["Lipstick"]))]
    found = Extractor(learner.finish()).extract({"title": "Lips - Red"}, asserted)
    assert "value:colour=red" in {tail.key for _, tail, _ in found}


def test_an_attribute_that_a_category_never_has_is_not_read_there() -> None:
    learner = Learner()
    for n in range(120):
        tea = n % 2
        flavour = ("lemon", "peach")[n // 2 % 2]
        tails = [
            ("IN_CATEGORY", make_category(["Drinks" if tea else "Lamps"])),
            ("HAS_VALUE", value("flavour", flavour) if tea else value("base", "round")),
        ]
        texts = {"title": f"Tea {n} {flavour}" if tea else f"Lamp {n}"}
        learner.observe(f"p{n}", texts, tails)
    extractor = Extractor(learner.finish())

    def read(category: str) -> list[str]:
        asserted = [("IN_CATEGORY", make_category([category]))]
        found = extractor.extract({"title": "Large lemon thing"}, asserted)
        return [tail.key for _, tail, _ in found]

    assert read("Drinks") == ["value:flavour=lemon"]
    assert read("Lamps") == []


def test_names_of_two_signs_and_of_han_characters_are_found_in_titles() -> None:
    learner = Learner()
    for n in range(40):
        maker = ("LG", "格力")[n % 2]
        title = f"LG monitor {n}" if n % 2 == 0 else f"格力空调{n}匹"
        learner.observe(f"p{n}", {"title": title}, [("HAS_BRAND", brand(maker))])
    extractor = Extractor(learner.finish())
    found = [
        {tail.key for _, tail, _ in extractor.extract({"title": title}, [])}
        for title in ("LG fridge", "格力电风扇落地扇", "LGX fridge")
    ]
    assert found == [{"brand:lg"}, {"brand:格力"}, set()]
