"""Log file of rejections: one JSON object per rejected row or value, created with the first one.

Rejected rows also go into the quarantine, from which they can be replayed.
"""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import orjson

from catalograph.errors import IngestError, InvalidInputError
from catalograph.ingest.quarantine import FeedQuarantine
from catalograph.ingest.readers import FeedRow
from catalograph.ingest.replay import row_payload
from catalograph.ingest.row_preparation import PreparedRow
from catalograph.schema import Rejection
from catalograph.schema.feeds import RejectedRow

# Longer rows are cut in the log.
_MOST_CHARACTERS = 100_000
_PATTERN = re.compile(r"[*?\[\]{},]+")


class RejectionLog:
    """Writes the rejections of one feed; a context manager.

    Args:
        path: file to write to; None writes nothing.
        feed: name of the file or folder that the rows come from.
        with_text: true to write the row's text too; false for reviews and events, whose text
            holds user ids.
        append: true to append to the rejections of another feed.
        quarantine: quarantine for rows rejected as a whole; None stores none.

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
        # Rejections of an earlier run may have been corrected since.
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
        """Write why a row or some of its values were rejected; `file` overrides the feed's name."""
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
            place = row.place if isinstance(row, PreparedRow) else str(row.number)
            self._quarantine.keep(place, payload, reason, whole[0].detail)

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


def rejected_path(feed: str, named: Path | None, *, dry_run: bool) -> Path | None:
    """Return the path of a feed's rejections: the named file, else one in the working folder.

    A dry run writes only to a named file.
    """
    if named is not None or dry_run:
        return named
    # An address of several files has characters that no name of one should have.
    name = "stdin" if feed == "-" else _PATTERN.sub("_", Path(feed).name)
    return Path(f"{name}.rejected.jsonl")


def read_rejections(path: Path, first: int, after: int = 0) -> tuple[list[RejectedRow], int | None]:
    """Read a page of a log of rejections.

    Args:
        path: the log.
        first: number of rejections at most.
        after: byte that the page begins at.

    Returns:
        The rejections, and the byte that the next page begins at; None at the end.

    Raises:
        InvalidInputError: no rejection begins at that byte.
    """
    rows: list[RejectedRow] = []
    with path.open("rb") as lines:
        lines.seek(after)
        while len(rows) < first and (line := lines.readline()):
            try:
                said = orjson.loads(line)
                rows.append(
                    RejectedRow(
                        line=said["line"],
                        scope=said["scope"],
                        reason=said["reason"],
                        field=said["field"],
                        detail=said["detail"],
                        text=said.get("row"),
                        fields=None,
                    )
                )
            except (orjson.JSONDecodeError, KeyError, TypeError) as exc:
                raise InvalidInputError(
                    f"No rejection begins at {after}. Take 'next' of the page before."
                ) from exc
        following = lines.tell()
        return rows, following if lines.read(1) else None
