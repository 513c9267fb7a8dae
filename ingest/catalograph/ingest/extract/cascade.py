"""Trained cascade: dictionary, random fields and taggers propose, the meta scorer decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from catalograph.ingest.extract.examples import ProductExample
from catalograph.ingest.extract.findings import BRAND, Finding
from catalograph.ingest.extract.proposals import Extractors, KnownAttributes, candidates_of
from catalograph.ingest.extract.protocol import ExtractionResult, ProductText
from catalograph.ingest.extract.scorer import BestValue, CandidateScorer
from catalograph.schema import keys

_BRANDS = frozenset({"brand", "brand name"})
_PRODUCTS_PER_STEP = 256


class Decision(StrEnum):
    """Decision on a value."""

    ACCEPT = "accept"
    ASIDE = "aside"
    DROP = "drop"


@dataclass(frozen=True)
class JudgedFinding:
    """A finding with a decision.

    Attributes:
        finding: finding, with its calibrated confidence.
        decision: decision on the value.
        agreed: true if two independent extractors propose it.
    """

    finding: Finding
    decision: Decision
    agreed: bool


class Cascade:
    """A `TextExtractor` and a `TextReader`; `judge` also returns the dropped values.

    Args:
        extractors: extractors that propose values.
        scorer: scorer of the proposals.
        known: known categories and attributes.
        version: version, which identifies training data and settings.
    """

    def __init__(
        self, extractors: Extractors, scorer: CandidateScorer, known: KnownAttributes, version: str
    ) -> None:
        self.extractors = extractors
        self.scorer = scorer
        self.known = known
        self._version = version

    @property
    def name(self) -> str:
        """Extractor name stored on each support."""
        return "cascade" if self.scorer.kind == "cascade" else f"trained:{self.scorer.kind}"

    @property
    def version(self) -> str:
        """Version of the trained models."""
        return self._version

    def find(self, products: Sequence[ProductText]) -> list[list[Finding]]:
        """Return the accepted values."""
        return [
            [judged.finding for judged in listed if judged.decision is Decision.ACCEPT]
            for listed in self.judge(products)
        ]

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        """Return accepted values, and values for review (see `TextReader`)."""
        return [
            ExtractionResult(
                tuple(j.finding for j in listed if j.decision is Decision.ACCEPT),
                tuple(j.finding for j in listed if j.decision is Decision.ASIDE),
            )
            for listed in self.judge(products)
        ]

    def report(self) -> Mapping[str, Any]:
        """Return no usage: a cascade takes only time."""
        return {}

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, Any]:
        """Return no usage: a cascade would take only time."""
        del products
        return {}

    def judge(self, products: Sequence[ProductText]) -> list[list[JudgedFinding]]:
        """Return the best value of each attribute without a column, with the decision on it."""
        examples = [example_of(product) for product in products]
        return [
            [
                self._judge(best, example.category)
                for best in listed
                if best.candidate.attribute not in product.known
            ]
            for product, example, listed in zip(
                products, examples, self.choose(examples), strict=True
            )
        ]

    def choose(self, examples: Sequence[ProductExample]) -> list[list[BestValue]]:
        """Return the best value of each attribute, at any confidence; targets are not used."""
        found: list[list[BestValue]] = []
        for start in range(0, len(examples), _PRODUCTS_PER_STEP):
            chosen = examples[start : start + _PRODUCTS_PER_STEP]
            found += self.scorer.choose(candidates_of(chosen, self.extractors, self.known))
        return found

    def decide(self, best: BestValue, category: str) -> Decision:
        """Decide on a value.

        A value that two extractors propose needs less confidence. In an unknown category the
        confidence is not calibrated, so nothing is accepted without review.
        """
        thresholds = self.scorer.thresholds
        if best.confidence < thresholds.keep:
            return Decision.DROP
        agreed = len(best.candidate.by) > 1
        least = thresholds.agreed if agreed else thresholds.accept
        sure = best.confidence >= least and category in self.known.attributes
        return Decision.ACCEPT if sure else Decision.ASIDE

    def _judge(self, best: BestValue, category: str) -> JudgedFinding:
        candidate = best.candidate
        finding = Finding(
            candidate.attribute,
            candidate.value,
            self.name,
            self.version,
            round(best.confidence, 4),
            candidate.span,
        )
        return JudgedFinding(finding, self.decide(best, category), len(candidate.by) > 1)


def example_of(product: ProductText) -> ProductExample:
    """Convert a product to the input form of the extractors."""
    return ProductExample(dict(product.texts), category_name(product.category or ""))


def category_name(category: str) -> str:
    """Return the category name used in examples: normalised, the last part of a path."""
    last = category.rpartition(">")[2].strip() or category
    return keys.normalise(last) if last else ""


def attribute_name(name: str) -> str:
    """Return the attribute name used in examples: normalised, and `BRAND` for a brand."""
    normal = keys.normalise(name)
    return BRAND if normal in _BRANDS else normal
