"""Files that keep what a feed taught, so that single products are read as the feed's rows were.

`<home>/knowledge/<source>.json.gz` holds the dictionary and the extractors' precision of the last
ingest of a catalogue. It holds values of columns and no texts.
"""

import gzip
import json
import logging
import threading
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

from catalograph.ingest.extract.dictionary import Dictionary, DictionaryEntry
from catalograph.ingest.extract.learning import FeedKnowledge
from catalograph.ingest.extract.precision import FeedPrecision, PrecisionCounts
from catalograph.ml.checkpoints import write_atomically
from catalograph.settings import Settings

_log = logging.getLogger(__name__)
_FORM = 1
"""Form of the file; one of another form is not read."""


def save_knowledge(settings: Settings, source: str, knowledge: FeedKnowledge) -> None:
    """Write what a feed taught, in place of what it taught before."""
    path = _path(settings, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "form": _FORM,
        "entries": [
            [*e.fact, e.name, e.core, e.words, dict(e.confidence)]
            for e in knowledge.dictionary.entries
        ],
        "compared": [[*at, n] for at, n in knowledge.precision.counts.compared.items()],
        "agreed": [[*at, n] for at, n in knowledge.precision.counts.agreed.items()],
        "absent": sorted(knowledge.absent),
    }
    with write_atomically(path) as stream:
        stream.write(gzip.compress(json.dumps(content, ensure_ascii=False).encode(), mtime=0))


def load_knowledge(settings: Settings, source: str) -> FeedKnowledge | None:
    """Return what the last ingest of a catalogue taught; None if there is no such file."""
    path = _path(settings, source)
    try:
        content = json.loads(gzip.decompress(path.read_bytes()))
        return _knowledge(content) if content["form"] == _FORM else None
    except FileNotFoundError:
        return None
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as exc:
        _log.warning("'%s' cannot be read (%s); the next ingest of its feed writes it", path, exc)
        return None


class KnowledgeFiles:
    """Knowledge by catalogue, read again when its file changes; safe for several threads.

    Args:
        settings: settings with the folder `home`.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[str, tuple[int, FeedKnowledge | None]] = {}
        self._turn = threading.Lock()

    def of(self, source: str) -> FeedKnowledge | None:
        """Return what a catalogue taught; None for one that was never ingested from a file."""
        path = _path(self._settings, source)
        with self._turn:
            stamp = path.stat().st_mtime_ns if path.exists() else 0
            known = self._known.get(source)
            if known is None or known[0] != stamp:
                known = (stamp, load_knowledge(self._settings, source) if stamp else None)
                self._known[source] = known
            return known[1]


def _path(settings: Settings, source: str) -> Path:
    return settings.home / "knowledge" / f"{source}.json.gz"


def _knowledge(content: Any) -> FeedKnowledge:
    entries = [
        DictionaryEntry((attribute, key), name, core, tuple(words), confidence)
        for attribute, key, name, core, words, confidence in content["entries"]
    ]
    counts = PrecisionCounts(
        Counter({tuple(at): n for *at, n in content["compared"]}),
        Counter({tuple(at): n for *at, n in content["agreed"]}),
    )
    absent = frozenset((category, attribute) for category, attribute in content["absent"])
    return FeedKnowledge(Dictionary(entries), FeedPrecision(counts), absent)
