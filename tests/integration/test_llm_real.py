"""A real language model end to end: llama.cpp's server with the packaged Gemma 3 270M."""

from collections.abc import Iterator

import pytest

from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.llm import (
    AttributeGuide,
    Demonstration,
    DemonstrationIndex,
    Gateway,
    LanguageModelExtractor,
    LlmOutcome,
)
from catalograph.ingest.llm.local import MODEL, local_server, local_settings
from catalograph.settings import Settings, load_settings
from tests.injections import INJECTIONS

pytestmark = pytest.mark.llm
SOLVED = [
    Demonstration({"title": title}, "Phones", {"brand": (brand,), "colour": (colour,)})
    for title, brand, colour in (
        ("Samsung - Galaxy S7 32GB - Black", "Samsung", "Black"),
        ("LG - Tribute HD 16GB Prepaid - White", "LG", "White"),
        ("Motorola - Moto G Play 4th Generation - Blue", "Motorola", "Blue"),
    )
]
TITLES = (
    "Samsung - Galaxy J3 16GB - Silver",
    "OtterBox - Defender Series Case - Pink",
    "Apple - Lightning Cable 2 m - White",
    "Speck - CandyShell Grip Case - Red",
    "Nokia - 3310 Dual SIM - Yellow",
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    home = tmp_path_factory.mktemp("llm")
    with local_server(load_settings().cache / "gemma3-270m") as url:
        yield load_settings(home=home, llm=local_settings(url))


def read(settings: Settings, products: list[ProductText]) -> list[LlmOutcome]:
    gateway = Gateway(settings)
    outcomes = LanguageModelExtractor(
        gateway, AttributeGuide(SOLVED), DemonstrationIndex(SOLVED)
    ).run(products)
    assert [o.key for o in outcomes] == [p.key for p in products]
    for product, outcome in zip(products, outcomes, strict=True):
        for finding in outcome.findings:
            assert finding.attribute in ("brand", "colour")
            assert finding.model == MODEL
            own = product.texts[finding.span.field]
            assert own[finding.span.start : finding.span.end] == finding.name
    return outcomes


def test_a_handful_of_titles(settings: Settings) -> None:
    products = [ProductText(f"product:t:{n}", {"title": t}, "Phones") for n, t in enumerate(TITLES)]
    outcomes = read(settings, products)
    found = {(f.attribute, f.name) for o in outcomes for f in o.findings}
    # The grammar gives the form; of the brands, plain to see at the start, some must be right.
    assert {name for attribute, name in found if attribute == "brand"} & {
        title.split(" - ")[0] for title in TITLES
    }
    assert all(o.attempts >= 1 and o.tokens_in > 100 for o in outcomes)
    assert [o.findings for o in read(settings, products)] == [o.findings for o in outcomes]


def test_injected_orders_make_no_forbidden_triple(settings: Settings) -> None:
    products = [
        ProductText(f"product:t:{n}", {"title": "Case, Red", "description": text}, "Phones")
        for n, (text, _) in enumerate(INJECTIONS)
    ]
    outcomes = read(settings, products)
    assert len(outcomes) == 60
