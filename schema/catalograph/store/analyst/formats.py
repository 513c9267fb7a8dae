"""Results of statements in other forms than JSON, by media type."""

from collections.abc import Callable

from catalograph.store.analyst.csv_cells import as_csv
from catalograph.store.analyst.gate import StatementResult
from catalograph.store.analyst.saved_queries import SavedQuery


def _as_arrow(result: StatementResult, saved: SavedQuery | None) -> bytes:
    from catalograph.store.analyst.arrow import as_arrow  # loads pyarrow

    return as_arrow(result, saved)


def _as_parquet(result: StatementResult, saved: SavedQuery | None) -> bytes:
    from catalograph.store.analyst.arrow import as_parquet  # loads pyarrow

    return as_parquet(result, saved)


FORMATS: dict[str, Callable[[StatementResult, SavedQuery | None], bytes]] = {
    "text/csv": lambda result, saved: as_csv(result),
    "application/vnd.apache.arrow.stream": _as_arrow,
    "application/vnd.apache.parquet": _as_parquet,
}
"""Writer of each media type other than JSON."""
