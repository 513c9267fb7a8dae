"""A simulated month of opinions with planted rises of complaints, in English and Chinese.

    python benchmarks/simulated_opinions.py --json

Reviews of one brand for each seed: ten weeks of history, then a month. They go through the
pipeline: `ingest reviews` with the rules' reading of aspects, into a graph, from which the alerts
are read. Each review speaks of one to three of twelve topics, praising or complaining in one of
five phrases each. Weekends are busier, topics differ in how often they are spoken of and
complained of, and a topic's mood drifts from week to week. Planted in the month:

- rises: of a third of the topics, complaints double to quadruple for 5 to 10 days;
- decoys: a day of sale with three times the reviews, and of another third of the topics twice the
  mentions for a week, in the usual mood.

An alert on a planted topic from the rise's first day to three days after its end finds it; every
other alert on a topic is false. What a day's alert depends on is only what was written until then,
so reading the month at its end gives the same as reading it day by day. `meant` is the same for
reviews that are read without error: what the alerts miss although nothing was misread.
"""

import argparse
import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.assistant.opinions.trends import (
    RULE,
    OpinionRange,
    OpinionStep,
    TopicTrend,
    find_trends,
    read_trends,
)
from catalograph.ingest import ReviewMapping, ingest_reviews
from catalograph.ingest.language.aspects import AspectReader
from catalograph.schema import Node, SourceRecord, SourceSupport, Triple, brand, keys
from catalograph.schema.opinion_rises import RiseRule
from catalograph.settings import Settings, load_settings
from catalograph.store import AsyncConnection, connect, migrate, open_store, resolve_address
from catalograph.store.managed_server import child_server
from catalograph.store.queries.opinions import OpinionDay

START = date(2026, 1, 1)
HISTORY, MONTH = 70, 30
PRODUCTS = 10
LARGE = 3.0
"""Factor from which a rise is large."""
AFTER = 3
"""Days after its end until which an alert finds a rise: windows still contain it."""
TOPICS = {
    "en": ("battery", "screen", "price", "delivery", "camera", "keyboard"),
    "zh": ("电池", "屏幕", "价格", "物流", "客服", "做工"),
}
WORDS = {
    "en": {
        True: ("The {} is great.", "Really happy with the {}!", "{} works perfectly.",
               "I love the {}, so good.", "No problems with the {}."),
        False: ("The {} is terrible.", "{} stopped after a week.", "Very disappointed by the {}.",
                "The {} is not good at all.", "What a bad {}!"),
    },
    "zh": {
        True: ("{}很好。", "{}不错，满意。", "{}真的很棒！", "{}没有问题。", "喜欢这个{}。"),
        False: ("{}太差了。", "{}让人失望。", "{}有问题，后悔买了。", "{}不好。", "{}真垃圾！"),
    },
}  # fmt: skip
MAPPING = {
    "product": "item",
    "user": "who",
    "id": "id",
    "text": "text",
    "time": "at",
}


@dataclass(frozen=True)
class Planted:
    """A rise: the first and the last day, and the factor of the complaints."""

    first: int
    last: int
    factor: float


