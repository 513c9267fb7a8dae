"""What reads texts, put together from options; not a command of its own."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from catalograph.ingest.extract.protocol import TextReader
    from catalograph.ingest.extraction_stage import ExtractionStage, FailedExtraction
    from catalograph.ingest.llm import Demonstration
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
        self._stack.close()

    def reader(
        self,
        extractor: Path | None,
        llm: bool,
        share: float = 0.25,
        examples: Sequence[Path] | None = None,
        *,
        relations: bool = False,
    ) -> "TextReader":
        """The reader that was asked for."""
        from catalograph.ingest.text_extractors import make_reader

        solved = self._read_demonstrations(examples) if llm else None
        return make_reader(self._settings, extractor, solved, share, relations=relations)

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
        from catalograph.ingest.review_queue import open_review_queue

        aside = self._stack.enter_context(open_review_queue(self._settings))
        if unread is None:
            unread = keep_unread(self._stack.enter_context(open_quarantine(self._settings)))
        return ExtractionStage(self._store, reader, run, queue=aside, unread=unread)

    def stage_maker(self, reader: "TextReader", run: str) -> "Callable[..., ExtractionStage]":
        """`stage` with everything but `unread` given."""
        return partial(self.stage, reader, run)

    def _read_demonstrations(self, examples: Sequence[Path] | None) -> "list[Demonstration]":
        from catalograph.ingest.llm import Demonstration, read_demonstration
        from catalograph.store.queries.texts import read_examples

        if examples:
            return [read_demonstration(row) for path in examples for row in _rows(path)]
        known = read_examples(self._store.connection)
        return [Demonstration({"title": e.title}, e.category, e.values) for e in known]


def _rows(path: Path) -> "list[Any]":
    from catalograph.errors import TrainingDataError
    from catalograph.ingest.readers import open_feed
    from catalograph.schema import Rejection

    rows: list[Any] = []
    with open_feed(path) as file:
        for row in file.rows():
            if isinstance(row.fields, Rejection):
                raise TrainingDataError(
                    f"Row {row.number} of {path} cannot be read: {row.fields.detail}"
                )
            rows.append(row.fields)
    return rows
