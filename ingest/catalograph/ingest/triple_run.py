"""Ingest of a folder of triples and purchases."""

from pathlib import Path

from catalograph.ingest.batches import RecordWriter
from catalograph.ingest.feeds import sink_of
from catalograph.ingest.rejection_log import RejectionLog
from catalograph.ingest.report import Counters, IngestReport
from catalograph.ingest.run import Progress
from catalograph.ingest.run_outcome import finish_report, note_failures
from catalograph.ingest.triples import TripleFolder
from catalograph.settings import Settings


def ingest_triples(
    folder: Path | str,
    store: RecordWriter,
    settings: Settings,
    *,
    source: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    rejected: Path | None = None,
) -> IngestReport:
    """Ingest a folder of knowledge-graph triples and training purchases.

    Rows are the lines of `kg.tsv` and of `train.tsv`; a line counts as written or unchanged
    together with its product, and a line that repeats a triple or purchase counts as superseded.
    `test.tsv` is never read.

    Args:
        folder: folder with product.tsv, kg.tsv and name tables; see `catalograph.ingest.triples`.
        store: store to write to.
        settings: settings with the secret that turns user ids into pseudonyms.
        source: name of the feed; None uses the folder's name.
        dry_run: write nothing and report what would be written.
        progress: callback that receives the progress.
        rejected: file for rejections; None creates one in the working folder.

    Raises:
        SourceFormatError: a file is missing or cannot be read.
    """
    triples = TripleFolder(Path(folder), source, settings.user_hmac_key)
    named = rejected
    if named is None and not dry_run:
        named = Path(f"{triples.name}.rejected.jsonl")
    counters = Counters(files=[(str(folder), "triples")])
    run = (
        None
        if dry_run
        else store.start_run(
            "triples", {"paths": [str(Path(folder).resolve())], "source": triples.source}
        )
    )
    notify = progress or (lambda *_: None)
    with (
        note_failures(store, run),
        RejectionLog(named, triples.name, with_text=False) as kept_out,
    ):
        with sink_of(store, "triples").batch(store, run, counters) as facts:
            for record, rows in triples.records(counters, kept_out, notify):
                facts.add(record, rows)
        with sink_of(store, "events").batch(store, run, counters) as purchases:
            for interaction in triples.purchases(counters, kept_out, notify):
                purchases.add(interaction)
        if kept_out.made:
            counters.rejected_files.append(str(named))
    return finish_report(store, counters, "triples", run)
