"""Types of which the ontology is made: properties, node types, relation types."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from catalograph.errors import UnknownTypeError
from catalograph.schema.suggest import did_you_mean


class PropertyType(StrEnum):
    """Types a property may have; names as Cypher prints them."""

    STRING = "STRING"
    INTEGER = "INTEGER"
    FLOAT = "FLOAT"
    BOOLEAN = "BOOLEAN"
    DATETIME = "ZONED DATETIME"
    STRING_LIST = "LIST<STRING>"
    FLOAT_LIST = "LIST<FLOAT>"


@dataclass(frozen=True)
class PropertySpec:
    """One property of a node or relation type."""

    name: str
    type: PropertyType
    doc: str
    required: bool = False
    max_length: int = 1_000
    """Longest text, or longest element of a list of texts, in characters."""
    minimum: float | None = None
    maximum: float | None = None
    choices: frozenset[str] | None = None
    max_items: int | None = None
    """Most elements of a list; None for as many as there are."""
    address: bool = False
    """A text that is an absolute http or https address: clients make links of it."""

    @cached_property
    def is_plain_text(self) -> bool:
        """Whether any text that is short enough is a value."""
        return self.type is PropertyType.STRING and self.choices is None and not self.address


@dataclass(frozen=True)
class NodeType:
    """A label; every node of it also has a unique, required `key`."""

    label: str
    doc: str
    key_form: str
    properties: tuple[PropertySpec, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, PropertySpec]:
        """Properties by name, `key` among them."""
        key = PropertySpec(
            "key", PropertyType.STRING, self.key_form, required=True, max_length=2_000
        )
        return {"key": key} | {spec.name: spec for spec in self.properties}

    @cached_property
    def required(self) -> tuple[PropertySpec, ...]:
        """Properties that every node has, without `key`."""
        return tuple(spec for spec in self.properties if spec.required)


@dataclass(frozen=True)
class Wording:
    """A text in the languages of the product; names in braces stand for arguments."""

    en: str
    zh: str

    def in_language(self, tag: str) -> str:
        """Return the text for a language tag such as `zh-CN`; English for any but Chinese."""
        return self.zh if tag.lower().startswith("zh") else self.en


@dataclass(frozen=True)
class FactWording:
    """Texts of a fact that two products share, as reasons tell it.

    Arguments are `product` (title of the one product), `name` (name of what they share),
    `attribute` (for values) and `relation` (name of the relation, in words).
    """

    label: Wording
    """Name of the relation within a sentence."""
    shared: Wording
    """Both products have the fact."""
    short: Wording
    """The same as a part of a sentence."""
    direct: Wording | None = None
    """The fact joins the two products themselves."""
    short_direct: Wording | None = None
    disliked: Wording | None = None
    """Both products have the opposite of the fact; for graded facts."""
    opposed: Wording | None = None
    """The one product has the fact, the other its opposite; for graded facts."""


@dataclass(frozen=True)
class RelationType:
    """A relation and the head and tail labels it may join."""

    name: str
    doc: str
    patterns: tuple[tuple[str, str], ...]
    properties: tuple[PropertySpec, ...] = ()
    asserted: bool = False
    """Edges of it are views of assertions: they live while a support does."""
    along: bool = False
    """Its tail goes along with its head, not instead of it."""
    wording: FactWording | None = None
    """Texts of reasons by this relation; None for general ones made of its name."""

    @property
    def links_products(self) -> bool:
        """Whether it may join two products."""
        return ("Product", "Product") in self.patterns

    @cached_property
    def by_name(self) -> dict[str, PropertySpec]:
        """Properties by name."""
        return {spec.name: spec for spec in self.properties}


@dataclass(frozen=True)
class Ontology:
    """All node and relation types, looked up by name."""

    nodes: tuple[NodeType, ...]
    relations: tuple[RelationType, ...]

    @cached_property
    def _nodes(self) -> dict[str, NodeType]:
        return {t.label: t for t in self.nodes}

    @cached_property
    def _relations(self) -> dict[str, RelationType]:
        return {t.name: t for t in self.relations}

    def node(self, label: str) -> NodeType:
        """Look a node type up.

        Raises:
            UnknownTypeError: there is none of that label.
        """
        try:
            return self._nodes[label]
        except KeyError:
            raise UnknownTypeError(
                f"There is no node type '{label}'; known: {', '.join(self._nodes)}."
                f"{did_you_mean(label, self._nodes)}"
            ) from None

    def relation(self, name: str) -> RelationType:
        """Look a relation type up.

        Raises:
            UnknownTypeError: there is none of that name.
        """
        try:
            return self._relations[name]
        except KeyError:
            raise UnknownTypeError(
                f"There is no relation type '{name}'; known: {', '.join(self._relations)}."
                f"{did_you_mean(name, self._relations)}"
            ) from None

    @cached_property
    def facts(self) -> tuple[RelationType, ...]:
        """Relations whose edges are views of assertions."""
        return tuple(t for t in self.relations if t.asserted)

    def find_relation(self, name: str) -> RelationType | None:
        """Return a relation type; None where there is none of that name."""
        return self._relations.get(name)
