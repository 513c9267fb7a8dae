"""Requests that schemathesis makes up from the schema."""

import re
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
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
schemathesis.graphql.scalar(
    "DateTime", st.datetimes(timezones=st.just(UTC)).map(lambda t: nodes.String(t.isoformat()))
)
SLOW = list(hypothesis.HealthCheck)
SCHEMA = schemathesis.graphql.from_path(SDL)


@pytest.fixture(scope="module")
def address(settings: Settings, shop: Connection) -> Iterator[str]:
    """Of a real server that takes products and erases users."""
    with served(whole_app(settings, shop, WordEncoder())) as started:
        yield f"{started}/graphql"


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
