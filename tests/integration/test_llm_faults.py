"""An endpoint that fails in every way: the run ends, all are accounted for, a replay completes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.llm import AttributeGuide, FailureKind, Gateway, LanguageModelExtractor
from catalograph.settings import load_settings
from tests import model_endpoint
from tests.model_endpoint import Endpoint, Fault, asked_texts, serving, status, values

GUIDE = AttributeGuide.of({None: {"colour": ("Red", "Blue"), "size": ("XL",)}})
COLOURS = ("Red", "Green", "Blue", "Black")
PRODUCTS = [
    ProductText(f"product:t:{n}", {"title": f"Shirt {n}, {COLOURS[n % 4]}"}) for n in range(40)
]


def honest(body: dict[str, Any]) -> str:
    """States the colour that the title ends with."""
    title = asked_texts(body)["title"]
    return values(("colour", re.split(", ", title)[-1]))


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving(honest) as held:
        yield held


def extractor(endpoint: Endpoint, home: Path, **llm: object) -> LanguageModelExtractor:
    quick = {"backoff": 0.01, "max_wait": 0.2, "timeout": 20.0, "concurrency": 8, "attempts": 3}
    named = {"base_url": endpoint.url, "model": "fake", "api_key": "sk-secret"}
    settings = load_settings(home=home, llm=named | quick | llm)
    return LanguageModelExtractor(Gateway(settings), GUIDE)


FAULTS: dict[str, tuple[Fault, FailureKind]] = {
    "500": (status(500), FailureKind.UNAVAILABLE),
    "429": (status(429, Retry_After="0"), FailureKind.UNAVAILABLE),
    "429 for an hour": (status(429, Retry_After="3600"), FailureKind.UNAVAILABLE),
    "time-out": (model_endpoint.silent, FailureKind.UNAVAILABLE),
    "slow drip": (model_endpoint.dripping, FailureKind.UNAVAILABLE),
    "connection breaks off": (model_endpoint.broken_off, FailureKind.UNAVAILABLE),
    "truncated JSON": (model_endpoint.text('{"values": [{"attr'), FailureKind.INVALID_OUTPUT),
    "10 MB reply": (model_endpoint.huge, FailureKind.INVALID_OUTPUT),
    "wrong schema": (model_endpoint.text('{"colour": "Red"}'), FailureKind.INVALID_OUTPUT),
    "no JSON": (model_endpoint.text("I am sorry, but"), FailureKind.INVALID_OUTPUT),
    "wrong envelope": (model_endpoint.body(b'{"choices": []}'), FailureKind.INVALID_OUTPUT),
    "envelope cut": (model_endpoint.body(b'{"choices": ['), FailureKind.UNAVAILABLE),
    "a tool call": (
        model_endpoint.body(b'{"choices": [{"message": {"content": null, "tool_calls": [{}]}}]}'),
        FailureKind.INVALID_OUTPUT,
    ),
    "wrong key": (status(401), FailureKind.REFUSED),
}
SLOW = ("time-out", "slow drip")


@pytest.mark.parametrize("name", FAULTS)
def test_a_run_ends_and_a_replay_completes_it(
    name: str, endpoint: Endpoint, tmp_path: Path
) -> None:
    fault, kind = FAULTS[name]
    # Given ten products that were read, and an endpoint that fails from then on
    known = extractor(endpoint, tmp_path).run(PRODUCTS[:10])
    endpoint.always = fault
    patience = 0.5 if name in SLOW else 20.0
    reader = extractor(
        endpoint, tmp_path, breaker_failures=3, breaker_seconds=0.05, timeout=patience
    )
    # When all are read
    outcomes = reader.run(PRODUCTS)
    # Then the ten are known, and each of the others is accounted for with its reason
    assert [o.key for o in outcomes] == [p.key for p in PRODUCTS]
    assert [o.findings for o in outcomes[:10]] == [o.findings for o in known]
    assert all(o.cached and o.failure is None for o in outcomes[:10])
    kinds = {o.failure.kind for o in outcomes[10:] if o.failure}
    assert kind in kinds
    assert kinds <= {kind, FailureKind.UNAVAILABLE}
    assert all(
        o.failure and not o.findings and "sk-secret" not in o.failure.detail for o in outcomes[10:]
    )
    # When the endpoint is well again, a replay of those set aside completes them
    endpoint.always = None
    again = extractor(endpoint, tmp_path).run(PRODUCTS[10:])
    found = [[f.name for f in o.findings] for o in again]
    assert found == [[COLOURS[n % 4]] for n in range(10, 40)]


def test_passing_faults_are_overcome(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.faults = [
        status(500), status(429, Retry_After="0"), model_endpoint.broken_off,
        model_endpoint.text("not JSON"), status(408), model_endpoint.silent,
    ]  # fmt: skip
    reader = extractor(endpoint, tmp_path, attempts=8, concurrency=1, timeout=1.0)
    outcomes = reader.run(PRODUCTS[:6])
    assert all(o.failure is None and len(o.findings) == 1 for o in outcomes)
    assert reader.report()["repaired"] == 1
    assert reader.report()["calls"] == 6 + 6


def test_a_dead_endpoint_is_left_alone(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.always = status(503)
    reader = extractor(endpoint, tmp_path, attempts=2, breaker_failures=3, concurrency=1)
    outcomes = reader.run(PRODUCTS)
    assert all(o.failure for o in outcomes)
    assert len(endpoint.heard) == 3 * 2


def test_nobody_listens(tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.url = "http://127.0.0.1:9/v1"
    outcomes = extractor(endpoint, tmp_path, attempts=2).run(PRODUCTS)
    assert {o.failure.kind for o in outcomes if o.failure} == {FailureKind.UNAVAILABLE}
    assert len(outcomes) == len(PRODUCTS)


def test_an_invalid_answer_goes_back_with_its_error(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.faults = [model_endpoint.text('{"colour": "Red"}')]
    (outcome,) = extractor(endpoint, tmp_path).run(PRODUCTS[:1])
    assert [f.name for f in outcome.findings] == ["Red"]
    assert outcome.attempts == 2
    assert outcome.tokens_in == 200
    *_, answer, complaint = endpoint.heard[1]["messages"]
    assert answer == {"role": "assistant", "content": '{"colour": "Red"}'}
    assert 'It has no list "values"' in complaint["content"]
