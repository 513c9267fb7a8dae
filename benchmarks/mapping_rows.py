"""Rows that proposed mappings keep: for each catalogue of a folder, rows read and rows written.

    python benchmarks/mapping_rows.py FOLDER

The mapping is inferred from names and values even where a shipped one fits. Nothing is written; no
database is needed. Prints a JSON object for each file.
"""

import argparse
import json
from pathlib import Path

from catalograph.errors import CatalographError
from catalograph.ingest import DryRunWriter, ingest_catalog
from catalograph.ingest.mapping_inference import propose
from catalograph.ingest.readers import open_feed
from catalograph.settings import load_settings


def measure(path: Path) -> dict[str, object]:
    """Return what becomes of the rows of a catalogue by its proposed mapping."""
    try:
        with open_feed(path) as file:
            mapping = propose(file, "catalog", shipped=False).mapping
        report = ingest_catalog(
            [path], DryRunWriter(), load_settings(), mapping, dry_run=True, learn=False
        )
    except CatalographError as exc:
        return {"file": path.name, "refused": str(exc)}
    names = ("rows", "written", "superseded", "rejected")
    counts = {name: getattr(report, name) for name in names}
    return {"file": path.name} | counts | {"id": mapping.id}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    for path in sorted(parser.parse_args().folder.iterdir()):
        print(json.dumps(measure(path), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
