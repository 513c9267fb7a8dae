"""The extractor that asks a language model: what it says is believed as far as the text proves it.

One request is about one product, so no text can make a statement about another. Personal data are
pseudonyms on the way; every value is looked for in the product's own text afterwards.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from catalograph.errors import (
    BudgetExceededError,
    LanguageModelError,
    ModelOutputError,
    ModelUnavailableError,
)
from catalograph.ingest.extract.findings import Finding
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
from catalograph.settings import Settings

EXTRACTOR = "llm"
PROMPTS = ("extract_system.v1", "extract_user.v1", "repair.v1")
CONFIDENCE = 0.7
"""Of every finding, until somebody calibrates it."""


class FailureKind(StrEnum):
    """Why a product got no valid answer."""

    UNAVAILABLE = "unavailable"
    """No answer in time or at all; a replay may succeed."""
    INVALID_OUTPUT = "invalid_output"
    """No answer in the form asked for, repairs included."""
    BUDGET = "budget"
    """Asking could have passed the spending limit."""
    REFUSED = "refused"
    """The endpoint refuses the key, the model or the request."""


@dataclass(frozen=True, slots=True)
class ExtractionFailure:
    """Why a product is to be set aside and asked about again later."""

    kind: FailureKind
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


@dataclass(frozen=True, slots=True)
class LlmOutcome:
    """What became of one product; every product that goes in comes out as one of these.

    Attributes:
        key: of the product.
        findings: what is believed.
        refused: what was stated and is not believed.
        failure: why there is no valid answer; None where there is one or none was needed.
        attempts: calls to the endpoint, tries and repairs included.
        tokens_in: tokens of the prompts.
        tokens_out: tokens of the answers.
        cost: dollars.
        cached: whether the answer was known.
    """

    key: str
    findings: tuple[Finding, ...] = ()
    refused: tuple[RefusedStatement, ...] = ()
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
    pseudonyms: Pseudonyms
    request: CompletionRequest


class LanguageModelExtractor:
    """A `TextExtractor` that asks through a gateway.

    Args:
        gateway: the way to the model.
        guide: allowed attributes and example values by category.
        demonstrations: solved cases to show; none in mode zero-shot.
        confidence: of findings by attribute, where it is known; `CONFIDENCE` otherwise.
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
        """Written on each support as its extractor."""
        return EXTRACTOR

    @property
    def version(self) -> str:
        """Hash of all that decides an answer besides the text."""
        llm = self._gateway.settings
        shown = (self._guide.fingerprint, self._demonstrations.fingerprint, llm.demonstrations)
        asked = (llm.model, llm.endpoint, llm.constrain, llm.temperature, llm.max_tokens)
        return properties_hash(self._prompt_hash, *shown, *asked, llm.text_characters)[:12]

    def find(self, products: Sequence[ProductText]) -> list[list[Finding]]:
        """Read a batch; a product without a valid answer has no findings, see `run`."""
        return [list(outcome.findings) for outcome in self.run(products)]

    def run(self, products: Sequence[ProductText]) -> list[LlmOutcome]:
        """Read a batch and account for each product, in the order of `products`."""
        return asyncio.run(self.run_async(products))

    async def run_async(self, products: Sequence[ProductText]) -> list[LlmOutcome]:
        """`run`, for those who have an event loop already."""
        slots = asyncio.Semaphore(self._gateway.settings.concurrency)
        async with self._gateway.open() as model:

            async def one(product: ProductText) -> LlmOutcome:
                async with slots:
                    return await self._read(product, model)

            # One category after the other: an endpoint need not read again what requests share.
            order = sorted(range(len(products)), key=lambda n: products[n].category or "")
            done = await asyncio.gather(*(one(products[n]) for n in order))
        outcomes = dict(zip(order, done, strict=True))
        for outcome in done:
            self._count(outcome)
        return [outcomes[n] for n in range(len(products))]

    def estimate(self, products: Sequence[ProductText]) -> Estimate:
        """What reading these would cost; nothing is asked."""
        return self._gateway.estimate(q.request for q in self._questions(products))

    def report(self) -> dict[str, Any]:
        """Counts of all batches so far, with tokens and dollars for each accepted triple."""
        return dict(sorted(self._counts.items())) | self._gateway.usage.report(
            self._counts["accepted"]
        )

    def _questions(self, products: Sequence[ProductText]) -> Iterator[_Question]:
        for product in products:
            question = self._question(product)
            if question:
                yield question

    def _question(self, product: ProductText) -> _Question | None:
        """What is asked about a product; None where columns tell all or there is no text."""
        llm = self._gateway.settings
        allowed = self._guide.attributes(product.category)
        attributes = {name: v for name, v in allowed.items() if name not in product.known}
        texts = {f: _encodable(t)[: llm.text_characters] for f, t in product.texts.items() if t}
        if not attributes or not texts:
            return None
        shown = self._demonstrations.nearest(texts, product.category, llm.demonstrations)
        pseudonyms = Pseudonyms(_all_texts(texts, product.category, attributes, shown))
        request = CompletionRequest(
            messages=_messages(texts, product.category, attributes, shown, pseudonyms),
            schema=compile_schema(
                pseudonyms.hide(product.category) if product.category else None,
                {name: [pseudonyms.hide(v) for v in values] for name, values in attributes.items()},
            ),
            max_tokens=llm.max_tokens,
            subject=product.key,
            check=parse,
        )
        return _Question(product, attributes, pseudonyms, request)

    async def _read(self, product: ProductText, model: LanguageModel) -> LlmOutcome:
        question = self._question(product)
        if question is None:
            return LlmOutcome(product.key)
        findings: tuple[Finding, ...] = ()
        refused: list[RefusedStatement] = []
        failure = None
        try:
            completion = await model.complete(question.request)
            accepted, refused = self._judge(question, completion.text)
            findings = tuple(map(self._finding, accepted))
        except LanguageModelError as exc:
            failure = ExtractionFailure(_kind_of(exc), str(exc))
        meter = question.request.meter
        return LlmOutcome(
            product.key,
            findings,
            tuple(refused),
            failure,
            meter.calls,
            meter.sent,
            meter.received,
            meter.dollars,
            cached=meter.cached > 0,
        )

    def _judge(
        self, question: _Question, text: str
    ) -> tuple[list[GroundedStatement], list[RefusedStatement]]:
        reveal = question.pseudonyms.reveal
        stated = [StatedValue(attribute=s.attribute, value=reveal(s.value)) for s in parse(text)]
        return judge(stated, question.attributes, question.product.texts)

    def _finding(self, accepted: GroundedStatement) -> Finding:
        return Finding(
            accepted.attribute,
            accepted.name,
            EXTRACTOR,
            self.version,
            self._confidence.get(accepted.attribute, CONFIDENCE),
            accepted.span,
            model=self._gateway.model,
            prompt_hash=self._prompt_hash,
        )

    def _count(self, outcome: LlmOutcome) -> None:
        self._counts["products"] += 1
        self._counts["accepted"] += len(outcome.findings)
        self._counts["refused"] += len(outcome.refused)
        self._counts.update(f"refused_{one.reason}" for one in outcome.refused)
        if outcome.failure:
            self._counts["set_aside"] += 1
            self._counts[f"set_aside_{outcome.failure.kind}"] += 1