class Month:
    """Reviews of one seed.

    Args:
        seed: seed of all chance.
        per_day: mean number of reviews on a weekday.
    """

    def __init__(self, seed: int, per_day: float) -> None:
        self.source = f"seed-{seed}"
        self.rng = rng = np.random.default_rng(seed)
        self.topics = [(language, name) for language, names in TOPICS.items() for name in names]
        n, days = len(self.topics), HISTORY + MONTH
        order = rng.permutation(n)
        self.rises: dict[str, Planted] = {}
        mentions = np.tile(rng.uniform(0.5, 2.0, n), (days, 1))
        drift = rng.normal(0, 0.15, (days // 7 + 1, n))[np.arange(days) // 7]
        complaints = rng.uniform(0.08, 0.25, n) * np.exp(drift)
        for topic in order[: n // 3]:
            first = HISTORY + int(rng.integers(2, MONTH - 12))
            planted = Planted(first, first + int(rng.integers(4, 10)), rng.uniform(2.0, 4.0))
            complaints[planted.first : planted.last + 1, topic] *= planted.factor
            self.rises[self.topics[topic][1]] = planted
        for topic in order[n // 3 : 2 * n // 3]:
            first = HISTORY + int(rng.integers(0, MONTH - 7))
            mentions[first : first + 7, topic] *= 2
        volume = per_day * (1 + 0.4 * np.isin((np.arange(days) + START.weekday()) % 7, (5, 6)))
        volume[HISTORY + int(rng.integers(MONTH))] *= 3
        self.volume = volume
        self.mentions = mentions
        self.complaints = np.minimum(complaints, 0.85)
        self.said: dict[tuple[int, str], Counter[bool]] = defaultdict(Counter)
        self.written: Counter[int] = Counter()

    def reviews(self) -> Iterator[dict[str, str]]:
        """Yield the rows of the feed."""
        for day, mean_number in enumerate(self.volume):
            for n in range(self.rng.poisson(mean_number)):
                language = ("en", "zh")[self.rng.integers(2)]
                yield {
                    "id": f"{day}-{n}",
                    "item": str(self.rng.integers(PRODUCTS)),
                    "who": f"shopper {self.rng.integers(5_000)}",
                    "text": self._text(day, language),
                    "at": f"{START + timedelta(days=day)}T{self.rng.integers(24):02}:00:00Z",
                }

    def _text(self, day: int, language: str) -> str:
        own = np.array([n for n, (spoken, _) in enumerate(self.topics) if spoken == language])
        odds: NDArray[np.floating[Any]] = self.mentions[day, own]
        count = int(self.rng.integers(1, 4))
        chosen = self.rng.choice(own, count, replace=False, p=odds / odds.sum())
        said = []
        self.written[day] += 1
        for topic in chosen:
            good = bool(self.rng.random() >= self.complaints[day, topic])
            self.said[day, self.topics[topic][1]][good] += 1
            phrases = WORDS[language][good]
            said.append(phrases[self.rng.integers(len(phrases))].format(self.topics[topic][1]))
        return " ".join(said)

    def days(self) -> Iterator[OpinionDay]:
        """Yield what the reviews meant, as if all had been read without error."""
        for day, count in self.written.items():
            yield OpinionDay(START + timedelta(days=day), "", None, count, 0, 0, count)
        for (day, name), moods in self.said.items():
            date_ = START + timedelta(days=day)
            n = moods.total()
            yield OpinionDay(date_, f"value:aspect={name}", name, n, moods[True], moods[False], n)


def asked_of(month: Month) -> OpinionRange:
    """Return the range of a month."""
    first = START + timedelta(days=HISTORY)
    return OpinionRange(brand(month.source).key, first, first + timedelta(days=MONTH - 1))


def write_month(settings: Settings, month: Month, folder: Path) -> int:
    """Write products and reviews of a month; return the number of reviews."""
    records = []
    for item in range(PRODUCTS):
        key = keys.product_key(month.source, str(item))
        properties = {
            "source": month.source,
            "id": str(item),
            "listed": True,
            "title": f"Phone {item}",
        }
        made = Triple(key, "HAS_BRAND", brand(month.source), SourceSupport("simulated"))
        source = keys.source_key(month.source, "catalog", str(item))
        nodes = (Node("Product", key, properties),)
        records.append(SourceRecord(source, month.source, "1", nodes, (made,)))
    feed = folder / f"{month.source}.jsonl"
    feed.write_text("\n".join(json.dumps(row) for row in month.reviews()), encoding="utf-8")
    mapping = ReviewMapping.model_validate({"source": month.source, **MAPPING})
    with open_store(settings) as store:
        run = store.start_run("simulated")
        store.write_records(records, run)
        store.finish_run(run, {})
        report = ingest_reviews(
            [feed], store, settings, mapping, aspects=AspectReader(), rejected=folder / "rejected"
        )
    return report.written


async def read_months(
    settings: Settings, months: Sequence[Month], rule: RiseRule
) -> list[list[TopicTrend]]:
    """Return the trends of each month, with their alerts."""
    connection = AsyncConnection(resolve_address(settings))
    try:
        return [
            await read_trends(connection, asked_of(month), OpinionStep.DAY, rule)
            for month in months
        ]
    finally:
        await connection.close()


def judge(month: Month, trends: Sequence[TopicTrend]) -> dict[str, Any]:
    """Return which rises were found, how late, and the false alerts."""
    spoken = {name: language for language, name in month.topics}
    delays: dict[str, list[int]] = {"en": [], "zh": []}
    false = {"en": 0, "zh": 0}
    large = {"en": 0, "zh": 0}
    for trend in trends:
        if trend.name not in spoken:
            continue
        rise = month.rises.get(trend.name)
        days = [(one.since - START).days for one in trend.rises]
        days = [day for day in days if day >= HISTORY]
        right = [day for day in days if rise is not None and rise.first <= day <= rise.last + AFTER]
        if rise is not None and right:
            delays[spoken[trend.name]].append(right[0] - rise.first)
            large[spoken[trend.name]] += rise.factor >= LARGE
        false[spoken[trend.name]] += len(days) - len(right[:1])
    planted = Counter(spoken[name] for name in month.rises)
    planted_large = Counter(
        spoken[name] for name, rise in month.rises.items() if rise.factor >= LARGE
    )
    return {
        "planted": planted,
        "delays": delays,
        "planted_large": planted_large,
        "large": large,
        "false": false,
    }


def summarise(judged: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of each language and of both."""
    told = {}
    for name, languages in {"en": ["en"], "zh": ["zh"], "both": ["en", "zh"]}.items():
        counts = {
            field: sum(one[field][language] for one in judged for language in languages)
            for field in ("planted", "planted_large", "large", "false")
        }
        delays = [d for one in judged for language in languages for d in one["delays"][language]]
        months = len(judged) * sum(len(TOPICS[language]) for language in languages)
        told[name] = {
            "planted": counts["planted"],
            "found": len(delays),
            "planted_large": counts["planted_large"],
            "found_large": counts["large"],
            "mean_delay_days": round(mean(delays), 2) if delays else None,
            "false_alerts": counts["false"],
            "topic_months": months,
            "false_alerts_per_topic_month": round(counts["false"] / months, 4),
        }
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--reviews", type=float, default=60.0, help="of a weekday")
    parser.add_argument(
        "--level", type=float, nargs="*", default=[RULE.level], help="levels to compare"
    )
    parser.add_argument("--home", type=Path, default=Path(".cache/simulated-opinions"))
    parser.add_argument("--json", action="store_true", help="print JSON only")
    arguments = parser.parse_args()

    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    months = [Month(seed, arguments.reviews) for seed in seeds]
    settings = load_settings(home=arguments.home.resolve())
    levels = {}
    with child_server(settings) as server, TemporaryDirectory() as folder:
        with connect(server.settings) as connection:
            migrate(connection, server.settings.user_secret_fingerprint)
        written = sum(write_month(server.settings, month, Path(folder)) for month in months)
        for level in arguments.level:
            rule = RiseRule(level=level)
            trends = asyncio.run(read_months(server.settings, months, rule))
            meant = [find_trends(m.days(), asked_of(m), OpinionStep.DAY, rule) for m in months]
            levels[level] = {
                name: summarise([judge(m, one) for m, one in zip(months, found, strict=True)])
                for name, found in (("read", trends), ("meant", meant))
            }
    result = {"seeds": list(seeds), "reviews": written, "levels": levels}
    print(json.dumps(result, indent=None if arguments.json else 2))


if __name__ == "__main__":
    main()
