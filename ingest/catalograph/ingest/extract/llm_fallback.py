"""Fallback of the cascade: a language model for the least certain products only."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Protocol

from catalograph.ingest.extract.cascade import Cascade, Decision, JudgedFinding
from catalograph.ingest.extract.findings import Finding
from catalograph.ingest.extract.protocol import ExtractionResult, ProductText


class ModelFindings(Protocol):
    """Result of a language model for one product."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Values that the text contains."""

    @property
    def proposals(self) -> tuple[Finding, ...]:
        """Values of new attributes, for review."""

    @property
    def failure(self) -> object | None:
        """Reason why there is no answer; None if there is one."""


class ProductModel(Protocol):
    """A language-model extractor, such as the gateway's."""

    @property
    def name(self) -> str:
        """Name of the extractor."""

    @property
    def version(self) -> str:
        """Version of prompts and model."""

    def run(self, products: Sequence[ProductText]) -> Sequence[ModelFindings]:
        """Read a batch; return one outcome per product."""

    def report(self) -> Mapping[str, Any]:
        """Return counts, tokens and dollars so far."""

    def estimate(self, products: Sequence[ProductText]) -> Any:
        """Estimate the cost of reading these products, as a dataclass."""


class LlmFallbackReader:
    """A `TextReader` that sends the least certain products of a cascade to a language model.

    Args:
        cascade: cascade that first reads all products.
        model: language model that reads the least certain products.
        share: share of a batch that the model reads, 0 to 1.
    """

    def __init__(self, cascade: Cascade, model: ProductModel, share: float) -> None:
        self._cascade = cascade
        self._model = model
        self._share = share
        self.calls = 0

    @property
    def name(self) -> str:
        """Name of cascade and model."""
        return f"{self._cascade.name}+{self._model.name}"

    @property
    def version(self) -> str:
        """Version of cascade, model and share."""
        return f"{self._cascade.version}+{self._model.version}:{self._share:g}"

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        """Read a batch.

        Returns:
            One result per product; a product on which the model failed has the failure, so that it
            is read again.
        """
        judged = self._cascade.judge(products)
        asked = least_certain(judged, self._share)
        outcomes = self._model.run([products[n] for n in asked]) if asked else []
        self.calls += len(asked)
        readings = [resolve_outcome(listed) for listed in judged]
        for n, outcome in zip(asked, outcomes, strict=True):
            if outcome.failure is None:
                least = self._cascade.scorer.thresholds.accept
                known = resolve_outcome(judged[n], outcome.findings, least)
                readings[n] = replace(known, aside=(*known.aside, *outcome.proposals))
            else:
                readings[n] = ExtractionResult(failure=str(outcome.failure))
        return readings

    def report(self) -> Mapping[str, Any]:
        """Return usage and cost of the language model."""
        return self._model.report()

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, Any]:
        """Estimate the cost of the model for the least certain of these products."""
        asked = least_certain(self._cascade.judge(products), self._share)
        return asdict(self._model.estimate([products[n] for n in asked]))


def least_certain(judged: Sequence[Sequence[JudgedFinding]], share: float) -> list[int]:
    """Return the sorted indexes of the products with the largest total uncertainty."""
    doubts = [
        sum(min(j.finding.confidence, 1 - j.finding.confidence) for j in listed)
        for listed in judged
    ]
    count = round(share * len(judged))
    return sorted(sorted(range(len(judged)), key=lambda n: (-doubts[n], n))[:count])


def resolve_outcome(
    judged: Sequence[JudgedFinding], answered: Sequence[Finding] = (), least: float = 1.0
) -> ExtractionResult:
    """Accept values that are certain or confirmed by the model; set the others aside.

    Args:
        judged: findings of the cascade.
        answered: findings of the model.
        least: confidence that a value needs if only the model states it; a value that the cascade
            also proposed, even if it dropped it, needs none.
    """
    accepted = [j.finding for j in judged if j.decision is Decision.ACCEPT]
    doubtful = [j.finding for j in judged if j.decision is Decision.ASIDE]
    said = {(j.finding.attribute, j.finding.name) for j in judged}
    told = {finding.attribute for finding in accepted}
    for finding in answered:
        if finding.attribute in told:
            continue
        if (finding.attribute, finding.name) in said or finding.confidence >= least:
            accepted.append(finding)
        else:
            doubtful.append(finding)
    told = {finding.attribute for finding in accepted}
    return ExtractionResult(tuple(accepted), tuple(f for f in doubtful if f.attribute not in told))
