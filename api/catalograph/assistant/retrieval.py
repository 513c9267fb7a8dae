"""Passages for a question, by words, meaning and what they are about, with stated relevance."""

import asyncio
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from catalograph.assistant.query_understanding.tokens import STOP_WORDS, split_tokens
from catalograph.errors import DownloadError, MissingExtraError
from catalograph.ml.encoders import load_encoder
from catalograph.ml.live_encoder import LiveTextEncoder
from catalograph.ml.passage_encoders import least_similarity, passage_encoders, passage_kind
from catalograph.schema import TextEncoder
from catalograph.schema.scripts import can_read
from catalograph.settings import Settings
from catalograph.store import AsyncConnection
from catalograph.store.queries.passages import (
    SIMILARITY,
    WORD_SHARE,
    PassageFilter,
    QuestionVector,
    search_passages,
)
from catalograph.store.queries.projection import Selection
from catalograph.store.queries.search import MAX_WORDS, escape_words

_LEAST_STEM = 5
_log = logging.getLogger(__name__)
_ASKING_TEXT = """
can could do does did has have how our what when where who why would you your we us from so
可以 什么 怎么 怎样 如何 多久 多少 是否 你们 我们 哪里 能不 不能
"""
_ASKING = frozenset(_ASKING_TEXT.split())
"""Words of questions that say nothing of their subject; Chinese ones are pairs of characters."""


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage found for a question.

    Attributes:
        row: selected fields.
        score: what it is ranked by; comparable in one list.
        similarity: cosine of question and passage, −1 to 1; None where one of them has no vector.
        word_share: share of the question's words that it has, 0 to 1; see `question_terms`.
    """

    row: Mapping[str, Any]
    score: float
    similarity: float | None
    word_share: float


class PassageRetrieval:
    """Search of passages; safe to call from any thread. Encoders are loaded for the first question.

    Args:
        settings: settings of the encoders.
        encoder: encoder of the server, which may have loaded the same ones; None to search by words
            alone.
    """

    def __init__(self, settings: Settings, encoder: TextEncoder | None) -> None:
        self._settings = settings
        self._shared = encoder
        self._lock = threading.Lock()
        self._loaded: dict[str, TextEncoder | None] = {}

    async def find(
        self,
        connection: AsyncConnection,
        question: str,
        kept: PassageFilter,
        first: int,
        selection: Selection,
        *,
        favour: str | None = None,
    ) -> list[FoundPassage]:
        """Find passages for a question, best first; see `search_passages`.

        Args:
            connection: open connection.
            question: question or search words, not blank.
            kept: which passages to keep.
            first: largest number of passages.
            selection: fields to read.
            favour: key of a product, brand or category whose passages rank higher.
        """
        vector = await self.read_question(question)
        found = await search_passages(
            connection,
            escape_words(question),
            kept,
            first,
            selection,
            question=vector,
            terms=question_terms(question),
            favour=favour,
        )
        return [FoundPassage(row, score, row[SIMILARITY], row[WORD_SHARE]) for row, score in found]

    async def read_question(self, question: str) -> QuestionVector | None:
        """Encode a question, in a thread; None where no encoder of this server reads it."""
        if self._shared is None:
            return None
        return await asyncio.to_thread(self._read_question, question)

    def _read_question(self, question: str) -> QuestionVector | None:
        kind = passage_kind(self._settings, question)
        name = passage_encoders(self._settings)[kind]
        encoder = self._load(name)
        if encoder is None or not can_read(encoder, question):
            return None
        vector = encoder.encode_queries([question])[0].tolist()
        return QuestionVector(kind, name, vector, least_similarity(name))

    def _load(self, name: str) -> TextEncoder | None:
        with self._lock:
            if name not in self._loaded:
                try:
                    self._loaded[name] = self._load_named(name)
                except (MissingExtraError, DownloadError) as exc:
                    _log.warning("passages are found by words alone: %s", exc)
                    self._loaded[name] = None
            return self._loaded[name]

    def _load_named(self, name: str) -> TextEncoder:
        if isinstance(self._shared, LiveTextEncoder):
            return self._shared.load_named(name)
        return load_encoder(self._settings, name=name, threads=1)


def question_terms(question: str) -> list[str]:
    """Return the distinct words of a question that say something of its subject, at most 50.

    Words are without the ending of a plural, with a blank before them, as a passage has one if one
    of its words begins so. Of Chinese, pairs of characters count. Words such as "how" do not.
    """
    tokens = split_tokens(question)
    words = [
        f" {_stem(token.fold)}"
        for token in tokens
        if not token.is_han and token.text not in _ASKING and token.text not in STOP_WORDS
    ]
    pairs = [
        one.text + two.text
        for one, two in pairwise(tokens)
        if one.is_han and two.is_han and one.end == two.start
    ]
    return list(dict.fromkeys([*words, *(pair for pair in pairs if pair not in _ASKING)]))[
        :MAX_WORDS
    ]


def _stem(word: str) -> str:
    """Return the beginning that "policy" and "policies" share."""
    return word[:-1] if word.endswith("y") and len(word) >= _LEAST_STEM else word
