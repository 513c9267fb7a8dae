"""What is told of requests: log lines, figures, spans; and what is never told."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    build_schema,
    get_named_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from catalograph.api import create_app, schema_sdl
from catalograph.api.tracing import Tracing
from catalograph.log import _JsonFormatter
from catalograph.settings import Settings
from catalograph.store import Connection
from catalograph.store.queries import api_queries

from .conftest import WordEncoder, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

PERSONAL = (
    "ann.other@example.org",
    "Annabel Otherwise",
    "raw-customer-4711",
    user("planted"),
    "ointment for haemorrhoids",
)
LIST = "query Shelf($u: String) { recommendations(userKey: $u, first: 3) { stale servedId } }"


class Told:
    """The lines of the log, as they are written."""

    def __init__(self) -> None:
        self.text = ""

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Lines of requests, oldest first."""
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if line["event"] == "request"]


@pytest.fixture
def told() -> Iterator[Told]:
    """Lines of the log as `log.configure` has them at level debug."""
    kept = Told()

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.text += _JsonFormatter().format(record) + "\n"

    handler, loggers = Handler(), (logging.getLogger(), logging.getLogger("catalograph"))
    before = [(one.level, one.propagate) for one in loggers]
    loggers[0].addHandler(handler)
    loggers[1].setLevel("DEBUG")
    loggers[1].propagate = True
    yield kept
    loggers[0].removeHandler(handler)
    for one, (level, propagate) in zip(loggers, before, strict=True):
        one.setLevel(level)
        one.propagate = propagate


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@asynccontextmanager
async def api(settings: Settings, spans: InMemorySpanExporter) -> AsyncIterator[httpx.AsyncClient]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    app = create_app(settings, WordEncoder(), spans=Tracing(provider))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url="http://127.0.0.1",
        ) as client,
    ):
        yield client


@pytest.fixture
async def watched(
    settings: Settings, shop: Connection, spans: InMemorySpanExporter
) -> AsyncIterator[httpx.AsyncClient]:
    async with api(settings, spans) as client:
        yield client


async def send(client: httpx.AsyncClient, document: str, **variables: Any) -> httpx.Response:
    return await client.post("/graphql", json={"query": document, "variables": variables})


async def test_a_request_is_one_line_with_its_operation_cost_and_id(
    watched: httpx.AsyncClient, told: Told
) -> None:
    body = {"query": LIST, "variables": {"u": user("told")}}
    headers = {"x-request-id": "from-the-gateway-1"}
    response = await watched.post("/graphql", json=body, headers=headers)
    assert response.headers["x-request-id"] == "from-the-gateway-1"
    [line] = told.requests
    assert line["request_id"] == "from-the-gateway-1"
    assert (line["operation"], line["kind"], line["path"]) == ("Shelf", "query", "/graphql")
    assert (line["status"], line["codes"], line["level"]) == (200, [], "info")
    assert line["cost"] == response.json()["extensions"]["cost"]
    assert line["statements"] == 1
    assert line["ms"] > 0


@pytest.mark.parametrize(
    "given", ["", "short", "has a space", "a@b.example", "x" * 65, "a\\tb1234"]
)
async def test_an_id_that_is_none_is_replaced_and_errors_carry_the_new_one(
    watched: httpx.AsyncClient, told: Told, given: str
) -> None:
    response = await watched.post(
        "/graphql", json={"query": "{ nonsense }"}, headers={"x-request-id": given}
    )
    id_ = response.headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{16}", id_)
    [line] = told.requests
    assert (line["request_id"], line["codes"]) == (id_, ["INVALID_DOCUMENT"])
    assert response.json()["errors"][0]["extensions"]["requestId"] == id_


async def test_those_who_ask_together_whether_it_is_ready_share_one_look(
    watched: httpx.AsyncClient,
) -> None:
    answers = await asyncio.gather(*(watched.get("/readyz") for _ in range(5)))
    text = (await watched.get("/metrics")).text
    assert {answer.status_code for answer in answers} == {200}
    for name in ("read_live_models", "show_index_states"):
        assert f'catalograph_statement_seconds_count{{statement="{name}"}} 1.0' in text


