"""What reads texts, put together from options; not a command of its own."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from catalograph.ingest.extract.port import TextReader
    from catalograph.ingest.llm import Solved
    from catalograph.ingest.texts import TextStage, Unread
    from catalograph.settings import Settings
    from catalograph.store import Writer


class Reading:
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
        from catalograph.ingest.reading import make_reader

        solved = self._solved(examples) if llm else None
        return make_reader(self._settings, extractor, solved, share, relations=relations)

    def stage(
        self,
        reader: "TextReader",
        run: str | None,
        unread: "Callable[[Sequence[Unread]], None] | None" = None,
    ) -> "TextStage":
        """The stage that writes what the reader finds; what fails goes into quarantine."""
        from catalograph.ingest.aside import open_aside
        from catalograph.ingest.quarantine import open_quarantine
        from catalograph.ingest.text_runs import keep_unread
        from catalograph.ingest.texts import TextStage

        aside = self._stack.enter_context(open_aside(self._settings))
        if unread is None:
            unread = keep_unread(self._stack.enter_context(open_quarantine(self._settings)))
        return TextStage(self._store, reader, run, aside=aside, unread=unread)

    def stage_maker(self, reader: "TextReader", run: str) -> "Callable[..., TextStage]":
        """`stage` with everything but `unread` given."""
        return partial(self.stage, reader, run)

    def _solved(self, examples: Sequence[Path] | None) -> "list[Solved]":
        from catalograph.ingest.llm import Solved, solved_from
        from catalograph.store.texts import read_examples

        if examples:
            return [solved_from(row) for path in examples for row in _rows(path)]
        known = read_examples(self._store.connection)
        return [Solved({"title": e.title}, e.category, e.values) for e in known]


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
