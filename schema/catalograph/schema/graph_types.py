"""Types of which the ontology is made: properties, node types, relation types."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


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


@dataclass(frozen=True)
class RelationType:
    """A relation and the head and tail labels it may join."""

    name: str
    doc: str
    patterns: tuple[tuple[str, str], ...]
    properties: tuple[PropertySpec, ...] = ()
    asserted: bool = False
    """Edges of it are views of assertions: they live while a support does."""

    @cached_property
    def by_name(self) -> dict[str, PropertySpec]:
        """Properties by name."""
        return {spec.name: spec for spec in self.properties}
