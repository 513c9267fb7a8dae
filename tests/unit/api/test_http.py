"""GraphQL over HTTP: forms of answers, persisted documents, origins, GraphiQL."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from catalograph.api import create_app
from catalograph.api.auth import new_key
from catalograph.api.http import media_type
from catalograph.api.studio import studio_manifest
from catalograph.errors import ConfigError

from .conftest import Serve
from .test_auth import Away

pytestmark = pytest.mark.anyio
GRAPHQL = {"accept": "application/graphql-response+json"}
TYPENAME = "query Name { __typename }"
RECOMMENDED = "query Own($u: String) { recommendations(userKey: $u, first: 1) { servedId } }"
WRITES = """mutation Write($input: RecordEventInput!) { recordEvent(input: $input) {
  ... on RecordedEvent { key } } }"""


@pytest.fixture
def manifests(tmp_path: Path) -> tuple[Path, Path]:
    """Apollo's and Relay's, of the same documents."""
    apollo = {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [
            {"id": "name", "body": TYPENAME, "name": "Name", "type": "query"},
            {"id": "write", "body": WRITES, "name": "Write", "type": "mutation"},
        ],
    }
    relay = {hashlib.md5(RECOMMENDED.encode(), usedforsecurity=False).hexdigest(): RECOMMENDED}
    paths = tmp_path / "apollo.json", tmp_path / "relay.json"
    for path, manifest in zip(paths, (apollo, relay), strict=True):
        path.write_text(json.dumps(manifest))
    return paths


def code(response: httpx.Response) -> str:
    [error] = response.json()["errors"]
    return str(error["extensions"]["code"])


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/graphql-response+json", "application/graphql-response+json"),
        (
            "application/graphql-response+json, application/json;q=0.9",
            "application/graphql-response+json",
        ),
        ("application/json, application/graphql-response+json;q=0.5", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("application/graphql-response+json;q=0", None),
        ("text/html", None),
    ],
)
def test_the_newer_form_comes_where_it_is_asked_for(accept: str | None, chosen: str | None) -> None:
    assert media_type(accept) == chosen


async def test_statuses_of_both_forms(serve: Serve) -> None:
    cases: list[tuple[dict[str, Any], int, int]] = [
        ({"query": TYPENAME}, 200, 200),
        ({"query": "{"}, 200, 400),
        ({"query": "{ nonsense }"}, 200, 400),
        ({"query": "query($id: ID!) { __typename }", "variables": {"id": None}}, 200, 400),
        ({"query": 1}, 400, 400),
        ({"query": TYPENAME, "variables": []}, 400, 400),
        ({"query": TYPENAME, "operationName": "Other"}, 400, 400),
        ({}, 400, 400),
        ({"documentId": "unknown"}, 200, 400),
    ]
    async with serve() as client:
        for body, plain, newer in cases:
            assert (await client.post("/graphql", json=body)).status_code == plain, body
            answer = await client.post("/graphql", json=body, headers=GRAPHQL)
            assert answer.status_code == newer, body
            assert answer.headers["content-type"].startswith(GRAPHQL["accept"])
            assert ("data" in answer.json()) == (newer == 200)
        refused = await client.post("/graphql", json={}, headers={"accept": "text/html"})
        assert refused.status_code == 406


async def test_get_is_for_queries(serve: Serve) -> None:
    async with serve() as client:
        answer = await client.get("/graphql", params={"query": "{ __typename }"})
        assert answer.json()["data"] == {"__typename": "Query"}
        assert answer.headers["cache-control"] == "no-store"
        answer = await client.get("/graphql", params={"query": WRITES, "variables": "{}"})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert (await client.get("/graphql", params={"query": WRITES, "variables": "{"})).text
        assert (await client.put("/graphql")).status_code == 405


async def test_bodies_are_json_and_no_batches(serve: Serve) -> None:
    query = {"query": TYPENAME}
    async with serve() as client:
        assert (await client.post("/graphql", data=query)).status_code == 415
        for kind in ("text/plain", "multipart/form-data", "application/graphql"):
            headers = {"content-type": kind}
            answer = await client.post("/graphql", content=json.dumps(query), headers=headers)
            assert answer.status_code == 415
        assert (await client.post("/graphql", json=[query] * 100)).status_code == 400
        assert (await client.post("/graphql", json="query")).status_code == 400


async def test_persisted_documents_are_known_by_id_and_hash(
    serve: Serve, manifests: tuple[Path, Path]
) -> None:
    hashed = hashlib.sha256(TYPENAME.encode()).hexdigest()
    async with serve(persisted=manifests) as client:
        for body in (
            {"documentId": "name"},
            {"id": "name", "query": None},
            {"documentId": hashed},
            {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hashed}}},
        ):
            answer = (await client.post("/graphql", json=body)).json()
            assert answer["data"] == {"__typename": "Query"}
        unknown = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
        answer = await client.post("/graphql", json=unknown)
        assert code(answer) == "PERSISTED_QUERY_NOT_FOUND"
        answer = await client.post("/graphql", json=unknown | {"query": "{ __typename }"})
        assert answer.json()["data"] == {"__typename": "Query"}


async def test_trusted_only_takes_what_the_studio_asks(serve: Serve) -> None:
    manifest = json.loads(studio_manifest().read_bytes())
    async with serve(trusted_only=True) as client:
        page = (await client.get("/")).text
        assert "&quot;trustedOnly&quot;: true" in page
        [viewer] = [id_ for id_, text in manifest.items() if text.startswith("query Viewer")]
        extensions = {"persistedQuery": {"version": 1, "sha256Hash": viewer}}
        answer = await client.post("/graphql", json={"extensions": extensions})
        assert "scopes" in answer.json()["data"]["viewer"]
    async with serve(trusted_only=True, studio=False) as client:
        assert (await client.get("/")).status_code == 404
        answer = await client.post("/graphql", json={"extensions": extensions})
        assert answer.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_trusted_only_takes_nothing_else(serve: Serve, manifests: tuple[Path, Path]) -> None:
    unknown = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    async with serve(persisted=manifests, trusted_only=True) as client:
        answer = await client.post("/graphql", json={"documentId": "name"})
        assert answer.json()["data"] == {"__typename": "Query"}
        for body, expected in (
            ({"query": TYPENAME}, "DOCUMENT_NOT_TRUSTED"),
            ({"query": "{ __schema { queryType { name } } }"}, "DOCUMENT_NOT_TRUSTED"),
            (unknown | {"query": TYPENAME}, "PERSISTED_QUERY_NOT_FOUND"),
            ({"documentId": "other", "query": TYPENAME}, "PERSISTED_QUERY_NOT_FOUND"),
        ):
            assert code(await client.post("/graphql", json=body)) == expected
        answer = await client.get("/graphql", params={"query": TYPENAME})
        assert code(answer) == "DOCUMENT_NOT_TRUSTED"
        assert (await client.get("/graphiql")).status_code == 404


async def test_persisted_queries_by_get_are_cached(
    serve: Serve, manifests: tuple[Path, Path]
) -> None:
    async with serve(persisted=manifests, get_max_age=30) as client:
        first = await client.get("/graphql", params={"documentId": "name"})
        assert first.headers["cache-control"] == "public, max-age=30"
        assert "Authorization" in first.headers["vary"]
        tag = first.headers["etag"]
        for told in (tag, f'"other", {tag}', tag.removeprefix("W/")):
            again = await client.get(
                "/graphql", params={"documentId": "name"}, headers={"if-none-match": told}
            )
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        other = await client.get(
            "/graphql", params={"documentId": "name"}, headers={"if-none-match": '"other"'}
        )
        assert other.status_code == 200
        answer = await client.get("/graphql", params={"documentId": "write", "variables": "{}"})
        assert answer.status_code == 405
        posted = await client.post("/graphql", json={"documentId": "name"})
        assert "etag" not in posted.headers


async def test_what_needs_a_caller_is_not_shared(
    serve: Serve, manifests: tuple[Path, Path], tmp_path: Path
) -> None:
    key, line = new_key("kiosk", ["catalog:read"])
    products = tmp_path / "products.json"
    products.write_text(json.dumps({"product": '{ node(id: "x") { key } }'}))
    settings = {"persisted": (*manifests, products), "auth": {"api_keys": line}}
    async with serve(**settings) as client:
        # Errors are kept by nobody.
        answer = await client.get("/graphql", params={"documentId": "product"})
        assert answer.headers["cache-control"] == "no-store"
        assert code(answer) == "UNAUTHENTICATED"
        answer = await client.get(
            "/graphql", params={"documentId": "name"}, headers={"x-api-key": key}
        )
        assert answer.headers["cache-control"].startswith("public")


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ("{", "neither"),
        ("[]", "neither"),
        ('{"a": 1}', "neither"),
        ('{"format": "apollo-persisted-query-manifest", "version": 2}', "version"),
        ('{"a": "{ nonsense }"}', "'a'.*would be refused.*nonsense"),
        ('{"a": "{ ...F } fragment F on Query { ...F }"}', "spreads itself"),
    ],
)
def test_a_wrong_manifest_is_refused_at_the_start(
    away: Away, tmp_path: Path, manifest: str, words: str
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(manifest)
    with pytest.raises(ConfigError, match=words):
        create_app(away(persisted=(path,)))


async def test_pages_of_named_origins_only_may_call(serve: Serve, away: Away) -> None:
    preflight = {
        "origin": "https://shop.example.com",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization, content-type",
    }
    async with serve(allowed_origins=["https://shop.example.com"]) as client:
        answer = await client.options("/graphql", headers=preflight)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == preflight["origin"]
        assert "access-control-allow-credentials" not in answer.headers
        foreign = preflight | {"origin": "https://evil.example.com"}
        answer = await client.options("/graphql", headers=foreign)
        assert "access-control-allow-origin" not in answer.headers
    async with serve() as client:
        answer = await client.options("/graphql", headers=preflight)
        assert "access-control-allow-origin" not in answer.headers
    with pytest.raises(ConfigError, match="Name the origins"):
        create_app(away(allowed_origins=["*"]))


async def test_hosts_are_a_setting(serve: Serve) -> None:
    async with serve(allowed_hosts=["api.example.com"]) as client:
        for host, status in {"api.example.com": 200, "127.0.0.1": 400}.items():
            assert (await client.get("/healthz", headers={"host": host})).status_code == status


async def test_graphiql_is_all_our_own(serve: Serve) -> None:
    async with serve() as client:
        page = await client.get("/graphiql")
        assert page.headers["content-type"].startswith("text/html")
        policy = page.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "http" not in policy
        parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(parts) == 6
        for part in parts:
            assert part.startswith("/graphiql/")
            assert (await client.get(part)).status_code == 200
        for name in ("LICENSE.react.txt", "..%2findex.html", "nothing.js"):
            assert (await client.get(f"/graphiql/{name}")).status_code == 404
        style = (await client.get("/graphiql/graphiql.css")).text
        assert re.findall(r"url\((?!data:|#)[^)]*\)", style) == []


async def test_in_production_the_schema_is_not_told(serve: Serve) -> None:
    _, line = new_key("storefront", ["catalog:read"])
    async with serve(auth={"api_keys": line}) as client:
        assert (await client.get("/graphiql")).status_code == 404
        for query in ("{ __schema { queryType { name } } }", "{ prodct }"):
            answer = await client.post("/graphql", json={"query": query})
            assert "Did you mean" not in answer.text
            assert answer.json().get("data") is None
