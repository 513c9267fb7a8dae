"""Ingest of documents: read, cut into passages, link, write; idempotent by content hash."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from catalograph.errors import InvalidInputError
from catalograph.ingest import fingerprint, values
from catalograph.ingest.batches import RecordBatch, RecordWriter
from catalograph.ingest.documents.blocks import TextBlock
from catalograph.ingest.documents.files import FoundDocument, find_files, read_documents
from catalograph.ingest.documents.links import NameIndex, read_about
from catalograph.ingest.documents.passages import PassageText, cut_passages
from catalograph.ingest.readers import FeedLimits
from catalograph.ingest.rejection_log import RejectionLog
from catalograph.ingest.report import Counters, IngestReport
from catalograph.ingest.run_outcome import finish_report, note_failures
from catalograph.ingest.validation import pass_composite
from catalograph.ml.script import language_of
from catalograph.schema import CompositeRecord, Node, RecordEdge, Rejection, RejectionReason, keys
from catalograph.schema.personal_data import remove_personal_data
from catalograph.schema.service import DocumentKind
from catalograph.settings import Settings

DEFAULT_SOURCE = "documents"


@dataclass(frozen=True)
class DocumentOptions:
    """Options of an ingest of documents.

    Attributes:
        source: name of the feed.
        kind: kind of documents that do not state theirs.
        language: language of documents that do not state theirs; None to tell it by their text.
        about: what all documents are about, besides what each states; see `read_about`.
        snapshot: the files are all documents of the source: others are withdrawn.
        allow_shrink: withdraw them, however many there are.
        dry_run: write nothing and report what would be written.
        rejected: file for rejections; None creates one in the working folder.
    """

    source: str = DEFAULT_SOURCE
    kind: DocumentKind | None = None
    language: str | None = None
    about: tuple[str, ...] = ()
    snapshot: bool = False
    allow_shrink: bool = False
    dry_run: bool = False
    rejected: Path | None = None

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> "DocumentOptions":
        """Return the options in the arguments of a run; see `as_arguments`."""
        kind = arguments.get("kind")
        return cls(
            source=arguments["source"],
            kind=None if kind is None else DocumentKind(kind),
            language=arguments.get("language"),
            about=tuple(arguments.get("about", ())),
            snapshot=bool(arguments.get("snapshot")),
            allow_shrink=bool(arguments.get("allow_shrink")),
        )

    def as_arguments(self) -> dict[str, object]:
        """Return what a repeated run needs, as plain values."""
        return {
            "source": self.source,
            "kind": self.kind and str(self.kind),
            "language": self.language,
            "about": list(self.about),
            "snapshot": self.snapshot,
            "allow_shrink": self.allow_shrink,
        }


def ingest_documents(
    paths: Sequence[Path],
    store: RecordWriter,
    settings: Settings,
    options: DocumentOptions | None = None,
    progress: Callable[[str, float, int], None] = lambda doing, share, rows: None,
) -> IngestReport:
    """Ingest documents; a document is a row of the report.

    Args:
        paths: files and folders; see `catalograph.ingest.documents.files.FORMS`.
        store: store to write to.
        settings: settings with the limits of feeds.
        options: options.
        progress: callback that receives the progress.

    Raises:
        SourceFormatError: a file cannot be read at all, or has no known form.
        InvalidInputError: `source` is not a source name, or `about` names nothing.
        MissingExtraError: the extra `documents` is not installed.
    """
    options = options or DocumentOptions()
    keys.document_key(options.source, "x")  # reject a bad source name before reading anything
    about, faults = read_about(list(options.about))
    if faults:
        raise InvalidInputError(faults[0].detail)
    return _Ingest(store, settings, options, about, progress).run(paths)


class _Ingest:
    """One ingest."""

    def __init__(
        self,
        store: RecordWriter,
        settings: Settings,
        options: DocumentOptions,
        about: Sequence[Node],
        progress: Callable[[str, float, int], None],
    ) -> None:
        self._store, self._settings, self._options = store, settings, options
        self._about = about
        self._progress = progress
        self._counters = Counters()
        self._passages: Counter[str] = Counter()
        self._seen: set[str] = set()
        self._run: str | None = None
        names = () if store.catalogues is None else store.catalogues.list_names()
        self._index = NameIndex(names)

    def run(self, paths: Sequence[Path]) -> IngestReport:
        """Read the files, write their documents, withdraw missing ones."""
        files = list(find_files(paths))
        limits = FeedLimits.of(self._settings.ingest)
        arguments = {"paths": [str(path.resolve()) for path in paths]}
        if not self._options.dry_run:
            self._run = self._store.start_run("documents", arguments | self._options.as_arguments())
        log = self._options.rejected
        if log is None and not self._options.dry_run:
            log = Path(f"{self._options.source}.rejected.jsonl")
        with (
            note_failures(self._store, self._run),
            RejectionLog(log, self._options.source, with_text=True) as kept_out,
        ):
            with self._batch() as batch:
                for n, (id_, path) in enumerate(files):
                    self._progress("writing", n / len(files), self._counters.rows)
                    self._counters.files.append((id_, path.suffix.lstrip(".")))
                    for found in read_documents(id_, path, limits):
                        self._add(found, batch, kept_out, str(path))
            if kept_out.made:
                self._counters.rejected_files.append(str(log))
            if self._options.snapshot:
                self._withdraw_missing()
        self._counters.texts = dict(self._passages)
        return finish_report(self._store, self._counters, "documents", self._run)

    def _batch(self) -> RecordBatch[CompositeRecord]:
        store = self._store
        return RecordBatch(
            *(store, store.write_composites, store.withdraw_interactions),
            *(self._run, self._counters),
        )

    def _add(
        self,
        found: FoundDocument,
        batch: RecordBatch[CompositeRecord],
        kept_out: RejectionLog,
        file: str,
    ) -> None:
        self._counters.rows += 1
        record, faults = self._build(found)
        rejections = [*found.rejections, *faults]
        if rejections:
            self._counters.count_rejections(rejections)
            kept_out.add(found.row, rejections, file=file)
        if record is None:
            self._counters.rejected += 1
        elif record.node.key in self._seen:
            self._counters.superseded += 1
        else:
            self._seen.add(record.node.key)
            self._passages["passages"] += len(record.parts)
            self._passages["links"] += len(record.links)
            batch.add(record)

    def _build(self, found: FoundDocument) -> tuple[CompositeRecord | None, list[Rejection]]:
        if found.text is None:
            return None, []
        text, faults = found.text, []
        try:
            key = keys.document_key(self._options.source, found.id)
        except InvalidInputError as exc:
            return None, [Rejection(RejectionReason.TOO_LONG, "id", str(exc))]
        title = text.title or Path(found.id).stem
        passages = cut_passages(self._mask(text.blocks), text.title)
        if not passages:
            return None, [Rejection(RejectionReason.MISSING, "text", "The document has no text.")]
        cells = values.Cells(dict(text.data))
        stated = cells.read("language", "language", values.to_plain) or self._options.language
        parts = tuple(
            _part(key, number, passage, stated) for number, passage in enumerate(passages, 1)
        )
        languages = Counter(part.properties["language"] for part in parts)
        about, wrong = read_about(text.data.get("about"))
        faults += wrong
        kind = cells.read("kind", "kind", _read_kind) or self._options.kind or DocumentKind.OTHER
        node = Node(
            "Document",
            key,
            {
                "source": self._options.source,
                "id": found.id,
                "content_hash": "",
                "kind": str(kind),
                "title": title,
                "url": cells.read("url", "url", values.to_plain),
                "language": stated or languages.most_common(1)[0][0],
                "time": cells.read("time", "time", values.to_time, "time"),
            },
        )
        links = tuple(self._links(key, title, [*self._about, *about], parts))
        record, refused = pass_composite(CompositeRecord(node, parts, links))
        signed = None if record is None else fingerprint.sign_composite(record)
        return signed, [*faults, *cells.rejections, *refused]

    def _mask(self, blocks: Iterable[TextBlock]) -> Iterable[TextBlock]:
        """Return the blocks without the personal data that the settings name."""
        kinds = self._settings.ingest.document_data
        if not kinds:
            return blocks
        return (
            replace(block, text=remove_personal_data(block.text, kinds=kinds)) for block in blocks
        )

    def _links(
        self, key: str, title: str, about: Sequence[Node], parts: Sequence[Node]
    ) -> Iterator[RecordEdge]:
        whole = {node.key: node for node in (*self._index.find(title), *about)}
        yield from (RecordEdge(key, "ABOUT", whole[tail]) for tail in sorted(whole))
        for part in parts:
            for node in self._index.find(part.properties["heading"]):
                if node.key not in whole:
                    yield RecordEdge(part.key, "ABOUT", node)

    def _withdraw_missing(self) -> None:
        prefix = f"document:{self._options.source}:"
        held = list(self._store.list_record_keys(prefix))
        missing = [key for key in held if key not in self._seen]
        most = 1.0 if self._options.allow_shrink else self._settings.ingest.max_shrink
        if self._counters.rejected and missing and most < 1:
            self._counters.refused = (
                f"{len(missing):,} of {len(held):,} documents are missing from the snapshot, but "
                f"{self._counters.rejected:,} could not be read and may be some of them. Nothing "
                "was withdrawn; correct these, or allow it with --allow-shrink."
            )
        elif len(missing) > most * len(held):
            self._counters.refused = (
                f"{len(missing):,} of {len(held):,} documents are missing from the snapshot, more "
                f"than the share of {most:g} that may be. Nothing was withdrawn; check the folder, "
                "or allow it with --allow-shrink."
            )
        else:
            self._counters.vanished = len(missing)
            if self._run is not None and missing:
                self._store.withdraw_interactions(missing, self._run)


def _part(whole: str, number: int, passage: PassageText, stated: str | None) -> Node:
    told = language_of(f"{passage.heading or ''} {passage.text}")
    chinese = told == "zh" and not (stated or "").startswith(("zh", "ja"))
    return Node(
        "Passage",
        keys.part_key("Passage", whole, number),
        {
            "number": number,
            "heading": passage.heading,
            "text": passage.text,
            "language": told if chinese or stated is None else stated,
            "page": passage.page,
        },
    )


def _read_kind(cell: object) -> DocumentKind:
    word = values.to_plain(cell).casefold()
    try:
        return DocumentKind(word)
    except ValueError:
        raise ValueError(f"'{word}' is none of {', '.join(DocumentKind)}.") from None