def llm_extractor(
    settings: Settings, examples: Sequence[Mapping[str, Any]], mode: str | None = None
) -> LanguageModelExtractor:
    """An extractor that knows what rows in ExtractGPT's or WDC-PAVE's form tell.

    Args:
        settings: of the gateway.
        examples: training rows; their attributes are those asked for.
        mode: `zero-shot` shows attributes and example values only, `few-shot` the nearest rows as
            well; None takes the mode of the settings.

    Raises:
        TrainingDataError: a row has neither form.
        MissingSettingError: no endpoint is set up.
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
    """The text with question marks for halves of surrogate pairs, which no request can hold."""
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
) -> tuple[Message, ...]:
    """Rules and attributes first, so that all requests of a category begin alike."""

    def data(own: Mapping[str, str]) -> str:
        hidden = {field: pseudonyms.hide(text) for field, text in own.items()}
        return fill("extract_user.v1", data=quote_data(hidden))

    def list_values(name: str, values: Sequence[str]) -> str:
        quoted = ", ".join(quote_data(pseudonyms.hide(value)) for value in values)
        return f"- {quote_data(name)}: {quoted}" if quoted else f"- {quote_data(name)}"

    system = fill(
        "extract_system.v1",
        category=quote_data(pseudonyms.hide(category or "unknown")),
        attributes="\n".join(list_values(name, values) for name, values in attributes.items()),
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
