"""Language-model extractor: a stated value is accepted only if the product's text contains it.

One request is about one product, so a text cannot make a statement about another product. Personal
data are pseudonymised in the request; afterwards every value is located in the product's own text.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from catalograph.errors import (
    BudgetExceededError,
    LanguageModelError,
    ModelOutputError,
    ModelUnavailableError,
)
from catalograph.ingest.extract.findings import PROPOSAL, Finding
from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.fingerprint import properties_hash
from catalograph.ingest.llm.cost import Estimate
from catalograph.ingest.llm.demonstrations import (
    AttributeGuide,
    Demonstration,
    DemonstrationIndex,
    read_demonstration,
)
from catalograph.ingest.llm.gateway import Gateway
from catalograph.ingest.llm.grounding import GroundedStatement, RefusedStatement, judge
from catalograph.ingest.llm.json_schema import StatedValue, compile_schema, parse
from catalograph.ingest.llm.prompt_templates import fill, prompt_hash, quote_data
from catalograph.ingest.llm.protocol import CompletionRequest, LanguageModel, Message
from catalograph.ingest.llm.pseudonyms import Pseudonyms
from catalograph.schema import keys
from catalograph.settings import Settings

EXTRACTOR = "llm"
PROMPTS = ("extract_system.v1", "extract_open_system.v1", "extract_user.v1", "repair.v1")
CONFIDENCE = 0.7
"""Confidence of every finding without calibration."""
_CONFIDENCE_OF_PROPOSALS = 0.5


class FailureKind(StrEnum):
    """Kind of failure that leaves a product without a valid answer."""

    UNAVAILABLE = "unavailable"
    """No answer, or not in time; a replay may succeed."""
    INVALID_OUTPUT = "invalid_output"
    """No answer in the requested form, even after repairs."""
    BUDGET = "budget"
    """The call could have exceeded the spending limit."""
    REFUSED = "refused"
    """The endpoint refuses the key, the model or the request."""


@dataclass(frozen=True, slots=True)
class ExtractionFailure:
    """Failure of a product, which is quarantined for a replay."""

    kind: FailureKind
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


@dataclass(frozen=True, slots=True)
class LlmOutcome:
    """Result of one product; there is one for every input product.

    Attributes:
        key: key of the product.
        findings: accepted values.
        proposals: values of attributes that are new for a little known category, for review.
        refused: refused statements.
        dropped: number of items of the answer that have another form.
        failure: failure; None if there is a valid answer or no request was needed.
        attempts: number of calls to the endpoint, retries and repairs included.
        tokens_in: number of prompt tokens.
        tokens_out: number of answer tokens.
        cost: cost, in dollars.
        cached: true if the answer came from the cache.
    """

    key: str
    findings: tuple[Finding, ...] = ()
    proposals: tuple[Finding, ...] = ()
    refused: tuple[RefusedStatement, ...] = ()
    dropped: int = 0
    failure: ExtractionFailure | None = None
    attempts: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    cached: bool = False


@dataclass(frozen=True, slots=True)
class _Question:
    product: ProductText
    attributes: Mapping[str, Sequence[str]]
    is_open: bool
    pseudonyms: Pseudonyms
    request: CompletionRequest


class LanguageModelExtractor:
    """A `TextExtractor` that calls a model through a gateway.

    Args:
        gateway: gateway to the model.
        guide: allowed attributes and example values, by category.
        demonstrations: index of solved cases to show; None in mode zero-shot.
        confidence: confidence of findings by attribute; `CONFIDENCE` for other attributes.
    """

    def __init__(
        self,
        gateway: Gateway,
        guide: AttributeGuide,
        demonstrations: DemonstrationIndex | None = None,
        confidence: Mapping[str, float] | None = None,
    ) -> None:
        self._gateway = gateway
        self._guide = guide
        self._demonstrations = demonstrations or DemonstrationIndex()
        self._confidence = confidence or {}
        self._prompt_hash = prompt_hash(*PROMPTS)
        self._counts: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """Extractor name stored on each support."""
        return EXTRACTOR

    @property
    def version(self) -> str:
        """Hash of everything that determines an answer besides the text."""
        llm = self._gateway.settings
        shown = (self._guide.fingerprint, self._demonstrations.fingerprint, llm.demonstrations)
        asked = (llm.model, llm.endpoint, llm.constrain, llm.temperature, llm.max_tokens)
        return properties_hash(self._prompt_hash, *shown, *asked, llm.text_characters)[:12]

    def find(self, products: Sequence[ProductText]) -> list[list[Finding]]:
        """Read a batch; a product without a valid answer has no findings (see `run`)."""
        return [list(outcome.findings) for outcome in self.run(products)]

    def run(self, products: Sequence[ProductText]) -> list[LlmOutcome]:
        """Read a batch; return one outcome per product, in the order of `products`."""
        return asyncio.run(self.run_async(products))

    async def run_async(self, products: Sequence[ProductText]) -> list[LlmOutcome]:
        """Do the same as `run`, inside a running event loop."""
        slots = asyncio.Semaphore(self._gateway.settings.concurrency)
        async with self._gateway.open() as model:

            async def one(product: ProductText) -> LlmOutcome:
                async with slots:
                    return await self._read(product, model)

            # Sorted by category, so that the endpoint can reuse its cache of the shared prefix.
            order = sorted(range(len(products)), key=lambda n: products[n].category or "")
            done = await asyncio.gather(*(one(products[n]) for n in order))
        outcomes = dict(zip(order, done, strict=True))
        for outcome in done:
            self._count(outcome)
        return [outcomes[n] for n in range(len(products))]

    def estimate(self, products: Sequence[ProductText]) -> Estimate:
        """Estimate the cost of reading these products, without calling the model."""
        return self._gateway.estimate(q.request for q in self._questions(products))

    def report(self) -> dict[str, Any]:
        """Return the counts of all batches so far, with tokens and dollars per accepted triple."""
        return dict(sorted(self._counts.items())) | self._gateway.usage.report(
            self._counts["accepted"]
        )

    def _questions(self, products: Sequence[ProductText]) -> Iterator[_Question]:
        for product in products:
            question = self._question(product)
            if question:
                yield question

    def _question(self, product: ProductText) -> _Question | None:
        """Build the question about a product; None if columns state everything or without text."""
        llm = self._gateway.settings
        allowed = self._guide.attributes(product.category)
        told = set(map(keys.normalise, product.known))
        attributes = {name: v for name, v in allowed.items() if keys.normalise(name) not in told}
        is_open = not self._guide.knows(product.category)
        texts = {f: _encodable(t)[: llm.text_characters] for f, t in product.texts.items() if t}
        if not texts or not (attributes or is_open):
            return None
        shown = self._demonstrations.nearest(texts, product.category, llm.demonstrations)
        pseudonyms = Pseudonyms(_all_texts(texts, product.category, attributes, shown))
        request = CompletionRequest(
            messages=_messages(
                texts, product.category, attributes, shown, pseudonyms, is_open=is_open
            ),
            schema=compile_schema(
                pseudonyms.hide(product.category) if product.category else None,
                {name: [pseudonyms.hide(v) for v in values] for name, values in attributes.items()},
                is_open=is_open,
            ),
            max_tokens=llm.max_tokens,
            subject=product.key,
            check=parse,
        )
        return _Question(product, attributes, is_open, pseudonyms, request)

    async def _read(self, product: ProductText, model: LanguageModel) -> LlmOutcome:
        question = self._question(product)
        if question is None:
            return LlmOutcome(product.key)
        try:
            completion = await model.complete(question.request)
            outcome = self._judge(question, completion.text)
        except LanguageModelError as exc:
            failure = ExtractionFailure(_kind_of(exc), str(exc))
            outcome = LlmOutcome(product.key, failure=failure)
        meter = question.request.meter
        return replace(
            outcome,
            attempts=meter.calls,
            tokens_in=meter.sent,
            tokens_out=meter.received,
            cost=meter.dollars,
            cached=meter.cached > 0,
        )

    def _judge(self, question: _Question, text: str) -> LlmOutcome:
        product, answer = question.product, parse(text)
        reveal = question.pseudonyms.reveal
        stated = [StatedValue(attribute=s.attribute, value=reveal(s.value)) for s in answer.values]
        excluded = product.known | self._guide.rejected_names(product.category)
        accepted, refused = judge(
            stated, question.attributes, product.texts, excluded if question.is_open else None
        )
        findings = [self._finding(one) for one in accepted]
        return LlmOutcome(
            product.key,
            tuple(f for f in findings if f.extractor == EXTRACTOR),
            tuple(f for f in findings if f.extractor == PROPOSAL),
            tuple(refused),
            answer.dropped,
        )

    def _finding(self, accepted: GroundedStatement) -> Finding:
        sure = self._confidence.get(accepted.attribute, CONFIDENCE)
        return Finding(
            accepted.attribute,
            accepted.name,
            PROPOSAL if accepted.is_new else EXTRACTOR,
            self.version,
            _CONFIDENCE_OF_PROPOSALS if accepted.is_new else sure,
            accepted.span,
            model=self._gateway.model,
            prompt_hash=self._prompt_hash,
        )

    def _count(self, outcome: LlmOutcome) -> None:
        self._counts["products"] += 1
        self._counts["accepted"] += len(outcome.findings)
        self._counts["proposed"] += len(outcome.proposals)
        self._counts["dropped"] += outcome.dropped
        self._counts["refused"] += len(outcome.refused)
        self._counts.update(f"refused_{one.reason}" for one in outcome.refused)
        if outcome.failure:
            self._counts["set_aside"] += 1
            self._counts[f"set_aside_{outcome.failure.kind}"] += 1


def llm_extractor(
    settings: Settings, examples: Sequence[Mapping[str, Any]], mode: str | None = None
) -> LanguageModelExtractor:
    """Build an extractor from example rows in ExtractGPT's or WDC-PAVE's form.

    Args:
        settings: settings of the gateway.
        examples: training rows, whose attributes are requested from the model.
        mode: `zero-shot` shows attributes and example values only, `few-shot` the nearest rows
            too; None uses the mode of the settings.

    Raises:
        TrainingDataError: a row has neither form.
        MissingSettingError: no endpoint is configured.
    """
    solved = [read_demonstration(row) for row in examples]
    shown = solved if (mode or settings.llm.mode) == "few-shot" else []
    return LanguageModelExtractor(
        Gateway(settings), AttributeGuide(solved), DemonstrationIndex(shown)
    )


def _kind_of(error: LanguageModelError) -> FailureKind:
    for kind, raised in (
        (FailureKind.UNAVAILABLE, ModelUnavailableError),
        (FailureKind.INVALID_OUTPUT, ModelOutputError),
        (FailureKind.BUDGET, BudgetExceededError),
    ):
        if isinstance(error, raised):
            return kind
    return FailureKind.REFUSED


def _encodable(text: str) -> str:
    """Replace lone surrogates, which a request cannot contain, by question marks."""
    return text.encode("utf-8", "replace").decode()


def _all_texts(
    texts: Mapping[str, str],
    category: str | None,
    attributes: Mapping[str, Sequence[str]],
    shown: Sequence[Demonstration],
) -> Iterator[str]:
    yield from texts.values()
    yield category or ""
    for values in attributes.values():
        yield from values
    for case in shown:
        yield from case.texts.values()


def _messages(
    texts: Mapping[str, str],
    category: str | None,
    attributes: Mapping[str, Sequence[str]],
    shown: Sequence[Demonstration],
    pseudonyms: Pseudonyms,
    *,
    is_open: bool,
) -> tuple[Message, ...]:
    """Build the messages; rules and attributes first, so that a category shares its prefix."""

    def data(own: Mapping[str, str]) -> str:
        hidden = {field: pseudonyms.hide(text) for field, text in own.items()}
        return fill("extract_user.v1", data=quote_data(hidden))

    def list_values(name: str, values: Sequence[str]) -> str:
        quoted = ", ".join(quote_data(pseudonyms.hide(value)) for value in values)
        return f"- {quote_data(name)}: {quoted}" if quoted else f"- {quote_data(name)}"

    system = fill(
        "extract_open_system.v1" if is_open else "extract_system.v1",
        category=quote_data(pseudonyms.hide(category or "unknown")),
        attributes="\n".join(list_values(name, values) for name, values in attributes.items())
        or "- none",
    )
    messages = [Message("system", system)]
    for case in shown:
        answer = [
            {"attribute": name, "value": pseudonyms.hide(value)}
            for name, values in case.values.items()
            if name in attributes
            for value in values
        ]
        messages.append(Message("user", data(case.texts)))
        messages.append(Message("assistant", json.dumps({"values": answer}, ensure_ascii=False)))
    return (*messages, Message("user", data(texts)))
