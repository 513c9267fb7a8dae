"""JSON schema of an answer, compiled from the relations that the ontology allows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from catalograph.errors import ModelOutputError, UnknownTypeError
from catalograph.ingest.answer_json import read_list
from catalograph.ingest.extract.findings import BRAND, RELATIONS
from catalograph.log import shorten
from catalograph.schema import ONTOLOGY

MOST_VALUES = 40
"""Maximum number of values in one answer."""
LONGEST_VALUE = 120
"""Maximum length of a value, in characters."""
LONGEST_ATTRIBUTE = 40
"""Maximum length of the name of a new attribute, in characters."""


class StatedValue(BaseModel):
    """One statement of a model, not yet grounded."""

    model_config = ConfigDict(strict=True, frozen=True)

    attribute: str
    value: str


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """Statements of one answer.

    Attributes:
        values: statements; a list of values is one statement for each.
        dropped: number of items and values that have another form.
    """

    values: tuple[StatedValue, ...]
    dropped: int = 0


def compile_schema(
    category: str | None, attributes: Mapping[str, Sequence[str]], *, is_open: bool = False
) -> dict[str, Any]:
    """Compile the JSON schema of an answer about a product of one category.

    Args:
        category: name of the category.
        is_open: whether the answer may name further attributes.
        attributes: allowed attributes with example values, including `brand` and the attributes
            that represent a relation (`compatible with`, `part of`, `used for`) if allowed.

    Raises:
        UnknownTypeError: the ontology does not define such a relation from a product.
    """
    for attribute in attributes:
        _check_relation(attribute)
    names = list(attributes)
    examples = "; ".join(
        f"{name}: {', '.join(values)}" for name, values in attributes.items() if values
    )
    allowed = {"minLength": 1, "maxLength": LONGEST_ATTRIBUTE} if is_open else {"enum": names}
    stated = {
        "type": "object",
        "properties": {
            "attribute": {
                "type": "string",
                **allowed,
                "description": f"Examples of values: {examples}" if examples else "An attribute.",
            },
            "value": {
                "type": "string",
                "description": "Verbatim quote of the text.",
                "minLength": 1,
                "maxLength": LONGEST_VALUE,
            },
        },
        "required": ["attribute", "value"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "description": f"What the text says of a product of the category {category or 'unknown'}.",
        "properties": {"values": {"type": "array", "maxItems": MOST_VALUES, "items": stated}},
        "required": ["values"],
        "additionalProperties": False,
    }


def _check_relation(attribute: str) -> None:
    relation = RELATIONS.get(attribute, "HAS_VALUE")
    tail = "Brand" if attribute == BRAND else "Value"
    if ("Product", tail) not in ONTOLOGY.relation(relation).patterns:
        raise UnknownTypeError(
            f"The attribute '{attribute}' stands for the relation {relation}, which the ontology "
            f"does not allow from Product to {tail}."
        )


def parse(text: str) -> ParsedAnswer:
    """Parse an answer item by item; an item of another form does not cost the rest.

    Numbers, true and false become texts, a list one statement for each value, and null a statement
    without a value; further keys of an item are ignored.

    Raises:
        ModelOutputError: there is no object with `values`, or none of them has the right form.
    """
    items = read_list(text, "values")
    values: list[StatedValue] = []
    dropped = 0
    for item in items:
        said = list(_read_item(item))
        dropped += said.count(None)
        values += [one for one in said if one is not None]
    if items and not values:
        raise ModelOutputError(
            f'None of its {len(items)} values has the form {{"attribute": …, "value": …}}; the '
            f"first is {shorten(items[0])}."
        )
    return ParsedAnswer(tuple(values), dropped)


def _read_item(item: Any) -> Iterator[StatedValue | None]:
    """Yield the statements of an item; None for each part of another form."""
    attribute = item.get("attribute") if isinstance(item, dict) else None
    if not isinstance(attribute, str) or not attribute.strip() or "value" not in item:
        yield None
        return
    said = item["value"]
    for value in said if isinstance(said, list) else [said]:
        text = _to_text(value)
        yield None if text is None else StatedValue(attribute=attribute, value=text)


def _to_text(value: Any) -> str | None:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | int | float | Decimal) else None
