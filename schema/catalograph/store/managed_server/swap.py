"""Replace several entries of the home folder atomically: a crash leaves all old or all new.

The new entries are collected in a folder inside the home (`staging_folder`). One rename of that
folder commits (`commit_swap`); until then nothing else changes. The moves that follow can be
repeated (`finish_swap`), so the next caller after a crash completes them.
"""

import json
import os
import shutil
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

_STAGING = ".restoring"
_COMMITTED = ".restored"
_ORDERS = "orders.json"
_NEW = "new"
_OLD = "old"


def staging_folder(home: Path) -> Path:
    """Return an empty folder for the new entries; leftovers of an interrupted call are removed."""
    shutil.rmtree(home / _STAGING, ignore_errors=True)
    folder = home / _STAGING / _NEW
    folder.mkdir(parents=True, mode=0o700)
    (home / _STAGING).chmod(0o700)
    return folder


def discard_staging(home: Path) -> None:
    """Remove staged entries that were not committed."""
    shutil.rmtree(home / _STAGING, ignore_errors=True)


def commit_swap(home: Path, replace: Collection[str], remove: Collection[str]) -> None:
    """Commit the staged entries; `finish_swap` then moves them.

    Args:
        home: home folder.
        replace: paths below the staging folder that replace the same paths below `home`.
        remove: paths below `home` that are moved away without a replacement.
    """
    orders = {"replace": sorted(replace), "remove": sorted(remove)}
    (home / _STAGING / _ORDERS).write_text(json.dumps(orders))
    os.sync()  # everything must be on disk before the rename that commits
    (home / _STAGING).rename(home / _COMMITTED)


def finish_swap(home: Path) -> Path | None:
    """Move committed entries into place; do nothing if there are none.

    Returns:
        The folder with the previous entries; None if there were none.
    """
    committed = home / _COMMITTED
    if not committed.is_dir():
        return None
    orders = json.loads((committed / _ORDERS).read_text())
    for name in orders["replace"]:
        if (committed / _NEW / name).exists():  # else an earlier call moved it
            _move(home / name, committed / _OLD / name)
            _move(committed / _NEW / name, home / name)
    for name in orders["remove"]:
        _move(home / name, committed / _OLD / name)
    before = None
    if (committed / _OLD).is_dir():
        before = home / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S}"
        (committed / _OLD).rename(before)
    shutil.rmtree(committed)
    return before


def _move(source: Path, target: Path) -> None:
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        source.rename(target)
