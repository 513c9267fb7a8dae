"""Readers put together: rules beside others, and one failure means reading again."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from catalograph.errors import ConfigError
from catalograph.ingest.extract.protocol import ExtractionResult, ProductText
from catalograph.ingest.language.relations import RelationReader
from catalograph.ingest.text_extractors import ExtractorReader, SeveralReaders, make_reader
from catalograph.settings import load_settings

CASE = ProductText("product:shop:case", {"description": "Compatible with Apple iPhone 7."})


class Unavailable:
    name, version = "unavailable", "3"

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        return [ExtractionResult(failure="unavailable: no answer") for _ in products]

    def report(self) -> Mapping[str, Any]:
        return {"calls": 1}

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, Any]:
        return {"requests": len(products)}


def test_rules_alone_find_what_a_product_is_compatible_with() -> None:
    reader = make_reader(load_settings(), None, None, relations=True)
    [reading] = reader.read([CASE])
    [finding] = reading.accepted
    assert (finding.relation, finding.name) == ("COMPATIBLE_WITH", "Apple iPhone 7")


def test_a_failure_of_one_reader_is_one_of_all() -> None:
    both = SeveralReaders([ExtractorReader(RelationReader()), Unavailable()])
    assert (both.name, both.version) == (
        "relation rules+unavailable",
        f"{RelationReader().version}+3",
    )
    [reading] = both.read([CASE])
    assert reading.failure == "unavailable: no answer"
    assert both.report() == {"calls": 1}
    assert both.estimate([CASE, CASE]) == {"requests": 2}


def test_without_any_reader_the_mend_is_named() -> None:
    with pytest.raises(ConfigError, match="trained extractor"):
        make_reader(load_settings(), None, None)
