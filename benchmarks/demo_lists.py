"""Judge the demo's lists by names: complements of phones, and near twins in shoppers' lists.

    CATALOGRAPH_NEO4J__URI=… CATALOGRAPH_NEO4J__PASSWORD=… python benchmarks/demo_lists.py --json

Needs the graph of a full `catalograph demo`. The judge knows phones by regular expressions of its
own and nothing of the model. A complement of a phone is

- *fits*: it names the phone's model, or says "for most phones" and the like,
- *universal*: it names no model, and no connector of another maker,
- *other*: it names another model, or a connector that the phone lacks,
- *phone*: it is a phone itself.

Twins are products of one list whose titles begin with the same four words.
"""

import argparse
import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Iterable

from catalograph.settings import load_settings
from catalograph.store import AsyncConnection, connect, resolve_address
from catalograph.store.queries.api_queries import (
    History,
    Ranking,
    Rules,
    read_complementary_products,
    read_recommendations,
)

MODELS = {
    "iphone": r"iphone\s*(7 plus|7|6s plus|6s|6 plus|6|se|5s|5c|5|4s|4)\b",
    "galaxy": r"galaxy\s*(s\s?7 edge|s\s?7 active|s\s?7|s\s?6 edge ?\+|s\s?6 edge plus|s\s?6 edge|"
    r"s\s?6 active|s\s?6|s\s?5|s\s?4|s\s?iii|note\s?\d|j\d|on5|core prime|grand prime|express \d|"
    r"amp \w+|a\d|halo|sky|prevail)",
    "other": r"\b(lg [gkv]\d+|lg stylo \d|lg tribute\w*|moto [gxze]\w*|nexus \w+|pixel xl|pixel|"
    r"htc (?:one \w+|one|10|desire \w+)|xperia \w+|lumia \d+|priv|honor \d|axon \d|droid \w+)",
}
LISTED = re.compile(r"(\d\w*(?: plus)?)(?:\s*(?:,|/|and|or|&)\s*(?:iphone )?(\d\w*(?: plus)?|se))+")
PHONE = re.compile(
    r"cell phone(?! \w*(?:case|mount|holder))|\(unlocked\)|\((?:verizon|at&t|sprint|t-mobile)\)|"
    r"\d+gb(?! \w*(?:card|drive))"
)
ACCESSORY = re.compile(
    r"case|cover|protector|shield|charger|cable|mount|band|battery|adapter|headset|stick|shell|"
    r"wallet|holster|armband|skin|lens|stand|dock|kit|card|for (?:most|select|apple|samsung|lg|"
    r"motorola|htc|google)"
)
APPLE_ONLY = re.compile(r"lightning|mfi|apple watch|ipad|ipod")
ANDROID_ONLY = re.compile(r"micro[- ]usb|android|samsung|galaxy")
OTHER_THINGS = re.compile(r"watch|fitbit|gear s|laptop|surface|voyager")
STEM = 4


def models_of(title: str) -> set[str]:
    """Return the models that a title names."""
    text = re.sub(r"[®™]", "", title.casefold())
    found = set()
    for family, pattern in MODELS.items():
        for match in re.finditer(pattern, text):
            found.add(f"{family} {match[1]}".replace("s 5", "s5").replace("s 6", "s6"))
    if "iphone" in text:
        for group in LISTED.finditer(text):
            numbers = re.findall(r"\d\w*(?: plus)?|\bse\b", group[0])
            found.update(f"iphone {number}" for number in numbers)
    return found


def judge(phone: str, complement: str) -> str:
    """Return the verdict on one complement of a phone."""
    text = complement.casefold()
    named, own = models_of(complement), models_of(phone)
    accessory = ACCESSORY.search(text)
    if PHONE.search(text) and not accessory:
        return "phone"
    if named:
        return "fits" if named & own else "other"
    apple = "iphone" in phone.casefold()
    if OTHER_THINGS.search(text) or (ANDROID_ONLY if apple else APPLE_ONLY).search(text):
        return "other"
    if "iphone" in text:
        return "other" if not apple else "universal"
    return "universal"


def count_twins(titles: Iterable[str]) -> int:
    """Return the number of titles that share the most frequent stem."""
    stems = Counter(tuple(title.casefold().split()[:STEM]) for title in titles)
    return max(stems.values(), default=0)


async def measure(phones: list[tuple[str, str]], users: list[str], first: int) -> dict[str, object]:
    """Read and judge the lists."""
    verdicts: Counter[str] = Counter()
    wrong: list[str] = []
    connection = AsyncConnection(resolve_address(load_settings()))
    twins: dict[str, list[int]] = {"default": [], "0": []}
    try:
        for key, title in phones:
            ranking = await read_complementary_products(connection, key, first)
            for item in ranking.items:
                verdict = judge(title, item.product["title"])
                verdicts[verdict] += 1
                if verdict in ("other", "phone"):
                    wrong.append(f"{verdict}: {title} | {item.product['title']}")
        for user in users:
            for name, diversity in (("default", None), ("0", 0.0)):
                rules = Rules(diversity=diversity)
                found: Ranking = await read_recommendations(connection, History(user), 10, rules)
                twins[name].append(count_twins(i.product["title"] for i in found.items))
    finally:
        await connection.close()
    asked = max(1, len(phones) * first)
    shares = {
        name: round(verdicts[name] / asked, 3) for name in ("fits", "universal", "other", "phone")
    }
    return {
        "phones": len(phones),
        "asked_for_each": first,
        "complements": shares | {"missing": round(1 - verdicts.total() / asked, 3)},
        "shown_that_fit_or_are_universal": round(
            (verdicts["fits"] + verdicts["universal"]) / max(1, verdicts.total()), 3
        ),
        "lists": len(users),
        "lists_with_three_twins": {
            name: round(sum(n >= 3 for n in counts) / max(1, len(counts)), 3)
            for name, counts in twins.items()
        },
        "examples_of_wrong_ones": wrong[:20],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=30)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--first", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    arguments = parser.parse_args()
    with connect(load_settings()) as connection:
        products = connection.execute(
            "MATCH (p:Product) WHERE p.listed AND NOT EXISTS { (p)-[:IN_CATEGORY]->(c) "
            "WHERE any(name IN c.path WHERE name CONTAINS 'Accessories') } "
            "RETURN p.key AS key, p.title AS title ORDER BY key"
        )
        users = [
            row["key"]
            for row in connection.execute("MATCH (u:User) RETURN u.key AS key ORDER BY key")
        ]
    phones = [
        (row["key"], row["title"])
        for row in products
        if PHONE.search(row["title"].casefold()) and not ACCESSORY.search(row["title"].casefold())
    ]
    draw = random.Random(arguments.seed)
    chosen = draw.sample(phones, min(arguments.phones, len(phones)))
    shoppers = draw.sample(users, min(arguments.users, len(users)))
    result = asyncio.run(measure(chosen, shoppers, arguments.first))
    print(json.dumps(result, indent=None if arguments.json else 2, ensure_ascii=False))


if __name__ == "__main__":
    main()
