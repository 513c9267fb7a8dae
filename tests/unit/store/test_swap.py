"""Entries of a home folder change places together, wherever the process is killed."""

from pathlib import Path

import pytest

from catalograph.store.managed_server.swap import (
    commit_swap,
    discard_staging,
    finish_swap,
    staging_folder,
)

OLD = {"server/data/a": "old", "user-secret": "old", "aside.sqlite": "old"}
NEW = {"server/data/a": "new", "user-secret": "new", "quarantine.sqlite": "new"}


class Killed(BaseException):
    """Ends the process of a test."""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def contents(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def exchange(home: Path) -> Path | None:
    write(staging_folder(home), NEW)
    commit_swap(home, ["server/data", "user-secret", "quarantine.sqlite"], ["aside.sqlite"])
    return finish_swap(home)


@pytest.mark.parametrize("renames", range(9))
def test_a_killed_exchange_is_all_old_or_all_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    """Given a kill after each rename in turn, the next call ends with one state or the other."""
    write(tmp_path, OLD)
    rename = Path.rename
    done: list[Path] = []

    def counted(source: Path, target: Path) -> Path:
        if len(done) == renames:
            raise Killed
        done.append(source)
        return rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", counted)
        try:
            exchange(tmp_path)
        except Killed:
            pass
        else:
            assert renames == 8, "a rename more than this test knows of"
    finish_swap(tmp_path)
    discard_staging(tmp_path)

    found = contents(tmp_path)
    before = next(iter({name.split("/")[0] for name in found if name.startswith("before-")}), None)
    if renames == 0:
        assert found == OLD
    else:
        assert before
        assert contents(tmp_path / before) == OLD
        assert {n: t for n, t in found.items() if not n.startswith("before-")} == NEW


def test_nothing_committed_is_nothing_moved(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    write(staging_folder(tmp_path), NEW)
    assert finish_swap(tmp_path) is None
    discard_staging(tmp_path)
    assert contents(tmp_path) == OLD
