"""Aspects of reviews by a language model; a term counts only if the review's own text contains it.

One request is about one review, with all its texts. Personal data are pseudonymised in the request.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalograph.errors import LanguageModelError, ModelOutputError
from catalograph.ingest.answer_json import read_list
from catalograph.ingest.fingerprint import properties_hash
from catalograph.ingest.language.aspects import Aspect
from catalograph.ingest.llm.gateway import Gateway
from catalograph.ingest.llm.grounding import locate
from catalograph.ingest.llm.prompt_templates import fill, prompt_hash, quote_data, template
from catalograph.ingest.llm.protocol import CompletionRequest, LanguageModel, Message
from catalograph.ingest.llm.pseudonyms import Pseudonyms
from catalograph.log import shorten
from catalograph.schema import Sentiment

EXTRACTOR = "llm aspects"
CONFIDENCE = 0.7
"""Confidence of every aspect; it is not calibrated."""
_PROMPTS = ("aspects_system.v1", "extract_user.v1", "repair.v1")
_MOST_ASPECTS = 40
_LONGEST_TERM = 60
_SENTIMENTS = {
    **{str(one): one for one in Sentiment},
    **dict.fromkeys(("正面", "积极", "好评"), Sentiment.POSITIVE),
    **dict.fromkeys(("负面", "消极", "差评"), Sentiment.NEGATIVE),
    **dict.fromkeys(("中性", "中立"), Sentiment.NEUTRAL),
}
"""Sentiments by name; a model asked about a Chinese text may answer in Chinese."""
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "aspects": {
            "type": "array",
            "maxItems": _MOST_ASPECTS,
            "items": {
                "type": "object",
                "properties": {
                    "term": {"type": "string", "minLength": 1, "maxLength": _LONGEST_TERM},
                    "sentiment": {"type": "string", "enum": [str(one) for one in Sentiment]},
                    "opinion": {"type": "string", "maxLength": _LONGEST_TERM},
                },
                "required": ["term", "sentiment", "opinion"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["aspects"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class _StatedAspect:
    """An aspect that a model states, not yet grounded."""

    term: str
    sentiment: Sentiment
    opinion: str


class LanguageModelAspects:
    """An `Aspects` reader that calls a model through a gateway.

    Args:
        gateway: gateway to the model.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._counts: Counter[str] = Counter()

    @property
    def version(self) -> str:
        """Hash of prompts, model and parameters, stored with the aspects."""
        llm = self._gateway.settings
        asked = (llm.model, llm.endpoint, llm.constrain, llm.temperature, llm.max_tokens)
        return properties_hash(prompt_hash(*_PROMPTS), *asked, llm.text_characters)[:12]

    def read(self, texts: Sequence[str], subjects: Sequence[str] = ()) -> list[list[Aspect] | None]:
        """Return the aspects of each text, in order of position; None without a valid answer.

        Args:
            texts: texts of reviews.
            subjects: key of each text's review; texts of one review are asked about together.
        """
        reviews: dict[str, list[int]] = {}
        for n in range(len(texts)):
            reviews.setdefault(subjects[n] if subjects else str(n), []).append(n)
        return asyncio.run(self._read_all(texts, reviews))

    def report(self) -> Mapping[str, Any]:
        """Return counts of reviews, aspects and refused terms, and the usage of the model."""
        names = ("reviews", "failed", "accepted", "refused", "dropped")
        counts = {name: self._counts[name] for name in names}
        # `failed` of the gateway counts requests; a failed request is a failed review here.
        return self._gateway.usage.report(counts["accepted"]) | counts

    async def _read_all(
        self, texts: Sequence[str], reviews: Mapping[str, Sequence[int]]
    ) -> list[list[Aspect] | None]:
        slots = asyncio.Semaphore(self._gateway.settings.concurrency)
        found: list[list[Aspect] | None] = [[] for _ in texts]
        async with self._gateway.open() as model:

            async def one(subject: str, places: Sequence[int]) -> None:
                async with slots:
                    own = [texts[n] for n in places]
                    read = await self._read(own, subject, model)
                for k, n in enumerate(places):
                    found[n] = None if read is None else read[k]

            await asyncio.gather(*(one(*review) for review in reviews.items()))
        return found

    async def _read(
        self, texts: Sequence[str], subject: str, model: LanguageModel
    ) -> list[list[Aspect]] | None:
        self._counts["reviews"] += 1
        pseudonyms = Pseudonyms(texts)
        longest = self._gateway.settings.text_characters
        shown = {
            f"text {n}": pseudonyms.hide(text.encode("utf-8", "replace").decode()[:longest])
            for n, text in enumerate(texts, 1)
        }
        request = CompletionRequest(
            (
                Message("system", template("aspects_system.v1")),
                Message("user", fill("extract_user.v1", data=quote_data(shown))),
            ),
            schema=_SCHEMA,
            max_tokens=self._gateway.settings.max_tokens,
            subject=subject,
            check=parse_aspects,
        )
        try:
            completion = await model.complete(request)
            stated, dropped = parse_aspects(completion.text)
        except LanguageModelError:
            self._counts["failed"] += 1
            return None
        self._counts["dropped"] += dropped
        return self._ground(stated, texts, pseudonyms)

    def _ground(
        self, stated: Sequence[_StatedAspect], texts: Sequence[str], pseudonyms: Pseudonyms
    ) -> list[list[Aspect]]:
        found: list[dict[tuple[int, int], Aspect]] = [{} for _ in texts]
        for one in stated:
            aspect = None
            for n, text in enumerate(texts):
                span = locate(pseudonyms.reveal(one.term), text)
                if span is not None and any(c.isalnum() for c in one.term):
                    aspect = self._aspect(text, span, one, pseudonyms)
                    found[n].setdefault(span, aspect)
                    break
            self._counts["refused"] += aspect is None
        self._counts["accepted"] += sum(map(len, found))
        return [[aspects[span] for span in sorted(aspects)] for aspects in found]

    def _aspect(
        self, text: str, span: tuple[int, int], one: _StatedAspect, pseudonyms: Pseudonyms
    ) -> Aspect:
        said = locate(pseudonyms.reveal(one.opinion), text)
        opinion = None if said is None else text[said[0] : said[1]]
        term = text[span[0] : span[1]]
        return Aspect(term, one.sentiment, CONFIDENCE, *span, opinion, EXTRACTOR, self.version)


def parse_aspects(text: str) -> tuple[list[_StatedAspect], int]:
    """Parse an answer item by item.

    Returns:
        The stated aspects, and the number of items of another form.

    Raises:
        ModelOutputError: there is no object with `aspects`, or none of them has the right form.
    """
    items = read_list(text, "aspects")
    stated = list(_read_items(items))
    if items and not stated:
        raise ModelOutputError(
            f'None of its {len(items)} aspects has the form {{"term": …, "sentiment": "positive", '
            f'"negative" or "neutral", "opinion": …}}; the first is {shorten(items[0])}.'
        )
    return stated, len(items) - len(stated)


def _read_items(items: Sequence[Any]) -> Iterator[_StatedAspect]:
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("term"), str):
            continue
        sentiment = _SENTIMENTS.get(str(item.get("sentiment")).strip().casefold())
        if sentiment is not None and 0 < len(item["term"]) <= _LONGEST_TERM:
            yield _StatedAspect(item["term"], sentiment, str(item.get("opinion") or ""))
