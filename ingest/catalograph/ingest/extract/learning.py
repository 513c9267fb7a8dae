"""Learning from a feed's rows: a dictionary of values, and the precision of each extractor.

The columns of the feed are the teacher. A first pass over all rows counts which values they assert
and keeps a sample of rows; at the end the sample's texts are read, and what is found is compared
with what the same rows' columns state.
"""

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from catalograph.ingest import fingerprint
from catalograph.ingest.extract.dictionary import (
    Dictionary,
    DictionaryEntry,
    Fact,
    make_entry,
    select_reliable,
)
from catalograph.ingest.extract.findings import BRAND, Finding
from catalograph.ingest.extract.lexicon import load_names
from catalograph.ingest.extract.precision import (
    FeedPrecision,
    PrecisionCounts,
    ProductPlace,
    stated_values,
)
from catalograph.ingest.extract.rules import rules_for
from catalograph.schema import Node, keys

MIN_ASSERTED = 5
"""Smallest number of rows that must assert a value."""
# Smallest share of a word's assertions that must belong to one attribute.
_OWN_SHARE = 0.9
_SAMPLE = 20_000
_SAMPLED_CHARACTERS = 1_000
_MOST_VALUES = 400_000
_JUDGED = 4_000
"""Number of sampled rows that rules are judged by."""
_NEIGHBOURS = 20
"""Smallest number of sampled rows of a category that say which attributes its products have."""
_LEADING_HAN = re.compile(r"[\u4e00-\u9fff]+")
_LONGEST_LEAD = 4
_WAYS = 4
"""Smallest number of different characters after a brand."""
_INSIDE = 0.05
"""Largest share of occurrences of a brand within titles, by those at the beginning."""
_FEW = 0.05
"""Share of rows with a brand column, below which a feed has none."""
_LEAD_CONFIDENCE = 0.75
_COMMON_LEADS = load_names("leads_zh")
_RARE = 0.02
"""Share of a category's rows that state an attribute, below which it has no such attribute."""


@dataclass(frozen=True)
class FeedKnowledge:
    """Knowledge learned from a feed; empty for a stream.

    Attributes:
        dictionary: values to search for.
        precision: precision of rules and dictionary entries.
        absent: category and attribute, for attributes that the category's products do not have.
    """

    dictionary: Dictionary = field(default_factory=Dictionary)
    precision: FeedPrecision = field(default_factory=FeedPrecision)
    absent: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class SampledRow:
    """A sampled row: its texts, facts of its columns, and its place."""

    texts: Mapping[str, str]
    facts: frozenset[Fact]
    categories: tuple[Node, ...]

    def place(self) -> ProductPlace:
        """Return where the product stands."""
        return ProductPlace.of(self.categories, self.texts.get("title", ""))


