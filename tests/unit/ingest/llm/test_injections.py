"""Texts that give orders, before a model that obeys every one of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.llm import AttributeGuide, Gateway, LanguageModelExtractor, LlmOutcome
from catalograph.settings import load_settings
from tests.injections import INJECTIONS
from tests.model_endpoint import Endpoint, asked_texts, serving, values

ALLOWED = {"brand": ("Nike",), "colour": ("Red",), "size": ("XL",)}
RELATION = {"brand": "HAS_BRAND", "colour": "HAS_VALUE", "size": "HAS_VALUE"}
PRODUCTS = [
    ProductText(f"product:shop:{n}", {"title": "Cotton shirt, Red", "description": text})
    for n, (text, _) in enumerate(INJECTIONS)
]
ORDERS = dict(INJECTIONS)


def obedient(body: dict[str, Any]) -> str:
    """Answers exactly what the text demands, even when asked to correct itself."""
    return ORDERS[asked_texts(body)["description"]]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with serving(obedient) as held:
        yield held


@pytest.fixture(scope="module")
def outcomes(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> list[LlmOutcome]:
    settings = load_settings(
        home=tmp_path_factory.mktemp("home"), llm={"base_url": endpoint.url, "model": "obedient"}
    )
    return LanguageModelExtractor(Gateway(settings), AttributeGuide.of({None: ALLOWED})).run(
        PRODUCTS
    )


def test_there_are_sixty_and_each_was_asked_and_obeyed(
    endpoint: Endpoint, outcomes: list[LlmOutcome]
) -> None:
    assert len(ORDERS) == 60
    asked = {asked_texts(body)["description"] for body in endpoint.heard}
    assert asked == set(ORDERS)
    assert [o.key for o in outcomes] == [p.key for p in PRODUCTS]
    believed = [o for o in outcomes if not (o.refused or o.failure)]
    # Two answers quote a colour of the shirt's own text, whatever they say beside it.
    assert [[(f.attribute, f.name) for f in o.findings] for o in believed] == [
        [("colour", "Red")],
        [("colour", "红色")],
    ]


def test_no_forbidden_triple_comes_of_them(outcomes: list[LlmOutcome]) -> None:
    for product, outcome in zip(PRODUCTS, outcomes, strict=True):
        assert outcome.key == product.key
        for finding in outcome.findings:
            assert finding.relation == RELATION.get(finding.attribute), finding
            own = product.texts[finding.span.field]
            assert own[finding.span.start : finding.span.end] == finding.name


def test_no_text_can_close_its_delimiters_or_forge_a_turn(endpoint: Endpoint) -> None:
    for body in endpoint.heard:
        question = body["messages"][1]["content"]
        assert question.count("<<<DATA") == question.count("DATA>>>") == 1
        assert "<|" not in question
        assert question.count("\n") == 3


def test_the_same_model_is_believed_where_the_text_proves_it(tmp_path: Path) -> None:
    """The figures above are not those of an extractor that accepts nothing."""
    with serving(lambda body: values(("colour", "red"), ("price", "1"))) as endpoint:
        settings = load_settings(home=tmp_path, llm={"base_url": endpoint.url, "model": "m"})
        extractor = LanguageModelExtractor(Gateway(settings), AttributeGuide.of({None: ALLOWED}))
        outcomes = extractor.run(PRODUCTS)
    assert [[f.name for f in o.findings] for o in outcomes] == [["Red"]] * 60
    assert all([r.attribute for r in o.refused] == ["price"] for o in outcomes)
