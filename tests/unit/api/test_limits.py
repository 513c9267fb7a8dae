"""Bombs and published advisories: each is refused, and what looks alike is not."""

from typing import Any

import pytest
from graphql import get_introspection_query, parse, specified_rules

from catalograph.api import build_schema
from catalograph.api.limits import (
    CheckedDocument,
    Documents,
    evaluate,
    measure_document,
    pairs_alike,
)
from catalograph.errors import LimitExceededError
from catalograph.settings.api import ApiSettings
from tests.bombs import ADVISORIES, BOMBS

SCHEMA = build_schema()._schema


def check(text: str, **settings: Any) -> CheckedDocument:
    return Documents(ApiSettings(**settings)).check(SCHEMA, text, specified_rules)


def cost(text: str, **variables: Any) -> int:
    [operation] = measure_document(SCHEMA, parse(text))
    return evaluate(operation.measure.cost, variables, 10)


@pytest.mark.parametrize("name", [*BOMBS, *ADVISORIES])
def test_bombs_and_published_advisories_are_refused(name: str) -> None:
    document, words = (BOMBS | ADVISORIES)[name]
    checked = check(document)
    assert checked.errors, name
    assert words in checked.errors[0].message


def test_the_query_of_graphiql_passes() -> None:
    assert check(get_introspection_query()).errors == ()


def test_introspection_can_be_off() -> None:
    for document in (
        "{ __schema { queryType { name } } }",
        '{ __type(name: "Product") { name } }',
        "{ ...F } fragment F on Query { a: __schema { queryType { name } } }",
    ):
        assert check(document).errors == ()
        [error] = check(document, introspection=False).errors
        assert isinstance(error.original_error, LimitExceededError)
    assert check("{ __typename }", introspection=False).errors == ()


OFF = "@skip(if: false)"
THREE_OF_A_KIND: dict[str, tuple[str, str]] = {
    "depth": (
        "{ products(first: 1) { nodes { key } } }",
        "{ products(first: 1) { edges { node { key } } } }",
    ),
    "aliases": (
        "{ a: __typename b: __typename c: __typename }",
        "{ ...F d: __typename } fragment F on Query { a: __typename b: __typename c: __typename }",
    ),
    "directives": (
        f"{{ __typename {OFF} @include(if: true) x: __typename {OFF} }}",
        f"{{ ...F {OFF} ... {OFF} {{ __typename {OFF} }} }} "
        f"fragment F on Query {{ __typename {OFF} }}",
    ),
    "fields": (
        "{ products(first: 1) { nodes { key } } }",
        "{ products(first: 1) { nodes { key title } } }",
    ),
    "root_fields": (
        "{ __typename __typename __typename }",
        "{ ...F __typename __typename } fragment F on Query { __typename ... { __typename } }",
    ),
    "operations": (
        "query A { __typename } query B { __typename } query C { __typename }",
        "query A { __typename } query B { __typename } query C { __typename } "
        "query D { __typename }",
    ),
}


@pytest.mark.parametrize("limit", THREE_OF_A_KIND)
def test_each_limit_is_met_and_not_passed(limit: str) -> None:
    within, beyond = THREE_OF_A_KIND[limit]
    assert [error.message for error in check(within, limits={limit: 3}).errors] == []
    [error] = check(beyond, limits={limit: 3}).errors
    assert isinstance(error.original_error, LimitExceededError)


def test_a_fragment_has_its_own_height_wherever_it_is_spread() -> None:
    shallow_first = """{ ...Top products(first: 1) { edges { node { ...Leaf } } } }
      fragment Top on Query { product(key: "product:a:1") { ...Leaf } }
      fragment Leaf on Product { brands { name } }"""
    deep_first = """{ products(first: 1) { edges { node { ...Leaf } } } ...Top }
      fragment Leaf on Product { brands { name } }
      fragment Top on Query { product(key: "product:a:1") { ...Leaf } }"""
    written_out = """{ products(first: 1) { edges { node { brands { name } } } }
      product(key: "product:a:1") { brands { name } } }"""
    for document in (shallow_first, deep_first, written_out):
        [operation] = measure_document(SCHEMA, parse(document))
        measure = operation.measure
        assert (measure.depth, measure.fields, measure.root_fields) == (5, 8, 2)
        assert check(document, limits={"depth": 5}).errors == ()
        assert check(document, limits={"depth": 4}).errors != ()


def test_cost_multiplies_by_the_sizes_of_lists() -> None:
    assert cost("{ __typename }") == 0
    assert cost('{ product(key: "product:a:1") { key title } }') == 1
    assert cost("{ products(first: 7) { nodes { key } } }") == 1 + 7
    assert cost("{ products(first: 7) { edges { node { key } } } }") == 1 + 7 * 2
    assert cost("{ products(first: 7) { nodes { brands { key } } } }") == 1 + 7 * (1 + 10)
    named = "{ products(first: 7) { ...F } } fragment F on ProductConnection { nodes { key } }"
    assert cost(named) == 1 + 7


def test_cost_follows_the_variables() -> None:
    document = """query($n: Int!) { products(first: $n) { ...F }
      more: products(first: 2) { ...F } } fragment F on ProductConnection { nodes { key } }"""
    assert cost(document, n=5) == 1 + 5 + 1 + 2
    assert cost(document, n=100) == 1 + 100 + 1 + 2
    assert cost(document) == 1 + 10 + 1 + 2
    assert cost(document, n=-5) == 1 + 0 + 1 + 2


def test_a_cost_of_exponentially_many_fields_is_found_in_a_line() -> None:
    levels = 40
    document = "{ ...F0 } " + " ".join(
        f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)
    )
    document += f' fragment F{levels} on Query {{ product(key: "product:a:1") {{ key }} }}'
    assert cost(document) == 2**levels


def test_scopes_are_found_through_fragments() -> None:
    document = """{ ...F } fragment F on Query { modelFeedback(kind: TEXT) { version }
      products(first: 1) { nodes { key } } }"""
    [operation] = measure_document(SCHEMA, parse(document))
    assert operation.measure.needs == {
        "operations:read": "Query.modelFeedback",
        "catalog:read": "Query.products",
    }


def test_pairs_alike_are_those_validation_compares() -> None:
    assert pairs_alike(parse("{ a b c }"), 100) == 0
    assert pairs_alike(parse("{ a a a }"), 100) == 3
    assert pairs_alike(parse("{ a { b } a { b } }"), 100) == 2
    assert pairs_alike(parse("{ ...F ...F } fragment F on Query { a }"), 100) == 1
    assert pairs_alike(parse("{" + "a " * 100 + "}"), 100) > 100


def test_what_was_found_is_kept_and_trusted_documents_may_be_long() -> None:
    documents = Documents(ApiSettings(limits={"tokens": 5}))
    long = "{ products(first: 1) { nodes { key } } }"
    first = documents.check(SCHEMA, long, specified_rules)
    assert first.errors
    assert documents.check(SCHEMA, long, specified_rules) is first
    trusted = documents.trust(SCHEMA, long, specified_rules)
    assert trusted.errors == ()
    assert documents.check(SCHEMA, long, specified_rules) is trusted
