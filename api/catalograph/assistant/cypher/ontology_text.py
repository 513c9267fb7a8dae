"""The ontology as a language model reads it: labels with properties, relations with directions."""

import re
from collections.abc import Collection, Iterator

from catalograph.schema import ONTOLOGY
from catalograph.schema.graph_types import PropertySpec, PropertyType

_ALWAYS = ("Product", "Brand", "Category", "Value", "Attribute", "Review")
_MOST_CHOICES = 8
_WORD = re.compile(r"[A-Z][a-z]+|[a-z]+")


def describe_ontology(labels: Collection[str]) -> str:
    """Return the part of the ontology about some labels: a line for each, then the relations.

    Args:
        labels: labels that are told beside those of the catalogue.
    """
    told = {node.label for node in ONTOLOGY.nodes if node.label in (*_ALWAYS, *labels)}
    lines = ["Nodes:"]
    for node in ONTOLOGY.nodes:
        if node.label in told:
            names = ", ".join(_describe_property(one) for one in node.by_name.values())
            lines.append(f"(:{node.label} {{{names}}}) {node.doc}")
    lines.append("Relations:")
    for relation in ONTOLOGY.relations:
        names = ", ".join(_describe_property(one) for one in relation.properties)
        shown = f" {{{names}}}" if names and not relation.asserted else ""
        lines += [
            f"(:{head})-[:{relation.name}{shown}]->(:{tail})"
            for head, tail in relation.patterns
            if head in told and tail in told
        ]
    return "\n".join(lines)


def find_labels(text: str) -> set[str]:
    """Return the labels of which a text has the name, in one word or in several, or its plural."""
    return {label for label in _labels() if _names(label, text)}


def _labels() -> Iterator[str]:
    return (node.label for node in ONTOLOGY.nodes)


def _names(label: str, text: str) -> bool:
    words = r"[ -]?".join(_WORD.findall(label))
    plural = words[:-1] + "(?:y|ies)" if words.endswith("y") else words + "s?"
    return re.search(rf"\b{plural}\b", text, re.IGNORECASE) is not None


def _describe_property(one: PropertySpec) -> str:
    if one.choices and len(one.choices) <= _MOST_CHOICES:
        return f"{one.name} {'|'.join(repr(choice) for choice in sorted(one.choices))}"
    return one.name if one.type is PropertyType.STRING else f"{one.name} {one.type.value}"
