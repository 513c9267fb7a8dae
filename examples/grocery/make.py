"""Make the grocery shop of the demo from the Grocery Store dataset: pictures, products, reviews.

    python examples/grocery/make.py FOLDER

FOLDER holds `classes.tsv` and `train.zip` of the dataset (Klasson, Zhang and Kjellström 2019, MIT).
One photograph of a shop's shelf a class is copied as it is. Names and texts are those of
`assortment.tsv`, which were written for this project; prices, stock, packs, reviews and the
wholesaler's list are made up by a seed.
"""

import csv
import json
import random
import shutil
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ADDRESS = "https://raw.githubusercontent.com/marcusklasson/GroceryStoreDataset/master/dataset/"
PARTS = {"Fruit": ("水果", "Fruit"), "Packages": ("饮料与乳制品", "Drinks and dairy")}
ASPECTS_EN = {
    "taste": ("The taste is great.", "The taste is bland."),
    "price": ("The price is fair.", "The price is too high."),
    "quality": ("The quality is excellent.", "The quality is poor."),
    "delivery": ("The delivery was fast.", "The delivery was late."),
    "packaging": ("The packaging is good.", "The packaging was damaged."),
}
ASPECTS_ZH = {
    "味道": ("味道很好。", "味道很差。"),
    "价格": ("价格实惠。", "价格太贵。"),
    "质量": ("质量很好。", "质量不好。"),
    "物流": ("物流很快。", "物流太慢。"),
    "包装": ("包装完好。", "包装破损。"),
}
FIRST, DAYS = date(2026, 1, 5), 90  # while the simulated shoppers look around
STOCK = (0, 3, 18, 40, 120)


def main(folder: Path) -> None:
    dice = random.Random(81)
    places = read_places(folder)
    with (HERE / "assortment.tsv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    with zipfile.ZipFile(folder / "train.zip") as photos:
        for row in rows:
            copy_picture(photos, places[row["class"]])
    products = [product for row in rows for product in packs_of(row, places[row["class"]], dice)]
    write("products.jsonl", products)
    write("wholesaler.jsonl", list(wholesale(products, dice)))
    write("reviews.jsonl", list(reviews_of(products, dice)))


def read_places(folder: Path) -> dict[str, str]:
    """Return the path of a photograph of each class, below the dataset's folder."""
    found: dict[str, str] = {}
    with (folder / "images.tsv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            if row["split"] == "train":
                found.setdefault(row["class"], row["file"])
    return found


def copy_picture(photos: zipfile.ZipFile, place: str) -> None:
    target = HERE / "pictures" / place
    target.parent.mkdir(parents=True, exist_ok=True)
    with photos.open(place) as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)


def packs_of(row: dict[str, str], place: str, dice: random.Random) -> Iterator[dict[str, Any]]:
    """Yield a product, and for some a larger pack of it as a variant."""
    part = place.split("/")[1]
    zh, en = PARTS.get(part, ("蔬菜", "Vegetables"))
    kind = place.split("/")[2].replace("-", " ")
    packs = [("single", "单件", 1.0)]
    if dice.random() < 0.45:
        packs.append(("pack of 3", "三件装", 2.7))
    for number, (pack, pack_zh, times) in enumerate(packs):
        price = float(row["price"]) * times
        yield {
            "id": f"{row['class'].lower()}-{number + 1}",
            "group": row["class"].lower(),
            "gtin": with_check_digit(f"73{dice.randrange(10**10):010d}"),
            "title": row["name_en"] if number == 0 else f"{row['name_en']}, {pack}",
            "title_zh": row["name_zh"] if number == 0 else f"{row['name_zh']} {pack_zh}",
            "description": row["text_en"],
            "description_zh": row["text_zh"],
            "brand": row["brand"],
            "category": f"{en} > {kind}",
            "category_zh": zh,
            "pack": pack,
            "price": f"{price:.2f}",
            "sale_price": f"{price * 0.8:.2f}" if dice.random() < 0.12 else "",
            "quantity": dice.choice(STOCK),
            "image": ADDRESS + place,
        }


def wholesale(products: list[dict[str, Any]], dice: random.Random) -> Iterator[dict[str, Any]]:
    """Yield the same things as a wholesaler lists them, some without their GTIN."""
    for number, product in enumerate(dice.sample([p for p in products if p["brand"]], 16)):
        yield {
            "article": f"W{number + 1:03}",
            "name": f"{product['brand'].upper()} {product['title'].removeprefix(product['brand'])}",
            "brand": product["brand"],
            "category": product["category"],
            "price": f"{float(product['price']) * 0.7:.2f}",
            "gtin": product["gtin"] if number % 2 else "",
        }


def reviews_of(products: list[dict[str, Any]], dice: random.Random) -> Iterator[dict[str, Any]]:
    """Yield reviews whose stars follow what they say; the juices' delivery worsens in the end."""
    for number in range(420):
        product = dice.choice(products)
        day = dice.randrange(DAYS)
        chinese = dice.random() < 0.4
        aspects = ASPECTS_ZH if chinese else ASPECTS_EN
        bad = 0.65 if "juice" in product["id"] and day > DAYS - 30 else 0.25
        said = [(words, dice.random() >= bad) for words in dice.sample(sorted(aspects), 2)]
        likes = sum(good for _, good in said)
        yield {
            "id": f"r{number + 1}",
            "product": product["id"],
            "user": f"guest{dice.randrange(140)}",
            "rating": (1, 3, 5)[likes] if dice.random() < 0.7 else (2, 4, 4)[likes],
            "text": ("" if chinese else " ").join(aspects[w][0 if good else 1] for w, good in said),
            "time": (FIRST + timedelta(days=day)).isoformat(),
            "language": "zh" if chinese else "en",
        }


def with_check_digit(digits: str) -> str:
    """Return a GTIN of 13 digits; 20 to 29 at its beginning are for a shop's own use."""
    digits = f"29{digits[2:]}"
    total = sum(int(digit) * (3 if n % 2 else 1) for n, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def write(name: str, rows: list[dict[str, Any]]) -> None:
    with (HERE / name).open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
