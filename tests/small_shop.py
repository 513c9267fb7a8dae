"""An artificial catalogue of 200 products: ten categories, each with all of five brands."""

from itertools import product
from pathlib import Path

import orjson

from catalograph.ingest import CatalogMapping

MAPPING = CatalogMapping.model_validate(
    {
        "kind": "catalog",
        "source": "small-shop",
        "id": "id",
        "title": "title",
        "brand": "brand",
        "category": "category",
        "price": "price",
        "currency": "EUR",
        "popularity": "popularity",
    }
)
BRANDS = ("Aldova", "Brenwick", "Cortesa", "Dunmore", "Elvaro")
# Different words for the same kind of thing, so that only the meaning shows the category.
KINDS = {
    ("Audio", "Headphones"): (
        "wireless headphones",
        "noise-cancelling earbuds",
        "studio headset",
        "in-ear monitors",
    ),
    ("Kitchen", "Cookware"): ("frying pan", "cast-iron skillet", "saucepan", "wok"),
    ("Garden", "Watering"): ("garden hose", "lawn sprinkler", "watering can", "irrigation timer"),
    ("Sport", "Running"): ("running shoes", "jogging shorts", "marathon vest", "trail trainers"),
    ("Office", "Writing"): ("fountain pen", "ballpoint set", "mechanical pencil", "highlighter"),
    ("Baby", "Feeding"): ("baby bottle", "toddler spoon", "infant bib", "nursing pillow"),
    ("Photo", "Cameras"): ("mirrorless camera", "zoom lens", "DSLR body", "camera tripod"),
    ("Pets", "Dogs"): ("dog leash", "puppy bed", "dog chew bone", "retriever harness"),
    ("Tools", "Drilling"): ("cordless drill", "hammer drill", "drill bits", "impact driver"),
    ("Bath", "Towels"): ("bath towel", "hand towel", "shower mat", "bathrobe"),
}


def write_catalog(path: Path) -> None:
    """Write the catalogue as JSONL."""
    kinds = [(category, kind) for category, names in KINDS.items() for kind in names]
    with path.open("wb") as stream:
        for number, ((category, kind), brand) in enumerate(product(kinds, BRANDS)):
            row = {
                "id": f"{number:03}",
                "title": f"{brand} {kind}",
                "brand": brand,
                "category": list(category),
                "price": 10 + number * 37 % 90,
                "popularity": number * 61 % 200,
            }
            stream.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