class Learner:
    """Collects asserted values row by row; `finish` returns what they teach.

    Memory is bounded: values seen once are dropped when there are too many, and the sample holds
    the rows with the smallest key hashes, so it does not depend on their order.

    Attributes:
        asserted: number of rows that assert each value.
        names: name of each value.
        sample: sampled rows, each after its rank and its number.
        rows: number of rows.
    """

    def __init__(self) -> None:
        self.asserted: Counter[Fact] = Counter()
        self.names: dict[Fact, str] = {}
        self.sample: list[tuple[int, int, SampledRow]] = []
        self.rows = 0

    def observe(
        self, key: str, texts: Mapping[str, str], tails: Iterable[tuple[str, Node]]
    ) -> None:
        """Add one row: its key, texts, and the asserted relations and tails."""
        self.rows += 1
        listed = list(tails)
        facts, words = [], []
        for relation, tail in listed:
            if relation in ("HAS_BRAND", "HAS_VALUE"):
                fact = (str(tail.properties.get("attribute", BRAND)), tail.key)
                facts.append(fact)
                if "number" not in tail.properties:
                    words.append(fact)
                    self._name(fact, str(tail.properties["name"]))
        self.asserted.update(words)
        if len(self.asserted) > _MOST_VALUES:
            self._forget_rare()
        self._remember(key, texts, frozenset(facts), listed)

    def merge(self, other: "Learner") -> None:
        """Add what a learner of later rows of the same feed collected.

        The sum teaches what one learner of all rows does, as long as neither had to drop values.
        """
        self.asserted.update(other.asserted)
        for fact, name in other.names.items():
            self._name(fact, name)
        if len(self.asserted) > _MOST_VALUES:
            self._forget_rare()
        for rank, row_number, row in other.sample:
            self._keep(rank, self.rows + row_number, row)
        self.rows += other.rows

    def _name(self, fact: Fact, name: str) -> None:
        """Keep the first name in alphabetical order, which does not depend on the rows' order."""
        self.names[fact] = min(name, self.names.get(fact, name))

    def _forget_rare(self) -> None:
        self.asserted = Counter({fact: n for fact, n in self.asserted.items() if n > 1})
        self.names = {fact: self.names[fact] for fact in self.asserted}

    def _remember(
        self,
        key: str,
        texts: Mapping[str, str],
        facts: frozenset[Fact],
        tails: Iterable[tuple[str, Node]],
    ) -> None:
        # Negated, so that the largest hash is at the top of the heap and is replaced first.
        rank = -fingerprint.short_hash(key)
        if len(self.sample) >= _SAMPLE and rank < self.sample[0][0]:
            return
        short = {field: text[:_SAMPLED_CHARACTERS] for field, text in texts.items()}
        categories = tuple(tail for relation, tail in tails if relation == "IN_CATEGORY")
        self._keep(rank, self.rows, SampledRow(short, facts, categories))

    def _keep(self, rank: int, number: int, row: SampledRow) -> None:
        if len(self.sample) < _SAMPLE:
            heapq.heappush(self.sample, (rank, number, row))
        elif (rank, number) > self.sample[0][:2]:  # of one key, the last rows
            heapq.heapreplace(self.sample, (rank, number, row))

    def finish(self) -> FeedKnowledge:
        """Return the values that are reliable in the sample, and the extractors' precision."""
        draft = Dictionary(self._candidates())
        rows = [row for _, _, row in sorted(self.sample, reverse=True, key=lambda r: r[:2])]
        self.sample.clear()
        seen: Counter[tuple[Fact, str]] = Counter()
        told: Counter[tuple[Fact, str]] = Counter()
        agreed: Counter[tuple[Fact, str]] = Counter()
        counts = PrecisionCounts()
        for n, row in enumerate(rows):
            attributes = {attribute for attribute, _ in row.facts}
            for name, text in row.texts.items():
                for fact in {entry.fact for entry, _, _ in draft.matches(name, text)}:
                    seen[fact, name] += 1
                    told[fact, name] += fact[0] in attributes
                    agreed[fact, name] += fact in row.facts
            if n < _JUDGED:
                _judge_rules(row, counts)
        reliable = [*select_reliable(draft.entries, seen, told, agreed)]
        dictionary = Dictionary([*reliable, *leading_brands(rows)])
        for row in rows[:_JUDGED]:
            _judge_entries(row, dictionary, counts)
        return FeedKnowledge(dictionary, FeedPrecision(counts), _absent(rows))

    def _candidates(self) -> list[DictionaryEntry]:
        """Return values asserted often enough, whose words belong to one attribute only."""
        entries = [
            entry
            for fact, n in sorted(self.asserted.items())  # whatever order the rows had
            if n >= MIN_ASSERTED and (entry := make_entry(fact, self.names[fact])) is not None
        ]
        brands = {entry.core for entry in entries if entry.fact[0] == BRAND}
        totals: Counter[str] = Counter()
        for entry in entries:
            if entry.fact[0] != BRAND:
                totals[entry.core] += self.asserted[entry.fact]
        return [
            entry
            for entry in entries
            if entry.fact[0] == BRAND
            or (
                # "Intel" in a text names the brand of the product, not of its processor.
                entry.core not in brands
                and self.asserted[entry.fact] >= _OWN_SHARE * totals[entry.core]
            )
        ]


