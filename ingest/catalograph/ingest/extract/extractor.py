"""Extractor of rules and dictionary, which never contradicts the columns."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from catalograph.ingest.extract.findings import BRAND, Finding
from catalograph.ingest.extract.learning import FeedKnowledge
from catalograph.ingest.extract.precision import ProductPlace
from catalograph.ingest.extract.rules import RULES, rules_for
from catalograph.schema import Node, SourceSupport

_MEDIUM = RULES[0].pattern

Tails = Iterable[tuple[str, Node]]
Judge = Callable[[Finding], Finding | None]
"""Returns a finding with its confidence in a category; None if it is not wanted there."""


class Extractor:
    """Reads the texts of one product at a time.

    Args:
        knowledge: knowledge learned from the catalogue; None reads with rules only, and mutes them
            by the table of domains.
    """

    def __init__(self, knowledge: FeedKnowledge | None = None) -> None:
        self._knowledge = knowledge or FeedKnowledge()

    def extract(
        self, texts: Mapping[str, str], asserted: Tails
    ) -> list[tuple[str, Node, SourceSupport]]:
        """Extract from texts the values that no column states.

        Args:
            texts: text by field, the most reliable first.
            asserted: relations and tails that columns assert; their attributes are skipped, since a
                column is better evidence than a text.

        Returns:
            Relation, tail and support; one support per triple and extractor.
        """
        listed = list(asserted)
        title = texts.get("title", "")
        place = ProductPlace.of((t for r, t in listed if r == "IN_CATEGORY"), title)
        known = {attribute_of(relation, tail) for relation, tail in listed}
        if is_medium(title):
            known.add(BRAND)  # "Pioneer Days - DVD" is not made by Pioneer

        def judge(finding: Finding) -> Finding | None:
            if finding.attribute in known or finding.is_placeholder:
                return None
            confidence = self._knowledge.precision.judge(finding, place)
            return None if confidence is None else replace(finding, confidence=confidence)

        said: dict[tuple[str, str, str], tuple[str, Node, SourceSupport]] = {}
        by_rule: dict[str, set[str]] = {}
        for finding in find_by_rules(texts, judge):
            tail = finding.tail()
            by_rule.setdefault(finding.attribute, set()).add(tail.key)
            _keep(said, finding, tail)
        for finding in self._find_known(texts, place, judge):
            tail = finding.tail()
            if tail.key in by_rule.get(finding.attribute, {tail.key}):
                _keep(said, finding, tail)
        return list(said.values())

    def _find_known(
        self, texts: Mapping[str, str], place: ProductPlace, judge: Judge
    ) -> Iterator[Finding]:
        """Yield the first reliable dictionary value of each attribute the category has."""
        last = place.categories[-1] if place.categories else ""
        found: set[str] = set()
        for finding in self._knowledge.dictionary.find(texts):
            attribute = finding.attribute
            if attribute in found or (last, attribute) in self._knowledge.absent:
                continue
            judged = judge(finding)
            if judged is not None:
                found.add(attribute)
                yield judged


def attribute_of(relation: str, tail: Node) -> str:
    """Return the attribute of a triple; "" for relations that are never extracted."""
    if relation == "HAS_BRAND":
        return BRAND
    return str(tail.properties["attribute"]) if relation == "HAS_VALUE" else ""


def _keep(
    said: dict[tuple[str, str, str], tuple[str, Node, SourceSupport]], finding: Finding, tail: Node
) -> None:
    said.setdefault(
        (finding.relation, tail.key, finding.extractor),
        (finding.relation, tail, finding.support()),
    )


def is_medium(title: str) -> bool:
    """Return whether a title is of a film or music album, whose words describe no product."""
    return _MEDIUM.search(title) is not None


def find_by_rules(
    texts: Mapping[str, str], judge: Judge = lambda finding: finding
) -> Iterator[Finding]:
    """Yield the rule findings in the texts of a product.

    An attribute gets its values from the first text with a value, and there from the first rule
    that finds one: a title is better evidence than a description.

    Args:
        texts: text by field, the most reliable first.
        judge: judge of each finding; one that it rejects leaves the attribute to the next rule.
    """
    media = is_medium(texts.get("title", ""))
    found: set[str] = set()
    for field, text in texts.items():
        for rule in rules_for(text):
            if field not in rule.fields or rule.attribute in found or (media and not rule.media):
                continue
            for finding in rule.find(field, text):
                judged = judge(finding)
                if judged is not None:
                    found.add(rule.attribute)
                    yield judged
