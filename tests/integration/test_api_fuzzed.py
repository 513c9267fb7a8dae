"""Requests that schemathesis makes up from the schema."""

import re
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import graphql
import hypothesis
import pytest
import requests
import schemathesis
from graphql.language import ast
from hypothesis import strategies as st
from schemathesis.graphql import nodes

from catalograph.settings import Settings
from catalograph.store import Connection
from tests.serving import served

from .conftest import WordEncoder, whole_app

pytestmark = pytest.mark.neo4j

SDL = Path(__file__).parents[2] / "api" / "schema.graphql"
SECRET = re.compile(
    r"traceback|\.py\b|bolt://|neo4j|127\.0\.0\.1:|MATCH \(|password|a secret of the tests",
    re.IGNORECASE,
)


def object_node(values: dict[str, ast.ValueNode]) -> ast.ObjectValueNode:
    return nodes.Object(
        [ast.ObjectFieldNode(name=ast.NameNode(value=k), value=v) for k, v in values.items()]
    )


NAMES = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
SCALARS = {
    "DateTime": st.datetimes(timezones=st.just(UTC)).map(lambda t: nodes.String(t.isoformat())),
    "Decimal": st.decimals(allow_nan=False, allow_infinity=False).map(
        lambda d: nodes.String(str(d))
    ),
    "JSON": st.recursive(
        st.booleans().map(nodes.Boolean) | st.integers().map(nodes.Int) | NAMES.map(nodes.String),
        lambda inner: (
            st.lists(inner, max_size=3).map(nodes.List)
            | st.dictionaries(NAMES, inner, max_size=3).map(object_node)
        ),
        max_leaves=4,
    ),
}
for name, strategy in SCALARS.items():
    schemathesis.graphql.scalar(name, strategy)
SLOW = list(hypothesis.HealthCheck)
SCHEMA = schemathesis.graphql.from_path(SDL)


@pytest.fixture(scope="module")
def address(settings: Settings, shop: Connection) -> Iterator[str]:
    """Of a real server that takes products and erases users."""
    with served(whole_app(settings, shop, WordEncoder())) as started:
        yield f"{started}/graphql"


def test_every_scalar_that_a_request_can_carry_is_made_up() -> None:
    schema = graphql.build_schema(SDL.read_text(encoding="utf-8"))
    carried: set[str] = set()
    for declared in schema.type_map.values():
        if graphql.is_input_object_type(declared):
            carried |= {graphql.get_named_type(each.type).name for each in declared.fields.values()}
        elif graphql.is_object_type(declared):
            for field in declared.fields.values():
                carried |= {graphql.get_named_type(each.type).name for each in field.args.values()}
    own = {name for name in carried if graphql.is_scalar_type(schema.type_map[name])}
    assert own - set(graphql.specified_scalar_types) <= set(SCALARS)


@pytest.mark.parametrize("cases", [40, pytest.param(500, marks=pytest.mark.heavy)])
def test_made_up_requests_meet_no_fault_and_no_secret(address: str, cases: int) -> None:
    with requests.Session() as session:

        @hypothesis.settings(max_examples=cases, deadline=None, suppress_health_check=SLOW)
        @hypothesis.given(case=SCHEMA.as_strategy())
        def ask(case: "schemathesis.Case[Any]") -> None:
            response = case.call(base_url=address, session=session, timeout=60)
            assert response.status_code < 500, response.text
            body = response.json()
            for error in body.get("errors", ()):
                assert error["extensions"]["code"] != "INTERNAL", (case.body, error)
                assert not SECRET.search(error["message"]), error
            assert body.keys() & {"data", "errors"}

        ask()
