"""A shop in two languages for bulk loads: repeated keys, bad rows, variants, several spellings."""

import csv
import json
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from catalograph.ingest import CatalogMapping, EventMapping, ReviewMapping
from catalograph.store.bulk.bulk_writer import write_shared_nodes
from catalograph.store.bulk.tables import list_import_files

_OF_THE_RUN = {"run:string", "changed:datetime", "offer_since:datetime"}

CATALOG = CatalogMapping.model_validate(
    {
        "kind": "catalog",
        "source": "shop",
        "id": ["sku"],
        "title": "name",
        "description": "text",
        "brand": "brand",
        "category": {"columns": ["category"], "split": ">"},
        "price": {"column": "price"},
        "sale_price": {"column": "sale"},
        "currency": "EUR",
        "availability": "stock",
        "quantity": "pieces",
        "gtins": ["ean"],
        "group": "group",
        "images": {"columns": ["pictures"]},
        "released": {"column": "released"},
        "popularity": "sold",
        "also_bought": "with",
        "language": "en",
        "translations": {"zh": {"title": "name_zh"}},
        "options": [{"column": "colour", "name": "colour"}],
        "attributes": [
            {"column": "colour", "attribute": "colour"},
            {"column": "volume", "attribute": "volume"},
        ],
    }
)
REVIEWS = ReviewMapping.model_validate(
    {
        "kind": "reviews",
        "source": "stars",
        "product": "sku",
        "user": "who",
        "rating": "stars",
        "title": "headline",
        "text": "words",
        "time": {"column": "at"},
        "helpful": "helpful",
        "verified": "verified",
    }
)
EVENTS = EventMapping.model_validate(
    {
        "kind": "events",
        "source": "clicks",
        "user": "who",
        "product": "sku",
        "time": {"column": "at"},
        "event": {"column": "what"},
        "query": "query",
        "value": "paid",
    }
)
_COLOURS = ("red", "Red", "deep blue", "天蓝色", "grass green", "RED")
_BRANDS = ("Aldova", "ALDOVA", "Brenwick", "蓝天", "Cortesa/Home", "50% Off = Good")
_PLACES = ("Kitchen > Kettles", "kitchen > Kettles > Small", "KITCHEN > Pans", "厨房 > 水壶")
_WORDS = (
    "The lid is loose, but the handle is great.",
    "很漂亮，质量也好，就是物流慢。",
    "Great price, poor quality; arrived late.",
    "<br>",  # an empty text
)


def product_rows(count: int, seed: int = 5) -> list[dict[str, Any]]:
    """Return rows of a catalogue; about one in ten repeats an earlier key."""
    dice = random.Random(seed)
    rows = []
    for n in range(count):
        colour, place = dice.choice(_COLOURS), dice.choice(_PLACES)
        rows.append(
            {
                "sku": f"a{dice.randrange(count)}",
                "name": f"Kettle {n} in {colour}" if n % 41 else "",
                "name_zh": f"水壶 {n} {colour}" if n % 3 else None,
                "text": f'<p>Boils "fast",</p><p>holds {n % 5} l; safe</p>' if n % 4 else None,
                "brand": dice.choice(_BRANDS),
                "category": place,
                "price": f"{dice.uniform(5, 90):.2f}" if n % 7 else "9",
                "sale": "4.5" if n % 9 == 0 else None,
                "stock": dice.choice(("in stock", "out of stock", "暂时缺货")),
                "pieces": n % 20,
                "ean": "4006381333931" if n % 11 == 0 else None,
                "group": f"g{n % 30}" if n % 2 else None,
                "pictures": [
                    {"src": f"https://shop.example/{n}.jpg", "alt": "A; B" if n % 2 else ""},
                    {"src": f"https://shop.example/{n}b.jpg", "alt": ""},
                ],
                "released": f"2025-0{n % 9 + 1}-11T08:00:00+0{n % 3}:00" if n % 5 else None,
                "sold": n * 7 % 100,
                "with": [f"a{dice.randrange(count)}", f"gone{n % 6}"],
                "colour": colour if n % 3 else "",
                "volume": dice.choice(("1.7 l", "1,7 L", "1700 ml", None)),
            }
        )
    return rows


def review_rows(count: int, products: int) -> list[dict[str, Any]]:
    """Return rows of reviews: of products, of groups of them and of products nobody lists."""
    dice = random.Random(6)
    return [
        {
            "sku": dice.choice((f"a{dice.randrange(products)}", f"g{n % 30}", f"none{n % 7}")),
            "who": f"u{dice.randrange(count // 4)}" if n % 13 else None,
            "stars": dice.choice((1, 2.5, 4, 5, "five")),
            "headline": f"Review {n}",
            "words": dice.choice(_WORDS),
            "at": f"2026-02-{n % 28 + 1:02}T10:00:00-0{n % 5}:00",
            "helpful": n % 4,
            "verified": n % 2 == 0,
        }
        for n in range(count)
    ]


def event_rows(count: int, products: int) -> list[dict[str, Any]]:
    """Return rows of events, some of them twice."""
    dice = random.Random(7)
    kinds = ("view", "click", "purchase", "query", "dance")
    return [
        {
            "sku": f"a{dice.randrange(products)}" if n % 5 != 3 else None,
            "who": f"u{n % 60}",
            "what": kinds[n % 5],
            "query": "kettle 水壶" if n % 5 == 3 else None,
            "paid": 10 + n % 3 if n % 5 == 2 else None,
            "at": f"2026-03-{n % 28 + 1:02}T10:00:00Z",
        }
        for n in range(count)
    ]


def write_rows(path: Path, rows: Iterable[dict[str, Any]], broken: int = 53) -> Path:
    """Write rows as JSONL, with a broken line now and then."""
    lines = [
        json.dumps(row, ensure_ascii=False) if n % broken else '{"sku": "broken'
        for n, row in enumerate(rows, 1)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read_import_rows(folder: Path) -> Counter[str]:
    """Return all rows of the files of a load, without its run and times."""
    write_shared_nodes(folder)
    files = list_import_files(folder)
    rows: Counter[str] = Counter()
    for name, path in (*files.nodes, *files.edges):
        if name != "Run":
            with path.open(newline="", encoding="utf-8") as stream:
                for row in csv.DictReader(stream):
                    said = {k: v for k, v in row.items() if k not in _OF_THE_RUN and v}
                    rows[f"{name} {said}"] += 1
    return rows
