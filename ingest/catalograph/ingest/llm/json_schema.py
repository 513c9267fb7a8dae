"""JSON schema of an answer, compiled from the relations that the ontology allows."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from catalograph.errors import ModelOutputError, UnknownTypeError
from catalograph.ingest.extract.findings import BRAND, RELATIONS
from catalograph.log import shorten
from catalograph.schema import ONTOLOGY

MOST_VALUES = 40
"""Maximum number of values in one answer."""
LONGEST_VALUE = 120
"""Maximum length of a value, in characters."""
_SHOWN_FAULTS = 3


class StatedValue(BaseModel):
    """One statement of a model, not yet grounded."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    attribute: str
    value: str


class Answer(BaseModel):
    """All statements of one answer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    values: list[StatedValue]


def compile_schema(category: str | None, attributes: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Compile the JSON schema of an answer about a product of one category.

    Args:
        category: name of the category.
        attributes: allowed attributes with example values, including `brand` and the attributes
            that represent a relation (`compatible with`, `part of`, `used for`) if allowed.

    Raises:
        UnknownTypeError: the ontology does not define such a relation from a product.
    """
    for attribute in attributes:
        _check_relation(attribute)
    examples = "; ".join(
        f"{name}: {', '.join(values)}" for name, values in attributes.items() if values
    )
    stated = {
        "type": "object",
        "properties": {
            "attribute": {
                "type": "string",
                "enum": list(attributes),
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


def parse(text: str) -> list[StatedValue]:
    """Parse an answer; ignore prose after it and a code fence around it.

    Raises:
        ModelOutputError: it is not JSON or has another form; the message says where.
    """
    opened = text.find("{")
    try:
        # Some grammars allow raw line breaks in strings.
        answer, _ = json.JSONDecoder(strict=False).raw_decode(text, max(opened, 0))
        return Answer.model_validate(answer).values
    except json.JSONDecodeError as exc:
        raise ModelOutputError(
            f"It is no complete JSON object: {exc.msg} at character {exc.pos}, "
            f"in '{shorten(text[max(0, exc.pos - 20) :], 40)}'."
        ) from exc
    except RecursionError as exc:
        raise ModelOutputError("It is no usable JSON object: nested too deeply.") from exc
    except ValidationError as exc:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'the whole'}: {e['msg']}"
            for e in exc.errors(include_url=False, include_input=False)[:_SHOWN_FAULTS]
        )
        raise ModelOutputError(
            f'It has another form than {{"values": [{{"attribute": …, "value": …}}]}}: {faults}.'
        ) from exc
