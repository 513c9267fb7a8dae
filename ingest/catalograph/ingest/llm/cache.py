"""Cache of answers in SQLite, keyed by everything that determines them, erasable by subject.

An entry's key is a hash of model, parameters, prompt, schema and text; the entry itself contains
neither prompt nor API key nor address. Several processes may use one file.
"""

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel
from catalograph.ingest.private_database import open_private
from catalograph.settings import Settings

FILE = "model-cache.sqlite"
_WAIT = 10.0
"""Time limit to wait for another writing process, in seconds."""
_TABLES = """
CREATE TABLE IF NOT EXISTS answer (
    key TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    sent INTEGER NOT NULL,
    received INTEGER NOT NULL,
    made REAL NOT NULL,
    PRIMARY KEY (key, subject)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answer_subject ON answer (subject);
"""
_log = logging.getLogger(__name__)


class AnswerStore:
    """The open cache file; created on first use, readable by its user only.

    Several subjects may share one text. Each has its own entry, so that erasing one subject keeps
    the entries of the others.

    Args:
        path: path of the file.

    Raises:
        sqlite3.Error: the file cannot be opened or is not a cache.
    """

    def __init__(self, path: Path) -> None:
        self._connection = open_private(path, _TABLES, _WAIT)
        # Durability is not needed: an answer lost in a power failure is requested again.
        self._connection.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def get(self, key: str, subject: str) -> Completion | None:
        """Return the cached answer, if any, and add an entry for this subject."""
        row = self._connection.execute(
            "SELECT text, sent, received, subject = ? AS own FROM answer WHERE key = ? "
            "ORDER BY own DESC LIMIT 1",
            (subject, key),
        ).fetchone()
        if row is None:
            return None
        text, sent, received, own = row
        completion = Completion(text, sent, received)
        if not own:
            self.put(key, subject, completion)
        return completion

    def put(self, key: str, subject: str, completion: Completion) -> None:
        """Store an answer."""
        entry = (key, subject, completion.text, completion.sent, completion.received, time.time())
        self._connection.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?)", entry)

    def purge(self, subjects: Iterable[str]) -> int:
        """Erase all entries of the subjects, from the write-ahead log too.

        Returns:
            Number of answers erased.
        """
        erase = "DELETE FROM answer WHERE subject = ?"
        erased = sum(self._connection.execute(erase, (s,)).rowcount for s in subjects)
        # Otherwise erased text would stay readable in the write-ahead log.
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return erased


def purge_cache(settings: Settings, subjects: Iterable[str]) -> int:
    """Erase what a language model answered about products or reviews.

    Args:
        settings: settings whose `home` holds the cache.
        subjects: keys of the products or reviews.

    Returns:
        Number of answers erased.
    """
    path = settings.home / FILE
    if not path.exists():
        return 0
    with contextlib.closing(AnswerStore(path)) as store:
        return store.purge(subjects)


class CachingModel:
    """Returns cached answers without calling the model.

    If the cache cannot be read or written, that is logged and the model is called.

    Args:
        inner: next layer, which returns valid answers only, so that only these are cached.
        store: store of the answers.
        key_of: function that returns the key of a request's answer.
    """

    def __init__(
        self, inner: LanguageModel, store: AnswerStore, key_of: Callable[[CompletionRequest], str]
    ) -> None:
        self._inner = inner
        self._store = store
        self._key_of = key_of

    async def complete(self, request: CompletionRequest) -> Completion:
        """Return the cached answer, else call the model and cache its answer."""
        key = self._key_of(request)
        with _ignore_errors():
            if (known := self._store.get(key, request.subject)) is not None:
                request.meter.cached += 1
                return known
        completion = await self._inner.complete(request)
        with _ignore_errors():
            self._store.put(key, request.subject, completion)
        return completion


@contextlib.contextmanager
def _ignore_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        _log.warning("model cache not used: %s", exc)