async def test_figures_count_requests_statements_and_codes(watched: httpx.AsyncClient) -> None:
    await send(watched, LIST, u=user("figures"))
    await send(watched, LIST, u="no key")
    async with asyncio.timeout(30):  # lists are logged behind the answer
        text = (await watched.get("/metrics")).text
        while "catalograph_pool_in_use 0.0" not in text:
            await asyncio.sleep(0.05)
            text = (await watched.get("/metrics")).text
    labels = 'kind="query",operation="other",path="/graphql"'
    assert f'catalograph_requests_total{{code="OK",{labels}}} 1.0' in text
    assert f'catalograph_requests_total{{code="INVALID_INPUT",{labels}}} 1.0' in text
    assert 'catalograph_request_statements_sum{kind="query"} 1.0' in text
    assert 'catalograph_statement_seconds_count{statement="read_recommendations"} 1.0' in text
    assert "Shelf" not in text


@pytest.mark.parametrize(
    ("setting", "headers", "status"),
    [
        ("loopback", {}, 200),
        ("loopback", {"x-forwarded-for": "192.0.2.1"}, 404),
        ("public", {"x-forwarded-for": "192.0.2.1"}, 200),
        ("off", {}, 404),
    ],
)
async def test_figures_are_for_those_who_may_read_them(
    settings: Settings, setting: str, headers: dict[str, str], status: int
) -> None:
    changed = settings.api.model_copy(update={"metrics": setting})
    spans = InMemorySpanExporter()
    async with api(settings.model_copy(update={"api": changed}), spans) as client:
        assert (await client.get("/metrics", headers=headers)).status_code == status


