"""How a run ends: its report, or the error that stopped it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from catalograph.errors import CatalographError
from catalograph.ingest.batches import RecordWriter
from catalograph.ingest.report import Counters, IngestReport


@contextmanager
def note_failures(store: RecordWriter, run: str | None) -> Iterator[None]:
    """Store the error with the run and raise it again."""
    try:
        yield
    except BaseException as exc:
        if run is not None:
            # If the store itself failed, this fails too and the run shows as killed.
            with suppress(CatalographError):
                store.fail_run(run, str(exc) or type(exc).__name__)
        raise


def finish_report(
    store: RecordWriter, counters: Counters, kind: str, run: str | None
) -> IngestReport:
    """Store the report of an ingest with its run and return it."""
    report = counters.report(kind, run)
    if run is not None:
        store.finish_run(run, report.as_dict())
    return report
