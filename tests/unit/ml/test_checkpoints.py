"""Files and folders that are written whole or not at all."""

from pathlib import Path

import pytest

from catalograph.errors import ConfigError
from catalograph.ml.checkpoints import replace_folder, require_same_training, write_atomically


def test_a_file_is_the_older_one_until_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.write_bytes(b"older")

    def write_half() -> None:
        with write_atomically(file) as stream:
            stream.write(b"ne")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert file.read_bytes() == b"older"
    with write_atomically(file) as stream:
        stream.write(b"new")
        assert file.read_bytes() == b"older"
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_is_the_older_one_until_the_new_one_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "work" / "model"
    with replace_folder(folder) as draft:
        (draft / "older").touch()

    def write_half() -> None:
        with replace_folder(folder) as draft:
            (draft / "half").touch()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert [path.name for path in folder.iterdir()] == ["older"]
    with replace_folder(folder) as draft:
        (draft / "new").touch()
    assert [path.name for path in folder.iterdir()] == ["new"]
    assert list(folder.parent.iterdir()) == [folder]


def test_a_checkpoint_of_another_training_is_refused_with_both_values(tmp_path: Path) -> None:
    require_same_training(tmp_path, {"seed": 1, "epochs": 5}, {"seed": 1, "epochs": 9}, ["epochs"])
    with pytest.raises(ConfigError, match=r"seed 1, now 2"):
        require_same_training(tmp_path, {"seed": 1}, {"seed": 2})
