"""What reads texts, put together from options; not a command of its own."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from catalograph.ingest.extract.protocol import TextReader
    from catalograph.ingest.extraction_stage import ExtractionStage, FailedExtraction
    from catalograph.settings import Settings
    from catalograph.store import Writer


class ExtractorOptions:
    """The files that reading needs beside the graph; a context manager."""

    def __init__(self, settings: "Settings", store: "Writer") -> None:
        self._settings = settings
        self._store = store
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files."""
        self._stack.close()

    def reader(self, options: Mapping[str, Any]) -> "TextReader":
        """Return the reader that the options ask for; an error where they ask for none."""
        from catalograph.ingest.text_extractors import make_reader

        return make_reader(self._settings, options, self._store.connection)

    def find_reader(self, options: Mapping[str, Any]) -> "TextReader | None":
        """Return the reader that the options ask for, None where they ask for none."""
        from catalograph.ingest.text_extractors import find_reader

        connection = getattr(self._store, "connection", None)  # a dry run may have no graph
        return find_reader(self._settings, options, connection)

    def find_stage_maker(
        self, options: Mapping[str, Any]
    ) -> "Callable[[str | None], ExtractionStage] | None":
        """Return a factory of the stage that the options ask for, None where they ask for none."""
        reader = self.find_reader(options)
        return None if reader is None else self.shared_stage_maker(reader)

    def stage(
        self,
        reader: "TextReader",
        run: str | None,
        unread: "Callable[[Sequence[FailedExtraction]], None] | None" = None,
    ) -> "ExtractionStage":
        """The stage that writes what the reader finds; what fails goes into quarantine."""
        from catalograph.ingest.extraction_stage import ExtractionStage
        from catalograph.ingest.quarantine import open_quarantine
        from catalograph.ingest.reextract import keep_unread
        from catalograph.ingest.review.queue import ReviewQueue

        queue = ReviewQueue(self._settings, self._store.connection)
        if unread is None:
            unread = keep_unread(self._stack.enter_context(open_quarantine(self._settings)))
        return ExtractionStage(self._store, reader, run, queue=queue, unread=unread)

    def shared_stage_maker(self, reader: "TextReader") -> "Callable[[str | None], ExtractionStage]":
        """Return a factory of stages that share their files and take the id of a run."""
        from catalograph.ingest.extraction_stage import ExtractionStage
        from catalograph.ingest.quarantine import open_quarantine
        from catalograph.ingest.reextract import keep_unread
        from catalograph.ingest.review.queue import ReviewQueue

        queue = ReviewQueue(self._settings, self._store.connection)
        unread = keep_unread(self._stack.enter_context(open_quarantine(self._settings)))
        return lambda run: ExtractionStage(self._store, reader, run, queue=queue, unread=unread)

    def stage_maker(self, reader: "TextReader", run: str) -> "Callable[..., ExtractionStage]":
        """`stage` with everything but `unread` given."""
        return partial(self.stage, reader, run)