def leading_brands(rows: Sequence[SampledRow]) -> list[DictionaryEntry]:
    """Return names that begin many Chinese titles of a feed without a brand column.

    A brand begins titles that go on in different ways, and is rare within titles; a kind of
    product or an adjective stands within titles too. Of nested prefixes the longest wins that
    nearly all titles of the shorter one share (branching entropy; Jin and Tanaka-Ishii 2006).
    """
    titles = [row.texts.get("title", "") for row in rows if row.texts.get("title")]
    branded = sum(any(attribute == BRAND for attribute, _ in row.facts) for row in rows)
    if branded > _FEW * len(rows):
        return []
    following: dict[str, Counter[str]] = {}
    for title in titles:
        head = _LEADING_HAN.match(title)
        for length in range(2, min(_LONGEST_LEAD, len(head[0]) if head else 0) + 1):
            following.setdefault(title[:length], Counter())[title[length : length + 1]] += 1
    chosen = []
    for prefix, ways in following.items():
        count = ways.total()
        varied = len(ways) >= _WAYS and max(ways.values()) <= count / 2
        if count < MIN_ASSERTED or not varied or prefix.startswith(_COMMON_LEADS):
            continue
        inside = sum(prefix in title[1:] for title in titles)
        if inside <= _INSIDE * count:
            chosen.append(prefix)
    longest = [p for p in chosen if not any(o != p and p.startswith(o) for o in chosen)]
    drafts = [make_entry((BRAND, f"brand:{name}"), name) for name in longest]
    return [replace(d, confidence={"title": _LEAD_CONFIDENCE}) for d in drafts if d is not None]


def _judge_rules(row: SampledRow, counts: PrecisionCounts) -> None:
    """Compare the findings of each rule with the row's columns, or with labels in its texts."""
    labelled = [
        finding
        for name, text in row.texts.items()
        for rule in rules_for(text)
        if rule.labelled and name in rule.fields
        for finding in rule.find(name, text)
    ]
    place = row.place()
    facts = [(attribute, keys.last_name(key)) for attribute, key in row.facts]
    columns = {attribute for attribute, _ in facts}
    stated = stated_values(facts, labelled)
    for name, text in row.texts.items():
        for rule in rules_for(text) if stated else ():
            told = columns if rule.labelled else stated
            if rule.attribute in told and name in rule.fields:
                for finding in rule.find(name, text):
                    counts.add(finding, stated[rule.attribute], place)


def _judge_entries(row: SampledRow, dictionary: Dictionary, counts: PrecisionCounts) -> None:
    stated = stated_values(((a, keys.last_name(key)) for a, key in row.facts), ())
    first: dict[str, Finding] = {}
    for finding in dictionary.find(row.texts):
        first.setdefault(finding.attribute, finding)
    place = row.place()
    for attribute, finding in first.items():
        if attribute in stated:
            counts.add(finding, stated[attribute], place)


def _absent(rows: Iterable[SampledRow]) -> frozenset[tuple[str, str]]:
    """Return the attributes that a category's rows hardly ever state, though others do."""
    members: Counter[str] = Counter()
    stating: Counter[tuple[str, str]] = Counter()
    attributes: set[str] = set()
    for row in rows:
        own = {attribute for attribute, _ in row.facts} - {BRAND}
        attributes |= own
        if row.categories and own:
            last = ProductPlace.of(row.categories).categories[-1]
            members[last] += 1
            stating.update((last, attribute) for attribute in own)
    return frozenset(
        (category, attribute)
        for category, n in members.items()
        if n >= _NEIGHBOURS
        for attribute in attributes
        if stating[category, attribute] < _RARE * n
    )
