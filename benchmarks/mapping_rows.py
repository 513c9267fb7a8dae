"""Rows that proposed mappings keep: for each catalogue of a folder, rows read and rows written.

The mapping is inferred from names and values even where a shipped one fits. Nothing is written; no
database is needed.

    python benchmarks/mapping_rows.py FOLDER
"""

import sys
from pathlib import Path

from catalograph.errors import CatalographError
from catalograph.ingest import DryRunWriter, ingest_catalog
from catalograph.ingest.mapping_inference import propose
from catalograph.ingest.readers import open_feed
from catalograph.settings import load_settings


def measure(path: Path) -> str:
    """Return what becomes of the rows of a catalogue by its proposed mapping."""
    try:
        with open_feed(path) as file:
            proposal = propose(file, "catalog", shipped=False)
        settings, mapping = load_settings(), proposal.mapping
        report = ingest_catalog(
            [path], DryRunWriter(), settings, mapping, dry_run=True, learn=False
        )
    except CatalographError as exc:
        return f"refused: {exc}"
    return (
        f"{report.rows:>9,} {report.written:>9,} {report.superseded:>10,} {report.rejected:>8,}  "
        f"{', '.join(mapping.id or ())}"
    )


def main(folder: Path) -> None:
    """Print a line for each file of a folder."""
    print(f"{'file':40} {'rows':>9} {'kept':>9} {'superseded':>10} {'rejected':>8}  id")
    for path in sorted(folder.iterdir()):
        print(f"{path.name:40} {measure(path)}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
