"""A query of one field is answered by its resolver alone: as graphql-core would answer it."""

from typing import Any

import pytest

from tests.every_field import Walk

from .conftest import Ask
from .test_api_texts import KNOWN

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

FIELDS = [pair for pair in Walk(KNOWN).documents() if pair[1].startswith("query {")]
TEXTS = [place for place in Walk(KNOWN).texts() if place[2].startswith("query(")]
PASSING = ("servedId", "requestId", "remaining")
"""Differ from one answer to the next."""


def beside(document: str) -> str:
    """The same document with a second field of the root, so that graphql-core executes it."""
    before, brace, rest = document.partition("{ ")
    return f"{before}{brace}__typename {rest}"


def lasting(value: Any) -> Any:
    """An answer without what passes, and without places in the document."""
    if isinstance(value, dict):
        gone = (*PASSING, "locations", "__typename")
        return {name: lasting(of) for name, of in value.items() if name not in gone}
    return [lasting(one) for one in value] if isinstance(value, list) else value


async def same(ask: Ask, document: str, **variables: Any) -> dict[str, Any]:
    """Ask both ways; return the answer."""
    alone = await ask(document, **variables)
    together = await ask(beside(document), **variables)
    # Where a field that must not be null fails, nothing is left of the other field either.
    assert lasting(alone) == lasting(together), document
    return alone


async def test_every_field_of_every_type_is_answered_alike(ask: Ask) -> None:
    answers = [await same(ask, document) for _, document in FIELDS]
    assert any("errors" not in answer for answer in answers)
    assert any("errors" in answer for answer in answers)


async def test_what_no_argument_takes_is_refused_alike(ask: Ask) -> None:
    refused = 0
    for _, _, document in TEXTS:
        for value in ("", "product:shop:cam1\u0000", 3, None, {"a": 1}):
            refused += "errors" in await same(ask, document, text=value)
        refused += "errors" in await same(ask, document)
    assert refused


@pytest.mark.parametrize(
    "document",
    [
        'query { first: product(key: "product:shop:cam1") { key } }',
        'query { product(key: "product:shop:cam1") @include(if: false) { key } }',
        'query { product(key: "product:shop:cam1") @skip(if: false) { key } }',
        'query { ...F } fragment F on Query { product(key: "product:shop:cam1") { key } }',
        'query { product(key: "product:shop:cam1") { ...F } } fragment F on Product { key title }',
        "query { __schema { queryType { name } } }",
        "query { __typename }",
        "query { nothing }",
    ],
)
async def test_aliases_directives_and_fragments_are_heeded(ask: Ask, document: str) -> None:
    await same(ask, document)
