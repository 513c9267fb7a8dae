"""Product relations planted into real descriptions, so that the relations in a text are known.

Names of devices and brands come from other products of the same file. A planted sentence goes
between the description's own sentences, with distractors beside it that name things without
stating a relation.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from catalograph.errors import TrainingDataError
from catalograph.ingest.readers import open_feed
from catalograph.schema import Rejection

NOTHING = "nothing"
PARTS = ("development", "test")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_SLOT = re.compile(r"\{[xyz]\}")
_MOST_SENTENCES = 4
_USES = (
    "hiking", "camping", "travel", "gaming", "video editing", "home theaters", "small offices",
    "outdoor sports", "cooking", "photography", "music production", "streaming movies", "running",
    "online classes", "road trips", "family gatherings", "woodworking", "fishing", "yoga",
    "data backup",
)  # fmt: skip

Fact = tuple[str, str]
"""Attribute and name, case-folded."""


@dataclass(frozen=True, slots=True)
class PlantedDescription:
    """A description with sentences planted in it.

    Attributes:
        text: all of it.
        zones: positions of the planted sentences, including those that state no relation.
        facts: relations that the sentences state.
    """

    text: str
    zones: tuple[tuple[int, int], ...]
    facts: frozenset[Fact]


@dataclass(frozen=True)
class _Names:
    brands: Sequence[str]
    devices: Sequence[str]


def plant(products: Path, part: str, seed: int = 0, most: int = 1_000) -> list[PlantedDescription]:
    """Plant sentences from one part of the templates.

    Args:
        products: feed with `name`, `description` and `brand`.
        part: one of `PARTS`.
        seed: seed of the random choice of sentences and places.
        most: maximum number of descriptions.

    Raises:
        TrainingDataError: fewer than ten products have a brand and a description.
        SourceFormatError: the file cannot be read.
    """
    rows = _rows(products)
    names = _Names(
        sorted({row["brand"] for row in rows}), sorted({_device(row) for row in rows} - {""})
    )
    if min(len(rows), len(names.brands), len(names.devices)) < len(_SLOT.findall("{x}{y}{z}")):
        raise TrainingDataError(
            f"'{products}' has {len(rows):,} products with name, brand and description, of "
            f"{len(names.brands):,} brands; expected three brands at least."
        )
    chance = random.Random(f"{part} {seed}")  # noqa: S311
    chance.shuffle(rows)
    return [_plant(row, names, _templates()[part], chance) for row in rows[:most]]


def _rows(products: Path) -> list[dict[str, str]]:
    found = []
    with open_feed(products) as feed:
        for row in feed.rows():
            if isinstance(row.fields, Rejection):
                continue
            cells = {name: row.fields.get(name) for name in ("name", "brand", "description")}
            if all(isinstance(cell, str) and cell.strip() for cell in cells.values()):
                found.append({name: str(cell).strip() for name, cell in cells.items()})
    return found


def _device(row: Mapping[str, str]) -> str:
    """Return brand and model as they begin a title, such as "Sony XB40"; empty without them."""
    title = re.split(r" - | \(", row["name"].removeprefix(f"{row['brand']} - "))[0]
    words = re.findall(r"[\w+-]+", title)[:2]
    named = words[-1:] != [] and any(char.isdigit() for char in words[-1])
    return f"{row['brand']} {' '.join(words)}" if named and row["brand"].isalnum() else ""


@cache
def _templates() -> dict[str, dict[str, list[str]]]:
    file = resources.files("catalograph.ingest.evaluate") / "planted.yaml"
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


def _plant(
    row: Mapping[str, str], names: _Names, templates: Mapping[str, Sequence[str]],
    chance: random.Random,
) -> PlantedDescription:  # fmt: skip
    relations = [name for name in templates if name != NOTHING]
    chosen = chance.sample(relations, chance.randint(1, 3))
    chosen += [NOTHING] * chance.randint(0, 2)
    chance.shuffle(chosen)
    own = _SENTENCE.split(row["description"])[:_MOST_SENTENCES]
    facts: set[Fact] = set()
    sentences = [(sentence, False) for sentence in own]
    for attribute in chosen:
        sentence, things = _fill(attribute, names, templates[attribute], chance)
        sentences.insert(chance.randint(0, len(sentences)), (sentence, True))
        if attribute != NOTHING:
            facts |= {(attribute, thing.casefold()) for thing in things}
    text = ""
    zones = []
    for sentence, is_planted in sentences:
        if is_planted:
            zones.append((len(text), len(text) + len(sentence)))
        text += sentence + " "
    return PlantedDescription(text.rstrip(), tuple(zones), frozenset(facts))


def _fill(
    attribute: str, names: _Names, templates: Sequence[str], chance: random.Random
) -> tuple[str, list[str]]:
    template = chance.choice(templates)
    pool = {"used for": _USES, "brand": names.brands}.get(attribute, names.devices)
    things = chance.sample(pool, len(_SLOT.findall(template)))
    filling = iter(things)
    return _SLOT.sub(lambda _: next(filling), template), things
