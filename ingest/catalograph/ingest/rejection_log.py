"""The file of what was kept out: one JSON object a row or value, made when there is one.

Rows go into the quarantine, too, from where they can be replayed.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import orjson

from catalograph.errors import IngestError
from catalograph.ingest.quarantine import FeedQuarantine
from catalograph.ingest.readers import FeedFile, FeedRow
from catalograph.ingest.replay import row_payload
from catalograph.schema import Rejection

_MOST_CHARACTERS = 100_000


class RejectionLog:
    """Writes rejections of one file; a context manager.

    Args:
        path: where to; None writes nothing.
        feed: name of the file or folder the rows are of.
        with_text: whether the row's text is written, too. It is not for reviews and events,
            since it holds the ids of users.
        append: whether the file goes on from another feed's rejections.
        quarantine: keeps rows that were rejected as a whole; None keeps none.

    Raises:
        IngestError: `path` is the feed itself, or cannot be written.
    """

    def __init__(
        self,
        path: Path | None,
        feed: str,
        *,
        with_text: bool,
        append: bool = False,
        quarantine: FeedQuarantine | None = None,
    ) -> None:
        if path is not None and path.is_file() and Path(feed).is_file() and path.samefile(feed):
            raise IngestError(
                f"Rejected rows would overwrite the feed '{feed}'. Name another file."
            )
        self.path = path
        self.made = False
        self._feed = feed
        self._with_text = with_text
        self._append = append
        self._quarantine = quarantine
        self._stream: IO[bytes] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        # What an earlier run rejected may have been mended since.
        if self.path is not None and not self._append:
            self.path.unlink(missing_ok=True)
        if self._quarantine is not None:
            self._stack.enter_context(self._quarantine)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def add(
        self, row: FeedRow, rejections: Sequence[Rejection], *, file: str | None = None
    ) -> None:
        """Write why a row, or values of it, were kept out; `file` where it is not the feed."""
        for rejection in rejections:
            said: dict[str, object] = {
                "file": file or self._feed,
                "line": row.number,
                "scope": rejection.scope,
                "reason": str(rejection.reason),
                "field": rejection.field,
                "detail": rejection.detail,
            }
            if self._with_text:
                said["row"] = row.text[:_MOST_CHARACTERS]
            self._write(said)
        whole = [rejection for rejection in rejections if rejection.scope == "row"]
        if self._quarantine is not None and whole:
            fields = {} if isinstance(row.fields, Rejection) else row.fields
            reason = f"{whole[0].reason} {whole[0].field}".strip()
            payload = row_payload(fields, row.text[:_MOST_CHARACTERS])
            self._quarantine.keep(row.number, payload, reason, whole[0].detail)

    def _write(self, said: dict[str, object]) -> None:
        if self.path is None:
            return
        if self._stream is None:
            self._stream = self._open(self.path)
            self.made = True
        self._stream.write(orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE))

    def _open(self, path: Path) -> IO[bytes]:
        try:
            # Without a buffer: a stream commits its offsets once these rows are on disk, too.
            return self._stack.enter_context(path.open("ab", buffering=0))
        except OSError as exc:
            raise IngestError(
                f"Rejected rows cannot be written to '{path}': {exc.strerror}. "
                "Name a file you may write with --rejected."
            ) from exc


def rejected_path(feed: FeedFile, named: Path | None, *, dry_run: bool) -> Path | None:
    """Where rejections of a feed go: the named file, else one in the working folder.

    A dry run writes only where it is told to.
    """
    if named is not None or dry_run:
        return named
    name = "stdin" if feed.name == "-" else Path(feed.name).name
    return Path(f"{name}.rejected.jsonl")