async def test_spans_of_request_operation_and_statement_are_one_trace_without_texts(
    watched: httpx.AsyncClient, spans: InMemorySpanExporter
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    body = {"query": LIST, "variables": {"u": user("traced")}}
    await watched.post("/graphql", json=body, headers=headers)
    found = {span.name: span for span in spans.get_finished_spans()}
    assert set(found) >= {"http", "query Shelf", "read_recommendations"}
    assert {f"{span.context.trace_id:032x}" for span in chain(found)} == {trace}
    assert dict(found["read_recommendations"].attributes or {}) == {
        "db.system.name": "neo4j",
        "db.operation.name": "read_recommendations",
    }


def chain(found: dict[str, ReadableSpan]) -> list[ReadableSpan]:
    """The three spans, each the parent of the next."""
    inner, middle, outer = (found[n] for n in ("read_recommendations", "query Shelf", "http"))
    assert inner.parent is not None
    assert middle.parent is not None
    assert inner.parent.span_id == middle.context.span_id
    assert middle.parent.span_id == outer.context.span_id
    return [inner, middle, outer]


def documents() -> Iterator[tuple[str, str, dict[str, GraphQLInputType]]]:
    """For each root field, a document that gives all its arguments as variables."""
    schema = build_schema(schema_sdl())
    for kind, root in (("query", schema.query_type), ("mutation", schema.mutation_type)):
        assert root is not None
        for name, field in root.fields.items():
            declared = ", ".join(f"${arg}: {value.type}" for arg, value in field.args.items())
            given = ", ".join(f"{arg}: ${arg}" for arg in field.args)
            selection = " { __typename }" if is_composite_type(get_named_type(field.type)) else ""
            text = f"{kind}{f'({declared})' if declared else ''} {{ {name}"
            text += f"{f'({given})' if given else ''}{selection} }}"
            yield name, text, {arg: value.type for arg, value in field.args.items()}


def filled(type_: GraphQLInputType, text: str) -> Any:
    """A value of a type with `text` in each string of it."""
    if isinstance(type_, GraphQLNonNull):
        return filled(type_.of_type, text)
    if isinstance(type_, GraphQLList):
        return [filled(type_.of_type, text)]
    if isinstance(type_, GraphQLInputObjectType):
        return {name: filled(field.type, text) for name, field in type_.fields.items()}
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    assert isinstance(type_, GraphQLScalarType)
    plain = {"Int": 1, "Float": 0.5, "Boolean": True, "DateTime": "2026-01-01T00:00:00Z"}
    return plain.get(type_.name, text)


def attacks(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every root field with a text in all strings, in each one alone, and where none belongs."""
    schema = build_schema(schema_sdl())
    for name, document, types in documents():
        root = schema.mutation_type if document.startswith("mutation") else schema.query_type
        assert root is not None
        args = root.fields[name].args
        everything = {arg: filled(type_, text) for arg, type_ in types.items()}
        yield document, everything
        for arg, argument in args.items():
            if not is_required_argument(argument):
                yield document, {k: v for k, v in everything.items() if k != arg}
            yield document, everything | {arg: text}
            if isinstance(inner := get_named_type(argument.type), GraphQLInputObjectType):
                for field_name, field in inner.fields.items():
                    if not is_required_input_field(field) and isinstance(everything[arg], dict):
                        less = {k: v for k, v in everything[arg].items() if k != field_name}
                        yield document, everything | {arg: less}


def literal(document: str, text: str) -> str:
    """A document that has the text as a literal of the wrong type."""
    return document.split("(")[0].split("{")[0].strip() + f' {{ products(first: "{text}") }}'


@pytest.mark.parametrize("state", ["up", "internal", "gone"])
async def test_personal_data_is_in_no_log_error_figure_or_span(
    settings: Settings,
    shop: Connection,
    spans: InMemorySpanExporter,
    told: Told,
    state: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if state == "gone":
        gone = settings.neo4j.model_copy(update={"uri": "bolt://127.0.0.1:1"})
        settings = settings.model_copy(update={"neo4j": gone})
    if state == "internal":
        break_reads(monkeypatch)
    bodies, codes = "", set()
    async with api(settings, spans) as client:
        for text in PERSONAL:
            sent = [*attacks(text), (literal("query", text), {}), (f'{{ a(b: "{text}', {})]
            for document, variables in sent:
                response = await send(client, document, **variables)
                answer = response.json()
                bodies += json.dumps(answer.get("errors", []), ensure_ascii=False)
                bodies += said(answer.get("data"))
                codes |= {e["extensions"]["code"] for e in answer.get("errors", [])}
        figures = (await client.get("/metrics")).text
    expected = {"up": "INVALID_INPUT", "internal": "INTERNAL", "gone": "SERVICE_UNAVAILABLE"}
    assert {expected[state], "INVALID_DOCUMENT"} <= codes
    traces = "".join(span.to_json() for span in spans.get_finished_spans())
    assert len(told.requests) > 100
    for text in PERSONAL:
        for where in (told.text, bodies, figures, traces):
            assert text.lower() not in where.lower()


def said(data: Any) -> str:
    """Messages in the data: the errors of mutations."""
    if isinstance(data, dict):
        own = data["message"] if isinstance(data.get("message"), str) else ""
        return own + "".join(said(part) for part in data.values())
    return "".join(said(part) for part in data) if isinstance(data, list) else ""


def break_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every statement fail with its parameters in the message, as drivers do."""
    from catalograph.store import AsyncConnection

    async def fail(self: AsyncConnection, name: str, *args: Any, **parameters: Any) -> None:
        raise RuntimeError(f"{name} failed on {parameters}")

    monkeypatch.setattr(AsyncConnection, "read", fail)
    monkeypatch.setattr(AsyncConnection, "write", fail)


async def test_a_live_model_whose_index_is_missing_or_of_another_length_is_not_ready(
    watched: httpx.AsyncClient, shop: Connection
) -> None:
    for change, words in (
        ("m.index = 'not_there'", "Index not_there is not online."),
        ("m.dimension = 4", "The live text model has 4 dimensions, this server's encoder 3"),
    ):
        shop.execute(f"MATCH (m:Model {{kind: 'text', live: true}}) SET {change}")
        try:
            response = await watched.get("/readyz")
        finally:
            shop.execute(
                "MATCH (m:Model {kind: 'text', live: true}) "
                "SET m.index = 'product_text_embedding_a', m.dimension = 3"
            )
        assert response.status_code == 503
        [reason] = response.json()["reasons"]
        assert reason.startswith(words)


async def test_an_unexpected_failure_outside_graphql_is_masked(
    watched: httpx.AsyncClient, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError(f"no {PERSONAL[0]}")

    monkeypatch.setattr(api_queries, "read_readiness", fail)
    response = await watched.get("/readyz")
    assert response.status_code == 500
    body = {"error": "Internal error", "requestId": response.headers["x-request-id"]}
    assert response.json() == body
    assert "RuntimeError (" in told.text
    assert PERSONAL[0] not in told.text + response.text


async def test_an_error_still_says_what_was_expected_and_where(watched: httpx.AsyncClient) -> None:
    document = "query($k: String!) { product(key: $k) { key } }"
    [error] = (await send(watched, document, k="teapot")).json()["errors"]
    assert error["path"] == ["product"]
    assert error["message"].startswith("'…' is not a key; keys look like")
