"""Extractor of rules and dictionary, which never contradicts the columns."""

from collections.abc import Iterable, Iterator, Mapping

from catalograph.ingest.extract.dictionary import Dictionary
from catalograph.ingest.extract.findings import BRAND, Finding
from catalograph.ingest.extract.rules import RULES
from catalograph.schema import Node, SourceSupport

_MEDIUM = RULES[0].pattern

Tails = Iterable[tuple[str, Node]]


class Extractor:
    """Reads the texts of one product at a time.

    Args:
        dictionary: dictionary learned from the catalogue.
    """

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary

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
        known = {attribute_of(relation, tail) for relation, tail in asserted}
        if is_medium(texts.get("title", "")):
            known.add(BRAND)  # "Pioneer Days - DVD" is not made by Pioneer
        said: dict[tuple[str, str, str], tuple[str, Node, SourceSupport]] = {}
        by_rule: dict[str, set[str]] = {}
        for finding in find_by_rules(texts):
            if finding.attribute not in known and not finding.is_placeholder:
                tail = finding.tail()
                by_rule.setdefault(finding.attribute, set()).add(tail.key)
                _keep(said, finding, tail)
        for finding in self._dictionary.find(texts):
            if finding.attribute in known or finding.is_placeholder:
                continue
            tail = finding.tail()
            if tail.key in by_rule.get(finding.attribute, {tail.key}):
                _keep(said, finding, tail)
        return list(said.values())


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


def find_by_rules(texts: Mapping[str, str]) -> Iterator[Finding]:
    """Yield all rule findings in the texts of a product.

    An attribute gets its values from the first text with a value, and there from the first rule
    that finds one: a title is better evidence than a description.

    Args:
        texts: text by field, the most reliable first.
    """
    media = is_medium(texts.get("title", ""))
    found: set[str] = set()
    for field, text in texts.items():
        for rule in RULES:
            if field not in rule.fields or rule.attribute in found or (media and not rule.media):
                continue
            for finding in rule.find(field, text):
                found.add(rule.attribute)
                yield finding
